"""What stands beside a participant's counts: entries of every kind as lanes, concentrations, the cohort's course, the own history."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints import participant_tracks as tracks
from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.concentrations import derive_concentrations
from dashboard.endpoints.exploratory.history import derive_history
from dashboard.endpoints.exploratory.peaks import derive_peaks
from dashboard.endpoints.exploratory.placing import derive_placed_findings
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.time_above import build_points, compute_spans
from dashboard.figures import participant_lanes as figure
from dashboard.figures.participant_lanes import Bar, Lanes, Mark
from dashboard.figures.participant_profile import Profile
from dashboard.panels.finding_lanes import MarkRow, mark_findings
from dashboard.scene import Scene

# Symbols beside an event's bar, after its grade.
RELATED, SERIOUS, ONGOING = "◆", "▲", "▸"
MOST_DOSE_LANES = 4


def table_entries(scene: Scene) -> pd.DataFrame:
    """The `participant-events` rows of the selection: everything recorded, one row each, as `derive_entries` says."""
    return _derive(scene, scene.selection.mask)


def find_entries(scene: Scene, name: str) -> pd.DataFrame:
    """The rows of one participant, whatever the filters select."""
    mask = scene.analysis.participants["participant"].to_numpy() == name
    return scene.archive.recall((scene.snapshot.content_hash, scene.view.base, "entries", name), lambda: _derive(scene, mask))


def _derive(scene: Scene, mask: Flags) -> pd.DataFrame:
    return tracks.derive_entries(scene.analysis, {name: scene.records(name) for name in tracks.RECORDS}, mask)


def find_history(scene: Scene, name: str) -> pd.DataFrame:
    """The rows of `derive_history` of one participant, by analyte."""
    table = scene.archive.recall((scene.snapshot.content_hash, scene.view.base, "history"), lambda: derive_history(scene.analysis))
    return table[table["participant_index"] == scene.participant(name)].set_index("analyte")


def build_lanes(scene: Scene, name: str, entries: pd.DataFrame) -> Lanes:
    """The lanes that hold something, from top to bottom: dosing and visits, thresholds, events, medications, results, milestones."""
    dated = entries[entries["day"].notna()]
    lanes: list[tuple[str, str]] = []
    bars: list[Bar] = []
    marks: list[Mark] = []
    places: dict[tuple[str, str], int] = {}

    def place(group: str, lane: str) -> int:
        if (group, lane) not in places:
            places[group, lane] = len(lanes)
            lanes.append((lane, group))
        return places[group, lane]

    for group, lane, mark in _visit_marks(dated):
        marks.append(Mark(place(group, lane), *mark))
    for lane, spans in _threshold_bars(scene, name):
        bars += [Bar(place("thresholds", lane), *span) for span in spans]
    until = _last_day_shown(scene, name)
    for group, lane, bar in [*_event_bars(dated, until), *_medication_bars(dated, until)]:
        bars.append(Bar(place(group, lane), *bar))
    findings = scene.records("finding")
    for group, lane, mark in _result_marks(dated, findings[findings["participant"] == name]):
        marks.append(Mark(place(group, lane), *mark))
    return Lanes(tuple(lane for lane, _ in lanes), tuple(group for _, group in lanes), tuple(bars), tuple(marks))


def _last_day_shown(scene: Scene, name: str) -> float:
    """Where a bar without an end stops: at the end of observation, at the latest the data cut."""
    until = float(compute_observed_until(scene.analysis)[0][scene.participant(name)])
    return np.inf if np.isnan(until) else until


BarRow = tuple[str, str, tuple[str, float, float, str, str, int, bool]]


def _visit_marks(entries: pd.DataFrame) -> Iterator[MarkRow]:
    doses = entries[entries["kind"].isin((tracks.DOSE, tracks.DOSE_MISSED))]
    for dose in each_row(doses):
        kind = "doses" if dose.kind == tracks.DOSE else "doses not given"
        # With a lane for each dose there is room for what was planned, also on a telephone.
        lane, text = (str(dose.what).capitalize(), _dose_text(dose)) if len(doses) <= MOST_DOSE_LANES else ("Doses", "")
        yield "dosing", lane, (kind, float(dose.day), _say(dose), text)
    for visit in each_row(entries[entries["kind"] == tracks.VISIT_MISSED]):
        yield "dosing", "Visits missed", ("visits missed", float(visit.day), _say(visit), "")
    for visit in each_row(entries[entries["kind"] == tracks.VISIT_EMPTY]):
        yield "dosing", "Visits without counts", ("visits without counts", float(visit.day), _say(visit), "")
    for visit in each_row(entries[entries["kind"] == tracks.VISIT]):
        if visit.words.startswith("did not"):
            yield "dosing", "Visits missed", ("visits missed", float(visit.day), _say(visit), "")
        elif visit.mark == "unscheduled":
            yield "dosing", "Visits unscheduled", ("visits unscheduled", float(visit.day), _say(visit), "")


def _dose_text(dose: Any) -> str:
    """Amount given, delay, and the amount planned where it is another; “as planned” when day and amount are."""
    parts = dose.words.split("; ")
    if dose.kind == tracks.DOSE_MISSED:
        return "not given"
    amount = "amount not recorded" if pd.isna(dose.value) else f"{dose.value:g} {dose.unit}"
    exact = any(part.startswith("100 %") for part in parts)
    late = [part.replace(" days", " d").replace(" day", " d") for part in parts if part.endswith((" late", " early"))]
    planned = ["as planned"] * (not late) if exact else [part for part in parts if part.startswith("planned ")]
    return ", ".join([amount, *late, *planned])


def _threshold_bars(scene: Scene, name: str) -> Iterator[tuple[str, list[tuple[str, float, float, str, str, int]]]]:
    view, visits = scene.view, scene.protocol.period_visits(scene.view.period)
    analyte = scene.protocol.endpoint.analyte
    mask = scene.analysis.participants["participant"].to_numpy() == name
    points = build_points(scene.analysis, mask, analyte, view.period)
    start, horizon = float(max(0, visits[0].target)), float(visits[-1].target)
    if len(points.day) < 2:
        return
    ends = max(float(points.day.min()), start), min(float(points.day.max()), horizon)
    for place, threshold in enumerate(view.threshold):
        level = f"{scene.protocol.analyte(analyte).short} ≥ {threshold:g}/µL"
        spans = [(figure.OBSERVED, *ends, f"observed from day {ends[0]:g} to {ends[1]:g}", "", 0)] if ends[1] > ends[0] else []
        for span in each_row(compute_spans(points, threshold, view.rule, view.gap, start, horizon)):
            kind, words = (figure.GAP, "gap beyond the cap") if span.kind == "gap" else (figure.ABOVE, level)
            sentence = f"{words}: day {span.start_day:.1f} to {span.end_day:.1f}"
            spans.append((kind, float(span.start_day), float(span.end_day), sentence, "", place))
        yield level, spans


def _event_bars(entries: pd.DataFrame, until: float) -> Iterator[BarRow]:
    for lane, event in _in_own_lanes(entries[entries["kind"] == tracks.EVENT], until):
        level = 0 if pd.isna(event.value) else int(event.value)
        signs = "".join(sign for sign, there in ((RELATED, event.related), (SERIOUS, event.serious), (ONGOING, event.ongoing)) if there)
        text = f"{level or 'not graded'} {signs}".strip()
        yield "events", lane, (figure.EVENT, float(event.day), _end(event, until), _say(event), text, level, event.partial)


def _medication_bars(entries: pd.DataFrame, until: float) -> Iterator[BarRow]:
    taken = entries[entries["kind"] == tracks.MEDICATION]
    steroid = (taken["mark"] == "steroid").to_numpy()
    for kind, rows in ((figure.STEROID, taken[steroid]), (figure.MEDICATION, taken[~steroid])):
        for lane, drug in _in_own_lanes(rows, until):
            text = f"{'steroid ' if kind == figure.STEROID else ''}{ONGOING if drug.ongoing else ''}".strip()
            named = lane if lane.upper() != lane else lane.capitalize()
            yield "medications", named, (kind, float(drug.day), _end(drug, until), _say(drug), text, 0, drug.partial)


def _in_own_lanes(rows: pd.DataFrame, until: float) -> Iterator[tuple[str, Any]]:
    """Each record with the name of its lane: one for each term, and a further one where two of a term overlap."""
    taken: dict[str, float] = {}
    for row in each_row(rows):
        number, lane = 1, str(row.what)
        while taken.get(lane, -np.inf) >= float(row.day):
            number += 1
            lane = f"{row.what} ({number})"
        taken[lane] = _end(row, until)
        yield lane, row


def _end(row: Any, until: float) -> float:
    if pd.isna(row.end_day):
        return max(until, float(row.day) + 1) if row.ongoing else float(row.day) + 1
    # An event that begins and ends on one day lasted that day.
    return float(row.end_day) + 1


def _result_marks(entries: pd.DataFrame, findings: pd.DataFrame) -> Iterator[MarkRow]:
    for found in each_row(entries[entries["kind"] == tracks.ANTIBODY]):
        kind = found.mark if found.mark else "results"
        plain = found.words.split("; ")[0]
        text = "" if plain.upper() in ("POSITIVE", "NEGATIVE") else plain or f"{found.value:g}"
        yield "antibodies", _name_antibody(found.what), (kind, float(found.day), _say(found), text)
    yield from mark_findings(entries, findings, _say)
    ends = entries[(entries["kind"] == tracks.MILESTONE) & (entries["day"] > 0)]
    for number, reached in enumerate(each_row(ends), start=1):
        # What ends a study comes close together: with a lane for each there is room for its words, also on a telephone.
        lane = f"Study ({number})" if number > 1 else "Study"
        yield "study", lane, ("milestones", float(reached.day), _say(reached), str(reached.what).capitalize())


def _name_antibody(what: str) -> str:
    """A short name where the label is that of the controlled terminology."""
    label = what.split(" (", maxsplit=1)[0]
    return {"binding antidrug antibody": "ADA, binding", "neutralizing antidrug antibody": "ADA, neutralising"}.get(label.casefold(), label)


def _say(entry: Any) -> str:
    """An entry in a sentence: what, number, days and words."""
    value, unit, day, end = entry.value, entry.unit, entry.day, entry.end_day
    is_event = entry.kind == tracks.EVENT
    number = "" if pd.isna(value) else f" grade {value:g} ({unit})" if is_event else f": {value:g} {unit}".rstrip()
    days = f"day {day}" if pd.isna(end) or end == day else f"day {day} to {end}"
    return f"{entry.what}{number}; {days}" + (f"; {entry.words}" if entry.words else "")


def find_profiles(scene: Scene, name: str) -> tuple[Profile, ...]:
    """Concentrations of each assay the participant has samples of, with the observed Cmax of each dose."""
    found = scene.records("finding")
    mine = found[(found["participant"] == name) & (found["domain"] == "PC")]
    if not len(mine):
        return ()
    return scene.archive.recall((scene.snapshot.content_hash, scene.view.base, "profiles", name), lambda: _derive_profiles(scene, mine))


def _derive_profiles(scene: Scene, mine: pd.DataFrame) -> tuple[Profile, ...]:
    samples = derive_concentrations(derive_placed_findings(mine, scene.analysis), scene.analysis)
    peaks = derive_peaks(samples, scene.analysis)
    assays = sorted(samples["assay"].unique())
    return tuple(_profile(samples[samples["assay"] == assay], peaks[peaks["assay"] == assay]) for assay in assays)


def _profile(samples: pd.DataFrame, peaks: pd.DataFrame) -> Profile:
    tops = peaks[peaks["cmax"].notna()]
    at = tops["dose_day"].to_numpy(dtype=np.float64) + tops["tmax_days"].to_numpy(dtype=np.float64)
    elapsed = samples["elapsed_days"].to_numpy(dtype=np.float64)
    since = samples["days_since_dose"].to_numpy(dtype=np.float64, na_value=np.nan)
    day = samples["day"].to_numpy(dtype=np.float64)
    # Hours after the dose part the samples of a dosing day.
    placed = np.where(np.isnan(elapsed), day, day - since + elapsed)
    return Profile(
        label=str(samples["label"].iloc[0]),
        unit=str(samples["unit"].iloc[0]),
        day=placed,
        value=samples["value"].to_numpy(dtype=np.float64),
        in_lane=samples["in_lane"].to_numpy(dtype=bool),
        lane_value=samples["lane_value"].to_numpy(dtype=np.float64),
        words=tuple(str(text) for text in samples["value_text"]),
        timepoints=tuple(str(text) for text in samples["timepoint"]),
        peak_day=at,
        peak=tops["cmax"].to_numpy(dtype=np.float64),
        peak_dose=tuple(int(number) for number in tops["dose_number"]),
        peak_sampled=tuple(bool(flag) for flag in tops["peak_sampled"]),
    )
