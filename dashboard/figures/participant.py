"""One participant: everything that happened to one person over one time axis, in tracks that zoom together."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from dashboard.figures.marks import Rings, draw_rings, ring_note
from dashboard.figures.participant_course import Course, draw_course, place_course
from dashboard.figures.participant_lanes import CHARACTER, NARROW_PLOT, NO_LANES, Lanes, draw_lanes, lane_axis, lane_range, lane_rules
from dashboard.figures.participant_profile import Profile, draw_profile, peak_notes, place_concentrations
from dashboard.figures.participant_range import OwnRange, draw_own_range, mark_first_beyond
from dashboard.figures.style import (
    INK,
    LABEL_APART,
    PAPER,
    QUIET,
    Figure,
    Trace,
    axis,
    base_layout,
    cohort_colour,
    escape,
    escape_each,
    log_span,
    message_figure,
    note,
    pack,
    rule_line,
    spaced_log_ticks,
    threshold_marks,
)

WEEK = 7
# Natural sizes in pixels: of a track of counts or concentrations, of a lane, of the gap between tracks, and above and below them.
TRACK, LANE, GAP, ENDS = 84, 20, 11, 60
# Names above the figure that are closer than this share of the time axis would touch, also on a narrow screen.
NAME_APART = 0.2


@dataclass(frozen=True)
class Track:
    """Counts of one analyte in cells/µL by day; `without_day` records could not be placed; `no_range` says why `own` is missing."""

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
    cohort: Course | None = None
    own: OwnRange | None = None
    no_range: str = ""


@dataclass(frozen=True)
class ParticipantSummary:
    """Everything the participant's figure shows; days since the first dose. `pointless_flags` are about visits and doses, not counts;
    `undated` is how many records but counts have no day and so no place on the axis; `day_zero` completes “weeks since …”."""

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
    lanes: Lanes = NO_LANES
    profiles: tuple[Profile, ...] = ()
    cut_day: int | None = None
    cut_name: str = "data cut"
    undated: int = 0
    day_zero: str = "first dose"

    @property
    def shown(self) -> tuple[Track, ...]:
        """The tracks that have a value to draw."""
        return tuple(track for track in self.tracks if len(track.day))

    @property
    def is_cut_beyond(self) -> bool:
        """Whether the data cut lies beyond the end of the axis, so that only words can tell its day."""
        return self.cut_day is not None and self.cut_day > self.high


@dataclass(frozen=True)
class _Place:
    """A track's axis: its name in traces (`y2`), the part of the height it takes, and its levels if they are fixed."""

    y: str
    domain: tuple[float, float]
    range: tuple[float, float] = (0.0, 1.0)

    @property
    def key(self) -> str:
        return self.y.replace("y", "yaxis")


def measure_participant(summary: ParticipantSummary) -> int:
    """The height in pixels that the tracks of the figure need."""
    sizes = _sizes(summary)
    return sum(sizes) + GAP * max(len(sizes) - 1, 0) + ENDS


def _sizes(summary: ParticipantSummary) -> list[int]:
    lanes = [LANE * len(summary.lanes.names)] if summary.lanes.names else []
    return [*([TRACK] * (len(summary.shown) + len(summary.profiles))), *lanes]


def draw_participant(summary: ParticipantSummary) -> Figure:
    """Counts, concentrations and lanes from top to bottom over weeks since the first dose; what holds nothing is not drawn."""
    sizes = _sizes(summary)
    if not sizes:
        return message_figure("Nothing recorded has a day, so there is nothing to draw.", synthetic=summary.synthetic)
    layout = base_layout(synthetic=summary.synthetic, key=f"participant-{summary.participant}-{summary.log}")
    layout["margin"] = {"l": 150 if summary.lanes.names else 62, "r": 14, "t": 22, "b": 34}
    layout |= {"barmode": "overlay", "spikedistance": -1}
    places = _places(sizes)
    week = {"range": [summary.low / WEEK, summary.high / WEEK], "dtick": 12, "anchor": places[-1].y}
    spike = {"showspikes": True, "spikemode": "across", "spikesnap": "cursor", "spikethickness": 1, "spikedash": "dot", "spikecolor": QUIET}
    layout["xaxis"] = axis(f"weeks since {escape(summary.day_zero)}", **week, **spike)
    data: list[Trace] = []
    rest = iter(places)
    for track in summary.shown:
        data += _add_track(layout, summary, track, next(rest))
    for profile in summary.profiles:
        data += _add_profile(layout, summary, profile, next(rest))
    for place in rest:
        layout[place.key] = {**lane_axis(summary.lanes), "domain": place.domain}
        layout["shapes"] += lane_rules(summary.lanes, place.y)
        data += draw_lanes(summary.lanes, place.y, summary.low, summary.high)
    _mark_time(layout, summary, replace(places[-1], range=lane_range(summary.lanes)) if summary.lanes.names else None)
    return {"data": data, "layout": layout}


def _places(sizes: list[int]) -> list[_Place]:
    total, top, places = sum(sizes) + GAP * (len(sizes) - 1), 1.0, []
    for number, size in enumerate(sizes, start=1):
        bottom = max(top - size / total, 0.0)
        places.append(_Place(f"y{number if number > 1 else ''}", (bottom, top)))
        top = bottom - GAP / total
    return places


def _add_track(layout: Figure, summary: ParticipantSummary, track: Track, place: _Place) -> list[Trace]:
    """The traces of one analyte; its axis, thresholds and own range are added to `layout`."""
    own = [track.own.low, track.own.high] if track.own else []
    levels = np.concatenate([place_values(track, True), track.thresholds, own, place_course(track.cohort)])
    layout[place.key] = axis(
        f"{track.analyte}<br>cells/µL", domain=place.domain, fixedrange=True, **_scale(levels, summary.log), **_reach(track, summary.log)
    )
    span = log_span(levels) if summary.log else _highest(track) * 1.14
    shapes, notes = _threshold_lines(track, place.y, summary.log, span)
    layout["shapes"] += [*draw_own_range(track.own, place.y), *shapes]
    layout["annotations"] += [*notes, *mark_first_beyond(track.own, place.y, summary.log)]
    rings = draw_rings(track.rings, place.y) if track.rings else []
    colour = cohort_colour(summary.cohort, summary.n_cohorts)
    behind = draw_course(track.cohort, track.label, colour, place.y, summary.log)
    return [*behind, _draw_track(summary, track, place.y), *rings]


def _add_profile(layout: Figure, summary: ParticipantSummary, profile: Profile, place: _Place) -> list[Trace]:
    levels = place_concentrations(profile, True)
    layout[place.key] = axis(
        f"Concentration<br>{escape(profile.unit)}", domain=place.domain, fixedrange=True, **_scale(levels, summary.log)
    )
    layout["annotations"] += peak_notes(profile, place.y, summary.log)
    return [draw_profile(profile, place.y, summary.log)]


def _reach(track: Track, log: bool) -> dict[str, Any]:
    """The ends of a linear axis: what the participant, the thresholds and the middle of the cohort need, not its single lines."""
    if log or track.cohort is None or not len(track.cohort.others_day):
        return {}
    highest = _highest(track)
    return {"range": [-0.04 * highest, 1.1 * highest]}


def _highest(track: Track) -> float:
    own = [track.own.high] if track.own else []
    cohort = [track.cohort.highest] if track.cohort else []
    return max([float(np.nanmax(track.value)), *cohort, *track.thresholds, *own, 1.0])


def _scale(values: np.ndarray, log: bool) -> dict[str, Any]:
    if not log:
        return {"rangemode": "tozero", "nticks": 4}
    ticks = spaced_log_ticks(values[np.isfinite(values)], TRACK)
    return {"type": "log", "tickvals": ticks, "ticktext": [f"{tick:g}" for tick in ticks]}


def _draw_track(summary: ParticipantSummary, track: Track, y: str) -> Trace:
    colour = cohort_colour(summary.cohort, summary.n_cohorts)
    shapes = np.where(track.below_loq, "triangle-down-open", np.where(track.unscheduled, "circle-open", "circle"))
    return {
        "type": "scatter",
        "mode": "lines+markers",
        "name": escape(track.label),
        "yaxis": y,
        "x": pack(track.day / WEEK),
        "y": pack(place_values(track, summary.log)),
        "line": {"color": colour, "width": 2},
        "marker": {"symbol": shapes.tolist(), "size": 6, "color": colour, "line": {"color": PAPER, "width": 0}},
        "text": escape_each(track.visit).tolist(),
        "customdata": pack(np.column_stack([track.day, track.value])) if len(track.day) else [],
        "hovertext": [_changes(change, since) for change, since in zip(track.change, track.days_since_dose, strict=True)],
        "hovertemplate": (
            f"<b>{escape(track.label)}</b>, %{{text}}<br>day %{{customdata[0]:.0f}}: %{{customdata[1]:.4~g}} cells/µL<br>"
            "%{hovertext}<extra></extra>"
        ),
    }


