"""Bars: standing or lying, beside, over or on top of each other, hatched, with words at their ends."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.style import INK, Trace
from dashboard.printing.axes import linearise, read_column
from dashboard.printing.paint import MIDDLE, contrast, draw_lines, element, paint, read_colour, stroke
from dashboard.printing.scatter import at
from dashboard.printing.stage import Stage
from dashboard.printing.words import measure_lines, read_markup

MODES = ("group", "overlay", "stack", "relative")
TEXT_GAP = 3
# Left, top, right and bottom in pixels.
Box = tuple[float, float, float, float]


@dataclass(frozen=True)
class Bar:
    """One bar in the units of its axes: across its position from `low` to `high`, along its length from `base` to `end`."""

    trace: Trace
    place: int
    low: float
    high: float
    base: float
    end: float

    @property
    def lies(self) -> bool:
        """Whether the bar runs from left to right."""
        return bool(self.trace.get("orientation") == "h")


def list_bars(traces: Sequence[Trace], stage: Stage, layout: dict[str, Any]) -> Iterator[Bar]:
    """The bars of one plot with their places; ValueError for a mode that cannot be printed."""
    mode = layout.get("barmode", "group")
    if mode not in MODES:
        raise ValueError(f"bar mode {mode!r} cannot be printed; modes are {', '.join(MODES)}")
    tops: dict[tuple[float, bool], float] = defaultdict(float)
    together = [position for trace in traces for position in _positions(trace, stage).tolist()]
    for number, trace in enumerate(traces):
        positions = _positions(trace, stage)
        room = _step(positions if mode == "overlay" else np.array(together)) * (1 - float(layout.get("bargap", 0.2)))
        offset, width = (number * room / len(traces), room / len(traces)) if mode == "group" else (0.0, room)
        bases, lengths = _bases(trace, positions), read_column(trace["x" if trace.get("orientation") == "h" else "y"])
        for place, (position, base, length) in enumerate(zip(positions.tolist(), bases.tolist(), lengths.tolist(), strict=True)):
            own = float(at(trace["width"], place)) if "width" in trace else width
            low = position - own / 2 if "width" in trace or mode != "group" else position - room / 2 + offset
            key = (position, length >= 0)
            start = base + (tops[key] if mode in ("stack", "relative") else 0.0)
            tops[key] += length if np.isfinite(length) else 0.0
            yield Bar(trace, place, low, low + own, start, start + length)


def _positions(trace: Trace, stage: Stage) -> np.ndarray:
    letter = "y" if trace.get("orientation") == "h" else "x"
    axis = stage.axes[trace.get(f"{letter}axis", letter)]
    return linearise(axis.kind, trace[letter], axis.categories)


def _bases(trace: Trace, positions: np.ndarray) -> np.ndarray:
    return read_column(trace["base"]) if "base" in trace else np.zeros(len(positions))


def _step(positions: np.ndarray) -> float:
    """The least distance of two positions: the room that one bar has."""
    apart = np.diff(np.unique(positions))
    return float(apart.min()) if len(apart) else 1.0


def draw_bars(traces: Sequence[Trace], stage: Stage, layout: dict[str, Any]) -> str:
    """All bars of one plot, and the words at their ends."""
    bars = [bar for bar in list_bars(traces, stage, layout) if np.isfinite([bar.base, bar.end]).all() and _reaches(bar, stage)]
    boxes = [_box(bar, stage) for bar in bars]
    drawn = "".join(_draw_bar(bar, box, stage) for bar, box in zip(bars, boxes, strict=True) if bar.base != bar.end)
    clip = stage.clip(traces[0].get("xaxis", "x"), traces[0].get("yaxis", "y"))
    words = "".join(_draw_words(bar, box) for bar, box in zip(bars, boxes, strict=True))
    return (element("g", drawn, clip_path=clip) if drawn else "") + words


def _reaches(bar: Bar, stage: Stage) -> bool:
    """Whether the middle of a bar's place lies in the range."""
    letter = "y" if bar.lies else "x"
    axis = stage.axes[bar.trace.get(f"{letter}axis", letter)]
    return axis.holds(float(axis.place_levels((bar.low + bar.high) / 2)))


