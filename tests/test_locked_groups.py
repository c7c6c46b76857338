"""Under a lock who is in which group follows from what is known at the lock, also where the groups follow from events."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.tables import TABLES
from dashboard.workspace import Workspace
from tests.panels.pooled import Person, PooledCut, build_people, pooled_protocol

LOCKED = "until=to-day-28"
FEW = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
CUT, TRANSPLANT = 500, "STEM CELL TRANSPLANT"
LATER = st.integers(29, CUT)


@dataclass(frozen=True)
class OneRelease:
    """A repository of one published data cut of people."""

    cut: PooledCut

    def list_published(self, study: str) -> list[Snapshot]:
        return self.cut.published()

    def list_all(self, study: str) -> list[Snapshot]:
        return self.cut.published()

    def list_withdrawn(self, study: str) -> list[Snapshot]:
        return []

    def find(self, study: str, cut: str | None) -> Snapshot:
        return self.cut.data.snapshot

    def load(self, snapshot: Snapshot) -> StudyData:
        return self.cut.data

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        # A later row moves no earlier one in the file.
        return self.cut.records(snapshot, table).assign(source_row=1)


def work_on(people: Sequence[Person]) -> Workspace:
    return Workspace({"ns7car": pooled_protocol()}, OneRelease(PooledCut(build_people(people), people)))


def open_people(people: Sequence[Person], query: str) -> Scene:
    scene, problems = work_on(people).open("ns7car", query)
    assert problems == ()
    return scene


def crs(start_day: int, **changes: Any) -> dict[str, Any]:
    return {"start_day": start_day, "term": "Cytokine release syndrome", "grading_scale": "ASTCT 2019", "grade": "2", **changes}


# P3 has a CRS that goes on at day 28 and has no grade yet. P4 had one before day 0. P5 was never infused. All were last seen on day 0.
PEOPLE = (
    Person("P1", last_day=0, events=[crs(2, grade="1", end_day=9)], milestones=[(TRANSPLANT, 20)]),
    Person("P2", 1, last_day=0, milestones=[(TRANSPLANT, -300)]),
    Person("P3", 1, "aml", last_day=0, events=[crs(5, grade="", ongoing=True)]),
    Person("P4", 2, "aml", "SD", last_day=0, events=[crs(-20, end_day=-12)]),
    Person("P5", infused=False),
)
# The CRS of P3 led to death on day 60; everyone infused had a worse CRS on day 50 and a transplant on day 40.
EVERYTHING = tuple(
    replace(
        person,
        last_day=60,
        status="died",
        events=[*([crs(5, grade="5", end_day=60, outcome="FATAL")] if person.name == "P3" else person.events), crs(50, grade="4")],
        milestones=[*person.milestones, (TRANSPLANT, 40), ("DEATH", 60)],
    )
    if person.infused
    else person
    for person in PEOPLE
)


@st.composite
def later_people(draw: st.DrawFn) -> tuple[Person, ...]:
    """PEOPLE with any events, milestones and endings after day 28."""
    return tuple(_go_on(draw, person) if person.infused else person for person in PEOPLE)


def _go_on(draw: st.DrawFn, person: Person) -> Person:
    events = st.builds(lambda day, grade: crs(day, grade=grade), LATER, st.sampled_from(["", "1", "2", "4"]))
    terms = st.sampled_from([TRANSPLANT, "RELAPSE", "LAST CONTACT"])
    return replace(
        person,
        last_day=draw(st.one_of(st.just(0), LATER)),
        events=[*person.events, *draw(st.lists(events, max_size=2))],
        milestones=[*person.milestones, *draw(st.lists(st.tuples(terms, LATER), max_size=2))],
    )


@cache
def as_it_stood(query: str) -> tuple[str, tuple[str, ...], dict[str, pd.DataFrame]]:
    """View, groups and tables of PEOPLE, of whom nothing is recorded after the lock."""
    scene = open_people(PEOPLE, f"{LOCKED}&{query}")
    return scene.query, scene.protocol.cohort_keys, {name: table.make(scene) for name, table in TABLES.items()}


@pytest.mark.parametrize("query", ["by=crs&having=later-transplant.no", "by=later-transplant&having=crs.none"])
@given(later=later_people())
@example(later=EVERYTHING)
@FEW
def test_no_table_under_a_lock_knows_later_outcomes_by_its_groups(query: str, later: tuple[Person, ...]) -> None:
    after = open_people(later, f"{LOCKED}&{query}")
    view, cohorts, tables = as_it_stood(query)
    assert (after.query, after.protocol.cohort_keys) == (view, cohorts)
    for name, table in tables.items():
        pd.testing.assert_frame_equal(table, TABLES[name].make(after), obj=name)


def group(workspace: Workspace, query: str) -> list[tuple[str, str]]:
    """The group of everybody, as the page is split and as the table of participants has it."""
    scene, _ = workspace.open("ns7car", f"by=later-transplant&{query}")
    column = TABLES["participants"].make(scene)["group_later-transplant"]
    return list(zip(scene.analysis.participants["cohort"], column, strict=True))


# One transplant on day 40: later than day 28, before month 24.
def test_a_transplant_after_the_lock_puts_nobody_in_the_group_with_one() -> None:
    workspace = work_on([Person("P1", milestones=[(TRANSPLANT, 40)])])
    yes, no = [("yes", "yes")], [("no", "no")]
    assert group(workspace, "") == yes
    assert group(workspace, LOCKED) == no
    assert group(workspace, "until=to-month-24") == yes
    assert group(workspace, LOCKED) == no
    assert group(workspace, "") == yes


def test_the_filter_by_group_follows_the_lock() -> None:
    workspace = work_on([Person("P1", milestones=[(TRANSPLANT, 40)]), Person("P2", milestones=[(TRANSPLANT, 28)])])
    kept = {lock: workspace.open("ns7car", f"having=later-transplant.yes&{lock}")[0].selection.mask.tolist() for lock in ("", LOCKED)}
    assert kept == {"": [True, True], LOCKED: [False, True]}


# Before day 28 the CRS of P1 has no grade, so that its group is not known; the grade 3 on day 40 makes it known.
def test_whose_group_is_not_known_at_the_lock_is_offered_as_such() -> None:
    workspace = work_on([Person("P1", events=[crs(3, grade=""), crs(40, grade="3")]), Person("P2")])
    scenes = [workspace.open("ns7car", f"by=crs&{lock}")[0] for lock in ("", LOCKED)]
    assert [scene.analysis.participants["cohort"].tolist() for scene in scenes] == [["3-5", "none"], ["not-reported", "none"]]
    assert [scene.analysis.protocol.cohort_keys for scene in scenes] == [scene.protocol.cohort_keys for scene in scenes]
    assert ["not-reported" in scene.protocol.cohort_keys for scene in scenes] == [False, True]


def test_delivered_groups_stay_under_a_lock_and_groups_are_derived_once_for_it() -> None:
    workspace = work_on([Person("P1", traits={"dose": "5e5"}), Person("P2", 1, traits={"dose": "1e6"})])
    scenes = [workspace.open("ns7car", f"by=dose&{lock}")[0] for lock in ("", LOCKED)]
    assert [scene.analysis.participants["cohort"].tolist() for scene in scenes] == [["5e5", "1e6"]] * 2
    assert scenes[1].traits is workspace.open("ns7car", f"by=crs&{LOCKED}")[0].traits
