"""Markers as path data around the origin, in the shapes and sizes of plotly's symbols."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt

from dashboard.printing.paint import write_number

Outline = Callable[[float], list[list[tuple[float, float]]]]


def _circle(r: float) -> str:
    edge = write_number(r)
    return f"M{edge},0A{edge},{edge} 0 1,1 0,-{edge}A{edge},{edge} 0 0,1 {edge},0Z"


def _square(r: float) -> list[list[tuple[float, float]]]:
    return [[(r, r), (-r, r), (-r, -r), (r, -r)]]


def _diamond(r: float) -> list[list[tuple[float, float]]]:
    reach = 1.3 * r
    return [[(reach, 0), (0, reach), (-reach, 0), (0, -reach)]]


def _cross(r: float) -> list[list[tuple[float, float]]]:
    a, b = 0.4 * r, 1.2 * r
    return [[(b, a), (a, a), (a, b), (-a, b), (-a, a), (-b, a), (-b, -a), (-a, -a), (-a, -b), (a, -b), (a, -a), (b, -a)]]


def _x(r: float) -> list[list[tuple[float, float]]]:
    e, f = 0.8 * r / sqrt(2), 1.6 * r / sqrt(2)
    return [[(0, e), (e, f), (f, e), (e, 0), (f, -e), (e, -f), (0, -e), (-e, -f), (-f, -e), (-e, 0), (-f, e), (-e, f)]]


def _triangle_up(r: float) -> list[list[tuple[float, float]]]:
    reach = 2 * r / sqrt(3)
    return [[(-reach, r / 2), (reach, r / 2), (0, -r)]]


def _triangle_down(r: float) -> list[list[tuple[float, float]]]:
    reach = 2 * r / sqrt(3)
    return [[(-reach, -r / 2), (reach, -r / 2), (0, r)]]


def _triangle_right(r: float) -> list[list[tuple[float, float]]]:
    reach = 2 * r / sqrt(3)
    return [[(-r / 2, -reach), (-r / 2, reach), (r, 0)]]


def _pentagon(r: float) -> list[list[tuple[float, float]]]:
    side, low, foot, base = 0.951 * r, -0.309 * r, 0.588 * r, 0.809 * r
    return [[(side, low), (foot, base), (-foot, base), (-side, low), (0, -r)]]


_STAR = [(0.225, -0.309), (0.951, -0.309), (0.363, 0.118), (0.588, 0.809), (0, 0.382)]


def _star(r: float) -> list[list[tuple[float, float]]]:
    right = [(1.4 * r * x, 1.4 * r * y) for x, y in _STAR]
    left = [(-x, y) for x, y in reversed(right[:-1])]
    return [[*right, *left, (0, -1.4 * r)]]


def _upright(r: float) -> list[list[tuple[float, float]]]:
    return [[(0, 1.4 * r), (0, -1.4 * r)]]


def _thin_x(r: float) -> list[list[tuple[float, float]]]:
    return [[(r, r), (-r, -r)], [(r, -r), (-r, r)]]


_OUTLINES: dict[str, Outline] = {
    "square": _square,
    "diamond": _diamond,
    "cross": _cross,
    "x": _x,
    "triangle-up": _triangle_up,
    "triangle-down": _triangle_down,
    "triangle-right": _triangle_right,
    "pentagon": _pentagon,
    "star": _star,
    "line-ns": _upright,
    "x-thin": _thin_x,
}
# Symbols that are lines: they have no inside.
LINES = ("line-ns", "x-thin")


def is_open(symbol: str) -> bool:
    """Whether the symbol is drawn by its outline alone, in the colour of the marker."""
    return symbol.endswith("-open")


def is_line(symbol: str) -> bool:
    """Whether the symbol is made of strokes, which the line of the marker colours."""
    return symbol.removesuffix("-open") in LINES


def draw_symbol(symbol: str, size: float) -> str:
    """The path of a symbol of `size` pixels around (0, 0); ValueError names a symbol that is not known."""
    name = symbol.removesuffix("-open")
    if name == "circle":
        return _circle(size / 2)
    if name not in _OUTLINES:
        raise ValueError(f"marker {symbol!r} is none that can be printed; markers are circle, {', '.join(_OUTLINES)}")
    end = "" if name in LINES else "Z"
    strokes = _OUTLINES[name](size / 2)
    return "".join("M" + "L".join(f"{write_number(x)},{write_number(y)}" for x, y in stroke) + end for stroke in strokes)
