"""Cumulative incidence of events that compete with each other: Aalen–Johansen (endpoints, section 7)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.survival import NORMAL, compute_at_risk


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
    at_risk = compute_at_risk(time, times)
    events = np.stack([np.bincount(place[cause == k], minlength=len(times)) for k in range(1, causes + 1)], axis=1)
    before: Floats = np.cumprod(np.r_[1.0, 1 - events.sum(axis=1) / at_risk])[:-1].astype(np.float64)
    incidence = np.cumsum(before[:, None] * events / at_risk[:, None], axis=0)
    error = _compute_error(time, cause, times, at_risk, events, before)
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


def _compute_error(time: Floats, cause: Ints, times: Floats, at_risk: Ints, events: Ints, before: Floats) -> Floats:
    """The standard error of each cause's incidence at each of `times`.

    With S the share without any event before a time, Y at risk and d events at it, participant i changes log S by (dᵢ − Yᵢ d / Y) / Y
    with the sign reversed, and the incidence of a cause by its step through S and by S (dₖᵢ − Yᵢ dₖ / Y) / Y.
    """
    free, added = np.zeros(len(time)), np.zeros((len(time), events.shape[1]))
    error = np.zeros(events.shape)
    causes = np.arange(1, events.shape[1] + 1)
    for at, (day, risk, counts) in enumerate(zip(times, at_risk, events, strict=True)):
        if counts.any():
            own = (time == day)[:, None] & (cause[:, None] == causes)
            change = (own - (time >= day)[:, None] * (counts / risk)) / risk
            added += free[:, None] * (counts / risk) + before[at] * change
            free = free * (1 - counts.sum() / risk) - before[at] * change.sum(axis=1)
        error[at] = np.sqrt(np.square(added).sum(axis=0))
    return error


def _compute_limits(incidence: Floats, error: Floats) -> tuple[Floats, Floats]:
    with np.errstate(divide="ignore", invalid="ignore"):
        logarithm = np.log(incidence)
        width = NORMAL * error / (incidence * logarithm)
        lower, upper = (incidence ** np.exp(sign * width) for sign in (-1, 1))
    open_ended = (incidence <= 0) | (incidence >= 1 - 1e-12)
    return np.where(open_ended, np.nan, lower), np.where(open_ended, np.nan, upper)
