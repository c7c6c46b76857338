"""Flags on days: before screening, after the cut, labels, windows, absent visits, no day, no baseline."""

from __future__ import annotations

from typing import Any

from tests.endpoints.builders import PLANNED_DAYS, Value, course, protocol
from tests.endpoints.quality.flagged import attend, build_labelled, flags_of

FULL = dict.fromkeys(PLANNED_DAYS, 100.0)
ON_PLAN = (0, 84, 168)


def person(**given: Any) -> dict[str, dict[str, Any]]:
    return {"a": given}


def test_a_count_before_the_attended_screening_is_flagged_and_one_on_its_day_is_not() -> None:
    analysis = build_labelled(course("a", {-300: 90.0, -28: 95.0, 0: 100.0}))
    found = flags_of(analysis, "before-screening", attendance=attend(("a", "Screening", -28, ""), ("a", "DOSE 1", 0, "Y")))
    assert found["sentence"].tolist() == ["CD4 of 90 cells/µL on day −300 lies before the recorded attendance of Screening (day −28)."]
    assert found["expected"].tolist() == [-28.0]


def test_a_screening_that_did_not_take_place_and_one_of_another_participant_set_no_limit() -> None:
    records = attend(("a", "SCREENING", -28, "N"), ("b", "SCREENING", -28, "Y"), ("a", "SCREENING", None, "Y"))
    assert flags_of(build_labelled(course("a", {-300: 90.0})), "before-screening", attendance=records).empty


def test_without_attendance_the_earliest_count_labelled_as_screening_sets_the_limit() -> None:
    found = flags_of(build_labelled(course("a", {-30: 80.0, -28: 95.0, -25: 96.0}), {1: "screening ", 2: "SCREENING"}), "before-screening")
    assert found["day"].tolist() == [-30]
    assert "the earliest count labelled Screening (day −28)" in found["sentence"][0]


def test_without_any_screening_record_the_first_day_of_a_closed_window_sets_the_limit() -> None:
    plan = protocol()
    closed = plan.model_copy(update={"visits": (plan.visits[0].model_copy(update={"low": -60}), *plan.visits[1:])})
    values = course("a", {-61: 80.0, -60: 95.0})
    assert flags_of(build_labelled(values, plan=closed), "before-screening")["day"].tolist() == [-61]
    assert flags_of(build_labelled(values), "before-screening").empty


def test_counts_and_doses_after_the_cut_are_flagged() -> None:
    analysis = build_labelled(course("a", {0: 100.0, 84: 90.0, 85: 95.0}), doses={"a": (0, 85)}, people=person(cut_day=84))
    found = flags_of(analysis, "after-cut")
    assert found["sentence"].tolist() == [
        "The dose of 240 µg/kg on day 85 lies after the data cut (day 84).",
        "CD4 of 95 cells/µL on day 85 lies after the data cut (day 84).",
    ]
    assert found["source_file"].tolist() == ["ex.csv", "lb.csv"]


def test_a_label_of_another_visit_than_the_day_is_flagged_at_the_visit_by_day() -> None:
    found = flags_of(build_labelled(course("a", {297: 100.0, 336: 90.0}), {0: "WEEK 36", 1: "WEEK 48"}), "label-disagrees")
    assert found["visit"].tolist() == ["week-48"]
    assert found["sentence"].tolist() == [
        "CD4 labelled “WEEK 36” (window day 225 to 293) was drawn on day 297, in the window of Week 48 (day 294 to 377): it counts there."
    ]


def test_labels_agree_when_the_visit_is_late_with_its_dose() -> None:
    # Dose 2 on day 105 is 21 days late, so its visits lie on days 100, 105 and 119.
    values, labels = course("a", {100: 1.0, 105: 1.0, 119: 1.0}), {0: "PRE-DOSE 2", 1: "DOSE 2", 2: "DOSE 2 DAY 14"}
    assert flags_of(build_labelled(values, labels, doses={"a": (0, 105)}), "label-disagrees").empty
    on_plan = flags_of(build_labelled(values, labels, doses={"a": (0, 84)}), "label-disagrees")
    assert on_plan["visit"].tolist() == ["dose-2-day-14", "dose-2-day-14", "dose-2-day-30"]


def test_a_day_inside_the_labelled_window_but_nearer_to_another_target_says_so() -> None:
    # Dose 3 on day 214 is 46 days late: dose-3-day-30 is 236…270 around 244. Day 249 is 5 days from it and 3 from week 36.
    found = flags_of(build_labelled(course("a", {249: 1.0}), {0: "DOSE 3 DAY 30"}, doses={"a": (0, 84, 214)}), "label-disagrees")
    assert found["sentence"].tolist() == [
        "CD4 labelled “DOSE 3 DAY 30” (window day 236 to 270) was drawn on day 249, nearer to day 252, the target of Week 36 (interim): "
        "it counts there."
    ]


def test_a_label_that_names_no_planned_visit_disagrees_with_nothing() -> None:
    labels = {0: "UNSCHEDULED 4.1", 1: "FOLLOW-UP CALL"}
    assert flags_of(build_labelled(course("a", {23: 1.0, 252: 1.0}), labels, marked_unscheduled=(0,)), "label-disagrees").empty


