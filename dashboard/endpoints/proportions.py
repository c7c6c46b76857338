"""Intervals for a proportion."""

from __future__ import annotations

from math import nan, sqrt
from typing import get_args

import numpy as np
from scipy.special import betaincinv, ndtri

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.study.choices import IntervalMethod

SMALLEST_TOTAL = 5


def compute_interval(successes: int, total: int, method: IntervalMethod, level: float = 0.95) -> tuple[float, float]:
    """Two-sided interval for successes / total at `level`; (NaN, NaN) when total < 5.

    exact     Clopper–Pearson: never covers less than the level
    wilson    the score interval, without continuity correction
    jeffreys  quantiles of Beta(x + ½, n − x + ½), with lower end 0 at x = 0 and upper end 1 at x = n
              (Brown, Cai and DasGupta, Statistical Science 2001;16:101–133)

    ValueError for an unknown method or successes outside 0 … total.
    """
    if method not in get_args(IntervalMethod):
        raise ValueError(f"interval method {method!r} is none of {', '.join(get_args(IntervalMethod))}")
    if not 0 <= successes <= total:
        raise ValueError(f"{successes} of {total} is not a proportion")
    if total < SMALLEST_TOTAL:
        return nan, nan
    if method == "wilson":
        return _compute_wilson(successes, total, level)
    tail, failures = (1 - level) / 2, total - successes
    # Clopper–Pearson takes Beta(x, n − x + 1) below and Beta(x + 1, n − x) above; Jeffreys half a count on both sides.
    less, more = (0.0, 1.0) if method == "exact" else (0.5, 0.5)
    lower = 0.0 if successes == 0 else float(betaincinv(successes + less, failures + more, tail))
    upper = 1.0 if failures == 0 else float(betaincinv(successes + more, failures + less, 1 - tail))
    return lower, upper


def _compute_wilson(successes: int, total: int, level: float) -> tuple[float, float]:
    z = float(ndtri(0.5 + level / 2))
    share, scale = successes / total, 1 + z * z / total
    centre = (share + z * z / (2 * total)) / scale
    half = z * sqrt(share * (1 - share) / total + z * z / (4 * total * total)) / scale
    # The limits at x = 0 and x = n are exactly 0 and 1; rounding would leave 1e-17.
    return (0.0 if successes == 0 else centre - half), (1.0 if successes == total else centre + half)


def compute_limits(successes: Ints, totals: Ints, method: IntervalMethod | None, level: float = 0.95) -> tuple[Floats, Floats]:
    """`compute_interval` of every entry of `successes` and of `totals` beside it, in the same shape; NaN throughout without a method."""
    lower, upper = np.full(successes.shape, nan), np.full(successes.shape, nan)
    if method is None:
        return lower, upper
    # Many cells hold the same pair; each interval is computed once.
    known: dict[tuple[int, int], tuple[float, float]] = {}
    for place, pair in enumerate(zip(successes.ravel().tolist(), totals.ravel().tolist(), strict=True)):
        if pair not in known:
            known[pair] = compute_interval(*pair, method, level)
        lower.flat[place], upper.flat[place] = known[pair]
    return lower, upper
