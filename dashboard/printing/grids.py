"""Heatmaps as grids of coloured cells with words, and box plots from their five numbers."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.figures.style import Trace, unpack
from dashboard.printing.axes import Axis
from dashboard.printing.paint import MIDDLE, Colour, contrast, draw_lines, element, paint, read_colour, stroke, write_number
from dashboard.printing.words import read_markup


def draw_heatmap(trace: Trace, x: Axis, y: Axis, clip: str) -> str:
    """Cells around `x0`, `x0` + `dx`, … of both axes, `xgap` and `ygap` pixels apart; what is not a number or out of range is left out."""
    z = np.atleast_2d(unpack(trace["z"]).astype(np.float64)) if isinstance(trace["z"], dict) else np.array(trace["z"], dtype=np.float64)
    cells = [(row, column) for row, column in np.argwhere(np.isfinite(z)).tolist() if _reaches(trace, y, row)]
    return element("g", "".join(_draw_cell(trace, x, y, row, column, float(z[row, column])) for row, column in cells), clip_path=clip)


def _reaches(trace: Trace, y: Axis, row: int) -> bool:
    """Whether the middle of a row lies in the range."""
    return y.holds(float(np.mean(y.place_levels(_edges(trace, "y", row)))))


def _draw_cell(trace: Trace, x: Axis, y: Axis, row: int, column: int, value: float) -> str:
    left, right = sorted(x.place_levels(_edges(trace, "x", column)).tolist())
    top, bottom = sorted(y.place_levels(_edges(trace, "y", row)).tolist())
    gap_x, gap_y = float(trace.get("xgap", 0)), float(trace.get("ygap", 0))
    colour = choose_colour(trace, value)
    box = {"x": left + gap_x / 2, "y": top + gap_y / 2, "width": right - left - gap_x, "height": bottom - top - gap_y}
    cell = element("rect", **box, **paint("fill", _write_colour(colour)))
    return cell + _draw_sign(trace, row, column, colour, ((left + right) / 2, (top + bottom) / 2))


def _edges(trace: Trace, letter: str, place: int) -> list[float]:
    first, step = float(trace.get(f"{letter}0", 0)), float(trace.get(f"d{letter}", 1))
    return [first + step * (place - 0.5), first + step * (place + 0.5)]


def _draw_sign(trace: Trace, row: int, column: int, colour: Colour, middle: tuple[float, float]) -> str:
    if trace.get("texttemplate", "%{text}") != "%{text}":
        raise ValueError(f"text template {trace['texttemplate']!r} of a heatmap cannot be printed")
    text = trace["text"][row][column] if "text" in trace else ""
    if not text:
        return ""
    font: dict[str, Any] = trace.get("textfont", {})
    size, bold = float(font.get("size", 11)), int(font.get("weight", 400)) >= 600
    ink = str(font.get("color") or contrast(colour))
    lines = read_markup(str(text))
    return draw_lines(middle[0], middle[1] + MIDDLE * size, lines, size=size, colour=ink, anchor="middle", bold=bold)


def choose_colour(trace: Trace, value: float) -> Colour:
    """The colour of a value on the trace's scale, mixed between the two stops around it; beyond the ends that of the end."""
    low, high = float(trace["zmin"]), float(trace["zmax"])
    share = min(max((value - low) / (high - low), 0.0), 1.0)
    stops = [(float(place), read_colour(colour)) for place, colour in trace["colorscale"]]
    channels = zip(*(colour for _, colour in stops), strict=True)
    red, green, blue = (round(float(np.interp(share, [place for place, _ in stops], channel))) for channel in channels)
    return red, green, blue


def _write_colour(colour: Colour) -> str:
    return "#" + "".join(f"{level:02x}" for level in colour)


def draw_box_plots(trace: Trace, x: Axis, y: Axis, clip: str) -> str:
    """Boxes from quartile to quartile with the median, and whiskers to the given fences with strokes half as wide."""
    columns = [y.place(trace[key]).tolist() for key in ("lowerfence", "q1", "median", "q3", "upperfence")]
    half = abs(float(np.diff(x.place_levels([0.0, float(trace["width"])]))[0])) / 2
    line = trace["line"]
    look = {**stroke(line["color"], float(line["width"])), **paint("fill", trace["fillcolor"])}
    paths = [_box_path(across, half, levels) for across, *levels in zip(x.place(trace["x"]).tolist(), *columns, strict=True)]
    return element("g", "".join(element("path", d=path, **look) for path in paths if path), clip_path=clip)


def _box_path(across: float, half: float, levels: list[float]) -> str:
    if not np.isfinite([across, *levels]).all():
        return ""
    lower, q1, median, q3, upper = (write_number(level) for level in levels)
    left, right, near, far, middle = (write_number(across + half * share) for share in (-1, 1, -0.5, 0.5, 0))
    box = f"M{left},{q1}H{right}V{q3}H{left}Z"
    return f"{box}M{left},{median}H{right}M{middle},{q1}V{lower}M{middle},{q3}V{upper}M{near},{lower}H{far}M{near},{upper}H{far}"
