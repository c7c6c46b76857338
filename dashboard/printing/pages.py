"""How high a figure is printed, and a figure with many rows in parts that fit on a page."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Any

from dashboard.figures.style import Figure
from dashboard.printing.axes import Settings
from dashboard.printing.paint import LINE_HEIGHT
from dashboard.printing.words import read_markup

# In pixels: the width of every figure, the least height, the most that fits on a page under a heading and above a caption.
WIDTH, LEAST, MOST = 720, 330, 810
# A figure that is higher by no more than this is made smaller rather than cut.
SLIGHTLY = 1.15
# What a plot with numbers on its upright axis needs, and the gap between the labels of two rows.
PLOT, GAP = 120, 6
# A figure that holds a sentence instead of data.
SENTENCE = 130


def choose_height(figure: Figure) -> float:
    """The height at which the labels of no upright axis run into each other, and each plot can be read."""
    if not figure["data"]:
        return SENTENCE
    layout = figure["layout"]
    words = _bar_words(figure)
    needs = [_need(settings, words) for key, settings in layout.items() if key.startswith("yaxis") and settings.get("visible", True)]
    return max(LEAST, max(needs, default=0.0) + layout["margin"]["t"] + layout["margin"]["b"] + 40)


def _bar_words(figure: Figure) -> float:
    """The room of a row whose lying bars stand beside each other, each with a word beyond its end."""
    worded = [trace for trace in figure["data"] if trace["type"] == "bar" and trace.get("orientation") == "h" and "text" in trace]
    if not worded or figure["layout"].get("barmode", "group") != "group":
        return 0.0
    size = max(float(trace.get("textfont", {}).get("size", 11)) for trace in worded)
    return len(worded) * LINE_HEIGHT * size / (1 - float(figure["layout"].get("bargap", 0.2)))


def _need(settings: Settings, words: float) -> float:
    low, high = settings.get("domain", (0, 1))
    row = max(_row_height(settings), words)
    return max(PLOT if "ticktext" not in settings else 0.0, _rows(settings) * row) / max(high - low, 1e-6)


def _rows(settings: Settings) -> float:
    first, last = settings.get("range") or (0, 0)
    return abs(float(last) - float(first))


def _row_height(settings: Settings) -> float:
    """The room of a unit of the axis: of two labels one above the other half of each."""
    if settings.get("type") == "log" or not is_rows(settings):
        return 0.0
    size = float(settings.get("tickfont", {}).get("size", 10))
    lines = [len(read_markup(text)) for text in settings["ticktext"]]
    pairs = [first + second for first, second in pairwise(lines)]
    return max(pairs, default=2) / 2 * LINE_HEIGHT * size + GAP


def is_rows(settings: Settings) -> bool:
    """Whether the axis has a named row at each whole number from 0."""
    texts = settings.get("ticktext")
    return bool(texts) and list(settings["tickvals"]) == list(range(len(settings["tickvals"])))


def split_rows(figure: Figure, rows_shown: str = "rows {first} to {last} of {all}") -> list[tuple[Figure, str]]:
    """`figure` in parts that fit on a page, each with the words that name its rows; one part without words when it nearly fits.

    Every upright axis is cut at the same rows; what stands in other rows is outside of a part and not drawn.
    """
    height = choose_height(figure)
    axes = {key: settings for key, settings in figure["layout"].items() if key.startswith("yaxis")}
    if height <= SLIGHTLY * MOST or not all(is_rows(settings) and "domain" not in settings for settings in axes.values()):
        return [(figure, "")]
    n = max(len(settings["tickvals"]) for settings in axes.values())
    each = -(-n // -(-n // max(1, int(n * (MOST - 150) / height))))
    parts = [(first, min(first + each, n)) for first in range(0, n, each)]
    return [(_part(figure, axes, first, last), rows_shown.format(first=first + 1, last=last, all=n)) for first, last in parts]


def _part(figure: Figure, axes: dict[str, Any], first: int, last: int) -> Figure:
    """The figure with rows `first` to `last` (exclusive) in view; ranges run from top to bottom, as all rows do."""
    cut = {key: {**settings, "range": [last - 0.5, first - 0.5]} for key, settings in axes.items()}
    return {"data": figure["data"], "layout": {**figure["layout"], **cut}}


def part_names(name: str, n: int) -> Iterator[str]:
    """Names for the files or ids of `n` parts of a figure."""
    return (name if n == 1 else f"{name}-{place}" for place in range(1, n + 1))