def _changes(change: float, since: float) -> str:
    """What a value's label says beside the value: the change and the time since dosing, or that there is nothing to count from."""
    from_baseline = "no baseline" if np.isnan(change) else f"{change:+.0f}" if abs(change) >= 1000 else f"{change:+.4g}"
    return f"change from baseline: {from_baseline}<br>days since latest dose: {'none yet' if np.isnan(since) else f'{since:.0f}'}"


def place_values(track: Track, log: bool) -> np.ndarray:
    """Values as they are; on a log axis what is below the limit, or zero, lies under the smallest value that has a place."""
    outside = (track.value <= 0) | track.below_loq
    if not log or not outside.any():
        return track.value
    placed = track.value[~outside]
    return np.where(outside, (placed.min() if len(placed) else 2.0) / 2, track.value)


def _threshold_lines(track: Track, y: str, log: bool, span: float) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The thresholds of one track, labelled at the right end of an axis over `span`, and what its rings are: (shapes, annotations)."""
    shapes, notes = threshold_marks(track.thresholds, scale_log=log, apart=LABEL_APART * span / TRACK)
    rings = [ring_note(track.rings, y, "top")] if track.rings else []
    return [shape | {"yref": y, "layer": "above"} for shape in shapes], [*(mark | {"yref": y} for mark in notes), *rings]


def _mark_time(layout: Figure, summary: ParticipantSummary, lanes: _Place | None) -> None:
    """Doses, milestones and the data cut as upright lines with their names above the figure; `lanes` is where the lanes are."""
    above = {"yref": "paper", "y": 1, "yanchor": "bottom"}
    for number, day in enumerate(summary.dose_days, start=1):
        layout["shapes"] += _upright(day, lanes, colour=INK, width=0.8)
        layout["annotations"].append(note(f"D{number}", x=day / WEEK, **above, font={"size": 10, "color": INK}))
    for milestone, label in summary.milestones:
        layout["shapes"] += _upright(milestone, lanes, colour=QUIET, dash="dash")
        layout["annotations"].append(note(escape(label), x=milestone / WEEK, **above, **_beside_dose(summary, milestone, label)))
    if summary.cut_day is not None and summary.cut_day <= summary.high:
        layout["shapes"] += _upright(summary.cut_day, lanes, colour=INK, dash="dashdot")
        layout["annotations"].append(note(summary.cut_name, x=summary.cut_day / WEEK, **above, **_cut_side(summary, summary.cut_day)))


def _upright(day: float, lanes: _Place | None, **look: Any) -> list[dict[str, object]]:
    """A line over the tracks that goes on under the bars, marks and words of the lanes, but over the grid."""
    line = rule_line(**look, x0=day / WEEK, x1=day / WEEK)
    over = line | {"layer": "above", "yref": "paper", "y0": lanes.domain[1] if lanes else 0, "y1": 1}
    if lanes is None:
        return [over]
    # In levels of its axis: plotly finds no plot between whose layers a share of an axis lies, and would draw no further shape.
    return [over, line | {"layer": "between", "yref": lanes.y, "y0": lanes.range[0], "y1": lanes.range[1]}]


def _beside_dose(summary: ParticipantSummary, milestone: float, label: str) -> dict[str, Any]:
    """The name of a milestone stands over its line; where it would touch the name of a dose, beyond the line."""
    pixels = NARROW_PLOT / (summary.high - summary.low)
    room = (len(label) + len("D1")) * CHARACTER / 2
    near = [milestone - day for day in summary.dose_days if abs(milestone - day) * pixels < room]
    return {"xanchor": "left" if min(near, key=abs) >= 0 else "right"} if near else {}


def _cut_side(summary: ParticipantSummary, cut: int) -> dict[str, Any]:
    """On which side of its line the name of the data cut stands: away from a milestone whose name would touch it."""
    apart = {milestone - cut for milestone, _ in summary.milestones if abs(milestone - cut) < NAME_APART * (summary.high - summary.low)}
    sides = {"xanchor": "right" if min(apart, key=abs) >= 0 else "left"} if apart else {}
    return {"font": {"size": 10, "color": INK}, **sides}
