"""A syndrome: worst grades by cohort as stacked bars, and its days as a row per participant with treatments on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.figures.adverse_events import GRADE_COLOURS
from dashboard.figures.responses import row_axis, row_margin, top_legend, wrap_label
from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    escape,
    message_figure,
    opens_participants,
    pack,
    rule_line,
)

# Colour and name of the worst grades of a bar, mildest first: none, not graded, 1 to 5.
NONE, UNGRADED = -2, -1
LEVELS: dict[int, tuple[str, str]] = {
    NONE: ("#eff1f3", "none"),
    **{grade: (GRADE_COLOURS[grade], f"grade {grade}") for grade in range(1, 6)},
    UNGRADED: (GRADE_COLOURS[0], "not graded"),
}
# Sign and fill of the treatments, in the order of the definition.
SIGNS = (("circle", PAPER), ("diamond", "#f2b632"), ("square", "#8e6bb0"), ("triangle-up", "#d5482f"))
# Up to so many participants are named beside their rows.
NAMED = 60


@dataclass(frozen=True)
class GradeBar:
    """A cohort, or all of them (`cohort` None): participants by level, in the order of LEVELS."""

    label: str
    n: tuple[int, ...]


@dataclass(frozen=True)
class SyndromeSummary:
    """The bars from top to bottom; `cells` is the table under the figure; `nothing` says why there is no bar."""

    bars: tuple[GradeBar, ...]
    name: str
    scale: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    people: int
    off_scale: int
    not_dosed: int
    nothing: str
    synthetic: bool


def draw_grades(summary: SyndromeSummary) -> Figure:
    """Lying bars of 100 % of the participants dosed, the mildest grade at the left, each part with its number of participants."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="syndrome-grades")
    labels = [wrap_label(bar.label, is_heading=False) for bar in summary.bars]
    layout["margin"] = {"l": row_margin(labels), "r": 14, "t": 62, "b": 36}
    layout |= {"showlegend": True, "barmode": "stack", "bargap": 0.25}
    shown = [place for place in range(len(LEVELS)) if any(bar.n[place] for bar in summary.bars)]
    layout["legend"] = top_legend([list(LEVELS.values())[place][1] for place in shown])
    layout["xaxis"] = axis("participants dosed, %", range=[0, 100])
    layout["yaxis"] = axis(**row_axis(labels))
    return {"data": [_draw_part(summary, place) for place in shown], "layout": layout}


def _draw_part(summary: SyndromeSummary, place: int) -> Trace:
    colour, name = list(LEVELS.values())[place]
    wholes = [sum(bar.n) for bar in summary.bars]
    words = [f"<b>{escape(bar.label)}</b>: {escape(summary.name)}, {name}, {bar.n[place]} of {sum(bar.n)}" for bar in summary.bars]
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": pack(list(range(len(summary.bars)))),
        "x": pack([100 * bar.n[place] / whole if whole else 0.0 for bar, whole in zip(summary.bars, wholes, strict=True)]),
        "marker": {"color": colour, "line": {"width": 0.5, "color": QUIET}},
        # A number needs room: the table has those of the narrow parts.
        "text": [
            str(bar.n[place]) if whole and bar.n[place] / whole >= 0.04 else "" for bar, whole in zip(summary.bars, wholes, strict=True)
        ],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 10},
        "hovertext": words,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


@dataclass(frozen=True)
class DayRow:
    """A participant, or (with `is_heading`) the name of a cohort above its participants."""

    label: str
    cohort: int
    participant: int = -1
    is_heading: bool = False


