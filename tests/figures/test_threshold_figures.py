"""The figures of the thresholds page and of one participant show the numbers of their summaries."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.facets import facet_domains, facet_note
from dashboard.figures.participant import draw_participant
from dashboard.figures.responders import draw_responders, draw_sweep
from dashboard.figures.ribbon import draw_ribbon
from dashboard.figures.style import Figure, Trace, unpack
from dashboard.figures.survival import draw_reached
from dashboard.figures.time_above import draw_time_above
from dashboard.panels.participants import summarise_participant
from dashboard.panels.reached import summarise_reached_panel
from dashboard.panels.ribbon import summarise_ribbon_panel
from dashboard.panels.thresholds import summarise_responder_panel, summarise_sweep_panel, summarise_time_above_panel
from dashboard.scene import Scene
from tests.endpoints.builders import build_data, course, protocol
from tests.panels.pooled import Person, open_pooled
from tests.panels.scenes import drawn_trial, odd_data, open_scene


@pytest.fixture
def scene() -> Scene:
    return open_scene(drawn_trial(), who="everyone")


def dots(figure: Figure) -> list[Trace]:
    return [trace for trace in figure["data"] if "error_x" in trace]


def test_responder_dots_are_percentages_with_n_of_n_beside_them(scene: Scene) -> None:
    summary = summarise_responder_panel(scene)
    traces = dots(draw_responders(summary))
    rows = [row for rows in summary.rows for row in rows]
    for row, trace in zip(rows, traces, strict=True):
        assert trace["text"] == [f"{row.responders}/{row.denominator}"]
        assert trace["x"] == [pytest.approx(100 * row.responders / row.denominator)]
        assert trace["x"][0] + trace["error_x"]["array"][0] == pytest.approx(100 * row.upper)
        assert trace["x"][0] - trace["error_x"]["arrayminus"][0] == pytest.approx(100 * row.lower)


def test_below_5_n_of_n_stands_alone_without_a_dot() -> None:
    traces = dots(draw_responders(summarise_responder_panel(open_scene(odd_data(), cohort=("720",)))))
    # The cohort and all shown, twice.
    assert [(trace["text"], trace["mode"], trace["error_x"]["visible"]) for trace in traces] == [(["0/0"], "text", False)] * 4


def test_the_sweep_is_drawn_as_the_summary_has_it(scene: Scene) -> None:
    summary = summarise_sweep_panel(scene)
    figure = draw_sweep(summary)
    assert [trace["name"] for trace in figure["data"]] == ["240 µg/kg", "480 µg/kg", "720 µg/kg", "All shown"]
    for line, trace in zip(summary.lines, figure["data"], strict=True):
        np.testing.assert_allclose(unpack(trace["y"]), 100 * line.proportion, rtol=1e-6)
        np.testing.assert_allclose(unpack(trace["x"]), summary.grid, rtol=1e-6)
    assert [shape["x0"] for shape in figure["layout"]["shapes"]] == [200, 300]


def test_days_above_are_one_mark_per_participant_with_its_bounds(scene: Scene) -> None:
    summary = summarise_time_above_panel(scene)
    marks = [trace for trace in draw_time_above(summary)["data"] if "text" in trace]
    cohorts = [cohort for cohorts in summary.cohorts for cohort in cohorts]
    for cohort, trace in zip(cohorts, marks, strict=True):
        np.testing.assert_allclose(unpack(trace["y"]), cohort.days, rtol=1e-6)
        assert trace["text"] == list(cohort.participant)
        np.testing.assert_allclose(unpack(trace["customdata"])[:, :2], np.column_stack([cohort.lower, cohort.upper]), rtol=1e-6)
        # Marks of a cohort stay nearer to its own place than to the next one's.
        assert (np.abs(unpack(trace["x"]) - cohort.cohort) < 0.5).all()


def test_curves_of_the_time_to_a_threshold_never_fall(scene: Scene) -> None:
    summary = summarise_reached_panel(scene)
    figure = draw_reached(summary)
    steps = [trace for trace in figure["data"] if trace["mode"] == "lines"]
    curves = [curve for curves in summary.curves for curve in curves]
    for curve, trace in zip(curves, steps, strict=True):
        assert (np.diff(unpack(trace["y"])) >= 0).all()
        np.testing.assert_allclose(unpack(trace["x"]), curve.time / 7, rtol=1e-6)
        np.testing.assert_allclose(unpack(trace["y"]), 100 * curve.reached, rtol=1e-6)


def test_numbers_at_risk_stand_under_the_axis_of_their_facet(scene: Scene) -> None:
    summary = summarise_reached_panel(scene)
    notes = draw_reached(summary)["layout"]["annotations"]
    for place, curves in enumerate(summary.curves):
        texts = [note["text"] for note in notes if note.get("xref") == ("x" if place == 0 else f"x{place + 1}")]
        assert texts == [str(n) for curve in curves for n in curve.at_risk]


def at_300() -> Scene:
    """Of the baseline stratum “300 or more” nobody is at risk of a first value at or above 200, and nobody is in cohort 720."""
    values = [*course("g", {0: 310.0, 84: 320.0, 420: 330.0}), *course("h", {0: 320.0, 84: 330.0, 420: 150.0})]
    return open_scene(build_data(values, people={"h": {"cohort": "480"}}), stratum=("ge300",), threshold=(200.0, 900.0))


def test_names_of_cohorts_stand_left_of_the_numbers_at_risk_where_the_first_facet_has_nobody() -> None:
    figure = draw_reached(summarise_reached_panel(at_300()))
    notes = figure["layout"]["annotations"]
    names = {note["text"]: note["yshift"] for note in notes if note.get("xanchor") == "right"}
    assert list(names) == ["at risk", "240 µg/kg", "480 µg/kg", "720 µg/kg"]
    for xref, numbers in (("x", {0: "0", 1: "0", 2: "0"}), ("x2", {0: "1", 1: "1", 2: "0"})):
        rows = [(note["yshift"], note["text"]) for note in notes if note.get("xref") == xref and note["x"] == 0]
        # On the same line as its name.
        assert rows == [(shift, numbers[place]) for place, shift in enumerate(list(names.values())[1:])]
    assert [note["text"] for note in notes].count("No participant") == 1
    assert {trace["name"] for trace in figure["data"] if trace["mode"] == "lines"} == {"240 µg/kg", "480 µg/kg"}


def test_a_cohort_without_participants_keeps_its_name_in_the_legend_of_the_sweep() -> None:
    lines = {trace["name"]: unpack(trace["y"]) for trace in draw_sweep(summarise_sweep_panel(at_300()))["data"]}
    assert list(lines) == ["240 µg/kg", "480 µg/kg", "720 µg/kg", "All shown"]
    assert [bool(np.isnan(share).all()) for share in lines.values()] == [False, False, True, False]


@pytest.mark.parametrize(
    ("levels", "labels"),
    [((200, 300), {"200": 200, "300": 300}), ((50, 100, 150, 900), {"50, 100, 150": 100, "900": 900}), ((300, 310), {"300, 310": 305})],
)
def test_thresholds_of_the_sweep_that_lie_close_share_a_label(scene: Scene, levels: tuple[float, ...], labels: dict[str, float]) -> None:
    summary = replace(summarise_sweep_panel(scene), marked=levels, grid=np.array([0.0, 1000.0]), lines=())
    notes = draw_sweep(summary)["layout"]["annotations"]
    assert {note["text"]: note["x"] for note in notes if note.get("yanchor") == "bottom"} == labels


def test_a_note_in_a_narrow_facet_is_a_column_of_words() -> None:
    assert [facet_note(0, n, "No participant")["text"] for n in (2, 3)] == ["No participant", "No<br>participant"]


def test_weeks_are_counted_from_what_the_definition_calls_day_0(scene: Scene) -> None:
    pooled = open_pooled([Person("a"), Person("b", trial=1)])
    for said, asked in (("weeks since first dose", scene), ("weeks since infusion", pooled)):
        figures = (draw_reached(summarise_reached_panel(asked)), draw_ribbon(summarise_ribbon_panel(asked)))
        assert [figure["layout"]["xaxis"]["title"]["text"] for figure in figures] == [said, said]


def test_ribbon_bars_begin_and_end_where_the_spans_do(scene: Scene) -> None:
    summary = summarise_ribbon_panel(scene)
    figure = draw_ribbon(summary)
    bars = {trace["name"]: trace for trace in figure["data"] if trace["type"] == "bar"}
    assert list(bars) == ["observed", "≥ 200/µL", "≥ 300/µL", "gap beyond the cap"]
    for spans, name in ((summary.observed, "observed"), (summary.above[0], "≥ 200/µL"), (summary.gaps, "gap beyond the cap")):
        start = unpack(bars[name]["base"])
        np.testing.assert_allclose(start, spans.start / 7, rtol=1e-5)
        np.testing.assert_allclose(start + unpack(bars[name]["x"]), spans.end / 7, rtol=1e-5)
        np.testing.assert_array_equal(unpack(bars[name]["y"]), spans.row)
    assert len(figure["layout"]["yaxis"]["ticktext"]) == 15


def test_a_participants_tracks_hold_every_record_with_a_day() -> None:
    summary = summarise_participant(open_scene(odd_data()), "full")
    figure = draw_participant(summary)
    lines = [trace for trace in figure["data"] if trace["name"] in {track.label for track in summary.tracks}]
    assert len(lines) == 5
    for track, trace in zip(summary.tracks, lines, strict=True):
        np.testing.assert_allclose(unpack(trace["x"]), track.day / 7, rtol=1e-6)
        np.testing.assert_allclose(unpack(trace["y"]), track.value, rtol=1e-6)


def test_a_participants_zero_has_a_place_on_a_log_axis() -> None:
    figure = draw_participant(summarise_participant(open_scene(odd_data(), scale="log", analyte=("cd4",)), "zeros"))
    on_log = [trace for trace in figure["data"] if figure["layout"][trace["yaxis"].replace("y", "yaxis")].get("type") == "log"]
    assert {trace["name"] for trace in on_log} >= {protocol().analyte("cd4").label}
    assert all((unpack(trace["y"]) > 0).all() for trace in on_log)


@pytest.mark.parametrize("name", ["full", "late", "zeros"])
def test_a_participants_records_lie_on_the_axis(name: str) -> None:
    figure = draw_participant(summarise_participant(open_scene(odd_data(), analyte=("cd4",)), name))
    low, high = figure["layout"]["xaxis"]["range"]
    (weeks,) = [unpack(trace["x"]) for trace in figure["data"] if trace["name"] == protocol().analyte("cd4").label]
    assert weeks[(weeks < low) | (weeks > high)].tolist() == []


@pytest.mark.parametrize("n", [1, 2, 3, 4])
def test_facets_share_the_width_without_overlap(n: int) -> None:
    domains = facet_domains(n)
    assert domains[0][0] == 0
    assert domains[-1][1] == pytest.approx(1)
    assert all(left[1] < right[0] for left, right in itertools.pairwise(domains))
