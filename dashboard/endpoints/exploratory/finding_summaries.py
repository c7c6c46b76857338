"""Findings by cohort and visit: levels, changes, directions, and from which category to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, encode_names
from dashboard.endpoints.exploratory.finding_changes import DIRECTIONS
from dashboard.endpoints.exploratory.tallies import Tally, count_cells, derive_tally
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import STATISTICS, summarise_groups

NO_BASELINE = "no baseline"
# What became of a result against the participant's baseline.
STATES = (*DIRECTIONS, "no_baseline", "not_comparable")
_KEYS = ["series", "cohort", "visit"]


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


@dataclass(frozen=True)
class DirectionTally:
    """Analysed results by series (numbers, ascending) × visit × state (STATES) × cohort, whoever is selected."""

    series: Ints
    visits: tuple[str, ...]
    rows: Tally


def derive_direction_tally(changes: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> DirectionTally:
    """The tally of the `changes` (of `derive_finding_changes`) at the named visits by what became of them."""
    rows = _select_analysed(changes, np.ones(len(analysis.participants), dtype=bool), visits)
    series, of_series = np.unique(rows["series"].to_numpy(dtype=np.int64), return_inverse=True)
    visit, state = compute_codes(rows["visit"], visits, "visits"), pd.Index(STATES).get_indexer(pd.Index(classify_changes(rows)))
    sizes = (len(series), len(visits), len(STATES))
    return DirectionTally(series, tuple(visits), derive_tally(analysis, _read_people(rows), [of_series, visit, state], sizes))


def summarise_directions(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """series, cohort, visit, lower, equal, higher, no_baseline, not_comparable, n: participants by the direction of their change.

    n counts the participants with an analysed result at the visit; the five counts add up to it. not_comparable: a word, or another
    scale or unit than the baseline. Rows for every series, cohort (then `all`) and visit with n > 0, in that order.
    """
    tally = derive_direction_tally(changes, analysis, visits)
    counts = np.moveaxis(count_cells(tally.rows, selected), (3, 1, 2), (1, 2, 3))
    of_series, of_cohort, of_visit = np.nonzero(counts.sum(axis=3))
    found = counts[of_series, of_cohort, of_visit]
    table = _name_places(tally.series[of_series], of_cohort, of_visit, analysis, visits)
    return table.assign(**{name: found[:, place] for place, name in enumerate(STATES)}, n=found.sum(axis=1))


def classify_changes(changes: pd.DataFrame) -> np.ndarray:
    """What became of each of the `changes`: one of STATES."""
    kind: np.ndarray = np.where(
        changes["has_baseline"], changes["direction"].where(changes["direction"] != "", "not_comparable"), "no_baseline"
    )
    return kind


@dataclass(frozen=True)
class TransitionTally:
    """Analysed results by move × cohort, whoever is selected: a move is series (number), position of the visit, baseline and result.

    The moves are sorted so. baseline is a wording or NO_BASELINE, result a wording.
    """

    moves: tuple[tuple[int, int, str, str], ...]
    rows: Tally


def derive_transition_tally(changes: pd.DataFrame, analysis: Analysis, visits: Sequence[str]) -> TransitionTally:
    """The tally of the `changes` (of `derive_finding_changes`) at the named visits by from which category to which."""
    rows = _select_analysed(changes, np.ones(len(analysis.participants), dtype=bool), visits)
    start = np.where(rows["has_baseline"], rows["baseline_wording"], NO_BASELINE).tolist()
    visit = compute_codes(rows["visit"], visits, "visits").tolist()
    found = list(zip(rows["series"].tolist(), visit, start, rows["wording"].tolist(), strict=True))
    moves = sorted(set(found))
    place = {move: at for at, move in enumerate(moves)}
    of_row = np.array([place[move] for move in found], dtype=np.int64)
    return TransitionTally(tuple(moves), derive_tally(analysis, _read_people(rows), [of_row], [len(moves)]))


def summarise_transitions(changes: pd.DataFrame, analysis: Analysis, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    """series, cohort, visit, baseline (wording, or NO_BASELINE), result (wording), n, denominator: from which category to which.

    n counts participants by their baseline and their analysed result at the visit; denominator those with a result there, so that the n
    of a series, cohort and visit add up to it. Only combinations that occur, by series, cohort (then `all`), visit, baseline, result.
    """
    tally = derive_transition_tally(changes, analysis, visits)
    counts = count_cells(tally.rows, selected)
    of_move, of_cohort = np.nonzero(counts)
    series, visit = (np.array([move[part] for move in tally.moves], dtype=np.int64)[of_move] for part in (0, 1))
    order = np.lexsort((of_move, visit, of_cohort, series))
    of_move, of_cohort = of_move[order], of_cohort[order]
    start, result = (encode_names(of_move, [str(move[part]) for move in tally.moves]) for part in (2, 3))
    table = _name_places(series[order], of_cohort, visit[order], analysis, visits)
    table = table.assign(baseline=start, result=result, n=counts[of_move, of_cohort])
    return table.assign(denominator=table.groupby(_KEYS, observed=True)["n"].transform("sum"))


def _name_places(series: Ints, cohort: Ints, visit: Ints, analysis: Analysis, visits: Sequence[str]) -> pd.DataFrame:
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    return pd.DataFrame({"series": series, "cohort": encode_names(cohort, cohorts), "visit": encode_names(visit, visits)})


def _read_people(rows: pd.DataFrame) -> Ints:
    return rows["participant_index"].to_numpy(dtype=np.int64)


def _select_analysed(changes: pd.DataFrame, selected: Flags, visits: Sequence[str]) -> pd.DataFrame:
    wanted = (changes["analysed"] & changes["visit"].isin(visits)).to_numpy() & selected[changes["participant_index"].to_numpy()]
    return changes[wanted]


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
