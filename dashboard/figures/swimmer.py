"""The course of each participant from the infusion on: a bar each, with response, transplant, relapse, progression and death on it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.figures.responses import Best, top_legend
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
    note,
    opens_participants,
    pack,
)

# Kind of mark: sign, fill, size. Signs differ, so that none is told by its colour alone; further kinds take the rest in turn.
SIGNS: dict[str, tuple[str, str, int]] = {
    "first_response": ("circle", PAPER, 6),
    "transplant": ("diamond", "#f2b632", 7),
    "relapse": ("triangle-down", "#d5482f", 8),
    "progression": ("triangle-up", "#d5482f", 8),
    "death": ("x", INK, 7),
    "still_ongoing": ("triangle-right", QUIET, 7),
}
OTHER_SIGNS = (("pentagon", "#8e6bb0", 7), ("square", "#8e6bb0", 6), ("star", "#8e6bb0", 8), ("cross", "#8e6bb0", 7))
# Up to so many rows names have the usual size; more make them smaller.
ROOMY = 90


@dataclass(frozen=True)
class CourseRow:
    """A participant, or (with `is_heading`) the name of a group above its participants. `until`: last day seen; `best`: position."""

    label: str
    group: int
    is_heading: bool = False
    participant: int = -1
    until: float = 0.0
    best: int = 0
    words: str = ""


@dataclass(frozen=True)
class CourseMarks:
    """One kind of mark: key, name, and row, day and words of each."""

    kind: str
    label: str
    row: np.ndarray = field(repr=False)
    day: np.ndarray = field(repr=False)
    words: tuple[str, ...] = field(repr=False)


@dataclass(frozen=True)
class CourseSummary:
    """Rows from top to bottom and the marks on them; `people` of `total` participants are shown, those of `part_words`."""

    rows: tuple[CourseRow, ...]
    marks: tuple[CourseMarks, ...]
    best: tuple[Best, ...]
    day_zero: str
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    people: int
    total: int
    part_words: str
    order_words: str
    left_out: dict[str, int]
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_courses(summary: CourseSummary) -> Figure:
    """Days since the infusion from left to right, participants by group; a bar has the colour of the best response."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="response-courses")
    layout["margin"] = {"l": 96, "r": 10, "t": 78, "b": 36}
    layout |= {"showlegend": True, "barmode": "overlay", "bargap": 0.2}
    last = max((row.until for row in summary.rows), default=1.0)
    layout["xaxis"] = axis(f"days since {escape(summary.day_zero)}", range=[-0.01 * last, 1.03 * last + 1])
    small = len(summary.rows) > ROOMY
    ticks: dict[str, Any] = {"tickvals": list(range(len(summary.rows))), "ticktext": [""] * len(summary.rows)}
    layout["yaxis"] = axis(range=[len(summary.rows) - 0.4, -0.8], showgrid=False, **ticks) | {"ticks": "", "showline": False}
    layout["annotations"] += [_heading(summary, place) for place, row in enumerate(summary.rows) if row.is_heading]
    drawn = sorted({row.best for row in summary.rows if not row.is_heading})
    data = [_draw_bars(summary, place) for place in drawn]
    others = iter(OTHER_SIGNS * len(summary.marks))
    data += [_draw_marks(marks, SIGNS.get(marks.kind) or next(others), summary, small) for marks in summary.marks]
    layout["legend"] = top_legend([str(trace["name"]) for trace in data], letter=4.8)
    return {"data": [*data, _draw_names(summary, layout["xaxis"]["range"][0], small)], "layout": layout}


def _heading(summary: CourseSummary, place: int) -> dict[str, Any]:
    """The name of a group in its row, where no bar is, so that it may be long."""
    row = summary.rows[place]
    font = {"size": 10, "color": cohort_colour(row.group, summary.n_cohorts)}
    return note(f"<b>{escape(row.label)}</b>", xref="paper", x=0, xanchor="left", y=place, yanchor="middle", font=font)


def _draw_names(summary: CourseSummary, start: float, small: bool) -> Trace:
    """The names of the participants beside their bars. As labels of the axis, 334 of them take ten times as long to draw."""
    own = [(position, row) for position, row in enumerate(summary.rows) if not row.is_heading]
    return {
        "type": "scatter",
        "mode": "text",
        "showlegend": False,
        # A little inside of the plot: a point beyond its edge is not drawn.
        "x": pack([0.9 * start] * len(own)),
        "y": pack([position for position, _ in own]),
        "text": [escape(row.label) for _, row in own],
        "textposition": "middle left",
        "textfont": {"size": 7 if small else 10, "color": [cohort_colour(row.group, summary.n_cohorts) for _, row in own]},
        "cliponaxis": False,
        "hoverinfo": "skip",
    }


def _draw_bars(summary: CourseSummary, place: int) -> Trace:
    own = [(position, row) for position, row in enumerate(summary.rows) if not row.is_heading and row.best == place]
    best = summary.best[place]
    return {
        "type": "bar",
        "orientation": "h",
        "name": escape(best.label),
        "y": pack([position for position, _ in own]),
        "x": pack([row.until for _, row in own]),
        "width": 0.72,
        "marker": {"color": best.colour, "line": {"width": 0.5, "color": QUIET}},
        "hovertext": [escape(row.words) for _, row in own],
        "hovertemplate": "%{hovertext}<extra></extra>",
        **opens_participants(np.array([row.participant for _, row in own])),
    }


def _draw_marks(marks: CourseMarks, sign: tuple[str, str, int], summary: CourseSummary, small: bool) -> Trace:
    symbol, fill, size = sign
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(marks.label),
        "x": pack(marks.day),
        "y": pack(marks.row),
        "marker": {"symbol": symbol, "color": fill, "size": size - small, "line": {"width": 1, "color": INK}},
        "hovertext": [escape(words) for words in marks.words],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
        **opens_participants(np.array([summary.rows[row].participant for row in marks.row], dtype=np.int64)),
    }
