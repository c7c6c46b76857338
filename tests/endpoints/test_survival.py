from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.log_rank import compute_log_rank
from dashboard.endpoints.survival import (
    compute_at_risk,
    compute_follow_up,
    compute_kaplan_meier,
    derive_time_to_threshold,
)
from tests.endpoints.builders import build_analysis, course, everyone

ORACLES = Path(__file__).parents[1] / "oracles"
DATA, CURVES = pd.read_csv(ORACLES / "survival_data.csv"), pd.read_csv(ORACLES / "survival_curves.csv")
MEDIANS = pd.read_csv(ORACLES / "survival_medians.csv").set_index("case")


def times_of(case: str) -> tuple[np.ndarray, np.ndarray]:
    rows = DATA[DATA["case"] == case]
    return rows["time"].to_numpy(dtype=np.float64), rows["event"].to_numpy() == 1


@pytest.mark.parametrize("case", MEDIANS.index)
def test_curve_interval_and_counts_equal_those_of_r(case: str) -> None:
    curve, expected = compute_kaplan_meier(*times_of(case)), CURVES[CURVES["case"] == case]
    for name in ("time", "survival", "lower", "upper"):
        np.testing.assert_allclose(getattr(curve, name)[1:], expected[name], rtol=1e-9, err_msg=name)
    for name in ("at_risk", "events", "censored"):
        np.testing.assert_array_equal(getattr(curve, name)[1:], expected[name], err_msg=name)
    assert (curve.time[0], curve.survival[0], curve.at_risk[0]) == (0, 1, len(times_of(case)[0]))


@pytest.mark.parametrize("case", MEDIANS.index)
def test_median_and_its_interval_equal_those_of_r(case: str) -> None:
    curve = compute_kaplan_meier(*times_of(case))
    np.testing.assert_allclose([curve.median, curve.median_lower, curve.median_upper], MEDIANS.loc[case, ["median", "lower", "upper"]])


@pytest.mark.parametrize(
    ("case", "median", "lower", "upper"), [("aml-maintained", 31, 13, np.nan), ("aml-nonmaintained", 23, 5, 33), ("lung", 310, 284, 361)]
)
def test_the_known_medians_are_met(case: str, median: float, lower: float, upper: float) -> None:
    curve = compute_kaplan_meier(*times_of(case))
    np.testing.assert_array_equal([curve.median, curve.median_lower, curve.median_upper], [median, lower, upper])


def test_follow_up_is_the_curve_with_events_and_censorings_exchanged() -> None:
    assert compute_follow_up(*times_of("lung")).median == MEDIANS.loc["lung-reverse", "median"]


def test_numbers_at_risk_equal_those_of_r() -> None:
    expected = pd.read_csv(ORACLES / "survival_at_risk.csv")
    found = compute_at_risk(times_of("lung")[0], expected["time"].to_numpy(dtype=np.float64))
    np.testing.assert_array_equal(found, expected["at_risk"])


def log_rank_groups(test: str) -> list[tuple[np.ndarray, np.ndarray]]:
    if test == "aml":
        return [times_of("aml-maintained"), times_of("aml-nonmaintained")]
    data = pd.read_csv(ORACLES / "log_rank_data.csv")
    groups = data[data["test"] == test].groupby("group")
    return [(rows["time"].to_numpy(dtype=np.float64), rows["event"].to_numpy() == 1) for _, rows in groups]


@pytest.mark.parametrize("test", ["aml", "three", "early"])
def test_log_rank_equals_that_of_r_for_two_groups_three_and_one_never_at_risk(test: str) -> None:
    expected = pd.read_csv(ORACLES / "log_rank.csv").set_index("test").loc[test]
    found = compute_log_rank(log_rank_groups(test))
    assert (found.statistic, found.p_value) == pytest.approx((expected["statistic"], expected["p"]))
    assert found.degrees_of_freedom == expected["df"]


def test_log_rank_is_missing_when_there_is_nothing_to_compare() -> None:
    some, none = (np.array([5.0, 9.0]), np.array([True, True])), (np.empty(0), np.empty(0, dtype=bool))
    censored_before = (np.array([1.0, 2.0]), np.array([False, False]))
    at_once = (np.array([5.0]), np.array([True]))
    for groups in ([some], [some, none], [censored_before, censored_before], [some, censored_before], [at_once, at_once]):
        assert np.isnan([compute_log_rank(groups).statistic, compute_log_rank(groups).p_value]).all()


def test_without_participants_the_curve_is_its_start() -> None:
    curve = compute_kaplan_meier(np.empty(0), np.empty(0, dtype=bool))
    assert (curve.time.tolist(), curve.survival.tolist(), curve.at_risk.tolist()) == ([0], [1], [0])
    assert np.isnan(curve.median)


@pytest.mark.parametrize("time", [-1.0, np.nan])
def test_a_missing_or_negative_time_is_refused(time: float) -> None:
    with pytest.raises(ValueError, match="missing or negative"):
        compute_kaplan_meier(np.array([time]), np.array([True]))


def test_time_to_threshold_is_the_day_of_the_first_value_at_it_else_censored_at_the_last() -> None:
    values = [
        *course("a", {0: 100, 14: 199, 30: 200, 79: 400}),
        *course("b", {0: 100, 14: 150, 252: 199}),
        *course("c", {-5: 250, 14: 100}),  # at the threshold before anything was given
        *course("d", {14: 400}),  # no baseline: no point
        *course("e", {0: 50}),
        *course("f", {0: 50, 470: 400}),  # after the last window
    ]
    analysis = build_analysis(values, people={"b": {"cohort": "480"}})
    table = derive_time_to_threshold(analysis, everyone(analysis), "cd4", 200, "to-week-60", "everyone")
    assert table.to_numpy().tolist() == [
        [0, "240", 30, True], [1, "480", 252, False], [2, "240", 0, True], [4, "240", 0, False], [5, "240", 0, False],
    ]  # fmt: skip
    eligible = derive_time_to_threshold(analysis, everyone(analysis), "cd4", 200, "to-week-60", "eligible")
    assert eligible["participant_index"].tolist() == [0, 1, 4, 5]
    nobody = derive_time_to_threshold(analysis, ~everyone(analysis), "cd4", 200, "to-week-60", "everyone")
    assert (len(nobody), list(nobody.columns)) == (0, ["participant_index", "cohort", "time", "event"])


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(st.integers(0, 420).map(float), st.booleans()), min_size=1, max_size=40))
def test_survival_falls_inside_its_interval_and_everyone_ends_once(rows: list[tuple[float, bool]]) -> None:
    time, event = (np.array(part) for part in zip(*rows, strict=True))
    curve = compute_kaplan_meier(time, event)
    assert (np.diff(curve.survival) <= 1e-12).all()
    known = ~np.isnan(curve.lower)
    assert ((curve.lower <= curve.survival) & (curve.survival <= curve.upper))[known].all()
    assert curve.events.sum() + curve.censored.sum() == len(rows)
    assert curve.events.sum() == event.sum()


@settings(deadline=None, max_examples=40)
@given(time=st.lists(st.integers(1, 420).map(float), min_size=1, max_size=40))
def test_without_censoring_survival_is_the_share_still_without_event(time: list[float]) -> None:
    days = np.array(time)
    curve = compute_kaplan_meier(days, np.ones(len(days), dtype=bool))
    np.testing.assert_allclose(curve.survival, [(days > day).mean() for day in curve.time], atol=1e-12)
    # Without censoring, the middle of a level stretch at one half makes the curve's median the ordinary median.
    assert curve.median == pytest.approx(np.median(days))
