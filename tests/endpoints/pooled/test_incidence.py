from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.pooled.incidence import compute_incidence, compute_incidence_at
from dashboard.endpoints.survival import compute_kaplan_meier

ORACLES = Path(__file__).parents[2] / "oracles"
DATA, EXPECTED = pd.read_csv(ORACLES / "incidence_data.csv"), pd.read_csv(ORACLES / "incidence.csv")


def rows_of(case: str) -> tuple[np.ndarray, np.ndarray]:
    rows = DATA[DATA["case"] == case]
    return rows["time"].to_numpy(dtype=np.float64), rows["cause"].to_numpy(dtype=np.int64)


@pytest.mark.parametrize("cause", [1, 2])
@pytest.mark.parametrize("case", DATA["case"].unique())
def test_incidence_error_and_interval_equal_those_of_r(case: str, cause: int) -> None:
    found, expected = compute_incidence(*rows_of(case), 2), EXPECTED[(EXPECTED["case"] == case) & (EXPECTED["cause"] == cause)]
    np.testing.assert_array_equal(found.time[1:], expected["time"])
    np.testing.assert_array_equal(found.at_risk[1:], expected["at_risk"])
    for name in ("incidence", "error", "lower", "upper"):
        np.testing.assert_allclose(getattr(found, name)[1:, cause - 1], expected[name], rtol=1e-8, atol=1e-12, err_msg=name)


def test_of_mgus2_115_progressed_and_860_died_before() -> None:
    # The counts of the vignette “Multi-state models and competing risks” of R's survival package.
    assert compute_incidence(*rows_of("mgus2"), 2).events.sum(axis=0).tolist() == [115, 860]


def test_a_hand_computed_incidence() -> None:
    # Day 5: 1 of 4 relapses: 1/4. Day 8: censored. Day 9: 1 of 2 dies: 3/4 × 1/2 = 3/8. Day 12: the last relapses: 1/4 + 3/8.
    found = compute_incidence(np.array([5.0, 8.0, 9.0, 12.0]), np.array([1, 0, 2, 1]), 2)
    np.testing.assert_allclose(found.incidence[:, 0], [0, 0.25, 0.25, 0.25, 0.625])
    np.testing.assert_allclose(found.incidence[:, 1], [0, 0, 0, 0.375, 0.375])
    assert compute_incidence_at(found, 10, 2)[0] == pytest.approx(0.375)
    assert compute_incidence_at(found, 400, 1)[0] == pytest.approx(0.625)


def test_beyond_the_last_time_nothing_is_said_while_somebody_was_event_free() -> None:
    found = compute_incidence(np.array([5.0, 8.0]), np.array([1, 0]), 1)
    assert compute_incidence_at(found, 8, 1)[0] == 0.5
    assert np.isnan(compute_incidence_at(found, 9, 1)).all()


def test_without_events_or_participants_the_incidence_is_0() -> None:
    assert compute_incidence(np.array([3.0, 5.0]), np.array([0, 0]), 2).incidence.sum() == 0
    nobody = compute_incidence(np.empty(0), np.empty(0, dtype=np.int64), 2)
    assert (nobody.time.tolist(), nobody.incidence.tolist(), nobody.at_risk.tolist()) == ([0], [[0, 0]], [0])


@pytest.mark.parametrize(
    ("time", "cause", "words"), [(-1.0, 1, "missing or negative"), (np.nan, 1, "missing or negative"), (4.0, 3, "0 to 2")]
)
def test_a_wrong_time_or_cause_is_refused(time: float, cause: int, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        compute_incidence(np.array([time]), np.array([cause]), 2)


@settings(deadline=None, max_examples=60)
@given(rows=st.lists(st.tuples(st.integers(0, 400).map(float), st.integers(0, 3)), min_size=1, max_size=40))
def test_incidences_of_all_causes_and_event_free_survival_add_up_to_1(rows: list[tuple[float, int]]) -> None:
    time, cause = (np.array(part) for part in zip(*rows, strict=True))
    found = compute_incidence(time, cause, 3)
    np.testing.assert_allclose(found.incidence.sum(axis=1) + compute_kaplan_meier(time, cause > 0).survival, 1, atol=1e-12)
    assert (np.diff(found.incidence, axis=0) >= 0).all()


@settings(deadline=None, max_examples=40)
@given(rows=st.lists(st.tuples(st.integers(0, 400).map(float), st.booleans()), min_size=1, max_size=40))
def test_with_one_cause_the_incidence_is_1_minus_kaplan_meier_with_its_interval(rows: list[tuple[float, bool]]) -> None:
    time, event = (np.array(part) for part in zip(*rows, strict=True))
    found, curve = compute_incidence(time, event.astype(np.int64), 1), compute_kaplan_meier(time, event)
    np.testing.assert_allclose(found.incidence[:, 0], 1 - curve.survival, atol=1e-12)
    # Greenwood: the variance of survival is S² Σ d / (Y (Y − d)); where S is 0 the last term is not defined.
    risk, events = curve.at_risk[1:], curve.events[1:]
    alive = curve.survival[1:] > 0
    with np.errstate(divide="ignore", invalid="ignore"):
        greenwood = curve.survival[1:] * np.sqrt(np.cumsum(events / (risk * (risk - events))))
    np.testing.assert_allclose(found.error[1:, 0][alive], greenwood[alive], atol=1e-12)
