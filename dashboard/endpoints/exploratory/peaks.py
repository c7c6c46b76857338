"""Observed Cmax and tmax of every dose, within what was sampled; and their summary by cohort."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_names
from dashboard.endpoints.exploratory.concentrations import ASSAY
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import summarise_groups
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, BELOW_LOQ, DAY, DOSE_NUMBER, VALUE

# A profile whose first sample comes later than this many days after the dose has missed the peak: concentrations of NT-I7 are highest
# within a day or two of an intramuscular dose (Park 2025: absorbed at 0.341 per hour, two fifths of it 22.5 hours late).
PEAK_WITHIN_DAYS = 2.0
_NO_ROW = -1


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


def summarise_peaks(peaks: pd.DataFrame, analysis: Analysis, selected: Flags) -> pd.DataFrame:
    """One row per assay, dose_number and cohort of the protocol, then `all`, in that order: what `derive_peaks` found, in groups.

    assay, test, object, unit, dose_number, cohort, doses (given), sampled (doses with a sample), late (sampled, the first sample too late
    for the peak), all_below (sampled in time, every sample below the limit), n (sampled in time, with a cmax: the values summarised),
    gmean, gmean_lower, gmean_upper (95 % t interval on the log scale), gcv (percent, 100 √(exp(s²) − 1) with s the SD of ln cmax), median,
    min, max; tmax_median, tmax_min, tmax_max and first_sample, last_sample (earliest and latest of those sampled in time), in days. gmean
    needs n ≥ 1, its interval and gcv n ≥ 2. A cmax of 0 leaves no gmean.
    """
    rows = peaks[selected[peaks["participant_index"].to_numpy()]]
    measured = ["cmax", "tmax_days", "first_sample", "last_sample"]
    rows = rows.assign(late=(rows["samples"] > 0) & ~rows["peak_sampled"], **rows[measured].where(rows["peak_sampled"]))
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    keys = rows[["assay", *ASSAY, DOSE_NUMBER]].drop_duplicates(["assay", DOSE_NUMBER]).sort_values(["assay", DOSE_NUMBER])
    place = pd.MultiIndex.from_frame(keys[["assay", DOSE_NUMBER]]).get_indexer(pd.MultiIndex.from_frame(rows[["assay", DOSE_NUMBER]]))
    group = place * len(cohorts) + analysis.cohort_codes[rows["participant_index"].to_numpy()]
    together = place * len(cohorts) + len(cohorts) - 1
    twice, groups = pd.concat([rows, rows], ignore_index=True), np.r_[group, together].astype(np.int64)
    of_key, of_cohort = (codes.ravel() for codes in np.indices((len(keys), len(cohorts))))
    head = keys.iloc[of_key].reset_index(drop=True).assign(cohort=encode_names(of_cohort, cohorts))
    return head.assign(**_summarise_cmax(twice, groups, len(head)), **_summarise_times(twice, groups, len(head)))


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


def _summarise_cmax(rows: pd.DataFrame, group: Ints, groups: int) -> dict[str, Ints | Floats]:
    cmax, samples = rows["cmax"].to_numpy(), rows["samples"].to_numpy()
    logs = np.log(np.where(cmax > 0, cmax, np.nan))
    spread = summarise_groups(logs, group, groups, None)["sd"].to_numpy()
    table = summarise_groups(cmax, group, groups, cmax)
    late = rows["late"].to_numpy(dtype=bool)
    all_below = (samples > 0) & ~late & (rows["below_limit"].to_numpy() == samples)
    names = ("n", "gmean", "gmean_lower", "gmean_upper", "median", "min", "max")
    return {
        "doses": np.bincount(group, minlength=groups),
        "sampled": np.bincount(group[samples > 0], minlength=groups),
        "late": np.bincount(group[late], minlength=groups),
        "all_below": np.bincount(group[all_below], minlength=groups),
        **{name: table[name].to_numpy() for name in names},
        "gcv": np.where(table["gmean"].isna(), np.nan, 100 * np.sqrt(np.expm1(spread**2))),
    }


def _summarise_times(rows: pd.DataFrame, group: Ints, groups: int) -> dict[str, Floats]:
    times = summarise_groups(rows["tmax_days"].to_numpy(), group, groups, None)
    first = summarise_groups(rows["first_sample"].to_numpy(), group, groups, None)["min"].to_numpy()
    last = summarise_groups(rows["last_sample"].to_numpy(), group, groups, None)["max"].to_numpy()
    return {**{f"tmax_{name}": times[name].to_numpy() for name in ("median", "min", "max")}, "first_sample": first, "last_sample": last}
