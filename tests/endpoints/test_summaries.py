from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.endpoints.summaries import (
    STATISTICS,
    compute_median_ranks,
    summarise_by_days_since_dose,
    summarise_by_visit,
    summarise_groups,
)
from tests.endpoints.builders import build_analysis, everyone, protocol

ORACLES = Path(__file__).parents[1] / "oracles"
DATA, ANSWERS = pd.read_csv(ORACLES / "summaries_data.csv"), pd.read_csv(ORACLES / "summaries.csv")


def summarise(values: list[float], **choices: object) -> pd.Series:
    numbers = np.array(values, dtype=np.float64)
    return summarise_groups(numbers, np.zeros(len(numbers), dtype=np.int64), 1, numbers, **choices).iloc[0]


def test_every_statistic_equals_that_of_r() -> None:
    groups = pd.Categorical(DATA["group"], categories=ANSWERS["group"]).codes.astype(np.int64)
    values = DATA["value"].to_numpy(dtype=np.float64)
    shuffled = np.random.default_rng(3).permutation(len(values))
    found = summarise_groups(values[shuffled], groups[shuffled], len(ANSWERS), values[shuffled])
    assert list(found.columns) == list(STATISTICS)
    np.testing.assert_allclose(found, ANSWERS[list(STATISTICS)], rtol=1e-9)


@pytest.mark.parametrize(
    ("n", "rank", "level"), [(6, 1, 0.969), (9, 2, 0.961), (10, 2, 0.9785), (12, 3, 0.961), (20, 6, 0.959), (30, 10, 0.957)]
)
def test_the_median_interval_runs_between_the_known_order_statistics(n: int, rank: int, level: float) -> None:
    # Domain facts, A7: n = 10 gives the 2nd and 9th value, n = 30 the 10th and 21st.
    found = compute_median_ranks(n)
    assert found[0] == rank
    assert found[1] == pytest.approx(level, abs=6e-4)


@pytest.mark.parametrize("n", range(6))
def test_no_median_interval_exists_below_six(n: int) -> None:
    assert compute_median_ranks(n)[0] == 0
    row = summarise(list(range(1, n + 1)))
    assert row[["median_lower", "median_upper", "median_level"]].isna().all()


def test_missing_values_are_dropped_and_an_empty_group_has_n_zero() -> None:
    values = np.array([np.nan, 4.0, 6.0, np.nan])
    found = summarise_groups(values, np.array([0, 0, 0, 2]), 4, values)
    assert found["n"].tolist() == [2, 0, 0, 0]
    assert found["mean"].iloc[0] == 5
    assert found.iloc[1:].drop(columns="n").isna().all(axis=None)


def test_a_single_value_has_no_spread_and_no_interval() -> None:
    row = summarise([87.0])
    assert row[["mean", "median", "min", "max", "gmean"]].tolist() == pytest.approx([87] * 5)
    assert row[["sd", "mean_lower", "mean_upper", "gmean_lower", "gmean_upper"]].isna().all()


def test_a_zero_leaves_no_geometric_mean_and_every_other_number() -> None:
    row = summarise([0.0, 10.0, 20.0])
    assert row[["gmean", "gmean_lower", "gmean_upper"]].isna().all()
    assert row["mean"] == 10


def test_relative_change_is_never_averaged() -> None:
    row = summarise([1.0, 2.0, 4.0], arithmetic=False)
    assert row[["mean", "sd", "mean_lower", "mean_upper"]].isna().all()
    assert row["gmean"] == pytest.approx(2)


@given(values=st.lists(st.integers(0, 5000).map(float), min_size=1, max_size=60))
def test_quartiles_equal_those_of_numpy_and_stay_in_order(values: list[float]) -> None:
    row = summarise(values)
    assert row[["q1", "median", "q3"]].tolist() == pytest.approx(np.quantile(values, [0.25, 0.5, 0.75]).tolist())
    assert row["min"] <= row["q1"] <= row["median"] <= row["q3"] <= row["max"]
    if len(values) >= 6:
        assert row["median_lower"] <= row["median"] <= row["median_upper"]
        assert row["median_level"] >= 0.95


PEOPLE = {"a": {"cohort": "240"}, "b": {"cohort": "240"}, "c": {"cohort": "480"}}
VALUES = [
    ("a", "cd4", 0, 50.0), ("a", "cd4", 14, 100.0), ("a", "cd4", 12, 900.0), ("a", "cd4", 470, 800.0), ("a", "nk", 14, 7.0),
    ("b", "cd4", 0, 100.0), ("b", "cd4", 14, 800.0),
    ("c", "cd4", 14, 60.0),
]  # fmt: skip
VISITS = ("dose-1", "dose-1-day-14", "week-60")


