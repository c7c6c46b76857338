"""Flag: a value about ten, a hundred or a thousand times off both neighbouring values, as a wrong unit makes it."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import DAY_REACH, Floats, Ints
from dashboard.endpoints.quality.rows import Evidence, derive_count_rows
from dashboard.endpoints.quality.words import UNIT, describe_day, describe_number
from dashboard.study.columns import BELOW_LOQ, DAY, VALUE

# Counts vary between days, so that a slip of exactly ten rarely shows as ten or more against both neighbours. In a synthetic trial of
# 600 participants (46,916 counts with two neighbours) none is even four times off both; multiplied by ten, 95 % are at least five
# times both neighbours and 31 % at least ten times.
TIMES_OFF = 5.0


@dataclass(frozen=True)
class _Neighbours:
    """Two neighbouring days and their values for each quantified day; NaN value where there are fewer than two others."""

    key: Ints = field(repr=False)
    days: tuple[Ints, Ints] = field(repr=False)
    values: tuple[Floats, Floats] = field(repr=False)


def derive_unit_slips(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every count that is at least five times both its neighbours, or at most a fifth of both.

    By participant and analyte. The neighbours of a count are the daily values of the previous and the next day that has one; for the
    first day the next two, for the last day the previous two. Counts below the limit of quantification and zeros are neither judged
    nor neighbours; with fewer than three days left nothing can be said. The factor named is the power of ten nearest to the
    geometric mean of the two ratios (10, 100, 1,000, …); `expected` is the value without it. Slips of two days that follow each other
    hide one another.
    """
    places, near = evidence.places, _find_neighbours(evidence)
    row = np.flatnonzero(places.placed & ~evidence.analysis.counts[BELOW_LOQ].to_numpy() & (places.value > 0))
    place = np.searchsorted(near.key, places.cell_day[row])
    judged = np.r_[near.key, -1][place] == places.cell_day[row]
    row, place = row[judged], place[judged]
    value, one, other = places.value[row], near.values[0][place], near.values[1][place]
    # A missing neighbour is NaN, which makes both comparisons false.
    odd = (value >= TIMES_OFF * np.maximum(one, other)) | (TIMES_OFF * value <= np.minimum(one, other))
    off = (np.log10(value) - (np.log10(one) + np.log10(other)) / 2)[odd]
    row, place = row[odd], place[odd]
    sentences = [_describe(evidence, near, *of) for of in zip(row.tolist(), place.tolist(), off.tolist(), strict=True)]
    return derive_count_rows(evidence, row, sentences, value[odd] / 10.0 ** np.round(off))


def _find_neighbours(evidence: Evidence) -> _Neighbours:
    daily = evidence.analysis.daily
    kept = ~daily[BELOW_LOQ].to_numpy() & (daily[VALUE].to_numpy() > 0)
    key, day = evidence.daily_key[kept], daily[DAY].to_numpy(dtype=np.int64)[kept]
    value = daily[VALUE].to_numpy()[kept]
    # Without its day the key numbers participant and analyte together.
    first = np.flatnonzero(np.diff(key // (2 * DAY_REACH), prepend=-1))
    size = np.diff(np.r_[first, len(key)])
    position = np.arange(len(key)) - np.repeat(first, size)
    last = np.repeat(size, size) - 1
    before = np.where(position == 0, 1, np.where(position == last, -2, -1))
    after = np.where(position == 0, 2, np.where(position == last, -1, 1))
    alone = last < 2
    at = [np.where(alone, 0, np.arange(len(key)) + step) for step in (before, after)]
    values = [np.where(alone, np.nan, value[place]) for place in at]
    return _Neighbours(key, (day[at[0]], day[at[1]]), (values[0], values[1]))


def _describe(evidence: Evidence, near: _Neighbours, row: int, place: int, off: float) -> str:
    places, fold = evidence.places, f"{10 ** round(abs(off)):,}-fold"
    factor = describe_number(float(f"{10 ** abs(off):.0e}"))
    times = f"{factor} times" if off > 0 else f"1/{factor} of"
    what = f"{evidence.short(places.analyte[row])} of {describe_number(places.value[row])} {UNIT} on {describe_day(places.day[row])}"
    sides = zip(near.values, near.days, strict=True)
    beside = " and ".join(f"{describe_number(values[place])} on {describe_day(days[place])}" for values, days in sides)
    return f"{what} is about {times} both neighbouring values ({beside}): probably a {fold} unit slip."