def _box(bar: Bar, stage: Stage) -> Box:
    x, y = (stage.axes[bar.trace.get(f"{letter}axis", letter)] for letter in "xy")
    across, along = ((bar.base, bar.end), (bar.low, bar.high)) if bar.lies else ((bar.low, bar.high), (bar.base, bar.end))
    left, right = sorted(x.place_levels(across).tolist())
    top, bottom = sorted(y.place_levels(along).tolist())
    return left, top, right, bottom


def _draw_bar(bar: Bar, box: Box, stage: Stage) -> str:
    marker = bar.trace["marker"]
    line = marker.get("line", {})
    width, colour = float(at(line.get("width", 0), bar.place)), str(at(marker["color"], bar.place))
    edge = stroke(str(at(line["color"], bar.place)), width) if width and "color" in line else {}
    place = {"x": box[0], "y": box[1], "width": box[2] - box[0], "height": box[3] - box[1]}
    look = {**edge, **paint("fill", colour), "opacity": str(bar.trace.get("opacity", 1))}
    hatched = str(at(marker.get("pattern", {}).get("shape", ""), bar.place))
    hatch = element("rect", **place, fill=stage.hatch) if hatched else ""
    return element("rect", **place, **look) + hatch


def draw_hatch(stage: Stage, traces: Sequence[Trace]) -> str:
    """The definition of the one pattern of slanted lines; ValueError for another pattern."""
    patterns = [trace["marker"]["pattern"] for trace in traces if "pattern" in trace.get("marker", {})]
    if not patterns:
        return ""
    shapes = {shape for pattern in patterns for shape in _listed(pattern["shape"])} - {""}
    if not shapes <= {"/"}:
        raise ValueError(f"bar patterns {sorted(shapes)} cannot be printed; the only pattern is '/'")
    lines = element("path", d="M-1,1L1,-1M0,5L5,0M4,6L6,4", **stroke(patterns[0].get("fgcolor", INK), 0.8))
    return element("pattern", lines, id=f"{stage.name}-hatch", width=5, height=5, patternUnits="userSpaceOnUse")


def _listed(value: object) -> list[str]:
    return [str(entry) for entry in value] if isinstance(value, list | tuple) else [str(value)]


def _draw_words(bar: Bar, box: Box) -> str:
    """The word of a bar, just beyond its end or in its middle."""
    text = str(at(bar.trace["text"], bar.place)) if "text" in bar.trace else ""
    if not text:
        return ""
    position = bar.trace.get("textposition")
    if position not in ("outside", "inside"):
        raise ValueError(f"words of bars at {position!r} cannot be printed; they stand outside or inside")
    return _draw_inside(bar, box, text) if position == "inside" else _draw_beyond(bar, box, text)


def _draw_beyond(bar: Bar, box: Box, text: str) -> str:
    font = bar.trace.get("textfont", {})
    size, colour = float(font.get("size", 11)), str(at(font.get("color", INK), bar.place))
    forward = bar.end >= bar.base
    if bar.lies:
        x, anchor = (box[2] + TEXT_GAP, "start") if forward else (box[0] - TEXT_GAP, "end")
        return draw_lines(x, (box[1] + box[3]) / 2 + MIDDLE * size, read_markup(text), size=size, colour=colour, anchor=anchor)
    y = box[1] - TEXT_GAP if forward else box[3] + TEXT_GAP + 2 * MIDDLE * size
    return draw_lines((box[0] + box[2]) / 2, y, read_markup(text), size=size, colour=colour, anchor="middle")


def _draw_inside(bar: Bar, box: Box, text: str) -> str:
    """In the middle, in ink or paper, whichever stands out, and smaller where the bar is small."""
    if bar.trace.get("insidetextanchor") != "middle":
        raise ValueError("words inside bars can be printed in their middle only")
    font, lines = bar.trace.get("textfont", {}), read_markup(text)
    asked = float(font.get("size", 11))
    size = min(asked, (box[3] - box[1]) / 1.05, asked * (box[2] - box[0]) / (measure_lines(lines, asked) + 1))
    colour = str(at(font.get("color", contrast(read_colour(str(at(bar.trace["marker"]["color"], bar.place))))), bar.place))
    middle = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2 + MIDDLE * size
    return draw_lines(*middle, lines, size=size, colour=colour, anchor="middle")
