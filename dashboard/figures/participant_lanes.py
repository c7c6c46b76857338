"""The lanes of a participant's figure: bars and marks in rows with names, over the shared time axis."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.figures.style import ABOVE_COLOURS, INK, PAPER, QUIET, RULE, Trace, axis, escape, pack, rule_line, wrap_lines

WEEK = 7
LABEL_LENGTH = 26
# Pixels: the plot on a telephone, beside the names of the lanes; a character and a capital of WORDS; from the middle of a mark to its text.
NARROW_PLOT, CHARACTER, CAPITAL, BESIDE = 190, 5.4, 7.2, 6
# Paper around the letters, so that no line runs through a word.
WORDS = {"size": 10, "color": INK, "shadow": ", ".join([f"0 0 2px {PAPER}"] * 4)}
# From light to dark, so that grades differ in grey; the grade stands beside its bar as a number too. The first is: not graded.
GRADE_COLOURS = ("#dfe4ea", "#f7d9a3", "#e8a34c", "#c25a2b", "#8a1f35", "#2b0a1f")
EVENT, STEROID, MEDICATION, OBSERVED, GAP, ABOVE = (
    "adverse events",
    "steroids",
    "other medications",
    "observed",
    "gap beyond the cap",
    "above",
)
BAR_COLOURS = {STEROID: "#5b2a86", MEDICATION: "#8a97a5", OBSERVED: "#e6eaee", GAP: PAPER}
MARK_SYMBOLS = {
    "doses": ("triangle-down", INK),
    "doses not given": ("x-thin", INK),
    "visits missed": ("x-thin", INK),
    "visits without counts": ("diamond-open", INK),
    "visits unscheduled": ("circle-open", INK),
    "positive": ("circle", INK),
    "negative": ("circle-open", INK),
    "results": ("diamond", INK),
    "milestones": ("line-ns", INK),
}


@dataclass(frozen=True)
class Bar:
    """A stretch of days in a lane. `level`: grade of an event (0 = not graded) or place of a threshold; `hatched`: dates known in part."""

    lane: int
    kind: str
    start: float
    end: float
    words: str
    text: str = ""
    level: int = 0
    hatched: bool = False


@dataclass(frozen=True)
class Mark:
    """A day in a lane; `kind` is a key of MARK_SYMBOLS."""

    lane: int
    kind: str
    day: float
    words: str
    text: str = ""


@dataclass(frozen=True)
class Lanes:
    """Lanes from top to bottom by name, in groups (a line parts two groups), with what stands in them. Days since the first dose."""

    names: tuple[str, ...]
    groups: tuple[str, ...]
    bars: tuple[Bar, ...]
    marks: tuple[Mark, ...]


NO_LANES = Lanes((), (), (), ())


def lane_axis(lanes: Lanes) -> dict[str, object]:
    """The axis whose rows are the lanes."""
    names = [escape(name if len(name) <= LABEL_LENGTH else f"{name[: LABEL_LENGTH - 1].rstrip()}…") for name in lanes.names]
    rows: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "range": list(lane_range(lanes)), "showgrid": False}
    return axis(**rows, tickfont={"size": 10, "color": INK}, ticks="", fixedrange=True)


def lane_range(lanes: Lanes) -> tuple[float, float]:
    """The levels at the lower and the upper end of the axis of lanes."""
    return len(lanes.names) - 0.4, -0.6


def lane_rules(lanes: Lanes, y: str) -> list[dict[str, object]]:
    """Quiet lines between the groups of lanes."""
    ends = [place for place in range(1, len(lanes.groups)) if lanes.groups[place] != lanes.groups[place - 1]]
    return [rule_line(colour=RULE, width=0.6, xref="paper", x0=0, x1=1, yref=y, y0=place - 0.5, y1=place - 0.5) for place in ends]


def draw_lanes(lanes: Lanes, y: str, low: float, high: float) -> list[Trace]:
    """One trace for each kind of bar and of mark, and one for the words beside bars; bars end at the ends of the axis, in days."""
    kinds = list(dict.fromkeys((bar.kind, bar.level if bar.kind == ABOVE else 0) for bar in lanes.bars))
    bars = [_draw_bars([b for b in lanes.bars if (b.kind, b.level if b.kind == ABOVE else 0) == kind], y, low, high) for kind in kinds]
    shown = thin_texts(lanes.marks, low, high)
    marks = [_draw_marks([mark for mark in shown if mark.kind == kind], y, low, high) for kind in MARK_SYMBOLS]
    return [*bars, *_draw_texts([bar for bar in lanes.bars if bar.text], y, low, high), *(trace for trace in marks if trace)]


def thin_texts(marks: Sequence[Mark], low: float, high: float) -> list[Mark]:
    """`marks` by lane and day, without the texts that on a telephone would touch another mark of the lane or a text that stays.

    From left to right, so that the first of a run keeps its text; pointing at a mark tells the others.
    """
    pixels, thinned = NARROW_PLOT / (high - low), []
    for lane in sorted({mark.lane for mark in marks}):
        own = sorted((mark for mark in marks if mark.lane == lane), key=lambda mark: mark.day)
        taken = [(mark.day * pixels - BESIDE, mark.day * pixels + BESIDE) for mark in own]
        for mark in own:
            start, end = _reach_of_text(mark, low, high)
            fits = all(end <= left or right <= start for left, right in taken)
            if mark.text and fits:
                taken.append((start, end))
            thinned.append(mark if fits else replace(mark, text=""))
    return thinned


def _reach_of_text(mark: Mark, low: float, high: float) -> tuple[float, float]:
    """Where the text beside a mark begins and ends, in pixels."""
    place, width = mark.day * (NARROW_PLOT / (high - low)), sum(CAPITAL if letter.isupper() else CHARACTER for letter in mark.text)
    return (place - BESIDE - width, place - BESIDE) if _is_late(mark, low, high) else (place + BESIDE, place + BESIDE + width)


def _is_late(mark: Mark, low: float, high: float) -> bool:
    return mark.day > low + 0.8 * (high - low)


def _draw_bars(bars: Sequence[Bar], y: str, low: float, high: float) -> Trace:
    kind = bars[0].kind
    colours = [_colour(bar) for bar in bars]
    start, end = (np.clip([getattr(bar, side) for bar in bars], low, high) for side in ("start", "end"))
    fill = {"color": colours, "line": {"color": [_edge(bar) for bar in bars], "width": 1.2 if kind == EVENT else 0.4}}
    if any(bar.hatched or kind == GAP for bar in bars):
        shapes = ["/" if bar.hatched or kind == GAP else "" for bar in bars]
        # Under the hatch plotly lays each bar's own colour whatever the ground is; but the ground has to be one colour, not a list.
        fill["pattern"] = {"shape": shapes, "fgcolor": QUIET, "bgcolor": PAPER, "fillmode": "overlay", "size": 5, "solidity": 0.3}
    return {
        "type": "bar",
        "orientation": "h",
        "name": kind,
        "yaxis": y,
        "y": [bar.lane for bar in bars],
        "base": pack(start / WEEK),
        "x": pack((end - start) / WEEK),
        "width": {EVENT: 0.72, STEROID: 0.5, MEDICATION: 0.28}.get(kind, 0.62),
        "opacity": 0.75 if any(bar.hatched for bar in bars) and kind != EVENT else 1,
        "marker": fill,
        "hovertext": [wrap_lines(bar.words) for bar in bars],
        "hovertemplate": "%{hovertext}<extra></extra>",
    }


def _colour(bar: Bar) -> str:
    if bar.kind == EVENT:
        return GRADE_COLOURS[min(bar.level, len(GRADE_COLOURS) - 1)]
    return ABOVE_COLOURS[bar.level % len(ABOVE_COLOURS)] if bar.kind == ABOVE else BAR_COLOURS[bar.kind]


def _edge(bar: Bar) -> str:
    return INK if bar.kind == EVENT else RULE if bar.kind == GAP else _colour(bar)


def _draw_texts(bars: Sequence[Bar], y: str, low: float, high: float) -> list[Trace]:
    """The words beside bars: to the right, or to the left of those near the right end."""
    if not bars:
        return []
    left = [min(bar.end, high) > low + 0.8 * (high - low) for bar in bars]
    days = [max(bar.start, low) if is_left else min(bar.end, high) for bar, is_left in zip(bars, left, strict=True)]
    return [
        {
            "type": "scatter",
            "mode": "text",
            "name": "words beside bars",
            "yaxis": y,
            "x": pack(np.array(days) / WEEK),
            "y": [bar.lane for bar in bars],
            "text": [
                f"{escape(bar.text)}\u2002" if is_left else f"\u2002{escape(bar.text)}" for bar, is_left in zip(bars, left, strict=True)
            ],
            "textposition": ["middle left" if is_left else "middle right" for is_left in left],
            "textfont": WORDS,
            "hoverinfo": "skip",
        }
    ]


def _draw_marks(marks: Sequence[Mark], y: str, low: float, high: float) -> Trace:
    if not marks:
        return {}
    symbol, colour = MARK_SYMBOLS[marks[0].kind]
    late = [_is_late(mark, low, high) for mark in marks]
    return {
        "type": "scatter",
        "mode": "markers+text",
        "name": marks[0].kind,
        "yaxis": y,
        "x": pack(np.array([mark.day for mark in marks]) / WEEK),
        "y": [mark.lane for mark in marks],
        "marker": {"symbol": symbol, "size": 8, "color": colour, "line": {"width": 1.6, "color": colour}},
        "text": [f"\u2009{escape(mark.text)}\u2009" for mark in marks],
        "textposition": ["middle left" if is_late else "middle right" for is_late in late],
        "textfont": WORDS,
        "hovertext": [wrap_lines(mark.words) for mark in marks],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }
