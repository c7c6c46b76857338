"""The cohort behind a participant's line, and what the caption says of it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from dashboard.figures.participant import draw_participant
from dashboard.figures.style import Trace, unpack
from dashboard.panels import PANELS
from dashboard.panels.participants import MOST_OTHERS, summarise_participant
from dashboard.scene import Scene
from tests.endpoints.builders import build_data, course
from tests.panels.scenes import open_scene


def scene_of_four(**choices: object) -> Scene:
    """a, b and c of 240 with one, two and one values; d of 480."""
    values = [
        *course("a", {0: 100.0, 14: 200.0}),
        *course("b", {0: 300.0, 14: 5000.0}),
        *course("c", {14: 40.0}),
        *course("d", {0: 700.0}),
    ]
    return open_scene(build_data(values, people={"d": {"cohort": "480"}}), **choices)


def named(scene: Scene, name: str) -> list[Trace]:
    return [trace for trace in draw_participant(summarise_participant(scene, "a"))["data"] if trace["name"].endswith(name)]


def caption(scene: Scene, name: str = "a") -> str:
    return PANELS["participant"].describe(summarise_participant(scene, name), scene).caption


def test_the_others_of_the_cohort_are_lines_of_their_own() -> None:
    (others,) = named(scene_of_four(), ", others of the cohort")
    y = unpack(others["y"]).astype(float)
    # b, then c, with a gap between; neither a nor d (of another cohort).
    assert y[[0, 1, 3]].tolist() == [300, 5000, 40]
    assert np.isnan(y[2])
    assert "Pale lines: the others of the cohort" in caption(scene_of_four())


def test_a_single_high_line_of_another_does_not_flatten_the_participant() -> None:
    figure = draw_participant(summarise_participant(scene_of_four(), "a"))
    # Medians of the cohort: 200 of 100 and 300, and 200 of 200, 5,000 and 40; the thresholds are 200 and 300.
    assert figure["layout"]["yaxis"]["range"] == pytest.approx([-12, 330])


def test_too_many_others_are_left_to_the_quartiles() -> None:
    people = [f"p{number:02d}" for number in range(MOST_OTHERS + 2)]
    scene = open_scene(build_data([row for name in ["a", *people] for row in course(name, {0: 100.0})]))
    assert named(scene, ", others of the cohort") == []
    assert "Pale lines" not in caption(scene)


def test_the_caption_says_that_a_history_is_too_short() -> None:
    assert "No own range of CD4: the history is too short: 1 of the 3 values needed before the first dose." in caption(scene_of_four())


@pytest.mark.parametrize(("cut", "side"), [(240, "right"), (264, "left"), (130, None)])
def test_the_name_of_the_data_cut_stands_away_from_a_milestone_close_by(cut: int, side: str | None) -> None:
    # The interim is at day 252.
    summary = replace(summarise_participant(scene_of_four(), "a"), cut_day=cut)
    (note,) = [note for note in draw_participant(summary)["layout"]["annotations"] if note["text"] == "data cut"]
    assert note.get("xanchor") == side
