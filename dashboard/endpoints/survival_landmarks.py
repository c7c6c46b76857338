"""Survival at given days, and from a landmark day on for those event-free at it (endpoints, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.survival import KaplanMeier, compute_kaplan_meier


@dataclass(frozen=True)
class SurvivalAt:
    """Survival at each `day` with its 95 % log-log limits, as shares; at_risk are those with a time on or after the day.

    Missing (NaN) beyond the last time, unless survival is 0 there: nobody was observed so long, and nothing is extrapolated.
    """

    day: Floats = field(repr=False)
    survival: Floats = field(repr=False)
    lower: Floats = field(repr=False)
    upper: Floats = field(repr=False)
    at_risk: Ints = field(repr=False)


def compute_survival_at(curve: KaplanMeier, days: Floats) -> SurvivalAt:
    """The curve's survival at `days`, which are in the unit of its times."""
    place = np.searchsorted(curve.time, days, side="right") - 1
    unknown = (days > curve.time[-1]) & (curve.survival[-1] > 0)
    survival, lower, upper = (np.where(unknown, np.nan, part[place]) for part in (curve.survival, curve.lower, curve.upper))
    # Row 0 is time 0 before anything happened, so an own row for time 0 comes after it.
    following = np.searchsorted(curve.time[1:], days, side="left") + 1
    return SurvivalAt(days, survival, lower, upper, np.append(curve.at_risk, 0)[following])


def select_at_landmark(time: Floats, landmark: float) -> Flags:
    """Who is event-free and under observation after day `landmark`: those of an analysis from it on (Anderson, J Clin Oncol 1983;1:710)."""
    after: Flags = time > landmark
    return after


def compute_landmark_curve(time: Floats, event: Flags, landmark: float) -> KaplanMeier:
    """The Kaplan–Meier curve of those of `select_at_landmark`, with times counted from the landmark."""
    kept = select_at_landmark(time, landmark)
    return compute_kaplan_meier(time[kept] - landmark, event[kept])
