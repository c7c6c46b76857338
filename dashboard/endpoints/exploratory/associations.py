"""How Cmax follows the dose, and how the counts follow Cmax: slopes and rank correlations, all exploratory."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import atanh, nan, sqrt, tanh
from typing import NamedTuple

import numpy as np
import pandas as pd
from scipy.special import ndtri, stdtrit

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.concentrations import ASSAY
from dashboard.endpoints.exploratory.peaks import PeakArrays, read_peaks
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time import compute_latest_dose
from dashboard.study.columns import ANALYTE, DAY, DOSE_NUMBER

LEVEL = 0.95
SMALLEST_SLOPE, SMALLEST_CORRELATION, SMALLEST_INTERVAL = 3, 3, 5
SLOPE_COLUMNS = ("n", "levels", "left_out", "slope", "lower", "upper", "intercept", "lowest_dose", "highest_dose")
CORRELATION_COLUMNS = ("n", "rho", "lower", "upper")
_BY_DOSE = ["assay", *ASSAY, DOSE_NUMBER]


def summarise_proportionality(peaks: pd.DataFrame, analysis: Analysis, selected: Flags) -> pd.DataFrame:
    """The power model ln cmax = intercept + slope × ln amount, one row per assay and dose_number: keys, then SLOPE_COLUMNS.

    One point per participant whose peak was sampled, the amount being the one given, in the unit of the plan; `left_out` counts doses with
    a cmax that cannot be used: sampled too late for the peak, in another unit, or an amount or cmax of 0. levels: different amounts.
    Least squares with a 95 % t interval of the slope (n − 2 degrees of freedom); cmax is proportional to the dose where the slope is 1.
    Missing below 3 points or 2 levels.
    """
    arrays = read_peaks(peaks, analysis)
    found = compute_proportionality(arrays, np.flatnonzero(selected[arrays.person]))
    return pd.DataFrame([(slope.assay, *arrays.assays[slope.assay], *slope[1:]) for slope in found], columns=[*_BY_DOSE, *SLOPE_COLUMNS])


class Slope(NamedTuple):
    """The power model of one assay and dose: SLOPE_COLUMNS."""

    assay: int
    dose: int
    n: int
    levels: int
    left_out: int
    slope: float
    lower: float
    upper: float
    intercept: float
    lowest: float
    highest: float


def compute_proportionality(peaks: PeakArrays, rows: Ints) -> list[Slope]:
    """The slopes of `summarise_proportionality` of these rows, in order of assay and dose."""
    rows = rows[~np.isnan(peaks.cmax[rows])]
    usable = peaks.planned_unit[rows] & peaks.sampled[rows] & (peaks.amount[rows] > 0) & (peaks.cmax[rows] > 0)
    found = []
    for assay, dose in sorted(set(zip(peaks.assay[rows].tolist(), peaks.dose[rows].tolist(), strict=True))):
        group = (peaks.assay[rows] == assay) & (peaks.dose[rows] == dose)
        used = rows[group & usable]
        amount = peaks.amount[used]
        left_out, ends = int(group.sum()) - len(used), (amount.min(), amount.max()) if len(used) else (nan, nan)
        slope = compute_power_slope(amount, peaks.cmax[used])
        found.append(Slope(assay, dose, len(used), len(np.unique(amount)), left_out, *slope, *map(float, ends)))
    return found


def compute_power_slope(dose: Floats, response: Floats) -> tuple[float, float, float, float]:
    """Slope, its 95 % t interval and the intercept of ln response on ln dose; four NaN below 3 points or 2 doses.

    Both arrays are above 0. The interval of an exact fit has no width.
    """
    if len(dose) < SMALLEST_SLOPE or len(np.unique(dose)) == 1:
        return nan, nan, nan, nan
    # Not scipy's linregress: importing scipy.stats takes a second, which the first reader of the page would pay.
    (slope, intercept), covariance = np.polyfit(np.log(dose), np.log(response), 1, cov=True)
    half = float(stdtrit(len(dose) - 2, 0.5 + LEVEL / 2)) * sqrt(covariance[0, 0])
    return float(slope), float(slope) - half, float(slope) + half, float(intercept)


def derive_exposure_response(peaks: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """One row per analyte of the protocol and row of `peaks` with a sampled peak: exposure and the highest fold that followed.

    assay, test, object, unit, participant_index, dose_row, dose_number, cmax, analyte, peak_fold (highest daily value / baseline, NaN
    without a value or a baseline above 0), peak_day and window_end (float64). The window runs from the day after the dose to the day of
    the next dose, that day included (its sample is drawn before the dose); after the last dose to the last day with a count.
    """
    daily, analytes = analysis.daily, analysis.protocol.analyte_keys
    person, day = daily["participant_index"].to_numpy(), daily[DAY].to_numpy(dtype=np.int64)
    dose_row = compute_latest_dose(person, day - 1, analysis.doses)
    fold, size = daily["fold"].to_numpy(), len(analysis.doses) * len(analytes)
    rows = np.flatnonzero((dose_row >= 0) & ~np.isnan(fold))
    cell = dose_row[rows] * len(analytes) + compute_codes(daily[ANALYTE], analytes, "analytes")[rows]
    order = np.lexsort((day[rows], -fold[rows], cell))
    first = order[np.r_[True, np.diff(cell[order]) != 0][: len(order)]]
    peak_fold, peak_day = np.full(size, np.nan), np.full(size, np.nan)
    peak_fold[cell[first]], peak_day[cell[first]] = fold[rows[first]], day[rows[first]]
    exposed = peaks[peaks["cmax"].notna() & peaks["peak_sampled"]]
    of_peak, of_analyte = (codes.ravel() for codes in np.indices((len(exposed), len(analytes))))
    pairs = exposed[["assay", *ASSAY, "participant_index", "dose_row", DOSE_NUMBER, "cmax"]].iloc[of_peak].reset_index(drop=True)
    at = pairs["dose_row"].to_numpy() * len(analytes) + of_analyte
    return pairs.assign(
        analyte=encode_names(of_analyte, analytes),
        peak_fold=peak_fold[at],
        peak_day=peak_day[at],
        window_end=_find_window_end(analysis, dose_row, day)[pairs["dose_row"].to_numpy()],
    )


def summarise_exposure_response(pairs: pd.DataFrame, selected: Flags) -> pd.DataFrame:
    """Spearman's rank correlation of cmax and peak_fold: one row per assay, dose_number and analyte, then CORRELATION_COLUMNS.

    `pairs` are those of `derive_exposure_response`. Participants of all cohorts together, each once per dose; a pair without peak_fold
    is left out. Exploratory: it cannot tell the effect of exposure from that of the cohort. See `compute_rank_correlation`.
    """
    arrays = read_pairs(pairs)
    found = compute_correlations(arrays, np.flatnonzero(selected[arrays.person]))
    first = pairs.drop_duplicates(["assay"]).set_index("assay")[ASSAY]
    rows = [(one.assay, *first.loc[one.assay], one.dose, arrays.analytes[one.analyte], *one[3:]) for one in found]
    return pd.DataFrame(rows, columns=[*_BY_DOSE, "analyte", *CORRELATION_COLUMNS])


@dataclass(frozen=True)
class PairArrays:
    """Columns of pairs (of `derive_exposure_response`), one entry per row; analyte is the place in `analytes`."""

    analytes: tuple[str, ...]
    person: Ints = field(repr=False)
    assay: Ints = field(repr=False)
    dose: Ints = field(repr=False)
    analyte: Ints = field(repr=False)
    cmax: Floats = field(repr=False)
    fold: Floats = field(repr=False)

    def is_of(self, rows: Ints, analytes: Sequence[str]) -> Flags:
        """Which of the rows are of one of `analytes`."""
        flags: Flags = np.isin(self.analyte[rows], [place for place, key in enumerate(self.analytes) if key in analytes])
        return flags


def read_pairs(pairs: pd.DataFrame) -> PairArrays:
    """The arrays of `pairs`; the analytes in the order in which they first appear, which is that of the protocol."""
    analyte, analytes = pd.factorize(pairs["analyte"])
    return PairArrays(
        analytes=tuple(str(key) for key in analytes),
        person=pairs["participant_index"].to_numpy(dtype=np.int64),
        assay=pairs["assay"].to_numpy(dtype=np.int64),
        dose=pairs[DOSE_NUMBER].to_numpy(dtype=np.int64),
        analyte=analyte.astype(np.int64),
        cmax=pairs["cmax"].to_numpy(dtype=np.float64),
        fold=pairs["peak_fold"].to_numpy(dtype=np.float64),
    )


class Correlation(NamedTuple):
    """The rank correlation of one assay, dose and analyte (its place): CORRELATION_COLUMNS."""

    assay: int
    dose: int
    analyte: int
    n: int
    rho: float
    lower: float
    upper: float


def compute_correlations(pairs: PairArrays, rows: Ints) -> list[Correlation]:
    """The rank correlations of `summarise_exposure_response` of these rows, in order of assay, dose and analyte."""
    codes = (pairs.assay[rows], pairs.dose[rows], pairs.analyte[rows])
    order = np.lexsort((rows, *codes[::-1]))
    fresh = np.r_[True, np.logical_or.reduce([np.diff(code[order]) != 0 for code in codes])][: len(order)]
    found = []
    for group in np.split(rows[order], np.flatnonzero(fresh)[1:]) if len(rows) else ():
        both, one = group[~np.isnan(pairs.fold[group])], group[0]
        n, *estimate = compute_rank_correlation(pairs.cmax[both], pairs.fold[both])
        found.append(Correlation(int(pairs.assay[one]), int(pairs.dose[one]), int(pairs.analyte[one]), n, *estimate))
    return found


def compute_rank_correlation(x: Floats, y: Floats) -> tuple[int, float, float, float]:
    """n, Spearman's rho (midranks for ties) and its 95 % interval.

    Interval: tanh(atanh(rho) ± z √((1 + rho²/2) / (n − 3))), z the 97.5 % point of the normal distribution (Bonett and Wright,
    Psychometrika 2000;65:23–28). rho is missing below 3 pairs or when one side is constant, the interval below 5 pairs and at rho = ±1.
    """
    n = len(x)
    if n < SMALLEST_CORRELATION or (x == x[0]).all() or (y == y[0]).all():
        return n, nan, nan, nan
    rho = float(np.corrcoef(_rank(x), _rank(y))[0, 1])
    if n < SMALLEST_INTERVAL or abs(rho) > 1 - 1e-12:
        return n, rho, nan, nan
    half = float(ndtri(0.5 + LEVEL / 2)) * sqrt((1 + rho * rho / 2) / (n - 3))
    return n, rho, tanh(atanh(rho) - half), tanh(atanh(rho) + half)


def _rank(values: Floats) -> Floats:
    """Ranks from 1, equal values sharing the mean of theirs."""
    _, of_value, size = np.unique(values, return_inverse=True, return_counts=True)
    ranks: Floats = (np.cumsum(size) - (size - 1) / 2)[of_value]
    return ranks


def _find_window_end(analysis: Analysis, dose_row: np.ndarray, day: np.ndarray) -> Floats:
    person, given = analysis.doses["participant_index"].to_numpy(), analysis.doses[DAY].to_numpy(dtype=np.float64)
    end = np.full(len(given), np.nan)
    np.fmax.at(end, dose_row[dose_row >= 0], day[dose_row >= 0].astype(np.float64))
    followed = np.flatnonzero(person[1:] == person[:-1])
    end[followed] = given[followed + 1]
    return end
