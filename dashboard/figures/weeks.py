"""The worst grade of each participant in each week: a row per participant, a cell per week, doses as marks."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.figures.adverse_events import GRADE_COLOURS
from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    RULE,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    escape,
    legend_box,
    note,
    pack,
    rule_line,
)

NO_EVENT, NOT_GRADED = 0, -1
# Above the first row, inside the plot: the signs may take several lines above it.
TITLE_ROW = -1
# Colour and name of each level; a week that was not observed has neither and stays blank.
LEVELS: dict[int, tuple[str, str]] = {
    NOT_GRADED: (GRADE_COLOURS[0], "not graded"),
    NO_EVENT: ("#eff1f3", "no event"),
    **{grade: (GRADE_COLOURS[grade], str(grade)) for grade in range(1, 6)},
}


@dataclass(frozen=True)
class WeekRow:
    """A participant, or (with `is_heading`) the name of a cohort above its participants."""

    label: str
    cohort: int
    is_heading: bool = False


@dataclass(frozen=True)
class DoseMark:
    """A dose of the participant in `row`, at a place on the axis of weeks."""

    row: int
    place: float
    words: str


@dataclass(frozen=True)
class Block:
    """Weeks that count from the same dose: the first column, how many columns, and a title ("" for weeks since the first dose)."""

    first: int
    weeks: int
    title: str


@dataclass(frozen=True)
class WeekSummary:
    """`levels`: rows × columns, a grade, NO_EVENT, NOT_GRADED or NaN (not observed); `hover` keeps step with it.

    `partial` are stretches (row, first column, columns) in which every event has a day that is not known. `cells` is the table.
    """

    rows: tuple[WeekRow, ...]
    blocks: tuple[Block, ...]
    levels: np.ndarray = field(repr=False)
    hover: tuple[tuple[str, ...], ...] = field(repr=False)
    partial: tuple[tuple[int, int, int], ...]
    doses: tuple[DoseMark, ...]
    scale: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    people: int
    hidden: int
    without_weeks: int
    off_scale: dict[str, int]
    not_dosed: int
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_weeks(summary: WeekSummary) -> Figure:
    """Weeks from left to right, participants by cohort from top to bottom; a darker cell is a worse grade, a blank one not observed."""
    layout = base_layout(synthetic=summary.synthetic, key="events-weeks")
    if not summary.rows:
        layout["xaxis"], layout["yaxis"] = axis(range=[0, 1], showticklabels=False), axis(range=[0, 1], showticklabels=False)
        layout["annotations"].append(note(summary.nothing, xref="paper", x=0.5, yref="paper", y=0.5, font={"size": 12, "color": QUIET}))
        return {"data": [], "layout": layout}
    layout["margin"] = {"l": 92, "r": 10, "t": 78, "b": 36}
    layout |= {"showlegend": True, "barmode": "overlay"}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", xref="container", yref="container", y=0.995, yanchor="top")
    # Entries of one narrow width stand in several columns on a telephone too.
    title = {"text": f"Worst grade, {escape(summary.scale)}", "font": {"size": 10}, "side": "top"}
    layout["legend"] |= {"traceorder": "normal", "entrywidth": 66, "title": title}
    layout["xaxis"] = _week_axis(summary)
    layout["yaxis"] = _row_axis(summary)
    layout["shapes"] = [
        rule_line(colour=QUIET, xref="paper", x0=0, x1=1, y0=place + 0.45, y1=place + 0.45)
        for place, row in enumerate(summary.rows)
        if row.is_heading
    ]
    layout["annotations"] += [_title(block) for block in summary.blocks if block.title]
    drawn = [_draw_cells(summary), *_draw_partial(summary), *_draw_doses(summary)]
    return {"data": [*drawn, *_draw_legend(summary)], "layout": layout}


def _week_axis(summary: WeekSummary) -> dict[str, Any]:
    last = summary.blocks[-1]
    end = last.first + last.weeks
    step = next(step for step in (1, 2, 4, 8, 12, 26, 52, 104, 10**6) if end / step <= 9)
    ticks = [(block.first + week, str(week)) for block in summary.blocks for week in range(0, block.weeks, step)]
    title = "weeks since each dose" if summary.blocks[0].title else "weeks since the first dose"
    # A little room at the left, so that the marks of the first dose are clear of the names.
    named = {"tickvals": [place for place, _ in ticks], "ticktext": [text for _, text in ticks], "tickangle": 0}
    return axis(title, range=[-0.012 * end, end], showgrid=False, **named)


def _row_axis(summary: WeekSummary) -> dict[str, Any]:
    names = [_row_label(summary, row) for row in summary.rows]
    rows: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False, "ticks": ""}
    top = TITLE_ROW - 0.6 if summary.blocks[0].title else -0.6
    return axis(range=[len(names) - 0.4, top], **rows) | {"tickfont": {"size": 10, "color": INK}}


def _row_label(summary: WeekSummary, row: WeekRow) -> str:
    name = escape(row.label)
    return f'<span style="color:{cohort_colour(row.cohort, summary.n_cohorts)}">{f"<b>{name}</b>" if row.is_heading else name}</span>'


def _title(block: Block) -> dict[str, Any]:
    place = {"x": block.first, "xanchor": "left", "y": TITLE_ROW, "yanchor": "middle"}
    return note(escape(block.title), **place) | {"font": {"size": 10, "color": INK}}


def _draw_cells(summary: WeekSummary) -> Trace:
    levels = list(LEVELS)
    share = 1 / len(levels)
    colours = [
        [round(end, 6), LEVELS[level][0]]
        for place, level in enumerate(levels)
        for end in (place * share, (place + 1) * share)
    ]  # fmt: skip
    return {
        "type": "heatmap",
        "name": "worst grade",
        "x0": 0.5,
        "dx": 1,
        "z": pack(summary.levels),
        "hovertext": [[escape(words) for words in row] for row in summary.hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
        "colorscale": colours,
        "zmin": levels[0] - 0.5,
        "zmax": levels[-1] + 0.5,
        "showscale": False,
        "xgap": 0.5,
        "ygap": 2,
    }


def _draw_partial(summary: WeekSummary) -> list[Trace]:
    """Hatching over the weeks that rest on a day nobody knows."""
    if not summary.partial:
        return []
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": "partial date",
            "y": pack([row for row, _, _ in summary.partial]),
            "base": pack([first for _, first, _ in summary.partial]),
            "x": pack([weeks for _, _, weeks in summary.partial]),
            "width": 0.86,
            "marker": {"color": "rgba(0,0,0,0)", "pattern": {"shape": "/", "fgcolor": INK, "size": 5, "solidity": 0.25}},
            "hoverinfo": "skip",
        }
    ]


def _draw_doses(summary: WeekSummary) -> list[Trace]:
    """One trace for the doses of each cohort, in its colour."""
    cohorts = sorted({summary.rows[mark.row].cohort for mark in summary.doses})
    return [_draw_own_doses(summary, cohort) for cohort in cohorts]


def _draw_own_doses(summary: WeekSummary, cohort: int) -> Trace:
    own = [mark for mark in summary.doses if summary.rows[mark.row].cohort == cohort]
    # The light rim keeps a mark visible on a dark cell.
    rim = {"width": 1, "color": PAPER}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "dose",
        "showlegend": False,
        "x": pack([mark.place for mark in own]),
        "y": pack([mark.row for mark in own]),
        "marker": {"symbol": "diamond", "size": 7, "color": cohort_colour(cohort, summary.n_cohorts), "line": rim},
        "hovertext": [escape(mark.words) for mark in own],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _draw_legend(summary: WeekSummary) -> list[Trace]:
    """A sign without a point for each level in the figure, for what was not observed, and for the doses."""
    found = {int(level) for level in np.unique(summary.levels[~np.isnan(summary.levels)])}
    order = sorted(found | {NO_EVENT}, key=lambda level: (level == NOT_GRADED, level))
    signs = [(LEVELS[level][1], {"symbol": "square", "color": LEVELS[level][0], "line": {"width": 0.5, "color": RULE}}) for level in order]
    signs.append(("not observed", {"symbol": "square", "color": PAPER, "line": {"width": 0.5, "color": RULE}}))
    signs += [("dose", {"symbol": "diamond", "color": QUIET})] if summary.doses else []
    ground: Trace = {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "hoverinfo": "skip"}
    return [ground | {"name": name, "marker": {"size": 10, **marker}} for name, marker in signs]
