"""One proportion over several trials: pooled, stratified by trial, without each trial, and how far the trials differ (section 10)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from math import nan, sqrt

import numpy as np
from scipy.special import chdtrc, ndtri

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.proportions import SMALLEST_TOTAL, compute_interval
from dashboard.study.choices import IntervalMethod

NORMAL = float(ndtri(0.975))


@dataclass(frozen=True)
class Estimate:
    """A value with its 95 % interval; limits are NaN where none is given, all three where there is nobody."""

    value: float
    lower: float
    upper: float

    def holds(self, value: float) -> bool:
        """Whether `value` lies within the limits; without limits nothing lies outside them."""
        return not (value < self.lower or value > self.upper)


@dataclass(frozen=True)
class Heterogeneity:
    """Cochran's Q with its degrees of freedom and p-value, and I² in percent; NaN with fewer than two trials."""

    q: float
    degrees_of_freedom: int
    p_value: float
    i_squared: float


NOTHING = Estimate(nan, nan, nan)


def compute_naive_share(events: Ints, totals: Ints, method: IntervalMethod) -> Estimate:
    """All participants as if of one trial: Σ events / Σ totals with the interval of `compute_interval`."""
    x, n = int(events.sum()), int(totals.sum())
    return Estimate(x / n, *compute_interval(x, n, method)) if n else NOTHING


def compute_stratified_share(events: Ints, totals: Ints) -> Estimate:
    """The proportion stratified by trial: Σ w p with w = trial size / all, and its stratified Wilson interval.

    Weights by trial size are the Mantel–Haenszel weights of a single proportion, and make the value that of the naive pool; what
    differs is the interval, which uses the variance within trials alone. Interval: Yan and Su, Statistics in Biopharmaceutical
    Research 2010;2:329–335, with these weights: Σ w L and Σ w U of the Wilson limits of each trial at the quantile
    z √Σ w²v / Σ w√v, v = p (1 − p) / n. With one trial it is Wilson's interval. Where no trial has a variance, v = 1 / n.
    A trial without participants has no part; no limits below 5 participants.
    """
    kept = totals > 0
    n = totals[kept].astype(np.float64)
    if not len(n):
        return NOTHING
    share, weight = events[kept] / n, n / n.sum()
    value = float((weight * share).sum())
    if n.sum() < SMALLEST_TOTAL:
        return Estimate(value, nan, nan)
    variance = share * (1 - share) / n
    variance = variance if variance.any() else 1 / n
    z = NORMAL * sqrt((weight**2 * variance).sum()) / float((weight * np.sqrt(variance)).sum())
    lower, upper = _compute_wilson(share, n, z)
    return Estimate(value, float((weight * lower).sum()), float((weight * upper).sum()))


def _compute_wilson(share: Floats, n: Floats, z: float) -> tuple[Floats, Floats]:
    """Wilson's limits at quantile z for each trial; exactly 0 and 1 where the proportion is, free of rounding."""
    scale = 1 + z * z / n
    centre = (share + z * z / (2 * n)) / scale
    half = z * np.sqrt(share * (1 - share) / n + z * z / (4 * n * n)) / scale
    return np.where(share == 0, 0.0, centre - half), np.where(share == 1, 1.0, centre + half)


def compute_share_heterogeneity(events: Ints, totals: Ints) -> Heterogeneity:
    """Cochran's Q = Σ n (p − P)² / P (1 − P) around the pooled proportion P, and I² = (Q − df) / Q, not below 0.

    The weights are those of the stratified estimate, so that a trial in which everybody or nobody responds counts; Q is then the
    chi-squared statistic of homogeneity of R's chisq.test. Trials without participants have no part.
    """
    kept = totals > 0
    n, x = totals[kept], events[kept]
    if len(n) < 2:
        return Heterogeneity(nan, max(len(n) - 1, 0), nan, nan)
    pooled = x.sum() / n.sum()
    spread = pooled * (1 - pooled)
    q = float((n * (x / n - pooled) ** 2).sum() / spread) if spread else 0.0
    return build_heterogeneity(q, len(n))


def build_heterogeneity(q: float, trials: int) -> Heterogeneity:
    """Q of so many trials with its degrees of freedom, p-value and I² (Higgins and Thompson, Statistics in Medicine 2002;21:1539)."""
    freedom = trials - 1
    return Heterogeneity(q, freedom, float(chdtrc(freedom, q)), 100 * max(0.0, (q - freedom) / q) if q else 0.0)


def leave_each_out(estimate: Callable[..., Estimate], *columns: Ints) -> list[Estimate]:
    """`estimate` of all trials but one, for each trial in turn; every column has one entry per trial."""
    return [estimate(*(np.delete(column, place) for column in columns)) for place in range(len(columns[0]))]
