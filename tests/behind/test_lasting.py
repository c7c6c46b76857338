"""Behind the numbers of the thresholds page: responders, sweep, days above and time to first, on four courses read by hand."""

from __future__ import annotations

import re
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
from tests.panels.scenes import odd_data, open_scene

KEYS = ("responders", "sweep", "time-above", "reached")
# CD4 by day. Week 36 is day 252, and the period to it ends with its window; day 420 is week 60.
COURSES = {
    "riser": {0: 100.0, 30: 250.0, 98: 350.0, 252: 320.0, 420: 500.0},
    "falls": {0: 150.0, 30: 210.0, 98: 190.0, 252: 150.0},
    "never": {0: 120.0, 30: 130.0, 252: 140.0},
    "above": {0: 400.0, 30: 410.0, 252: 420.0},
    "alone": {0: 90.0},
}


@cache
def read_courses() -> StudyData:
    values = [row for name, days in COURSES.items() for row in course(name, days)]
    return build_data(values, people={name: {"cohort": "480" if name == "alone" else "240"} for name in COURSES})


def view(**choices: object) -> Scene:
    return open_scene(read_courses(), **choices)


def names(scene: Scene, cell: str) -> tuple[list[str], list[str]]:
    """Who is counted, and who is in the group."""
    found, people = find_behind(scene, cell), scene.analysis.participants["participant"]
    return people.iloc[found.counted].tolist(), people.iloc[found.group].tolist()


@pytest.mark.parametrize("key", KEYS)
@pytest.mark.parametrize(
    "choices", [{}, {"who": "everyone"}, {"cohort": ("240",), "sex": ("F",)}, {"respond": "ever", "n": "observed", "rule": "locf"}], ids=str
)
@pytest.mark.parametrize("make", [view, lambda **choices: open_scene(odd_data(), **choices)], ids=["courses", "odd"])
def test_every_number_of_the_tables_leads_to_as_many_participants_as_it_says(key: str, choices: dict, make: object) -> None:
    scene, panel = make(**choices), PANELS[key]  # type: ignore[operator]
    words = panel.describe(panel.summarise(scene, "-"), scene)
    assert words.rows
    for row in words.rows:
        places = [place for place, cell in enumerate(row) if isinstance(cell, LinkedText)]
        # Behind the names of the row (threshold and cohort, or cohort alone) every cell with a number is a link.
        first = words.header.index(scene.protocol.study.cohort_word) + 1
        assert places == [place for place in range(first, len(words.header)) if row[place] != "–"]
        for place in places:
            found = find_behind(scene, row[place].parts[0].of)  # type: ignore[attr-defined]
            assert (found.page, set(found.counted) <= set(found.group)) == ("thresholds", True)
            assert scene.selection.mask[found.group].all()
            numbers = read_numbers(words.header[place], row[place])
            assert [len(found.counted), len(found.group)][: len(numbers)] == numbers, (words.header[place], row[place])


def read_numbers(column: str, text: str) -> list[int]:
    """The participants that a text states; means and medians state days."""
    if column.startswith(("Mean", "Median", "Covered")):
        return []
    return [int(number) for number in re.match(r"(\d+)(?:/(\d+))?", text).groups() if number]  # type: ignore[union-attr]


def test_days_above_lead_to_those_with_covered_days_and_among_them_to_those_above() -> None:
    # “above” begins above 300 and is not eligible; “alone” has one value and covers nothing.
    scene = view()
    assert names(scene, "time-above:n:300:240") == (["falls", "never", "riser"], ["falls", "never", "riser"])
    assert names(scene, "time-above:any:300:240") == (["riser"], ["falls", "never", "riser"])
    assert names(scene, "time-above:any:200:240") == (["falls", "riser"], ["falls", "never", "riser"])
    assert names(scene, "time-above:n:200:480") == ([], [])
    everyone = view(who="everyone")
    assert names(everyone, "time-above:any:300:240") == (["above", "riser"], ["above", "falls", "never", "riser"])


def test_the_rows_behind_days_above_are_the_baseline_and_the_counts_of_the_period() -> None:
    assert read_rows(view(period="to-week-36"), "time-above:any:300:240") == [
        ("riser", "baseline", 0),
        ("riser", "below the threshold", 30),
        ("riser", "at or above the threshold", 98),
        ("riser", "at or above the threshold", 252),
    ]


def test_the_time_to_a_threshold_leads_to_the_count_that_ended_it() -> None:
    scene = view(who="everyone")
    assert names(scene, "reached:events:200:240") == (["above", "falls", "riser"], ["above", "falls", "never", "riser"])
    ended = [("above", "first at or above: baseline", 0), ("falls", "first at or above", 30), ("riser", "first at or above", 30)]
    assert read_rows(scene, "reached:events:200:240") == ended
    assert read_rows(scene, "reached:n:200:240") == [*ended[:2], ("never", "last value", 252), ended[2]]
    assert names(scene, "reached:n:200:480") == (["alone"], ["alone"])


def test_the_number_under_the_sweep_leads_to_everyone_in_the_denominator_with_the_counts_of_the_visit() -> None:
    scene = view(n="observed", visit="week-36")
    assert names(scene, "sweep:240") == (["above", "falls", "never", "riser"], ["above", "falls", "never", "riser"])
    assert names(scene, "sweep:all") == (["above", "falls", "never", "riser"], ["above", "alone", "falls", "never", "riser"])
    assert read_rows(scene, "sweep:all") == [(name, "read by the rule", 252) for name in ("above", "falls", "never", "riser")]


def test_counts_after_the_period_are_not_behind_a_responder_of_the_period() -> None:
    rows = read_rows(view(respond="ever", period="to-week-36", who="everyone"), "responders:everyone:300:240")
    assert [day for name, _, day in rows if name == "riser"] == [30, 98, 252]


def read_rows(scene: Scene, cell: str) -> list[tuple[str, str, int]]:
    """Participant, role and day of each row behind a cell."""
    table = table_behind(scene, cell)
    return [(name, role, int(day)) for name, role, day in table[["participant", "role", "day"]].itertuples(index=False)]


@pytest.mark.parametrize(
    "cell",
    [
        encode_cell("time-above", "mean", "200", "240"), "time-above:n:250:240", "time-above:n:200:960", "time-above:n:200:all",
        "time-above:n:x:240", "reached:any:200:240", "reached:n:250:240", "reached:n:200:all", "sweep:960", "sweep:",
    ],
)  # fmt: skip
def test_a_cell_that_the_tables_do_not_have_is_not_found(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(view(), cell)
