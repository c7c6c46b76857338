"""Responders by cohort as dots with intervals, and the responder proportion against any threshold."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.facets import add_facet, axis_names, facet_ground, facet_note, label_margin
from dashboard.figures.style import (
    INK,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_dash,
    cohort_symbol,
    escape,
    group_levels,
    legend_box,
    note,
    pack,
    rule_line,
)

# From here on the label stands to the left of its mark, so that it stays inside the plot.
HIGH_SHARE = 85
# Thresholds nearer than this share of the axis have one label together: on a small screen two numbers need as much.
APART = 0.08


@dataclass(frozen=True)
class ResponderRow:
    """One proportion: of a cohort (position in the definition) or of all (None). NaN limits = no interval."""

    cohort: int | None
    label: str
    responders: int
    denominator: int
    proportion: float
    lower: float
    upper: float


@dataclass(frozen=True)
class ResponderSummary:
    """Rows by threshold (cells/µL) for the chosen participants and, as `others`, for the other choice of `who`.

    `left_out` are participants outside the denominators, by reason; `pending` those inside whose visit is not yet due.
    """

    thresholds: tuple[float, ...]
    rows: tuple[tuple[ResponderRow, ...], ...]
    others: tuple[tuple[ResponderRow, ...], ...]
    n_cohorts: int
    rule_words: str
    who_words: str
    denominator_words: str
    interval_words: str
    left_out: dict[str, int]
    pending: int
    synthetic: bool


def draw_responders(summary: ResponderSummary) -> Figure:
    """Dots with intervals, one facet per threshold, cohorts from top to bottom and all of them last."""
    layout = base_layout(synthetic=summary.synthetic, key="responders")
    layout["margin"] = {"l": label_margin(row.label for rows in summary.rows for row in rows), "r": 12, "t": 26, "b": 36}
    data: list[Trace] = []
    for place, (threshold, rows) in enumerate(zip(summary.thresholds, summary.rows, strict=True)):
        labels = [escape(row.label) for row in rows]
        y = {
            "tickvals": list(range(len(rows))),
            "ticktext": labels if place == 0 else [""] * len(rows),
            "range": [len(rows) - 0.4, -0.6],
            "showgrid": False,
        }
        x = {"title": "responders, %", "range": [-2, 102]}
        add_facet(layout, place, len(summary.thresholds), f"≥ {threshold:g} cells/µL", x, y)
        data += [facet_ground(place), *(draw_share(row, summary.n_cohorts, place, position) for position, row in enumerate(rows))]
        if not any(row.denominator for row in rows):
            layout["annotations"].append(facet_note(place, len(summary.thresholds), "No participant"))
    return {"data": data, "layout": layout}


def draw_share(row: ResponderRow, n_cohorts: int, place: int, position: int) -> Trace:
    """One proportion in percent as a dot with its interval and n/N, at height `position` of the facet at `place`."""
    colour = INK if row.cohort is None else cohort_colour(row.cohort, n_cohorts)
    name_x, name_y = axis_names(place)
    known = np.isfinite(row.lower)
    share = 100 * row.proportion
    interval = f" ({share:.0f} %; {100 * row.lower:.0f} to {100 * row.upper:.0f} %)" if known else ""
    alone = {} if known else {"mode": "text", "x": [0], "textposition": "middle right"}
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": [share],
        "y": [position],
        "xaxis": name_x,
        "yaxis": name_y,
        "marker": {"color": colour, "size": 9, "symbol": "circle-open" if row.cohort is None else cohort_symbol(row.cohort)},
        "error_x": _draw_interval(row, colour),
        "text": [f"{row.responders}/{row.denominator}"],
        "textposition": "top center" if share < HIGH_SHARE else "top left",
        "textfont": {"size": 10, "color": INK},
        "cliponaxis": False,
        "hovertemplate": f"<b>{escape(row.label)}</b>: {row.responders} of {row.denominator}{interval}<extra></extra>",
        **alone,
    }


def _draw_interval(row: ResponderRow, colour: str) -> dict[str, object]:
    known = bool(np.isfinite(row.lower))
    return {
        "type": "data",
        "visible": known,
        "symmetric": False,
        "array": [100 * (row.upper - row.proportion) if known else 0],
        "arrayminus": [100 * (row.proportion - row.lower) if known else 0],
        "color": colour,
        "thickness": 1.5,
        "width": 3,
    }


@dataclass(frozen=True)
class SweepLine:
    """The responder proportion of one cohort (None: all) at each threshold of the grid."""

    cohort: int | None
    label: str
    denominator: int
    proportion: np.ndarray


@dataclass(frozen=True)
class SweepSummary:
    """Responder proportions over a grid of thresholds in cells/µL; it never rises."""

    analyte: str
    grid: np.ndarray
    lines: tuple[SweepLine, ...]
    marked: tuple[float, ...]
    n_cohorts: int
    rule_words: str
    denominator_words: str
    left_out: dict[str, int]
    synthetic: bool


def draw_sweep(summary: SweepSummary) -> Figure:
    """One descending line per cohort; one without participants is named in the legend alone. The chosen thresholds are vertical rules."""
    layout = base_layout(synthetic=summary.synthetic, key="sweep")
    layout["margin"] = {"l": 46, "r": 12, "t": 44, "b": 36}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1.07, yanchor="bottom")}
    layout["xaxis"] = axis(f"threshold, {summary.analyte} cells/µL", rangemode="tozero")
    layout["yaxis"] = axis("responders, %", range=[-2, 102])
    for level in summary.marked:
        layout["shapes"].append(rule_line(colour=INK, dash="dot", x0=level, x1=level, yref="paper", y0=0, y1=1))
    for group in group_levels(summary.marked, APART * float(summary.grid.max())):
        named, middle = ", ".join(f"{level:g}" for level in group), sum(group) / len(group)
        layout["annotations"].append(note(named, x=middle, yref="paper", y=1, yanchor="bottom", font={"size": 10, "color": INK}))
    return {"data": [_draw_sweep_line(summary, line) for line in summary.lines], "layout": layout}


def _draw_sweep_line(summary: SweepSummary, line: SweepLine) -> Trace:
    colour = INK if line.cohort is None else cohort_colour(line.cohort, summary.n_cohorts)
    return {
        "type": "scatter",
        "mode": "lines",
        "name": escape(line.label),
        "x": pack(summary.grid),
        "y": pack(100 * line.proportion),
        "line": {
            "color": colour,
            "width": 1.2 if line.cohort is None else 2,
            "shape": "hv",
            "dash": "solid" if line.cohort is None else cohort_dash(line.cohort),
        },
        "hovertemplate": f"<b>{escape(line.label)}</b> (N = {line.denominator})<br>≥ %{{x:.0f}}/µL: %{{y:.0f}} %<extra></extra>",
    }
