"""Findings by cohort and visit: levels, changes, directions, and from which category to which."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.finding_changes import DIRECTIONS
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import STATISTICS, summarise_groups

NO_BASELINE = "no baseline"
_KEYS = ["series", "cohort", "visit"]
_WHERE = ["series", "visit", "participant_index"]


def summarise_finding_levels(
    changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str], measure: str = "level"
) -> pd.DataFrame:
    """series, cohort, visit, scale ("number" or "titre") and the STATISTICS of `measure`: "level", "change" or "fold".

    `changes` come from `derive_finding_changes`; of each participant the analysed result of the visit counts. One row for every series that
    has levels, cohort of the protocol (then `all`) and named visit, in that order, also where n = 0. Titres and folds have a geometric
    mean (missing in a group with a 0) and no arithmetic one; titres have no `change`. Two units in one series are never pooled: the
    series then has rows per unit, told apart by the column `unit`. ValueError for another measure.
    """
    if measure not in ("level", "change", "fold"):
        raise ValueError(f"measure {measure!r} is none of level, change, fold")
    rows = _select_analysed(changes, selected, visits)
    rows = rows[rows["scale"] != "word"]
    tables = []
    for _, group in rows.groupby(["series", "scale", "unit_text"], sort=True, observed=True):
        series, scale, unit = (group[name].iloc[0] for name in ("series", "scale", "unit_text"))
        values, place = group[measure].to_numpy(), _number_groups(group, analysis, visits)
        relative = measure == "fold" or (scale == "titre" and measure == "level")
        table = _summarise_twice(values, place, analysis, visits, ratios=measure != "change", arithmetic=not relative)
        tables.append(table.assign(series=series, scale=scale, unit=unit))
    columns = ["series", "scale", "unit", "cohort", "visit", *STATISTICS]
    return pd.concat(tables, ignore_index=True)[columns] if tables else pd.DataFrame(columns=columns)


def summarise_directions(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """series, cohort, visit, lower, equal, higher, no_baseline, not_comparable, n: participants by the direction of their change.

    n counts the participants with an analysed result at the visit; the five counts add up to it. not_comparable: a word, or another
    scale or unit than the baseline. Rows for every series, cohort (then `all`) and visit with n > 0, in that order.
    """
    rows = _select_analysed(changes, selected, visits)
    kind = classify_changes(rows)
    names = [*DIRECTIONS, "no_baseline", "not_comparable"]
    wide = _both(rows[_WHERE], analysis)[_KEYS].assign(**{name: np.r_[kind, kind] == name for name in names})
    table = wide.groupby(_KEYS, sort=False, observed=True)[names].sum().reset_index()
    table = table.assign(n=table[names].sum(axis=1)).astype(dict.fromkeys([*names, "n"], "int64"))
    return _order_rows(table, analysis, visits)


def classify_changes(changes: pd.DataFrame) -> np.ndarray:
    """What became of each of the `changes`: lower, equal, higher, no_baseline or not_comparable."""
    kind: np.ndarray = np.where(
        changes["has_baseline"], changes["direction"].where(changes["direction"] != "", "not_comparable"), "no_baseline"
    )
    return kind


def summarise_transitions(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """series, cohort, visit, baseline (wording, or NO_BASELINE), result (wording), n, denominator: from which category to which.

    n counts participants by their baseline and their analysed result at the visit; denominator those with a result there, so that the n
    of a series, cohort and visit add up to it. Only combinations that occur, by series, cohort (then `all`), visit, baseline, result.
    """
    rows = _select_analysed(changes, selected, visits)
    start = np.where(rows["has_baseline"], rows["baseline_wording"], NO_BASELINE)
    long = _both(rows[[*_WHERE, "wording"]], analysis)[[*_KEYS, "wording"]].assign(baseline=np.r_[start, start])
    table = long.groupby([*_KEYS, "baseline", "wording"], sort=True, observed=True).size().rename("n").reset_index()
    table = table.assign(denominator=table.groupby(_KEYS, observed=True)["n"].transform("sum"))
    table = table.rename(columns={"wording": "result"})[[*_KEYS, "baseline", "result", "n", "denominator"]]
    return _order_rows(table.astype({"baseline": "str", "result": "str"}), analysis, visits)


def _select_analysed(changes: pd.DataFrame, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    wanted = (changes["analysed"] & changes["visit"].isin(visits)).to_numpy() & selected[changes["participant_index"].to_numpy()]
    return changes[wanted]


def _both(rows: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """Every row twice: in its cohort, and in `all`."""
    cohort = encode_names(analysis.cohort_codes[rows["participant_index"].to_numpy()], analysis.protocol.cohort_keys)
    return pd.concat([rows.assign(cohort=cohort), rows.assign(cohort=ALL_COHORTS)], ignore_index=True)


def _number_groups(rows: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> Ints:
    cohort = analysis.cohort_codes[rows["participant_index"].to_numpy()]
    return cohort * len(visits) + compute_codes(rows["visit"], visits, "visits")


def _summarise_twice(
    values: Floats, place: Ints, analysis: Analysis, visits: Sequence[str], *, ratios: bool, arithmetic: bool
) -> pd.DataFrame:
    """The STATISTICS by cohort and visit, the cohorts together last."""
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    together = (len(cohorts) - 1) * len(visits) + place % len(visits)
    twice = np.r_[values, values]
    of_cohort, of_visit = (codes.ravel() for codes in np.indices((len(cohorts), len(visits))))
    table = summarise_groups(twice, np.r_[place, together], len(of_cohort), twice if ratios else None, arithmetic)
    return table.assign(cohort=encode_names(of_cohort, cohorts), visit=encode_names(of_visit, visits))


def _order_rows(table: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> pd.DataFrame:
    cohort = compute_codes(table["cohort"], (*analysis.protocol.cohort_keys, ALL_COHORTS), "cohorts")
    visit = compute_codes(table["visit"], visits, "visits")
    order = np.lexsort((np.arange(len(table)), visit, cohort, table["series"]))
    return table.iloc[order].reset_index(drop=True).astype({"cohort": "str", "visit": "str"})
