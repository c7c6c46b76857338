"""The ribbon chart: one row per participant, coloured where the count is above each threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.style import (
    ABOVE_COLOURS,
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

WEEK = 7
# The share of its row that a bar fills.
BAR = 0.75


@dataclass(frozen=True)
class Spans:
    """Stretches of time by row: start and end in days."""

    row: np.ndarray
    start: np.ndarray
    end: np.ndarray


@dataclass(frozen=True)
class RibbonSummary:
    """Rows from top to bottom; spans of observation, of gaps beyond the cap and above each threshold; doses by row.

    `day_zero` completes “weeks since …”.
    """

    participants: tuple[str, ...]
    cohorts: tuple[int, ...]
    n_cohorts: int
    thresholds: tuple[float, ...]
    observed: Spans
    gaps: Spans
    above: tuple[Spans, ...]
    dose_row: np.ndarray
    dose_day: np.ndarray
    day_zero: str
    horizon: float
    milestones: tuple[tuple[float, str], ...]
    left_out: dict[str, int]
    synthetic: bool


def draw_ribbon(summary: RibbonSummary) -> Figure:
    """Bars in weeks: observed in grey, above each threshold in ever darker blue, gaps hatched, doses as ticks."""
    layout = base_layout(synthetic=summary.synthetic, key="ribbon")
    layout["margin"] = {"l": 108, "r": 12, "t": 30, "b": 36}
    layout |= {"barmode": "overlay", "bargap": 0.25, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", y=1, yanchor="bottom", traceorder="normal")
    layout["xaxis"] = axis(f"weeks since {escape(summary.day_zero)}", range=[-1, summary.horizon / WEEK + 1], dtick=12)
    layout["yaxis"] = axis(
        tickvals=list(range(len(summary.participants))),
        ticktext=[_row_label(summary, row) for row in range(len(summary.participants))],
        range=[len(summary.participants) - 0.4, -0.6],
        showgrid=False,
        tickfont={"size": 9, "color": INK},
    )
    for day, label in summary.milestones:
        layout["shapes"].append(rule_line(dash="dash", x0=day / WEEK, x1=day / WEEK, yref="paper", y0=0, y1=1))
        layout["annotations"].append(note(label, x=day / WEEK, yref="paper", y=1, yanchor="bottom"))
    data = [_bars(summary.observed, "observed", "#e6eaee"), *_above(summary), _gaps(summary), _doses(summary)]
    return {"data": data, "layout": layout}


def _row_label(summary: RibbonSummary, row: int) -> str:
    colour = cohort_colour(summary.cohorts[row], summary.n_cohorts)
    return f'<span style="color:{colour}">{escape(summary.participants[row])}</span>'


def _above(summary: RibbonSummary) -> list[Trace]:
    return [
        _bars(spans, f"≥ {level:g}/µL", ABOVE_COLOURS[place % len(ABOVE_COLOURS)])
        for place, (level, spans) in enumerate(zip(summary.thresholds, summary.above, strict=True))
    ]


def _bars(spans: Spans, name: str, colour: str) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "name": name,
        "y": pack(spans.row),
        "base": pack(spans.start / WEEK),
        "x": pack((spans.end - spans.start) / WEEK),
        # Otherwise plotly takes the distance of the trace's own rows, and a trace with few rows is drawn over its neighbours.
        "width": BAR,
        "marker": {"color": colour, "line": {"width": 0}},
        "customdata": pack(np.column_stack([spans.start, spans.end])),
        "hovertemplate": f"{name}: day %{{customdata[0]:.1f}} to %{{customdata[1]:.1f}}<extra></extra>",
    }


def _gaps(summary: RibbonSummary) -> Trace:
    trace = _bars(summary.gaps, "gap beyond the cap", PAPER)
    trace["marker"] = {
        "color": PAPER,
        "line": {"color": RULE, "width": 0.5},
        "pattern": {"shape": "/", "fgcolor": QUIET, "size": 5, "solidity": 0.25},
    }
    return trace


def _doses(summary: RibbonSummary) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": "dose",
        "x": pack(summary.dose_day / WEEK),
        "y": pack(summary.dose_row),
        "marker": {"symbol": "line-ns", "size": 9, "line": {"width": 2, "color": INK}, "color": INK},
        "customdata": pack(summary.dose_day),
        "hovertemplate": "dose on day %{customdata:.0f}<extra></extra>",
    }
