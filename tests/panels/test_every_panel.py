"""What holds for every panel under any view, on data with every oddity."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings

from dashboard.panels import PANELS, page_panels
from dashboard.scene import select_records
from dashboard.view.state import ViewState, default_view
from tests.endpoints.builders import protocol
from tests.panels.scenes import EVERY_PANEL, ODD_PEOPLE, analysis_of, drawn_trial, odd_data, open_scene, scene_of
from tests.view.views import views_of

DEFAULT = default_view(protocol(), cut="ab" * 5)
VIEWS = views_of(protocol(), with_grid=False)


@given(VIEWS)
@example(replace(DEFAULT, cohort=("720",)))
@example(replace(DEFAULT, x="dose", measure="fold", unscheduled="no"))
@example(replace(DEFAULT, x="visit", period="week-36-to-60", age=(0, 120)))
@settings(max_examples=40, deadline=None)
def test_records_shown_and_not_shown_are_all_records_of_the_analyte(view: ViewState) -> None:
    for data in (odd_data(), drawn_trial()):
        scene = scene_of(data, view)
        for analyte in protocol().analyte_keys:
            records = select_records(scene, analyte)
            assert len(records.rows) + sum(records.not_shown.values()) == int((data.counts["analyte"] == analyte).sum())
            assert all(n > 0 for n in records.not_shown.values())


@given(VIEWS)
@settings(max_examples=60, deadline=None)
def test_records_shown_belong_to_the_selection_and_have_a_day_and_the_measure(view: ViewState) -> None:
    scene = scene_of(odd_data(), view)
    rows = select_records(scene, "cd4").rows
    column = {"value": "value", "change": "change", "percent": "percent_change", "fold": "fold"}[view.measure]
    assert scene.selection.mask[rows["participant_index"].to_numpy()].all()
    assert rows["day"].notna().all()
    assert rows[column].notna().all()


def test_each_record_left_out_is_counted_under_the_first_reason_that_applies() -> None:
    # Of the 25 CD4 records: 480 is chosen, so the 240 cohort's 9 + 3 + 1 + 1 + 1 = 15 are out (among them the record
    # without a day); of the 11 of 480, day 600 is outside the period and day 60 is marked unscheduled by the delivery
    # but analysed; measure fold: participant zeros has baseline 0, 5 records.
    records = select_records(open_scene(odd_data(), cohort=("480",), measure="fold"), "cd4")
    assert records.not_shown == {"participant not in the selection": 15, "outside the period (up to week 60)": 1, "baseline is 0": 5}
    assert records.rows["day"].tolist() == [-60, -5, 20, 290, 462]


def test_reasons_name_the_missing_first_dose_and_the_missing_baseline() -> None:
    records = select_records(open_scene(odd_data(), cohort=("240",), measure="change"), "cd4")
    assert records.not_shown == {"participant not in the selection": 11, "no first dose, so no day": 1, "no baseline": 4}


def test_records_in_no_window_are_left_out_on_the_axis_of_visits_only() -> None:
    by_visit = select_records(open_scene(odd_data(), x="visit", period="to-week-60"), "cd4")
    by_week = select_records(open_scene(odd_data(), x="week", period="to-week-60"), "cd4")
    assert set(by_visit.not_shown) - set(by_week.not_shown) <= {"in no planned visit's window"}
    assert len(by_visit.rows) <= len(by_week.rows)


def test_records_before_the_first_dose_are_left_out_on_the_axis_of_doses() -> None:
    # Before day 0: full −28, screening-only −20, late −60 and −5.
    records = select_records(open_scene(odd_data(), x="dose"), "cd4")
    assert records.not_shown == {"no first dose, so no day": 1, "outside the period (up to week 60)": 1, "before the first dose": 4}


SHORT = settings(max_examples=4, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@pytest.mark.parametrize(("key", "subject"), EVERY_PANEL)
@given(view=VIEWS)
@example(view=DEFAULT)
@example(view=replace(DEFAULT, cohort=("720",)))
@example(view=replace(DEFAULT, stratum=("lt100",), age=(119, 120)))
@example(view=replace(DEFAULT, scale="log"))
@example(view=replace(DEFAULT, scale="log", measure="fold", show=("box",)))
@SHORT
def test_a_panel_answers_any_view_of_odd_data(key: str, subject: str, view: ViewState) -> None:
    scene, panel = scene_of(odd_data(), view), PANELS[key]
    summary = panel.summarise(scene, subject)
    figure, words = panel.draw(summary), panel.describe(summary, scene)
    assert set(figure) == {"data", "layout"}
    assert "SYNTHETIC" in words.caption
    assert "Data cut test, 2026-01-01, " in words.caption


@pytest.mark.parametrize("scale", ["linear", "log"])
@pytest.mark.parametrize("name", ODD_PEOPLE)
def test_every_participant_has_a_page_whatever_is_missing(name: str, scale: str) -> None:
    scene, panel = open_scene(odd_data(), scale=scale, cohort=("720",)), PANELS["participant"]
    summary = panel.summarise(scene, name)
    records = sum(len(track.day) + track.without_day for track in summary.tracks)
    assert records == int((odd_data().counts["participant"] == name).sum())
    named = [trace["name"] for trace in panel.draw(summary)["data"]]
    assert [track.label for track in summary.tracks if len(track.day)] == [
        name for name in named if name in {a.label for a in protocol().analytes}
    ]
    words = panel.describe(summary, scene)
    assert (words.not_shown != ()) == (name == "no-dose")
    assert ("no dose given" in words.caption) == (name == "no-dose")


def test_a_participant_the_cut_does_not_hold_is_a_key_error() -> None:
    with pytest.raises(KeyError, match="nobody"):
        PANELS["participant"].summarise(open_scene(odd_data()), "nobody")


def test_pages_hold_one_panel_per_analyte_or_the_panels_of_the_endpoint() -> None:
    assert [(panel.key, subject) for panel, subject in page_panels("trajectories", protocol())] == [
        ("trajectory", analyte) for analyte in ("alc", "cd4", "cd8", "b", "nk")
    ]
    assert [panel.key for panel, _ in page_panels("thresholds", protocol())] == ["responders", "sweep", "time-above", "reached", "ribbon"]


def test_summaries_never_change_the_shared_analysis() -> None:
    analysis = analysis_of(odd_data(), "last")
    before = [frame.copy(deep=True) for frame in (analysis.participants, analysis.counts, analysis.daily, analysis.doses)]
    for key, subject in EVERY_PANEL:
        PANELS[key].summarise(open_scene(odd_data(), x="dose", scale="log"), subject)
    for frame, kept in zip((analysis.participants, analysis.counts, analysis.daily, analysis.doses), before, strict=True):
        assert frame.equals(kept)


def test_the_selection_and_the_excluded_are_all_participants() -> None:
    scene = open_scene(odd_data(), sex=("F",), stratum=("lt100", "100-199"))
    assert scene.n + sum(scene.selection.excluded.values()) == len(ODD_PEOPLE)
    assert np.array_equal(scene.analysis.participants["participant"][scene.selection.mask], ["full", "late", "screening-only", "zeros"])
