"""Legends: entries in rows above the plot, each with a sample of its line, marker or bar."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from dashboard.figures.style import INK, Figure, Trace
from dashboard.printing.paint import MIDDLE, draw_lines, element, paint, stroke, write_number
from dashboard.printing.scatter import at, look_of_marker
from dashboard.printing.symbols import draw_symbol
from dashboard.printing.words import Lines, Run, cut_lines, measure_lines, read_markup

SAMPLE, GAP, BETWEEN = 26, 5, 14
ROW = 1.6


@dataclass(frozen=True)
class Entry:
    """An entry: the trace it stands for (None: words alone), and its lines of text."""

    trace: Trace | None
    lines: Lines


@dataclass(frozen=True)
class Legend:
    """Entries in rows, at font size `size`."""

    rows: tuple[tuple[Entry, ...], ...]
    size: float

    @property
    def height(self) -> float:
        """The height of all rows in pixels."""
        return len(self.rows) * ROW * self.size


def arrange_legend(figure: Figure, width: float) -> Legend:
    """The legend of `figure` in rows of at most `width` pixels; without rows when it has none.

    A page may carry the legend for several figures; such a figure names its entries in `layout.meta.legend`.
    """
    layout = figure["layout"]
    size = float(layout.get("legend", {}).get("font", {}).get("size", 10))
    entries = _list_entries(figure) if layout.get("showlegend") else _named_entries(layout)
    cut = [Entry(entry.trace, cut_lines(entry.lines, size, width - SAMPLE - GAP)) for entry in entries]
    rows: list[list[Entry]] = []
    left = 0.0
    for entry in cut:
        wide = _width(entry, size)
        if not rows or left + wide > width:
            rows.append([])
            left = 0.0
        rows[-1].append(entry)
        left += wide + BETWEEN
    return Legend(tuple(tuple(row) for row in rows), size)


def _list_entries(figure: Figure) -> list[Entry]:
    title = figure["layout"].get("legend", {}).get("title", {}).get("text", "")
    named = [trace for trace in figure["data"] if trace.get("name") and trace.get("showlegend", trace["type"] != "heatmap")]
    heads = [Entry(None, read_markup(title))] if title else []
    return [*heads, *(Entry(trace, read_markup(trace["name"])) for trace in named)]


def _named_entries(layout: dict[str, Any]) -> list[Entry]:
    return [
        Entry({"type": "scatter", "mode": "lines", "line": {"color": colour, "width": 2.5}}, read_markup(name))
        for name, colour in layout.get("meta", {}).get("legend", ())
    ]


def _width(entry: Entry, size: float) -> float:
    return measure_lines(entry.lines, size) + (SAMPLE + GAP if entry.trace else 0)


def draw_legend(legend: Legend, left: float, top: float, hatch: str) -> str:
    """The entries from the top left corner; `hatch` refers to the pattern of hatched bars."""
    drawn = []
    for number, row in enumerate(legend.rows):
        x, middle = left, top + (number + 0.5) * ROW * legend.size
        for entry in row:
            drawn.append(_draw_entry(entry, x, middle, legend.size, hatch))
            x += _width(entry, legend.size) + BETWEEN
    return "".join(drawn)


def _draw_entry(entry: Entry, x: float, middle: float, size: float, hatch: str) -> str:
    sample = _draw_sample(entry.trace, x, middle, hatch) if entry.trace else ""
    words: tuple[tuple[Run, ...], ...] = (tuple(run for line in entry.lines for run in line),)
    start = x + (SAMPLE + GAP if entry.trace else 0)
    return sample + draw_lines(start, middle + MIDDLE * size, words, size=size, colour=INK)


def _draw_sample(trace: Trace, x: float, y: float, hatch: str) -> str:
    """The look of a trace; of many markers or bars the first stands for all."""
    centre = x + SAMPLE / 2
    if trace["type"] != "scatter":
        return _draw_swatch(trace, centre, y, hatch)
    drawn, mode = "", trace.get("mode", "lines")
    if "lines" in mode:
        line = trace.get("line", {})
        look = stroke(line.get("color", INK), float(line.get("width", 2)), line.get("dash", "solid"))
        drawn = element("line", x1=x, y1=y, x2=x + SAMPLE, y2=y, **look)
    if "markers" in mode:
        marker = trace.get("marker", {})
        symbol, size = str(at(marker.get("symbol", "circle"), 0)), float(at(marker.get("size", 6), 0))
        place = f"translate({write_number(centre)} {write_number(y)})"
        drawn += element("path", d=draw_symbol(symbol, size), transform=place, **look_of_marker(trace, 0))
    return drawn


def _draw_swatch(trace: Trace, centre: float, y: float, hatch: str) -> str:
    marker = trace.get("marker", {})
    colour = str(at(marker.get("color", trace.get("fillcolor", INK)), 0))
    edge = stroke(str(at(marker["line"]["color"], 0)), 0.5) if "color" in marker.get("line", {}) else {}
    box = {"x": centre - 5, "y": y - 5, "width": 10, "height": 10}
    pattern = marker.get("pattern", {}).get("shape", "")
    over = element("rect", **box, fill=hatch) if pattern and at(pattern, 0) else ""
    return element("rect", **box, **{**edge, **paint("fill", colour)}) + over
