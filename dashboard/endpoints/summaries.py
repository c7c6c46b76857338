"""Summaries of values in groups (moments, quantiles, geometric mean, their intervals), by visit and by dose."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
import pandas as pd
from scipy.special import bdtr, stdtrit

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_names
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time import compute_latest_dose
from dashboard.endpoints.visits import NO_VISIT, place_visits
from dashboard.study.choices import Measure
from dashboard.study.columns import DAY
from dashboard.study.protocol import StudyProtocol

MEASURE_COLUMNS: dict[str, str] = {"value": "value", "change": "change", "percent": "percent_change", "fold": "fold"}
GEOMETRIC = ("gmean", "gmean_lower", "gmean_upper")

STATISTICS = (
    "n",
    "mean",
    "sd",
    "median",
    "q1",
    "q3",
    "min",
    "max",
    "gmean",
    "gmean_lower",
    "gmean_upper",
    "median_lower",
    "median_upper",
    "median_level",
    "mean_lower",
    "mean_upper",
)
LEVEL = 0.95


def summarise_groups(values: Floats, groups: Ints, n_groups: int, ratios: Floats | None, arithmetic: bool = True) -> pd.DataFrame:
    """The STATISTICS of each group 0 … n_groups − 1, one row each, also for groups without values (n = 0).

    values, groups, ratios have one entry per observation. A NaN value is dropped first. Quartiles interpolate linearly
    (numpy `linear`, R type 7). sd has n − 1 in the denominator; sd and every t interval (95 %) are missing below n = 2.
    gmean is the geometric mean of `ratios`, its interval a t interval on the log scale; both are missing when `ratios` is
    None and in a group where a ratio is missing, zero or negative. The median's interval runs between order statistics,
    with the level it achieves; it is missing below n = 6, where none reaches 95 %. With arithmetic False mean, sd and the
    mean's interval are missing: relative change is never averaged.
    """
    return pd.DataFrame(_compute_statistics(values, groups, n_groups, ratios, arithmetic))


def _compute_statistics(values: Floats, groups: Ints, n_groups: int, ratios: Floats | None, arithmetic: bool) -> dict[str, Any]:
    kept = ~np.isnan(values)
    kept_values, kept_groups = values[kept], groups[kept]
    by_value = np.argsort(kept_values)
    # Small whole numbers sort in linear time; this is half the time of lexsort.
    order = by_value[np.argsort(kept_groups[by_value].astype(np.min_scalar_type(n_groups)), kind="stable")]
    ordered, n = kept_values[order], np.bincount(kept_groups, minlength=n_groups)
    start = np.cumsum(n) - n
    columns = {"n": n, **_summarise_order(ordered, start, n), **_summarise_median_interval(ordered, start, n)}
    if arithmetic:
        mean, sd, lower, upper = _compute_t_summary(kept_values, kept_groups, n)
        columns |= {"mean": mean, "sd": sd, "mean_lower": lower, "mean_upper": upper}
    if ratios is not None:
        kept_ratios = ratios[kept]
        logs = np.log(np.where(kept_ratios > 0, kept_ratios, np.nan))
        log_mean, _, lower, upper = _compute_t_summary(logs, kept_groups, n)
        columns |= {"gmean": np.exp(log_mean), "gmean_lower": np.exp(lower), "gmean_upper": np.exp(upper)}
    missing = np.full(n_groups, np.nan)
    return {name: columns.get(name, missing) for name in STATISTICS}


def compute_quartiles(values: Floats, groups: Ints, n_groups: int) -> dict[str, Any]:
    """Of each group 0 … n_groups − 1 n, median, q1, q3, min and max as `summarise_groups` gives them; `values` hold no NaN."""
    order = np.lexsort((values, groups))
    n = np.bincount(groups, minlength=n_groups)
    return {"n": n, **_summarise_order(values[order], np.cumsum(n) - n, n)}


def compute_geometric_means(values: Floats, groups: Ints, n_groups: int) -> dict[str, Any]:
    """Of each group n, gmean, gmean_lower and gmean_upper as `summarise_groups` gives them, and log_sd; `values` hold no NaN."""
    n = np.bincount(groups, minlength=n_groups)
    mean, sd, lower, upper = _compute_t_summary(np.log(np.where(values > 0, values, np.nan)), groups, n)
    return {"n": n, "gmean": np.exp(mean), "gmean_lower": np.exp(lower), "gmean_upper": np.exp(upper), "log_sd": sd}


def _compute_t_summary(values: Floats, groups: Ints, n: Ints) -> tuple[Floats, Floats, Floats, Floats]:
    """Mean, standard deviation and the ends of the 95 % t interval of each group; NaN in a group makes its four NaN."""
    some, several = np.where(n > 0, n, np.nan), np.where(n > 1, n, np.nan)
    mean = np.bincount(groups, values, len(n)) / some
    sd = np.sqrt(np.bincount(groups, (values - mean[groups]) ** 2, len(n)) / (several - 1))
    half = stdtrit(several - 1, 0.5 + LEVEL / 2) * sd / np.sqrt(several)
    return mean, sd, mean - half, mean + half


def _summarise_order(ordered: Floats, start: Ints, n: Ints) -> dict[str, Floats]:
    """Minimum, quartiles, median and maximum of consecutive sorted groups; NaN for an empty group."""
    result = {name: np.full(len(n), np.nan) for name in ("median", "q1", "q3", "min", "max")}
    some = np.flatnonzero(n > 0)
    for name, share in (("min", 0.0), ("q1", 0.25), ("median", 0.5), ("q3", 0.75), ("max", 1.0)):
        place = share * (n[some] - 1)
        below = np.floor(place).astype(np.int64)
        low = ordered[start[some] + below]
        high = ordered[start[some] + np.minimum(below + 1, n[some] - 1)]
        result[name][some] = low + (place - below) * (high - low)
    return result


def _summarise_median_interval(ordered: Floats, start: Ints, n: Ints) -> dict[str, Floats]:
    names = ("median_lower", "median_upper", "median_level")
    result = {name: np.full(len(n), np.nan) for name in names}
    sizes, of_group = np.unique(n, return_inverse=True)
    found = [compute_median_ranks(int(size)) for size in sizes]
    rank = np.array([each[0] for each in found], dtype=np.int64)[of_group]
    some = np.flatnonzero(rank > 0)
    result["median_lower"][some] = ordered[start[some] + rank[some] - 1]
    result["median_upper"][some] = ordered[start[some] + n[some] - rank[some]]
    result["median_level"][some] = np.array([each[1] for each in found])[of_group][some]
    return result


@lru_cache(maxsize=4096)
def compute_median_ranks(n: int) -> tuple[int, float]:
    """Rank k such that the k-th lowest to the k-th highest of n values is the shortest median interval of at least 95 %.

    Also the level it achieves, 1 − 2 P(Bin(n, ½) < k). (0, NaN) when none exists (n < 6).
    """
    tails = bdtr(np.arange(n // 2 + 1), max(n, 1), 0.5)
    k = int(np.searchsorted(tails, (1 - LEVEL) / 2, side="right"))
    return (k, float(1 - 2 * tails[k - 1])) if k else (0, float("nan"))


def select_analysed(analysis: Analysis, selected: Flags, analyte: str, visits: Sequence[str]) -> pd.DataFrame:
    """`Analysis.analysed_of` of the selected participants and the named visits; visit_code is the position in `visits`."""
    rows = analysis.analysed_of[analyte]
    place = place_visits(analysis.protocol, visits)[rows["visit_code"].to_numpy()]
    wanted = (place != NO_VISIT) & selected[rows["participant_index"].to_numpy()]
    return rows[wanted].assign(visit_code=place[wanted])


def summarise_by_visit(analysis: Analysis, selected: Flags, analyte: str, measure: Measure, visits: tuple[str, ...]) -> pd.DataFrame:
    """One row per cohort of the protocol and visit, in that order, also where n = 0: analyte, cohort, visit, STATISTICS.

    Of each participant the analysed day counts. `change`, `percent` and `fold` leave out participants without baseline
    (`percent` and `fold` also those whose baseline is 0). For `percent` and `fold` mean and sd are missing and gmean is
    the geometric mean of fold; `percent` shows it as 100 × (fold − 1). For `change` there is no gmean.
    """
    summary = compute_visit_statistics(analysis, selected, analyte, measure, visits)
    cohorts = analysis.protocol.cohort_keys
    of_cohort, of_visit = (codes.ravel() for codes in np.indices((len(cohorts), len(visits))))
    keys = {
        "analyte": encode_names(0 * of_visit, (analyte,)),
        "cohort": encode_names(of_cohort, cohorts),
        "visit": encode_names(of_visit, visits),
    }
    return pd.DataFrame({**keys, **summary})


def compute_visit_statistics(
    analysis: Analysis, selected: Flags, analyte: str, measure: Measure, visits: tuple[str, ...]
) -> dict[str, Any]:
    """The STATISTICS of the rows of `summarise_by_visit`."""
    rows, place = analysis.analysed_arrays_of[analyte], place_visits(analysis.protocol, visits)
    picked = np.flatnonzero((place[rows.visit] != NO_VISIT) & selected[rows.participant])
    group = analysis.cohort_codes[rows.participant[picked]] * len(visits) + place[rows.visit[picked]]
    groups = len(analysis.protocol.cohorts) * len(visits)
    return _summarise_measure(rows.measure(measure)[picked], rows.fold[picked], measure, group, groups)


def summarise_by_days_since_dose(
    analysis: Analysis, selected: Flags, analyte: str, measure: Measure, visits: tuple[str, ...]
) -> pd.DataFrame:
    """As `summarise_by_visit`, by cohort, dose_number and visit: columns … visit, dose_number, planned_days_since_dose.

    dose_number is the planned dose that the latest dose on or before the sample was; planned_days_since_dose is the
    visit's target minus that dose's planned day. A sample on a dosing day counts 0 days after that dose. Every dose and
    visit of the plan has a row, also where n = 0. A participant who missed a dose is further from the dose before: those
    samples form rows of their own (dose 1 at visit dose-2-day-14: 98 days), present only where n > 0. Left out: samples
    before the first dose and after a dose outside the plan. Sorted by cohort, dose_number, planned_days_since_dose.
    """
    rows = select_analysed(analysis, selected, analyte, visits)
    person = rows["participant_index"].to_numpy()
    dose = _latest_planned_dose(analysis, person, rows[DAY].to_numpy(dtype=np.int64))
    rows, person, dose = rows[dose > 0], person[dose > 0], dose[dose > 0]
    visit = rows["visit_code"].to_numpy()
    groups = _dose_groups(analysis.protocol, visits, dose, visit)
    code = pd.MultiIndex.from_frame(groups[["dose_number", "visit_code"]]).get_indexer(pd.MultiIndex.from_arrays([dose, visit]))
    cohorts = analysis.protocol.cohort_keys
    group = analysis.cohort_codes[person] * len(groups) + code
    values, folds = rows[MEASURE_COLUMNS[measure]].to_numpy(), rows["fold"].to_numpy()
    summary = _summarise_measure(values, folds, measure, group, len(cohorts) * len(groups))
    keys = pd.concat([groups.assign(analyte=analyte, cohort=cohort) for cohort in cohorts], ignore_index=True)
    keys = keys[["analyte", "cohort", "visit", "dose_number", "planned_days_since_dose"]].astype({"analyte": "str", "cohort": "str"})
    table = keys.assign(**summary)
    planned = np.tile(groups["planned"].to_numpy(), len(cohorts))
    kept: pd.DataFrame = table[planned | (table["n"] > 0).to_numpy()]
    return kept.reset_index(drop=True)


def _summarise_measure(values: Floats, folds: Floats, measure: Measure, group: Ints, groups: int) -> dict[str, Any]:
    ratios: dict[str, Floats | None] = {"value": values, "change": None}
    summary = _compute_statistics(values, group, groups, ratios.get(measure, folds), measure in ratios)
    return {name: 100 * (column - 1) if measure == "percent" and name in GEOMETRIC else column for name, column in summary.items()}


def _latest_planned_dose(analysis: Analysis, person: Ints, day: Ints) -> Ints:
    """Number of the planned dose that the latest dose on or before each day was; 0 for none or one outside the plan."""
    numbers = np.r_[analysis.doses["planned_dose"].to_numpy(dtype=np.int64, na_value=0), 0]
    latest: Ints = numbers[compute_latest_dose(person, day, analysis.doses)]
    return latest


def _dose_groups(protocol: StudyProtocol, visits: Sequence[str], dose: Ints, visit: Ints) -> pd.DataFrame:
    """Dose and visit pairs of the plan and those that occur: dose_number, visit_code, visit, days, planned (flag)."""
    day = {planned.number: planned.day for planned in protocol.exposure.planned}
    target = [protocol.visit(key).target for key in visits]
    before = [[number for number in day if day[number] <= reached] for reached in target]
    plan = {(max(numbers, key=day.__getitem__), code) for code, numbers in enumerate(before) if numbers}
    found = plan | set(zip(dose.tolist(), visit.tolist(), strict=True))
    rows = [(number, code, visits[code], target[code] - day[number], (number, code) in plan) for number, code in found]
    groups = pd.DataFrame(rows, columns=["dose_number", "visit_code", "visit", "planned_days_since_dose", "planned"])
    groups = groups.astype(
        {"dose_number": "int64", "visit_code": "int64", "visit": "str", "planned_days_since_dose": "int64", "planned": "bool"}
    )
    return groups.sort_values(["dose_number", "planned_days_since_dose", "visit_code"], ignore_index=True)
