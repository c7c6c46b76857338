"""Baseline by rule, baseline strata, and change from baseline."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_day_key, encode_names
from dashboard.study.plan import Stratum

BASELINE_RULES = ("last", "mean")


def compute_baseline(cell: Ints, day: Ints, value: Floats, eligible: Flags, cells: int, rule: str) -> Floats:
    """Baseline of each cell (participant and analyte numbered together), NaN where there is none.

    A value counts when it is `eligible` (has a day and a value and is not known to be drawn after a dose) and its day
    is ≤ 0. Values of one day count as their mean. Rule `last`: the last such day; rule `mean`: the mean over such
    days, each counting once. ValueError for another rule.
    """
    if rule not in BASELINE_RULES:
        raise ValueError(f"baseline rule {rule!r} is none of {', '.join(BASELINE_RULES)}")
    used = eligible & (day <= 0)
    keys, first, of_day = np.unique(compute_day_key(cell[used], day[used]), return_index=True, return_inverse=True)
    day_mean = np.bincount(of_day, value[used], len(keys)) / np.bincount(of_day, minlength=len(keys))
    day_cell = cell[used][first]
    baseline = np.full(cells, np.nan)
    if rule == "last":
        # Days are sorted within a cell, so the last assignment that stands is the last day's.
        last = np.r_[day_cell[1:] != day_cell[:-1], True][: len(day_cell)]
        baseline[day_cell[last]] = day_mean[last]
        return baseline
    days = np.bincount(day_cell, minlength=cells)
    np.divide(np.bincount(day_cell, day_mean, cells), days, out=baseline, where=days > 0)
    return baseline


def derive_change(value: Floats, baseline: Floats) -> dict[str, Floats]:
    """Columns baseline, change, percent_change and fold, row by row, for every row whose baseline is known.

    Rows on or before day 0 are included: the baseline row itself has change 0. Change is in cells/µL,
    percent_change = 100 × change / baseline and fold = value / baseline are missing when the baseline is 0.
    """
    divisor = np.where(baseline == 0, np.nan, baseline)
    change = value - baseline
    return {"baseline": baseline, "change": change, "percent_change": 100 * change / divisor, "fold": value / divisor}


def derive_stratum(baseline: Floats, strata: Sequence[Stratum]) -> pd.api.extensions.ExtensionArray:
    """Key of the stratum with low ≤ baseline < high, the empty string where there is none or no baseline."""
    code = np.full(len(baseline), -1, dtype=np.int64)
    for position, stratum in enumerate(strata):
        low = -np.inf if stratum.low is None else stratum.low
        high = np.inf if stratum.high is None else stratum.high
        code[(baseline >= low) & (baseline < high)] = position
    return encode_names(code, [stratum.key for stratum in strata])
