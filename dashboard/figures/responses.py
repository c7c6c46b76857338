"""Responses by group: rates as dots with intervals, best responses as stacked bars; the colours of best responses."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any

import numpy as np

from dashboard.figures.facets import label_margin
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
    legend_box,
    message_figure,
    pack,
)

# From the best response to the worst: dark to light, then another hue, so that they differ in greyscale too.
_RAMP = ("#0d3b4c", "#1f6f8b", "#8cc6d7", "#e3dcc6", "#c98a3d")
# Letters in a line of the name of a row.
LABEL = 25
NO_BREAK = "\u00a0"
# The signs of the rates, and how far the first and the last of a row are apart.
DOTS, APART = ("circle", "circle-open", "square", "square-open"), 0.44
# What is no category: not evaluable, not classified, not recorded.
UNRANKED_COLOURS = ("#c3cad2", "#dfe3e8", PAPER)


@dataclass(frozen=True)
class Best:
    """A best response as it is drawn: its key, label, colour, and whether it is no category of the definition."""

    key: str
    label: str
    colour: str
    unranked: bool = False


def response_colours(categories: int) -> tuple[str, ...]:
    """A colour for each category, best first; the worst has the last colour whatever their number."""
    places = np.linspace(0, len(_RAMP) - 1, categories).round().astype(int) if categories > 1 else np.zeros(1, dtype=int)
    return tuple(_RAMP[place] for place in places)


@dataclass(frozen=True)
class RateRow:
    """A row: the name of a grouping (`is_heading`), or a group with n of N for each rate; NaN limits = no interval.

    `cohort` is the position of the cohort where the groups are those of the study, else None.
    """

    label: str
    is_heading: bool = False
    cohort: int | None = None
    n: tuple[int, ...] = ()
    of: int = 0
    lower: tuple[float, ...] = ()
    upper: tuple[float, ...] = ()


@dataclass(frozen=True)
class RateSummary:
    """Rates of groups among `among_words`; `cells` is the table under the figure, `nothing` says why it is empty."""

    rates: tuple[str, ...]
    rows: tuple[RateRow, ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    among_words: str
    left_out: dict[str, int]
    disagreeing: int
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_rates(summary: RateSummary) -> Figure:
    """Groups from top to bottom, a dot with interval and n of N for each rate: the first filled, the others as rings and squares."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="response-rates")
    labels = [wrap_label(row.label, is_heading=row.is_heading) for row in summary.rows]
    layout["margin"] = {"l": row_margin(labels), "r": 14, "t": 52, "b": 36}
    layout |= {"showlegend": True, "legend": top_legend(summary.rates)}
    # To the right of 100 % is room for the numbers of a dot there.
    layout["xaxis"] = axis("responders, %", range=[-2, 128], tickvals=list(range(0, 101, 20)))
    layout["yaxis"] = axis(**row_axis(labels))
    places = range(len(summary.rates))
    return {"data": [draw(summary, place) for draw in (_draw_dots, _draw_numbers) for place in places], "layout": layout}


def wrap_label(text: str, *, is_heading: bool) -> str:
    """The name of a row, shown literally, in lines that leave room for the plot on a telephone too; that of a heading is bold."""
    lines = "<br>".join(escape(line) for line in wrap(text, LABEL))
    return f"<b>{lines}</b>" if is_heading else lines


def row_margin(labels: Sequence[str]) -> int:
    """Pixels to the left of the plot that hold the longest line of `labels`."""
    lines = [line for label in labels for line in label.replace("<b>", "").replace("</b>", "").split("<br>")]
    return label_margin(lines)


def row_axis(labels: Sequence[str]) -> dict[str, Any]:
    """The settings of an upright axis with a named row at each whole number, from top to bottom."""
    return {
        "tickvals": list(range(len(labels))),
        "ticktext": list(labels),
        "range": [len(labels) - 0.4, -0.8],
        "showgrid": False,
        "ticks": "",
        "tickfont": {"size": 10, "color": INK},
    }


