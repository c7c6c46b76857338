"""Time to the first value at or above a threshold: cumulative share of participants, with numbers at risk."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.facets import add_facet, axis_names, facet_domains, facet_ground, facet_note, label_margin
from dashboard.figures.style import Figure, Trace, base_layout, cohort_colour, cohort_dash, escape, note, pack, translucent

WEEK = 7


@dataclass(frozen=True)
class ReachedCurve:
    """One minus Kaplan–Meier of one cohort: step times (days), share reached with limits, censoring times, at risk.

    A cohort without participants has n = 0, nobody at risk and no median.
    """

    cohort: int
    label: str
    n: int
    events: int
    time: np.ndarray
    reached: np.ndarray
    lower: np.ndarray
    upper: np.ndarray
    censored_time: np.ndarray
    censored_reached: np.ndarray
    at_risk: np.ndarray
    median: float
    median_lower: float
    median_upper: float


@dataclass(frozen=True)
class ReachedSummary:
    """Curves by threshold (cells/µL), the same cohorts under each; `grid` are the days at which numbers at risk are given.

    `day_zero` completes “weeks since …”.
    """

    thresholds: tuple[float, ...]
    curves: tuple[tuple[ReachedCurve, ...], ...]
    grid: np.ndarray
    day_zero: str
    horizon: float
    n_cohorts: int
    who_words: str
    left_out: dict[str, int]
    synthetic: bool


def draw_reached(summary: ReachedSummary) -> Figure:
    """Rising steps by cohort, one facet per threshold, numbers at risk under the axis."""
    layout = base_layout(synthetic=summary.synthetic, key="reached")
    left = label_margin(curve.label for curves in summary.curves for curve in curves)
    layout["margin"] = {"l": left, "r": 12, "t": 26, "b": 34 + 15 * (1 + max(len(curves) for curves in summary.curves))}
    data: list[Trace] = []
    for place, (threshold, curves) in enumerate(zip(summary.thresholds, summary.curves, strict=True)):
        x = {
            "title": f"weeks since {escape(summary.day_zero)}",
            "range": [0, summary.horizon / WEEK * 1.02],
            "tickvals": list(summary.grid / WEEK),
        }
        y = {"title": "reached, %" if place == 0 else "", "range": [-2, 102]}
        add_facet(layout, place, len(summary.thresholds), f"≥ {threshold:g} cells/µL", x, y)
        data.append(facet_ground(place))
        drawn = [curve for curve in curves if curve.n]
        for curve in drawn:
            data += _draw_curve(summary, place, curve)
        if not drawn:
            layout["annotations"].append(facet_note(place, len(summary.thresholds), "No participant"))
        layout["annotations"] += _at_risk(summary, place, curves)
    return {"data": data, "layout": layout}


def _draw_curve(summary: ReachedSummary, place: int, curve: ReachedCurve) -> list[Trace]:
    name_x, name_y = axis_names(place)
    colour = cohort_colour(curve.cohort, summary.n_cohorts)
    line: Trace = {
        "type": "scatter",
        "mode": "lines",
        "name": escape(curve.label),
        "x": pack(curve.time / WEEK),
        "y": pack(100 * curve.reached),
        "line": {"color": colour, "width": 2, "shape": "hv", "dash": cohort_dash(curve.cohort)},
        "customdata": pack(np.column_stack([curve.time, 100 * curve.lower, 100 * curve.upper])),
        "hovertemplate": (
            f"<b>{escape(curve.label)}</b> (n = {curve.n})<br>by day %{{customdata[0]:.0f}}: %{{y:.0f}} % reached"
            "<br>95 % interval: %{customdata[1]:.0f} to %{customdata[2]:.0f} % (– while nobody or everybody has)<extra></extra>"
        ),
    }
    ticks: Trace = {
        "type": "scatter",
        "mode": "markers",
        "x": pack(curve.censored_time / WEEK),
        "y": pack(100 * curve.censored_reached),
        "marker": {"symbol": "line-ns", "size": 7, "line": {"width": 1.2, "color": translucent(colour, 0.8)}},
        "hoverinfo": "skip",
    }
    return [trace | {"xaxis": name_x, "yaxis": name_y} for trace in (line, ticks)]


def _at_risk(summary: ReachedSummary, place: int, curves: tuple[ReachedCurve, ...]) -> list[dict[str, object]]:
    name_x, _ = axis_names(place)
    left = facet_domains(len(summary.thresholds))[place][0]
    marks = (
        [note("at risk", xref="paper", x=left, xanchor="right", xshift=-10, yref="paper", y=0, yanchor="top", yshift=-32)]
        if place == 0
        else []
    )
    for row, curve in enumerate(curves):
        font = {"size": 10, "color": cohort_colour(curve.cohort, summary.n_cohorts)}
        shift = -32 - 14 * (row + 1)
        if place == 0:
            marks.append(
                note(
                    escape(curve.label),
                    xref="paper",
                    x=left,
                    xanchor="right",
                    xshift=-10,
                    yref="paper",
                    y=0,
                    yanchor="top",
                    yshift=shift,
                    font=font,
                )
            )
        marks += [
            note(str(int(n)), xref=name_x, x=float(day) / WEEK, yref="paper", y=0, yanchor="top", yshift=shift, font=font)
            for day, n in zip(summary.grid, curve.at_risk, strict=True)
        ]
    return marks
