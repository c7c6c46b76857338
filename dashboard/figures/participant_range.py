"""The range of a person's own counts before treatment: its ground behind the counts, and the first later value beyond it."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import INK, note

WEEK = 7
HISTORY = "#eef3dd"


@dataclass(frozen=True)
class OwnRange:
    """The range within which this person's count varies without a reliable change, and the first later value beyond it, if any."""

    low: float
    high: float
    first_day: float | None = None
    first_value: float = float("nan")


def draw_own_range(own: OwnRange | None, y: str) -> list[dict[str, object]]:
    """The range as a green ground over the whole time, on the axis `y`."""
    if own is None:
        return []
    ends = {"xref": "paper", "x0": 0, "x1": 1, "yref": y, "y0": own.low, "y1": own.high}
    return [{"type": "rect", "layer": "below", "fillcolor": HISTORY, "line": {"width": 0}, **ends}]


def mark_first_beyond(own: OwnRange | None, y: str, log: bool) -> list[dict[str, object]]:
    """A ring of four corners around the first value beyond the own range."""
    if own is None or own.first_day is None:
        return []
    value = own.first_value
    where = {"x": own.first_day / WEEK, "y": float(np.log10(value)) if log and value > 0 else value, "yref": y}
    words = f"first value beyond the own range: day {own.first_day:g}, {value:.4g} cells/µL"
    return [note("◇", **where, font={"size": 18, "color": INK}, hovertext=words)]
