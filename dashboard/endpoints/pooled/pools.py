"""The rows of a forest plot: each trial, all trials naively and stratified, and all but one; for one rate, or for two groups."""

from __future__ import annotations

from collections.abc import Sequence
from math import isfinite, nan
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.pooled.comparing import (
    Tables,
    compute_difference,
    compute_difference_heterogeneity,
    compute_stratified_difference,
    compute_stratified_odds_ratio,
    name_disagreements,
)
from dashboard.endpoints.pooled.meta import (
    Estimate,
    Heterogeneity,
    compute_naive_share,
    compute_share_heterogeneity,
    compute_stratified_share,
)
from dashboard.endpoints.pooled.rates import Group
from dashboard.study.choices import IntervalMethod

PoolRow = dict[str, Any]
TRIAL, NAIVE, STRATIFIED, LEFT_OUT = "trial", "naive", "stratified", "without"
_ROW = ("kind", "trial", "label")
_ESTIMATE = ("value", "lower", "upper", "weight", "interval", "q", "degrees_of_freedom", "p_value", "i_squared")
# kind        trial, naive, stratified, or without: all trials but the one of the row, stratified
# value       a proportion, or a difference of proportions (the group minus the others); lower and upper are its 95 % limits
# weight      the share of the trial in the stratified estimate
# interval    by which method the limits are
# q … i_squared   of the trials pooled, in the stratified rows
POOL_COLUMNS = (*_ROW, "n", "of", *_ESTIMATE)
COMPARISON_COLUMNS = (
    *_ROW, "n", "of", "other_n", "other_of", *_ESTIMATE, "odds_ratio", "odds_lower", "odds_upper", "disagreements",
)  # fmt: skip
_TEXTS = (
    "kind", "trial", "label", "interval", "disagreements", "rate", "rate_label", "grouping", "category", "category_label", "among",
)  # fmt: skip
_COUNTS = ("n", "of", "other_n", "other_of")
# What a row says that knows nothing of it.
_BLANK: PoolRow = dict.fromkeys(_ESTIMATE, nan) | {"degrees_of_freedom": None, "disagreements": "", "trial": "", "label": ""}


def pool_rate(events: Ints, totals: Ints, trials: Sequence[Group], method: IntervalMethod) -> list[PoolRow]:
    """Rows of POOL_COLUMNS of one rate: events of totals of each trial with somebody, then pooled, then without each trial.

    Without at least two trials there is nothing to leave out and no heterogeneity.
    """
    kept = np.flatnonzero(totals)
    events, totals, listed = events[kept], totals[kept], [trials[place] for place in kept.tolist()]
    rows = [
        _trial_row(trial, x, n, n / totals.sum(), compute_naive_share(np.array([x]), np.array([n]), method), method)
        for trial, x, n in zip(listed, events.tolist(), totals.tolist(), strict=True)
    ]
    rows.append(_pool_row(NAIVE, "", events, totals, compute_naive_share(events, totals, method), method))
    rows.append(_stratified_row(STRATIFIED, "", events, totals))
    if len(listed) > 1:
        rows += [
            _stratified_row(LEFT_OUT, trial.category, np.delete(events, place), np.delete(totals, place), trial.label)
            for place, trial in enumerate(listed)
        ]
    return [_BLANK | row for row in rows]


def _trial_row(trial: Group, x: int, n: int, weight: float, found: Estimate, method: str) -> dict[str, Any]:
    named = {"kind": TRIAL, "trial": trial.category, "label": trial.label, "n": x, "of": n, "weight": weight, "interval": method}
    return named | _limits(found)


def _pool_row(kind: str, trial: str, events: Ints, totals: Ints, found: Estimate, method: str, label: str = "") -> dict[str, Any]:
    counts = {"n": int(events.sum()), "of": int(totals.sum()), "interval": method}
    return {"kind": kind, "trial": trial, "label": label} | counts | _limits(found)


def _stratified_row(kind: str, trial: str, events: Ints, totals: Ints, label: str = "") -> dict[str, Any]:
    row = _pool_row(kind, trial, events, totals, compute_stratified_share(events, totals), "stratified wilson", label)
    return row | _spread(compute_share_heterogeneity(events, totals))


