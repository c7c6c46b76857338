"""The calendar of planned visits: one state per cell, every visit adds up to everyone, every count is in one place."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.quality.absent_visits import derive_absent_visits
from dashboard.endpoints.quality.calendar import ANY, STATE_KEYS, derive_calendar, summarise_calendar, summarise_unscheduled
from dashboard.endpoints.quality.rows import Evidence
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import STATUSES
from tests.endpoints.builders import PLANNED_DAYS, course, protocol
from tests.endpoints.quality.flagged import attend, build_labelled, claim

ON_PLAN = (0, 84, 168)
VISITS = protocol().visit_keys


def until(last: int, **person: Any) -> Analysis:
    values = course("a", {day: float(day + 100) for day in PLANNED_DAYS if day <= last})
    return build_labelled(values, doses={"a": tuple(day for day in ON_PLAN if day <= last)}, people={"a": {"cut_day": 500, **person}})


def states(analysis: Analysis, analyte: str | None = None) -> dict[str, str]:
    calendar = derive_calendar(analysis, analyte)
    return dict(zip(calendar["visit"], calendar["state"], strict=True))


def cell(analysis: Analysis, visit: str, analyte: str | None = None) -> dict[str, Any]:
    calendar = derive_calendar(analysis, analyte)
    return {str(name): column.iloc[0] for name, column in calendar[calendar["visit"] == visit].items()}


def test_a_complete_course_is_observed_at_every_visit_with_its_day_and_value() -> None:
    calendar = derive_calendar(until(420))
    assert calendar["visit"].tolist() == list(VISITS)
    assert set(calendar["state"]) == {"observed"}
    assert calendar["actual_day"].tolist() == list(PLANNED_DAYS) == calendar["target_day"].tolist()
    assert calendar["value"].tolist() == [day + 100.0 for day in PLANNED_DAYS]
    assert set(calendar["n_records"]) == {1}


@pytest.mark.parametrize(
    ("status", "state"), [("withdrawn", "withdrawn"), ("lost to follow-up", "lost"), ("died", "died"), ("completed", "completed")]
)
def test_visits_after_the_end_have_the_state_of_the_end(status: str, state: str) -> None:
    found = states(until(198, status=status, last_day=200))
    assert [found[key] for key in ("dose-3-day-30", "week-36", "week-48", "week-60")] == ["observed", state, state, state]


@pytest.mark.parametrize(
    ("last_day", "withdrawn", "completed"), [(224, "withdrawn", "completed"), (251, "withdrawn", "missed"), (252, "missed", "missed")]
)
def test_who_left_before_the_target_missed_nothing_and_who_completed_in_the_window_did(
    last_day: int, withdrawn: str, completed: str
) -> None:
    # Week 36: window 225 to 293 around 252.
    assert states(until(198, status="withdrawn", last_day=last_day))["week-36"] == withdrawn
    assert states(until(198, status="completed", last_day=last_day))["week-36"] == completed


@pytest.mark.parametrize(("cut", "state"), [(251, "not-due"), (252, "missed")])
def test_a_visit_is_due_from_its_target_day(cut: int, state: str) -> None:
    assert states(until(198, cut_day=cut))["week-36"] == state


def test_an_ongoing_participant_is_under_observation_until_the_cut_not_until_the_last_record() -> None:
    found = states(until(198, status="ongoing", last_day=198, cut_day=340))
    assert [found[key] for key in ("week-36", "week-48", "week-60")] == ["missed", "missed", "not-due"]


def test_without_a_cut_day_the_last_day_stands_for_it() -> None:
    found = states(until(198, cut_day=None, last_day=260))
    assert [found[key] for key in ("week-36", "week-48")] == ["missed", "not-due"]


def test_target_and_window_move_with_a_late_dose() -> None:
    moved = cell(build_labelled(course("a", {119: 7.0}), doses={"a": (0, 105)}), "dose-2-day-14")
    # Dose 2 is 21 days late: 98 + 21 = 119, 91 + 21 = 112, 105 + 21 = 126.
    assert [moved[name] for name in ("target_day", "low", "high", "actual_day", "state")] == [119, 112, 126, 119, "observed"]
    assert cell(build_labelled(course("a", {0: 1.0})), "screening")["low"] is pd.NA


def test_below_the_limit_is_told_from_observed_and_for_any_analyte_is_that_of_the_endpoint() -> None:
    values = [*course("a", {0: 2.5, 14: 9.0}), *course("a", {0: 30.0, 14: 2.5, 30: 2.5}, "nk")]
    analysis = build_labelled(values, below_loq=(0, 3, 4))
    assert [states(analysis)[key] for key in ("dose-1", "dose-1-day-14", "dose-1-day-30")] == ["below-limit", "observed", "missed"]
    assert [states(analysis, "nk")[key] for key in ("dose-1", "dose-1-day-14")] == ["observed", "below-limit"]
    assert [states(analysis, ANY)[key] for key in ("dose-1", "dose-1-day-14", "dose-1-day-30")] == ["below-limit", "observed", "observed"]


def test_any_takes_the_day_closest_to_the_target_over_all_analytes_and_no_value() -> None:
    values = [*course("a", {240: 5.0}), *course("a", {250: 6.0}, "nk"), *course("a", {254: 7.0}, "b")]
    found = cell(build_labelled(values), "week-36", ANY)
    assert (found["actual_day"], found["n_records"], found["state"]) == (254, 3, "observed")
    assert np.isnan(found["value"])
    assert cell(build_labelled(values), "week-36")["actual_day"] == 240


def test_a_record_that_names_a_visit_but_counts_elsewhere_makes_it_out_of_window() -> None:
    analysis = build_labelled(course("a", {297: 94.0, 336: 83.0, 500: 70.0}), {0: "WEEK 36", 1: "WEEK 48", 2: "WEEK 60"})
    week_36, week_48, week_60 = (cell(analysis, key) for key in ("week-36", "week-48", "week-60"))
    assert [week_36[name] for name in ("state", "actual_day", "value", "n_records", "counted_in")] == [
        "out-of-window",
        297,
        94.0,
        0,
        "week-48",
    ]
    assert [week_48[name] for name in ("state", "actual_day", "value", "n_records", "counted_in")] == ["observed", 336, 83.0, 2, ""]
    assert [week_60[name] for name in ("state", "actual_day", "value", "n_records", "counted_in")] == ["out-of-window", 500, 70.0, 1, ""]
    assert summarise_unscheduled(analysis).empty


def test_of_several_records_out_of_window_the_closest_and_then_the_later_is_shown() -> None:
    # Window of week 36: 225 to 293 around 252; days 204 and 300 are 48 days off, day 301 is 49.
    analysis = build_labelled(course("a", {204: 1.0, 300: 2.0, 301: 3.0}), dict.fromkeys(range(3), "WEEK 36"))
    assert cell(analysis, "week-36")["actual_day"] == 300


def test_a_record_without_a_day_makes_the_visit_it_names_incomplete() -> None:
    analysis = build_labelled([("a", "cd4", None, 5.0), ("a", "cd4", 0, 5.0)], {0: "WEEK 36"})
    found = cell(analysis, "week-36")
    assert (found["state"], found["n_records"]) == ("incomplete", 1)
    assert found["actual_day"] is pd.NA


def test_who_was_not_dosed_has_one_state_and_the_records_are_counted_where_their_labels_say() -> None:
    analysis = build_labelled(
        [("a", "cd4", None, 217.0), ("a", "cd4", None, 199.0)], {0: "SCREENING"}, doses={"a": ()}, people={"a": {"status": "not dosed"}}
    )
    calendar = derive_calendar(analysis)
    assert set(calendar["state"]) == {"not-dosed"}
    assert calendar["n_records"].tolist() == [1] + [0] * 15
    assert calendar["actual_day"].isna().all()
    assert summarise_unscheduled(analysis)[["after_visit", "before_visit", "n_records"]].to_numpy().tolist() == [["", "", 1]]


def test_unscheduled_records_are_counted_between_the_planned_visits() -> None:
    values = course("a", {14: 1.0, 20: 1.0, 23: 1.0, 30: 1.0, 420: 1.0, 470: 1.0})
    analysis = build_labelled(values, {1: "UNSCHEDULED 4.1", 2: "UNSCHEDULED 4.2"}, marked_unscheduled=(1, 2))
    found = summarise_unscheduled(analysis)
    assert found[["participant", "after_visit", "before_visit", "n_records"]].to_numpy().tolist() == [
        ["a", "dose-1-day-14", "dose-1-day-30", 2],
        ["a", "week-60", "", 1],
    ]


def test_the_summary_names_every_state_of_every_visit() -> None:
    summary = summarise_calendar(derive_calendar(until(198, status="died", last_day=205)), VISITS)
    assert len(summary) == len(VISITS) * len(STATE_KEYS)
    week_36 = summary[summary["visit"] == "week-36"].set_index("state")["participants"]
    assert week_36.to_dict() == {**dict.fromkeys(STATE_KEYS, 0), "died": 1}


def test_an_analyte_nobody_declared_is_an_error() -> None:
    with pytest.raises(KeyError):
        derive_calendar(until(0), "cd19")


LABELS = ("", "UNSCHEDULED 3.1", "NOT A VISIT", *(visit.aliases[0] for visit in protocol().visits))


@st.composite
def trials(draw: st.DrawFn) -> Analysis:
    names = [f"p{number}" for number in range(draw(st.integers(1, 4)))]
    doses = {name: tuple(sorted({0, *draw(st.lists(st.integers(1, 300), max_size=3))})) if draw(st.booleans()) else () for name in names}
    day = st.none() | st.integers(-60, 500)
    records = draw(st.lists(st.tuples(st.sampled_from(names), st.sampled_from(("cd4", "nk")), day, st.integers(0, 900)), max_size=25))
    values = [(name, analyte, on if doses[name] else None, float(value)) for name, analyte, on, value in records]
    people = {
        name: {
            "status": draw(st.sampled_from(STATUSES[:-1])) if doses[name] else "not dosed",
            "cut_day": draw(st.none() | st.integers(0, 500)) if doses[name] else None,
            "last_day": draw(st.none() | st.integers(0, 500)) if doses[name] else None,
        }
        for name in names
    }
    rows = range(len(values))
    labels = {row: draw(st.sampled_from(LABELS)) for row in rows}
    marked = [row for row in rows if labels[row].startswith("UNSCHEDULED") or draw(st.integers(0, 9)) == 0]
    return build_labelled(
        values, labels, doses=doses, people=people, marked_unscheduled=marked, below_loq=[row for row in rows if row % 5 == 0]
    )


@settings(deadline=None, max_examples=60)
@given(analysis=trials(), analyte=st.sampled_from((None, "nk", ANY)))
def test_every_visit_adds_up_to_everyone_and_every_count_is_in_one_cell_or_unscheduled(analysis: Analysis, analyte: str | None) -> None:
    calendar = derive_calendar(analysis, analyte)
    summary = summarise_calendar(calendar, VISITS)
    assert (summary.groupby("visit")["participants"].sum() == len(analysis.participants)).all()
    assert not calendar.duplicated(["participant", "visit"]).any()
    counts = analysis.counts if analyte == ANY else analysis.counts[analysis.counts["analyte"] == (analyte or "cd4")]
    placed = calendar.groupby("participant")["n_records"].sum()
    apart = summarise_unscheduled(analysis, analyte).groupby("participant")["n_records"].sum()
    assert placed.add(apart, fill_value=0).to_dict() == counts.groupby("participant").size().reindex(placed.index, fill_value=0).to_dict()


@settings(deadline=None, max_examples=40)
@given(analysis=trials())
def test_states_agree_with_the_records_and_the_flags_of_absent_visits(analysis: Analysis) -> None:
    calendar = derive_calendar(analysis)
    seen = calendar["state"].isin(["observed", "below-limit"])
    analysed = analysis.daily[analysis.daily["analysed"] & (analysis.daily["analyte"] == "cd4")]
    pairs = set(zip(analysed["participant_index"].map(analysis.participants["participant"]), analysed["visit"], strict=True))
    assert set(zip(calendar["participant"][seen], calendar["visit"][seen], strict=True)) == pairs
    assert (calendar["n_records"][seen] > 0).all()
    missed = derive_calendar(analysis, ANY).query("state == 'missed'")
    absent = derive_absent_visits(Evidence(analysis, claim(), attend()))
    assert set(zip(missed["participant"], missed["visit"], strict=True)) == set(zip(absent["participant"], absent["visit"], strict=True))
