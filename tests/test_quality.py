"""The tables of the quality page: what is flagged and what became of every planned visit, for the selection."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.quality.rows import QUALITY_COLUMNS
from dashboard.quality import calendar_analyte, find_flags, find_unscheduled
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.tables import TABLES
from tests.endpoints.builders import protocol
from tests.panels.flagged import odd_visits
from tests.panels.scenes import open_scene

N_VISITS = 16


def test_every_kind_of_flag_is_counted_zeros_included() -> None:
    summary = TABLES["quality-summary"].make(open_scene(odd_visits())).set_index("code")["rows"]
    assert summary.index.tolist() == list(QUALITY_FLAGS)
    # a: one value below the limit, 16 − 4 visits absent, day 470 in no window, doses 2 and 3 missed, and no baseline of the four
    # counts that were never measured; b: one value without a day.
    raised = {"below-limit": 1, "visit-absent": 12, "out-of-window": 1, "dose-missed": 2, "no-baseline": 4, "no-day": 1}
    assert summary[summary > 0].to_dict() == raised


def test_flags_are_those_of_the_selection() -> None:
    flags = TABLES["quality-flags"].make(open_scene(odd_visits(), cohort=("480",)))
    assert flags.columns.tolist() == list(QUALITY_COLUMNS)
    assert flags[["code", "participant"]].to_numpy().tolist() == [["no-day", "b"]]


@pytest.mark.parametrize("code", QUALITY_FLAGS)
def test_a_flag_in_the_view_leaves_its_rows_and_the_summary_whole(code: str) -> None:
    scene = open_scene(odd_visits(), flag=code)
    rows = TABLES["quality-flags"].make(scene)
    everything = find_flags(scene)
    pd.testing.assert_frame_equal(rows, everything[everything["code"] == code].reset_index(drop=True))
    assert TABLES["quality-summary"].make(scene)["rows"].sum() == len(everything)


def test_the_calendar_has_a_state_for_everyone_and_every_visit() -> None:
    calendar = TABLES["visit-calendar"].make(open_scene(odd_visits()))
    assert len(calendar) == 2 * N_VISITS
    assert calendar.groupby(["participant", "state"]).size().to_dict() == {
        ("a", "below-limit"): 1,
        ("a", "missed"): 12,
        ("a", "observed"): 3,
        ("b", "not-dosed"): N_VISITS,
    }


def test_a_cell_of_the_calendar_says_window_analysed_record_and_alternatives() -> None:
    calendar = TABLES["visit-calendar"].make(open_scene(odd_visits()))
    cell = calendar[(calendar["participant"] == "a") & (calendar["visit"] == "dose-1-day-30")].iloc[0].to_dict()
    # Day 30 is the target; day 35 lies in the window of days 22 to 54 as well.
    assert cell == {
        "participant": "a",
        "cohort": "240",
        "analyte": "cd4",
        "visit": "dose-1-day-30",
        "target_day": 30,
        "low": 22,
        "high": 54,
        "state": "observed",
        "actual_day": 30,
        "value": 260.0,
        "unit": "cells/µL",
        "n_records": 2,
        "alternatives": 1,
        "counted_in": "",
    }


def test_the_records_of_the_cells_and_those_of_no_visit_are_all_records() -> None:
    # Seven CD4 records: five in the cells of a; day 470 comes after week 60, and the value of b has no day.
    scene = open_scene(odd_visits())
    assert TABLES["visit-calendar"].make(scene)["n_records"].sum() == 5
    assert find_unscheduled(scene)[["participant", "after_visit", "n_records"]].to_numpy().tolist() == [["a", "week-60", 1], ["b", "", 1]]


def test_windows_say_how_far_each_record_lies_from_its_target() -> None:
    windows = TABLES["visit-windows"].make(open_scene(odd_visits(), cohort=("240",)))
    assert windows[["day", "distance", "role"]].to_numpy().tolist() == [
        [-28, 0, "analysed"],
        [0, 0, "analysed"],
        [14, 0, "analysed"],
        [30, 0, "analysed"],
        [35, 5, "alternative"],
    ]


def test_windows_hold_the_counts_of_the_view_only() -> None:
    assert len(TABLES["visit-windows"].make(open_scene(odd_visits(), analyte=("alc", "nk")))) == 0


@pytest.mark.parametrize(("chosen", "shown"), [((), "cd4"), (("nk",), "nk"), (("alc", "nk"), "cd4"), (("cd4",), "cd4")])
def test_the_calendar_is_about_the_only_count_chosen_else_about_that_of_the_endpoint(chosen: tuple[str, ...], shown: str) -> None:
    scene = open_scene(odd_visits(), analyte=chosen)
    assert calendar_analyte(scene) == shown
    assert set(TABLES["visit-calendar"].make(scene)["analyte"]) == {shown}


def test_a_calendar_of_a_count_nobody_has_shows_every_visit_missed_or_not_dosed() -> None:
    states = TABLES["visit-calendar"].make(open_scene(odd_visits(), analyte=("b",)))["state"].value_counts().to_dict()
    assert states == {"missed": N_VISITS, "not-dosed": N_VISITS}
    assert len(protocol().visits) == N_VISITS
