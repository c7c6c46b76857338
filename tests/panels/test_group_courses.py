"""The panels of counts by antibody status and of questionnaire scores: medians of groups of five, values of smaller ones."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.figures.style import unpack
from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.scene import Scene
from dashboard.tables import TABLES
from tests.endpoints.builders import build_data, course
from tests.endpoints.exploratory.findings import ada, build_findings, finding
from tests.figures.drawings import draw
from tests.panels.explored import Explored, explore
from tests.panels.scenes import open_scene

PEOPLE = [f"p{place}" for place in range(8)]


def score(who: str, day: int, value: float, **more: Any) -> dict[str, Any]:
    return finding(who, day, value, "FACIT", **{"domain": "QS", "label": "Fatigue score", "category": "FACIT-F", **more})


def scene_with(findings: list[dict[str, Any]], **choices: Any) -> Scene:
    """Eight participants of 240 with CD4 100, 110, ... 170 before the dose and ten times that at day 14."""
    data = build_data([row for place, who in enumerate(PEOPLE) for row in course(who, {0: 100.0 + 10 * place, 14: 1000.0 + 100 * place})])
    return replace(open_scene(data, **choices), archive=Explored(data, build_findings(findings)))


def samples(positive: int) -> list[dict[str, Any]]:
    """Everybody negative before; the first `positive` participants positive after the dose."""
    after = ["1:20" if place < positive else "NEGATIVE" for place in range(len(PEOPLE))]
    return [ada(who, day, text) for who, later in zip(PEOPLE, after, strict=True) for day, text in ((-1, "NEGATIVE"), (84, later))]


def words(key: str, scene: Scene) -> Words:
    return PANELS[key].describe(PANELS[key].summarise(scene, "-"), scene)


def test_a_group_of_five_shows_median_and_quartiles_and_one_of_three_its_values() -> None:
    described = words("ada-counts", scene_with(samples(5)))
    assert described.header[:3] == ("Visit", "Binding: induced or boosted", "Binding: negative")
    rows = {row[0]: row[1:3] for row in described.rows}
    # 100, 110, 120, 130, 140: median 120, quartiles 110 and 130; the other three are 150, 160 and 170.
    assert rows["Dose 1 (week 0)"] == ("120 (110 to 130), n = 5", "150, 160, 170; n = 3")
    assert rows["14 days after dose 1"] == ("1,200 (1,100 to 1,300), n = 5", "1,500, 1,600, 1,700; n = 3")


def test_the_figure_joins_medians_and_marks_the_values_of_a_small_group() -> None:
    data = draw("ada-counts", "-", scene_with(samples(5)))["data"]
    lines = {trace["name"]: unpack(trace["y"]) for trace in data if trace["yaxis"] == "y" and trace["mode"] == "lines+markers"}
    assert lines["Induced or boosted"].tolist() == [120, 1200]
    assert np.isnan(lines["Negative"]).all()
    (few,) = [trace for trace in data if trace["yaxis"] == "y" and trace.get("name") == "values of small groups"]
    assert sorted(unpack(few["y"]).tolist()) == [150, 160, 170, 1500, 1600, 1700]
    assert set(few["marker"]["symbol"]) == {"square-open"}
    assert unpack(few["customdata"]).tolist() == [5, 6, 7, 5, 6, 7]
    numbers = next(trace for trace in data if trace.get("name") == "n")
    assert (numbers["text"], unpack(numbers["y"]).tolist()) == (["5", "5", "3", "3"], [0, 0, 1, 1])


def test_the_figure_draws_the_numbers_of_the_table() -> None:
    scene = scene_with(samples(5))
    table = TABLES["ada-count-summary"].make(scene)
    drawn = table[(table["kind"] == "binding") & (table["group"] == "emergent") & (table["n"] > 0)]
    line = next(trace for trace in draw("ada-counts", "-", scene)["data"] if trace.get("name") == "Induced or boosted")
    assert unpack(line["y"]).tolist() == drawn["median"].tolist()
    assert unpack(line["customdata"]).tolist() == drawn[["n", "q1", "q3"]].to_numpy().tolist()
    rows = TABLES["ada-counts"].make(scene)
    assert rows.groupby("kind").size().to_dict() == {"binding": 16, "neutralising": 6}


def test_the_count_split_by_antibodies_is_the_one_chosen() -> None:
    described = words("ada-counts", explore(analyte=("nk",)))
    assert described.caption.startswith("NK by planned visit")
    assert set(TABLES["ada-counts"].make(explore())["analyte"]) == {"cd4"}


def test_who_is_in_no_group_is_named_with_the_reason() -> None:
    # Of the five: e was not dosed, d has no sample after the dose.
    assert words("ada-counts", explore()).not_shown == (
        "1 participant: not dosed",
        "1 participant: no sample after the first dose tested for antibodies",
    )


def test_a_questionnaire_is_shown_as_change_from_the_own_last_score() -> None:
    # Before: 20 for everybody. At week 36 the change is −2, −1, 0, 1, 2, 3, 4, 5: median 1.5, quartiles −0.25 and 3.25.
    rows = [score(who, day, value) for place, who in enumerate(PEOPLE) for day, value in ((-1, 20.0), (252, 18.0 + place))]
    scene = scene_with(rows)
    described = words("questionnaires", scene)
    assert described.rows == (("Fatigue score (FACIT-F)", "Week 36 (interim)", "1.5 (−0.2 to 3.2), n = 8", "–", "–"),)
    table = TABLES["questionnaire-summary"].make(scene).set_index(["cohort", "visit"])
    assert table.loc[("240", "week-36"), ["n", "median", "q1", "q3"]].tolist() == [8, 1.5, -0.25, 3.25]
    assert described.shown == "8 scores of 8 participants"


def test_every_score_is_shown_or_counted_with_a_reason() -> None:
    # p0 has no score before; p1 changes the unit; p2 answers in a word, which is no score.
    rows = [
        score("p0", 252, 20.0),
        *(score("p1", day, 20.0, unit_text=unit) for day, unit in ((-1, ""), (252, "%"))),
        score("p2", 252, "refused"),
        *(score("p3", day, value) for day, value in ((-1, 20.0), (252, 24.0))),
    ]
    described = words("questionnaires", scene_with(rows))
    assert described.shown == "1 score of 1 participant"
    assert described.not_shown == (
        "2 scores: on or before day 0, or in no planned visit",
        "2 scores: no baseline in the same unit",
    )
    assert described.rows[0][2] == "4; n = 1"


def test_a_scale_of_which_every_change_is_in_another_unit_than_its_first_score_is_not_drawn() -> None:
    # The first score of the scale has no unit and no second one; p1 has two in percent.
    rows = [score("p0", -1, 20.0), *(score("p1", day, value, unit_text="%") for day, value in ((-1, 20.0), (252, 30.0)))]
    described = words("questionnaires", scene_with(rows))
    assert (described.shown, described.rows) == ("0 scores of 0 participants", ())
    assert described.not_shown[-1] == "1 score: in another unit than the first of its scale"


def test_a_sum_is_drawn_and_its_items_are_in_the_files() -> None:
    rows = [
        {**score("p0", day, value, label=label), "test": f"T{number}"}
        for number, label in enumerate(("Item 1", "Sum of the items"))
        for day, value in ((-1, 1.0), (252, 2.0))
    ]
    scene = scene_with(rows)
    assert [row[0] for row in words("questionnaires", scene).rows] == ["Sum of the items (FACIT-F)"]
    assert set(TABLES["questionnaire-summary"].make(scene)["label"]) == {"Item 1", "Sum of the items"}


def test_scores_are_in_one_panel_only() -> None:
    rows = [score(who, day, value) for place, who in enumerate(PEOPLE) for day, value in ((-1, 20.0), (252, 18.0 + place))]
    assert words("findings", scene_with(rows)).not_shown == (
        "16 results: antibodies, concentrations and questionnaire scores, in the figures above",
    )


@pytest.mark.parametrize("key", ["questionnaires", "titres"])
def test_a_delivery_without_them_leaves_a_sentence_and_no_empty_figure(key: str) -> None:
    scene = scene_with(samples(2))
    summary = PANELS[key].summarise(scene, "-")
    assert PANELS[key].rows(summary) == 0
    assert draw(key, "-", scene)["data"] == []
    assert words(key, scene).rows == ()


def test_no_more_than_forty_traces_are_drawn_of_many_scales() -> None:
    rows = [
        score(who, day, value, label=f"Scale {number}", category=f"Q{number}")
        for number in range(7)
        for place, who in enumerate(PEOPLE)
        for day, value in ((-1, 20.0), (252, 18.0 + place))
    ]
    scene = scene_with(rows)
    assert len(draw("questionnaires", "-", scene)["data"]) <= 40
    assert words("questionnaires", scene).not_shown == (
        "56 scores: on or before day 0, or in no planned visit",
        "16 scores: an item of a sum that is drawn, or beyond what a figure holds; the files have it",
    )
    assert TABLES["questionnaire-summary"].make(scene)["category"].nunique() == 7
    assert isinstance(scene.records("finding"), pd.DataFrame)
