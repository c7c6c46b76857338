"""Grid, axis lines, ticks, tick labels and titles of axes; and how much room they need."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np

from dashboard.figures.style import GRID, INK, QUIET, RULE
from dashboard.printing.axes import Axis, Tick, list_ticks
from dashboard.printing.paint import LINE_HEIGHT, MIDDLE, draw_lines, draw_path, element, lines_height, stroke
from dashboard.printing.stage import Stage
from dashboard.printing.words import Lines, cut_lines, measure_lines, read_markup

GAP, STANDOFF = 4, 4
UPRIGHT = -90.0


def is_visible(axis: Axis) -> bool:
    """Whether anything of the axis itself is drawn."""
    return bool(axis.settings.get("visible", True)) and bool(axis.settings)


def draw_grid(stage: Stage, axis: Axis) -> str:
    """The grid lines of an axis over the whole of the plots it crosses."""
    if not is_visible(axis) or not axis.settings.get("showgrid", True):
        return ""
    other = partner(stage, axis)
    lines = [_line(axis, float(axis.place_levels(tick.level)), other.start, other.start + other.length) for tick in list_ticks(axis)]
    return element("path", d="".join(lines), **stroke(axis.settings.get("gridcolor", GRID), 1)) if lines else ""


def partner(stage: Stage, axis: Axis) -> Axis:
    """The axis that `axis` stands at: the one it is anchored to."""
    letter = "y" if axis.across else "x"
    name = axis.settings.get("anchor", letter)
    return stage.axes.get(name, stage.axes[letter])


def _line(axis: Axis, at: float, start: float, end: float) -> str:
    along, across = np.array([at, at]), np.array([start, end])
    return draw_path(along, across) if axis.across else draw_path(across, along)


def edge_of(stage: Stage, axis: Axis) -> tuple[float, int]:
    """The pixel of the side that carries the labels, and the direction away from the plot."""
    other = partner(stage, axis)
    side = axis.settings.get("side", "bottom" if axis.across else "left")
    return (other.start + other.length, 1) if side in ("bottom", "right") else (other.start, -1)


def draw_frame(stage: Stage, axis: Axis, room: float) -> str:
    """Ticks, labels and title of an axis; labels of an upright axis are cut to `room` pixels."""
    if not is_visible(axis):
        return ""
    edge, away = edge_of(stage, axis)
    ticks = list_ticks(axis)
    base = _draw_axis_line(axis, edge)
    length = float(axis.settings.get("ticklen", 3)) if axis.settings.get("ticks", "") == "outside" else 0.0
    marks = "".join(_line(axis, float(axis.place_levels(tick.level)), edge, edge + away * length) for tick in ticks)
    drawn = base + (element("path", d=marks, **stroke(axis.settings.get("tickcolor", RULE), 1)) if marks and length else "")
    if not axis.settings.get("showticklabels", True):
        return drawn + draw_title(stage, axis, 0.0)
    draw = _draw_labels_across if axis.across else _draw_labels_upright
    return drawn + draw(axis, ticks, edge + away * (length + GAP), away, room) + draw_title(stage, axis, room)


def _draw_axis_line(axis: Axis, edge: float) -> str:
    if "linecolor" not in axis.settings or not axis.settings.get("showline", True):
        return ""
    line = _line(replace(axis, name="y" if axis.across else "x"), edge, axis.start, axis.start + axis.length)
    return element("path", d=line, **stroke(axis.settings["linecolor"], 1))


def _font(axis: Axis) -> tuple[float, str]:
    font = axis.settings.get("tickfont", {})
    return float(font.get("size", 10)), str(font.get("color", QUIET))


def _draw_labels_across(axis: Axis, ticks: list[Tick], edge: float, away: int, room: float) -> str:
    size, colour = _font(axis)
    angle = label_angle(axis)
    # Turned labels end at their tick below the plot and begin at it above the plot.
    anchor = "middle" if not angle else "end" if away > 0 else "start"
    drawn = []
    for tick in ticks:
        x = float(axis.place_levels(tick.level))
        y = edge + 0.8 * size if away > 0 else edge - 0.2 * size - (len(tick.lines) - 1) * LINE_HEIGHT * size
        x, y = (x + MIDDLE * size, edge + 0.5 * size * (1 - abs(angle) / 90)) if angle else (x, y)
        drawn.append(draw_lines(x, y, tick.lines, size=size, colour=colour, anchor=anchor, angle=angle))
    return "".join(drawn)


def _draw_labels_upright(axis: Axis, ticks: list[Tick], edge: float, away: int, room: float) -> str:
    size, colour = _font(axis)
    drawn = []
    for tick in ticks:
        y = float(axis.place_levels(tick.level)) + MIDDLE * size - (len(tick.lines) - 1) * LINE_HEIGHT * size / 2
        lines = cut_lines(tick.lines, size, max(room, 3 * size))
        drawn.append(draw_lines(edge, y, lines, size=size, colour=colour, anchor="end" if away < 0 else "start"))
    return "".join(drawn)


def label_angle(axis: Axis) -> float:
    """The angle of the labels along an axis in degrees, 0 or less: asked for, or upright where they would run into each other."""
    if "tickangle" in axis.settings:
        return -abs(float(axis.settings["tickangle"]))
    size, _ = _font(axis)
    spans = [(float(axis.place_levels(tick.level)), measure_lines(tick.lines, size)) for tick in list_ticks(axis) if _has_words(tick)]
    meet = any(right - wide_r / 2 < left + wide_l / 2 + 2 for (left, wide_l), (right, wide_r) in pairwise(sorted(spans)))
    return UPRIGHT if meet else 0.0


def _has_words(tick: Tick) -> bool:
    return any(run.text.strip() for line in tick.lines for run in line)


def label_depth(axis: Axis) -> float:
    """How far the tick labels reach from the axis, in pixels, without the title."""
    if not is_visible(axis) or not axis.settings.get("showticklabels", True):
        return 0.0
    size, _ = _font(axis)
    texts = [tick.lines for tick in list_ticks(axis) if _has_words(tick)]
    if not texts:
        return 0.0
    wide, high = max(measure_lines(lines, size) for lines in texts), max(lines_height(lines, size) for lines in texts)
    angle = np.deg2rad(abs(label_angle(axis))) if axis.across else np.pi / 2
    return float(wide * np.sin(angle) + high * np.cos(angle)) + GAP + 3


def title_of(axis: Axis) -> tuple[Lines, float, str]:
    """Lines, size and colour of the title of an axis; no lines when it has none."""
    title = axis.settings.get("title", "")
    given = title if isinstance(title, dict) else {"text": title}
    font = given.get("font", {})
    text = str(given.get("text", ""))
    return (read_markup(text) if text else ()), float(font.get("size", 11)), str(font.get("color", INK))


def draw_title(stage: Stage, axis: Axis, room: float) -> str:
    """The title beyond the tick labels, along the middle of the axis."""
    lines, size, colour = title_of(axis)
    if not lines:
        return ""
    edge, away = edge_of(stage, axis)
    depth = min(label_depth(axis), room + GAP + 3) if not axis.across else label_depth(axis)
    middle = axis.start + axis.length / 2
    if axis.across:
        height = (len(lines) - 1) * LINE_HEIGHT * size
        y = edge + depth + STANDOFF + 0.8 * size if away > 0 else edge - depth - STANDOFF - height
        return draw_lines(middle, y, lines, size=size, colour=colour, anchor="middle")
    x = edge - depth - STANDOFF - (len(lines) - 1) * LINE_HEIGHT * size - 0.2 * size
    return draw_lines(x, middle, lines, size=size, colour=colour, anchor="middle", angle=UPRIGHT)


def depth_of(axis: Axis) -> float:
    """What an axis needs beside its plot in pixels: labels and title."""
    lines, size, _ = title_of(axis)
    return label_depth(axis) + (STANDOFF + lines_height(lines, size) if lines else 0.0) if is_visible(axis) else 0.0
