"""The panel of weekly grades: the worst grade of each participant in each week, aligned to the first or to each dose."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.grading import NOT_GRADED as UNGRADED
from dashboard.endpoints.safety.rates import select_at_risk
from dashboard.figures.weeks import NO_EVENT, NOT_GRADED, Block, DoseMark, WeekRow, WeekSummary
from dashboard.panels.adverse_events import ALL_LABEL
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import NONE_IN_CUT, count_not_dosed, describe_filter, describe_filtered_out, describe_not_dosed
from dashboard.safety import find_at_risk, find_emergent, find_events, find_scale, table_adverse_event_weeks
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

MAX_ROWS = 100
# Columns that part the weeks of two doses.
GAP = 3
DAYS = 7


def summarise_week_panel(scene: Scene, subject: str = "") -> WeekSummary:
    """The dosed participants of the selection by cohort, with every week under observation on the grading scale of the view."""
    scale, events = find_scale(scene), select_at_risk(find_emergent(scene), find_at_risk(scene))
    table = table_adverse_event_weeks(scene)
    table = table[table["scale"] == scale]
    names = _shown_names(scene, table)
    rows = _rows(scene, names[:MAX_ROWS]) if len(find_events(scene)) else ()
    row_of = {row.label: place for place, row in enumerate(rows) if not row.is_heading}
    blocks = _blocks(scene, table)
    drawn = table[table["participant"].isin(list(row_of))]
    at: Ints = drawn["participant"].map(row_of).to_numpy(dtype=np.int64).astype(np.int64)
    column = _columns(drawn, blocks)
    header, cells = _cells(scene, table)
    return WeekSummary(
        rows=rows,
        blocks=tuple(blocks.values()),
        levels=_levels(drawn, at, column, len(rows), blocks),
        hover=_hover(drawn, at, column, len(rows), blocks),
        partial=_stretches(at, column, drawn["partial"].to_numpy(dtype=bool)),
        doses=_doses(scene, row_of) if scene.view.align == "first" else (),
        scale=scale,
        header=header if rows else (),
        cells=cells if rows else (),
        people=len(names),
        hidden=max(0, len(names) - MAX_ROWS),
        without_weeks=len(find_at_risk(scene).frame) - len(names),
        off_scale=_count_off_scale(events, scale),
        not_dosed=count_not_dosed(scene),
        nothing="No dosed participant under observation" if len(find_events(scene)) else NONE_IN_CUT,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _count_off_scale(events: pd.DataFrame, scale: str) -> dict[str, int]:
    """Events on each other scale, which no cell shows."""
    counts = events.loc[events["scale"] != scale, "scale"].value_counts().sort_index()
    return {str(name): int(n) for name, n in counts.items()}


def _shown_names(scene: Scene, table: pd.DataFrame) -> list[str]:
    """Participants with a week under observation, by cohort, then in the order of the data cut."""
    place = {key: at for at, key in enumerate(scene.protocol.cohort_keys)}
    people = table[["participant", "cohort"]].drop_duplicates("participant")
    names: list[str] = people.assign(place=people["cohort"].map(place)).sort_values("place", kind="stable")["participant"].tolist()
    return names


def _rows(scene: Scene, names: list[str]) -> tuple[WeekRow, ...]:
    cohorts = dict(zip(scene.analysis.participants["participant"].tolist(), scene.cohort_positions.tolist(), strict=True))
    rows: list[WeekRow] = []
    for name in names:
        cohort = cohorts[name]
        if not rows or rows[-1].cohort != cohort:
            rows.append(WeekRow(scene.protocol.cohorts[cohort].label, cohort, is_heading=True))
        rows.append(WeekRow(name, cohort))
    return tuple(rows)


def _blocks(scene: Scene, table: pd.DataFrame) -> dict[int, Block]:
    """The columns of each dose number, one after the other."""
    blocks: dict[int, Block] = {}
    first = 0
    for number, most in table.groupby("dose_number")["week"].max().items():
        title = f"Dose {number}" if scene.view.align == "each" else ""
        blocks[int(str(number))] = Block(first, int(most) + 1, title)
        first += int(most) + 1 + GAP
    return blocks


def _columns(drawn: pd.DataFrame, blocks: Mapping[int, Block]) -> Ints:
    starts = drawn["dose_number"].map({number: block.first for number, block in blocks.items()})
    columns: Ints = (starts.to_numpy(dtype=np.int64) + drawn["week"].to_numpy(dtype=np.int64)).astype(np.int64)
    return columns


def _width(blocks: Mapping[int, Block]) -> int:
    return max((block.first + block.weeks for block in blocks.values()), default=0)


def _levels(drawn: pd.DataFrame, at: Ints, column: Ints, rows: int, blocks: Mapping[int, Block]) -> np.ndarray:
    levels = np.full((rows, _width(blocks)), np.nan)
    grade = drawn["grade"].to_numpy(dtype=np.float64, na_value=NOT_GRADED)
    levels[at, column] = np.where(drawn["events"].to_numpy() == 0, NO_EVENT, grade)
    return levels


def _hover(drawn: pd.DataFrame, at: Ints, column: Ints, rows: int, blocks: Mapping[int, Block]) -> tuple[tuple[str, ...], ...]:
    texts = [[""] * _width(blocks) for _ in range(rows)]
    for cell, row, place in zip(drawn.astype(object).to_dict("records"), at.tolist(), column.tolist(), strict=True):
        texts[row][place] = _describe_cell(cell)
    return tuple(tuple(row) for row in texts)


def _describe_cell(cell: Mapping[Hashable, Any]) -> str:
    name = str(cell["participant"])
    if not cell["events"]:
        return f"{name}: no event"
    grade = "not graded" if pd.isna(cell["grade"]) else f"worst grade {cell['grade']}"
    partial = ", day known in part" if cell["partial"] else ""
    return f"{name}, week {cell['week']}: {grade}, {count_words(int(cell['events']), 'event')}{partial}"


def _stretches(at: Ints, column: Ints, flags: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    """Runs of neighbouring marked columns of one row: row, first column, columns."""
    runs: list[tuple[int, int, int]] = []
    for row, place in sorted(zip(at[flags].tolist(), column[flags].tolist(), strict=True)):
        if runs and runs[-1][0] == row and sum(runs[-1][1:]) == place:
            runs[-1] = (row, runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((row, place, 1))
    return tuple(runs)


def _doses(scene: Scene, row_of: Mapping[str, int]) -> tuple[DoseMark, ...]:
    """Every dose given, at its week since the first dose."""
    doses = scene.analysis.doses
    own = doses[doses["participant"].isin(list(row_of))][["participant", "dose_number", "day"]]
    return tuple(
        DoseMark(row_of[name], day / DAYS, f"{name}: dose {number} on day {day}")
        for name, number, day in own.astype(object).itertuples(index=False, name=None)
    )


def _cells(scene: Scene, table: pd.DataFrame) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Weeks under observation, without an event and by worst grade, of each cohort shown and of all."""
    grade = table["grade"].to_numpy(dtype=np.float64, na_value=NOT_GRADED)
    levels = pd.Series(np.where(table["events"].to_numpy() == 0, NO_EVENT, grade).astype(np.int64), index=table.index)
    order: list[int] = sorted({*map(int, levels.unique()), NO_EVENT}, key=lambda level: (level == NOT_GRADED, level))
    names = {NO_EVENT: "No event", NOT_GRADED: "Not graded"}
    header = ("Cohort", "Participants", "Weeks observed", *(names.get(level, f"Grade {level}") for level in order))
    groups = [(key, scene.protocol.cohort(key).label, table["cohort"] == key) for key in scene.view.cohorts(scene.protocol)]
    groups.append((ALL_COHORTS, ALL_LABEL, pd.Series(True, index=table.index)))
    keys = ["observed", "observed", *("none" if level == NOT_GRADED else str(level) for level in order)]
    return header, tuple(
        (label, *map(link_cell, _count_weeks(table[mask], levels[mask], order), (encode_cell("weeks", key, cohort) for key in keys)))
        for cohort, label, mask in groups
    )


