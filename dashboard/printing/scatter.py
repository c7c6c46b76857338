"""Scatter traces: filled shapes, error bars, lines, markers and words, in this order."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.style import INK, PAPER, Trace
from dashboard.printing.axes import Axis, read_column
from dashboard.printing.paint import LINE_HEIGHT, MIDDLE, Attributes, draw_lines, draw_path, element, paint, stroke, write_number
from dashboard.printing.symbols import draw_symbol, is_line, is_open
from dashboard.printing.words import read_markup

MODES = {"lines", "markers", "text", "none"}
ANCHORS = {"left": "end", "center": "middle", "right": "start"}


@dataclass(frozen=True)
class Points:
    """The points of a trace in pixels, and which of them lie within the plot."""

    x: np.ndarray
    y: np.ndarray
    inside: np.ndarray


def draw_scatter(trace: Trace, x: Axis, y: Axis, clip: str) -> str:
    """One trace; lines end at the plot, markers and words in it are never cut. ValueError for a mode, fill or line shape unknown here."""
    modes = set(trace.get("mode", "lines").split("+"))
    if not modes <= MODES:
        raise ValueError(f"scatter mode {trace['mode']!r} cannot be printed; modes are {', '.join(sorted(MODES))}")
    points = place_points(trace, x, y)
    clipped = _draw_fill(trace, points) + _draw_errors(trace, x, y) + (_draw_line(trace, points) if "lines" in modes else "")
    free = (_draw_markers(trace, points) if "markers" in modes else "") + (_draw_words(trace, points) if "text" in modes else "")
    opacity: Attributes = {"opacity": str(trace["opacity"])} if trace.get("opacity", 1) != 1 else {}
    drawn = (element("g", clipped, clip_path=clip) if clipped else "") + free
    return element("g", drawn, **opacity) if drawn else ""


def place_points(trace: Trace, x: Axis, y: Axis) -> Points:
    """The points of a trace in pixels."""
    across, up = x.place(trace["x"]), y.place(trace["y"])
    inside = np.array([x.holds(a) and y.holds(b) for a, b in zip(across.tolist(), up.tolist(), strict=True)], dtype=bool)
    return Points(across, up, inside)


def at(value: Any, place: int) -> Any:
    """The entry for a point of a setting that may be one for all."""
    return value[place] if isinstance(value, list | tuple) else value


def _draw_fill(trace: Trace, points: Points) -> str:
    fill = trace.get("fill", "none")
    if fill == "none":
        return ""
    if fill != "toself":
        raise ValueError(f"fill {fill!r} cannot be printed; only a shape filled to itself is known")
    return element("path", d=draw_path(points.x, points.y, closed=True), stroke="none", **paint("fill", trace["fillcolor"]))


def _draw_line(trace: Trace, points: Points) -> str:
    line = trace.get("line", {})
    width = float(line.get("width", 2))
    path = draw_path(*_steps(points, str(line.get("shape", "linear"))))
    if not width or not path:
        return ""
    return element("path", d=path, stroke_linejoin="round", **stroke(_line_colour(trace), width, line.get("dash", "solid")))


def _line_colour(trace: Trace) -> str:
    colour = trace.get("line", {}).get("color") or trace.get("marker", {}).get("color")
    return colour if isinstance(colour, str) else INK


def _steps(points: Points, shape: str) -> tuple[np.ndarray, np.ndarray]:
    if shape == "linear":
        return points.x, points.y
    if shape != "hv":
        raise ValueError(f"line shape {shape!r} cannot be printed; shapes are linear, hv")
    return np.repeat(points.x, 2)[1:], np.repeat(points.y, 2)[:-1]


def _draw_errors(trace: Trace, x: Axis, y: Axis) -> str:
    return "".join(_draw_error_bars(trace, x, y, letter) for letter in ("x", "y") if "array" in trace.get(f"error_{letter}", {}))


def _draw_error_bars(trace: Trace, x: Axis, y: Axis, letter: str) -> str:
    """Bars from value − arrayminus to value + array, with a cross stroke of `width` pixels to either side at each end."""
    bars = trace[f"error_{letter}"]
    if not bars.get("visible", True):
        return ""
    along, across = (x, y) if letter == "x" else (y, x)
    values = read_column(trace[letter])
    ends = [along.place((values + sign * read_column(bars[key])).tolist()) for key, sign in (("arrayminus", -1), ("array", 1))]
    middle = across.place(trace["y" if letter == "x" else "x"])
    cap = float(bars.get("width", 4))
    path = "".join(_error_bar(*bar, cap, letter) for bar in zip(ends[0].tolist(), ends[1].tolist(), middle.tolist(), strict=True))
    return element("path", d=path, **stroke(bars["color"], float(bars.get("thickness", 2)))) if path else ""


def _error_bar(low: float, high: float, middle: float, cap: float, letter: str) -> str:
    if not np.isfinite([low, high, middle]).all():
        return ""
    m, a, b, near, far = (write_number(value) for value in (middle, low, high, middle - cap, middle + cap))
    if letter == "x":
        return f"M{a},{m}H{b}M{a},{near}V{far}M{b},{near}V{far}"
    return f"M{m},{a}V{b}M{near},{a}H{far}M{near},{b}H{far}"


def _draw_markers(trace: Trace, points: Points) -> str:
    marker = trace.get("marker", {})
    drawn = "".join(
        element("path", d=draw_symbol(str(at(marker.get("symbol", "circle"), place)), float(at(marker.get("size", 6), place))))[:-2]
        + f' transform="translate({write_number(points.x[place])} {write_number(points.y[place])})"'
        + _attributes(look_of_marker(trace, place))
        for place in np.flatnonzero(points.inside).tolist()
    )
    return element("g", drawn, opacity=str(marker.get("opacity", 1))) if drawn else ""


def _attributes(look: Attributes) -> str:
    return element("i", **look).removeprefix("<i")


def look_of_marker(trace: Trace, place: int) -> Attributes:
    """Fill and stroke of the marker at `place`: open ones take the marker's colour for their stroke, thin ones that of its line."""
    marker = trace.get("marker", {})
    line, symbol = marker.get("line", {}), str(at(marker.get("symbol", "circle"), place))
    width, colour = float(line.get("width", 0)), str(at(marker.get("color", INK), place))
    if is_open(symbol):
        return stroke(colour, width or 1)
    if is_line(symbol):
        return stroke(str(at(line.get("color", colour), place)), width or 1)
    edge = {**paint("stroke", str(at(line["color"], place))), "stroke_width": width} if width and "color" in line else {}
    return {**paint("fill", colour), **edge}


