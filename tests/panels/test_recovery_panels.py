"""The panels of recovery on a handful of participants whose counts can be seen."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from dashboard.errors import NotFoundError
from dashboard.panels import PANELS, page_panels
from dashboard.recovery import table_aplasia, table_recovery
from dashboard.scene import Scene, select_records
from dashboard.study.columns import COUNT_COLUMNS, conform
from tests.endpoints.builders import protocol
from tests.panels.pooled import Person, PooledCut, open_pooled, pooled_protocol

# CD4 by day since the infusion: P1 recovers on day 60, P2 has a transplant on day 50, P3 dies on day 40, P4 is never low, P5 has none.
PEOPLE = [
    Person("P1"),
    Person("P2", milestones=[("STEM CELL TRANSPLANT", 50)]),
    Person("P3", status="died", last_day=40, milestones=[("DEATH", 40)]),
    Person("P4", disease="aml"),
    Person("P5", disease="aml"),
]
CD4 = {"P1": {14: 20, 28: 90, 60: 240}, "P2": {14: 30, 60: 300}, "P3": {14: 10}, "P4": {14: 400}}


def counts() -> pd.DataFrame:
    rows = [(name, "cd4", day, value) for name, days in CD4.items() for day, value in days.items()]
    rows += [(name, "cd3", day, value / 2) for name, days in CD4.items() for day, value in days.items()]
    frame = pd.DataFrame(sorted(rows), columns=["participant", "analyte", "day", "value"])
    told = dict.fromkeys(("visit_label", "value_text", "unit_text"), "") | dict.fromkeys(
        ("below_loq", "after_dose", "marked_unscheduled"), False
    )
    return conform(frame.assign(**told, source_file="cp.csv", source_row=range(1, len(frame) + 1)), COUNT_COLUMNS)


def opened(**choices: Any) -> Scene:
    return open_pooled(PEOPLE, counts=counts(), **choices)


def test_the_table_says_what_ended_the_wait_or_why_there_is_none() -> None:
    rows = table_recovery(opened())
    own = rows[(rows["analyte"] == "cd4") & (rows["level"] == 200)].set_index("participant")
    assert own["ended_by"].to_dict() == {"P1": "recovered", "P2": "transplant", "P3": "died", "P4": "", "P5": ""}
    assert own["time"].dropna().to_dict() == {"P1": 60.0, "P2": 50.0, "P3": 40.0}
    assert own["reason"].tolist()[3:] == ["no count below the level after day 0", "no count after day 0"]


def test_recovery_is_a_cumulative_incidence_with_what_competes() -> None:
    scene, panel = opened(), PANELS["recovery"]
    summary = panel.summarise(scene, "cd4-200")
    whole = next(row for row in summary.rows if row.cohort == "all")
    # Three at risk; death on day 40, transplant on day 50, recovery on day 60: one third each.
    assert whole.n == 3
    assert whole.estimate.incidence[-1].tolist() == pytest.approx([1 / 3, 1 / 3, 1 / 3])
    words = panel.describe(summary, scene)
    assert next(row for row in words.rows if row[0] == "All shown")[:6] == ("All shown", "3", "1", "1", "1", "0")
    assert words.header[:6] == ("Disease", "n", "Recovered", "Transplant first", "Died first", "Censored")
    assert "3 participants with a count below the level" in words.shown


def test_who_does_not_wait_is_counted_by_reason_the_most_frequent_first() -> None:
    scene = open_pooled([*PEOPLE, Person("P6")], counts=counts())
    summary = PANELS["recovery"].summarise(scene, "cd4-200")
    # P5 and P6 have no count, P4 is never low.
    assert list(summary.left_out.items()) == [("no count after day 0", 2), ("no count below the level after day 0", 1)]
    assert summary.n + sum(summary.left_out.values()) == 6


def test_aplasia_counts_participants_at_the_visit() -> None:
    table = table_aplasia(opened())
    day14 = table[(table["visit"] == "day-14") & (table["cohort"] == "all")].iloc[0]
    # CD3 on day 14: 10, 15, 5 and 200; below 50: three of four.
    assert (day14["n"], day14["of"]) == (3, 4)


def test_counts_after_the_transplant_are_marked_and_can_be_left_out() -> None:
    marked, left_out = opened(), opened(after="left-out")
    lines = PANELS["trajectory"].summarise(marked, "cd4").lines
    assert sum(int(line.later.sum()) for line in lines) == 1
    assert PANELS["trajectory"].summarise(left_out, "cd4").records == 6
    assert select_records(left_out, "cd4").not_shown == {"after transplant, left out by choice": 1}
    table = table_aplasia(left_out)
    month2 = table[(table["visit"] == "month-2") & (table["cohort"] == "all")].iloc[0]
    # Day 60 is in the window of month 2: P1 (120) and, after the transplant, P2 (150).
    assert month2["of"] == 1


def test_summaries_by_visit_leave_out_the_same_counts() -> None:
    n = {}
    for after in ("marked", "left-out"):
        centres = PANELS["trajectory"].summarise(opened(after=after), "cd4").visit_n
        n[after] = sum(number for _, number, _ in centres)
    assert n["marked"] - n["left-out"] == 1


@pytest.mark.parametrize(("key", "subject"), [("recovery", "cd4-200"), ("recovery-aplasia", "cd3")])
def test_nobody_to_show_is_said(key: str, subject: str) -> None:
    scene = open_pooled([Person("P1")])
    figure = PANELS[key].draw(PANELS[key].summarise(scene, subject))
    assert figure["data"] == []
    assert any("in this selection" in note["text"] or "of the selection" in note["text"] for note in figure["layout"]["annotations"])


def test_a_level_that_the_definition_does_not_have_is_not_found() -> None:
    with pytest.raises(NotFoundError):
        PANELS["recovery"].summarise(opened(), "cd4-999")


def test_a_study_without_recovery_has_no_such_panels_and_no_later_counts() -> None:
    assert [panel.key for panel, _ in page_panels("trajectories", protocol()) if panel.key.startswith("recovery")] == []
    assert protocol().later == ""
    assert pooled_protocol().later == "transplant"
    assert np.isnan(replace(opened(), protocol=protocol()).milestone_days).all()


def test_an_archive_of_people_holds_their_counts() -> None:
    assert isinstance(opened().archive, PooledCut)
    assert len(opened().analysis.counts) == 2 * sum(map(len, CD4.values()))
