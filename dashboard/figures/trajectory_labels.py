"""Texts of the trajectory figure that keep clear of each other: n under the visits, and the names of the milestones."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from dashboard.figures.style import QUIET, Trace, escape, note, pack
from dashboard.figures.trajectory_summary import TimeAxis, TrajectorySummary

N_ROWS = 3
SMALL = {"size": 9, "color": QUIET}
# In rows: below the numbers, for the dots, where there are any.
DOT_STRIP = 0.5
# Pixels: the narrowest plot, beside the filters or on a telephone; a character of SMALL; from line to line.
PLOT_WIDTH, CHARACTER, LINE = 250, 5.4, 11


def lane_of_numbers(summary: TrajectorySummary) -> dict[str, Any]:
    """The axis of n, whose first row is the highest; one row where the visits are named, as those stand far apart."""
    if summary.time.named:
        return {"domain": [0, 0.09], "range": [1, 0], "visible": False, "fixedrange": True}
    deepest = N_ROWS + (DOT_STRIP if None in _rows_of_numbers(summary) else 0)
    return {"domain": [0, 0.15], "range": [deepest, 0], "visible": False, "fixedrange": True}


def draw_numbers(summary: TrajectorySummary) -> list[Trace]:
    """Under the axis: n at each visit, each number right below its visit, in rows so that none overlaps another.

    Where visits stand so close that no row has room, a dot below the rows takes the number's place; pointing at it tells the number.
    """
    if not summary.visit_n:
        return []
    rows = _rows_of_numbers(summary)
    return [
        {
            "type": "scatter",
            "mode": "text",
            "x": pack([position for position, _, _ in summary.visit_n]),
            "y": pack([N_ROWS + DOT_STRIP / 2 if row is None else row + 0.5 for row in rows]),
            "yaxis": "y2",
            "text": ["·" if row is None else str(n) for (_, n, _), row in zip(summary.visit_n, rows, strict=True)],
            "hovertext": [escape(words) for _, _, words in summary.visit_n],
            "hovertemplate": "%{hovertext}<extra></extra>",
            "textfont": SMALL,
            "cliponaxis": False,
        }
    ]


def _rows_of_numbers(summary: TrajectorySummary) -> list[int | None]:
    """The row of each number, None for a dot."""
    if not summary.visit_n:
        return []
    span = summary.time.high - summary.time.low
    # Numbers of three digits need their whole room; shorter ones can stand a little closer.
    room = 0.9 if max(n for _, n, _ in summary.visit_n) > 99 else 0.6
    return _rows([position for position, _, _ in summary.visit_n], 0 if summary.time.named else span * 0.075, room)


def _rows(positions: Sequence[float], apart: float, room: float) -> list[int | None]:
    """For each position the first row in which the previous number is `apart` away, else the one with the most space.

    None where even that is less than the share `room` of `apart`.
    """
    last = [-np.inf] * N_ROWS
    rows: list[int | None] = []
    for position in positions:
        widest = int(np.argmin(last))
        best = widest if position - last[widest] >= apart * room else None
        row = next((row for row in range(N_ROWS) if position - last[row] >= apart), best)
        if row is not None:
            last[row] = position
        rows.append(row)
    return rows


def milestone_notes(time: TimeAxis) -> list[dict[str, Any]]:
    """Names at the top of the milestones' lines: left of the line, right of it near the left end, lower where two would overlap."""
    ends: list[float] = []
    notes = []
    for position, label in sorted(time.milestones):
        place = (position - time.low) / (time.high - time.low) * PLOT_WIDTH
        width = len(label) * CHARACTER
        is_right = place < width
        start = place if is_right else place - width
        row = next((row for row, end in enumerate(ends) if end <= start), len(ends))
        ends[row : row + 1] = [start + width]
        side: dict[str, Any] = {"xanchor": "left" if is_right else "right", **({"yshift": -LINE * row} if row else {})}
        notes.append(note(label, x=position, yref="y domain", y=1, yanchor="top", **side, font=SMALL))
    return notes
