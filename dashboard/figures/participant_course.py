"""The cohort behind a participant's counts: its median with quartiles, and the others of it as pale lines."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.figures.style import Trace, escape, pack, translucent, with_gaps

WEEK = 7


@dataclass(frozen=True)
class Course:
    """Median and quartiles of the participant's cohort in cells/µL by day; quartiles NaN where too few have a value.

    others_day and others_value are the counts of the others of the cohort, a line (equal others_line) for each; empty where they are too
    many to be told apart.
    """

    day: np.ndarray
    median: np.ndarray
    q1: np.ndarray
    q3: np.ndarray
    others_day: np.ndarray = field(default_factory=lambda: np.empty(0))
    others_value: np.ndarray = field(default_factory=lambda: np.empty(0))
    others_line: np.ndarray = field(default_factory=lambda: np.empty(0))

    @property
    def highest(self) -> float:
        """The highest median or third quartile, 0 without any; single lines may lie above it."""
        levels = np.concatenate([self.median, self.q3])
        return float(np.nanmax(levels)) if np.isfinite(levels).any() else 0.0


def place_course(course: Course | None) -> np.ndarray:
    """Every level at which the course is drawn on a log axis."""
    if course is None or not len(course.day):
        return np.empty(0)
    levels = np.concatenate([course.median, course.q1, course.q3, course.others_value])
    return np.maximum(levels[np.isfinite(levels)], _lowest(course))


def draw_course(course: Course | None, label: str, colour: str, y: str, log: bool) -> list[Trace]:
    """The others, the quartiles as a light band and the median as a thin line, all to be drawn under the participant's."""
    if course is None or not len(course.day):
        return []
    label = escape(label)
    quiet = {"type": "scatter", "mode": "lines", "yaxis": y, "hoverinfo": "skip"}
    floor = _lowest(course) if log else 0.0
    banded = np.isfinite(course.q1)
    day = np.r_[course.day[banded], course.day[banded][::-1]]
    edge = np.r_[course.q3[banded], course.q1[banded][::-1]]
    median = {**quiet, "name": f"{label}, cohort median", "x": pack(course.day / WEEK), "y": pack(np.maximum(course.median, floor))}
    median["line"] = {"color": translucent(colour, 0.55), "width": 1, "dash": "dash"}
    others = _draw_others(course, quiet | {"name": f"{label}, others of the cohort"}, colour, floor)
    if not banded.any():
        return [*others, median]
    band = {**quiet, "name": f"{label}, cohort quartiles", "x": pack(day / WEEK), "y": pack(np.maximum(edge, floor))}
    return [{**band, "fill": "toself", "fillcolor": translucent(colour, 0.1), "line": {"width": 0}}, *others, median]


def _draw_others(course: Course, quiet: Trace, colour: str, floor: float) -> list[Trace]:
    if not len(course.others_day):
        return []
    x, y = (with_gaps(numbers, course.others_line) for numbers in (course.others_day / WEEK, np.maximum(course.others_value, floor)))
    return [{**quiet, "x": pack(x), "y": pack(y), "line": {"color": translucent(colour, 0.2), "width": 0.8}}]


def _lowest(course: Course) -> float:
    """Where a log axis shows a zero of the cohort: under its smallest value that has a place."""
    levels = np.concatenate([course.median, course.q1, course.q3])
    placed = levels[levels > 0]
    return float(placed.min()) / 2 if len(placed) else 1.0
