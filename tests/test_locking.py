"""A locked scene: no table and no sentence of its review knows of anything recorded later."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.interim import choose_lock, compose_review, describe_lock
from dashboard.interim.listings import list_changes
from dashboard.locking import LockedArchive
from dashboard.panels import PANELS
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot
from dashboard.tables import TABLES
from dashboard.view.state import default_view
from tests.endpoints.builders import build_data, course, protocol
from tests.endpoints.interim.grown import Recorded, build_rows, later_trials, trial
from tests.panels.locked import Everything, lock_scene

FEW = settings(max_examples=2, deadline=None, suppress_health_check=[HealthCheck.too_slow])
DEFAULT = default_view(protocol())


@pytest.mark.parametrize("name", TABLES)
@given(later=later_trials())
@FEW
def test_no_table_of_a_locked_scene_knows_of_later_records(name: str, later: Recorded) -> None:
    before, after = (TABLES[name].make(lock_scene(recorded)) for recorded in (trial(), later))
    pd.testing.assert_frame_equal(before, after)


@given(later=later_trials())
@FEW
def test_no_listing_or_panel_of_the_review_knows_of_later_records(later: Recorded) -> None:
    before, after = (lock_scene(recorded) for recorded in (trial(), later))
    assert compose_review(before) == compose_review(after)
    for section in compose_review(before):
        for key, subject in section.panels:
            panel = PANELS[key]
            drawn = [panel.draw(panel.summarise(scene, subject)) for scene in (before, after)]
            assert drawn[0] == drawn[1], key


def three_without_records() -> Recorded:
    """Three participants of two cohorts with counts and doses, and not a row in any other table."""
    values = [*course("a", {0: 120.0, 252: 300.0}), *course("b", {0: 90.0}), *course("c", {0: 80.0, 30: 210.0})]
    data = build_data(values, people={"c": {"cohort": "480"}})
    return Recorded(data, {name: build_rows(name) for name in RECORD_TABLES})


def test_a_cut_of_three_participants_without_events_and_findings_has_a_whole_review() -> None:
    scene = lock_scene(three_without_records())
    sections = compose_review(scene)
    said = {section.title: [listing.sentence for listing in section.listings] for section in sections}
    assert len(sections) == 11
    assert said["Adverse events"] == ["The data cut has no adverse events."]
    assert said["Antibodies and concentrations"] == ["The data cut has no antibodies and no concentrations."]
    assert said["Listings"][1] == "The data cut has no adverse events."
    assert "This is the first data cut released of this study." in said["Data cut"]
    # Doses 2 and 3 of all three were missed, and dose 1 of c was that of another cohort.
    assert said["Doses given, missed and late"][0].startswith("7 doses of the dosed participants shown: ")
    for section in sections:
        for key, subject in section.panels:
            summary = PANELS[key].summarise(scene, subject)
            assert PANELS[key].draw(summary)["layout"]
            assert PANELS[key].describe(summary, scene).caption


@dataclass(frozen=True)
class Withdrawn(Everything):
    """The same rows under every name: data cuts that stand, newest first, and those that were withdrawn."""

    cuts: tuple[Snapshot, ...]
    gone: tuple[Snapshot, ...]

    def published(self) -> list[Snapshot]:
        return list(self.cuts)

    def withdrawn(self) -> list[Snapshot]:
        return list(self.gone)


def say_changes(before: tuple[Snapshot, ...], gone: tuple[Snapshot, ...]) -> str:
    recorded = three_without_records()
    scene = lock_scene(recorded)
    archive = Withdrawn(recorded.data, recorded.records, (scene.snapshot, *before), gone)
    return list_changes(replace(scene, archive=LockedArchive(archive, scene.view.until))).sentence


def test_the_review_tells_what_was_withdrawn_between_the_cut_and_the_one_it_is_compared_with() -> None:
    cut = three_without_records().data.snapshot

    def make(letter: str, days: int, reason: str = "") -> Snapshot:
        on, at = cut.cut_date + timedelta(days=days), datetime(2026, 3, 2, tzinfo=UTC) if reason else None
        return replace(cut, content_hash=letter * 64, label=letter.upper(), cut_date=on, withdrawn_at=at, withdrawn_reason=reason)

    oldest, stands, between, later = make("c", -30, "Early."), make("d", -20), make("e", -10, "Units."), make("f", 1, "Late.")
    told = f"The data cut E of {between.cut_date} (eeeeeeeeee) was withdrawn on 2026-03-02: Units. "
    compared = f"Compared with D, {stands.cut_date}, dddddddddd, under the same lock. No headline result differs."
    assert say_changes((stands,), (later, between, oldest)) == f"{told}{compared}"
    assert say_changes((stands,), (later, oldest)) == compared
    assert say_changes((), (later, between)) == f"{told}No release before this one stands, so nothing is compared."
    assert say_changes((), (later,)) == "This is the first data cut released of this study."


def test_fewer_than_five_baselines_have_no_median_in_the_figure() -> None:
    summary = PANELS["demography"].summarise(lock_scene(three_without_records()), "-")
    assert all(np.isnan(points.medians).all() for points in summary.analytes)
    # In the table the values of CD4 stand themselves.
    (row,) = [row for row in summary.cells if row[0].startswith("CD4 baseline")]
    assert row[-1].replace("\u00a0", " ") == "80, 90, 120"


# Doses are planned on days 0, 84 and 168 with 240 µg/kg. a: dose 2 on time, dose 3 a day early. b: dose 2 missed, then withdrew on day 150.
# c: an extra dose on day 10; doses 2 and 3 on time, of dose 3 half the amount. d: cut on day 90, six days after the planned dose 2.
def test_the_listing_of_doses_has_those_not_given_as_planned_and_no_other() -> None:
    doses = {"a": (0, 84, 167), "b": (0,), "c": (0, 10, 84, 168), "d": (0,)}
    people = {"b": {"status": "withdrawn", "last_day": 150}, "d": {"cut_day": 90, "last_day": 80}}
    data = build_data([row for name in doses for row in course(name, {0: 100.0})], doses=doses, people=people)
    data = replace(data, doses=data.doses.assign(amount=data.doses["amount"].mask(data.doses["day"] == 168, 120.0)))
    scene = lock_scene(Recorded(data, {name: build_rows(name) for name in RECORD_TABLES}))
    (listing,) = compose_review(scene)[2].listings
    assert [(row[0], *row[2:]) for row in listing.rows] == [
        ("a", "3", "given", "167", "−1", "100", "–"),
        ("b", "2", "missed", "–", "–", "–", "–"),
        ("b", "3", "observation ended before", "–", "–", "–", "–"),
        ("c", "–", "given outside the plan", "10", "–", "240 µg/kg", "–"),
        ("c", "3", "given", "168", "0", "50", "–"),
    ]
    assert listing.sentence.startswith("5 doses of the dosed participants shown: ")


def test_the_lock_is_said_with_its_days() -> None:
    assert describe_lock(lock_scene(trial())) == (
        "Records up to week 36 (interim): samples and visits up to day 293, the end of the window of Week 36 (interim); doses, events and "
        "states up to day 252. Whatever the data cut holds beyond is left out everywhere."
    )
    unlocked = lock_scene(trial())
    assert describe_lock(replace(unlocked, view=replace(unlocked.view, until="none"))) == ""


def test_a_review_is_locked_to_the_period_that_ends_at_the_first_milestone() -> None:
    assert choose_lock(protocol(), DEFAULT).until == "to-week-36"


@pytest.mark.parametrize("until", ["to-week-60", "to-week-36", "week-36-to-60"])
def test_a_lock_that_was_chosen_stays(until: str) -> None:
    assert choose_lock(protocol(), replace(DEFAULT, until=until)).until == until


def test_a_milestone_at_which_no_period_ends_leaves_the_first_period() -> None:
    milestone = protocol().milestones[0].model_copy(update={"visit": "week-48"})
    study = protocol().model_copy(update={"milestones": (milestone,)})
    assert choose_lock(study, default_view(study)).until == "to-week-60"
