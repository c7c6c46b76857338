"""Shapes and annotations, placed as plotly places them."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite
from typing import Any

from dashboard.figures.style import INK
from dashboard.printing.axes import Axis, linearise
from dashboard.printing.paint import LINE_HEIGHT, Attributes, draw_halo, draw_lines, element, paint, stroke
from dashboard.printing.ranges import NOTE_LINE, frame_of
from dashboard.printing.stage import Stage
from dashboard.printing.words import Lines, measure_lines, read_markup

ASCENT = 0.97
ANCHORS = {"left": "start", "center": "middle", "right": "end"}
Box = tuple[float, float, float, float]


def draw_shapes(stage: Stage, shapes: list[dict[str, Any]], *, below: bool) -> str:
    """The shapes under the data, or over it; ValueError for a kind that is not known."""
    return "".join(_draw_shape(stage, shape) for shape in shapes if (shape.get("layer", "above") != "above") == below)


def _draw_shape(stage: Stage, shape: dict[str, Any]) -> str:
    x0, x1 = (_place(stage, shape, "x", end) for end in ("x0", "x1"))
    y0, y1 = (_place(stage, shape, "y", end) for end in ("y0", "y1"))
    if not (_reaches(stage, shape, "x", x0, x1) and _reaches(stage, shape, "y", y0, y1)):
        return ""
    line = shape.get("line", {})
    width = float(line.get("width", 2))
    look = stroke(line.get("color", INK), width, line.get("dash", "solid")) if width else {}
    if shape["type"] == "line":
        return element("line", x1=x0, y1=y0, x2=x1, y2=y1, **look)
    if shape["type"] != "rect":
        raise ValueError(f"shape {shape['type']!r} cannot be printed; shapes are line, rect")
    fill: Attributes = paint("fill", shape["fillcolor"]) if "fillcolor" in shape else {"fill": "none"}
    box = {"x": min(x0, x1), "y": min(y0, y1), "width": abs(x1 - x0), "height": abs(y1 - y0)}
    return element("rect", **box, **{**look, **fill})


def _axis(stage: Stage, settings: dict[str, Any], letter: str) -> tuple[Axis | None, bool]:
    """The axis a position refers to (None: the whole area), and whether it is a share of the axis instead of a value."""
    reference = str(settings.get(f"{letter}ref", letter))
    if reference == "paper":
        return None, True
    return stage.axes[reference.removesuffix(" domain")], reference.endswith(" domain")


def _place(stage: Stage, settings: dict[str, Any], letter: str, key: str) -> float:
    axis, is_share = _axis(stage, settings, letter)
    value = settings[key]
    if axis is None:
        area = stage.area
        return area.left + area.width * value if letter == "x" else area.top + area.height * (1 - value)
    if is_share:
        return axis.place_share(value)
    # Shapes give values on every axis; annotations give powers of ten on a log axis.
    return float(axis.place_levels(linearise(axis.kind, [value], axis.categories)[0] if key != letter else value))


def _reaches(stage: Stage, shape: dict[str, Any], letter: str, first: float, last: float) -> bool:
    """Whether a shape lies in the range of its axis, at least in part."""
    axis, is_share = _axis(stage, shape, letter)
    if axis is None or is_share:
        return isfinite(first) and isfinite(last)
    return max(first, last) >= axis.start - 0.01 and min(first, last) <= axis.start + axis.length + 0.01


@dataclass(frozen=True)
class Note:
    """An annotation with its text in lines and its box in pixels: left, top, right, bottom."""

    lines: Lines
    size: float
    colour: str
    anchor: str
    box: Box
    frame: float
    background: str


def place_notes(stage: Stage, annotations: list[dict[str, Any]]) -> list[Note]:
    """The annotations that lie in the figure; ValueError for one with an arrow."""
    return [note for note in (_place_note(stage, text) for text in annotations if text.get("text")) if note]


def _place_note(stage: Stage, text: dict[str, Any]) -> Note | None:
    if text.get("showarrow", True):
        raise ValueError(f"annotation {text['text']!r} has an arrow, which cannot be printed")
    font = text.get("font", {})
    size, lines = float(font.get("size", 12)), read_markup(text["text"])
    x, y = _place(stage, text, "x", "x"), _place(stage, text, "y", "y")
    for letter, pixel in (("x", x), ("y", y)):
        axis, is_share = _axis(stage, text, letter)
        if axis is not None and not is_share and not axis.holds(pixel):
            return None
    frame = frame_of(text)
    width, height = measure_lines(lines, size) + 2 * frame, _height(lines, size) + 2 * frame
    across, upright = _anchor(stage, text, "x"), _anchor(stage, text, "y")
    left = x + float(text.get("xshift", 0)) - {"left": 0.0, "center": width / 2, "right": width}[across]
    top = y - float(text.get("yshift", 0)) - {"top": 0.0, "middle": height / 2, "bottom": height}[upright]
    colour, background = str(font.get("color", INK)), str(text.get("bgcolor", ""))
    return Note(lines, size, colour, ANCHORS[across], (left, top, left + width, top + height), frame, background)


def _height(lines: Lines, size: float) -> float:
    return (NOTE_LINE + (len(lines) - 1) * LINE_HEIGHT) * size


def _anchor(stage: Stage, text: dict[str, Any], letter: str) -> str:
    """The anchor that is asked for; else by the third of the area in which the text lies, and the middle on an axis of values."""
    named = {"x": ("left", "center", "right"), "y": ("bottom", "middle", "top")}[letter]
    asked = text.get(f"{letter}anchor", "auto")
    if asked != "auto":
        return str(asked)
    _, is_share = _axis(stage, text, letter)
    return named[1] if not is_share else named[0 if text[letter] < 1 / 3 else 2 if text[letter] > 2 / 3 else 1]


def draw_note(note: Note) -> str:
    """The text of an annotation, with its background if it has one."""
    left, top, right, bottom = note.box
    x = {"start": left + note.frame, "middle": (left + right) / 2, "end": right - note.frame}[note.anchor]
    halo = draw_halo(left, top, right - left, bottom - top, note.background) if note.background else ""
    # The baseline of the first line lies as far down as the letters of Inter reach up.
    return halo + draw_lines(x, top + note.frame + ASCENT * note.size, note.lines, size=note.size, colour=note.colour, anchor=note.anchor)