@dataclass(frozen=True)
class GivenMarks:
    """The first days of one treatment: its label, which sign it has, and row, day and words of each."""

    label: str
    sign: int
    row: np.ndarray = field(repr=False)
    day: np.ndarray = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class DaySummary:
    """`levels`: rows × days from `first_day` on, a grade, UNGRADED, or NaN where the syndrome did not go on; `hover` keeps step."""

    rows: tuple[DayRow, ...]
    first_day: int
    levels: np.ndarray = field(repr=False)
    hover: tuple[tuple[str, ...], ...] = field(repr=False)
    given: tuple[GivenMarks, ...]
    name: str
    scale: str
    day_zero: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    people: int
    undated: int
    later: int
    off_scale: int
    not_dosed: int
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_days(summary: DaySummary) -> Figure:
    """Days from left to right, participants by cohort and worst grade from top to bottom; a darker cell is a worse grade."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="syndrome-days")
    layout["margin"] = {"l": 96, "r": 10, "t": 62, "b": 36}
    layout |= {"showlegend": True, "barmode": "overlay"}
    last = summary.first_day + summary.levels.shape[1]
    layout["xaxis"] = axis(f"days since {escape(summary.day_zero)}", range=[summary.first_day - 0.8, last - 0.2], showgrid=False)
    layout["yaxis"] = _row_axis(summary)
    layout["shapes"] = [
        rule_line(colour=QUIET, xref="paper", x0=0, x1=1, y0=place - 0.5, y1=place - 0.5)
        for place, row in enumerate(summary.rows)
        if row.is_heading and place
    ]
    data = [_draw_cells(summary), *(_draw_given(summary, place) for place in range(len(summary.given))), *_draw_legend(summary)]
    layout["legend"] = top_legend([str(trace["name"]) for trace in data if trace.get("showlegend", True)], letter=4.8)
    return {"data": data, "layout": layout}


def _row_axis(summary: DaySummary) -> dict[str, Any]:
    """Names of the cohorts, and of the participants where there is room for them."""
    is_roomy = sum(not row.is_heading for row in summary.rows) <= NAMED
    named = [(place, row) for place, row in enumerate(summary.rows) if row.is_heading or is_roomy]
    texts = [_label(summary, row) for _, row in named]
    ticks: dict[str, Any] = {"tickvals": [place for place, _ in named], "ticktext": texts, "showgrid": False, "ticks": ""}
    return axis(range=[len(summary.rows) - 0.4, -0.6], **ticks) | {"tickfont": {"size": 10, "color": INK}}


def _label(summary: DaySummary, row: DayRow) -> str:
    name = f"<b>{escape(row.label)}</b>" if row.is_heading else escape(row.label)
    return f'<span style="color:{cohort_colour(row.cohort, summary.n_cohorts)}">{name}</span>'


def _draw_cells(summary: DaySummary) -> Trace:
    levels = [UNGRADED, *range(6)]
    colours = [GRADE_COLOURS[max(level, 0)] for level in levels]
    share = 1 / len(levels)
    scale = [[round(end, 6), colours[place]] for place in range(len(levels)) for end in (place * share, (place + 1) * share)]
    return {
        "type": "heatmap",
        "name": "worst grade",
        "x0": summary.first_day,
        "dx": 1,
        "z": pack(summary.levels),
        "hovertext": [[escape(words) for words in row] for row in summary.hover],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverongaps": False,
        "colorscale": scale,
        "zmin": levels[0] - 0.5,
        "zmax": levels[-1] + 0.5,
        "showscale": False,
        "showlegend": False,
        "xgap": 0.5,
        "ygap": 1 if len(summary.rows) <= NAMED else 0,
    }


def _draw_given(summary: DaySummary, place: int) -> Trace:
    marks = summary.given[place]
    symbol, fill = SIGNS[marks.sign % len(SIGNS)]
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(marks.label),
        "x": pack(marks.day),
        "y": pack(marks.row),
        "marker": {"symbol": symbol, "color": fill, "size": 7 if len(summary.rows) <= NAMED else 5, "line": {"width": 1, "color": INK}},
        "hovertext": [escape(words) for words in marks.words],
        "hovertemplate": "%{hovertext}<extra></extra>",
        **opens_participants(np.array([summary.rows[row].participant for row in marks.row], dtype=np.int64)),
    }


def _draw_legend(summary: DaySummary) -> list[Trace]:
    """A square for each grade that is drawn."""
    drawn = [level for level in LEVELS if level != NONE and bool((summary.levels == level).any())]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": LEVELS[level][1],
            "x": [None],
            "y": [None],
            "marker": {"symbol": "square", "color": LEVELS[level][0], "size": 11, "line": {"width": 0.5, "color": QUIET}},
            "hoverinfo": "skip",
        }
        for level in drawn
    ]