def _draw_dots(summary: RateSummary, place: int) -> Trace:
    drawn = [(position, row) for position, row in enumerate(summary.rows) if not row.is_heading and row.of]
    shares = np.array([100 * row.n[place] / row.of for _, row in drawn])
    lower, upper = (100 * np.array([getattr(row, end)[place] for _, row in drawn]) for end in ("lower", "upper"))
    offset = 0.0 if len(summary.rates) == 1 else -APART / 2 + APART * place / (len(summary.rates) - 1)
    return {
        "type": "scatter",
        "mode": "markers",
        "name": escape(summary.rates[place]),
        "x": pack(shares),
        "y": pack([position + offset for position, _ in drawn]),
        "marker": {
            "size": 7,
            "symbol": DOTS[place % len(DOTS)],
            "color": [_row_colour(row, summary.n_cohorts) for _, row in drawn],
            "line": {"width": 1.5},
        },
        "error_x": draw_limits(shares, lower, upper),
        "hovertext": [_hover(row, place, summary.rates[place]) for _, row in drawn],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _draw_numbers(summary: RateSummary, place: int) -> Trace:
    """n of N to the right of each interval."""
    dots = _draw_dots(summary, place)
    ends = [np.fmax(100 * row.n[place] / row.of, 100 * row.upper[place]) for row in summary.rows if not row.is_heading and row.of]
    return {
        "type": "scatter",
        "mode": "text",
        "showlegend": False,
        "x": pack(ends),
        "y": dots["y"],
        "text": [f"{NO_BREAK * 2}{row.n[place]}/{row.of}" for row in summary.rows if not row.is_heading and row.of],
        "textposition": "middle right",
        "textfont": {"size": 9, "color": QUIET},
        "hoverinfo": "skip",
    }


def draw_limits(values: np.ndarray, lower: np.ndarray, upper: np.ndarray) -> dict[str, Any]:
    """Bars from `lower` to `upper` around `values`; none where the limits are missing."""
    known = np.isfinite(lower)
    return {
        "type": "data",
        "symmetric": False,
        "array": pack(np.where(known, upper - values, 0)),
        "arrayminus": pack(np.where(known, values - lower, 0)),
        "color": QUIET,
        "thickness": 1.5,
        "width": 3,
    }


def _row_colour(row: RateRow, n_cohorts: int) -> str:
    return INK if row.cohort is None else cohort_colour(row.cohort, n_cohorts)


def _hover(row: RateRow, place: int, rate: str) -> str:
    limits = f" ({100 * row.lower[place]:.1f} to {100 * row.upper[place]:.1f} %)" if np.isfinite(row.lower[place]) else ""
    share = f"{100 * row.n[place] / row.of:.1f} %{limits}"
    return f"<b>{escape(row.label)}</b><br>{escape(rate)}: {row.n[place]} of {row.of}, {share}"


@dataclass(frozen=True)
class BestRow:
    """A row of best responses: the name of a grouping, or a group with its participants infused by best response."""

    label: str
    is_heading: bool = False
    n: tuple[int, ...] = ()


@dataclass(frozen=True)
class BestSummary:
    """Best responses of the participants infused by group; `n` of a row keeps step with `best`."""

    best: tuple[Best, ...]
    rows: tuple[BestRow, ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    left_out: dict[str, int]
    nothing: str
    synthetic: bool


def draw_best(summary: BestSummary) -> Figure:
    """Lying bars of 100 %, one per group, in the order of the responses, each part with its number of participants."""
    if summary.nothing:
        return message_figure(summary.nothing, synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="response-best")
    labels = [wrap_label(row.label, is_heading=row.is_heading) for row in summary.rows]
    layout["margin"] = {"l": row_margin(labels), "r": 14, "t": 62, "b": 36}
    layout |= {"showlegend": True, "barmode": "stack", "bargap": 0.25}
    layout["legend"] = top_legend([best.label for best in summary.best])
    layout["xaxis"] = axis("participants infused, %", range=[0, 100])
    layout["yaxis"] = axis(**row_axis(labels))
    return {"data": [_draw_part(summary, place) for place in range(len(summary.best))], "layout": layout}


def top_legend(names: Sequence[str], letter: float = 5.2) -> dict[str, Any]:
    """A legend above the plot in entries of one width, that of the longest name, so that they stand in columns on a telephone too."""
    place = {"orientation": "h", "x": 0, "xanchor": "left", "xref": "container", "yref": "container", "y": 0.995, "yanchor": "top"}
    return legend_box(**place, traceorder="normal", entrywidth=letter * max((len(name) for name in names), default=0) + 4)


def _draw_part(summary: BestSummary, place: int) -> Trace:
    best = summary.best[place]
    drawn = [(position, row, sum(row.n)) for position, row in enumerate(summary.rows) if not row.is_heading]
    return {
        "type": "bar",
        "orientation": "h",
        "name": escape(best.label),
        "y": pack([position for position, _, _ in drawn]),
        "x": pack([100 * row.n[place] / every if every else 0.0 for _, row, every in drawn]),
        "marker": {"color": best.colour, "line": {"width": 0.5, "color": QUIET}},
        # A number needs room: the table has those of the narrow parts.
        "text": [str(row.n[place]) if every and row.n[place] / every >= 0.04 else "" for _, row, every in drawn],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 10},
        "hovertext": [f"<b>{escape(row.label)}</b>: {escape(best.label)}, {row.n[place]} of {every}" for _, row, every in drawn],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
