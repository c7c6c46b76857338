from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.endpoints.builders import Value, build_analysis, protocol

ON_PLAN = (0, 84, 168)
# The table of visit windows of NCT05600920 (endpoints, section 1): key, first and last day.
WINDOWS = {
    "screening": (-60, -10), "pre-dose-1": (-9, -1), "dose-1": (0, 0), "dose-1-day-14": (1, 21), "dose-1-day-30": (22, 54),
    "pre-dose-2": (55, 81), "dose-2": (82, 90), "dose-2-day-14": (91, 105), "dose-2-day-30": (106, 138), "pre-dose-3": (139, 165),
    "dose-3": (166, 174), "dose-3-day-14": (175, 189), "dose-3-day-30": (190, 224), "week-36": (225, 293), "week-48": (294, 377),
    "week-60": (378, 462),
}  # fmt: skip


def visits_on(days: list[int], doses: tuple[int, ...]) -> list[str]:
    analysis = build_analysis([("a", "cd4", day, 100.0) for day in days], doses={"a": doses})
    return analysis.counts["visit"].tolist()


def test_both_ends_of_every_planned_window_belong_to_its_visit() -> None:
    days = [day for ends in WINDOWS.values() for day in ends]
    assert visits_on(days, ON_PLAN) == [key for key in WINDOWS for _ in range(2)]


def test_a_day_after_the_last_window_belongs_to_no_visit_and_is_unscheduled() -> None:
    counts = build_analysis([("a", "cd4", 462, 100.0), ("a", "cd4", 463, 100.0)]).counts
    assert counts["visit"].tolist() == ["week-60", ""]
    assert counts["unscheduled"].tolist() == [False, True]


def test_windows_move_with_a_late_dose_and_follow_up_keeps_the_study_clock() -> None:
    # Dose 2 on day 98 is 14 days late: its windows are 69…95, 96…104, 105…119 and 120…152. Dose 3 on day 168 is on plan.
    days = [54, 60, 69, 95, 98, 112, 128, 168, 252]
    expected = ["dose-1-day-30", "", "pre-dose-2", "pre-dose-2", "dose-2", "dose-2-day-14", "dose-2-day-30", "dose-3", "week-36"]
    assert visits_on(days, (0, 98, 168)) == expected


def test_windows_of_a_dose_that_was_not_given_stay_on_the_study_clock() -> None:
    assert visits_on([79, 84, 98, 182, 196], (0, 182)) == ["pre-dose-2", "dose-2", "dose-2-day-14", "dose-3", "dose-3-day-14"]


def test_a_day_in_two_windows_goes_to_the_nearer_target_and_at_equal_distance_to_the_later_visit() -> None:
    # Dose 3 on day 214 is 46 days late: dose-3-day-30 is 236…270 around 244; week-36 stays 225…293 around 252.
    assert visits_on([247, 248, 249], (0, 84, 214)) == ["dose-3-day-30", "week-36", "week-36"]


def test_the_analysed_day_is_the_closest_to_the_moved_target_and_at_equal_distance_the_later() -> None:
    # Dose 2 seven days late: the target of dose-2-day-14 is 105. Days 101 and 109 are equally far; 112 is further.
    counts = build_analysis([("a", "cd4", day, 100.0) for day in (101, 109, 112)], doses={"a": (0, 91)}).counts
    assert counts["visit"].tolist() == ["dose-2-day-14"] * 3
    assert counts["analysed"].tolist() == [False, True, False]
    assert counts["unscheduled"].tolist() == [False, False, False]


def test_all_values_of_the_analysed_day_are_analysed() -> None:
    counts = build_analysis([("a", "cd4", 252, 100.0), ("a", "cd4", 252, 120.0), ("a", "cd4", 250, 90.0), ("a", "nk", 250, 9.0)]).counts
    assert counts["analysed"].tolist() == [True, True, False, True]


def test_a_value_marked_unscheduled_is_unscheduled_only_when_another_one_is_analysed() -> None:
    values = [("a", "cd4", 330, 100.0), ("a", "cd4", 340, 110.0), ("b", "cd4", 330, 100.0)]
    counts = build_analysis(values, marked_unscheduled=(0, 2)).counts
    assert counts["analysed"].tolist() == [False, True, True]
    assert counts["unscheduled"].tolist() == [True, False, False]


@settings(deadline=None, max_examples=40)
@given(
    days=st.lists(st.integers(-60, 500), min_size=1, max_size=30, unique=True),
    later_doses=st.lists(st.integers(1, 300), max_size=4, unique=True),
)
def test_each_visit_has_one_analysed_day_and_every_visit_with_a_value_has_one(days: list[int], later_doses: list[int]) -> None:
    values: list[Value] = [("a", "cd4", day, 50.0) for day in days]
    counts = build_analysis(values, doses={"a": (0, *sorted(later_doses))}).counts
    placed = counts[counts["visit"] != ""]
    assert (placed.groupby("visit")["analysed"].sum() == 1).all()
    assert not counts.loc[counts["visit"] == "", "analysed"].any()
    assert set(counts["visit"]) <= {"", *protocol().visit_keys}
    np.testing.assert_array_equal(counts["unscheduled"], counts["visit"] == "")


@pytest.mark.parametrize("day", [-400, 0, 2000])
def test_days_far_from_the_plan_raise_nothing(day: int) -> None:
    assert visits_on([day], ON_PLAN)[0] in {"", "screening", "dose-1"}
