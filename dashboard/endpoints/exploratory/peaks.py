"""Observed Cmax and tmax of every dose, within what was sampled; and their summary by cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from math import prod

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_names
from dashboard.endpoints.exploratory.concentrations import ASSAY
from dashboard.endpoints.exploratory.samples import summarise_means
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import compute_quartiles
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, BELOW_LOQ, DAY, DOSE_NUMBER, VALUE
from dashboard.study.unit_names import plain_unit

PEAK_STATISTICS = (
    "doses", "sampled", "late", "all_below", "n", "gmean", "gmean_lower", "gmean_upper", "median", "min", "max", "gcv",
    "tmax_median", "tmax_min", "tmax_max", "first_sample", "last_sample",
)  # fmt: skip
# A profile whose first sample comes later than this many days after the dose has missed the peak: concentrations of NT-I7 are highest
# within a day or two of an intramuscular dose (Park 2025: absorbed at 0.341 per hour, two fifths of it 22.5 hours late).
PEAK_WITHIN_DAYS = 2.0
_NO_ROW = -1
_DAYS = {"amount": AMOUNT, "cmax": "cmax", "tmax": "tmax_days", "first": "first_sample", "last": "last_sample"}
_COUNTS = {"assay": "assay", "dose": DOSE_NUMBER, "samples": "samples", "below": "below_limit"}


def derive_peaks(concentrations: pd.DataFrame, analysis: Analysis, within_days: float = PEAK_WITHIN_DAYS) -> pd.DataFrame:
    """One row per assay and dose given, in that order, also where nothing was sampled; from `derive_concentrations`.

    assay, test, object, unit, participant_index, dose_row, dose_number, planned_dose, dose_day, amount, amount_unit; the sampling limits
    samples (number after this dose and not after the next), first_sample and last_sample (elapsed days), peak_sampled (bool: first_sample
    at most `within_days`; a profile that begins later shows what is left, not the peak); below_limit (number of samples), above_limit (one
    sample was beyond the range of the assay: cmax is then the least it can have been); cmax (unit), tmax_days and tmax_hours (NaN
    where the sample's hours are unknown), peak_row (row of `concentrations`, −1 for none).

    cmax is the greatest quantified value, tmax the elapsed time of the first sample that has it. A sample below the limit counts as a
    sample and is never cmax: when all are, cmax is missing. Values are those observed; nothing is fitted, the baseline is not taken off.
    """
    assays = concentrations.drop_duplicates("assay").sort_values("assay")[["assay", *ASSAY]].reset_index(drop=True)
    doses = len(analysis.doses)
    taken = concentrations["dose_row"].to_numpy() >= 0
    cell = np.where(taken, concentrations["assay"].to_numpy() * doses + concentrations["dose_row"].to_numpy(), _NO_ROW)
    peak = _find_peaks(concentrations, cell, len(assays) * doses)
    limits = _find_sampling_limits(concentrations[taken], cell[taken], len(assays) * doses)
    of_assay, of_dose = (codes.ravel() for codes in np.indices((len(assays), doses)))
    given = analysis.doses[["participant_index", DOSE_NUMBER, "planned_dose", DAY, AMOUNT, AMOUNT_UNIT]].rename(columns={DAY: "dose_day"})
    at_peak = {
        "cmax": np.r_[concentrations[VALUE].to_numpy(), np.nan][peak],
        "tmax_days": np.r_[concentrations["elapsed_days"].to_numpy(), np.nan][peak],
        "tmax_hours": np.r_[concentrations["hours_since_dose"].to_numpy(), np.nan][peak],
        "peak_row": peak,
    }
    rows = pd.concat([assays.iloc[of_assay].reset_index(drop=True), given.iloc[of_dose].reset_index(drop=True)], axis=1)
    return rows.assign(dose_row=of_dose, **limits, peak_sampled=limits["first_sample"] <= within_days, **at_peak)


@dataclass(frozen=True)
class PeakArrays:
    """Columns of peaks (of `derive_peaks`), one entry per row; `assays` are the values of ASSAY by number.

    planned_unit flags amounts in the unit of the plan; sampled says that sampling began in time for the peak; first and last are the
    sampling limits.
    """

    assays: tuple[tuple[str, ...], ...]
    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    assay: Ints = field(repr=False)
    dose: Ints = field(repr=False)
    amount: Floats = field(repr=False)
    planned_unit: Flags = field(repr=False)
    samples: Ints = field(repr=False)
    below: Ints = field(repr=False)
    sampled: Flags = field(repr=False)
    cmax: Floats = field(repr=False)
    tmax: Floats = field(repr=False)
    first: Floats = field(repr=False)
    last: Floats = field(repr=False)

    @cached_property
    def late(self) -> Flags:
        """Profiles with a sample that began too late for the peak."""
        return (self.samples > 0) & ~self.sampled

    @cached_property
    def seen(self) -> Flags:
        """Profiles with a cmax of which the peak was sampled."""
        return self.sampled & ~np.isnan(self.cmax)


def read_peaks(peaks: pd.DataFrame, analysis: Analysis) -> PeakArrays:
    """The arrays of `peaks`."""
    person, unit = peaks["participant_index"].to_numpy(dtype=np.int64), plain_unit(analysis.protocol.exposure.unit)
    known = {text: plain_unit(text) == unit for text in peaks[AMOUNT_UNIT].unique()}
    keys = peaks[["assay", *ASSAY]].drop_duplicates("assay").sort_values("assay")[ASSAY]
    days = {name: peaks[column].to_numpy(dtype=np.float64) for name, column in _DAYS.items()}
    counts = {name: peaks[column].to_numpy(dtype=np.int64) for name, column in _COUNTS.items()}
    return PeakArrays(
        assays=tuple(tuple(map(str, key)) for key in keys.itertuples(index=False)),
        person=person,
        cohort=analysis.cohort_codes[person],
        planned_unit=np.array([known[text] for text in peaks[AMOUNT_UNIT]], dtype=bool),
        sampled=peaks["peak_sampled"].to_numpy(dtype=bool),
        **counts,
        **days,
    )


@dataclass(frozen=True)
class PeakGroups:
    """Peaks by assay and dose: of each `first` is its first row; statistics are arrays by cohort of the protocol, all of them last."""

    first: Ints
    dose: Ints
    statistics: Mapping[str, np.ndarray]


def group_peaks(peaks: PeakArrays, rows: Ints, cohorts: int) -> PeakGroups:
    """PEAK_STATISTICS (see `summarise_peaks`) of these rows, in order of assay and dose; `cohorts` in the protocol."""
    most = peaks.dose.max(initial=0) + 1
    keys, first, of_key = np.unique(peaks.assay[rows] * most + peaks.dose[rows], return_index=True, return_inverse=True)
    shape = (len(keys), cohorts + 1)
    # Every row stands in its cohort and in all of them.
    twice, group = np.r_[rows, rows], np.r_[of_key * shape[1] + peaks.cohort[rows], of_key * shape[1] + cohorts]
    found = {**_count_peaks(peaks, twice, group, shape), **_summarise_cmax(peaks, twice, group, shape)}
    found |= _summarise_times(peaks, twice, group, shape)
    return PeakGroups(rows[first], keys % most, {name: found[name].reshape(shape) for name in PEAK_STATISTICS})


def summarise_peaks(peaks: pd.DataFrame, analysis: Analysis, selected: Flags) -> pd.DataFrame:
    """One row per assay, dose_number and cohort of the protocol, then `all`, in that order: what `derive_peaks` found, in groups.

    assay, test, object, unit, dose_number, cohort, doses (given), sampled (doses with a sample), late (sampled, the first sample too late
    for the peak), all_below (sampled in time, every sample below the limit), n (sampled in time, with a cmax: the values summarised),
    gmean, gmean_lower, gmean_upper (95 % t interval on the log scale), gcv (percent, 100 √(exp(s²) − 1) with s the SD of ln cmax), median,
    min, max; tmax_median, tmax_min, tmax_max and first_sample, last_sample (earliest and latest of those sampled in time), in days. gmean
    needs n ≥ 1, gcv n ≥ 2, the interval SMALLEST_TOTAL. A cmax of 0 leaves no gmean.
    """
    arrays, cohorts = read_peaks(peaks, analysis), (*analysis.protocol.cohort_keys, ALL_COHORTS)
    groups = group_peaks(arrays, np.flatnonzero(selected[arrays.person]), len(cohorts) - 1)
    of_key, of_cohort = (codes.ravel() for codes in np.indices((len(groups.first), len(cohorts))))
    head = peaks[["assay", *ASSAY, DOSE_NUMBER]].iloc[groups.first[of_key]].reset_index(drop=True)
    statistics = {name: numbers.ravel() for name, numbers in groups.statistics.items()}
    return head.assign(cohort=encode_names(of_cohort, cohorts), **statistics)


def _find_peaks(concentrations: pd.DataFrame, cell: Ints, cells: int) -> Ints:
    """Row of the first greatest quantified value of each cell, −1 for none."""
    value, elapsed = concentrations[VALUE].to_numpy(), concentrations["elapsed_days"].to_numpy()
    rows = np.flatnonzero((cell != _NO_ROW) & ~np.isnan(value) & ~concentrations[BELOW_LOQ].to_numpy())
    # Rows of one day without hours stand in the order of their times, which the row number keeps.
    order = rows[np.lexsort((rows, elapsed[rows], -value[rows], cell[rows]))]
    first = order[np.r_[True, np.diff(cell[order]) != 0][: len(order)]]
    peak = np.full(cells, _NO_ROW, dtype=np.int64)
    peak[cell[first]] = first
    return peak


def _find_sampling_limits(sampled: pd.DataFrame, cell: Ints, cells: int) -> dict[str, Ints | Floats | Flags]:
    first, last = np.full(cells, np.inf), np.full(cells, -np.inf)
    np.minimum.at(first, cell, sampled["elapsed_days"].to_numpy())
    np.maximum.at(last, cell, sampled["elapsed_days"].to_numpy())
    below = np.bincount(cell[sampled[BELOW_LOQ].to_numpy()], minlength=cells)
    above = np.bincount(cell[sampled["above_limit"].to_numpy()], minlength=cells) > 0
    first, last = (np.where(np.isinf(ends), np.nan, ends) for ends in (first, last))
    return {
        "samples": np.bincount(cell, minlength=cells),
        "first_sample": first,
        "last_sample": last,
        "below_limit": below,
        "above_limit": above,
    }


def _count_peaks(peaks: PeakArrays, rows: Ints, group: Ints, shape: tuple[int, int]) -> dict[str, Ints]:
    samples, late = peaks.samples[rows], peaks.late[rows]
    counted = {
        "doses": np.ones(len(rows), dtype=bool),
        "sampled": samples > 0,
        "late": late,
        "all_below": (samples > 0) & ~late & (peaks.below[rows] == samples),
    }
    return {name: np.bincount(group[flags], minlength=prod(shape)) for name, flags in counted.items()}


def _summarise_cmax(peaks: PeakArrays, rows: Ints, group: Ints, shape: tuple[int, int]) -> dict[str, np.ndarray]:
    seen = peaks.seen[rows]
    values, group = peaks.cmax[rows[seen]], group[seen]
    means, order = summarise_means(values, group, prod(shape)), compute_quartiles(values, group, prod(shape))
    gcv = np.where(np.isnan(means["gmean"]), np.nan, 100 * np.sqrt(np.expm1(means["log_sd"] ** 2)))
    return {**means, "gcv": gcv, **{name: order[name] for name in ("median", "min", "max")}}


def _summarise_times(peaks: PeakArrays, rows: Ints, group: Ints, shape: tuple[int, int]) -> dict[str, Floats]:
    def summarise(days: Floats) -> dict[str, Floats]:
        known = peaks.sampled[rows] & ~np.isnan(days[rows])
        found: dict[str, Floats] = compute_quartiles(days[rows[known]], group[known], prod(shape))
        return found

    tmax = summarise(peaks.tmax)
    limits = {"first_sample": summarise(peaks.first)["min"], "last_sample": summarise(peaks.last)["max"]}
    return {**{f"tmax_{name}": tmax[name] for name in ("median", "min", "max")}, **limits}
