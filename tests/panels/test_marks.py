"""Rings stand at exactly the points that are flagged or changed, and what has no point is counted."""

from __future__ import annotations

from typing import Any

import pytest

from dashboard.figures.marks import Rings
from dashboard.figures.style import Trace, unpack
from dashboard.panels import PANELS
from dashboard.scene import Scene
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course
from tests.figures.drawings import draw
from tests.panels.flagged import VALUES, later_scene, odd_visits
from tests.panels.scenes import open_scene

PANEL = PANELS["trajectory"]


def rings_of(scene: Scene, analyte: str = "cd4") -> Rings:
    rings = PANEL.summarise(scene, analyte).rings
    assert rings is not None
    return rings


def ring_traces(figure: dict[str, Any]) -> list[Trace]:
    return [trace for trace in figure["data"] if trace.get("marker", {}).get("size") == 13]


def test_rings_stand_at_exactly_the_flagged_points() -> None:
    # Flagged CD4 records: day 14, below the limit, and day 470, in no window and after the period (its last window ends on day 462).
    # b has a value without a day.
    rings = rings_of(open_scene(odd_visits(), mark="flags", x="day"))
    assert (rings.x.tolist(), rings.y.tolist(), rings.marks) == ([14.0], [2.0], 1)
    assert rings.sentences[0][0].startswith("Below the limit of quantification: CD4 on day 14")
    assert rings.without_point == {"on records that this view leaves out": 1, "without a day": 1}


def test_several_flags_of_one_point_share_its_ring() -> None:
    # Two values on day 30: each of the two records is flagged and ringed, and below the limit is a second flag of the first.
    values = [*course("a", {0: 100.0, 30: 2.0}), ("a", "cd4", 30, 6.0)]
    rings = rings_of(open_scene(build_data(values, below_loq=[1]), mark="flags", x="day"))
    assert sorted(zip(rings.x.tolist(), rings.y.tolist(), map(len, rings.sentences), strict=True)) == [(30.0, 2.0, 2), (30.0, 6.0, 1)]


def test_flags_of_participants_that_are_not_selected_are_no_marks() -> None:
    rings = rings_of(open_scene(odd_visits(), mark="flags", cohort=("480",)))
    assert (len(rings.x), rings.without_point) == (0, {"without a day": 1})


def test_a_missing_baseline_is_counted_as_something_absent() -> None:
    assert rings_of(open_scene(odd_visits(), mark="flags"), "nk").without_point == {"about something absent": 1}


def test_the_ring_is_drawn_once_and_says_why_it_is_there() -> None:
    scene = open_scene(odd_visits(), mark="flags", x="day")
    (trace,) = ring_traces(draw("trajectory", "cd4", scene))
    assert unpack(trace["x"]).tolist() == [14.0]
    assert trace["hovertext"][0].startswith("<b>a, day 14</b><br>Below the limit of quantification: CD4<br>on day 14 is")
    caption = PANEL.describe(PANEL.summarise(scene, "cd4"), scene).caption
    assert "Rings: points with a quality flag: 1. Not marked: 1 on records that this view leaves out and 1 without a day." in caption


def test_without_marks_nothing_is_looked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*arguments: object) -> None:
        raise AssertionError("looked for flags")

    monkeypatch.setattr("dashboard.panels.marks.find_flags", refuse)
    monkeypatch.setattr("dashboard.panels.marks.find_changes", refuse)
    scene = open_scene(odd_visits())
    assert PANEL.summarise(scene, "cd4").rings is None
    assert {track.rings for track in PANELS["participant"].summarise(scene, "a").tracks} == {None}
    assert ring_traces(draw("trajectory", "cd4", scene)) == []


def test_a_participants_figure_marks_its_points_and_tells_the_flags_that_have_none() -> None:
    scene = open_scene(odd_visits(), mark="flags", cohort=("720",))
    (trace,) = ring_traces(draw("participant", "a", scene))
    # In weeks: 14 / 7 and 470 / 7.
    assert unpack(trace["x"]).tolist() == pytest.approx([2.0, 470 / 7], rel=1e-6)
    summary = PANELS["participant"].summarise(scene, "a")
    caption = PANELS["participant"].describe(summary, scene).caption
    assert "Rings: points with a quality flag: 2. Not marked: 4 about something absent." in caption
    assert "Flagged without a point: " in caption
    assert "Dose 2, planned on day 84, was not given." in caption


def test_on_a_log_axis_a_ring_stands_where_its_point_stands() -> None:
    figure = draw("participant", "a", open_scene(odd_visits(), mark="flags", scale="log", analyte=("cd4",)))
    named = {trace["name"]: trace for trace in figure["data"]}
    points, rings = named["CD4 T cells"], named["with a quality flag"]
    days, heights = unpack(points["x"]).tolist(), unpack(points["y"]).tolist()
    place_of = dict(zip(days, heights, strict=True))
    assert [place_of[day] for day in unpack(rings["x"]).tolist()] == unpack(rings["y"]).tolist()


def earlier(values: dict[int, float]) -> StudyData:
    """The data cut before, with other values of participant a."""
    people = {"b": {"cohort": "480", "status": "not dosed"}}
    return build_data([*course("a", values), ("b", "cd4", None, 140.0)], doses={"b": ()}, people=people, below_loq=[2])


def test_rings_stand_at_exactly_the_points_that_changed_since_the_other_cut() -> None:
    # Day 30 was 250 before it was corrected to 260, and day 35 was not there.
    before = {day: value for day, value in VALUES.items() if day != 35} | {30: 250.0}
    rings = rings_of(later_scene(earlier(before), odd_visits(), mark="changes", x="day"))
    assert rings.x.tolist() == [30.0, 35.0]
    assert "250" in rings.sentences[0][0]
    assert "260" in rings.sentences[0][0]
    assert rings.without_point == {}
    assert rings.meaning == "Rings: points changed since the data cut earlier of 2026-01-01"


def test_a_removed_value_has_no_point_and_is_counted() -> None:
    rings = rings_of(later_scene(earlier(VALUES | {60: 240.0}), odd_visits(), mark="changes", x="day"))
    assert (len(rings.x), rings.without_point) == (0, {"removed since": 1})


def test_what_was_recorded_after_the_earlier_cut_is_new_and_not_changed() -> None:
    # The cut 480 days earlier was day 20 of participant a (day 500 at the later one): what is dated later could not be there.
    people = {"a": {"cut_day": 20}, "b": {"cohort": "480", "status": "not dosed"}}
    before = [*course("a", {day: value for day, value in VALUES.items() if day <= 20}), ("b", "cd4", None, 140.0)]
    earlier_data = build_data(before, doses={"b": ()}, people=people, below_loq=[2])
    rings = rings_of(later_scene(earlier_data, odd_visits(), 480, mark="changes"))
    assert (len(rings.x), rings.without_point) == (0, {"new since (recorded after that cut)": 3})


def test_without_another_cut_no_change_is_marked_and_the_caption_says_so() -> None:
    scene = open_scene(odd_visits(), mark="changes")
    summary = PANEL.summarise(scene, "cd4")
    assert summary.rings is not None
    assert len(summary.rings.x) == 0
    assert "No other data cut to compare with; points marked as changed: 0." in PANEL.describe(summary, scene).caption
