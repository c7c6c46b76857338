"""Headline results of two data cuts side by side."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.changes.headlines import Choices, Headline, Kind, default_choices, list_headlines
from dashboard.endpoints.changes.parts import Parts, derive_parts
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.survival import compute_kaplan_meier

RESULT_COLUMNS: dict[str, str] = {
    "result": "str", "label": "str", "analyte": "str", "threshold": "float64", "visit": "str", "cohort": "str", "statistic": "str",
    "before": "float64", "after": "float64", "difference": "float64", "additive": "bool", "changed": "bool", "words": "str",
}  # fmt: skip
# Two sums over the same participants in another order differ by rounding.
TOLERANCE = 1e-9
Numbers = dict[str, float]


def compare_results(before: Analysis, after: Analysis, choices: Choices | None = None) -> pd.DataFrame:
    """RESULT_COLUMNS: one row per headline, cohort of the protocol (then `all`) and statistic, in that order.

    The statistics are those of `derive_parts`, which are `additive` (their parts, one per participant, add up to them), and
    proportion, mean (cells/µL or days) and median; the median of a time to a threshold is Kaplan and Meier's, missing where it
    is not reached. difference = after − before, missing where one of them is. changed: they differ, a missing number from any
    other. words, the same in all rows of a headline and cohort: “CD4 ≥ 300 at week 36: 3/9 → 4/10”.

    `choices` default to those of an address without query keys. ValueError when the analyses have different definitions or
    baseline rules, which would make a comparison of two cuts one of two methods.
    """
    if before.protocol != after.protocol or before.baseline_rule != after.baseline_rule:
        raise ValueError("two data cuts are compared under one study definition and one baseline rule")
    choices = choices or default_choices(before.protocol)
    rows: list[tuple[object, ...]] = []
    for headline in list_headlines(before.protocol, choices):
        sides = [(analysis, derive_parts(analysis, headline, choices)) for analysis in (before, after)]
        for cohort in (*before.protocol.cohort_keys, ALL_COHORTS):
            old, new = (_compute_numbers(headline, parts, select_cohort(analysis, cohort)) for analysis, parts in sides)
            rows += _list_rows(headline, cohort, old, new, tuple(sides[0][1].numbers))
    return pd.DataFrame(rows, columns=list(RESULT_COLUMNS)).astype(RESULT_COLUMNS)


def describe_results(analysis: Analysis, choices: Choices, selected: Flags) -> list[tuple[str, str, str]]:
    """Each headline of one data cut among the `selected` participants, for each cohort of the protocol (then `all`).

    Label, cohort and numbers in words: (“CD4 ≥ 300 at week 36”, “240”, “3/9”).
    """
    told: list[tuple[str, str, str]] = []
    for headline in list_headlines(analysis.protocol, choices):
        parts = derive_parts(analysis, headline, choices)
        for cohort in (*analysis.protocol.cohort_keys, ALL_COHORTS):
            numbers = _compute_numbers(headline, parts, select_cohort(analysis, cohort) & selected)
            told.append((headline.label, cohort, describe_result(headline, numbers, numbers).removeprefix(f"{headline.label}: ")))
    return told


def select_cohort(analysis: Analysis, cohort: str) -> Flags:
    """The participants of `cohort`; everyone for `all`."""
    flags: Flags = ((analysis.participants["cohort"] == cohort) | (cohort == ALL_COHORTS)).to_numpy(dtype=bool)
    return flags


def _compute_numbers(headline: Headline, parts: Parts, inside: Flags) -> Numbers:
    numbers = {name: float(values[inside].sum()) for name, values in parts.numbers.items()}
    if headline.kind == "responders":
        numbers["proportion"] = numbers["responders"] / numbers["denominator"] if numbers["denominator"] else float("nan")
    if parts.amount is None:
        return numbers
    counted = inside & ~np.isnan(parts.amount)
    amount = parts.amount[counted]
    if headline.kind == "time-to":
        return {**numbers, "median": compute_kaplan_meier(amount, parts.numbers["events"][counted] > 0).median}
    empty = len(amount) == 0
    return {
        **numbers,
        "mean": float("nan") if empty else float(amount.mean()),
        "median": float("nan") if empty else float(np.median(amount)),
    }


def _list_rows(headline: Headline, cohort: str, before: Numbers, after: Numbers, additive: tuple[str, ...]) -> list[tuple[object, ...]]:
    words = describe_result(headline, before, after)
    keys = (headline.key, headline.label, headline.analyte, headline.threshold, headline.visit, cohort)
    rows: list[tuple[object, ...]] = []
    for name, old in before.items():
        new = after[name]
        same = is_same(old, new)
        difference = 0.0 if same and not np.isnan(new) else new - old
        rows.append((*keys, name, old, new, difference, name in additive, not same, words))
    return rows


def is_same(before: float, after: float) -> bool:
    """Whether two numbers differ by no more than rounding; a missing number is the same as a missing one."""
    return bool(np.isclose(before, after, rtol=TOLERANCE, atol=TOLERANCE, equal_nan=True))


def describe_result(headline: Headline, before: Numbers, after: Numbers) -> str:
    """“days with CD4 ≥ 200: mean 61 → 67, median 12 → 15, any 5/9 → 6/10”; one number where nothing changed."""
    return f"{headline.label}: {_WORDS[headline.kind](before, after)}"


def _tally_words(before: Numbers, after: Numbers) -> str:
    return write_arrow(before["n"], after["n"])


def _responder_words(before: Numbers, after: Numbers) -> str:
    return _join_sides(*(f"{side['responders']:,.0f}/{side['denominator']:,.0f}" for side in (before, after)))


def _value_words(before: Numbers, after: Numbers) -> str:
    return ", ".join(f"{name} {write_arrow(before[name], after[name])}" for name in ("median", "mean", "n"))


def _days_words(before: Numbers, after: Numbers) -> str:
    shares = _join_sides(*(f"{side['n_any']:,.0f}/{side['n']:,.0f}" for side in (before, after)))
    return f"mean {write_arrow(before['mean'], after['mean'])}, median {write_arrow(before['median'], after['median'])}, any {shares}"


def _time_words(before: Numbers, after: Numbers) -> str:
    shares = _join_sides(*(f"{side['events']:,.0f}/{side['n']:,.0f}" for side in (before, after)))
    words = f"reached by {shares}, median {write_arrow(before['median'], after['median'], 'not reached')}"
    days = write_arrow(before["total"], after["total"])
    return f"{words}, followed for {days} days in all" if "→" in days else words


def write_arrow(before: float, after: float, missing: str = "none") -> str:
    """“61 → 67”; as many decimals as it takes to tell the numbers apart, at most six; one number when they are equal."""
    if is_same(before, after):
        return _write_number(after, 0 if np.isnan(after) or float(after).is_integer() else 1, missing)
    pairs = [tuple(_write_number(value, decimals, missing) for value in (before, after)) for decimals in range(7)]
    return _join_sides(*next((pair for pair in pairs if pair[0] != pair[1]), pairs[-1]))


def _write_number(value: float, decimals: int, missing: str) -> str:
    return missing if np.isnan(value) else f"{value:,.{decimals}f}"


def _join_sides(before: str, after: str) -> str:
    return before if before == after else f"{before} → {after}"


_WORDS: Mapping[Kind, Callable[[Numbers, Numbers], str]] = {
    "enrolled": _tally_words,
    "dosed": _tally_words,
    "doses": _tally_words,
    "counts": _tally_words,
    "baseline": _value_words,
    "responders": _responder_words,
    "days-above": _days_words,
    "time-to": _time_words,
    "visit": _value_words,
}
