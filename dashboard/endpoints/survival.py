"""Time to an event: Kaplan–Meier, its median, follow-up, numbers at risk (endpoints, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from scipy.special import ndtri

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time_above import build_points
from dashboard.study.choices import Who
from dashboard.study.columns import COHORT

HALF = 0.5
NORMAL = float(ndtri(0.975))
# A product of fractions that should be one half may miss it by rounding; R's survfit compares with the same tolerance.
TOLERANCE = 2.0**-26


@dataclass(frozen=True)
class KaplanMeier:
    """A survival curve: row 0 is time 0 with survival 1, then one row per distinct time, event or censoring.

    time and the medians keep the unit given; survival, lower, upper (95 %, log-log) hold from `time` to the next time;
    lower and upper are NaN while survival is 1 or 0, where the transform has no value; at_risk counts just before the
    time; events and censored at it.
    A median or limit that the curve does not reach is NaN.
    """

    time: Floats = field(repr=False)
    survival: Floats = field(repr=False)
    lower: Floats = field(repr=False)
    upper: Floats = field(repr=False)
    at_risk: Ints = field(repr=False)
    events: Ints = field(repr=False)
    censored: Ints = field(repr=False)
    median: float
    median_lower: float
    median_upper: float


def derive_time_to_threshold(
    analysis: Analysis, selected: Flags, analyte: str, threshold: float, period_key: str, who: Who
) -> pd.DataFrame:
    """Time to the first value ≥ threshold: participant_index, cohort, time (days since first dose), event.

    Values are the points of `build_points`: the baseline at day 0, then the daily values of the period. A baseline at or
    above the threshold is an event at day 0; who never reaches it is censored at the last point. Under `eligible` only
    participants with a baseline below the threshold; participants without baseline have no point and are absent.
    """
    points = build_points(analysis, selected, analyte, period_key)
    person, place = np.unique(points.participant_index, return_index=True)
    if len(person) == 0:
        first, last = np.empty(0), np.empty(0)
    else:
        first = np.minimum.reduceat(np.where(points.value >= threshold, points.day, np.inf), place)
        last = np.maximum.reduceat(points.day, place)
    event = np.isfinite(first)
    cohort = analysis.participants[COHORT].iloc[person].reset_index(drop=True)
    frame = pd.DataFrame({"participant_index": person, "cohort": cohort, "time": np.where(event, first, last), "event": event})
    eligible = analysis.participants[f"baseline_{analyte}"].to_numpy()[person] < threshold
    return frame[eligible | (who == "everyone")].reset_index(drop=True)


def compute_kaplan_meier(time: Floats, event: Flags) -> KaplanMeier:
    """The Kaplan–Meier curve of right-censored times ≥ 0, one per participant, with log-log interval and median.

    The interval is Greenwood's on the log-log scale (Kalbfleisch and Prentice, 2002, section 1.4); a time with both events and
    censorings counts the events first.
    Median and its limits are where survival, lower and upper fall to one half (Brookmeyer and Crowley, Biometrics
    1982;38:29); a curve that runs level at exactly one half gives the middle of that stretch, as R's print.survfit and SAS do. Without
    participants the curve is row 0 alone. ValueError for a missing or negative time.
    """
    if np.isnan(time).any() or (time < 0).any():
        raise ValueError("a time to event is missing or negative")
    times, place = np.unique(time, return_inverse=True)
    events, ended = (np.bincount(part, minlength=len(times)) for part in (place[event], place))
    at_risk = len(time) - ended.cumsum() + ended
    survival, lower, upper = _compute_curve(events, at_risk)
    days = np.r_[0.0, times]
    medians = [_compute_crossing(days, curve) for curve in (survival, lower, upper)]
    at_risk, events, ended = np.r_[len(time), at_risk], np.r_[0, events], np.r_[0, ended]
    return KaplanMeier(days, survival, lower, upper, at_risk, events, ended - events, *medians)


def compute_follow_up(time: Floats, event: Flags) -> KaplanMeier:
    """Reverse Kaplan–Meier: the curve of follow-up, where an event censors the time under observation."""
    return compute_kaplan_meier(time, ~event)


def compute_at_risk(time: Floats, grid: Floats) -> Ints:
    """How many of `time` are at risk just before each time of `grid`, that is, have a time at or after it."""
    at_risk: Ints = len(time) - np.searchsorted(np.sort(time), grid, side="left").astype(np.int64)
    return at_risk


def _compute_curve(events: Ints, at_risk: Ints) -> tuple[Floats, Floats, Floats]:
    """Survival, lower and upper at time 0 and at each distinct time."""
    survival = np.r_[1.0, np.cumprod(1 - events / at_risk)]
    # Greenwood's sum; the last term is infinite where everyone at risk has the event, and the limits are then not defined.
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = np.r_[0.0, np.cumsum(events / (at_risk * (at_risk - events)))]
        logarithm = np.log(survival)
        width = NORMAL * np.sqrt(greenwood) / logarithm
        lower, upper = (survival ** np.exp(sign * width) for sign in (-1, 1))
    open_ended = (survival == 1) | (survival == 0)
    return survival, np.where(open_ended, np.nan, lower), np.where(open_ended, np.nan, upper)


def _compute_crossing(time: Floats, curve: Floats) -> float:
    """First time at which a falling curve is at or below one half; the middle of a level stretch at exactly one half."""
    down = np.flatnonzero(curve <= HALF + TOLERANCE)
    if len(down) == 0:
        return float("nan")
    first = down[0]
    below = np.flatnonzero(curve < HALF - TOLERANCE)
    if curve[first] >= HALF - TOLERANCE and len(below):
        return float((time[first] + time[below[0]]) / 2)
    return float(time[first])
