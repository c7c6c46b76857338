"""Figures of the interim page: accrual, data maturity and baseline counts."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.calendar import STATE_LOOKS
from dashboard.figures.facets import add_grid_facet, axis_names, facet_ground, grid_domains, grid_note, label_margin
from dashboard.figures.style import (
    INK,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_symbol,
    escape,
    legend_box,
    message_figure,
    opens_participants,
    pack,
)

# How far apart points of one cohort are set so that equal values can be told from one.
SPREAD = 0.3
# Of baseline counts: more would be too narrow on a phone.
PLOTS_IN_ROW = 2


@dataclass(frozen=True)
class AccrualBar:
    """One step of one cohort: how many, and the words of its hover."""

    n: int
    words: str


@dataclass(frozen=True)
class AccrualSummary:
    """Steps from top to bottom, and for each cohort (position, label) its bar in every step; `cells` is the table."""

    steps: tuple[str, ...]
    cohorts: tuple[tuple[int, str], ...]
    bars: tuple[tuple[AccrualBar, ...], ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    n_cohorts: int
    synthetic: bool


@dataclass(frozen=True)
class MaturitySummary:
    """Participants by visit (columns) and state (rows, keys of STATE_LOOKS with labels); `cells` is the table by cohort."""

    analyte: str
    visits: tuple[str, ...]
    states: tuple[tuple[str, str], ...]
    counts: np.ndarray
    participants: int
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    synthetic: bool


@dataclass(frozen=True)
class BaselinePoints:
    """The baseline counts of one analyte: cohort, value and participant (row of the data cut) of each, and each cohort's median."""

    analyte: str
    cohort: np.ndarray
    value: np.ndarray
    participant: np.ndarray
    names: tuple[str, ...]
    medians: tuple[float, ...]


@dataclass(frozen=True)
class DemographySummary:
    """Baseline counts by analyte and cohort; `cells` is the table of everything."""

    analytes: tuple[BaselinePoints, ...]
    cohorts: tuple[tuple[int, str], ...]
    header: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    participants: int
    n_cohorts: int
    synthetic: bool


def draw_accrual(summary: AccrualSummary) -> Figure:
    """Bars by step, one colour per cohort, with the number at the end of each."""
    layout = base_layout(synthetic=summary.synthetic, key="accrual")
    layout |= {"barmode": "group", "bargap": 0.25, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, y=1, yanchor="bottom", traceorder="normal")
    layout["margin"] = {"l": label_margin(summary.steps), "r": 26, "t": 30, "b": 36}
    highest = max((bar.n for bars in summary.bars for bar in bars), default=0)
    layout["xaxis"] = axis("participants", range=[0, max(1, highest) * 1.1], rangemode="tozero")
    places = list(range(len(summary.steps)))
    layout["yaxis"] = axis(
        tickvals=places, ticktext=[escape(step) for step in summary.steps], range=[len(places) - 0.4, -0.6], showgrid=False
    )
    drawn = zip(summary.cohorts, summary.bars, strict=True)
    return {"data": [_draw_bars(position, label, bars, summary.n_cohorts) for (position, label), bars in drawn], "layout": layout}


