"""Doses given against doses planned, a line per participant, with the adverse events on it; and the numbers at each dose."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from dashboard.figures.adverse_events import GRADE_COLOURS
from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    RULE,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    cohort_symbol,
    escape,
    legend_box,
    pack,
)

ABOVE = 0.28
# Pixels of a letter of the legend, on average.
LETTER = 4.6
OTHER_SCALE = -1
# Kind of mark: its sign and size. Signs differ, so that none is told by its colour alone.
MARKS: dict[str, tuple[str, int]] = {"planned": ("line-ns-open", 11), "missed": ("x-thin-open", 9), "outside the plan": ("star", 10)}


@dataclass(frozen=True)
class Swimmer:
    """One participant: the cohort's position, and the last day under observation (NaN: unknown)."""

    name: str
    cohort: int
    until: float


@dataclass(frozen=True)
class Mark:
    """Something at a day (since the first dose) of a participant's line. kind: given, planned, missed, outside the plan."""

    row: int
    day: float
    kind: str
    words: str


@dataclass(frozen=True)
class EventMark:
    """An adverse event at its first possible day; grade 0: not graded, OTHER_SCALE: graded on another scale than that of the figure.

    `partial`: the day is not known, it is `last` at the latest.
    """

    row: int
    day: float
    grade: int
    partial: bool
    last: float
    words: str


@dataclass(frozen=True)
class ExposureSummary:
    """Swimmers from top to bottom; `delays` are (row, planned day, actual day). `cells` is the table under the figure."""

    swimmers: tuple[Swimmer, ...]
    marks: tuple[Mark, ...]
    events: tuple[EventMark, ...]
    delays: tuple[tuple[int, float, float], ...]
    cells: tuple[tuple[str, ...], ...]
    groups: tuple[tuple[int, str], ...]
    body_words: str
    doses: int
    hidden: int
    undated: int
    not_dosed: int
    n_cohorts: int
    synthetic: bool


def draw_exposure(summary: ExposureSummary) -> Figure:
    """Days since the first dose from left to right; doses on each line, events just above it."""
    layout = base_layout(synthetic=summary.synthetic, key="exposure")
    layout["margin"] = {"l": 92, "r": 10, "t": 64, "b": 36}
    layout |= {"showlegend": True, "legend": legend_box(orientation="h", x=0, xanchor="left", yref="container", y=0.995, yanchor="top")}
    layout["legend"]["xref"] = "container"
    layout["xaxis"] = axis("days since the first dose", range=_range(summary))
    names = [_label(summary, swimmer) for swimmer in summary.swimmers]
    ticks: dict[str, Any] = {"tickvals": list(range(len(names))), "ticktext": names, "showgrid": False, "ticks": ""}
    layout["yaxis"] = axis(range=[len(names) - 0.4, -0.8], **ticks)
    layout["barmode"] = "overlay"
    data = [_draw_lines(summary), _draw_delays(summary), *_draw_possible(summary)]
    data += [_draw_marks(summary, kind) for kind in MARKS]
    data += [_draw_given(summary, position, label) for position, label in summary.groups]
    # The grades in order, then what has none on this scale.
    grades = sorted({event.grade for event in summary.events}, key=lambda grade: (grade <= 0, -abs(grade) if grade < 0 else grade))
    data += [_draw_events(summary, grade) for grade in grades]
    # Entries of one width, that of the longest name, stand in several columns on a telephone too.
    layout["legend"]["entrywidth"] = max((LETTER * len(str(trace["name"])) for trace in data if trace["x"] != pack([])), default=0)
    return {"data": data if summary.swimmers else [], "layout": layout}


def _range(summary: ExposureSummary) -> list[float]:
    """From a little before the first dose, so that its marks are clear of the names, to a little after the last day."""
    days = [swimmer.until for swimmer in summary.swimmers if np.isfinite(swimmer.until)]
    days += [mark.day for mark in summary.marks] + [day for event in summary.events for day in (event.day, event.last)]
    last = max(days, default=1.0)
    return [min(0.0, *(days or [0.0])) - 0.04 * last, 1.03 * last]


def _label(summary: ExposureSummary, swimmer: Swimmer) -> str:
    return f'<span style="color:{cohort_colour(swimmer.cohort, summary.n_cohorts)}">{escape(swimmer.name)}</span>'


def _draw_lines(summary: ExposureSummary) -> Trace:
    ends = [(row, swimmer.until) for row, swimmer in enumerate(summary.swimmers) if np.isfinite(swimmer.until)]
    x = [day for _, until in ends for day in (0.0, until, np.nan)]
    y = [height for row, _ in ends for height in (row, row, np.nan)]
    return _line(x, y, {"color": RULE, "width": 1}, "observed")


def _draw_delays(summary: ExposureSummary) -> Trace:
    x = [day for _, planned, actual in summary.delays for day in (planned, actual, np.nan)]
    y = [height for row, _, _ in summary.delays for height in (row, row, np.nan)]
    return _line(x, y, {"color": INK, "width": 4}, "delay")


def _line(x: list[float], y: list[float], line: dict[str, object], name: str) -> Trace:
    return {"type": "scatter", "mode": "lines", "name": name, "x": pack(x), "y": pack(y), "line": line, "hoverinfo": "skip"}


