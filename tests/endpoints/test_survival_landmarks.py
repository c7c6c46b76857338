from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.log_rank import compute_log_rank
from dashboard.endpoints.survival import compute_kaplan_meier
from dashboard.endpoints.survival_landmarks import compute_landmark_curve, compute_survival_at, select_at_landmark
from tests.endpoints.test_survival import ORACLES, times_of

LANDMARKS = pd.read_csv(ORACLES / "survival_landmarks.csv")
STRATIFIED = pd.read_csv(ORACLES / "log_rank_stratified.csv").set_index("test")
STRATIFIED_DATA = pd.read_csv(Path(ORACLES) / "log_rank_stratified_data.csv")


@pytest.mark.parametrize("case", LANDMARKS["case"].unique())
def test_survival_at_landmarks_equals_that_of_r(case: str) -> None:
    expected = LANDMARKS[LANDMARKS["case"] == case]
    found = compute_survival_at(compute_kaplan_meier(*times_of(case)), expected["day"].to_numpy(dtype=np.float64))
    np.testing.assert_allclose(found.survival, expected["survival"], rtol=1e-9)
    np.testing.assert_array_equal(found.at_risk, expected["at_risk"])
    # Where survival is 1 the transform has no value; R then writes 1 for both limits.
    known = expected["survival"].to_numpy() < 1
    for name in ("lower", "upper"):
        np.testing.assert_allclose(getattr(found, name)[known], expected[name][known], rtol=1e-9)
        assert np.isnan(getattr(found, name)[~known]).all()


def test_beyond_the_last_time_survival_is_not_said_unless_it_is_0() -> None:
    censored_last = compute_kaplan_meier(np.array([5.0, 9.0]), np.array([True, False]))
    at = compute_survival_at(censored_last, np.array([9.0, 10.0]))
    np.testing.assert_array_equal(at.survival, [0.5, np.nan])
    assert at.at_risk.tolist() == [1, 0]
    everyone_died = compute_kaplan_meier(np.array([5.0, 9.0]), np.array([True, True]))
    assert compute_survival_at(everyone_died, np.array([400.0])).survival.tolist() == [0]


def test_the_curve_from_a_landmark_equals_that_of_r() -> None:
    curve, expected = compute_landmark_curve(*times_of("lung"), 180), pd.read_csv(ORACLES / "survival_conditional.csv")
    for name in ("time", "survival", "lower", "upper"):
        np.testing.assert_allclose(getattr(curve, name)[1:], expected[name], rtol=1e-9, err_msg=name)
    known = pd.read_csv(ORACLES / "survival_conditional_median.csv").iloc[0]
    assert (curve.at_risk[0], curve.events.sum()) == (known["n"], known["events"])
    np.testing.assert_array_equal([curve.median, curve.median_lower, curve.median_upper], known[["median", "lower", "upper"]])


def test_survival_from_a_landmark_is_survival_divided_by_that_at_the_landmark() -> None:
    time, event = times_of("lung")
    whole, later = compute_kaplan_meier(time, event), compute_landmark_curve(time, event, 180)
    at_180 = compute_survival_at(whole, np.array([180.0])).survival[0]
    at_365 = compute_survival_at(whole, np.array([365.0])).survival[0]
    assert compute_survival_at(later, np.array([185.0])).survival[0] == pytest.approx(at_365 / at_180)


def test_who_ends_on_the_day_of_the_landmark_is_not_in_the_analysis_from_it() -> None:
    assert select_at_landmark(np.array([27.0, 28.0, 29.0]), 28).tolist() == [False, False, True]


def groups_of(test: str) -> tuple[list[tuple[np.ndarray, np.ndarray]], list[np.ndarray]]:
    rows = STRATIFIED_DATA[STRATIFIED_DATA["test"] == test]
    stratum = pd.Series(pd.factorize(rows["stratum"])[0], index=rows.index)
    parts = [(part, stratum[part.index].to_numpy(dtype=np.int64)) for _, part in rows.groupby("group")]
    return [(part["time"].to_numpy(dtype=np.float64), part["event"].to_numpy() == 1) for part, _ in parts], [codes for _, codes in parts]


@pytest.mark.parametrize("test", STRATIFIED.index)
def test_a_stratified_log_rank_equals_that_of_r(test: str) -> None:
    found, expected = compute_log_rank(*groups_of(test)), STRATIFIED.loc[test]
    assert (found.statistic, found.p_value) == pytest.approx((expected["statistic"], expected["p"]))
    assert found.degrees_of_freedom == expected["df"]


def test_with_one_stratum_the_test_is_the_plain_one() -> None:
    groups = [times_of("aml-maintained"), times_of("aml-nonmaintained")]
    assert compute_log_rank(groups, [np.zeros(len(time), dtype=np.int64) for time, _ in groups]) == compute_log_rank(groups)


def test_a_stratified_test_is_missing_where_no_stratum_compares_the_groups() -> None:
    # Each group is alone in its stratum; then two pairs of groups that never meet.
    group = (np.array([5.0, 9.0, 12.0]), np.array([True, True, False]))
    apart = compute_log_rank([group, group], [np.zeros(3, dtype=np.int64), np.ones(3, dtype=np.int64)])
    assert np.isnan(apart.statistic)
    pairs = compute_log_rank([group] * 4, [np.full(3, stratum, dtype=np.int64) for stratum in (0, 0, 1, 1)])
    assert np.isnan(pairs.p_value)
    joined = compute_log_rank([group] * 3, [np.array([0, 0, 0]), np.array([0, 0, 1]), np.array([1, 1, 1])])
    assert joined.degrees_of_freedom == 2
    assert np.isfinite(joined.p_value)
