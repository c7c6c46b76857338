"""Axes of a figure: where a value lies on the page, and which ticks stand there; as plotly places them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.style import unpack
from dashboard.printing.words import Lines, read_markup, write_literal

KINDS = ("linear", "log", "category")
Settings = Mapping[str, Any]


@dataclass(frozen=True)
class Area:
    """The room for data in pixels, without margins."""

    left: float
    top: float
    width: float
    height: float


@dataclass(frozen=True)
class Axis:
    """One axis of letter x or y: `low` and `high` in its own units (log10 on a log axis), from `start` over `length` pixels."""

    name: str
    settings: Settings
    kind: str
    low: float
    high: float
    start: float
    length: float
    categories: tuple[str, ...] = ()

    @property
    def across(self) -> bool:
        """Whether the axis runs from left to right."""
        return self.name.startswith("x")

    def place(self, values: Any) -> np.ndarray:
        """The pixels of data values; NaN for what the axis cannot place."""
        return self.place_levels(linearise(self.kind, values, self.categories))

    def place_levels(self, levels: Any) -> np.ndarray:
        """The pixels of levels in the axis's own units."""
        share = (np.asarray(levels, dtype=np.float64) - self.low) / (self.high - self.low)
        return self.start + self.length * (share if self.across else 1 - share)

    def place_share(self, share: float) -> float:
        """The pixel at a share of the axis, from its lower end."""
        return self.start + self.length * (share if self.across else 1 - share)

    def holds(self, pixel: float) -> bool:
        """Whether a pixel lies on the axis."""
        return self.start - 0.01 <= pixel <= self.start + self.length + 0.01


def read_column(values: Any) -> np.ndarray:
    """Numbers of a trace as float64; None is NaN."""
    if isinstance(values, dict):
        return unpack(values).astype(np.float64)
    return np.array([np.nan if value is None else value for value in values], dtype=np.float64)


def linearise(kind: str, values: Any, categories: Sequence[str] = ()) -> np.ndarray:
    """Data values in the axis's own units: log10 on a log axis, the place of the name on an axis of categories."""
    if kind == "category" and not isinstance(values, dict):
        return np.array([categories.index(value) if isinstance(value, str) else value for value in values], dtype=np.float64)
    numbers = read_column(values)
    return np.log10(np.where(numbers > 0, numbers, np.nan)) if kind == "log" else numbers


def read_categories(columns: Sequence[Any]) -> tuple[str, ...]:
    """The names on an axis of categories, in the order in which the traces bring them."""
    return tuple(dict.fromkeys(value for column in columns if not isinstance(column, dict) for value in column if isinstance(value, str)))


@dataclass(frozen=True)
class Tick:
    """A tick at a level of its axis, with its lines of text."""

    level: float
    lines: Lines


def list_ticks(axis: Axis) -> list[Tick]:
    """The ticks within the range of `axis`."""
    low, high = sorted((axis.low, axis.high))
    room = (high - low) * 1e-6
    return [tick for tick in _all_ticks(axis) if low - room <= tick.level <= high + room]


def _all_ticks(axis: Axis) -> list[Tick]:
    settings = axis.settings
    if "tickvals" in settings:
        levels = linearise(axis.kind, settings["tickvals"], axis.categories)
        texts = settings.get("ticktext") or [write_tick(value) for value in read_column(settings["tickvals"])]
        return [Tick(float(level), read_markup(text)) for level, text in zip(levels, texts, strict=True)]
    if axis.kind == "category":
        return [Tick(place, read_markup(name)) for place, name in enumerate(axis.categories)]
    if axis.kind == "log":
        decades = range(int(np.floor(min(axis.low, axis.high))), int(np.ceil(max(axis.low, axis.high))) + 1)
        return [Tick(decade, read_markup(write_tick(10.0**decade))) for decade in decades]
    step = float(settings.get("dtick") or choose_step(axis))
    start = float(settings.get("tick0") or 0)
    first, last = (int(np.floor((end - start) / step)) for end in sorted((axis.low, axis.high)))
    return [Tick(start + count * step, read_markup(write_tick(start + count * step))) for count in range(first, last + 2)]


def choose_step(axis: Axis) -> float:
    """The distance of ticks: a round number, 1, 2 or 5 times a power of ten, that leaves room for each label."""
    apart = 80 if axis.across else 40
    n = float(axis.settings.get("nticks") or min(max(axis.length / apart, 4), 9) + 1)
    rough = abs(axis.high - axis.low) / n
    base = 10.0 ** np.floor(np.log10(rough))
    return float(base * next((step for step in (2, 5) if rough / base <= step), 10)) if rough > base else float(base)


def write_tick(value: float) -> str:
    """A number on an axis: all its digits, with a thousands separator and a true minus."""
    return write_literal(f"{value:,.10g}".replace("-", "−"))
