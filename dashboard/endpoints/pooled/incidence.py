"""Cumulative incidence of events that compete with each other: Aalen–Johansen (endpoints, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.survival import NORMAL


@dataclass(frozen=True)
class Incidence:
    """Cumulative incidence: row 0 is time 0 before anything happened, then one row per distinct time, event or censoring.

    time keeps the unit given; at_risk counts just before the time; incidence, error (standard error), lower, upper (95 %, log-log)
    and events have a column per cause; shares, each holding from `time` to the next time. The limits are NaN while the incidence is
    0 or 1, where the transform has no value.
    """

    time: Floats = field(repr=False)
    at_risk: Ints = field(repr=False)
    incidence: Floats = field(repr=False)
    error: Floats = field(repr=False)
    lower: Floats = field(repr=False)
    upper: Floats = field(repr=False)
    events: Ints = field(repr=False)


def compute_incidence(time: Floats, cause: Ints, causes: int) -> Incidence:
    """The Aalen–Johansen estimate of right-censored times ≥ 0, one per participant; `cause` is 0 for censored, else 1 … `causes`.

    Each participant has the first of the events that compete. The standard error is the infinitesimal jackknife, the root of the
    squared influences of the participants summed (Therneau and Grambsch; survfit of R's survival package for several states); at one
    cause it is Greenwood's. A time with both events and censorings counts the events first. Without participants the estimate is
    row 0 alone. ValueError for a missing or negative time and for a cause outside 0 … `causes`.
    """
    if np.isnan(time).any() or (time < 0).any():
        raise ValueError("a time to event is missing or negative")
    if ((cause < 0) | (cause > causes)).any():
        raise ValueError(f"a cause is not one of 0 to {causes}")
    times, place = np.unique(time, return_inverse=True)
    counts = np.bincount(place * (causes + 1) + cause, minlength=len(times) * (causes + 1)).reshape(len(times), causes + 1)
    ended, events = counts.sum(axis=1), counts[:, 1:]
    at_risk = len(time) - ended.cumsum() + ended
    before: Floats = np.cumprod(np.r_[1.0, 1 - events.sum(axis=1) / at_risk])[:-1].astype(np.float64)
    incidence = np.cumsum(before[:, None] * events / at_risk[:, None], axis=0)
    error = _compute_error(at_risk, events, before, incidence)
    start = np.zeros((1, causes))
    incidence, error = np.concatenate([start, incidence]), np.concatenate([start, error])
    lower, upper = _compute_limits(incidence, error)
    counted: Ints = np.concatenate([start.astype(np.int64), events])
    return Incidence(np.r_[0.0, times], np.r_[len(time), at_risk], incidence, error, lower, upper, counted)


def compute_incidence_at(estimate: Incidence, day: float, cause: int) -> tuple[float, float, float]:
    """Incidence of `cause` (1 …) at `day` with its limits; NaN beyond the last time while somebody was still at risk without event."""
    if day > estimate.time[-1] and estimate.incidence[-1].sum() < 1 - 1e-9:
        return float("nan"), float("nan"), float("nan")
    place = int(np.searchsorted(estimate.time, day, side="right")) - 1
    value, lower, upper = (float(part[place, cause - 1]) for part in (estimate.incidence, estimate.lower, estimate.upper))
    return value, lower, upper


def _compute_error(at_risk: Ints, events: Ints, before: Floats, incidence: Floats) -> Floats:
    """The standard error of each cause's incidence at each time t.

    At time j let S be the share without any event before it, Y at risk, d events of the cause, D of all causes, F the incidence of the
    cause after it. A participant's influence on F(t) is the sum over j ≤ t of S c − (F(t) − F_j) C Y / (Y − D), where c (C) is what an
    own event of the cause (of any) adds, or having none takes away, over Y. Influences at two times have no product on average, so
    their squares are summed time by time: D / (Y (Y − D)) (F(t) − F_j − S (Y − D) d / (Y D))² + S² d (D − d) / (Y² D).
    """
    of_event = events.any(axis=1)
    risk, every = (part[of_event, None].astype(np.float64) for part in (at_risk, events.sum(axis=1)))
    own, share = events[of_event], before[of_event, None]
    # After an event of everybody left no incidence grows any more.
    weight = np.divide(every, risk * (risk - every), out=np.zeros(risk.shape), where=risk > every)
    # Counted from 1, the values of a cause without competitors are 0, and no digits are lost.
    grown = incidence[of_event] - 1
    reached = grown + share * (risk - every) * own / (risk * every)
    squares = np.cumsum(weight * reached**2 + share**2 * own * (every - own) / (risk**2 * every), axis=0)
    variance = grown**2 * np.cumsum(weight, axis=0) - 2 * grown * np.cumsum(weight * reached, axis=0) + squares
    # Between two events nothing changes.
    error: Floats = np.concatenate([np.zeros((1, events.shape[1])), np.sqrt(np.maximum(variance, 0.0))])[np.cumsum(of_event)]
    return error


def _compute_limits(incidence: Floats, error: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        logarithm = np.log(incidence)
        width = NORMAL * error / (incidence * logarithm)
        lower, upper = (incidence ** np.exp(sign * width) for sign in (-1, 1))
    open_ended = (incidence <= 0) | (incidence >= 1 - 1e-12)
    return np.where(open_ended, np.nan, lower), np.where(open_ended, np.nan, upper)
