"""The panel of autoantibody titres against a small trial counted by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.figures.style import unpack
from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.scene import Scene
from dashboard.tables import TABLES
from tests.endpoints.builders import build_data, course
from tests.endpoints.exploratory.findings import ada, build_findings
from tests.figures.drawings import draw
from tests.panels.explored import Explored
from tests.panels.scenes import open_scene

# Before treatment (screening) and at week 36; b is of cohort 480.
RESULTS = {"a": ("1:40", "1:160"), "b": ("NEGATIVE", "1:80"), "c": ("NEGATIVE", "NEGATIVE")}
ABOUT = {"test": "ANA", "category": "AUTOANTIBODY", "object": "NUCLEAR ANTIGEN", "label": "Antinuclear Antibodies"}


def scene_with(*more: dict[str, Any], **choices: Any) -> Scene:
    data = build_data([row for who in RESULTS for row in course(who, {0: 100.0})], people={"b": {"cohort": "480"}})
    rows = [ada(who, day, text, **ABOUT) for who, texts in RESULTS.items() for day, text in zip((-28, 252), texts, strict=True)]
    return replace(open_scene(data, **choices), archive=Explored(data, build_findings([*rows, *more])))


def words(scene: Scene) -> Words:
    return PANELS["titres"].describe(PANELS["titres"].summarise(scene, "-"), scene)


def test_titres_are_counted_by_visit_with_their_range_and_those_that_rose() -> None:
    rows = words(scene_with()).rows
    assert rows == (
        ("Antinuclear Antibodies (nuclear antigen)", "Screening", "1/2, 1:40", "0/1", "–", "1/3, 1:40"),
        ("Antinuclear Antibodies (nuclear antigen)", "Week 36 (interim)", "1/2, 1:160; rose 1", "1/1, 1:80; rose 1", "–",
         "2/3, 1:80 to 1:160; rose 2"),
    )  # fmt: skip
    table = TABLES["titre-summary"].make(scene_with()).set_index(["cohort", "visit"])
    assert table.loc[("all", "week-36"), ["n", "positive", "appeared", "risen"]].tolist() == [3, 2, 1, 1]


def test_each_step_of_the_axis_is_a_doubling_and_negative_results_have_a_lane_below() -> None:
    figure = draw("titres", "-", scene_with())
    axis = figure["layout"]["yaxis"]
    assert axis["ticktext"] == ["negative", "1:40", "1:80", "1:160"]
    assert np.diff(axis["tickvals"][1:]) == pytest.approx([1, 1])
    lane = axis["tickvals"][0]
    assert lane < axis["tickvals"][1]
    first = next(trace for trace in figure["data"] if trace["name"] == "240 µg/kg")
    heights = unpack(first["y"]).astype(float)
    # a goes from 1:40 to 1:160, c stays negative; a gap parts the two lines.
    assert heights[[0, 1]] == pytest.approx(np.log2([40, 160]))
    assert np.isnan(heights[2])
    assert heights[[3, 4]] == pytest.approx([lane, lane])
    assert first["text"][1] == "a, Week 36 (interim): 1:160 (before treatment: 1:40)"
    assert unpack(first["customdata"])[[0, 1, 3, 4]].tolist() == [0, 0, 2, 2]


def test_a_result_that_is_no_titre_is_counted_and_stays_among_the_findings() -> None:
    scene = scene_with(ada("a", 252, "POSITIVE", **(ABOUT | {"test": "RF", "object": "", "label": "Rheumatoid Factor"})))
    assert words(scene).not_shown == ("1 result: neither a titre nor negative",)
    table = PANELS["findings"].describe(PANELS["findings"].summarise(scene, "-"), scene).rows
    assert [row[0] for row in table] == ["Rheumatoid Factor (autoantibody)"]


def test_the_filters_narrow_the_titres() -> None:
    described = words(scene_with(cohort=("480",)))
    assert (described.header[2:], described.shown) == (("480 µg/kg", "All shown"), "2 results of 1 participant")
