"""The trajectory figure shows the numbers of its summary."""

from __future__ import annotations

import itertools
from collections import defaultdict
from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.style import Figure, Trace, unpack
from dashboard.figures.trajectory import draw_trajectory
from dashboard.figures.trajectory_labels import draw_numbers, lane_of_numbers, milestone_notes
from dashboard.figures.trajectory_summary import TimeAxis, TrajectorySummary
from dashboard.panels.trajectory import summarise_trajectory
from tests.endpoints.builders import protocol
from tests.figures.drawings import CHOICES, numbers
from tests.panels.scenes import drawn_trial, odd_data, open_scene


def drawn(choices: str = "default", analyte: str = "cd4", odd: bool = False) -> tuple[TrajectorySummary, Figure]:
    summary = summarise_trajectory(open_scene(odd_data() if odd else drawn_trial(), **CHOICES[choices]), analyte)
    return summary, draw_trajectory(summary)


def line_traces(figure: Figure) -> list[Trace]:
    return [trace for trace in figure["data"] if trace.get("connectgaps") is False]


def test_each_cohort_has_one_line_trace_whatever_its_size() -> None:
    _, figure = drawn()
    assert [trace["name"] for trace in line_traces(figure)] == ["240 µg/kg", "480 µg/kg", "720 µg/kg"]


def test_the_lines_of_participants_are_parted_by_gaps_and_hold_the_records() -> None:
    summary, figure = drawn()
    for lines, trace in zip(summary.lines, line_traces(figure), strict=True):
        y = unpack(trace["y"])
        assert np.isnan(y).sum() == 5 - 1  # five participants in each cohort of the drawn trial
        np.testing.assert_array_equal(np.isnan(unpack(trace["x"])), np.isnan(y))
        np.testing.assert_allclose(numbers(trace["x"]), lines.x, rtol=1e-6)
        np.testing.assert_allclose(numbers(trace["y"]), lines.y, rtol=1e-6)
        assert len(trace["text"]) == len(trace["hovertext"]) == len(y) == len(unpack(trace["customdata"]))


def test_the_drawn_values_are_those_of_the_data() -> None:
    _, figure = drawn()
    data = drawn_trial().counts
    values = sorted(float(value) for trace in line_traces(figure) for value in numbers(trace["y"]))
    assert values == sorted(data.loc[data["analyte"] == "cd4", "value"])


@pytest.mark.parametrize("choices", ["default", "visits", "fold"])
def test_centres_and_their_n_are_those_of_the_summary(choices: str) -> None:
    summary, figure = drawn(choices)
    traces = {trace["name"]: trace for trace in figure["data"] if trace["type"] == "scatter" and trace["mode"] == "lines+markers"}
    assert len(traces) == len({(centre.cohort, centre.kind) for centre in summary.centres})
    for centre in summary.centres:
        (trace,) = [trace for name, trace in traces.items() if name == f"{centre.label} {centre.kind}"]
        np.testing.assert_allclose(unpack(trace["x"]), centre.x, rtol=1e-6)
        np.testing.assert_allclose(unpack(trace["y"]), centre.y, rtol=1e-6)
        np.testing.assert_array_equal(unpack(trace["customdata"])[:, 0], centre.n)


def test_the_band_runs_along_the_upper_limits_and_back_along_the_lower() -> None:
    summary, figure = drawn()
    bands = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    for centre, band in zip(summary.centres, bands, strict=True):
        np.testing.assert_allclose(unpack(band["y"]), [*centre.upper, *centre.lower[::-1]], rtol=1e-6)


def test_a_band_with_a_hole_is_drawn_as_two_closed_parts() -> None:
    from dataclasses import replace

    summary, _ = drawn()
    first = summary.centres[0]
    lower, upper = first.lower.copy(), first.upper.copy()
    lower[3] = upper[3] = np.nan
    figure = draw_trajectory(replace(summary, centres=(replace(first, lower=lower, upper=upper),)))
    (band,) = [trace for trace in figure["data"] if trace.get("fill") == "toself"]
    assert np.isnan(unpack(band["y"])).sum() == 1
    assert len(numbers(band["y"])) == 2 * (len(lower) - 1)


