"""The best change of tumour size of each participant, largest rise first, coloured by best response."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.figures.responses import Best, top_legend
from dashboard.figures.style import (
    INK,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    escape,
    message_figure,
    opens_participants,
    pack,
    rule_line,
)


@dataclass(frozen=True)
class WaterfallSummary:
    """Bars from left to right: change (percent), position of the best response in `best`, participant's row and words."""

    change: np.ndarray = field(repr=False)
    response: np.ndarray = field(repr=False)
    participant: np.ndarray = field(repr=False)
    hover: tuple[str, ...] = field(repr=False)
    best: tuple[Best, ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    left_out: dict[str, int]
    nothing: str
    synthetic: bool


def draw_waterfall(summary: WaterfallSummary) -> Figure:
    """A bar per participant; a click opens the participant."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="response-sizes")
    layout["margin"] = {"l": 52, "r": 10, "t": 44, "b": 30}
    layout |= {"showlegend": True, "barmode": "overlay", "bargap": 0.12}
    drawn = [place for place in range(len(summary.best)) if (summary.response == place).any()]
    layout["legend"] = top_legend([summary.best[place].label for place in drawn])
    ends = [-0.8, len(summary.change) - 0.2]
    layout["xaxis"] = axis("participants", range=ends, showticklabels=False, ticks="", showgrid=False)
    low, high = min(-100.0, float(summary.change.min())), max(20.0, float(summary.change.max()))
    layout["yaxis"] = axis("change of tumour size, %", range=[low - 5, high + 5])
    layout["shapes"].append(rule_line(colour=INK, xref="paper", x0=0, x1=1, y0=0, y1=0))
    return {"data": [_draw_bars(summary, place) for place in drawn], "layout": layout}


def _draw_bars(summary: WaterfallSummary, place: int) -> Trace:
    own = np.flatnonzero(summary.response == place)
    best = summary.best[place]
    return {
        "type": "bar",
        "name": escape(best.label),
        "x": pack(own),
        "y": pack(summary.change[own]),
        "marker": {"color": best.colour, "line": {"width": 0.5, "color": QUIET}},
        "hovertext": [escape(summary.hover[bar]) for bar in own],
        "hovertemplate": "%{hovertext}<extra></extra>",
        **opens_participants(summary.participant[own]),
    }
