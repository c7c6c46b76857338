"""The horizontal axis of the trajectories: weeks or days, planned visits, or days since the latest dose."""

from __future__ import annotations

import numpy as np

from dashboard.figures.trajectory_summary import TimeAxis
from dashboard.scene import Scene

WEEK = 7


def time_axis(scene: Scene) -> TimeAxis:
    """The horizontal axis of the scene: wide enough for every planned visit of the period and for every record in it."""
    axis = {"visit": _visit_axis, "dose": _dose_axis}.get(scene.view.x, _clock_axis)
    return axis(scene)


def _clock_axis(scene: Scene) -> TimeAxis:
    protocol, visits = scene.protocol, scene.protocol.period_visits(scene.view.period)
    unit = WEEK if scene.view.x == "week" else 1
    first, last = visits[0].target, visits[-1].target
    low, high = np.nanmin([first, scene.extent.first_day]), np.nanmax([last, scene.extent.last_day])
    margin = (last - first) * 0.03
    step = _step((last - first) / unit, scene.view.x)
    ticks = [tick for tick in range(0, int(high / unit) + 1, step) if tick >= low / unit]
    doses = [(dose.day / unit, f"dose {dose.number}") for dose in protocol.exposure.planned if first <= dose.day <= last]
    marks = [
        (protocol.visit(m.visit).target / unit, m.label) for m in protocol.milestones if first <= protocol.visit(m.visit).target <= last
    ]
    title = f"{'weeks' if unit == WEEK else 'days'} since {protocol.study.day_zero}"
    return TimeAxis(
        title, (low - margin) / unit, (high + margin) / unit, tuple(ticks), tuple(str(t) for t in ticks), tuple(doses), tuple(marks)
    )


def _step(span: float, kind: str) -> int:
    steps = (4, 6, 12, 24, 52) if kind == "week" else (14, 28, 84, 168, 364)
    return next((step for step in steps if span / step <= 7), steps[-1])


def _visit_axis(scene: Scene) -> TimeAxis:
    visits = scene.protocol.period_visits(scene.view.period)
    keys = [visit.key for visit in visits]
    dose_days = {dose.day: dose.number for dose in scene.protocol.exposure.planned}
    doses = [(float(place), f"dose {dose_days[visit.target]}") for place, visit in enumerate(visits) if visit.target in dose_days]
    marks = [(float(keys.index(m.visit)), m.label) for m in scene.protocol.milestones if m.visit in keys]
    places = tuple(float(place) for place in range(len(visits)))
    texts = tuple(visit.short for visit in visits)
    return TimeAxis("planned visit", -0.6, len(visits) - 0.4, places, texts, tuple(doses), tuple(marks), named=True)


def _dose_axis(scene: Scene) -> TimeAxis:
    planned = [dose.day for dose in scene.protocol.exposure.planned] or [0]
    last = scene.protocol.period_visits(scene.view.period)[-1].target
    planned_most = max(np.diff([*planned, max(last, planned[-1])]).max(), 1)
    high = float(np.nanmax([planned_most, scene.extent.days_since_dose]))
    step = _step(float(planned_most), "day")
    ticks = tuple(float(tick) for tick in range(0, int(high) + 1, step))
    return TimeAxis("days since the latest dose", -high * 0.03, high * 1.03, ticks, tuple(f"{t:.0f}" for t in ticks), ((0.0, "dose"),), ())