def test_boxes_are_those_of_the_summary() -> None:
    summary, figure = drawn("visits")
    boxes = [trace for trace in figure["data"] if trace["type"] == "box"]
    for box, trace in zip(summary.boxes, boxes, strict=True):
        for name, values in (
            ("q1", box.q1),
            ("median", box.median),
            ("q3", box.q3),
            ("lowerfence", box.minimum),
            ("upperfence", box.maximum),
        ):
            np.testing.assert_allclose(unpack(trace[name]), values, rtol=1e-6)


PLOT_WIDTH = 280  # px: the plot of one of three panels beside the filters on 1280 px, margins taken off
CHARACTER = 9 * 0.6  # px: a digit of the label's font size


@pytest.mark.parametrize("x", ["week", "day", "visit", "dose"])
@pytest.mark.parametrize("period", ["to-week-60", "to-week-36", "week-36-to-60"])
def test_the_numbers_under_the_axis_never_overlap_within_a_row(x: str, period: str) -> None:
    summary = summarise_trajectory(open_scene(drawn_trial(), x=x, period=period), "cd4")
    (lane,) = [trace for trace in draw_trajectory(summary)["data"] if trace.get("yaxis") == "y2"]
    pixels = PLOT_WIDTH / (summary.time.high - summary.time.low)
    rows = defaultdict(list)
    for place, row, text in zip(unpack(lane["x"]), unpack(lane["y"]), lane["text"], strict=True):
        half = len(text) * CHARACTER / 2
        rows[float(row)].append((place * pixels - half, place * pixels + half))
    for labels in rows.values():
        labels.sort()
        assert all(left[1] <= right[0] for left, right in itertools.pairwise(labels))


def test_the_numbers_under_the_axis_are_n_by_visit_and_stand_inside_their_rows() -> None:
    _summary, figure = drawn()
    (lane,) = [trace for trace in figure["data"] if trace.get("yaxis") == "y2"]
    assert lane["text"] == ["15"] * len(protocol().visits)
    assert "240 µg/kg: 5, 480 µg/kg: 5, 720 µg/kg: 5" in lane["hovertext"][0]
    deepest, top = figure["layout"]["yaxis2"]["range"]
    assert (unpack(lane["y"]) > top).all()
    assert (unpack(lane["y"]) < deepest).all()
    np.testing.assert_allclose(unpack(lane["x"]), [visit.target / 7 for visit in protocol().visits], rtol=1e-6)


def test_thresholds_are_labelled_with_value_and_unit() -> None:
    _, figure = drawn()
    assert {"200/µL", "300/µL"} <= {note["text"] for note in figure["layout"]["annotations"]}
    levels = {shape["y0"] for shape in figure["layout"]["shapes"] if shape.get("xref") == "paper"}
    assert levels == {200, 300}


def test_thresholds_stand_only_where_they_mean_something() -> None:
    for choices, analyte in (("default", "cd8"), ("percent", "cd4")):
        _, figure = drawn(choices, analyte)
        assert not [note for note in figure["layout"]["annotations"] if "/µL" in note["text"]]


def test_a_log_axis_says_so_and_places_the_threshold_labels_by_their_logarithm() -> None:
    _, figure = drawn("log")
    assert figure["layout"]["yaxis"]["type"] == "log"
    assert "log" in figure["layout"]["yaxis"]["title"]["text"]
    (label,) = [note for note in figure["layout"]["annotations"] if note["text"] == "200/µL"]
    assert label["y"] == pytest.approx(2.30103)  # log10 of 200


def test_on_a_log_axis_every_record_has_a_place() -> None:
    summary, figure = drawn("log", odd=True)
    assert all((numbers(trace["y"]) > 0).all() for trace in line_traces(figure))
    assert sum(len(numbers(trace["y"])) for trace in line_traces(figure)) == summary.records
    assert "below limit" in [note["text"] for note in figure["layout"]["annotations"]]


