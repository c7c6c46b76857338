"""The share of participants whose count is below a limit, visit by visit and cohort by cohort."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.figures.style import (
    INK,
    PAPER,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_dash,
    cohort_symbol,
    escape,
    legend_box,
    message_figure,
    pack,
)
from dashboard.figures.survival_curves import ALL

# Cohorts stand side by side around their visit.
SPREAD = 0.5


@dataclass(frozen=True)
class AplasiaLine:
    """A cohort (its position; ALL for everybody): n of `of` with limits at each visit, NaN where there is nobody or no interval."""

    group: int
    label: str
    n: np.ndarray = field(repr=False)
    of: np.ndarray = field(repr=False)
    proportion: np.ndarray = field(repr=False)
    lower: np.ndarray = field(repr=False)
    upper: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class AplasiaSummary:
    """The lines over the visits (short names); `cells` is the table, `nothing` says why there is no line."""

    lines: tuple[AplasiaLine, ...]
    visits: tuple[str, ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    name: str
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_aplasia(summary: AplasiaSummary) -> Figure:
    """Visits from left to right, percent upwards; a dot with interval for each cohort, joined by a line, all together in black."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="recovery-aplasia")
    layout["margin"] = {"l": 52, "r": 14, "t": 34, "b": 42}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1.01, yanchor="bottom")}
    ticks = {"tickvals": list(range(len(summary.visits))), "ticktext": [escape(name) for name in summary.visits]}
    layout["xaxis"] = axis("planned visit", range=[-0.6, len(summary.visits) - 0.4], showgrid=False, **ticks)
    layout["yaxis"] = axis(f"{escape(summary.name)}, %", range=[-2, 102], tickvals=[0, 25, 50, 75, 100])
    drawn = [line for line in summary.lines if line.of.any()]
    offsets = np.linspace(-SPREAD / 2, SPREAD / 2, len(drawn)) if len(drawn) > 1 else np.zeros(1)
    return {"data": [_draw_line(summary, line, float(at)) for line, at in zip(drawn, offsets, strict=True)], "layout": layout}


def _draw_line(summary: AplasiaSummary, line: AplasiaLine, offset: float) -> Trace:
    colour = INK if line.group == ALL else cohort_colour(line.group, summary.n_cohorts)
    share, known = 100 * line.proportion, np.isfinite(line.lower)
    words = [
        f"<b>{escape(line.label)}</b>, {escape(visit)}: {n:.0f} of {of:.0f}"
        for visit, n, of in zip(summary.visits, line.n, line.of, strict=True)
    ]
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(line.label),
        "x": pack(np.arange(len(summary.visits)) + offset),
        "y": pack(share),
        "line": {"color": colour, "width": 1.5, "dash": cohort_dash(max(line.group, 0))},
        "marker": {
            "symbol": "circle" if line.group == ALL else cohort_symbol(line.group),
            "size": 6,
            "color": PAPER if line.group == ALL else colour,
            "line": {"width": 1.5, "color": colour},
        },
        "error_y": {
            "type": "data",
            "symmetric": False,
            "array": pack(np.where(known, 100 * line.upper - share, 0)),
            "arrayminus": pack(np.where(known, share - 100 * line.lower, 0)),
            "color": colour,
            "thickness": 1,
            "width": 2,
        },
        "hovertext": words,
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
