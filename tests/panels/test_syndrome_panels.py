"""The panels of CRS and ICANS on a handful of participants whose counts can be seen."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dashboard.behind import find_behind
from dashboard.errors import NotFoundError
from dashboard.figures.style import unpack
from dashboard.figures.syndromes import LEVELS, UNGRADED
from dashboard.panels import PANELS, page_panels
from dashboard.panels.cells import LinkedText
from dashboard.scene import Scene
from dashboard.syndromes import table_crs_icans, table_crs_icans_summary
from tests.endpoints.builders import protocol
from tests.panels.pooled import Person, open_pooled, pooled_protocol


def crs(start: int, end: int, grade: str, **changes: Any) -> dict[str, Any]:
    return {
        "start_day": start, "end_day": end, "grade": grade, "term": "Cytokine release syndrome", "grading_scale": "ASTCT 2019",
        "end_precision": "day", **changes,
    }  # fmt: skip


# Five infused, one never; two with CRS of grade 1 and 3, one on another scale, one not graded, one without.
PEOPLE = [
    Person("P1", events=[crs(2, 4, "1")]),
    Person("P2", events=[crs(3, 5, "1"), crs(4, 4, "3")], given=[("TOCILIZUMAB", 4, 4), ("DEXAMETHASONE", 5, 6)]),
    Person("P3", disease="aml", events=[crs(1, 9, "4", grading_scale="LEE 2014")]),
    Person("P4", disease="aml", events=[crs(6, 7, "")]),
    Person("P5"),
    Person("P6", infused=False),
]


def grades_of(scene: Scene) -> dict[str, tuple[int, ...]]:
    return {bar.label: bar.n for bar in PANELS["syndrome-grades"].summarise(scene, "crs").bars if sum(bar.n)}


def test_bars_count_everybody_dosed_once() -> None:
    # none, grades 1 to 5, not graded. P3 has grades on another scale alone, and so none on this one.
    assert grades_of(open_pooled(PEOPLE)) == {
        "T-ALL": (1, 1, 0, 1, 0, 0, 0),
        "AML": (1, 0, 0, 0, 0, 0, 1),
        "All shown": (2, 1, 0, 1, 0, 0, 1),
    }


def test_grades_on_another_scale_are_left_out_in_words() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-grades"]
    words = panel.describe(panel.summarise(scene, "crs"), scene)
    assert words.not_shown == (
        "1 participant: not dosed, so not at risk",
        "1 event: graded on another scale, which is not pooled with ASTCT 2019",
    )
    assert words.shown == "5 participants dosed"


def test_the_table_says_the_same_by_class_and_every_number_leads_to_its_participants() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-grades"]
    words = panel.describe(panel.summarise(scene, "crs"), scene)
    (whole,) = [row for row in words.rows if row[0] == "All shown"]
    assert [str(cell).split("\u00a0")[0] for cell in whole[1:6]] == ["5", "3/5", "1/5", "1/5", "1/5"]
    linked = [cell for row in words.rows for cell in row if isinstance(cell, LinkedText)]
    assert len(linked) == 8 * len(words.rows)
    for cell in linked:
        behind = find_behind(scene, cell.parts[0].of)
        assert f"{len(behind.counted)}/{len(behind.group)}" == str(cell).split("\u00a0")[0]


def test_behind_a_number_stand_the_participants_and_their_events_on_the_scale() -> None:
    scene = open_pooled(PEOPLE)
    behind = find_behind(scene, "syndrome:crs:3-5:all")
    assert scene.analysis.participants["participant"].iloc[behind.counted].tolist() == ["P2"]
    assert behind.rows["value_text"].tolist() == ["grade 1", "grade 3"]
    assert behind.title == "Cytokine release syndrome, worst grade ≥ 3 (ASTCT 2019), all shown"


@pytest.mark.parametrize("cell", ["syndrome:flu:any:all", "syndrome:crs:6:all", "syndrome:crs:any:nobody"])
def test_a_cell_that_does_not_exist_is_not_found(cell: str) -> None:
    with pytest.raises(NotFoundError):
        find_behind(open_pooled(PEOPLE), cell)


def test_days_have_the_worst_grade_and_treatments_their_first_day() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-days"]
    summary = panel.summarise(scene, "crs")
    # By cohort, then the worst grade: T-ALL: P2 (3), P1 (1); AML: P4, not graded.
    assert [row.label for row in summary.rows] == ["T-ALL", "P2", "P1", "AML", "P4"]
    days = np.arange(summary.first_day, summary.first_day + summary.levels.shape[1])
    drawn = {
        row.label: {int(day): level for day, level in zip(days, levels, strict=True) if not np.isnan(level)}
        for row, levels in zip(summary.rows, summary.levels, strict=True)
    }
    assert drawn == {"T-ALL": {}, "P2": {3: 1, 4: 3, 5: 1}, "P1": {2: 1, 3: 1, 4: 1}, "AML": {}, "P4": {6: UNGRADED, 7: UNGRADED}}
    assert [(marks.label, marks.row.tolist(), marks.day.tolist()) for marks in summary.given] == [
        ("Tocilizumab", [1], [4]),
        ("Steroids", [1], [5]),
    ]


def test_onset_and_duration_stand_in_the_table_with_their_numbers() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-days"]
    summary = panel.summarise(scene, "crs")
    (whole,) = [row for row in summary.cells if row[0] == "All shown"]
    # Onsets 2, 3 and 6: median 3. Durations 3 (days 2 to 4), 3 (3 to 5) and 2 (6 to 7): median 3.
    assert [str(cell) for cell in whole] == ["All shown", "3", "3\u00a0(2–6)", "3", "3\u00a0(2–3)", "3", "0", "1", "1"]
    assert summary.header[-2:] == ("Tocilizumab", "Steroids")


@pytest.mark.parametrize("key", ["syndrome-grades", "syndrome-days"])
@pytest.mark.parametrize("subject", ["crs", "icans"])
def test_nobody_with_the_syndrome_is_said_and_not_an_empty_figure(key: str, subject: str) -> None:
    scene, panel = open_pooled([Person("P1"), Person("P2")]), PANELS[key]
    figure = panel.draw(panel.summarise(scene, subject))
    assert figure["data"] == []
    assert any(f"No {subject.upper()} in this selection" in note["text"] for note in figure["layout"]["annotations"])


def test_a_colour_and_a_sign_for_each_grade_that_is_drawn() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-days"]
    named = [trace["name"] for trace in panel.draw(panel.summarise(scene, "crs"))["data"]]
    assert named == ["worst grade", "Tocilizumab", "Steroids", "grade 1", "grade 3", "not graded"]


def test_bars_are_percents_of_those_dosed() -> None:
    scene, panel = open_pooled(PEOPLE), PANELS["syndrome-grades"]
    data = panel.draw(panel.summarise(scene, "crs"))["data"]
    whole = {trace["name"]: unpack(trace["x"])[-1] for trace in data}
    assert whole == {"none": 40.0, "grade 1": 20.0, "grade 3": 20.0, "not graded": 20.0}
    assert set(whole) <= {name for _, name in LEVELS.values()}


def test_the_tables_hold_a_row_for_each_syndrome_of_the_definition() -> None:
    scene = open_pooled(PEOPLE)
    rows = table_crs_icans(scene)
    assert rows.groupby("syndrome").size().to_dict() == {"crs": 5, "icans": 5}
    assert rows.loc[(rows["syndrome"] == "crs") & (rows["participant"] == "P2"), "treatments"].tolist() == ["tocilizumab,steroids"]
    summary = table_crs_icans_summary(scene)
    own = summary[(summary["syndrome"] == "icans") & (summary["grades"] == "any")]
    assert own["n"].tolist() == [0] * len(own)


def test_a_study_without_syndromes_has_no_such_panels() -> None:
    assert not [panel for panel, _ in page_panels("safety", protocol()) if panel.key.startswith("syndrome")]
    assert [subject for panel, subject in page_panels("safety", pooled_protocol()) if panel.key == "syndrome-grades"] == ["crs", "icans"]
