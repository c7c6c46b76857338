from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.safety.weeks import derive_weekly_grades
from tests.endpoints.safety.trial import analyse, derived, event, everyone_at_risk

SCALE = "CTCAE v5.0"
# a is under observation from day 0 to day 27: weeks 0 to 3; doses on days 0 and 10.
ANALYSIS = analyse({"a": {"cohort": "240", "status": "withdrawn", "last_day": 27}}, doses={"a": (0, 10)})
AT_RISK = everyone_at_risk(ANALYSIS)


def _grades(*rows: dict[str, object], aligned: str = "first-dose") -> pd.DataFrame:
    return derive_weekly_grades(derived(ANALYSIS, *rows), AT_RISK, ANALYSIS, SCALE, aligned)


def test_every_week_under_observation_has_a_row_and_zero_means_no_event() -> None:
    weeks = _grades()
    assert weeks[["dose_number", "week", "grade", "events"]].to_numpy().tolist() == [[1, week, 0, 0] for week in range(4)]


def test_a_week_has_the_worst_grade_of_the_events_going_on() -> None:
    weeks = _grades(event("a", 3, grade="1", end_day=15), event("a", 8, grade="3", end_day=9), event("a", 20, grade="2", ongoing=True))
    # Grade 1 in weeks 0 to 2, grade 3 in week 1, grade 2 from day 20 (week 2) to the end.
    assert weeks["grade"].tolist() == [1, 3, 2, 2]
    assert weeks["events"].tolist() == [1, 2, 2, 1]
    assert not weeks["partial"].any()


def test_an_event_outside_the_observation_or_on_another_scale_is_not_shown() -> None:
    weeks = _grades(event("a", -9, end_day=-1), event("a", 28, end_day=30), event("a", 3, grading_scale="DAIDS 2.1", end_day=3))
    assert weeks["events"].sum() == 0


def test_an_ungraded_event_leaves_the_grade_missing_and_not_zero() -> None:
    weeks = _grades(event("a", 3, grade="", end_day=8), event("a", 9, grade="2", end_day=9))
    assert weeks["grade"].tolist() == [pd.NA, 2, 0, 0]


def test_weeks_that_rest_on_partial_dates_are_marked() -> None:
    weeks = _grades(
        event("a", -18, start_precision="month", end_day=8), event("a", 9, end_day=9), event("a", 14), event("a", None, end_day=22)
    )
    # Week 1 also has an exactly dated event. Over without a known end: its first day only, and marked. No start: its last day only.
    assert weeks["events"].tolist() == [1, 2, 1, 1]
    assert weeks["partial"].tolist() == [True, False, True, True]


def test_aligned_to_the_latest_dose_each_dose_has_weeks_of_its_own() -> None:
    weeks = _grades(event("a", 9, grade="2", end_day=10), aligned="latest-dose")
    # Dose 1: days 0 to 6 and 7 to 9. Dose 2 (day 10): days 10 to 16, 17 to 23, 24 to 27.
    assert weeks[["dose_number", "week", "grade"]].to_numpy().tolist() == [[1, 0, 0], [1, 1, 2], [2, 0, 2], [2, 1, 0], [2, 2, 0]]


def test_an_unknown_alignment_is_refused() -> None:
    with pytest.raises(ValueError, match="'visit' is none of first-dose, latest-dose"):
        _grades(aligned="visit")
