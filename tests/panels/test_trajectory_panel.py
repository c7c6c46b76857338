"""The trajectory panel against numbers computed by hand."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from dashboard.figures.trajectory_summary import Centre, TrajectorySummary
from dashboard.panels import PANELS
from dashboard.panels.trajectory import summarise_trajectory
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import Value, build_data, course
from tests.panels.scenes import odd_data, open_scene


def cohort_data(people: Mapping[str, Mapping[int, float]], **choices: object) -> StudyData:
    values: list[Value] = [row for name, days in people.items() for row in course(name, days)]
    return build_data(values, **choices)  # type: ignore[arg-type]


def centre(summary: TrajectorySummary, kind: str, cohort: int = 0) -> Centre:
    (found,) = [c for c in summary.centres if c.kind == kind and c.cohort == cohort]
    return found


FIVE = {  # day 0 (visit dose-1), day 14: five participants; day 30: four
    "a": {0: 100.0, 14: 200.0, 30: 100.0},
    "b": {0: 110.0, 14: 220.0, 30: 200.0},
    "c": {0: 120.0, 14: 240.0, 30: 400.0},
    "d": {0: 130.0, 14: 390.0, 30: 800.0},
    "e": {0: 140.0, 14: 700.0},
}


def test_medians_quartiles_and_n_are_those_of_the_analysed_values() -> None:
    median = centre(summarise_trajectory(open_scene(cohort_data(FIVE)), "cd4"), "median")
    # Day 14: 200 220 240 390 700, median 240, quartiles 220 and 390. Day 30: 100 200 400 800, median 300.
    assert median.x.tolist() == pytest.approx([0, 2, 30 / 7])
    assert median.y.tolist() == [120, 240, 300]
    assert median.n.tolist() == [5, 5, 4]
    assert median.lower[:2].tolist() == [110, 220]
    assert median.upper[:2].tolist() == [130, 390]


def test_a_band_needs_five_participants() -> None:
    median = centre(summarise_trajectory(open_scene(cohort_data(FIVE)), "cd4"), "median")
    assert np.isnan(median.lower).tolist() == np.isnan(median.upper).tolist() == [False, False, True]


def test_no_band_is_summarised_when_none_is_chosen() -> None:
    median = centre(summarise_trajectory(open_scene(cohort_data(FIVE), band="none"), "cd4"), "median")
    assert np.isnan(median.lower).all()


def test_boxes_stand_only_at_visits_with_five_values() -> None:
    (box,) = summarise_trajectory(open_scene(cohort_data(FIVE), show=("box",)), "cd4").boxes
    assert box.x.tolist() == [0, 2]
    rows = [values.tolist() for values in (box.minimum, box.q1, box.median, box.q3, box.maximum)]
    assert rows == [[100, 200], [110, 220], [120, 240], [130, 390], [140, 700]]


def test_the_mean_of_percent_change_is_the_geometric_mean_of_fold() -> None:
    # Folds 2 and 8: geometric mean 4, so +300 %. The mean of +100 % and +700 % would be +400 %.
    data = cohort_data({"a": {0: 100.0, 14: 200.0}, "b": {0: 50.0, 14: 400.0}})
    summary = summarise_trajectory(open_scene(data, measure="percent", show=("mean",)), "cd4")
    assert centre(summary, "geometric mean").y.tolist() == pytest.approx([0, 300])
    fold = summarise_trajectory(open_scene(data, measure="fold", show=("mean",)), "cd4")
    assert centre(fold, "geometric mean").y.tolist() == pytest.approx([1, 4])
    words = PANELS["trajectory"].describe(fold, open_scene(data, measure="fold", show=("mean",)))
    assert "The mean of a relative change is the geometric mean of fold." in words.caption


def test_the_mean_and_the_geometric_mean_of_values() -> None:
    # Day 14: 200 and 800. Mean 500, geometric mean 400, median 500.
    data = cohort_data({"a": {14: 200.0}, "b": {14: 800.0}})
    summary = summarise_trajectory(open_scene(data, show=("median", "mean", "gmean")), "cd4")
    assert [centre(summary, kind).y[0] for kind in ("median", "mean", "geometric mean")] == pytest.approx([500, 500, 400])


def test_change_from_baseline_leaves_out_who_has_none() -> None:
    data = cohort_data({"a": {0: 100.0, 14: 250.0}, "b": {14: 900.0}})
    summary = summarise_trajectory(open_scene(data, measure="change"), "cd4")
    assert centre(summary, "median").y.tolist() == [0, 150]
    assert centre(summary, "median").n.tolist() == [1, 1]
    assert summary.not_shown == {"no baseline": 1}
    assert summary.reference == 0


def test_a_band_is_drawn_when_the_first_summary_asked_for_does_not_exist() -> None:
    # A change has no geometric mean; the mean that is drawn instead carries the band.
    summary = summarise_trajectory(open_scene(cohort_data(FIVE), measure="change", show=("mean", "gmean"), band="ci95"), "cd4")
    assert np.isfinite(centre(summary, "mean").lower).any()


def test_lines_of_the_clock_stand_at_days_and_weeks() -> None:
    data = cohort_data({"a": {-5: 90.0, 0: 100.0, 15: 200.0}})
    days, weeks = (summarise_trajectory(open_scene(data, x=x), "cd4").lines[0].x for x in ("day", "week"))
    assert days.tolist() == [-5, 0, 15]
    assert weeks.tolist() == pytest.approx([-5 / 7, 0, 15 / 7])


def test_lines_of_visits_stand_at_the_place_of_the_visit_in_the_plan() -> None:
    # screening, pre-dose-1, dose-1, dose-1-day-14 are places 0 to 3; week-60 is place 15.
    data = cohort_data({"a": {-28: 80.0, -5: 90.0, 0: 100.0, 15: 200.0, 425: 300.0}})
    summary = summarise_trajectory(open_scene(data, x="visit"), "cd4")
    assert summary.lines[0].x.tolist() == [0, 1, 2, 3, 15]
    assert summary.time.tick_texts[:4] == ("Scr", "D1−5", "D1", "D1+14")


def test_a_period_begins_the_visits_at_its_own_first_visit() -> None:
    summary = summarise_trajectory(
        open_scene(cohort_data({"a": {0: 1.0, 252: 100.0, 420: 200.0}}), x="visit", period="week-36-to-60"), "cd4"
    )
    assert summary.lines[0].x.tolist() == [0, 2]
    assert summary.time.tick_texts == ("W36", "W48", "W60")


def test_days_since_dose_draw_one_line_per_dose_and_count_from_the_dose_given() -> None:
    # The second dose is 3 days late: day 98 is 11 days after it.
    data = cohort_data({"a": {-5: 80.0, 0: 90.0, 14: 100.0, 87: 200.0, 98: 300.0}}, doses={"a": (0, 87)})
    summary = summarise_trajectory(open_scene(data, x="dose"), "cd4")
    (lines,) = summary.lines
    assert lines.x.tolist() == [0, 14, 0, 11]
    assert np.unique(lines.line).size == 2
    assert (lines.line[0] == lines.line[1], lines.line[1] == lines.line[2], lines.line[2] == lines.line[3]) == (True, False, True)
    assert summary.not_shown == {"before the first dose": 1}
    assert {c.dose for c in summary.centres} == {1, 2}


def test_several_values_of_a_day_are_all_drawn_and_enter_the_summary_as_their_mean() -> None:
    data = build_data([("a", "cd4", 14, 100.0), ("a", "cd4", 14, 300.0)])
    summary = summarise_trajectory(open_scene(data), "cd4")
    assert sorted(summary.lines[0].y) == [100, 300]
    assert centre(summary, "median").y.tolist() == [200]
    assert centre(summary, "median").n.tolist() == [1]


def test_a_cohort_without_participants_keeps_its_n_of_0() -> None:
    words = [text for _, _, text in summarise_trajectory(open_scene(cohort_data(FIVE)), "cd4").visit_n]
    assert all("480 µg/kg: 0, 720 µg/kg: 0" in text for text in words)
    assert len(words) == 16


def test_n_under_a_visit_adds_up_the_cohorts_shown() -> None:
    data = build_data([(name, "cd4", 14, 1.0) for name in "abc"], people={"b": {"cohort": "480"}, "c": {"cohort": "720"}})
    both = summarise_trajectory(open_scene(data, cohort=("240", "480")), "cd4")
    assert {x: n for x, n, _ in both.visit_n}[2.0] == 2
    assert "720" not in both.visit_n[0][2]


def test_unscheduled_records_are_marked_and_can_be_left_out_without_changing_the_summary() -> None:
    data = build_data([("a", "cd4", 14, 100.0), ("a", "cd4", 18, 500.0)], marked_unscheduled=(1,))
    shown, hidden = (summarise_trajectory(open_scene(data, unscheduled=choice), "cd4") for choice in ("yes", "no"))
    assert shown.lines[0].unscheduled.tolist() == [False, True]
    assert hidden.lines[0].y.tolist() == [100]
    assert hidden.not_shown == {"unscheduled, left out by choice": 1}
    assert centre(shown, "median").y.tolist() == centre(hidden, "median").y.tolist() == [100]


def test_on_a_log_axis_zero_and_values_below_the_limit_have_their_own_lane_under_all_others() -> None:
    data = build_data([("a", "cd4", 0, 0.0), ("a", "cd4", 14, 5.0), ("a", "cd4", 30, 80.0)], below_loq=(1,))
    summary = summarise_trajectory(open_scene(data, scale="log"), "cd4")
    assert summary.lane is not None
    assert 0 < summary.lane < 80
    assert summary.lines[0].y.tolist() == [summary.lane, summary.lane, 80]
    assert summary.lines[0].details[:, 1].tolist() == [0, 5, 80]


def test_a_log_axis_is_not_used_for_changes_and_the_caption_says_so() -> None:
    scene = open_scene(cohort_data(FIVE), scale="log", measure="percent")
    summary = summarise_trajectory(scene, "cd4")
    assert not summary.log
    assert "Changes can be negative, so the axis is linear." in PANELS["trajectory"].describe(summary, scene).caption


def test_the_words_count_what_is_shown_and_what_is_not_by_reason() -> None:
    scene = open_scene(odd_data(), cohort=("240",))
    words = PANELS["trajectory"].describe(summarise_trajectory(scene, "cd4"), scene)
    # CD4 of cohort 240: 9 + 3 + 1 + 1 with a day, of four participants; one without a day; 11 of cohort 480.
    assert words.shown == "14 records, 4 participants"
    assert words.not_shown == ("11 records: participant not in the selection", "1 record: no first dose, so no day")
    assert words.left_out == "12 not shown"
    assert "240 µg/kg; n = 6 of 8." in words.caption


@pytest.mark.parametrize("x", ["day", "week", "visit", "dose"])
@pytest.mark.parametrize("period", ["to-week-60", "to-week-36", "week-36-to-60"])
def test_every_record_that_is_counted_as_shown_lies_on_the_axis(x: str, period: str) -> None:
    summary = summarise_trajectory(open_scene(odd_data(), x=x, period=period), "cd4")
    for lines in summary.lines:
        outside = (lines.x < summary.time.low) | (lines.x > summary.time.high)
        assert lines.details[outside, 0].tolist() == [], "days of records beyond the ends of the axis"
