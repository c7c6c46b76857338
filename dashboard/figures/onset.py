"""When adverse events begin after a dose: a row of bars for each dose, the cohorts stacked in their colours."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.figures.facets import axis_names
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
    note,
    pack,
)

# Share of the height that parts two rows; it holds the title of the lower one.
GUTTER = 0.09


@dataclass(frozen=True)
class DoseOnsets:
    """One row: its title, and the events of each cohort shown (first axis) in each bin (second axis)."""

    title: str
    events: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class OnsetSummary:
    """Rows from top to bottom, one per dose; `low` is the first day of each bin of `bin_days`. `cells` is the list of events.

    `groups` are the cohorts shown: position and label. `unplaced` counts the events that are in no bin, by reason; `nothing` says why
    there is no bar.
    """

    doses: tuple[DoseOnsets, ...]
    low: tuple[int, ...]
    bin_days: int
    groups: tuple[tuple[int, str], ...]
    cells: tuple[tuple[str, ...], ...]
    depths: tuple[int, ...]
    events: int
    unplaced: dict[str, int]
    not_dosed: int
    nothing: str
    n_cohorts: int
    synthetic: bool


def draw_onset(summary: OnsetSummary) -> Figure:
    """Days since the latest dose from left to right, the same for all rows; the height of a bar is the number of events in a week."""
    layout = base_layout(synthetic=summary.synthetic, key="events-onset")
    if not summary.low:
        layout["xaxis"], layout["yaxis"] = axis(range=[0, 1], showticklabels=False), axis(range=[0, 1], showticklabels=False)
        layout["annotations"].append(note(summary.nothing, xref="paper", x=0.5, yref="paper", y=0.5, font={"size": 12, "color": QUIET}))
        return {"data": [], "layout": layout}
    layout["margin"] = {"l": 40, "r": 10, "t": 44, "b": 36}
    layout |= {"barmode": "stack", "bargap": 0, "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", yref="container", y=0.995, yanchor="top", traceorder="normal")
    end = summary.low[-1] + summary.bin_days
    most = max(float(dose.events.sum(axis=0).max(initial=0)) for dose in summary.doses)
    for place, dose in enumerate(summary.doses):
        _add_row(layout, summary, place, dose.title, float(end), most)
    bars = [_draw_bars(summary, place, row) for place in range(len(summary.doses)) for row in range(len(summary.groups))]
    return {"data": bars, "layout": layout}


def _add_row(layout: Figure, summary: OnsetSummary, place: int, title: str, end: float, most: float) -> None:
    name_x, name_y = axis_names(place)
    rows = len(summary.doses)
    height = (1 - GUTTER * (rows - 1)) / rows
    top = 1 - place * (height + GUTTER)
    is_last = place == rows - 1
    x = axis("days since the latest dose" if is_last else "", anchor=name_y, range=[-0.5, end + 0.5], showticklabels=is_last)
    layout[name_x.replace("x", "xaxis")] = x | {"dtick": _tick(end), "tick0": 0, "showgrid": False}
    # Whole events, and the same height in every row, so that rows compare.
    y = {"domain": [max(0.0, top - height), top], "range": [0, 1.12 * max(most, 1)], "tickformat": "d", "nticks": 4}
    layout[name_y.replace("y", "yaxis")] = axis("events", anchor=name_x, **y)
    heading = note(escape(title), xref="paper", x=0, xanchor="left", yref="paper", y=top, yanchor="bottom")
    layout["annotations"].append(heading | {"font": {"size": 11, "color": INK}})


def _tick(end: float) -> int:
    """Days between two ticks: whole weeks, at most about ten of them."""
    return next(step for step in (7, 14, 28, 56, 112, 224, 448, 10**6) if end / step <= 10)


def _draw_bars(summary: OnsetSummary, place: int, row: int) -> Trace:
    name_x, name_y = axis_names(place)
    position, label = summary.groups[row]
    counts = summary.doses[place].events[row]
    bins = [(low, low + summary.bin_days - 1) for low in summary.low]
    return {
        "type": "bar",
        "name": escape(label),
        "legendgroup": label,
        "showlegend": place == 0,
        "xaxis": name_x,
        "yaxis": name_y,
        "x": pack([low + summary.bin_days / 2 for low in summary.low]),
        "y": pack(counts.astype(np.float64)),
        "width": 0.9 * summary.bin_days,
        "marker": {"color": cohort_colour(position, summary.n_cohorts), "line": {"width": 0.5, "color": PAPER}},
        "hovertext": [
            f"<b>{escape(label)}</b>, {escape(summary.doses[place].title.split(':')[0].lower())}<br>days {low} to {high}: {n}"
            for (low, high), n in zip(bins, counts.tolist(), strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }
