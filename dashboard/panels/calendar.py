"""The calendar panel of the data page: what became of every planned visit of everyone selected."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.quality.calendar import STATES
from dashboard.endpoints.quality.words import describe_count, describe_day, describe_number
from dashboard.figures.calendar import STATE_LOOKS, UNSCHEDULED_SIGN, Between, CalendarCell, CalendarRow, CalendarSummary
from dashboard.panels.describe import Words, describe_scene
from dashboard.quality import calendar_analyte, find_unscheduled, table_visit_calendar
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


def summarise_calendar_panel(scene: Scene, subject: str = "") -> CalendarSummary:
    """Rows by cohort, then in the order of the participants; the totals count everyone selected."""
    protocol, cells, unscheduled = scene.protocol, table_visit_calendar(scene), find_unscheduled(scene)
    names = _shown_names(scene)
    rows = _rows(scene, cells, names)
    undated = unscheduled["after_visit"].eq("") & unscheduled["before_visit"].eq("")
    return CalendarSummary(
        analyte=protocol.analyte(calendar_analyte(scene)).short,
        visits=tuple(visit.short for visit in protocol.visits),
        visit_labels=tuple(visit.label for visit in protocol.visits),
        rows=rows,
        between=_between(scene, unscheduled[~undated], rows),
        n_cohorts=len(protocol.cohorts),
        states=tuple(STATE_LABELS.items()),
        totals=_totals(cells, protocol.visit_keys),
        participants=scene.n,
        shown=len(names),
        records=int(cells["n_records"].sum()),
        unscheduled=int(unscheduled.loc[~undated, "n_records"].sum()),
        undated=int(unscheduled.loc[undated, "n_records"].sum()),
        synthetic=scene.snapshot.synthetic,
    )


def _shown_names(scene: Scene) -> list[str]:
    selected = np.flatnonzero(scene.selection.mask)
    order = selected[np.argsort(scene.cohort_positions[selected], kind="stable")][:MAX_ROWS]
    return scene.analysis.participants["participant"].iloc[order].tolist()


def _rows(scene: Scene, cells: pd.DataFrame, names: list[str]) -> tuple[CalendarRow, ...]:
    """The participants called `names`, with a heading before the first of each cohort."""
    protocol = scene.protocol
    labels = {visit.key: visit.label for visit in protocol.visits} | {"": "no visit"}
    of_name: dict[str, list[CalendarCell]] = {name: [] for name in names}
    for cell in cells[cells["participant"].isin(names)].astype(object).to_dict("records"):
        of_name[cell["participant"]].append(_cell(cell, labels))
    cohorts = dict(zip(scene.analysis.participants["participant"].tolist(), scene.cohort_positions.tolist(), strict=True))
    rows: list[CalendarRow] = []
    for name in names:
        cohort = cohorts[name]
        if not rows or rows[-1].cohort != cohort:
            rows.append(CalendarRow(protocol.cohorts[cohort].label, cohort))
        rows.append(CalendarRow(name, cohort, tuple(of_name[name])))
    return tuple(rows)


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


def _between(scene: Scene, unscheduled: pd.DataFrame, rows: tuple[CalendarRow, ...]) -> tuple[Between, ...]:
    """Where the records of no planned visit lie, of the participants whose rows are drawn."""
    place_of = {row.label: place for place, row in enumerate(rows) if row.cells}
    keys, visits = scene.protocol.visit_keys, scene.protocol.visits
    marks = []
    for found in unscheduled[unscheduled["participant"].isin(list(place_of))].to_dict("records"):
        after = keys.index(found["after_visit"]) if found["after_visit"] else -1
        where = f"after {visits[after].label}" if after >= 0 else f"before {visits[0].label}"
        words = f"{found['participant']}: {describe_count(int(found['n_records']), 'record')} of no planned visit, {where}"
        marks.append(Between(place_of[found["participant"]], after + 0.5, words))
    return tuple(marks)


def _totals(cells: pd.DataFrame, visits: tuple[str, ...]) -> np.ndarray:
    counted = cells.groupby(["visit", "state"]).size().unstack(fill_value=0)
    return counted.reindex(index=list(visits), columns=list(STATE_LOOKS), fill_value=0).to_numpy(dtype=np.int64)


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
