"""The lock: what lies after it does not exist, whatever is recorded later."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from dashboard.endpoints.interim.locking import Lock, compute_lock, select_data_until, select_records_until
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.safety.events import derive_events
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course, protocol
from tests.endpoints.interim.grown import UNTIL, Recorded, build_rows, later_trials, trial
from tests.endpoints.recorded import build_records, everything_recorded

FRAMES = ("participants", "counts", "daily", "doses")


def analyse(data: StudyData) -> Analysis:
    return derive_analysis(data, protocol(), "last")


def lock_of(data: StudyData, until: str = UNTIL) -> Lock:
    return compute_lock(analyse(data), until)


def locked(data: StudyData, until: str = UNTIL) -> StudyData:
    return select_data_until(data, lock_of(data, until))


def person(data: StudyData, name: str) -> dict[str, Any]:
    return data.participants.set_index("participant").loc[name].to_dict()


def kept(table: str, data: StudyData, *rows: dict[str, Any]) -> list[dict[str, Any]]:
    found = select_records_until(table, build_rows(table, *rows), lock_of(data))
    return [{str(name): value for name, value in row.items()} for row in found.to_dict("records")]


@given(later_trials())
@settings(max_examples=20, deadline=None)
def test_nothing_recorded_later_changes_the_locked_analysis(later: Recorded) -> None:
    before, after = (analyse(locked(recorded.data)) for recorded in (trial(), later))
    for name in FRAMES:
        pd.testing.assert_frame_equal(getattr(before, name), getattr(after, name))


@given(later_trials())
@settings(max_examples=20, deadline=None)
def test_nothing_recorded_later_changes_the_locked_records(later: Recorded) -> None:
    for table in RECORD_TABLES:
        before, after = (select_records_until(table, each.records[table], lock_of(each.data)) for each in (trial(), later))
        pd.testing.assert_frame_equal(before, after)


@pytest.mark.parametrize("period", ["to-week-60", "to-week-36", "week-36-to-60"])
def test_a_lock_keeps_what_lies_before_it(period: str) -> None:
    base = trial()
    assert len(locked(base.data, period).counts) == len(base.data.counts)
    assert len(locked(base.data, period).doses) == len(base.data.doses)


def test_samples_end_with_the_window_and_doses_with_the_target_of_the_last_visit() -> None:
    # Week 36: planned for day 252, accepted up to day 293.
    data = build_data(course("a", {0: 1.0, 252: 2.0, 293: 3.0, 294: 4.0}), doses={"a": (0, 252, 253)})
    assert locked(data).counts["value"].tolist() == [1.0, 2.0, 3.0]
    assert locked(data).doses["day"].tolist() == [0, 252]


def test_a_count_without_a_day_stays() -> None:
    data = build_data([("a", "cd4", None, 7.0), ("a", "cd4", 400, 8.0)])
    assert locked(data).counts["value"].tolist() == [7.0]


def test_a_dose_after_the_lock_moves_no_window() -> None:
    # A period that ends 14 days after dose 3 (day 182, window to 189). Dose 3 on day 190 comes after its end: the window stays.
    # Given on day 173 it moves the window by 5 days, to 194.
    last = protocol().periods[0].model_copy(update={"key": "short", "last_visit": "dose-3-day-14"})
    study = protocol().model_copy(update={"periods": (last,)})
    limits = {}
    for day in (190, 173):
        data = build_data(course("a", {0: 1.0}), doses={"a": (0, 84, day)})
        limits[day] = compute_lock(derive_analysis(data, study, "last"), "short").last_sample.tolist()
    assert limits == {190: [189], 173: [194]}


@pytest.mark.parametrize("status", ["completed", "withdrawn", "lost to follow-up", "died"])
def test_who_ended_the_study_after_the_lock_is_ongoing_at_it(status: str) -> None:
    data = build_data(course("a", {0: 1.0}), people={"a": {"status": status, "last_day": 253}})
    assert person(locked(data), "a")["status"] == "ongoing"


def test_who_ended_the_study_on_the_last_day_before_the_lock_has_ended_it() -> None:
    data = build_data(course("a", {0: 1.0}), people={"a": {"status": "withdrawn", "last_day": 252}})
    assert [person(locked(data), "a")[name] for name in ("status", "last_day")] == ["withdrawn", 252]


def test_the_last_day_of_who_was_seen_later_is_that_of_the_last_record_before_the_lock() -> None:
    # a: counts on days 0 and 200, dose on day 210, then day 400. b: day 280 is in the window of week 36, so 252.
    data = build_data([*course("a", {0: 1.0, 200: 2.0, 400: 3.0}), *course("b", {0: 1.0, 280: 2.0})], doses={"a": (0, 210)})
    assert [person(locked(data), name)["last_day"] for name in "ab"] == [210, 252]


def test_the_cut_of_a_locked_participant_is_at_most_the_horizon_and_its_date_is_kept() -> None:
    data = build_data([*course("a", {0: 1.0}), *course("b", {0: 1.0})], people={"b": {"cut_day": 100}})
    found = locked(data).participants
    assert found[["cut_day", "dated_day"]].to_numpy().tolist() == [[252, 500], [100, 100]]


def test_without_a_day_of_the_cut_who_was_seen_later_was_under_observation_up_to_the_lock() -> None:
    days = {"a": {0: 1.0, 400: 2.0}, "b": {0: 1.0, 100: 2.0}}
    values = [row for name, own in days.items() for row in course(name, own)]
    data = build_data(values, people={name: {"cut_day": None} for name in days})
    assert [person(locked(data), name)["cut_day"] for name in "ab"] == [252, None]


def test_an_event_that_began_after_the_lock_does_not_exist() -> None:
    rows = [{"start_day": day, "start_precision": "day", "term": str(day)} for day in (252, 253)]
    assert [row["term"] for row in kept("adverse_event", trial().data, *rows, {"term": "no day"})] == ["252", "no day"]


def test_an_event_that_ended_later_is_ongoing_and_its_outcome_and_its_being_fatal_are_not_known() -> None:
    late = {"start_day": 200, "end_day": 253, "end_precision": "day", "outcome": "FATAL", "grade": "5", "serious": "Y"}
    (row,) = kept("adverse_event", trial().data, late)
    assert [row[name] for name in ("end_day", "end_precision", "ongoing", "outcome", "grade", "serious")] == [None, "", True, "", "", "Y"]


def test_an_event_that_ended_later_keeps_a_grade_that_is_no_death() -> None:
    (row,) = kept("adverse_event", trial().data, {"start_day": 200, "end_day": 300, "outcome": "RECOVERED", "grade": "4"})
    assert [row[name] for name in ("outcome", "grade")] == ["", "4"]


def test_an_event_that_ended_before_the_lock_stays_as_it_is() -> None:
    early = {"start_day": 200, "end_day": 252, "end_precision": "day", "outcome": "FATAL", "grade": "5"}
    (row,) = kept("adverse_event", trial().data, early)
    assert [row[name] for name in ("end_day", "ongoing", "outcome", "grade")] == [252, False, "FATAL", "5"]


@pytest.mark.parametrize(("last_day", "outcome", "grade"), [(260, "", ""), (250, "FATAL", "5")])
def test_a_fatal_event_without_an_end_ended_when_the_participant_died(last_day: int, outcome: str, grade: str) -> None:
    data = build_data(course("a", {0: 1.0}), people={"a": {"status": "died", "last_day": last_day}})
    (row,) = kept("adverse_event", data, {"start_day": 200, "outcome": "FATAL", "grade": "5"})
    assert (row["outcome"], row["grade"], row["ongoing"]) == (outcome, grade, last_day > 252)


def test_an_event_that_was_not_fatal_keeps_its_outcome_when_the_participant_died_later() -> None:
    data = build_data(course("a", {0: 1.0}), people={"a": {"status": "died", "last_day": 260}})
    (row,) = kept("adverse_event", data, {"start_day": 200, "outcome": "RECOVERED", "grade": "2"})
    assert (row["outcome"], row["grade"], row["ongoing"]) == ("RECOVERED", "2", False)


def test_a_locked_record_of_somebody_not_enrolled_ends_with_the_horizon() -> None:
    rows = [{"participant": "nobody", "day": day} for day in (252, 253)]
    assert [row["day"] for row in kept("finding", trial().data, *rows)] == [252]


def test_a_visit_that_ended_after_the_lock_has_no_end() -> None:
    (row,) = kept("attendance", trial().data, {"start_day": 293, "end_day": 294})
    assert (row["start_day"], row["end_day"]) == (293, None)


def test_a_time_to_an_event_that_is_longer_than_the_lock_is_left_out() -> None:
    rows = [{"days": days, "event": True} for days in (100, 252, 253)]
    assert [row["days"] for row in kept("time_to_event", trial().data, *rows)] == [100, 252]


def test_every_record_table_has_its_rule_and_its_columns() -> None:
    records, data = build_records(), everything_recorded()
    for table, (columns, _) in RECORD_TABLES.items():
        found = select_records_until(table, records[table], lock_of(data))
        assert found.dtypes.astype(str).to_dict() == columns, table


def latest(data: StudyData, rows: pd.DataFrame) -> list[Any]:
    return derive_events(analyse(data), rows)["latest_start"].tolist()


# The cut is on 2026-01-01 and on day 500, so day 0 is 2024-08-19: day 12 is 31 August, day 73 is 31 October, day 134 is 31 December.
PARTIAL = [
    ({"start_day": 0, "start_precision": "month"}, 12),
    ({"start_day": 0, "start_precision": "year"}, 134),
    ({"start_day": 43, "start_precision": "month", "end_day": 50, "end_precision": "day"}, 50),
    ({"start_day": 43, "start_precision": "month"}, 73),
]


@pytest.mark.parametrize(("row", "expected"), PARTIAL)
def test_a_partial_start_before_the_lock_has_the_same_last_possible_day_with_and_without_it(row: dict[str, Any], expected: int) -> None:
    data = trial().data
    rows = build_rows("adverse_event", row)
    assert latest(data, rows) == [expected]
    assert latest(locked(data), select_records_until("adverse_event", rows, lock_of(data))) == [expected]


def test_a_partial_start_reaches_at_most_to_the_lock() -> None:
    # Day 236 is 12 April 2025, and 30 April day 254: two days after the lock.
    data, rows = trial().data, build_rows("adverse_event", {"start_day": 236, "start_precision": "month"})
    assert (latest(data, rows), latest(locked(data), rows)) == ([254], [252])


def test_a_partial_start_of_who_has_no_day_of_the_cut_counts_whole_months_under_the_lock_too() -> None:
    # Without a calendar a month has 31 days: 5 + 30. The participant was seen on day 400, so the lock knows an end, but no date.
    data = build_data(course("a", {0: 1.0, 400: 2.0}), people={"a": {"cut_day": None}})
    rows = build_rows("adverse_event", {"start_day": 5, "start_precision": "month"})
    assert latest(data, rows) == latest(locked(data), rows) == [35]


def test_nobody_can_be_locked() -> None:
    data = build_data(course("a", {0: 1.0}))
    nobody = replace(data, participants=data.participants.iloc[:0], counts=data.counts.iloc[:0], doses=data.doses.iloc[:0])
    assert locked(nobody).participants.empty
    assert np.array_equal(lock_of(nobody).last_sample, np.zeros(0))