def _count_weeks(own: pd.DataFrame, levels: pd.Series, order: list[int]) -> tuple[str, ...]:
    whole = len(own)
    counts = (int((levels == level).sum()) for level in order)
    shares = (f"{n:,}" + (f"{NO_BREAK}({100 * n / whole:.0f}{NO_BREAK}%)" if whole else "") for n in counts)
    return f"{own['participant'].nunique():,}", f"{whole:,}", *shares


def describe_weeks(summary: WeekSummary, scene: Scene) -> Words:
    """What a cell is, what blank means, the scale, and which events are in no cell."""
    is_each = scene.view.align == "each"
    aligned = "each dose, up to the next" if is_each else "the first dose (diamonds: doses given)"
    caption = (
        f"Worst grade on {summary.scale} of the events going on in each week since {aligned}; from the first possible to the last "
        "possible day of an event, an ongoing one to the end of observation. Pale: under observation without an event; blank: not under "
        f"observation{', or after the next dose' if is_each else ''}. Hatched: every event of the week has a day known in part. "
        "Table: weeks of participants. "
        f"{describe_filter(scene)} {describe_scene(scene)}"
    )
    off = tuple(f"{count_words(n, 'event')}: {_describe_off(scale, summary.scale)}" for scale, n in summary.off_scale.items())
    hidden = (f"{count_words(summary.hidden, 'participant')}: beyond the first {MAX_ROWS} rows",) if summary.hidden else ()
    unknown = (f"{count_words(summary.without_weeks, 'participant')}: end of observation not known",) if summary.without_weeks else ()
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_filtered_out(scene), *off, *hidden, *unknown)
    shown = f"{count_words(summary.people - summary.hidden, 'participant')} shown"
    return Words(caption, shown, left_out, LEFT_OUT, summary.header, summary.cells)


def _describe_off(scale: str, chosen: str) -> str:
    return "not graded" if scale == UNGRADED else f"graded on {scale}, which is not pooled with {chosen}"
