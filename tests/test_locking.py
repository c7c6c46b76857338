"""A locked scene: no table and no sentence of its review knows of anything recorded later."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings

from dashboard.interim import choose_lock, compose_review, describe_lock
from dashboard.panels import PANELS
from dashboard.tables import TABLES
from dashboard.view.state import default_view
from tests.endpoints.builders import protocol
from tests.endpoints.interim.grown import Recorded, later_trials, trial
from tests.panels.locked import lock_scene

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
