from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.pooled.times import (
    NOT_SAID,
    TIME_COLUMNS,
    derive_delivered_times,
    derive_first_events,
    derive_response_times,
    derive_times,
    find_relapse_events,
)
from tests.endpoints.pooled.courses import SURVIVAL, analysis_of, course_of, delivered_times, ends

PFS, OS = SURVIVAL.endpoints
PEOPLE = {
    "a": [("relapse", 120), ("death", 300)],
    "b": [("transplant", 60), ("progression", 200), ("contact", 350)],
    "c": [("transplant", 57), ("contact", 500)],
    "d": [("contact", 410)],
    "e": [("transplant", 90), ("relapse", 90), ("contact", 95)],
}


def test_a_time_ends_with_the_first_of_the_events_else_with_the_last_contact() -> None:
    course = course_of(PEOPLE)
    assert ends(course, "pfs") == [
        (120, True, "relapse"), (200, True, "progression"), (500, False, "contact"), (410, False, "contact"), (90, True, "relapse"),
    ]  # fmt: skip
    assert ends(course, "os") == [
        (300, True, "death"), (350, False, "contact"), (500, False, "contact"), (410, False, "contact"), (95, False, "contact"),
    ]  # fmt: skip


def test_censored_at_transplant_a_time_ends_there_unless_an_event_came_before_or_on_the_same_day() -> None:
    assert ends(course_of(PEOPLE), "pfs", at_censor=True) == [
        (120, True, "relapse"), (60, False, "transplant"), (57, False, "transplant"), (410, False, "contact"), (90, True, "relapse"),
    ]  # fmt: skip
    assert ends(course_of(PEOPLE), "os", at_censor=True)[4] == (90, False, "transplant")


def test_a_transplant_before_the_infusion_is_history_and_censors_nothing() -> None:
    course = course_of({"a": [("transplant", -265), ("relapse", 100)], "b": [("transplant", -30), ("transplant", 70), ("contact", 400)]})
    assert ends(course, "pfs", at_censor=True) == [(100, True, "relapse"), (70, False, "transplant")]


def test_the_source_row_of_what_ended_a_time_stands_beside_it() -> None:
    rows = derive_times(course_of(PEOPLE), SURVIVAL, PFS, at_censor=False)
    assert rows["source_row"].tolist() == [1, 2, 2, 1, 2]
    assert set(rows["source_file"]) == {"ds.csv"}
    assert {name: str(kind) for name, kind in rows.dtypes.items()} == TIME_COLUMNS


def test_without_a_recorded_contact_the_last_day_under_observation_counts() -> None:
    course = course_of({"a": [], "b": [("transplant", 60)], "c": []}, c={"last_day": None})
    assert ends(course, "os")[:2] == [(400, False, "contact"), (400, False, "contact")]
    assert derive_times(course, SURVIVAL, OS, at_censor=False)["reason"].tolist() == ["", "", NOT_SAID]


def test_a_later_milestone_shows_that_somebody_lived_after_the_last_contact() -> None:
    assert ends(course_of({"a": [("contact", 100), ("relapse", 150)]}), "os") == [(150, False, "contact")]


def test_a_status_of_death_without_a_recorded_death_ends_the_time_on_the_last_day() -> None:
    course = course_of({"a": [("relapse", 40)], "b": []}, a={"status": "died", "last_day": 77}, b={"status": "died", "last_day": 33})
    assert ends(course, "os") == [(77, True, "death"), (33, True, "death")]
    assert ends(course, "pfs") == [(40, True, "relapse"), (33, True, "death")]


def test_each_fault_keeps_its_participant_out_of_every_curve_and_is_named() -> None:
    people = {
        "a": [("contact", 100)],
        "b": [("death", None)],
        "c": [("relapse", -3), ("contact", 100)],
        "d": [("death", -1)],
        "e": [("death", 50), ("death", 60)],
        "f": [("death", 50), ("contact", 80)],
        "g": [("relapse", 90), ("death", 50)],
        "h": [("contact", -2)],
        "i": [("relapse", 600), ("contact", 400)],
        "j": [("transplant", 70), ("death", 50)],
    }
    course = course_of(people, a={"dosed": False, "cut_day": None})
    for endpoint in SURVIVAL.endpoints:
        rows = derive_times(course, SURVIVAL, endpoint, at_censor=False)
        assert rows["reason"].tolist() == [
            "no first dose",
            "Death without a day",
            "Relapse before the first dose",
            "Death before the first dose",
            "two different days of death",
            "Last contact after the death",
            "Relapse after the death",
            "Last contact before the first dose",
            "Relapse after the data cut",
            "Transplant after the death",
        ]
        assert rows["time"].isna().all()
        assert not rows["event"].any()


