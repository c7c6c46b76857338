"""The panel of exposure: doses given against doses planned."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.participant_words import describe_reason
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.body import NO_FORMULA, UNKNOWN
from dashboard.endpoints.safety.exposure import GIVEN, MISSED, OUTSIDE, DoseCodes, count_doses, encode_doses
from dashboard.figures.exposure import OTHER_SCALE, EventMark, ExposureSummary, Mark, Swimmer
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import (
    count_not_dosed,
    describe_filter,
    describe_filtered_out,
    describe_grade,
    describe_not_dosed,
    describe_possible,
)
from dashboard.panels.risk_groups import ALL_LABEL
from dashboard.safety import find_at_risk, find_body_measures, find_emergent, find_exposure, find_filter, find_scale
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

MAX_ROWS = 90


@dataclass(frozen=True)
class _Signs:
    """What stands on the line of each participant, whoever is shown: `person` is the row of the participant of each entry."""

    person: Ints = field(repr=False)
    entries: list[tuple[Any, ...]] = field(repr=False)

    def on(self, rows: Ints) -> list[tuple[int, tuple[Any, ...]]]:
        """The entries of the participants who have a row (`rows` by participant, −1 for none), each with it."""
        row = rows[self.person]
        return [(int(row[place]), self.entries[place]) for place in np.flatnonzero(row >= 0).tolist()]


@dataclass(frozen=True)
class _Lines:
    """The doses of everybody dosed: a swimmer by participant, and who has a line at all."""

    swimmers: list[Swimmer] = field(repr=False)
    dosed: Ints = field(repr=False)
    given: Ints = field(repr=False)
    marks: _Signs
    delays: _Signs
    codes: DoseCodes


@dataclass(frozen=True)
class _Events:
    """The events under treatment that the filter leaves: those with a day, and whose are those without."""

    dated: _Signs
    undated: Ints = field(repr=False)


def summarise_exposure_panel(scene: Scene, subject: str = "") -> ExposureSummary:
    """The dosed participants of the selection by cohort, with every dose, planned or given, and their events under treatment."""
    lines, events, mask = _find_lines(scene), _find_events(scene), scene.selection.mask
    people = lines.dosed[mask[lines.dosed]]
    shown = people[np.argsort(scene.cohort_positions[people], kind="stable")][:MAX_ROWS]
    rows = np.full(len(mask), -1, dtype=np.int64)
    rows[shown] = np.arange(len(shown))
    return ExposureSummary(
        swimmers=tuple(lines.swimmers[person] for person in shown.tolist()),
        marks=tuple(Mark(row, *mark) for row, mark in lines.marks.on(rows)),
        events=tuple(EventMark(row, *event) for row, event in events.dated.on(rows)),
        delays=tuple((row, planned, actual) for row, (planned, actual) in lines.delays.on(rows)),
        cells=_cells(scene, lines.codes) if len(people) else (),
        groups=tuple(
            (scene.protocol.cohort_keys.index(key), scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)
        ),
        body_words=_describe_body(scene),
        doses=int(np.count_nonzero(mask[lines.given])),
        hidden=max(0, len(people) - MAX_ROWS),
        undated=int(np.count_nonzero(rows[events.undated] >= 0)),
        not_dosed=count_not_dosed(scene),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _find_lines(scene: Scene) -> _Lines:
    def place() -> _Lines:
        table, until = find_exposure(scene), compute_observed_until(scene.analysis)[0].tolist()
        names = scene.analysis.participants["participant"].tolist()
        person, doses = table["participant_index"].to_numpy(dtype=np.int64), table.astype(object).to_dict("records")
        late = [dose["state"] == GIVEN and bool(dose["delay"]) for dose in doses]
        return _Lines(
            swimmers=[Swimmer(name, cohort, day) for name, cohort, day in zip(names, scene.cohort_positions.tolist(), until, strict=True)],
            dosed=np.unique(person),
            given=person[table["day"].notna().to_numpy(dtype=bool)],
            marks=_sign([(of, mark) for of, dose in zip(person.tolist(), doses, strict=True) for mark in _marks(dose)]),
            delays=_sign([(person[at], (float(doses[at]["planned_day"]), float(doses[at]["day"]))) for at in np.flatnonzero(late)]),
            codes=encode_doses(table),
        )

    return scene.of_cut("lines of exposure", place)


def _find_events(scene: Scene) -> _Events:
    scale = find_scale(scene)

    def place() -> _Events:
        events, swimmers = find_emergent(scene), _find_lines(scene).swimmers
        person, dated = events["participant_index"].to_numpy(dtype=np.int64), events["start_day"].notna().to_numpy(dtype=bool)
        told = zip(person[dated].tolist(), events[dated].astype(object).to_dict("records"), strict=True)
        return _Events(_sign([(of, _event(event, swimmers[of].until, scale)) for of, event in told]), person[~dated])

    return scene.of_cut("events on lines of exposure", place, find_filter(scene), scale)


def _sign(entries: list[tuple[int, tuple[Any, ...]]]) -> _Signs:
    return _Signs(np.array([person for person, _ in entries], dtype=np.int64), [entry for _, entry in entries])


def _marks(dose: Mapping[Hashable, Any]) -> list[tuple[float, str, str]]:
    """The planned day of a dose, and what became of it: `Mark` without its row."""
    name, state, marks = str(dose["participant"]), str(dose["state"]), []
    if not pd.isna(dose["planned_day"]):
        planned = f"{name}: dose {dose['planned_dose']} planned on day {dose['planned_day']}"
        marks.append((float(dose["planned_day"]), "planned", f"{planned}; {state}"))
        if state == MISSED:
            marks.append((float(dose["planned_day"]), "missed", f"{planned}, not given"))
    if state in (GIVEN, OUTSIDE):
        kind = "given" if state == GIVEN else "outside the plan"
        marks.append((float(dose["day"]), kind, _describe_dose(name, dose)))
    return marks


def _describe_dose(name: str, dose: Mapping[Hashable, Any]) -> str:
    percent = f" ({dose['percent']:.0f} % of planned)" if pd.notna(dose["percent"]) else ""
    amount = f"{dose['amount']:g} {dose['amount_unit']}{percent}" if pd.notna(dose["amount"]) else "amount not recorded"
    late = "" if pd.isna(dose["delay"]) else _describe_delay(int(dose["delay"]))
    why = f"; {describe_reason(str(dose['reason']))}" if dose["reason"] else ""
    return f"{name}: dose {dose['dose_number']} on day {dose['day']}{late}, {amount}{why}"


def _describe_delay(delay: int) -> str:
    return f", {count_words(abs(delay), 'day')} {'late' if delay > 0 else 'early'}" if delay else ", on the planned day"


def _event(event: Mapping[Hashable, Any], until: float, scale: str) -> tuple[float, int, bool, float, str]:
    """`EventMark` without its row, of a participant who was under observation `until` that day."""
    grade = 0 if pd.isna(event["level"]) else int(event["level"]) if event["scale"] == scale else OTHER_SCALE
    day, is_partial = float(event["start_day"]), bool(event["partial"])
    start = f"start known to the {event['start_precision']} only, {describe_possible(event)}" if is_partial else f"from day {day:.0f}"
    graded = describe_grade(event["level"], event["scale"])
    words = f"{event['participant']}: {event['term']}, {graded}, {event['relatedness']}, {start}"
    # Where nothing bounds the start, it lies within the observation.
    last = np.fmax(day, until) if pd.isna(event["latest_start"]) else float(event["latest_start"])
    return day, grade, is_partial, day if np.isnan(last) else float(last), words


def _cells(scene: Scene, codes: DoseCodes) -> tuple[tuple[str, ...], ...]:
    keys, plan = scene.protocol.cohort_keys, scene.protocol.exposure.planned
    rows = np.flatnonzero(scene.selection.mask[codes.person])
    cohort, sizes = scene.cohort_positions[codes.person[rows]], find_at_risk(scene).sizes
    shown = [(keys.index(key), key, scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)]
    table = []
    for place, key, label in shown:
        table += [_dose_row(dose, int(sizes[place]), key, label) for dose in count_doses(codes, rows[cohort == place], plan)]
    return (*table, *(_dose_row(dose, int(sizes[-1]), ALL_COHORTS, ALL_LABEL) for dose in count_doses(codes, rows, plan)))


def _dose_row(dose: Mapping[str, Any], of: int, cohort: str, label: str) -> tuple[str, ...]:
    texts = {"given": f"{dose['given']}/{of}"} | {name: str(dose[name]) for name in ("missed", "ended", "not_due", "late")}
    texts["longest_delay"] = "–" if np.isnan(dose["longest_delay"]) else f"{dose['longest_delay']:.0f}"
    texts["percent"] = _amounts(dose)
    cells = (link_cell(text, _name_cell(name, dose["planned_dose"], cohort)) for name, text in texts.items())
    return (f"{label}, dose {dose['planned_dose']}", *cells)


@lru_cache(maxsize=1024)
def _name_cell(column: str, dose: int, cohort: str) -> str:
    """The address of a cell; it is the same in every view."""
    return encode_cell("doses", column, dose, cohort)


def _amounts(dose: Mapping[str, Any]) -> str:
    if np.isnan(dose["lowest_percent"]):
        return "–"
    return f"{dose['lowest_percent']:.0f} to {dose['highest_percent']:.0f}{NO_BREAK}%"


def _describe_body(scene: Scene) -> str:
    """The rule for the weight that the dose follows, and for how many it gives none."""
    rule = scene.protocol.safety.body_weight
    if rule is None:
        return "The study definition gives no rule for the weight that the dose follows."
    without, unknown = _count_bases(scene)
    formula = (
        f"by the formula {rule.formula} with factor {rule.factor:g}"
        if rule.formula
        else f"for which the definition names no formula, so none is computed for {count_words(without, 'participant')}"
    )
    missing = f" Weight or height is missing for {count_words(unknown, 'participant')}." if unknown else ""
    return f"From a body mass index of {rule.adjusted_from_bmi:g} kg/m² the dose follows the adjusted body weight, {formula}.{missing}"


def _count_bases(scene: Scene) -> tuple[int, int]:
    """For how many of the selection the definition names no formula, and of how many weight or height is missing."""
    basis = scene.of_cut("bases of the dosing weight", lambda: find_body_measures(scene)["basis"].to_numpy(dtype=object))
    without, unknown = (int(np.count_nonzero(scene.selection.mask & (basis == kind))) for kind in (NO_FORMULA, UNKNOWN))
    return without, unknown


def describe_exposure(summary: ExposureSummary, scene: Scene) -> Words:
    """What the signs mean, the rule of the weight, and what is not in the figure."""
    caption = (
        "Each line is a dosed participant from the first dose to the end of observation. Thin marks: planned; thick stretches: from the "
        f"planned to the actual day; triangles: first day of adverse events under treatment, darker for a worse grade on "
        f"{find_scale(scene)}{_describe_others(summary)}"
        f"{_describe_partial(summary)}. Late: more than a week after the planned day. {summary.body_words} {describe_filter(scene)} "
        f"{describe_scene(scene)}"
    )
    hidden = (f"{count_words(summary.hidden, 'participant')}: beyond the first {MAX_ROWS} rows",) if summary.hidden else ()
    undated = (f"{count_words(summary.undated, 'event')}: no start date",) if summary.undated else ()
    header = ("Cohort and dose", "Given, n/N", "Missed", "Ended before", "Not due", "Late", "Longest delay, days", "Amount, % of planned")
    shown = f"{count_words(summary.doses, 'dose')} of {count_words(len(summary.swimmers) + summary.hidden, 'participant')}"
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *hidden, *undated)
    return Words(caption, shown, left_out, LEFT_OUT, header if summary.cells else (), summary.cells)


def _describe_others(summary: ExposureSummary) -> str:
    return "; pentagons: graded on another scale, named by the hover" if any(e.grade == OTHER_SCALE for e in summary.events) else ""


def _describe_partial(summary: ExposureSummary) -> str:
    """What hatching means, and where the events with it are listed; nothing without one."""
    partial = sum(event.partial for event in summary.events)
    if not partial:
        return ""
    return (
        f"; {count_words(partial, 'event')} with a start known to the month or year only: open triangle, hatched from the first to the "
        "last possible day, listed with the onsets above"
    )
