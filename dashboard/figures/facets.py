"""Side-by-side plots in one figure, one per threshold."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from dashboard.figures.style import INK, QUIET, Figure, Trace, axis, escape, note

GUTTER = 0.08
# Between rows of plots, in heights of a plot: room for the axis above and the title below.
ROW_GAP = 0.45
Domain = tuple[float, float]


def facet_domains(n: int) -> list[tuple[float, float]]:
    """The horizontal share of each of `n` facets, left to right."""
    width = (1 - GUTTER * (n - 1)) / n
    return [(place * (width + GUTTER), place * (width + GUTTER) + width) for place in range(n)]


def grid_domains(n: int, columns: int) -> list[tuple[Domain, Domain]]:
    """The horizontal and vertical share of each of `n` plots in rows of at most `columns`, left to right and top to bottom."""
    across = facet_domains(min(n, columns))
    rows = -(-n // columns)
    height = 1 / (rows + ROW_GAP * (rows - 1))
    tops = [1 - row * height * (1 + ROW_GAP) for row in range(rows)]
    return [(across[place % columns], (max(0.0, tops[place // columns] - height), tops[place // columns])) for place in range(n)]


def axis_names(place: int) -> tuple[str, str]:
    """The names by which traces call the axes of the facet at `place`: ("x", "y"), ("x2", "y2"), ..."""
    suffix = "" if place == 0 else str(place + 1)
    return f"x{suffix}", f"y{suffix}"


def add_facet(layout: Figure, place: int, n: int, title: str, x: dict[str, Any], y: dict[str, Any]) -> None:
    """Put the axes and the title of one facet into `layout`; `x` and `y` are axis settings."""
    _place_facet(layout, place, (facet_domains(n)[place], None), title, x, y)


def add_grid_facet(layout: Figure, place: int, domains: tuple[Domain, Domain], title: str, x: dict[str, Any], y: dict[str, Any]) -> None:
    """Put the axes and the title of one plot of `grid_domains` into `layout`; `x` and `y` are axis settings."""
    _place_facet(layout, place, domains, title, x, y)


def _place_facet(
    layout: Figure, place: int, domains: tuple[Domain, Domain | None], title: str, x: dict[str, Any], y: dict[str, Any]
) -> None:
    (name_x, name_y), (across, up) = axis_names(place), domains
    layout[name_x.replace("x", "xaxis")] = axis(**{"domain": list(across), "anchor": name_y, **x})
    upright = {} if up is None else {"domain": list(up)}
    layout[name_y.replace("y", "yaxis")] = axis(**{**upright, "anchor": name_x, **y})
    top = 1 if up is None else up[1]
    layout["annotations"].append(
        note(title, xref="paper", x=across[0], xanchor="left", yref="paper", y=top, yanchor="bottom", font={"size": 12, "color": INK})
    )


def facet_ground(place: int) -> Trace:
    """A trace without points: plotly draws the axes of a facet only when some trace uses them."""
    name_x, name_y = axis_names(place)
    return {"type": "scatter", "mode": "markers", "x": [None], "y": [None], "xaxis": name_x, "yaxis": name_y, "hoverinfo": "skip"}


def facet_note(place: int, n: int, sentence: str) -> dict[str, Any]:
    """A sentence in the middle of a facet that has nothing to show, in a column of words where facets are narrow."""
    return grid_note((facet_domains(n)[place], (0, 1)), sentence.replace(" ", "<br>") if n > 2 else sentence)


def grid_note(domains: tuple[Domain, Domain], sentence: str) -> dict[str, Any]:
    """A sentence in the middle of a plot that has nothing to show."""
    x, y = (sum(domain) / 2 for domain in domains)
    return note(sentence, xref="paper", x=x, yref="paper", y=y, font={"size": 12, "color": QUIET})


def split_unit(labels: list[str]) -> tuple[list[str], str]:
    """Labels that share their last word without it, and the word, which then stands once: ["240 mg", "480 mg"] → ["240", "480"], "mg"."""
    ends = {label.rpartition(" ")[2] for label in labels}
    if len(labels) < 2 or len(ends) > 1 or not all(" " in label for label in labels):
        return [escape(label) for label in labels], ""
    return [escape(label.rpartition(" ")[0]) for label in labels], escape(ends.pop())


def group_axis(labels: Mapping[int, str]) -> dict[str, Any]:
    """A horizontal axis of groups at their places. Labels too long for a small screen are turned, and get the room they need."""
    texts, unit = split_unit(list(labels.values()))
    return {"tickvals": list(labels), "ticktext": texts, "title": unit, "showgrid": False, "automargin": "height"}


def label_margin(labels: Iterable[str], at_least: int = 46) -> int:
    """Pixels to the left of the plot that hold the longest label at the size of tick labels."""
    return max([at_least, *(round(5.8 * len(label)) + 18 for label in labels)])
