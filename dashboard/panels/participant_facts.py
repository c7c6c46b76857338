"""What the head of a participant's page says: thresholds and response, own history, everything recorded, and the neighbours."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.endpoints import participant_tracks as tracks
from dashboard.endpoints.participant_tracks import find_neighbours
from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.responders import derive_responses
from dashboard.panels.participant_lanes import find_entries, find_history
from dashboard.panels.participants import table_participant_times, table_participants
from dashboard.scene import Scene
from dashboard.study.choices import ResponseRule

RULES: tuple[ResponseRule, ...] = ("at-visit", "ever", "sustained")
NO_NUMBER = "–"


@dataclass(frozen=True)
class Neighbours:
    """The participants before and after one in the selection (“” at its ends), its place there from 1 (0: not in it), and its size."""

    before: str
    after: str
    place: int
    of: int


def find_participant_neighbours(scene: Scene, name: str) -> Neighbours:
    """Neighbours among the participants that the filters and the table's own filter leave, in the order of the data cut."""
    names = scene.analysis.participants["participant"]
    kept = names.isin(table_participants(scene)["participant"]).to_numpy()
    row = scene.participant(name)
    if row is None:
        raise KeyError(name)
    before, after = find_neighbours(kept, row)
    neighbours = ["" if at is None else str(names.iloc[at]) for at in (before, after)]
    return Neighbours(neighbours[0], neighbours[1], int(kept[: row + 1].sum()) if kept[row] else 0, int(kept.sum()))


def describe_threshold_times(scene: Scene, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of one participant's time above each threshold, with bounds, coverage, episodes and response by every rule.

    Where days above are unknown the reason stands in their place.
    """
    header = (
        "Threshold, cells/µL", "Baseline", "Days above", "Bounds", "Covered days", "Episodes", "Longest, days", "First day above",
        "Last day above", f"Responds: {_visit_label(scene)}", "Responds: ever", "Responds: sustained",
    )  # fmt: skip
    rows = []
    for times in each_row(table_participant_times(scene, name)):
        numbers = (times.baseline, times.days_above, times.lower_days, times.upper_days, times.covered_days, times.episodes)
        baseline, days, lower, upper, covered, episodes = (_rounded(n) for n in numbers)
        rest = [_rounded(n) for n in (times.longest_episode_days, times.first_day_above, times.last_day_above)]
        responses = [_response(scene, name, float(times.threshold), rule) for rule in RULES]
        baseline += " (not below)" if times.baseline >= times.threshold else ""
        rows.append(
            (
                f"≥ {times.threshold:g}",
                baseline,
                _say_why_unknown(scene, name, times) if pd.isna(times.days_above) else days,
                NO_NUMBER if pd.isna(times.lower_days) else f"{lower} to {upper}",
                covered,
                episodes,
                *rest,
                *responses,
            )
        )
    return header, rows


def _say_why_unknown(scene: Scene, name: str, times: Any) -> str:
    people = scene.analysis.participants
    if not people.loc[people["participant"] == name, "dosed"].all():
        return "not dosed"
    return "no baseline" if pd.isna(times.baseline) else "nothing covered"


def _visit_label(scene: Scene) -> str:
    label = scene.protocol.visit(scene.view.visit).label
    return f"{label[:1].lower()}{label[1:]}"


def _response(scene: Scene, name: str, threshold: float, rule: ResponseRule) -> str:
    """yes, no, or why there is no answer."""
    view, people = scene.view, scene.analysis.participants
    mask = (people["participant"] == name).to_numpy()
    analyte = scene.protocol.endpoint.analyte
    found = derive_responses(scene.analysis, mask, analyte, threshold, rule, view.visit, view.period).iloc[0]
    if not found["observed"]:
        return "no value" if found["dosed"] else "not dosed"
    return "yes" if found["responds"] else "no"


def describe_history(scene: Scene, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of the own history of each analyte shown: values before treatment, their range, and the first value beyond."""
    header = ("Counts in cells/µL", "Days before treatment", "Range", "No reliable change within", "First day beyond", "Value")
    history = find_history(scene, name)
    rows = []
    for key in scene.view.analytes(scene.protocol):
        found: Any = history.loc[key]
        extent = "none" if not found["days"] else f"{_rounded(found['low'])} to {_rounded(found['high'])}"
        band = f"{_rounded(found['band_low'])} to {_rounded(found['band_high'])}" if found["reliable"] else str(found["note"])
        first = [NO_NUMBER, NO_NUMBER]
        if found["reliable"] and pd.isna(found["first_day"]):
            first[0] = "none so far"
        elif found["reliable"]:
            first = [str(found["first_day"]), f"{_rounded(found['first_value'])} ({found['first_side']})"]
        rows.append((scene.protocol.analyte(key).short, str(found["days"]), extent, band, *first))
    return header, rows


def describe_entries(scene: Scene, name: str) -> tuple[tuple[str, ...], list[tuple[str, ...]]]:
    """Header and rows of everything recorded, in order of the days; the counts of one day and source file stand in one row."""
    header = ("Day", "Kind", "What", "Value", "Unit", "In words", "Source row")
    entries = find_entries(scene, name)
    is_count = entries["kind"] == tracks.COUNT
    groups = entries[is_count].fillna({"day": -(10**6)}).groupby(["day", "words", "source_file"], sort=False)
    placed = [(int(rows.index[0]), _count_row(rows)) for _, rows in groups]
    placed += [(at, _entry_row(row)) for at, row in zip(entries.index[~is_count], each_row(entries[~is_count]), strict=True)]
    return header, [row for _, row in sorted(placed)]


def _count_row(rows: pd.DataFrame) -> tuple[str, ...]:
    day, words, file = (rows[name].iloc[0] for name in ("day", "words", "source_file"))
    values = ", ".join(f"{row.what} {_rounded(row.value)}" for row in each_row(rows))
    source = f"{file} {', '.join(str(row) for row in rows['source_row'])}"
    return _day(day if day > -(10**6) else pd.NA), "counts", values, "", "cells/µL", str(words), source


def _entry_row(row: Any) -> tuple[str, ...]:
    kind = tracks.EVENT if row.kind == tracks.EVENT else row.kind
    days = _day(row.day) if pd.isna(row.end_day) else _span(row.day, int(row.end_day))
    value = "" if pd.isna(row.value) else f"grade {row.value:g}" if row.kind == tracks.EVENT else f"{row.value:,.5g}"
    source = "derived" if pd.isna(row.source_row) else f"{row.source_file} {row.source_row}"
    return days, str(kind), str(row.what), value, str(row.unit), str(row.words), source


def _span(start: Any, end: int) -> str:
    if pd.isna(start):
        return f"unknown to {end}"
    return str(start) if start == end else f"{start} to {end}"


def _day(day: Any) -> str:
    return "no day" if pd.isna(day) else str(day)


def _rounded(value: Any) -> str:
    return NO_NUMBER if pd.isna(value) else f"{round(float(value), 1):,g}"