def _draw_marks(summary: ExposureSummary, kind: str) -> Trace:
    symbol, size = MARKS[kind]
    marker = {
        "symbol": symbol,
        "size": size,
        "color": INK if kind != "planned" else QUIET,
        "line": {"width": 2 if kind != "planned" else 1},
    }
    return _points([mark for mark in summary.marks if mark.kind == kind], kind if kind != "missed" else "not given", marker)


def _draw_given(summary: ExposureSummary, position: int, label: str) -> Trace:
    marker = {"symbol": cohort_symbol(position), "size": 9, "color": cohort_colour(position, summary.n_cohorts)}
    own = [mark for mark in summary.marks if mark.kind == "given" and summary.swimmers[mark.row].cohort == position]
    return _points(own, escape(f"given, {label}"), marker)


def _points(marks: list[Mark], name: str, marker: dict[str, object]) -> Trace:
    return {
        "type": "scatter",
        "mode": "markers",
        "name": name,
        "x": pack([mark.day for mark in marks]),
        "y": pack([mark.row for mark in marks]),
        "marker": marker,
        "hovertext": [escape(mark.words) for mark in marks],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


def _draw_possible(summary: ExposureSummary) -> list[Trace]:
    """Hatched from the first to the last possible day of each event whose start is known in part."""
    partial = [event for event in summary.events if event.partial]
    if not partial:
        return []
    pattern = {"shape": "/", "fgcolor": INK, "bgcolor": [_grade_colour(event.grade) for event in partial], "size": 4, "solidity": 0.3}
    return [
        {
            "type": "bar",
            "orientation": "h",
            "name": "partial start",
            "y": pack([event.row - ABOVE for event in partial]),
            "base": pack([event.day for event in partial]),
            "x": pack([event.last - event.day + 1 for event in partial]),
            "width": 0.26,
            "marker": {"color": "rgba(0,0,0,0)", "pattern": pattern, "line": {"width": 0.5, "color": INK}},
            "hovertext": [escape(event.words) for event in partial],
            "hovertemplate": "%{hovertext}<extra></extra>",
        }
    ]


def _grade_colour(grade: int) -> str:
    return PAPER if grade == OTHER_SCALE else GRADE_COLOURS[grade]


def _draw_events(summary: ExposureSummary, grade: int) -> Trace:
    # The legend shows the sign of the first, which shall be a filled one where there is any.
    events = sorted((event for event in summary.events if event.grade == grade), key=lambda event: event.partial)
    fills = [PAPER if event.partial else _grade_colour(grade) for event in events]
    outline = {"width": 1, "color": INK}
    names = {0: "not graded", OTHER_SCALE: "another scale"}
    return {
        "type": "scatter",
        "mode": "markers",
        "name": names.get(grade, f"event, grade {grade}"),
        "x": pack([event.day for event in events]),
        "y": pack([event.row - ABOVE for event in events]),
        "marker": {"symbol": "pentagon" if grade == OTHER_SCALE else "triangle-down", "size": 8, "color": fills, "line": outline},
        "hovertext": [escape(event.words) for event in events],
        "hovertemplate": "%{hovertext}<extra></extra>",
        "cliponaxis": False,
    }


@dataclass(frozen=True)
class EscalationSummary:
    """Participants of each cohort (position, label) at each stage; NaN where the definition says nothing. `sentences` say the rest."""

    stages: tuple[str, ...]
    cohorts: tuple[tuple[int, str, tuple[float, ...]], ...]
    cells: tuple[tuple[str, ...], ...]
    sentences: tuple[str, ...]
    n_cohorts: int
    synthetic: bool


def draw_escalation(summary: EscalationSummary) -> Figure:
    """Bars by stage, side by side for the cohorts, with the number above each."""
    layout = base_layout(synthetic=summary.synthetic, key="escalation")
    layout["margin"] = {"l": 40, "r": 10, "t": 34, "b": 30}
    layout |= {"barmode": "group", "showlegend": True}
    layout["legend"] = legend_box(orientation="h", x=0, xanchor="left", y=1.02, yanchor="bottom")
    layout["xaxis"] = axis(type="category", showgrid=False)
    layout["yaxis"] = axis("participants", rangemode="tozero")
    return {"data": [_draw_stages(summary, *cohort) for cohort in summary.cohorts], "layout": layout}


def _draw_stages(summary: EscalationSummary, position: int, label: str, counts: tuple[float, ...]) -> Trace:
    known = [np.isfinite(n) for n in counts]
    return {
        "type": "bar",
        "name": escape(label),
        "x": list(summary.stages),
        "y": pack([n if is_known else 0.0 for n, is_known in zip(counts, known, strict=True)]),
        "text": [f"{n:.0f}" if is_known else "" for n, is_known in zip(counts, known, strict=True)],
        "textposition": "outside",
        "textfont": {"size": 10, "color": INK},
        "cliponaxis": False,
        "marker": {"color": cohort_colour(position, summary.n_cohorts)},
        "hovertemplate": f"<b>{escape(label)}</b>, %{{x}}: %{{text}}<extra></extra>",
    }
