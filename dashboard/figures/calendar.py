"""The calendar of planned visits: one row per participant, one column per visit, colour and sign for what became of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np

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
    note,
    pack,
    rule_line,
    wrap_lines,
)

# Colour and sign of each state. Each colour is lighter or darker than the others by enough to be told apart in greyscale and without
# red or green, and the sign says the same without any colour.
STATE_LOOKS: dict[str, tuple[str, str]] = {
    "observed": ("•", "#acd4e6"),
    "below-limit": ("<", "#78afc9"),
    "out-of-window": ("→", "#d9822b"),
    "incomplete": ("?", "#8e4a78"),
    "died": ("†", "#1d2733"),
    "withdrawn": ("W", "#8a8374"),
    "lost": ("L", "#756f64"),
    "completed": ("C", "#e2e4e6"),
    "not-due": ("·", "#f5f6f8"),
    "missed": ("×", "#99103f"),
    "not-dosed": ("–", "#c3bdae"),
}
UNSCHEDULED_SIGN = "◆"
TICK = {"size": 9, "color": INK}


@dataclass(frozen=True)
class CalendarCell:
    """What became of one planned visit: a state, and the lines of its hover."""

    state: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class CalendarRow:
    """One participant, or (without cells) the heading of a cohort."""

    label: str
    cohort: int
    cells: tuple[CalendarCell, ...] = ()


@dataclass(frozen=True)
class Between:
    """Records outside the plan: their row, the place between two visits (0.5 lies between the first two), and their number."""

    row: int
    place: float
    words: str


@dataclass(frozen=True)
class CalendarSummary:
    """Rows from top to bottom. `states` are keys of STATE_LOOKS with their labels; `totals` counts every cell of the selection by
    visit (row) and state (column), also of participants beyond the rows that are drawn."""

    analyte: str
    visits: tuple[str, ...]
    visit_labels: tuple[str, ...]
    rows: tuple[CalendarRow, ...]
    between: tuple[Between, ...]
    n_cohorts: int
    states: tuple[tuple[str, str], ...]
    totals: np.ndarray
    participants: int
    shown: int
    records: int
    unscheduled: int
    undated: int
    synthetic: bool


def draw_calendar(summary: CalendarSummary) -> Figure:
    """Visits from left to right with their names on top; a gap in the grid heads each cohort."""
    layout = base_layout(synthetic=summary.synthetic, key=f"calendar-{summary.analyte}")
    layout["margin"] = {"l": 92, "r": 6, "t": 46, "b": 6}
    ticks: dict[str, Any] = {"showgrid": False, "ticks": "", "tickfont": TICK, "fixedrange": True}
    layout["xaxis"] = axis(
        tickvals=list(range(len(summary.visits))),
        ticktext=[escape(name) for name in summary.visits],
        range=[-0.75, len(summary.visits) - 0.25],
        side="top",
        tickangle=-90,
        **ticks,
    )
    layout["yaxis"] = axis(
        tickvals=list(range(len(summary.rows))),
        ticktext=[_row_label(summary, row) for row in summary.rows],
        range=[len(summary.rows) - 0.4, -0.6],
        **ticks,
    )
    corner = note(escape(summary.analyte), xref="paper", x=0, xanchor="right", xshift=-6, yref="paper", y=1, yanchor="bottom")
    layout["annotations"].append(corner | {"font": {"size": 12, "color": INK}})
    layout["shapes"] = [
        rule_line(colour=QUIET, xref="paper", x0=0, x1=1, y0=place + 0.48, y1=place + 0.48)
        for place, row in enumerate(summary.rows)
        if not row.cells
    ]
    return {"data": [_draw_cells(summary), _draw_between(summary)] if summary.rows else [], "layout": layout}


def _row_label(summary: CalendarSummary, row: CalendarRow) -> str:
    colour = cohort_colour(row.cohort, summary.n_cohorts)
    name = escape(row.label)
    return f'<span style="color:{colour}">{name if row.cells else f"<b>{name}</b>"}</span>'


def _draw_cells(summary: CalendarSummary) -> Trace:
    place = {key: at for at, key in enumerate(STATE_LOOKS)}
    width = len(summary.visits)
    empty = [np.nan] * width
    return {
        "type": "heatmap",
        "z": pack(np.array([[place[cell.state] for cell in row.cells] or empty for row in summary.rows])),
        "text": [[STATE_LOOKS[cell.state][0] for cell in row.cells] or [""] * width for row in summary.rows],
        "hovertext": [[_wrap(cell.lines) for cell in row.cells] or [""] * width for row in summary.rows],
        "texttemplate": "%{text}",
        "textfont": {"size": 12, "weight": 700},
        "hovertemplate": "%{hovertext}<extra></extra>",
        "hoverlabel": {"align": "left"},
        "hoverongaps": False,
        "colorscale": _steps([colour for _, colour in STATE_LOOKS.values()]),
        "zmin": -0.5,
        "zmax": len(place) - 0.5,
        "showscale": False,
        "xgap": 2,
        "ygap": 1,
    }


@lru_cache(maxsize=16384)
def _wrap(lines: tuple[str, ...]) -> str:
    """The hover of a cell; it is the same in every view."""
    return "<br>".join(wrap_lines(line) for line in lines)


def _steps(colours: list[str]) -> list[list[object]]:
    """A colour scale without transitions: each colour fills its own step."""
    share = 1 / len(colours)
    return [[round(end, 6), colour] for place, colour in enumerate(colours) for end in (place * share, (place + 1) * share)]


def _draw_between(summary: CalendarSummary) -> Trace:
    """Small diamonds on the lines between the visits: records that belong to no planned visit."""
    return {
        "type": "scatter",
        "mode": "markers",
        "x": pack([mark.place for mark in summary.between]),
        "y": pack([mark.row for mark in summary.between]),
        "marker": {"symbol": "diamond", "size": 7, "color": INK, "line": {"width": 1, "color": PAPER}},
        "hovertext": [escape(mark.words) for mark in summary.between],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
