"""Elements of SVG as text. Every value is escaped here, so that no text can become markup."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from html import escape

import numpy as np

from dashboard.figures.style import INK, PAPER
from dashboard.printing.words import Lines, Run

LINE_HEIGHT = 1.3
# How far below the middle of a line its baseline lies, in em: half the height of a capital of Inter.
MIDDLE = 0.36
_RGBA = re.compile(r"rgba\((\d+), ?(\d+), ?(\d+), ?([0-9.]+)\)")
_HEX = re.compile(r"#[0-9a-fA-F]{6}|#[0-9a-fA-F]{3}|none|white|black")
Attributes = dict[str, str | float]
Colour = tuple[int, int, int]


def write_number(value: float) -> str:
    """A coordinate with at most two decimals; -0 is 0."""
    text = f"{value:.2f}".rstrip("0").rstrip(".")
    return "0" if text == "-0" else text


def element(name: str, content: str = "", /, **attributes: str | float) -> str:
    """An element; `content` is markup already. Underscores in names of attributes stand for hyphens."""
    written = "".join(
        f' {key.rstrip("_").replace("_", "-")}="{escape(value if isinstance(value, str) else write_number(value))}"'
        for key, value in attributes.items()
    )
    return f"<{name}{written}>{content}</{name}>" if content else f"<{name}{written}/>"


def paint(part: str, colour: str) -> Attributes:
    """The attributes that give `part` (fill, stroke) a colour; rgba becomes a colour and an opacity."""
    found = _RGBA.fullmatch(colour)
    if found:
        red, green, blue = (int(level) for level in found.groups()[:3])
        return {part: f"#{red:02x}{green:02x}{blue:02x}", f"{part}_opacity": found.group(4)}
    if not _HEX.fullmatch(colour):
        raise ValueError(f"colour {colour!r} is none that can be printed; colours are #rrggbb or rgba(r,g,b,a)")
    return {part: colour}


def read_colour(text: str) -> Colour:
    """Red, green and blue of #rrggbb."""
    red, green, blue = (int(text[start : start + 2], 16) for start in (1, 3, 5))
    return red, green, blue


def contrast(colour: Colour) -> str:
    """Ink or paper, whichever stands out on `colour` by its perceived brightness."""
    return PAPER if (299 * colour[0] + 587 * colour[1] + 114 * colour[2]) / 1000 < 128 else INK


def stroke(colour: str, width: float, dash: str = "solid") -> Attributes:
    """The attributes of a line without a fill; `dash` as plotly names and measures it."""
    pattern = draw_dash(dash, width)
    return {"fill": "none", **paint("stroke", colour), "stroke_width": width, **({"stroke_dasharray": pattern} if pattern else {})}


_DASHES: dict[str, tuple[int, ...]] = {
    "solid": (),
    "dot": (1, 1),
    "dash": (3, 3),
    "longdash": (5, 5),
    "dashdot": (3, 1, 1, 1),
    "longdashdot": (5, 2, 1, 2),
}


def draw_dash(dash: str, width: float) -> str:
    """The dash pattern of a plotly line style: multiples of the width, which counts as 3 at least."""
    if dash not in _DASHES:
        raise ValueError(f"line style {dash!r} is none that can be printed; styles are {', '.join(_DASHES)}")
    return ",".join(write_number(step * max(width, 3)) for step in _DASHES[dash])


def draw_path(x: np.ndarray, y: np.ndarray, *, closed: bool = False) -> str:
    """The path data through the points; a gap (NaN) begins a new stretch."""
    known = np.isfinite(x) & np.isfinite(y)
    stretches = np.split(np.arange(len(x)), np.flatnonzero(np.diff(known.astype(np.int8))) + 1)
    return "".join(_stretch(x[part], y[part], closed) for part in stretches if len(part) and known[part[0]])


def _stretch(x: np.ndarray, y: np.ndarray, closed: bool) -> str:
    points = "L".join(f"{write_number(a)},{write_number(b)}" for a, b in zip(x.tolist(), y.tolist(), strict=True))
    return f"M{points}{'Z' if closed else ''}"


def draw_text(x: float, y: float, text: str, *, size: float, colour: str, anchor: str = "start", bold: bool = False) -> str:
    """One line of plain text with its baseline at `y`; anchor: start, middle, end."""
    return draw_lines(x, y, ((Run(text, bold),),), size=size, colour=colour, anchor=anchor)


def draw_lines(
    x: float,
    y: float,
    lines: Lines,
    *,
    size: float,
    colour: str,
    anchor: str = "start",
    angle: float = 0,
    bold: bool = False,
    halo: str = "",
) -> str:
    """Lines of text below each other, the first with its baseline at `y`; turned by `angle` degrees around (x, y).

    `halo` is the colour of the edge around the letters, "" for none.
    """
    edge: Attributes = {**paint("stroke", halo), "stroke_width": 3, "stroke_linejoin": "round", "paint_order": "stroke"} if halo else {}
    turned: Attributes = {"transform": f"rotate({write_number(angle)} {write_number(x)} {write_number(y)})"} if angle else {}
    drawn = [
        element(
            "text",
            "".join(_draw_run(run, bold) for run in line),
            x=x,
            y=y + place * LINE_HEIGHT * size,
            font_size=size,
            text_anchor=anchor,
            **paint("fill", colour),
            **turned,
            **edge,
        )
        for place, line in enumerate(lines)
        if any(run.text.strip() for run in line)
    ]
    return "".join(drawn)


def _draw_run(run: Run, bold: bool) -> str:
    weight: Attributes = {"font_weight": "bold"} if run.bold or bold else {}
    colour = paint("fill", run.colour) if run.colour else {}
    text = escape(run.text)
    return element("tspan", text, **weight, **colour) if weight or colour else text


def draw_halo(x: float, y: float, width: float, height: float, colour: str) -> str:
    """A filled box behind a text."""
    return element("rect", x=x, y=y, width=width, height=height, **paint("fill", colour))


def lines_height(lines: Sequence[object], size: float) -> float:
    """The height of lines of text in pixels."""
    return len(lines) * LINE_HEIGHT * size


def join(parts: Iterable[str]) -> str:
    """The parts one after the other, each on its own line, so that two files can be compared."""
    return "\n".join(part for part in parts if part)
