"""Behind the numbers of the response page: as many participants as the cell says, out of the right group, with their rows."""

from __future__ import annotations

import re

import pytest

from dashboard.behind import find_behind, table_behind
from dashboard.errors import NotFoundError
from dashboard.panels import PANELS
from dashboard.panels.cells import LinkedText
from tests.endpoints.builders import build_data, course
from tests.panels.pooled import build_simpson, open_pooled
from tests.panels.scenes import open_scene
from tests.panels.test_response_panels import PEOPLE

KEYS = [key for key, panel in PANELS.items() if panel.page == "response"]


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize("choices", [{}, {"by": "dose", "among": "infused"}, {"cohort": ("t-all",), "compare": "dose.1e6"}], ids=str)
def test_behind_every_number_of_a_table_are_as_many_participants_as_it_says(key: str, choices: dict) -> None:
    scene, panel = open_pooled(PEOPLE, **choices), PANELS[key]
    cells = [cell for row in panel.describe(panel.summarise(scene, "-"), scene).rows for cell in row if isinstance(cell, LinkedText)]
    assert cells
    for cell in cells:
        found = find_behind(scene, cell.parts[0].of)
        numbers = [int(number) for number in re.match(r"(\d+)(?:/(\d+))?", cell).groups() if number]  # type: ignore[union-attr]
        assert [len(found.counted), len(found.group)][: len(numbers)] == numbers, cell.parts[0].of
        assert set(found.counted) <= set(found.group)
        assert found.page == "response"


def test_the_rows_behind_a_rate_are_the_delivered_responses_the_one_that_counts_first() -> None:
    rows = table_behind(open_pooled(PEOPLE), "rates:orr:disease:t-all:evaluable")
    assert rows["participant"].tolist() == ["a1", "a2", "a3", "a6"]
    assert rows[["role", "what", "value_text"]].drop_duplicates().to_numpy().tolist() == [
        ["best response", "BESTRESP", "CR"],
        ["best response", "BESTRESP", "CRi"],
        ["best response", "BESTRESP", "PR"],
    ]
    assert set(rows["source_file"]) == {"rs.csv"}


def test_both_sides_of_a_comparison_lead_to_their_participants_in_one_trial_and_in_all() -> None:
    scene = open_pooled(build_simpson())
    assert len(find_behind(scene, "compared:orr:dose:5e5:group:all:evaluable").counted) == 49
    others = find_behind(scene, "compared:orr:dose:5e5:others:nct04572308:evaluable")
    assert (len(others.counted), len(others.group)) == (68, 80)
    assert others.title == "Overall response (CR, CRi or PR), the others than 0.5 × 10⁶ cells/kg, NCT04572308"


def test_the_rows_behind_an_event_of_the_course_are_its_milestones() -> None:
    rows = table_behind(open_pooled(PEOPLE), "courses:transplant:all")
    assert rows[["participant", "what", "day"]].to_numpy().tolist() == [["a1", "STEM CELL TRANSPLANT", 57]]
    first = table_behind(open_pooled(PEOPLE), "courses:first_response:t-lbl")
    assert first["participant"].tolist() == ["b1"]


@pytest.mark.parametrize(
    "cell",
    [
        "rates:orr:disease:nobody:evaluable",
        "rates:none:all:all:evaluable",
        "rates:orr:all:all:enrolled",
        "best:mr:all:all",
        "compared:orr:dose:5e5:neither:all:evaluable",
        "compared:orr:dose:5e5:group:nct00000000:evaluable",
        "compared:orr:dose:5e5:group:all:enrolled",
        "compared:none:dose:5e5:group:all:evaluable",
        "sizes:larger:all",
        "sizes:n:nobody",
        "courses:cured:all",
        "courses:death:nobody",
    ],
)
def test_a_cell_that_the_page_does_not_have_is_not_found(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(open_pooled(PEOPLE), cell)


@pytest.mark.parametrize("cell", ["rates:orr:all:all:evaluable", "best:cr:all:all", "sizes:n:all", "courses:infused:all"])
def test_a_study_without_a_response_has_no_such_cell(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(open_scene(build_data(course("a", {0: 100.0}))), cell)