def test_a_visit_summary_has_a_row_for_every_cohort_and_visit_and_uses_the_analysed_day() -> None:
    analysis = build_analysis(VALUES, people=PEOPLE)
    table = summarise_by_visit(analysis, everyone(analysis), "cd4", "value", VISITS)
    assert table[["cohort", "visit", "n"]].to_numpy().tolist() == [
        ["240", "dose-1", 2], ["240", "dose-1-day-14", 2], ["240", "week-60", 0],
        ["480", "dose-1", 0], ["480", "dose-1-day-14", 1], ["480", "week-60", 0],
        ["720", "dose-1", 0], ["720", "dose-1-day-14", 0], ["720", "week-60", 0],
    ]  # fmt: skip
    assert table.loc[1, "mean"] == (100 + 800) / 2  # the value of day 12 is an alternative, that of day 470 in no visit


def test_percent_change_is_summarised_by_the_geometric_mean_of_fold() -> None:
    analysis = build_analysis(VALUES, people=PEOPLE)
    fold = summarise_by_visit(analysis, everyone(analysis), "cd4", "fold", VISITS).iloc[1]
    percent = summarise_by_visit(analysis, everyone(analysis), "cd4", "percent", VISITS).iloc[1]
    assert fold["gmean"] == pytest.approx(math.sqrt(2 * 8))  # folds 2 and 8
    assert percent["gmean"] == pytest.approx(300)
    assert percent["median"] == pytest.approx((100 + 700) / 2)
    assert math.isnan(percent["mean"])
    assert math.isnan(fold["mean"])


def test_change_leaves_out_participants_without_baseline_and_has_no_geometric_mean() -> None:
    analysis = build_analysis(VALUES, people=PEOPLE)
    table = summarise_by_visit(analysis, everyone(analysis), "cd4", "change", VISITS)
    assert table["n"].tolist() == [2, 2, 0, 0, 0, 0, 0, 0, 0]
    assert table.loc[1, "mean"] == (50 + 700) / 2
    assert table["gmean"].isna().all()


def test_only_selected_participants_are_summarised() -> None:
    analysis = build_analysis(VALUES, people=PEOPLE)
    assert summarise_by_visit(analysis, np.array([False, True, True]), "cd4", "value", VISITS).loc[1, "mean"] == 800


def test_by_dose_each_planned_visit_stands_at_its_days_after_the_latest_planned_dose() -> None:
    analysis = build_analysis([("a", "cd4", day, 10.0) for day in (-5, 0, 14, 79, 84, 98, 252, 420)], doses={"a": (0, 84, 168)})
    table = summarise_by_days_since_dose(analysis, everyone(analysis), "cd4", "value", protocol().visit_keys)
    rows = table.loc[table["cohort"] == "240", ["visit", "dose_number", "planned_days_since_dose", "n"]].to_numpy().tolist()
    assert rows == [
        ["dose-1", 1, 0, 1], ["dose-1-day-14", 1, 14, 1], ["dose-1-day-30", 1, 30, 0], ["pre-dose-2", 1, 79, 1],
        ["dose-2", 2, 0, 1], ["dose-2-day-14", 2, 14, 1], ["dose-2-day-30", 2, 30, 0], ["pre-dose-3", 2, 79, 0],
        ["dose-3", 3, 0, 0], ["dose-3-day-14", 3, 14, 0], ["dose-3-day-30", 3, 30, 0],
        ["week-36", 3, 84, 1], ["week-48", 3, 168, 0], ["week-60", 3, 252, 1],
    ]  # fmt: skip


def test_after_a_missed_dose_samples_stand_further_from_the_dose_before() -> None:
    analysis = build_analysis([("a", "cd4", 98, 10.0), ("a", "cd4", 182, 20.0)], doses={"a": (0, 168)})
    table = summarise_by_days_since_dose(analysis, everyone(analysis), "cd4", "value", protocol().visit_keys)
    filled = table.loc[table["n"] > 0, ["visit", "dose_number", "planned_days_since_dose", "mean"]].to_numpy().tolist()
    assert filled == [["dose-2-day-14", 1, 98, 10.0], ["dose-3-day-14", 3, 14, 20.0]]


def test_a_late_dose_leaves_the_planned_distance_unchanged() -> None:
    analysis = build_analysis([("a", "cd4", 112, 10.0)], doses={"a": (0, 98)})
    table = summarise_by_days_since_dose(analysis, everyone(analysis), "cd4", "value", protocol().visit_keys)
    filled = table.loc[table["n"] > 0, ["visit", "dose_number", "planned_days_since_dose"]].to_numpy().tolist()
    assert filled == [["dose-2-day-14", 2, 14]]
