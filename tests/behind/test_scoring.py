"""Behind the numbers of titres, questionnaire scores and counts by antibodies, on participants read by hand."""

from __future__ import annotations

from dataclasses import replace
from functools import cache

import pytest

from dashboard.behind import find_behind, table_behind
from dashboard.errors import NotFoundError
from dashboard.panels import PANELS
from dashboard.panels.cells import LinkedText
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course
from tests.endpoints.exploratory.findings import ada, build_findings, finding
from tests.panels.explored import Explored
from tests.panels.scenes import open_scene

# CD4 100 before and 300 at day 14, but c, who has none after the dose. b is of cohort 480.
COURSES = {name: {0: 100.0} if name == "c" else {0: 100.0, 14: 300.0} for name in "abc"}
ANTIBODIES = {"a": ("NEGATIVE", "1:20"), "b": ("NEGATIVE", "1:40"), "c": ("NEGATIVE", "NEGATIVE")}
# Before treatment and at week 36: fourfold, appeared, negative both times.
TITRES = {"a": ("1:40", "1:160"), "b": ("NEGATIVE", "1:80"), "c": ("NEGATIVE", "NEGATIVE")}
# c has no score before, so no change.
SCORES = {"a": (20.0, 24.0), "b": (20.0, 19.0), "c": (None, 15.0)}
ABOUT = {"test": "ANA", "category": "AUTOANTIBODY", "object": "NUCLEAR ANTIGEN", "label": "Antinuclear Antibodies"}
SCALE = {"domain": "QS", "label": "Fatigue score", "category": "FACIT-F"}
ANA, FATIGUE = ("IS", "ANA", "AUTOANTIBODY", "NUCLEAR ANTIGEN"), ("QS", "FACIT", "FACIT-F", "")


@cache
def read_data() -> StudyData:
    values = [row for name, days in COURSES.items() for row in course(name, days)]
    return build_data(values, people={"b": {"cohort": "480"}})


def view(**choices: object) -> Scene:
    rows = [ada(who, day, text) for who, texts in ANTIBODIES.items() for day, text in zip((-1, 84), texts, strict=True)]
    rows += [ada(who, day, text, **ABOUT) for who, texts in TITRES.items() for day, text in zip((-1, 252), texts, strict=True)]
    scores = [(who, day, value) for who, values in SCORES.items() for day, value in zip((-1, 252), values, strict=True)]
    rows += [finding(who, day, value, "FACIT", **SCALE) for who, day, value in scores if value is not None]
    data = read_data()
    return replace(open_scene(data, **choices), archive=Explored(data, build_findings(rows)))


def names(scene: Scene, cell: str) -> tuple[str, str]:
    """Who is counted, and who is in the group."""
    found, people = find_behind(scene, cell), scene.analysis.participants["participant"]
    return "".join(people.iloc[found.counted]), "".join(people.iloc[found.group])


@pytest.mark.parametrize("choices", [{}, {"cohort": ("240",)}], ids=str)
@pytest.mark.parametrize("key", ["titres", "questionnaires", "ada-counts"])
def test_every_cell_with_a_number_is_a_link(key: str, choices: dict[str, tuple[str, ...]]) -> None:
    scene = view(**choices)
    words = PANELS[key].describe(PANELS[key].summarise(scene, "-"), scene)
    assert words.rows
    names_first = words.header.index("Visit") + 1
    for row in words.rows:
        linked = [place for place, cell in enumerate(row) if isinstance(cell, LinkedText)]
        assert linked == [place for place in range(names_first, len(row)) if row[place] != "–"]
        for part in (part for place in linked for part in row[place].parts if part.of):  # type: ignore[attr-defined]
            assert len(find_behind(scene, part.of).counted) == _read_n(part.text)


def _read_n(text: str) -> int:
    """“120 (110 to 130), n = 5”, “3/10, 1:160”, “rose 1”."""
    return int(text.rpartition("n = ")[2] if "n = " in text else text.removeprefix("rose ").partition("/")[0])


def test_behind_a_titre_are_those_who_have_one_and_those_in_whom_it_rose() -> None:
    scene = view()
    assert names(scene, encode_cell("titres", *ANA, "week-36", "positive", "all")) == ("ab", "abc")
    assert names(scene, encode_cell("titres", *ANA, "week-36", "rose", "all")) == ("ab", "abc")
    assert names(scene, encode_cell("titres", *ANA, "week-36", "rose", "480")) == ("b", "b")
    assert names(scene, encode_cell("titres", *ANA, "pre-dose-1", "positive", "all")) == ("a", "abc")
    rows = table_behind(scene, encode_cell("titres", *ANA, "week-36", "rose", "240"))
    assert rows[["participant", "role", "value_text"]].to_numpy().tolist() == [["a", "baseline", "1:40"], ["a", "result", "1:160"]]


def test_behind_a_score_are_those_with_a_change_and_both_scores_of_each() -> None:
    scene = view()
    assert names(scene, encode_cell("scores", *FATIGUE, "", "week-36", "all")) == ("ab", "abc")
    rows = table_behind(scene, encode_cell("scores", *FATIGUE, "", "week-36", "480"))
    assert rows[["participant", "role", "value_text"]].to_numpy().tolist() == [["b", "baseline", "20"], ["b", "result", "19"]]


def test_behind_a_count_by_antibodies_are_the_group_s_values_and_what_put_them_in_it() -> None:
    scene = view()
    assert names(scene, encode_cell("ada-counts", "binding", "emergent", "cd4", "dose-1-day-14")) == ("ab", "ab")
    assert names(scene, encode_cell("ada-counts", "binding", "negative", "cd4", "dose-1-day-14")) == ("", "c")
    rows = table_behind(scene, encode_cell("ada-counts", "binding", "emergent", "cd4", "dose-1-day-14"))
    assert rows.loc[rows["participant"] == "a", ["role", "day", "value_text"]].to_numpy().tolist() == [
        ["count", 14, ""],
        ["before treatment", -1, "NEGATIVE"],
        ["after the first dose", 84, "1:20"],
    ]


@pytest.mark.parametrize(
    "cell",
    [
        encode_cell("titres", *ANA, "week-36", "fell", "all"),
        encode_cell("titres", *ANA, "week-60", "positive", "all"),
        encode_cell("titres", *ANA, "week-36", "positive", "720"),
        encode_cell("scores", *FATIGUE, "points", "week-36", "all"),
        encode_cell("ada-counts", "total", "emergent", "cd4", "dose-1-day-14"),
        encode_cell("ada-counts", "binding", "emergent", "nk", "dose-1-day-14"),
        encode_cell("ada-counts", "binding", "emergent", "cd4", "day-3"),
    ],
)
def test_a_cell_that_the_view_does_not_have_is_not_found(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(view(cohort=("240", "480")), cell)
