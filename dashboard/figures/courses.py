"""Courses of groups over the planned visits, one plot above the other, with n of every group at every visit under each."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    RULE,
    Figure,
    Trace,
    axis,
    base_layout,
    escape,
    legend_box,
    message_figure,
    note,
    opens_participants,
    pack,
    rule_line,
    threshold_marks,
    translucent,
    wrap_lines,
)

# In pixels of a figure of its natural height: a plot, a line of numbers under it, and the room for the name above it.
PLOT, LINE, HEAD = 150, 14, 30
# More visits than this are named upright.
MOST_LEVEL = 8
# How far the groups stand apart, where visits are 1 apart.
APART = 0.13


@dataclass(frozen=True)
class GroupStyle:
    """How a group is drawn and called, in every plot of the figure."""

    label: str
    colour: str
    symbol: str
    dash: str


@dataclass(frozen=True)
class GroupCourse:
    """One group at the visits of the figure: n, and median and quartiles where the group is large enough (else NaN).

    few_x and few are the single values of smaller groups, by position of the visit; few_names and few_rows who they belong to, by
    name and row of the data cut.
    """

    n: np.ndarray
    median: np.ndarray
    q1: np.ndarray
    q3: np.ndarray
    few_x: np.ndarray
    few: np.ndarray
    few_names: tuple[str, ...]
    few_rows: np.ndarray


@dataclass(frozen=True)
class CoursePlot:
    """One plot: its name, the words on its axis, and a course for each group of the figure (in their order)."""

    name: str
    unit: str
    groups: tuple[GroupCourse, ...]
    thresholds: tuple[float, ...] = ()
    reference: float | None = None


@dataclass(frozen=True)
class CourseFigure:
    """What is drawn. `visits` are the words under the axis, `visit_labels` those in full; `nothing` is said when there is no plot."""

    key: str
    plots: tuple[CoursePlot, ...]
    styles: tuple[GroupStyle, ...]
    visits: tuple[str, ...]
    visit_labels: tuple[str, ...]
    nothing: str
    synthetic: bool


def draw_courses(figure: CourseFigure) -> Figure:
    """Medians with quartiles as lines and bands, single values of small groups as open marks; all plots over one axis of visits."""
    if not figure.plots:
        return message_figure(wrap_lines(figure.nothing), synthetic=figure.synthetic)
    layout = base_layout(synthetic=figure.synthetic, key=f"{figure.key} {len(figure.visits)} {len(figure.plots)}")
    upright = len(figure.visits) > MOST_LEVEL
    layout["margin"] = {"l": 56, "r": 12, "t": 30, "b": 58 if upright else 34}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", y=1, yanchor="top", yref="container")}
    layout["xaxis"] = axis(
        tickvals=list(range(len(figure.visits))),
        ticktext=[escape(visit) for visit in figure.visits],
        range=[-0.6, len(figure.visits) - 0.4],
        tickangle=-90 if upright else 0,
        anchor=_names(len(figure.plots) - 1)[1],
        showgrid=False,
    )
    data: list[Trace] = []
    for place, plot in enumerate(figure.plots):
        _add_axes(layout, figure, place, plot)
        data += _draw_plot(figure, place, plot)
    return {"data": data, "layout": layout}


def _names(place: int) -> tuple[str, str]:
    """The names of the axes of a plot and of the numbers under it: ("y", "y2"), ("y3", "y4"), ..."""
    return ("y" if place == 0 else f"y{2 * place + 1}"), f"y{2 * place + 2}"


def _add_axes(layout: Figure, figure: CourseFigure, place: int, plot: CoursePlot) -> None:
    lane = LINE * len(figure.styles)
    one = HEAD + PLOT + lane
    total = one * len(figure.plots)
    top = 1 - (place * one + HEAD) / total
    bottom = top - PLOT / total
    name, lane_name = _names(place)
    layout[name.replace("y", "yaxis")] = axis(plot.unit, domain=[bottom, top], fixedrange=True, **_scale(plot))
    layout[lane_name.replace("y", "yaxis")] = {
        "domain": [max(bottom - lane / total, 0.0), bottom],
        "range": [len(figure.styles) - 0.4, -0.6],
        "visible": False,
        "fixedrange": True,
    }
    shapes, notes = threshold_marks(plot.thresholds)
    layout["shapes"] += [shape | {"yref": name} for shape in shapes]
    layout["annotations"] += [mark | {"yref": name} for mark in notes]
    if plot.reference is not None:
        layout["shapes"].append(rule_line(colour=QUIET, xref="paper", x0=0, x1=1, yref=name, y0=plot.reference, y1=plot.reference))
    left = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": top, "yanchor": "bottom"}
    layout["annotations"].append(note(f"<b>{wrap_lines(plot.name)}</b>", font={"size": 11, "color": INK}, align="left", **left))
    lead = {"xref": "paper", "x": 0, "xanchor": "right", "xshift": -6, "yref": "paper", "y": bottom, "yanchor": "top"}
    layout["annotations"].append(note("n", **lead))
    layout["shapes"].append(rule_line(colour=RULE, xref="paper", x0=0, x1=1, yref="paper", y0=bottom, y1=bottom))


def _scale(plot: CoursePlot) -> dict[str, Any]:
    return {"nticks": 5} if plot.reference is not None else {"nticks": 5, "rangemode": "tozero"}


def _draw_plot(figure: CourseFigure, place: int, plot: CoursePlot) -> list[Trace]:
    name, lane = _names(place)
    at = [(position - (len(figure.styles) - 1) / 2) * APART for position in range(len(figure.styles))]
    pairs = list(zip(figure.styles, plot.groups, at, strict=True))
    bands = [_draw_band(style, group, shift, name) for style, group, shift in pairs if np.isfinite(group.q1).any()]
    lines = [_draw_line(figure, style, group, shift, name, place == 0) for style, group, shift in pairs]
    return [*bands, *lines, *_draw_few(figure, pairs, name), _draw_n(figure, plot, lane)]


def _draw_band(style: GroupStyle, group: GroupCourse, shift: float, y: str) -> Trace:
    """Closed polygons between the quartiles, one for each unbroken run of visits that have them."""
    known = np.isfinite(group.q1)
    runs = np.split(np.arange(len(known)), np.flatnonzero(np.diff(known.astype(np.int8))) + 1)
    xs: list[float] = []
    ys: list[float] = []
    for run in (run for run in runs if known[run].all()):
        xs += [*(run + shift), *(run[::-1] + shift), np.nan]
        ys += [*group.q3[run], *group.q1[run][::-1], np.nan]
    trace: Trace = {"type": "scatter", "mode": "lines", "x": pack(xs[:-1]), "y": pack(ys[:-1]), "yaxis": y, "fill": "toself"}
    return trace | {"fillcolor": translucent(style.colour, 0.14), "line": {"width": 0}, "hoverinfo": "skip", "showlegend": False}


def _draw_line(figure: CourseFigure, style: GroupStyle, group: GroupCourse, shift: float, y: str, first: bool) -> Trace:
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(style.label),
        "showlegend": first,
        "x": pack(np.arange(len(figure.visits)) + shift),
        "y": pack(group.median),
        "yaxis": y,
        "line": {"color": style.colour, "width": 2, "dash": style.dash},
        "marker": {"color": style.colour, "size": 6, "symbol": style.symbol, "line": {"color": PAPER, "width": 1}},
        "customdata": pack(np.column_stack([group.n, group.q1, group.q3])),
        "text": [escape(label) for label in figure.visit_labels],
        "hovertemplate": f"<b>{escape(style.label)}</b>, %{{text}}<br>median %{{y:.4~g}} "
        "(quartiles %{customdata[1]:.4~g} to %{customdata[2]:.4~g})<br>n = %{customdata[0]:.0f}<extra></extra>",
    }


def _draw_few(figure: CourseFigure, pairs: list[tuple[GroupStyle, GroupCourse, float]], y: str) -> list[Trace]:
    """The single values of groups too small for a median."""
    if not any(len(group.few) for _, group, _ in pairs):
        return []
    colours, symbols, texts = [], [], []
    for style, group, _ in pairs:
        colours += [style.colour] * len(group.few)
        symbols += [f"{style.symbol}-open"] * len(group.few)
        places = group.few_x.astype(int).tolist()
        who = zip(group.few_names, places, strict=True)
        texts += [f"<b>{escape(name)}</b>, {escape(style.label)}, {escape(figure.visit_labels[place])}" for name, place in who]
    return [
        {
            "type": "scatter",
            "mode": "markers",
            "name": "values of small groups",
            "showlegend": False,
            "x": pack(np.concatenate([group.few_x + shift for _, group, shift in pairs])),
            "y": pack(np.concatenate([group.few for _, group, _ in pairs])),
            "yaxis": y,
            "marker": {"color": colours, "symbol": symbols, "size": 6},
            "text": texts,
            "hovertemplate": "%{text}<br>%{y:.4~g}<extra></extra>",
            **opens_participants(np.concatenate([group.few_rows for _, group, _ in pairs])),
        }
    ]


def _draw_n(figure: CourseFigure, plot: CoursePlot, lane: str) -> Trace:
    """n of every group at every visit, a line of numbers for each group in its colour."""
    visits, groups = len(figure.visits), len(figure.styles)
    return {
        "type": "scatter",
        "mode": "text",
        "name": "n",
        "showlegend": False,
        "x": pack(np.tile(np.arange(visits), groups)),
        "y": pack(np.repeat(np.arange(groups), visits)),
        "yaxis": lane,
        "text": [str(int(n)) if n else "–" for group in plot.groups for n in group.n],
        "textfont": {"size": 9, "color": [style.colour for style in figure.styles for _ in range(visits)]},
        "hoverinfo": "skip",
        "cliponaxis": False,
    }
