"""Windows: the analysed record of a visit and its alternatives, actual against planned day."""

from __future__ import annotations

import pytest

from dashboard.endpoints.quality.window_records import WINDOW_COLUMNS, derive_window_records
from tests.endpoints.builders import course
from tests.endpoints.quality.flagged import build_labelled

SHOWN = ["visit", "target_day", "low", "high", "day", "distance", "role", "labelled", "source_row"]


def test_the_analysed_record_comes_first_and_its_alternatives_follow_with_their_distance() -> None:
    # Week 36: window 225 to 293 around 252; day 262 is 10 days after, day 240 12 days before it.
    analysis = build_labelled(course("a", {240: 1.0, 262: 2.0}), {0: "WEEK 36", 1: "UNSCHEDULED 14.1"}, marked_unscheduled=(1,))
    assert derive_window_records(analysis)[SHOWN].to_numpy().tolist() == [
        ["week-36", 252, 225, 293, 262, 10, "analysed", "", 2],
        ["week-36", 252, 225, 293, 240, -12, "alternative", "week-36", 1],
    ]


def test_all_values_of_the_analysed_day_are_analysed() -> None:
    analysis = build_labelled([("a", "cd4", 252, 1.0), ("a", "cd4", 252, 3.0), ("a", "cd4", 253, 9.0)])
    assert derive_window_records(analysis)[["value", "role"]].to_numpy().tolist() == [
        [1.0, "analysed"],
        [3.0, "analysed"],
        [9.0, "alternative"],
    ]


def test_a_record_in_no_window_stands_at_the_visit_its_label_names_or_nowhere() -> None:
    analysis = build_labelled(course("a", {297: 1.0, 470: 2.0, 480: 3.0}), {0: "WEEK 36", 1: "WEEK 60"})
    assert derive_window_records(analysis)[SHOWN].to_numpy().tolist() == [
        ["week-48", 336, 294, 377, 297, -39, "analysed", "week-36", 1],
        ["week-60", 420, 378, 462, 470, 50, "out-of-window", "week-60", 2],
    ]


def test_windows_move_with_a_late_dose_and_an_open_one_has_no_lower_end() -> None:
    analysis = build_labelled(course("a", {-40: 1.0, 119: 1.0}), doses={"a": (0, 105)})
    frame = derive_window_records(analysis)
    # Dose 2 is 21 days late: 98 + 21 = 119; screening is planned on day −28, so day −40 is 12 days before it.
    assert frame["target_day"].tolist() == [-28, 119]
    assert frame["low"].isna().tolist() == [True, False]
    assert frame["distance"].tolist() == [-12, 0]


def test_one_participant_and_one_analyte_can_be_asked_for() -> None:
    analysis = build_labelled([*course("a", {0: 1.0, 14: 1.0}), *course("b", {0: 2.0}), *course("b", {0: 3.0}, "nk")])
    assert derive_window_records(analysis, "b", "nk")["value"].tolist() == [3.0]
    assert derive_window_records(analysis, "b")["analyte"].tolist() == ["cd4", "nk"]
    assert len(derive_window_records(analysis)) == 4
    assert derive_window_records(analysis, "a").dtypes.astype(str).to_dict() == WINDOW_COLUMNS
    with pytest.raises(KeyError, match="nobody"):
        derive_window_records(analysis, "nobody")


def test_counts_without_a_day_are_in_no_window() -> None:
    assert derive_window_records(build_labelled([("a", "cd4", None, 1.0)], {0: "WEEK 36"})).empty