def test_a_date_known_in_part_counts_from_its_first_possible_day_but_a_death_not_before_the_last_contact() -> None:
    people = {
        "a": [("relapse", 92, "month"), ("contact", 300)],
        "b": [("death", 92, "month"), ("contact", 110)],
        "c": [("death", -14, "month")],
        "d": [("death", -40, "month")],
    }
    course = course_of(people, c={"last_day": 9}, d={"last_day": 9})
    rows = derive_times(course, SURVIVAL, PFS, at_censor=False)
    assert rows["time"].tolist()[:3] == [92, 110, 9]
    assert rows["partial"].tolist()[:3] == [True, True, True]
    assert rows["reason"][3] == "Death before the first dose"


def test_duration_of_response_is_counted_from_the_first_response_of_responders() -> None:
    responses = pd.DataFrame({"participant_index": [0, 2, 3, 4], "response_day": pd.array([28, 30, pd.NA, 120], dtype="Int64")})
    rows = derive_response_times(course_of(PEOPLE), SURVIVAL, responses, at_censor=False)
    assert rows["participant_index"].tolist() == [0, 2, 3, 4]
    np.testing.assert_array_equal(rows["time"], [92, 470, np.nan, np.nan])
    assert rows["event"].tolist() == [True, False, False, False]
    assert rows["reason"].tolist() == ["", "", "response without a day", "ended before the first response"]


def test_a_response_after_the_last_contact_is_censored_on_its_day() -> None:
    responses = pd.DataFrame({"participant_index": [0], "response_day": pd.array([30], dtype="Int64")})
    rows = derive_response_times(course_of({"a": [("contact", 28)]}), SURVIVAL, responses, at_censor=False)
    assert rows[["time", "event", "reason"]].to_numpy().tolist() == [[0, False, ""]]


def test_of_relapse_death_and_transplant_the_first_counts_and_relapse_on_one_day() -> None:
    assert find_relapse_events(SURVIVAL) == ("relapse", "progression")
    rows = derive_first_events(course_of({**PEOPLE, "f": [("death", 20)]}), SURVIVAL)
    assert rows["ended_by"].tolist() == ["relapse", "transplant", "transplant", "contact", "relapse", "death"]
    assert rows["time"].tolist() == [120, 60, 57, 410, 90, 20]
    assert rows["event"].tolist() == [True, True, True, False, True, True]


def test_delivered_times_are_taken_as_they_stand() -> None:
    people = {"a": [], "b": [], "c": [], "d": [], "e": []}
    delivered = delivered_times(
        [("a", "PFS", 45.0, True), ("a", "OS", 547.5, False), ("b", "pfs", 60.0, False), ("c", "PFS", 5.0, True), ("c", "PFS", 6.0, True),
         ("e", "PFS", 9.0, True), ("nobody", "PFS", 1.0, True)]
    )  # fmt: skip
    rows = derive_delivered_times(analysis_of(people, e={"dosed": False, "cut_day": None}), delivered, PFS)
    np.testing.assert_array_equal(rows["time"], [45, 60, np.nan, np.nan, np.nan])
    assert rows["ended_by"].tolist() == ["event", "censoring", "", "", ""]
    assert rows["reason"].tolist() == ["", "", "several times delivered", "no time delivered", "no first dose"]
    assert rows["source_row"][0] == 1


@pytest.mark.parametrize("at_censor", [False, True])
def test_without_milestones_everybody_is_censored_on_the_last_day_under_observation(at_censor: bool) -> None:
    assert ends(course_of({"a": [], "b": []}), "pfs", at_censor=at_censor) == [(400, False, "contact")] * 2
