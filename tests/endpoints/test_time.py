from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.time import compute_planned_dose
from tests.endpoints.builders import build_analysis, protocol


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 84, 168], [1, 2, 3]),
        ([0, 98, 182], [1, 2, 3]),  # both late by 14 days
        ([0, 130, 214], [1, 2, 3]),  # both late by 46 days: 130 is nearer to 168, but three doses in order fit three planned ones
        ([0, 168], [1, 3]),  # dose 2 missed
        ([0, 84], [1, 2]),
        ([0, 7], [1, 0]),  # an extra dose a week after dose 1 is not dose 2
        ([0, 84, 90], [1, 2, 0]),  # an extra dose a week after dose 2 is not dose 3
        ([0, 84, 90, 168], [1, 2, 0, 3]),
        ([0, 80, 84, 168], [1, 0, 2, 3]),  # of two doses near day 84 the nearer one is dose 2
        ([0, 84, 168, 252], [1, 2, 3, 0]),  # a fourth dose is outside the plan
        ([0], [1]),
    ],
)
def test_doses_given_are_matched_to_planned_doses_in_order_and_each_at_most_once(days: list[int], expected: list[int]) -> None:
    found = compute_planned_dose(np.zeros(len(days), dtype=np.int64), np.array(days), protocol().exposure.planned)
    assert found.tolist() == expected


def test_each_participant_is_matched_alone() -> None:
    row, day = np.array([0, 0, 0, 2, 2, 5]), np.array([0, 84, 168, 0, 170, 0])
    assert compute_planned_dose(row, day, protocol().exposure.planned).tolist() == [1, 2, 3, 1, 3, 1]


def test_days_since_dose_follow_the_doses_given_and_not_the_plan() -> None:
    values = [("a", "cd4", day, 100.0) for day in (-5, 0, 14, 84, 98, 112, 420)]
    counts = build_analysis(values, doses={"a": (0, 98)}).counts
    assert counts["days_since_dose"].tolist()[1:] == [0, 14, 84, 0, 14, 322]
    assert counts["dose_number"].tolist()[1:] == [1, 1, 1, 2, 2, 2]
    assert counts[["days_since_dose", "dose_number"]].iloc[0].isna().all()  # before the first dose


def test_an_extra_dose_restarts_the_clock_and_moves_no_visit() -> None:
    analysis = build_analysis([("a", "cd4", day, 100.0) for day in (14, 98)], doses={"a": (0, 7, 84)})
    assert analysis.counts["days_since_dose"].tolist() == [7, 14]
    assert analysis.counts["visit"].tolist() == ["dose-1-day-14", "dose-2-day-14"]
    assert analysis.doses["planned_dose"].fillna(0).tolist() == [1, 0, 2]


def test_a_participant_without_a_dose_has_no_day_no_clock_and_no_visit() -> None:
    analysis = build_analysis([("a", "cd4", None, 100.0), ("b", "cd4", 14, 90.0)], doses={"a": ()})
    row = analysis.counts.iloc[0]
    assert row["visit"] == ""
    assert not row["analysed"]
    assert row[["days_since_dose", "dose_number", "baseline", "change", "fold"]].isna().all()
    assert analysis.participants["doses"].tolist() == [0, 1]
    assert analysis.daily["participant_index"].tolist() == [1]