def _draw_bars(position: int, label: str, bars: tuple[AccrualBar, ...], n_cohorts: int) -> Trace:
    return {
        "type": "bar",
        "orientation": "h",
        "name": escape(label),
        "x": [bar.n for bar in bars],
        "y": list(range(len(bars))),
        "text": [str(bar.n) for bar in bars],
        "textposition": "outside",
        "textfont": {"size": 10, "color": INK},
        "cliponaxis": False,
        "marker": {"color": cohort_colour(position, n_cohorts)},
        "hovertext": [escape(bar.words) for bar in bars],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def draw_maturity(summary: MaturitySummary) -> Figure:
    """A stacked bar per visit that adds up to everyone selected, in the colours of the calendar."""
    if not summary.participants:
        return message_figure("No participant", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key="maturity")
    layout |= {"barmode": "stack", "bargap": 0.15, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, y=1, yanchor="bottom", traceorder="normal")
    layout["margin"] = {"l": 46, "r": 10, "t": 64, "b": 46}
    places = list(range(len(summary.visits)))
    layout["xaxis"] = axis(tickvals=places, ticktext=[escape(visit) for visit in summary.visits], showgrid=False, tickangle=-40)
    layout["yaxis"] = axis("participants", range=[0, summary.participants])
    shown = [(place, state) for place, state in enumerate(summary.states) if summary.counts[place].any()]
    return {"data": [_draw_state(summary, place, key, label) for place, (key, label) in shown], "layout": layout}


def _draw_state(summary: MaturitySummary, place: int, key: str, label: str) -> Trace:
    counts = summary.counts[place]
    return {
        "type": "bar",
        "name": escape(label),
        "x": list(range(len(summary.visits))),
        "y": [int(n) for n in counts],
        "text": [str(n) if n else "" for n in counts],
        "textposition": "inside",
        "insidetextanchor": "middle",
        "textangle": 0,
        "textfont": {"size": 9},
        "marker": {"color": STATE_LOOKS[key][1], "line": {"color": QUIET, "width": 0.5}},
        "hovertext": [
            f"{escape(visit)}: {n} of {summary.participants} {escape(label)}" for visit, n in zip(summary.visits, counts, strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def draw_demography(summary: DemographySummary) -> Figure:
    """One plot per analyte, two in a row: every baseline count as a point in the row of its cohort, the median as a bar."""
    layout = base_layout(synthetic=summary.synthetic, key="demography")
    labels = [label for _, label in summary.cohorts]
    layout["margin"] = {"l": label_margin(labels), "r": 12, "t": 26, "b": 40}
    data: list[Trace] = []
    domains = grid_domains(len(summary.analytes), PLOTS_IN_ROW)
    for place, points in enumerate(summary.analytes):
        y = {
            "tickvals": list(range(len(labels))),
            "ticktext": [escape(label) for label in labels] if place % PLOTS_IN_ROW == 0 else [""] * len(labels),
            "range": [len(labels) - 0.4, -0.6],
            "showgrid": False,
        }
        x = {"title": "cells/µL", "rangemode": "tozero", "nticks": 4}
        add_grid_facet(layout, place, domains[place], escape(points.analyte), x, y)
        data += [facet_ground(place), *_draw_points(summary, points, place), _draw_medians(points, place)]
        if not len(points.value):
            layout["annotations"].append(grid_note(domains[place], "No baseline"))
    return {"data": data, "layout": layout}


def measure_demography(summary: DemographySummary) -> int:
    """How many rows of cohorts stand above each other."""
    return -(-len(summary.analytes) // PLOTS_IN_ROW) * len(summary.cohorts)


def _draw_points(summary: DemographySummary, points: BaselinePoints, place: int) -> list[Trace]:
    """A trace per cohort; points in the order of the participants, spread evenly over the height of the row."""
    name_x, name_y = axis_names(place)
    traces = []
    for row, (position, label) in enumerate(summary.cohorts):
        own = np.flatnonzero(points.cohort == position)
        if len(own):
            traces.append(
                {
                    "type": "scatter",
                    "mode": "markers",
                    "x": pack(points.value[own]),
                    "y": pack(row + np.linspace(-SPREAD, SPREAD, len(own))),
                    "xaxis": name_x,
                    "yaxis": name_y,
                    "marker": {
                        "color": cohort_colour(position, summary.n_cohorts),
                        "size": 6,
                        "symbol": cohort_symbol(position),
                        "opacity": 0.7,
                    },
                    "text": [escape(points.names[at]) for at in own],
                    "hovertemplate": f"<b>%{{text}}</b>, {escape(label)}<br>%{{x:,.0f}} cells/µL<extra></extra>",
                    **opens_participants(points.participant[own]),
                }
            )
    return traces


def _draw_medians(points: BaselinePoints, place: int) -> Trace:
    name_x, name_y = axis_names(place)
    known = [(row, median) for row, median in enumerate(points.medians) if np.isfinite(median)]
    return {
        "type": "scatter",
        "mode": "markers",
        "x": pack([median for _, median in known]),
        "y": pack([float(row) for row, _ in known]),
        "xaxis": name_x,
        "yaxis": name_y,
        "marker": {"symbol": "line-ns", "size": 22, "color": INK, "line": {"color": INK, "width": 2}},
        "hovertemplate": "median %{x:,.0f} cells/µL<extra></extra>",
    }