def test_unscheduled_records_and_values_below_the_limit_have_their_own_marks() -> None:
    from tests.endpoints.builders import build_data

    data = build_data([("a", "cd4", 14, 9.0), ("a", "cd4", 18, 500.0)], marked_unscheduled=(1,), below_loq=(0,))
    figure = draw_trajectory(summarise_trajectory(open_scene(data), "cd4"))
    symbols = {trace["name"]: trace["marker"]["symbol"] for trace in figure["data"] if trace.get("mode") == "markers"}
    assert symbols == {"unscheduled": "circle-open", "below limit": "triangle-down-open"}


def test_beyond_three_hundred_participants_the_hover_names_nobody() -> None:
    from dataclasses import replace

    summary, _ = drawn()
    figure = draw_trajectory(replace(summary, named=False))
    assert not any("p000" in str(trace.get(part)) for trace in line_traces(figure) for part in ("text", "hovertext", "hovertemplate"))


def test_no_label_of_a_point_lacks_a_number_before_the_first_dose_or_without_a_baseline() -> None:
    summary, _ = drawn()
    lines = summary.lines[0]
    first, details = lines.line == lines.line[0], lines.details.copy()
    details[first, 2] = np.nan
    figure = draw_trajectory(replace(summary, lines=(replace(lines, details=details),)))
    others, without = line_traces(figure)
    assert "change from baseline: no baseline<br>" in without["hovertemplate"]
    assert "customdata[2]" not in without["hovertemplate"]
    assert "change from baseline: %{customdata[2]" in others["hovertemplate"]
    assert len(numbers(without["x"])) == first.sum()
    assert len(numbers(others["x"])) == (~first).sum()
    for trace in (others, without):
        told = unpack(trace["customdata"])[np.isfinite(unpack(trace["x"]))]
        day, since = told[:, 0], told[:, 3]
        assert np.isfinite(since).all()
        # Before the first dose the days until it, as a negative number.
        assert (since[day < 0] == day[day < 0]).all()
        assert (day < 0).any()
    assert np.isfinite(unpack(others["customdata"])[np.isfinite(unpack(others["x"]))]).all()


def test_labels_of_close_thresholds_are_written_as_one() -> None:
    summary, _ = drawn()
    # 150 pixels up to the highest value or threshold: 1,000 at least, so 50 are under 8 pixels.
    figure = draw_trajectory(replace(summary, thresholds=(50.0, 100.0, 150.0, 1000.0)))
    assert [note["text"] for note in figure["layout"]["annotations"] if "/µL" in note["text"]] == ["50, 100, 150/µL", "1000/µL"]


def axis_with(*milestones: tuple[float, str]) -> TimeAxis:
    return TimeAxis("weeks", 0.0, 100.0, (), (), (), milestones)


def test_the_name_of_a_milestone_near_the_left_end_stands_right_of_its_line_and_the_others_left() -> None:
    early, late = milestone_notes(axis_with((4.0, "Response"), (60.0, "End")))
    assert (early["xanchor"], late["xanchor"]) == ("left", "right")


def test_the_names_of_milestones_that_stand_close_are_written_below_each_other() -> None:
    # On 250 pixels 5 % are 12.5: "Response", 8 letters of 5.4, reaches from 10 to 53 pixels, "Interim", 7 letters, from 22 to 60.
    first, second, third = milestone_notes(axis_with((4.0, "Response"), (9.0, "Interim"), (60.0, "End")))
    assert "yshift" not in first
    assert second["yshift"] < -9
    assert "yshift" not in third


def test_a_dot_in_place_of_a_number_stands_below_the_numbers() -> None:
    summary, _ = drawn()
    visits = tuple((day / 7, 334, "words") for day in (0, 1, 2, 3, 7))
    crowded = replace(summary, visit_n=visits)
    (lane,) = draw_numbers(crowded)
    assert lane["text"] == ["334", "334", "334", "·", "·"]
    assert unpack(lane["y"])[:3].tolist() == [0.5, 1.5, 2.5]
    assert (unpack(lane["y"])[3:] > 3).all()
    assert (unpack(lane["y"]) < lane_of_numbers(crowded)["range"][0]).all()
    assert lane_of_numbers(summary)["range"] == [3, 0]
