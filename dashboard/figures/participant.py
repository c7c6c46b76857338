"""One participant: a track per analyte over one shared time axis, with thresholds and the doses given."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from dashboard.figures.marks import Rings, draw_rings, ring_note
from dashboard.figures.style import (
    INK,
    PAPER,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    log_ticks,
    note,
    pack,
    rule_line,
    threshold_marks,
)

WEEK = 7
GAP = 0.035


@dataclass(frozen=True)
class Track:
    """Counts of one analyte in cells/µL by day; `without_day` records could not be placed."""

    analyte: str
    label: str
    day: np.ndarray
    value: np.ndarray
    change: np.ndarray
    days_since_dose: np.ndarray
    visit: np.ndarray
    unscheduled: np.ndarray
    below_loq: np.ndarray
    thresholds: tuple[float, ...]
    without_day: int
    rings: Rings | None = None


@dataclass(frozen=True)
class ParticipantSummary:
    """Everything the participant's figure shows; days since the first dose. `pointless_flags` are about visits and doses, not counts."""

    participant: str
    cohort: int
    cohort_label: str
    n_cohorts: int
    tracks: tuple[Track, ...]
    dose_days: tuple[int, ...]
    dose_words: tuple[str, ...]
    last_day: int | None
    log: bool
    milestones: tuple[tuple[int, str], ...]
    low: float
    high: float
    synthetic: bool
    pointless_flags: tuple[str, ...] = ()


def draw_participant(summary: ParticipantSummary) -> Figure:
    """Tracks from top to bottom over weeks since the first dose."""
    layout = base_layout(synthetic=summary.synthetic, key=f"participant-{summary.participant}-{summary.log}")
    layout["margin"] = {"l": 62, "r": 12, "t": 16, "b": 34}
    n = len(summary.tracks)
    height = (1 - GAP * (n - 1)) / n
    layout["xaxis"] = axis(
        "weeks since first dose", range=[summary.low / WEEK, summary.high / WEEK], dtick=12, anchor=f"y{n if n > 1 else ''}"
    )
    data: list[Trace] = []
    for place, track in enumerate(summary.tracks):
        top = 1 - place * (height + GAP)
        name = f"yaxis{place + 1 if place else ''}"
        scale = _log_scale(np.append(place_values(track, True), track.thresholds)) if summary.log else {"rangemode": "tozero", "nticks": 5}
        layout[name] = axis(f"{track.analyte}<br>cells/µL", domain=[max(top - height, 0), top], **scale)
        data += [_draw_track(summary, track, name.replace("axis", "")), *_draw_track_rings(track, name.replace("axis", ""))]
        shapes, notes = _threshold_lines(track, name.replace("axis", ""), summary.log)
        layout["shapes"] += shapes
        layout["annotations"] += notes
    layout["shapes"] += _time_marks(summary)
    layout["annotations"] += [
        note(f"D{number}", x=day / WEEK, yref="paper", y=1, yanchor="bottom", font={"size": 10, "color": INK})
        for number, day in enumerate(summary.dose_days, start=1)
    ]
    layout["annotations"] += [note(label, x=day / WEEK, yref="paper", y=1, yanchor="bottom") for day, label in summary.milestones]
    return {"data": data, "layout": layout}


def _log_scale(values: np.ndarray) -> dict[str, object]:
    ticks = log_ticks(values)
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _draw_track(summary: ParticipantSummary, track: Track, y: str) -> Trace:
    colour = cohort_colour(summary.cohort, summary.n_cohorts)
    shapes = np.where(track.below_loq, "triangle-down-open", np.where(track.unscheduled, "circle-open", "circle"))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": track.label,
        "yaxis": y,
        "x": pack(track.day / WEEK),
        "y": pack(place_values(track, summary.log)),
        "line": {"color": colour, "width": 2},
        "marker": {"symbol": shapes.tolist(), "size": 6, "color": colour, "line": {"color": PAPER, "width": 0}},
        "text": track.visit.tolist(),
        "customdata": pack(np.column_stack([track.day, track.change, track.days_since_dose, track.value])) if len(track.day) else [],
        "hovertemplate": (
            f"<b>{track.label}</b>, %{{text}}<br>day %{{customdata[0]:.0f}}: %{{customdata[3]:.4~g}} cells/µL<br>"
            "change from baseline: %{customdata[1]:+.4~g}<br>days since latest dose: %{customdata[2]:.0f}<extra></extra>"
        ),
    }


def _draw_track_rings(track: Track, y: str) -> list[Trace]:
    return draw_rings(track.rings, y) if track.rings else []


def place_values(track: Track, log: bool) -> np.ndarray:
    """Values as they are; on a log axis what is below the limit, or zero, lies under the smallest value that has a place."""
    outside = (track.value <= 0) | track.below_loq
    if not log or not outside.any():
        return track.value
    placed = track.value[~outside]
    return np.where(outside, (placed.min() if len(placed) else 2.0) / 2, track.value)


def _threshold_lines(track: Track, y: str, log: bool) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The thresholds of one track, over the grid and labelled at the right end, and what its rings are: (shapes, annotations)."""
    shapes, notes = threshold_marks(track.thresholds, scale_log=log)
    rings = [ring_note(track.rings, y, "top")] if track.rings else []
    return [shape | {"yref": y, "layer": "above"} for shape in shapes], [*(mark | {"yref": y} for mark in notes), *rings]


def _time_marks(summary: ParticipantSummary) -> list[dict[str, object]]:
    doses = [rule_line(colour=INK, width=0.8, x0=day / WEEK, x1=day / WEEK, yref="paper", y0=0, y1=1) for day in summary.dose_days]
    marks = [rule_line(colour=QUIET, dash="dash", x0=day / WEEK, x1=day / WEEK, yref="paper", y0=0, y1=1) for day, _ in summary.milestones]
    return [mark | {"layer": "above"} for mark in doses + marks]