def _draw_words(trace: Trace, points: Points) -> str:
    return "".join(_draw_word(trace, points, place, _radius(trace, place)) for place in np.flatnonzero(points.inside).tolist())


def _radius(trace: Trace, place: int) -> float:
    """How far the words of a point keep from its middle: the reach of its marker, if it has one."""
    has_marker = "markers" in trace.get("mode", "")
    return float(at(trace.get("marker", {}).get("size", 6), place)) / 1.6 + 1 if has_marker else 0.0


def _draw_word(trace: Trace, points: Points, place: int, radius: float) -> str:
    """A text beside, above, below or on its point; positions as in plotly: top left, middle right, bottom center."""
    font = trace.get("textfont", {})
    size, colour = float(at(font.get("size", 11), place)), str(at(font.get("color", INK), place))
    vertical, horizontal = str(at(trace.get("textposition", "middle center"), place)).split()
    lines = read_markup(str(at(trace["text"], place)))
    x = float(points.x[place]) + {"left": -radius, "right": radius}.get(horizontal, 0.0)
    rise = {"top": -radius - 0.25 * size - (len(lines) - 1) * LINE_HEIGHT * size, "bottom": radius + 0.75 * size}
    y = float(points.y[place]) + rise.get(vertical, MIDDLE * size)
    halo = PAPER if font.get("shadow") else ""
    return draw_lines(x, y, lines, size=size, colour=colour, anchor=ANCHORS[horizontal], halo=halo)
