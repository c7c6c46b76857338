"""Recovery of counts after day 0: aplasia by visit, and the time until a count is again at or above a level."""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.proportions import compute_limits
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.visits import NO_VISIT, place_visits
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import ANALYTE, COHORT, DAY, DOSED, VALUE
from dashboard.study.pooled import Aplasia

# What ended the wait for recovery.
CENSORED, RECOVERED, MILESTONE, DIED = range(4)
NO_VALUE, NEVER_BELOW, NOT_DOSED = "no count after day 0", "no count below the level after day 0", "no first dose"
# One row per participant, whoever is selected.
#   below_day   first day after day 0 with a value below the level; NaN without one
#   time        days since day 0 to what ended the wait, NaN where `reason` says why there is none
#   cause       CENSORED, RECOVERED, MILESTONE or DIED
RECOVERY_COLUMNS: dict[str, str] = {
    "participant_index": "int64", "below_day": "float64", "time": "float64", "cause": "int64", "reason": "str",
}  # fmt: skip
# One row per cohort (then `all`) and planned visit: n participants below the limit of `of` with a value at the visit.
APLASIA_COLUMNS: dict[str, str] = {
    COHORT: "str", "visit": "str", "n": "int64", "of": "int64", "proportion": "float64", "lower": "float64", "upper": "float64",
}  # fmt: skip


def derive_recovery(analysis: Analysis, analyte: str, level: float, milestone_day: Floats, death_day: Floats) -> pd.DataFrame:
    """RECOVERY_COLUMNS: the first value ≥ `level` (cells/µL) after the first value below it, both after day 0.

    Values are daily means. Whoever never falls below the level has nothing to recover from, and no time. The wait ends with what
    comes first: recovery, the milestone (a transplant, after which a count is no longer that of the treatment) or death, all by
    participant_index, NaN for none; on one day in this order. Without any of them the participant is censored at the last value.
    """
    people = len(analysis.participants)
    daily = analysis.daily[(analysis.daily[ANALYTE] == analyte) & (analysis.daily[DAY] > 0)]
    person, day, value = (daily[name].to_numpy() for name in ("participant_index", DAY, VALUE))
    days = day.astype(np.float64)
    below = _first(person, days, value < level, people)
    recovered = _first(person, days, (value >= level) & (days > below[person]), people)
    last = -_first(person, -days, np.ones(len(days), dtype=bool), people)
    ends = np.stack([recovered, milestone_day, death_day])
    ends = np.where(np.isnan(ends), np.inf, ends)
    cause = np.where(np.isfinite(ends).any(axis=0), ends.argmin(axis=0) + 1, CENSORED)
    time = np.where(cause == CENSORED, last, ends.min(axis=0))
    dosed = analysis.participants[DOSED].to_numpy(dtype=bool)
    reason = np.select([~dosed, np.isnan(last), np.isnan(below)], [NOT_DOSED, NO_VALUE, NEVER_BELOW], "")
    shown = reason == ""
    columns = {"below_day": below, "time": np.where(shown, time, np.nan), "cause": np.where(shown, cause, CENSORED), "reason": reason}
    return pd.DataFrame({"participant_index": np.arange(people), **columns}).astype(RECOVERY_COLUMNS)


def _first(person: np.ndarray, days: Floats, flags: Flags, people: int) -> Floats:
    """The smallest of the flagged days of each participant, NaN for none."""
    first = np.full(people, np.inf)
    np.minimum.at(first, person[flags], days[flags])
    return np.where(np.isinf(first), np.nan, first)


def flag_after(rows: pd.DataFrame, milestone_day: Floats) -> Flags:
    """Which rows of `Analysis.counts` (or `daily`) are of a later day than the milestone of their participant."""
    day = rows[DAY].to_numpy(dtype=np.float64, na_value=np.nan)
    after: Flags = day > milestone_day[rows["participant_index"].to_numpy()]
    return after


@dataclass(frozen=True)
class AplasiaCounts:
    """By cohort, then all together (first axis), and visit (second axis): what APLASIA_COLUMNS hold."""

    n: Ints
    of: Ints
    proportion: Floats
    lower: Floats
    upper: Floats


def summarise_aplasia(
    analysis: Analysis, selected: Flags, aplasia: Aplasia, visits: tuple[str, ...], method: IntervalMethod, left_out: Flags | None = None
) -> pd.DataFrame:
    """APLASIA_COLUMNS of the analysed values of the selected participants at the planned `visits`, in their order.

    `left_out` marks rows of `Analysis.daily` that do not count, such as those after a transplant. Proportions are NaN without a
    value, limits also below five.
    """
    counted = analysis if left_out is None else replace(analysis, daily=analysis.daily[~left_out])
    counts, groups = count_aplasia(counted, selected, aplasia, visits, method), (*analysis.protocol.cohort_keys, ALL_COHORTS)
    names = {COHORT: np.repeat(np.array(groups, dtype=object), len(visits)), "visit": np.tile(np.array(visits, dtype=object), len(groups))}
    columns = {part.name: getattr(counts, part.name).ravel() for part in fields(counts)}
    return pd.DataFrame(names | columns).astype(APLASIA_COLUMNS)


def count_aplasia(analysis: Analysis, selected: Flags, aplasia: Aplasia, visits: tuple[str, ...], method: IntervalMethod) -> AplasiaCounts:
    """The numbers of `summarise_aplasia`, without a frame."""
    rows, place = analysis.analysed_arrays_of[aplasia.analyte], place_visits(analysis.protocol, visits)
    picked = (place[rows.visit] != NO_VISIT) & selected[rows.participant]
    cohorts = len(analysis.protocol.cohorts)
    cell = analysis.cohort_codes[rows.participant[picked]] * len(visits) + place[rows.visit[picked]]
    low = rows.value[picked] < aplasia.below
    by_cohort = [np.bincount(part, minlength=cohorts * len(visits)).reshape(cohorts, len(visits)) for part in (cell[low], cell)]
    n, of = (np.vstack([cells, cells.sum(axis=0)]).astype(np.int64) for cells in by_cohort)
    with np.errstate(divide="ignore", invalid="ignore"):
        proportion = np.where(of > 0, n / of, np.nan)
    return AplasiaCounts(n, of, proportion, *compute_limits(n, of, method))
