from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.endpoints.builders import Value, build_analysis, course


def baseline_of(values: list[Value], rule: str = "last", **choices: object) -> float:
    return float(build_analysis(values, rule, **choices).participants["baseline_cd4"].iloc[0])


def test_the_last_value_on_or_before_day_0_is_the_baseline() -> None:
    assert baseline_of(course("a", {-28: 90, -5: 100, 0: 110, 14: 500})) == 110
    assert baseline_of(course("a", {-28: 90, -5: 100, 14: 500})) == 100


def test_the_mean_rule_counts_each_day_once() -> None:
    values = [*course("a", {-28: 90, -5: 100}), ("a", "cd4", 0, 120.0), ("a", "cd4", 0, 160.0)]
    assert baseline_of(values, "mean") == pytest.approx((90 + 100 + 140) / 3)
    assert baseline_of(values, "last") == pytest.approx((120 + 160) / 2)


def test_a_value_drawn_after_the_first_dose_is_not_baseline_but_remains_a_value_of_day_0() -> None:
    values = [("a", "cd4", -5, 100.0), ("a", "cd4", 0, 120.0), ("a", "cd4", 0, 60.0)]
    analysis = build_analysis(values, after_dose=(2,))
    assert analysis.participants["baseline_cd4"].iloc[0] == 120
    assert analysis.daily.loc[analysis.daily["day"] == 0, "value"].tolist() == [90.0]
    assert baseline_of(values, after_dose=(1, 2)) == 100


def test_change_is_missing_when_the_participant_has_no_baseline() -> None:
    analysis = build_analysis(course("a", {14: 100, 30: 200}))
    assert math.isnan(analysis.participants["baseline_cd4"].iloc[0])
    assert analysis.participants["stratum"].iloc[0] == ""
    assert analysis.counts[["baseline", "change", "percent_change", "fold"]].isna().all(axis=None)
    assert analysis.daily["value"].tolist() == [100, 200]


def test_change_percent_change_and_fold_are_arithmetic_on_the_baseline() -> None:
    counts = build_analysis(course("a", {-28: 60, 0: 80, 14: 100})).counts
    assert counts["change"].tolist() == [-20, 0, 20]
    assert counts["percent_change"].tolist() == [-25, 0, 25]
    assert counts["fold"].tolist() == [0.75, 1, 1.25]


def test_with_a_baseline_of_zero_only_the_difference_exists() -> None:
    row = build_analysis(course("a", {0: 0, 14: 30})).counts.iloc[1]
    assert row["change"] == 30
    assert math.isnan(row["percent_change"])
    assert math.isnan(row["fold"])


@pytest.mark.parametrize(
    ("value", "stratum"),
    [(0, "lt100"), (99.5, "lt100"), (100, "100-199"), (199, "100-199"), (200, "200-299"), (300, "ge300"), (900, "ge300")],
)
def test_the_lower_limit_of_a_stratum_belongs_to_it(value: float, stratum: str) -> None:
    assert build_analysis([("a", "cd4", 0, value)]).participants["stratum"].iloc[0] == stratum


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'first' is none of last, mean"):
        build_analysis([("a", "cd4", 0, 1.0)], "first")


counts_by_day = st.dictionaries(st.integers(-40, 60), st.integers(0, 900).map(float), min_size=1, max_size=12)


@settings(deadline=None, max_examples=40)
@given(values=counts_by_day, rule=st.sampled_from(["last", "mean"]))
def test_no_value_after_day_0_ever_changes_a_baseline(values: dict[int, float], rule: str) -> None:
    before = {day: value for day, value in values.items() if day <= 0}
    found = baseline_of(course("a", values), rule)
    if not before:
        assert math.isnan(found)
    else:
        assert found == baseline_of(course("a", before), rule)
        assert min(before.values()) <= found <= max(before.values()) + 1e-9
