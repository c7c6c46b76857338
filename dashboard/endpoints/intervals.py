"""Intervals between consecutive samples, the part of each above a threshold, and the episodes they join to."""

from __future__ import annotations

from dataclasses import dataclass
from typing import get_args

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.study.choices import Rule


@dataclass(frozen=True)
class Points:
    """Samples in time, one entry per participant and day, sorted by participant_index, then day; no NaN.

    participant_index (int), day (days since first dose, float), value (cells/µL).
    """

    participant_index: Ints
    day: Floats
    value: Floats


@dataclass(frozen=True)
class Intervals:
    """Intervals between consecutive points of one participant, cut at start and horizon; `above` is [rise, fall]."""

    participant_index: Ints
    begin: Floats
    end: Floats
    counted: Flags
    rise: Floats
    fall: Floats

    @property
    def above(self) -> Flags:
        """Intervals with time above of positive length."""
        flags: Flags = self.fall > self.rise
        return flags


def compute_intervals(points: Points, threshold: float, rule: Rule, gap_cap: int | None, start: float, horizon: float) -> Intervals:
    """The intervals of all participants, with the part of each that is above by `rule`; ValueError for an unknown rule.

    `counted` is false beyond the gap cap, which is compared with the days between the two samples, not with what
    remains of the interval between start and horizon: the cap asks how far apart the evidence is.
    """
    left = np.flatnonzero(points.participant_index[1:] == points.participant_index[:-1])
    begin, end = points.day[left], points.day[left + 1]
    rise, fall = _compute_segment(begin, end, points.value[left], points.value[left + 1], threshold, rule)
    counted = np.full(len(left), True) if gap_cap is None else end - begin <= gap_cap
    begin, end = np.clip(begin, start, horizon), np.clip(end, start, horizon)
    # Without time above, rise = fall: the length is then zero and no episode begins.
    rise = np.where(counted, np.clip(rise, start, horizon), begin)
    fall = np.where(counted, np.clip(fall, start, horizon), begin)
    return Intervals(points.participant_index[left], begin, end, counted, rise, fall)


def _compute_segment(begin: Floats, end: Floats, early: Floats, late: Floats, threshold: float, rule: Rule) -> tuple[Floats, Floats]:
    """First and last day above within each interval, uncut; equal where there is no time above."""
    if rule not in get_args(Rule):
        raise ValueError(f"rule {rule!r} is none of {', '.join(get_args(Rule))}")
    early_above, late_above = early >= threshold, late >= threshold
    if rule == "linear":
        rises, falls = ~early_above & late_above, early_above & ~late_above
        share = np.divide(threshold - early, late - early, out=np.zeros(len(begin)), where=rises | falls)
        crossing = begin + share * (end - begin)
        rise = np.where(early_above, begin, np.where(rises, crossing, end))
        return rise, np.where(falls, crossing, end)
    whole = {"locf": early_above, "nocb": late_above, "both-ends": early_above & late_above, "either-end": early_above | late_above}
    return begin, np.where(whole[rule], end, begin)


def derive_episodes(intervals: Intervals) -> pd.DataFrame:
    """Longest runs of time above without a break: participant_index, start_day, end_day, in order of participant and day."""
    above = intervals.above
    person, rise, fall = intervals.participant_index[above], intervals.rise[above], intervals.fall[above]
    if len(person) == 0:
        return pd.DataFrame({"participant_index": person, "start_day": rise, "end_day": fall})
    fresh = np.flatnonzero(np.r_[True, (person[1:] != person[:-1]) | (rise[1:] != fall[:-1])])
    last = np.r_[fresh[1:], len(person)] - 1
    return pd.DataFrame({"participant_index": person[fresh], "start_day": rise[fresh], "end_day": fall[last]})