def _limits(found: Estimate) -> dict[str, float]:
    return {"value": found.value, "lower": found.lower, "upper": found.upper}


def _spread(found: Heterogeneity) -> dict[str, Any]:
    return {"q": found.q, "degrees_of_freedom": found.degrees_of_freedom, "p_value": found.p_value, "i_squared": found.i_squared}


def compare_groups(tables: Tables, trials: Sequence[Group]) -> list[PoolRow]:
    """Rows of COMPARISON_COLUMNS of a group against others: by trial with somebody in either, then pooled, then without each trial.

    A trial without participants in both groups has its row, but no difference and no weight. disagreements: those of
    `find_disagreements`, separated by spaces, in the stratified rows.
    """
    kept = np.flatnonzero(tables.totals + tables.other_totals)
    tables = Tables(*(column[kept] for column in (tables.events, tables.totals, tables.other_events, tables.other_totals)))
    listed, weights = [trials[place] for place in kept.tolist()], _weights(tables)
    rows = [
        _compare(TRIAL, trial.category, trial.label, _at(tables, place), compute_difference(*_at(tables, place).pooled), "newcombe")
        | {"weight": weights[place]}
        for place, trial in enumerate(listed)
    ]
    rows += compare_pooled(tables)
    if len(listed) > 1:
        rows += [_compare_stratified(LEFT_OUT, trial.category, trial.label, tables.without(place)) for place, trial in enumerate(listed)]
    return [_BLANK | row for row in rows]


def compare_pooled(tables: Tables) -> list[PoolRow]:
    """The naive and the stratified row of `compare_groups`."""
    naive = compute_difference(*tables.pooled)
    return [_BLANK | _compare(NAIVE, "", "", tables, naive, "newcombe"), _BLANK | _compare_stratified(STRATIFIED, "", "", tables)]


def _weights(tables: Tables) -> np.ndarray:
    every = tables.totals + tables.other_totals
    weight = tables.totals * tables.other_totals / np.maximum(every, 1)
    return weight / weight.sum() if weight.sum() else weight


def _at(tables: Tables, place: int) -> Tables:
    columns = (tables.events, tables.totals, tables.other_events, tables.other_totals)
    return Tables(*(column[place : place + 1] for column in columns))


def _compare(kind: str, trial: str, label: str, tables: Tables, found: Estimate, method: str) -> dict[str, Any]:
    counts = dict(zip(_COUNTS, tables.pooled, strict=True))
    pooled = Tables(*(np.array([count]) for count in tables.pooled)) if kind == NAIVE else tables
    odds = compute_stratified_odds_ratio(pooled)
    # An infinite ratio has no number in a table: it is missing there, as its limits are.
    ratio = {"odds_ratio": odds.value if isfinite(odds.value) else nan, "odds_lower": odds.lower, "odds_upper": odds.upper}
    return {"kind": kind, "trial": trial, "label": label, "interval": method} | counts | _limits(found) | ratio


def _compare_stratified(kind: str, trial: str, label: str, tables: Tables) -> dict[str, Any]:
    naive, stratified, spread = (
        compute_difference(*tables.pooled),
        compute_stratified_difference(tables),
        compute_difference_heterogeneity(tables),
    )
    row = _compare(kind, trial, label, tables, stratified, "mantel-haenszel")
    return row | _spread(spread) | {"disagreements": " ".join(name_disagreements(tables, naive, stratified, spread))}


def frame_rows(rows: Sequence[PoolRow], columns: Sequence[str]) -> pd.DataFrame:
    """Rows of a pool as a frame of `columns`: texts, whole numbers where they always are, else numbers with NaN for missing."""
    texts = dict.fromkeys((name for name in columns if name in _TEXTS), "str")
    counts = dict.fromkeys((name for name in columns if name in _COUNTS), "int64")
    kinds = texts | counts | {"degrees_of_freedom": "Int64"}
    kinds |= dict.fromkeys((name for name in columns if name not in kinds), "float64")
    return pd.DataFrame(list(rows), columns=list(columns)).astype(kinds)
