"""Laboratory grades at baseline against the worst and the last grade after it, as numbers in a grid."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.facets import axis_names
from dashboard.figures.style import INK, QUIET, Figure, Trace, axis, base_layout, escape, note, pack

COLUMNS = ("worst", "last")
TITLES = {"worst": "worst grade after day 0", "last": "last grade after day 0"}
COLOURS = [[0.0, "#ffffff"], [0.001, "#e6f0f4"], [1.0, "#4d86a6"]]
SIDE, GAP_X, GAP_Y = 2, 0.06, 0.42
NO_VALUE = "none"


@dataclass(frozen=True)
class ShiftGrid:
    """One laboratory grading: participants by baseline grade (row) and later grade (column), for the worst and for the last."""

    title: str
    grades: tuple[str, ...]
    counts: dict[str, np.ndarray]


@dataclass(frozen=True)
class ShiftSummary:
    """The gradings from top to bottom. `cells` is the table under them: one row for each shift that somebody made."""

    grids: tuple[ShiftGrid, ...]
    groups: tuple[str, ...]
    cells: tuple[tuple[str, ...], ...]
    undecided: tuple[str, ...]
    expected: tuple[str, ...]
    participants: int
    not_dosed: int
    synthetic: bool


def draw_shift(summary: ShiftSummary) -> Figure:
    """A row per grading, worst on the left and last on the right; what did not change lies in the outlined diagonal."""
    layout = base_layout(synthetic=summary.synthetic, key="lab-shift")
    layout["margin"] = {"l": 52, "r": 10, "t": 30, "b": 40}
    data: list[Trace] = []
    rows = len(summary.grids)
    for row, grid in enumerate(summary.grids):
        height = 1 / (rows + GAP_Y * (rows - 1))
        top = 1 - row * height * (1 + GAP_Y)
        words = note(f"<b>{escape(grid.title)}</b>", xref="paper", x=0, xanchor="left", yref="paper", y=top, yanchor="bottom")
        layout["annotations"].append(words | {"font": {"size": 11, "color": INK}})
        for column, against in enumerate(COLUMNS):
            data.append(_draw_grid(grid, against, row * SIDE + column))
            _add_axes(layout, grid, against, row * SIDE + column, (max(0.0, top - height), min(1.0, top)))
            if row == rows - 1:
                layout[axis_names(row * SIDE + column)[0].replace("x", "xaxis")]["title"]["text"] = TITLES[against]
    return {"data": data, "layout": layout}


def _add_axes(layout: Figure, grid: ShiftGrid, against: str, place: int, domain: tuple[float, float]) -> None:
    name_x, name_y = axis_names(place)
    width = (1 - GAP_X) / SIDE
    low = COLUMNS.index(against) * (width + GAP_X)
    places = list(range(len(grid.grades)))
    ticks: dict[str, Any] = {
        "tickvals": places,
        "ticktext": [grade or NO_VALUE for grade in grid.grades],
        "showgrid": False,
        "fixedrange": True,
    }
    x: dict[str, Any] = {"domain": [low, low + width], "anchor": name_y, "range": [-0.5, len(places) - 0.5]}
    layout[name_x.replace("x", "xaxis")] = axis(**ticks, **x)
    y: dict[str, Any] = {"domain": list(domain), "anchor": name_x, "range": [len(places) - 0.5, -0.5]}
    is_first = against == COLUMNS[0]
    named = ticks if is_first else ticks | {"ticktext": [""] * len(places)}
    layout[name_y.replace("y", "yaxis")] = axis("baseline" if is_first else "", **named, **y)
    layout["shapes"] += [
        {
            "type": "rect",
            "xref": name_x,
            "yref": name_y,
            "x0": at - 0.5,
            "x1": at + 0.5,
            "y0": at - 0.5,
            "y1": at + 0.5,
            "line": {"color": QUIET, "width": 1},
        }
        for at in places
    ]


def _draw_grid(grid: ShiftGrid, against: str, place: int) -> Trace:
    name_x, name_y = axis_names(place)
    counts = grid.counts[against]
    names = [grade or "no value" for grade in grid.grades]
    return {
        "type": "heatmap",
        "z": pack(counts),
        "text": [[str(n) if n else "" for n in row] for row in counts.tolist()],
        "texttemplate": "%{text}",
        "textfont": {"size": 11, "color": INK},
        "hovertext": [
            [f"baseline {first}, {against} {second}: {n}" for second, n in zip(names, row, strict=True)]
            for first, row in zip(names, counts.tolist(), strict=True)
        ],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "colorscale": COLOURS,
        "zmin": 0,
        "zmax": max(1, int(counts.max(initial=0))),
        "showscale": False,
        "xaxis": name_x,
        "yaxis": name_y,
    }
