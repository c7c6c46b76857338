"""The panel of weekly grades: the worst grade of each participant in each week, aligned to the first or to each dose."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.grading import NOT_GRADED as UNGRADED
from dashboard.endpoints.safety.rates import AtRisk
from dashboard.figures.weeks import NO_EVENT, NOT_GRADED, Block, WeekRow, WeekSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import NONE_IN_CUT, count_not_dosed, describe_filter, describe_filtered_out, describe_not_dosed
from dashboard.panels.risk_groups import Group, list_groups
from dashboard.panels.week_grid import LEVELS, WeekGrid, find_given, find_grid, find_scale_tallies, find_week_rows
from dashboard.safety import find_at_risk, find_events, find_scale
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

MAX_ROWS = 100
# Columns that part the weeks of two doses.
GAP = 3
LEVEL_NAMES = {NO_EVENT: "No event", NOT_GRADED: "Not graded"}


def summarise_week_panel(scene: Scene, subject: str = "") -> WeekSummary:
    """The dosed participants of the selection by cohort, with every week under observation on the grading scale of the view."""
    scale, at_risk, grid = find_scale(scene), find_at_risk(scene), find_grid(scene)
    mask, has_events = at_risk.cohort_of >= 0, len(find_events(scene)) > 0
    people = grid.order[mask[grid.order]]
    rows, at = _rows(scene, people[:MAX_ROWS] if has_events else people[:0])
    blocks = _blocks(scene, grid, mask)
    drawn = np.flatnonzero(at[grid.person] >= 0)
    row, column = at[grid.person[drawn]], _columns(grid, drawn, blocks)
    levels, hover = _lay_out(
        grid, drawn, (row, column), (len(rows), max((block.first + block.weeks for block in blocks.values()), default=0))
    )
    header, cells = _cells(grid, at_risk, mask, list_groups(scene))
    return WeekSummary(
        rows=rows,
        blocks=tuple(blocks.values()),
        levels=levels,
        hover=hover,
        partial=_stretches(row, column, grid.partial[drawn]),
        doses=find_given(scene).mark(at) if scene.view.align == "first" else (),
        scale=scale,
        header=header if rows else (),
        cells=cells if rows else (),
        people=len(people),
        hidden=max(0, len(people) - MAX_ROWS),
        without_weeks=int(mask.sum()) - len(people),
        off_scale=find_scale_tallies(scene).count_others(mask, scale),
        not_dosed=count_not_dosed(scene),
        nothing="No dosed participant under observation" if has_events else NONE_IN_CUT,
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _rows(scene: Scene, people: Ints) -> tuple[tuple[WeekRow, ...], Ints]:
    """The rows from top to bottom, and which is that of each participant, −1 for none."""
    known, rows = find_week_rows(scene), list[WeekRow]()
    at = np.full(len(known), -1, dtype=np.int64)
    for person in people.tolist():
        row = known[person]
        if not rows or rows[-1].cohort != row.cohort:
            rows.append(WeekRow(scene.protocol.cohorts[row.cohort].label, row.cohort, is_heading=True))
        at[person] = len(rows)
        rows.append(row)
    return tuple(rows), at


def _blocks(scene: Scene, grid: WeekGrid, mask: Flags) -> dict[int, Block]:
    """The columns of each dose of the grid that somebody has weeks after, one after the other; by its position."""
    blocks: dict[int, Block] = {}
    first = 0
    for place, most in enumerate(grid.last[mask].max(axis=0, initial=-1).tolist()):
        if most >= 0:
            title = f"Dose {grid.doses[place]}" if scene.view.align == "each" else ""
            blocks[place] = Block(first, most + 1, title)
            first += most + 1 + GAP
    return blocks


def _columns(grid: WeekGrid, drawn: Ints, blocks: Mapping[int, Block]) -> Ints:
    starts = np.zeros(len(grid.doses), dtype=np.int64)
    for place, block in blocks.items():
        starts[place] = block.first
    columns: Ints = starts[grid.dose[drawn]] + grid.week[drawn]
    return columns


def _lay_out(
    grid: WeekGrid, drawn: Ints, cell: tuple[Ints, Ints], shape: tuple[int, int]
) -> tuple[np.ndarray, tuple[tuple[str, ...], ...]]:
    """The level and the words of each row and column."""
    levels, hover = np.full(shape, np.nan), np.full(shape, "", dtype=object)
    levels[cell], hover[cell] = grid.level[drawn], grid.hover[drawn]
    return levels, tuple(map(tuple, hover.tolist()))


def _stretches(at: Ints, column: Ints, flags: np.ndarray) -> tuple[tuple[int, int, int], ...]:
    """Runs of neighbouring marked columns of one row: row, first column, columns."""
    runs: list[tuple[int, int, int]] = []
    for row, place in sorted(zip(at[flags].tolist(), column[flags].tolist(), strict=True)):
        if runs and runs[-1][0] == row and sum(runs[-1][1:]) == place:
            runs[-1] = (row, runs[-1][1], runs[-1][2] + 1)
        else:
            runs.append((row, place, 1))
    return tuple(runs)


def _cells(grid: WeekGrid, at_risk: AtRisk, mask: Flags, groups: Sequence[Group]) -> tuple[tuple[str, ...], tuple[tuple[str, ...], ...]]:
    """Weeks under observation, without an event and by worst grade, of each cohort shown and of all."""
    weeks, whole = grid.counted, grid.counted[mask].sum(axis=0)
    shown = [place for place, level in enumerate(LEVELS) if whole[place] or level == NO_EVENT]
    order = [LEVELS[place] for place in shown]
    header = ("Cohort", "Participants", "Weeks observed", *(LEVEL_NAMES.get(level, f"Grade {level}") for level in order))
    keys = ["observed", "observed", *("none" if level == NOT_GRADED else str(level) for level in order)]
    rows = []
    for key, label, place in groups:
        own = weeks[mask if key == ALL_COHORTS else at_risk.cohort_of == place]
        texts = _count_weeks(int(own.any(axis=1).sum()), own.sum(axis=0)[shown].tolist())
        rows.append((label, *(link_cell(text, encode_cell("weeks", level, key)) for text, level in zip(texts, keys, strict=True))))
    return header, tuple(rows)


def _count_weeks(people: int, counts: Sequence[int]) -> tuple[str, ...]:
    whole = sum(counts)
    shares = (f"{n:,}" + (f"{NO_BREAK}({100 * n / whole:.0f}{NO_BREAK}%)" if whole else "") for n in counts)
    return f"{people:,}", f"{whole:,}", *shares


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
