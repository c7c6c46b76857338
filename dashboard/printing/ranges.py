"""What each trace, shape and annotation asks of the axes that have no range of their own."""

from __future__ import annotations

from typing import Any

import numpy as np

from dashboard.figures.style import Figure, Trace
from dashboard.printing.axes import Settings, linearise, read_column
from dashboard.printing.extremes import Extremes, find_range
from dashboard.printing.words import measure_lines, read_markup

# A line of an annotation takes this share of its font size; one of a word beyond the end of a bar takes more, and a gap in pixels.
NOTE_LINE, BAR_LINE, BAR_GAP = 1.21, 1.3, 3


def choose_range(
    figure: Figure, name: str, settings: Settings, kind: str, length: float, categories: tuple[str, ...]
) -> tuple[float, float]:
    """The range of the axis `name`: its own, or one that shows all that is drawn on it."""
    if settings.get("range") is not None:
        low, high = settings["range"]
        return float(low), float(high)
    if kind == "category":
        return -0.5, len(categories) - 0.5
    extremes = Extremes()
    for trace in figure["data"]:
        if trace.get(f"{name[0]}axis", name[0]) == name:
            _ask(trace, name[0], kind, extremes)
    _ask_decorations(figure, name, kind, extremes)
    return find_range(extremes, length, to_zero=settings.get("rangemode") == "tozero" and kind == "linear")


def _ask(trace: Trace, letter: str, kind: str, extremes: Extremes) -> None:
    if trace["type"] == "bar":
        _ask_bar(trace, letter, kind, extremes)
    elif trace["type"] == "box":
        _ask_box(trace, letter, kind, extremes)
    elif trace["type"] == "scatter":
        _ask_scatter(trace, letter, kind, extremes)


def _ask_bar(trace: Trace, letter: str, kind: str, extremes: Extremes) -> None:
    lengths = "x" if trace.get("orientation") == "h" else "y"
    if letter != lengths:
        # Each bar has the room of a place, with half of the gap on either side.
        places = linearise(kind, trace[letter])
        extremes.add(places - 0.5)
        extremes.add(places + 0.5)
        return
    size = read_column(trace[lengths])
    pad = _bar_pad(trace, letter) if trace.get("textposition") == "outside" and any(trace["text"]) else 0.0
    ends = linearise(kind, (size + _bases(trace, len(size))).tolist())
    extremes.add(ends, below=pad, above=pad, extra=True, zero="base" not in trace)


def _bar_pad(trace: Trace, letter: str) -> float:
    """The room of the words beyond the ends of bars: their height above standing bars, their width beside lying ones."""
    size = float(trace.get("textfont", {}).get("size", 11))
    if letter == "y":
        return size * BAR_LINE + BAR_GAP
    return max(measure_lines(read_markup(str(text)), size) for text in trace["text"]) + BAR_GAP


def _bases(trace: Trace, n: int) -> np.ndarray:
    return read_column(trace["base"]) if "base" in trace else np.zeros(n)


def _ask_box(trace: Trace, letter: str, kind: str, extremes: Extremes) -> None:
    for key in ("lowerfence", "q1", "median", "q3", "upperfence") if letter == "y" else ("x",):
        extremes.add(linearise(kind, trace[key]), extra=letter == "y")


def _ask_scatter(trace: Trace, letter: str, kind: str, extremes: Extremes) -> None:
    mode = trace.get("mode", "lines")
    levels = linearise(kind, trace[letter])
    sizes = np.atleast_1d(trace.get("marker", {}).get("size", 6))
    pad = max([float(size) / 1.6 for size in sizes] + [3.0]) if "markers" in mode else 0.0
    extra = letter == "y" or "markers" in mode or "text" in mode
    extremes.add(levels, below=pad if extra else 0.0, above=pad if extra else 0.0, extra=extra)
    bars = trace.get(f"error_{letter}")
    if bars and bars.get("visible", True):
        values = read_column(trace[letter])
        for key, sign in (("array", 1), ("arrayminus", -1)):
            extremes.add(linearise(kind, (values + sign * read_column(bars[key])).tolist()), extra=True)


def _ask_decorations(figure: Figure, name: str, kind: str, extremes: Extremes) -> None:
    letter = name[0]
    for shape in figure["layout"].get("shapes", ()):
        if shape.get(f"{letter}ref", letter) == name:
            width = float(shape.get("line", {}).get("width", 2))
            extremes.add(linearise(kind, [shape[f"{letter}0"], shape[f"{letter}1"]]), below=width / 2, above=width / 2)
    for text in figure["layout"].get("annotations", ()):
        if text.get(f"{letter}ref", letter) == name and letter == "y":
            below, above = _text_pads(text)
            extremes.add(np.array([float(text["y"])]), below=below, above=above)


def _text_pads(text: dict[str, Any]) -> tuple[float, float]:
    """How far a text reaches below and above its point: half of it to either side, moved by its anchor."""
    height = len(read_markup(text["text"])) * NOTE_LINE * float(text["font"]["size"]) + 2 * frame_of(text)
    shift = {"bottom": 0.5, "top": -0.5}.get(text.get("yanchor", "middle"), 0.0) * height + float(text.get("yshift", 0))
    return max(height / 2 - shift, 0.0), max(height / 2 + shift, 0.0)


def frame_of(text: dict[str, Any]) -> float:
    """Border and padding around the text of an annotation, in pixels on each side."""
    return float(text.get("borderwidth", 1)) + float(text.get("borderpad", 1))