def test_counts_in_no_window_are_flagged_unless_marked_as_unscheduled() -> None:
    analysis = build_labelled(course("a", {463: 1.0, 470: 2.0, 480: 3.0}), {0: "WEEK 60", 2: "UNSCHEDULED"}, marked_unscheduled=(2,))
    found = flags_of(analysis, "out-of-window")
    assert found["sentence"].tolist() == [
        "CD4 labelled “WEEK 60” was drawn on day 463, 1 day after its window (day 378 to 462) and in no other, "
        "so it is in no table by visit.",
        "CD4 on day 470 lies in the window of no planned visit, so it is in no table by visit.",
    ]
    assert found["visit"].tolist() == ["week-60", ""]


def test_a_count_between_two_windows_is_named_as_before_its_own() -> None:
    # Dose 2 on day 98 is 14 days late: its windows begin on day 69, and the one before ends on day 54.
    found = flags_of(build_labelled(course("a", {60: 1.0}), {0: "PRE-DOSE 2"}, doses={"a": (0, 98, 168)}), "out-of-window")
    assert "9 days before its window (day 69 to 95)" in found["sentence"][0]


def test_a_due_visit_without_any_count_is_absent_once_for_all_analytes() -> None:
    values = course("a", {day: 1.0 for day in PLANNED_DAYS if day not in (30, 336)})
    values += [("a", "nk", 336, 5.0)]
    found = flags_of(build_labelled(values, doses={"a": ON_PLAN}, people=person(cut_day=500)), "visit-absent")
    assert found["sentence"].tolist() == [
        "30 days after dose 1: no count, due on day 30 (window day 22 to 54), under observation at the data cut."
    ]
    assert found[["analyte", "visit", "day", "source_file"]].to_numpy().tolist() == [["", "dose-1-day-30", 30, ""]]
    assert found["source_row"].isna().all()


def test_a_visit_is_due_on_its_target_day_and_says_when_its_window_is_open() -> None:
    values = course("a", {day: 1.0 for day in PLANNED_DAYS if day < 252})
    due = build_labelled(values, doses={"a": ON_PLAN}, people=person(cut_day=252))
    assert flags_of(due, "visit-absent")["sentence"].tolist() == [
        "Week 36 (interim): no count, due on day 252 (window day 225 to 293, still open at the cut on day 252), "
        "under observation at the data cut."
    ]
    assert flags_of(build_labelled(values, doses={"a": ON_PLAN}, people=person(cut_day=251)), "visit-absent").empty


def test_visits_after_the_end_of_observation_are_not_absent() -> None:
    values = course("a", {day: 1.0 for day in PLANNED_DAYS if day <= 198})
    for status in ("withdrawn", "lost to follow-up", "died"):
        left = build_labelled(values, doses={"a": ON_PLAN}, people=person(status=status, last_day=251, cut_day=500))
        assert flags_of(left, "visit-absent").empty
    stayed = build_labelled(values, doses={"a": ON_PLAN}, people=person(status="withdrawn", last_day=252, cut_day=500))
    assert flags_of(stayed, "visit-absent")["sentence"].tolist() == [
        "Week 36 (interim): no count, due on day 252 (window day 225 to 293), under observation until day 252."
    ]


def test_visits_of_a_dose_that_was_not_given_are_absent_and_say_so() -> None:
    values = course("a", {day: 1.0 for day in PLANNED_DAYS if day not in (182,)})
    found = flags_of(build_labelled(values, doses={"a": (0, 84)}, people=person(cut_day=500)), "visit-absent")
    assert found["sentence"].tolist() == [
        "14 days after dose 3: no count, due on day 182 (window day 175 to 189), under observation at the data cut; dose 3 was not given."
    ]


def test_counts_of_a_participant_who_was_not_dosed_have_no_day_and_no_baseline_is_expected() -> None:
    values: list[Value] = [("a", "cd4", None, 217.0), ("b", "cd4", 0, 1.0), ("b", "cd4", None, 5.0)]
    analysis = build_labelled(values, {0: "SCREENING"}, doses={"a": ()}, people=person(status="not dosed"))
    found = flags_of(analysis, "no-day")
    assert found["sentence"].tolist() == [
        "CD4 of 217 cells/µL labelled “SCREENING” has no day, because there is no first dose: "
        "it is in no figure and no calculation by time.",
        "CD4 of 5 cells/µL has no day, because there is no date: it is in no figure and no calculation by time.",
    ]
    assert found["visit"].tolist() == ["screening", ""]
    assert found["day"].isna().all()
    assert set(flags_of(analysis, "no-baseline")["participant"]) == {"b"}


def test_each_analyte_without_baseline_is_flagged_with_the_reason() -> None:
    values: list[Value] = [("a", "cd4", 14, 1.0), ("a", "cd8", 0, 1.0), ("a", "nk", 0, 1.0), ("a", "alc", -5, 1.0), ("a", "b", 0, 1.0)]
    found = flags_of(build_labelled(values, after_dose=(1,)), "no-baseline")
    assert found["sentence"].tolist() == [
        "CD4 has no baseline, no value on or before day 0: the participant is in no figure that needs one.",
        "CD8 has no baseline, the only values up to day 0 were drawn after the dose: the participant is in no figure that needs one.",
    ]
