"""Two groups compared over several trials: naive pool, Mantel–Haenszel, and where the two disagree (section 10)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from math import exp, inf, log, nan, sqrt
from typing import Literal

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.pooled.meta import NORMAL, NOTHING, Estimate, Heterogeneity, build_heterogeneity
from dashboard.endpoints.proportions import SMALLEST_TOTAL, compute_interval

Disagreement = Literal["reversed", "opposed", "outside", "differing"]
# Below this p-value of Q the trials are called different: with few trials the test sees little.
DIFFERING = 0.1


@dataclass(frozen=True)
class Tables:
    """Responders and participants of two groups, one entry per trial."""

    events: Ints
    totals: Ints
    other_events: Ints
    other_totals: Ints

    # Trials are few: plain numbers of Python are many times as fast as arrays of so few.
    @cached_property
    def rows(self) -> tuple[tuple[int, int, int, int], ...]:
        """Responders and participants, then those of the other group, of each trial with participants in both: only they compare."""
        columns = (self.events, self.totals, self.other_events, self.other_totals)
        every = zip(*(column.tolist() for column in columns), strict=True)
        return tuple((x1, n1, x2, n2) for x1, n1, x2, n2 in every if n1 and n2)

    @cached_property
    def pooled(self) -> tuple[int, int, int, int]:
        """The sums over all trials, as if they were one."""
        return int(self.events.sum()), int(self.totals.sum()), int(self.other_events.sum()), int(self.other_totals.sum())

    def without(self, place: int) -> Tables:
        """The tables of all trials but the one at `place`."""
        return Tables(*(np.delete(column, place) for column in (self.events, self.totals, self.other_events, self.other_totals)))


def compute_difference(events: int, total: int, other_events: int, other_total: int) -> Estimate:
    """Difference of two proportions, first minus second, with Newcombe's interval from Wilson's limits.

    Newcombe, Statistics in Medicine 1998;17:873–890, method 10. No limits when one of the groups has fewer than 5; NaN when one has
    nobody.
    """
    if not (total and other_total):
        return NOTHING
    share, other = events / total, other_events / other_total
    low, high = compute_interval(events, total, "wilson")
    other_low, other_high = compute_interval(other_events, other_total, "wilson")
    below = sqrt((share - low) ** 2 + (other_high - other) ** 2)
    above = sqrt((high - share) ** 2 + (other - other_low) ** 2)
    return Estimate(share - other, share - other - below, share - other + above)


def compute_stratified_difference(tables: Tables) -> Estimate:
    """The Mantel–Haenszel difference of proportions: Σ w d / Σ w with w = n₁ n₂ / N and d the difference in each trial.

    Variance: Sato, Biometrics 1989;45:1323, which holds for few large and for many small trials; limits beyond ±1 are cut there.
    Trials without participants in both groups have no part; NaN without any other. No limits when one of the groups has fewer than 5
    in the others, or everybody or nobody of it responds: the variance would then be that of the other group alone.
    """
    if not tables.rows:
        return NOTHING
    weight = sum(n1 * n2 / (n1 + n2) for _, n1, _, n2 in tables.rows)
    value = sum((x1 * n2 - x2 * n1) / (n1 + n2) for x1, n1, x2, n2 in tables.rows) / weight
    if _is_extreme(tables.rows):
        return Estimate(value, nan, nan)
    # P and Q of Sato's estimator.
    first = sum((n1**2 * x2 - n2**2 * x1 + n1 * n2 * (n2 - n1) / 2) / (n1 + n2) ** 2 for x1, n1, x2, n2 in tables.rows)
    second = sum((x1 * (n2 - x2) + x2 * (n1 - x1)) / (2 * (n1 + n2)) for x1, n1, x2, n2 in tables.rows)
    half = NORMAL * sqrt(max(0.0, value * first + second)) / weight
    return Estimate(value, max(-1.0, value - half), min(1.0, value + half))


def _is_extreme(rows: Sequence[tuple[int, int, int, int]]) -> bool:
    x1, n1, x2, n2 = (sum(column) for column in zip(*rows, strict=True))
    return min(n1, n2) < SMALLEST_TOTAL or x1 in (0, n1) or x2 in (0, n2)


def compute_stratified_odds_ratio(tables: Tables) -> Estimate:
    """The Mantel–Haenszel odds ratio, first group against second, with the interval of Robins, Breslow and Greenland.

    Biometrics 1986;42:311–323; as R's mantelhaen.test. 0 or infinite without limits where one of the sums is 0, NaN where both are.
    With one trial it is the odds ratio with Woolf's interval.
    """
    cells = [(x1, n1 - x1, x2, n2 - x2, n1 + n2) for x1, n1, x2, n2 in tables.rows]
    sum_r, sum_s = sum(a * d / every for a, _, _, d, every in cells), sum(b * c / every for _, b, c, _, every in cells)
    if not (sum_r and sum_s):
        return Estimate(inf if sum_r else 0.0 if sum_s else nan, nan, nan)
    pr = sum((a + d) * a * d / every**2 for a, _, _, d, every in cells)
    ps_qr = sum(((a + d) * b * c + (b + c) * a * d) / every**2 for a, b, c, d, every in cells)
    qs = sum((b + c) * b * c / every**2 for _, b, c, _, every in cells)
    middle, half = log(sum_r / sum_s), NORMAL * sqrt(pr / (2 * sum_r**2) + ps_qr / (2 * sum_r * sum_s) + qs / (2 * sum_s**2))
    return Estimate(sum_r / sum_s, exp(middle - half), exp(middle + half))


def compute_difference_heterogeneity(tables: Tables) -> Heterogeneity:
    """Cochran's Q of the differences of the trials around the Mantel–Haenszel difference, weighted by the inverse of their variance.

    In a trial with an empty cell ½ is added to its four cells, else its variance might be 0. NaN with fewer than two trials in which
    both groups have participants.
    """
    trials = len(tables.rows)
    if trials < 2:
        return Heterogeneity(nan, max(trials - 1, 0), nan, nan)
    middle, q = compute_stratified_difference(tables).value, 0.0
    for row in tables.rows:
        x1, n1, x2, n2 = _correct(*row)
        p1, p2 = x1 / n1, x2 / n2
        q += (p1 - p2 - middle) ** 2 / (p1 * (1 - p1) / n1 + p2 * (1 - p2) / n2)
    return build_heterogeneity(q, trials)


def _correct(x1: int, n1: int, x2: int, n2: int) -> tuple[float, float, float, float]:
    half = 0.5 if min(x1, n1 - x1, x2, n2 - x2) == 0 else 0.0
    return x1 + half, n1 + 2 * half, x2 + half, n2 + 2 * half


def find_disagreements(tables: Tables) -> tuple[Disagreement, ...]:
    """What a reader of the naive comparison must know, the worst first.

    reversed   every trial in which the groups differ favours one group, at least two do, and the naive pool favours the other
               (Simpson's paradox)
    opposed    the naive pool and the stratified estimate favour different groups, but not every trial does
    outside    the naive difference lies outside the interval of the stratified one
    differing  the trials differ from each other by more than chance would (p-value of Q below 0.1)
    """
    naive, stratified = compute_difference(*tables.pooled), compute_stratified_difference(tables)
    return name_disagreements(tables, naive, stratified, compute_difference_heterogeneity(tables))


def name_disagreements(tables: Tables, naive: Estimate, stratified: Estimate, spread: Heterogeneity) -> tuple[Disagreement, ...]:
    """As `find_disagreements`, of estimates that are known already."""
    found: list[Disagreement] = []
    if _is_reversed(tables, naive.value):
        found.append("reversed")
    elif naive.value * stratified.value < 0:
        found.append("opposed")
    if not stratified.holds(naive.value):
        found.append("outside")
    if spread.p_value < DIFFERING:
        found.append("differing")
    return tuple(found)


def _is_reversed(tables: Tables, naive: float) -> bool:
    beyond = [x1 * n2 - x2 * n1 for x1, n1, x2, n2 in tables.rows if x1 * n2 != x2 * n1]
    return len(beyond) >= 2 and naive != 0 and all((each > 0) != (naive > 0) for each in beyond)
