"""Side-by-side plots in one figure, one per threshold."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from dashboard.figures.style import INK, QUIET, Figure, Trace, axis, note

GUTTER = 0.08


def facet_domains(n: int) -> list[tuple[float, float]]:
    """The horizontal share of each of `n` facets, left to right."""
    width = (1 - GUTTER * (n - 1)) / n
    return [(place * (width + GUTTER), place * (width + GUTTER) + width) for place in range(n)]


def axis_names(place: int) -> tuple[str, str]:
    """The names by which traces call the axes of the facet at `place`: ("x", "y"), ("x2", "y2"), ..."""
    suffix = "" if place == 0 else str(place + 1)
    return f"x{suffix}", f"y{suffix}"


def add_facet(layout: Figure, place: int, n: int, title: str, x: dict[str, Any], y: dict[str, Any]) -> None:
    """Put the axes and the title of one facet into `layout`; `x` and `y` are axis settings."""
    name_x, name_y = axis_names(place)
    domain = facet_domains(n)[place]
    layout[name_x.replace("x", "xaxis")] = axis(**{"domain": list(domain), "anchor": name_y, **x})
    layout[name_y.replace("y", "yaxis")] = axis(**{"anchor": name_x, **y})
    layout["annotations"].append(
        note(title, xref="paper", x=domain[0], xanchor="left", yref="paper", y=1, yanchor="bottom", font={"size": 12, "color": INK})
    )


def facet_ground(place: int) -> Trace:
    """A trace without points: plotly draws the axes of a facet only when some trace uses them."""
    name_x, name_y = axis_names(place)
    return {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "xaxis": name_x, "yaxis": name_y, "hoverinfo": "skip"}


def facet_note(place: int, n: int, sentence: str) -> dict[str, Any]:
    """A sentence in the middle of a facet that has nothing to show."""
    low, high = facet_domains(n)[place]
    return note(sentence, xref="paper", x=(low + high) / 2, yref="paper", y=0.5, font={"size": 12, "color": QUIET})


def label_margin(labels: Iterable[str], at_least: int = 46) -> int:
    """Pixels to the left of the plot that hold the longest label at the size of tick labels."""
    return max([at_least, *(round(5.8 * len(label)) + 18 for label in labels)])
