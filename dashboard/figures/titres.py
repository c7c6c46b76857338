"""Titres by visit on an axis of doublings, with a lane of its own for what is negative: a line per participant."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

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
    note,
    opens_participants,
    pack,
    translucent,
    with_blanks,
    with_gaps,
    wrap_lines,
)

# How far cohorts stand apart where visits are 1 apart, and how wide the participants of one are spread.
APART, SPREAD = 0.27, 0.2
# The lane lies this many doublings under the lowest titre.
BELOW = 1.4
MAX_TICKS = 7


@dataclass(frozen=True)
class CohortTitres:
    """Results of one cohort, a line (equal `line`) per participant: position of the visit, reciprocal titre (0 negative), hover text.

    `place` is the participant's place in the cohort between −1 and 1, by which points with equal titres stand side by side. `rows` are
    the participants' rows of the data cut.
    """

    cohort: int
    label: str
    visit: np.ndarray
    titre: np.ndarray
    line: np.ndarray
    place: np.ndarray
    words: np.ndarray
    rows: np.ndarray


@dataclass(frozen=True)
class TitreSeries:
    """One antibody: its name, its dilutions (doublings from the lowest titre) and the results by cohort."""

    name: str
    dilutions: tuple[float, ...]
    cohorts: tuple[CohortTitres, ...]


@dataclass(frozen=True)
class TitreSummary:
    """What is drawn, and the words for what stands under it."""

    series: tuple[TitreSeries, ...]
    visits: tuple[str, ...]
    header: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    results: int
    participants: int
    not_shown: dict[str, int]
    n_cohorts: int
    synthetic: bool


def draw_titres(summary: TitreSummary) -> Figure:
    """One plot per antibody, one above the other over the same visits."""
    if not summary.series:
        return message_figure("No autoantibody titre in the selection", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"titres {len(summary.series)} {len(summary.visits)}")
    layout["margin"] = {"l": 66, "r": 12, "t": 64, "b": 36}
    layout |= {
        "showlegend": True,
        "legend": legend_box(orientation="h", x=0.01, xanchor="left", xref="container", y=1, yanchor="top", yref="container"),
    }
    last = len(summary.series) - 1
    layout["xaxis"] = axis(
        tickvals=list(range(len(summary.visits))),
        ticktext=[escape(visit) for visit in summary.visits],
        range=[-0.5, len(summary.visits) - 0.5],
        anchor=_name(last),
        showgrid=False,
    )
    data: list[Trace] = []
    for place, series in enumerate(summary.series):
        _add_axis(layout, summary, place, series)
        data += [_draw_cohort(summary, series, cohort, place) for cohort in series.cohorts]
    return {"data": data, "layout": layout}


def _name(place: int) -> str:
    return "y" if place == 0 else f"y{place + 1}"


def place_titres(titre: np.ndarray, dilutions: tuple[float, ...]) -> np.ndarray:
    """Doublings of each titre; what is negative stands in the lane under the lowest."""
    lane = np.log2(dilutions[0]) - BELOW if dilutions else 0.0
    return np.where(titre > 0, np.log2(np.where(titre > 0, titre, 1.0)), lane)


def _add_axis(layout: Figure, summary: TitreSummary, place: int, series: TitreSeries) -> None:
    gap = 0.12
    height = (1 - gap * (len(summary.series) - 1)) / len(summary.series)
    top = 1 - place * (height + gap)
    lane = float(place_titres(np.zeros(1), series.dilutions)[0])
    every = max(1, -(-len(series.dilutions) // MAX_TICKS))
    named = series.dilutions[::every]
    levels = [float(np.log2(level)) for level in named]
    layout[_name(place).replace("y", "yaxis")] = axis(
        "titre, log2 scale",
        domain=[max(top - height, 0.0), top],
        tickvals=[lane, *levels],
        ticktext=["negative", *(f"1:{level:g}" for level in named)],
        range=[lane - 0.7, max(levels, default=lane) + 0.7 + (len(series.dilutions) - 1) % every],
        fixedrange=True,
    )
    ends = {"type": "rect", "layer": "below", "xref": "paper", "x0": 0, "x1": 1, "yref": _name(place), "y0": lane - 0.4, "y1": lane + 0.4}
    layout["shapes"].append({**ends, "fillcolor": translucent(QUIET, 0.12), "line": {"width": 0}})
    left = {"xref": "paper", "x": 0, "xanchor": "left", "yref": "paper", "y": top, "yanchor": "bottom"}
    layout["annotations"].append(note(f"<b>{wrap_lines(series.name)}</b>", font={"size": 11, "color": INK}, align="left", **left))


def _draw_cohort(summary: TitreSummary, series: TitreSeries, cohort: CohortTitres, place: int) -> Trace:
    colour, shown = cohort_colour(cohort.cohort, summary.n_cohorts), [each.cohort for each in series.cohorts]
    shift = (shown.index(cohort.cohort) - (len(shown) - 1) / 2) * APART * 3 / max(len(shown), 3)
    x = cohort.visit + shift + cohort.place * SPREAD / max(len(shown), 2)
    empty = not len(x)
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(cohort.label),
        "showlegend": place == 0,
        "x": [None] if empty else pack(with_gaps(x, cohort.line)),
        "y": [None] if empty else pack(with_gaps(place_titres(cohort.titre, series.dilutions), cohort.line)),
        "yaxis": _name(place),
        "line": {"color": translucent(colour, 0.3), "width": 1},
        "marker": {"color": colour, "size": 5, "symbol": cohort_symbol(cohort.cohort)},
        "text": [escape(words) for words in with_blanks(cohort.words, cohort.line)],
        "hovertemplate": "%{text}<extra></extra>",
        **opens_participants(with_gaps(cohort.rows, cohort.line)),
    }
