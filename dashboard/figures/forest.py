"""A forest plot: the trials, all of them together, and all but one, each with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.facets import axis_names, facet_ground
from dashboard.figures.responses import draw_limits, row_axis, row_margin, wrap_label
from dashboard.figures.style import INK, QUIET, RULE, Figure, Trace, axis, base_layout, escape, message_figure, note, pack, rule_line

WARNED = "#a8431a"
# The share of the height between two forests.
BETWEEN = 0.1
TRIAL, POOLED, LEFT_OUT = "trial", "pooled", "left out"
# Kind of row: its sign, its colour, its name in the legend of the caption.
SIGNS: dict[str, tuple[str, str]] = {TRIAL: ("square", "#1f6f8b"), POOLED: ("diamond", INK), LEFT_OUT: ("circle-open", QUIET)}


@dataclass(frozen=True)
class ForestRow:
    """A row: a heading (kind ""), a trial, a pooled estimate, or one without a trial; value and limits in percent or points, NaN: none.

    `weight` is the share of the trial in the stratified estimate; `words` stand beside the sign.
    """

    label: str
    kind: str = ""
    value: float = np.nan
    lower: float = np.nan
    upper: float = np.nan
    words: str = ""
    weight: float = 0.0


@dataclass(frozen=True)
class ForestFacet:
    """One forest: title, rows from top to bottom (the same labels in every facet), the title of the axis and its range.

    `reference` is where the vertical rule stands (NaN: none), dotted; `zero` draws the line of no difference too. `warned`: the
    naive and the stratified estimate disagree, which is written into the plot.
    """

    title: str
    rows: tuple[ForestRow, ...]
    axis_words: str
    span: tuple[float, float]
    reference: float
    zero: bool = False
    warned: bool = False


@dataclass(frozen=True)
class ForestSummary:
    """The facets, the table under the figure, and what a reader must know first (`warnings`, sentences)."""

    key: str
    facets: tuple[ForestFacet, ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    warnings: tuple[str, ...]
    words: str
    shown: int
    left_out: dict[str, int]
    nothing: str
    synthetic: bool


def draw_forest(summary: ForestSummary) -> Figure:
    """Estimates as signs with intervals, trials as squares that grow with their weight, pooled ones as diamonds, left out as rings."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=summary.key)
    labels = [wrap_label(row.label, is_heading=not row.kind) for row in summary.facets[0].rows]
    layout["margin"] = {"l": row_margin(labels), "r": 14, "t": 26, "b": 50 if summary.facets[0].zero else 36}
    data: list[Trace] = []
    for place, facet in enumerate(summary.facets):
        _add_facet(layout, place, len(summary.facets), facet, labels)
        data += [facet_ground(place), *(_draw_rows(facet, kind, place) for kind in SIGNS)]
    if summary.facets[0].zero:
        layout["annotations"] += [_favours("◂ others", 0.0, "left"), _favours("group ▸", 1.0, "right")]
    return {"data": data, "layout": layout}


def _add_facet(layout: Figure, place: int, n: int, facet: ForestFacet, labels: list[str]) -> None:
    """One forest below the other, so that each has the whole width on a telephone too; one title for the axes of all."""
    name_x, name_y = axis_names(place)
    height = (1 - BETWEEN * (n - 1)) / n
    top = 1 - place * (height + BETWEEN)
    words = facet.axis_words if place == n - 1 else ""
    layout[name_x.replace("x", "xaxis")] = axis(words, range=list(facet.span), anchor=name_y)
    layout[name_y.replace("y", "yaxis")] = axis(domain=[max(0.0, top - height), top], anchor=name_x, **row_axis(labels))
    title = note(f"<b>{escape(facet.title)}</b>", xref="paper", x=0, xanchor="left", yref="paper", y=top, yanchor="bottom")
    layout["annotations"] += [title | {"font": {"size": 12, "color": INK}}, *([_disagree(name_x, name_y)] if facet.warned else [])]
    rules = [(facet.reference, "dot")] if np.isfinite(facet.reference) else []
    for level, dash in [*rules, *([(0.0, "solid")] if facet.zero else [])]:
        ends: dict[str, Any] = {"xref": name_x, "x0": level, "x1": level, "yref": f"{name_y} domain", "y0": 0, "y1": 1}
        layout["shapes"].append(rule_line(colour=RULE, dash=dash, **ends))


def _disagree(name_x: str, name_y: str) -> dict[str, Any]:
    """Written into the plot, so that an exported figure keeps it."""
    place: dict[str, Any] = {"xref": f"{name_x} domain", "x": 0.0, "xanchor": "left", "yref": f"{name_y} domain", "y": 0.0}
    return note("<b>naive and stratified disagree</b>", **place, yanchor="bottom", font={"size": 10, "color": WARNED})


def _favours(text: str, x: float, anchor: str) -> dict[str, object]:
    return note(text, xref="paper", x=x, xanchor=anchor, yref="paper", y=0, yanchor="top", yshift=-33)


def _draw_rows(facet: ForestFacet, kind: str, place: int) -> Trace:
    drawn = [(position, row) for position, row in enumerate(facet.rows) if row.kind == kind and np.isfinite(row.value)]
    values, lower, upper = (np.array([getattr(row, name) for _, row in drawn]) for name in ("value", "lower", "upper"))
    symbol, colour = SIGNS[kind]
    low, high = facet.span
    name_x, name_y = axis_names(place)
    return {
        "type": "scatter",
        "mode": "markers+text",
        "x": pack(values),
        "y": pack([position for position, _ in drawn]),
        "xaxis": name_x,
        "yaxis": name_y,
        "marker": {"symbol": symbol, "color": colour, "size": [_size(row) for _, row in drawn]},
        "error_x": draw_limits(values, lower, upper),
        "text": [row.words for _, row in drawn],
        "textposition": [_side(100 * (value - low) / (high - low)) for value in values],
        "textfont": {"size": 9, "color": INK},
        "cliponaxis": False,
        "hovertext": [f"<b>{escape(row.label)}</b>: {escape(row.words)}" for _, row in drawn],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _side(share: float) -> str:
    """Where the words of a sign stand that lies so far (in percent) into the plot."""
    return "top left" if share > 75 else "top center" if share > 25 else "top right"


def _size(row: ForestRow) -> float:
    return 6 + 10 * float(np.sqrt(row.weight)) if row.kind == TRIAL else 10 if row.kind == POOLED else 7
