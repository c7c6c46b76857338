"""The calendar panel of the data page: what became of every planned visit of everyone selected."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.quality.calendar import STATE_KEYS, STATES
from dashboard.endpoints.quality.words import describe_count, describe_day, describe_number
from dashboard.figures.calendar import STATE_LOOKS, UNSCHEDULED_SIGN, Between, CalendarCell, CalendarRow, CalendarSummary
from dashboard.panels.describe import Words, describe_scene
from dashboard.quality import UNIT, calendar_analyte, find_calendar, find_states, find_unscheduled
from dashboard.scene import Scene
from dashboard.view.words import count_words, join_words

MAX_ROWS = 90
STATE_LABELS = {
    "observed": "observed",
    "below-limit": "below the limit",
    "out-of-window": "out of window",
    "incomplete": "incomplete record",
    "died": "died before",
    "withdrawn": "withdrawn",
    "lost": "lost to follow-up",
    "completed": "completed before",
    "not-due": "not yet due",
    "missed": "missed",
    "not-dosed": "not dosed",
}


@dataclass(frozen=True)
class _Lines:
    """What the calendar says of everybody: the row of each participant, and the records of no planned visit.

    outside are the row of the participant, the place between two visits and the words of each such group of records; unscheduled and
    undated are the number of records of each participant with and without a day.
    """

    rows: list[CalendarRow] = field(repr=False)
    outside: list[tuple[int, float, str]] = field(repr=False)
    unscheduled: Ints = field(repr=False)
    undated: Ints = field(repr=False)


def summarise_calendar_panel(scene: Scene, subject: str = "") -> CalendarSummary:
    """Rows by cohort, then in the order of the participants; the totals count everyone selected."""
    protocol, states, lines, mask = scene.protocol, find_states(scene), _find_lines(scene), scene.selection.mask
    shown = _shown_people(scene)
    rows, places = _rows(scene, lines, shown)
    return CalendarSummary(
        analyte=protocol.analyte(calendar_analyte(scene)).short,
        visits=tuple(visit.short for visit in protocol.visits),
        visit_labels=tuple(visit.label for visit in protocol.visits),
        rows=rows,
        between=tuple(Between(places[of], at, words) for of, at, words in lines.outside if of in places),
        n_cohorts=len(protocol.cohorts),
        states=tuple(STATE_LABELS.items()),
        totals=_totals(states.state[mask]),
        participants=scene.n,
        shown=len(shown),
        records=int(states.records[mask].sum()),
        unscheduled=int(lines.unscheduled[mask].sum()),
        undated=int(lines.undated[mask].sum()),
        synthetic=scene.snapshot.synthetic,
    )


def _shown_people(scene: Scene) -> list[int]:
    """The participants who get a row, by cohort."""
    selected = np.flatnonzero(scene.selection.mask)
    people: list[int] = selected[np.argsort(scene.cohort_positions[selected], kind="stable")][:MAX_ROWS].tolist()
    return people


def _rows(scene: Scene, lines: _Lines, people: list[int]) -> tuple[tuple[CalendarRow, ...], dict[int, int]]:
    """The rows of `people`, with a heading before the first of each cohort; and where each of them stands."""
    rows: list[CalendarRow] = []
    places: dict[int, int] = {}
    for person in people:
        row = lines.rows[person]
        if not rows or rows[-1].cohort != row.cohort:
            rows.append(CalendarRow(scene.protocol.cohorts[row.cohort].label, row.cohort))
        places[person] = len(rows)
        rows.append(row)
    return tuple(rows), places


def _find_lines(scene: Scene) -> _Lines:
    return scene.of_cut("lines of the calendar", lambda: _write_lines(scene), calendar_analyte(scene))


def _write_lines(scene: Scene) -> _Lines:
    visits, people = scene.protocol.visits, scene.analysis.participants["participant"].tolist()
    labels = {visit.key: visit.label for visit in visits} | {"": "no visit"}
    cells = [_cell(cell, labels) for cell in find_calendar(scene).assign(unit=UNIT).astype(object).to_dict("records")]
    rows = [
        CalendarRow(name, cohort, tuple(cells[place * len(visits) : (place + 1) * len(visits)]))
        for place, (name, cohort) in enumerate(zip(people, scene.cohort_positions.tolist(), strict=True))
    ]
    outside = find_unscheduled(scene)
    person, records = scene.participant_rows(outside["participant"]), outside["n_records"].to_numpy(dtype=np.int64)
    undated = ((outside["after_visit"] == "") & (outside["before_visit"] == "")).to_numpy(dtype=bool)
    dated, without = (np.bincount(person[of], records[of], len(people)).astype(np.int64) for of in (~undated, undated))
    placed = zip(person[~undated].tolist(), outside[~undated].to_dict("records"), strict=True)
    return _Lines(rows, [(of, *_between(scene, found)) for of, found in placed], dated, without)


def _cell(cell: Mapping[Hashable, Any], labels: dict[str, str]) -> CalendarCell:
    """A cell with its hover: who and which visit, what became of it, when it was due, and what was recorded."""
    low = "up to" if pd.isna(cell["low"]) else f"{describe_day(int(cell['low']))} to"
    lines = [f"{cell['participant']}, {labels[cell['visit']]}", f"{STATE_LABELS[cell['state']]}: {STATES[cell['state']]}"]
    if cell["state"] != "not-dosed":
        high = describe_day(int(cell["high"]))
        window = f"{low} {high if low == 'up to' else high.removeprefix('day ')}"
        lines.append(f"due on {describe_day(int(cell['target_day']))}, window {window}")
    if not pd.isna(cell["actual_day"]):
        lines.append(_found(cell, labels))
    others = int(cell["alternatives"])
    if others:
        lines.append(f"{describe_count(others, 'alternative record')} in the window")
    return CalendarCell(str(cell["state"]), tuple(lines))


def _found(cell: Mapping[Hashable, Any], labels: dict[str, str]) -> str:
    day, target = int(cell["actual_day"]), int(cell["target_day"])
    off = day - target
    apart = "on the planned day" if not off else f"{describe_count(abs(off), 'day')} {'later' if off > 0 else 'earlier'}"
    counted = f"; counts at {labels[cell['counted_in']]}" if cell["state"] == "out-of-window" else ""
    return f"drawn on {describe_day(day)} ({apart}): {describe_number(float(cell['value']))} {cell['unit']}{counted}"


def _between(scene: Scene, found: Mapping[Hashable, Any]) -> tuple[float, str]:
    """Where records of no planned visit lie, and whose and how many they are."""
    visits = scene.protocol.visits
    after = scene.protocol.visit_keys.index(found["after_visit"]) if found["after_visit"] else -1
    where = f"after {visits[after].label}" if after >= 0 else f"before {visits[0].label}"
    return after + 0.5, f"{found['participant']}: {describe_count(int(found['n_records']), 'record')} of no planned visit, {where}"


def _totals(state: Ints) -> np.ndarray:
    """Participants by visit and state, of the states of their visits."""
    people, visits = state.shape
    size = len(STATE_KEYS)
    counts = np.bincount(np.tile(np.arange(visits), people) * size + state.ravel(), minlength=visits * size).reshape(visits, size)
    return counts[:, [STATE_KEYS.index(key) for key in STATE_LOOKS]]


def describe_calendar(summary: CalendarSummary, scene: Scene) -> Words:
    """The totals, which add up to everyone and every visit; what the signs mean; one row per visit with the number in each state."""
    present = [place for place, _ in _numbered(summary)]
    counted = [f"{int(summary.totals[:, place].sum()):,} {label} ({STATE_LOOKS[key][0]})" for place, (key, label) in _numbered(summary)]
    total = f"{count_words(summary.participants, 'participant')} × {count_words(len(summary.visits), 'planned visit')}"
    cells = f" = {summary.participants * len(summary.visits):,}: {join_words(counted)}." if counted else ": nobody."
    hidden = summary.participants - summary.shown
    return Words(
        caption=f"{summary.analyte}: {total}{cells} {_describe_records(summary)} "
        f"Windows move with the doses given. {describe_scene(scene)}",
        shown=f"{count_words(summary.shown, 'participant')} shown",
        not_shown=(f"{count_words(hidden, 'participant')}: beyond the first {MAX_ROWS} rows; the table counts them",) if hidden else (),
        left_out="not all are in the figure",
        header=("Visit", *(f"{STATE_LOOKS[summary.states[place][0]][0]} {summary.states[place][1]}" for place in present), "n"),
        rows=tuple(
            (label, *(f"{row[place]:,}" for place in present), f"{row.sum():,}")
            for label, row in zip(summary.visit_labels, summary.totals, strict=True)
        ),
    )


def _describe_records(summary: CalendarSummary) -> str:
    whole = summary.records + summary.unscheduled + summary.undated
    parts = [
        f"{summary.records:,} belong to these visits",
        f"{summary.unscheduled:,} to none ({UNSCHEDULED_SIGN} between the visits)",
        f"{summary.undated:,} to none and without a day",
    ]
    numbers = (summary.records, summary.unscheduled, summary.undated)
    said = [part for part, number in zip(parts, numbers, strict=True) if number]
    return (
        f"Of {count_words(whole, f'{summary.analyte} record')}, {join_words(said)}." if said else f"There is no {summary.analyte} record."
    )


def _numbered(summary: CalendarSummary) -> list[tuple[int, tuple[str, str]]]:
    """The states that some cell has, with their places."""
    return [(place, state) for place, state in enumerate(summary.states) if summary.totals[:, place].any()]
