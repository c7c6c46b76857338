"""The one place for colours, type, axes and the encoding of arrays."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import lru_cache
from textwrap import wrap
from typing import Any

import numpy as np

Trace = dict[str, Any]
Figure = dict[str, Any]

INK, QUIET, RULE, GRID, PAPER = "#1d2733", "#566373", "#9aa7b5", "#e9edf1", "#ffffff"
FONT = "Inter, 'Helvetica Neue', Arial, sans-serif"

# Ordered from light to dark so that a higher dose is darker, also in greyscale and for colour-blind readers.
_RAMPS: dict[int, tuple[str, ...]] = {
    1: ("#a8327d",),
    2: ("#d9730d", "#30106b"),
    3: ("#d9730d", "#a8327d", "#30106b"),
    4: ("#d9730d", "#a4317d", "#4d1876", "#10052b"),
    5: ("#d9730d", "#bb3d59", "#782380", "#38126e", "#10052b"),
    6: ("#d9730d", "#c8443e", "#932b7e", "#5e1c7c", "#2d0f65", "#10052b"),
}
_SYMBOLS = ("circle", "square", "diamond", "triangle-up", "cross", "x")
_DASHES = ("solid", "dash", "dot", "dashdot", "longdash", "longdashdot")
ABOVE_COLOURS = ("#8cc6d7", "#1f6f8b", "#0d3b4c", "#04161d")


def cohort_colour(position: int, n_cohorts: int) -> str:
    """The colour of the cohort at `position` of `n_cohorts`, the same on every page and in every export."""
    ramp = _RAMPS[min(max(n_cohorts, 1), len(_RAMPS))]
    return ramp[position % len(ramp)]


def cohort_symbol(position: int) -> str:
    """The marker that names a cohort where colour cannot."""
    return _SYMBOLS[position % len(_SYMBOLS)]


def cohort_dash(position: int) -> str:
    """The line style that names a cohort where colour cannot."""
    return _DASHES[position % len(_DASHES)]


def translucent(colour: str, alpha: float) -> str:
    """`colour` (#rrggbb) as rgba with `alpha` between 0 and 1."""
    red, green, blue = (int(colour[start : start + 2], 16) for start in (1, 3, 5))
    return f"rgba({red},{green},{blue},{alpha})"


def pack(values: np.ndarray | Sequence[float]) -> dict[str, str]:
    """Numbers as plotly.js reads them fastest: little-endian float32 in base64; two dimensions keep their shape."""
    array = np.ascontiguousarray(values, dtype="<f4")
    packed = {"dtype": "f4", "bdata": base64.b64encode(array.tobytes()).decode("ascii")}
    if array.ndim > 1:
        packed["shape"] = ", ".join(str(size) for size in array.shape)
    return packed


def unpack(packed: Any) -> np.ndarray:
    """The inverse of `pack` (a plain list is returned as an array)."""
    if not isinstance(packed, dict):
        return np.asarray(packed)
    array = np.frombuffer(base64.b64decode(packed["bdata"]), dtype="<f4")
    return array.reshape([int(size) for size in packed["shape"].split(",")]) if "shape" in packed else array


def base_layout(*, synthetic: bool, key: str) -> Figure:
    """The layout every figure starts from. `key` changes when the axes mean something else, which resets the zoom."""
    return {
        "font": {"family": FONT, "size": 11, "color": INK},
        "paper_bgcolor": PAPER,
        "plot_bgcolor": PAPER,
        "margin": {"l": 46, "r": 10, "t": 8, "b": 8},
        "showlegend": False,
        "hovermode": "closest",
        "hoverlabel": {"bgcolor": PAPER, "bordercolor": RULE, "font": {"family": FONT, "size": 12, "color": INK}},
        "uirevision": key,
        "dragmode": "zoom",
        "annotations": [synthetic_mark()] if synthetic else [],
        "shapes": [],
    }


def synthetic_mark() -> dict[str, Any]:
    """The word SYNTHETIC behind the data; it is part of the figure, so no export loses it."""
    return {
        "text": "SYNTHETIC",
        "xref": "paper",
        "yref": "paper",
        "x": 0.5,
        "y": 0.55,
        "showarrow": False,
        "font": {"size": 26, "color": "rgba(86,99,115,0.16)"},
        "captureevents": False,
    }


def axis(title: str = "", **settings: Any) -> dict[str, Any]:
    """A quiet axis: hairline grid, no zero line unless asked for, ticks outside."""
    return {
        "title": {"text": title, "font": {"size": 11, "color": QUIET}, "standoff": 4},
        "gridcolor": GRID,
        "linecolor": RULE,
        "zeroline": False,
        "ticks": "outside",
        "ticklen": 3,
        "tickcolor": RULE,
        "tickfont": {"size": 10, "color": QUIET},
        **settings,
    }


def legend_box(**place: Any) -> dict[str, Any]:
    """A legend over the plot, whose entries cannot be switched off: what is hidden would be missing from the counts."""
    return {"bgcolor": "rgba(255,255,255,0.8)", "font": {"size": 10, "color": INK}, "itemclick": False, "itemdoubleclick": False, **place}


def note(text: str, **settings: Any) -> dict[str, Any]:
    """A small text without an arrow."""
    return {"text": text, "showarrow": False, "font": {"size": 10, "color": QUIET}, **settings}


def rule_line(*, colour: str = RULE, dash: str = "solid", width: float = 1, **ends: Any) -> dict[str, Any]:
    """A straight line under the data."""
    return {"type": "line", "layer": "below", "line": {"color": colour, "width": width, "dash": dash}, **ends}


def threshold_marks(
    thresholds: Sequence[float], *, scale_log: bool = False, apart: float = 0.0
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """Thin dark horizontal lines with value and unit at the right end: (shapes, annotations).

    Levels nearer than `apart` (on a log axis in decades) share one label above the highest of them.
    """
    shapes = [rule_line(colour=INK, dash="dot", xref="paper", x0=0, x1=1, y0=level, y1=level) for level in thresholds]
    notes = []
    for group in group_levels(thresholds, apart, scale_log=scale_log):
        level = group[-1]
        notes.append(
            note(
                f"{', '.join(f'{each:g}' for each in group)}/µL",
                xref="paper",
                x=1,
                xanchor="right",
                y=float(np.log10(level)) if scale_log else level,
                # On a log axis neighbouring levels lie close: only the highest is written above its line.
                yanchor="top" if scale_log and not apart and level < max(thresholds) else "bottom",
                font={"size": 9, "color": INK},
                bgcolor="rgba(255,255,255,0.75)",
                borderpad=0,
            )
        )
    return shapes, notes


def group_levels(levels: Sequence[float], apart: float, *, scale_log: bool = False) -> list[list[float]]:
    """`levels` from low to high, those that follow each other within `apart` together."""
    groups: list[list[float]] = []
    for level in sorted(levels):
        gap = np.inf if not groups else np.log10(level / groups[-1][-1]) if scale_log else level - groups[-1][-1]
        if gap < apart:
            groups[-1].append(level)
        else:
            groups.append([level])
    return groups


# Below this ratio of highest to lowest value, 1, 2, 5 would leave a log axis with one or two levels.
NARROW = 6


def log_ticks(values: np.ndarray) -> list[float]:
    """Round levels over the range of the positive `values`: 1, 2, 5 of each decade; more over a narrow range, decades over a wide one."""
    placed = values[values > 0]
    low, high = (np.nanmin(placed), np.nanmax(placed)) if len(placed) else (1.0, 10.0)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    finer: tuple[float, ...] = (1, 2, 5) if len(decades) <= 4 else (1,)
    steps = (1, 1.5, 2, 3, 4, 5, 6, 8) if high / low < NARROW else finer
    return _round_levels(low, high, decades, steps)


def _round_levels(low: float, high: float, decades: Sequence[int], steps: Sequence[float]) -> list[float]:
    return [step * 10.0**decade for decade in decades for step in steps if low / 2 <= step * 10.0**decade <= high * 2]


# Pixels from tick to tick under which numbers would touch, and from label to label of thresholds.
TICK_APART, LABEL_APART = 14, 12
# Plotly leaves a twentieth of the height free above and below the values.
AXIS_ROOM = 1.12


def log_span(values: np.ndarray) -> float:
    """The decades that a log axis over the positive `values` shows."""
    placed = values[values > 0]
    return max(float(np.log10(np.nanmax(placed) / np.nanmin(placed))), 0.3) * AXIS_ROOM if len(placed) else 1.0


def spaced_log_ticks(values: np.ndarray, height: float) -> list[float]:
    """As `log_ticks` where an axis of `height` pixels has room for them; else 1, 2, 5, then decades, every second decade and so on."""
    ticks, needed = log_ticks(values), TICK_APART * log_span(values) / height
    if _are_apart(ticks, needed):
        return ticks
    low, high = min(ticks), max(ticks)
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    coarser = [(1, (1.0, 2.0, 5.0)), *((step, (1.0,)) for step in range(1, len(decades) + 1))]
    choices = [[level for level in _round_levels(low, high, decades[::step], steps) if low <= level <= high] for step, steps in coarser]
    return next((choice for choice in choices if choice and _are_apart(choice, needed)), ticks[:1])


def _are_apart(ticks: Sequence[float], decades: float) -> bool:
    return bool(np.all(np.diff(np.log10(ticks)) >= decades))


def message_figure(sentence: str, *, synthetic: bool) -> Figure:
    """A figure that holds a sentence instead of data."""
    layout = base_layout(synthetic=synthetic, key="message")
    layout["xaxis"] = layout["yaxis"] = {"visible": False, "range": [0, 1], "fixedrange": True}
    layout["annotations"] += [note(sentence, xref="paper", yref="paper", x=0.5, y=0.5, font={"size": 13, "color": QUIET})]
    return {"data": [], "layout": layout}


def opens_participants(rows: np.ndarray) -> Trace:
    """What makes a click on a point of a trace open its participant: `rows` of the data cut, one per point (see actions.js)."""
    return {"customdata": pack(rows.astype(np.float64)), "meta": "participants"}


def with_gaps(values: np.ndarray, groups: np.ndarray) -> np.ndarray:
    """`values` (one per entry, or a row of them) with NaN between runs of equal `groups`: one trace draws many separate lines."""
    return space_out(values, leave_gaps(groups))


def with_blanks(texts: np.ndarray, groups: np.ndarray) -> list[str]:
    """`texts` with an empty string between runs of equal `groups`; keeps step with `with_gaps`."""
    return space_texts(texts, leave_gaps(groups))


def leave_gaps(groups: np.ndarray) -> np.ndarray:
    """The place of each entry when one place is left free between runs of equal `groups`."""
    places = np.arange(len(groups))
    places[1:] += np.cumsum(groups[1:] != groups[:-1])
    return places


def space_out(values: np.ndarray, places: np.ndarray) -> np.ndarray:
    """`values` (one per entry, or a row of them) at their places, NaN at the free ones."""
    spaced = np.full((int(places[-1]) + 1 if len(places) else 0, *values.shape[1:]), np.nan)
    spaced[places] = values
    return spaced


def space_texts(texts: np.ndarray, places: np.ndarray) -> list[str]:
    """`texts` at their places, an empty string at the free ones."""
    spaced = np.full(int(places[-1]) + 1 if len(places) else 0, "", dtype=object)
    spaced[places] = texts
    written: list[str] = spaced.tolist()
    return written


def escape(text: str) -> str:
    """`text` shown literally by plotly, which reads a little HTML."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def escape_each(texts: np.ndarray) -> np.ndarray:
    """Texts, of which many are the same, shown literally by plotly."""
    known = {text: escape(str(text)) for text in set(texts.tolist())}
    return np.array([known[text] for text in texts.tolist()], dtype=object)


# A label wider than a small panel on a telephone would be cut off.
LABEL_WIDTH = 40


@lru_cache(maxsize=4096)
def wrap_lines(text: str) -> str:
    """`text` shown literally, in lines that fit into the label of a small panel."""
    return "<br>".join(escape(line) for line in wrap(text, LABEL_WIDTH))
