"""The panels and listings of the review say of a selection what its tables say, and of nobody else."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from dashboard.figures.calendar import STATE_LOOKS
from dashboard.interim import compose_review
from dashboard.panels.calendar import summarise_calendar_panel
from dashboard.panels.escalation import summarise_escalation_panel
from dashboard.panels.exposure import summarise_exposure_panel
from dashboard.panels.grade_shift import summarise_shift_panel
from dashboard.panels.interim import summarise_accrual_panel, summarise_demography_panel, summarise_maturity_panel
from dashboard.quality import count_flags
from dashboard.scene import Scene
from dashboard.study.choices import QUALITY_FLAGS
from dashboard.tables import TABLES
from dashboard.view.state import default_view
from tests.endpoints.builders import protocol
from tests.endpoints.interim.grown import trial
from tests.panels.flagged import odd_visits
from tests.panels.locked import lock_scene
from tests.panels.scenes import drawn_trial, open_scene

CHOICES: dict[str, dict[str, Any]] = {
    "everyone": {},
    "one cohort": {"cohort": ("240",)},
    "women": {"sex": ("F",)},
    "nobody": {"age": (120, None)},
}


@pytest.fixture(params=CHOICES)
def scene(request: pytest.FixtureRequest) -> Scene:
    return open_scene(drawn_trial(), **CHOICES[request.param])


def test_the_bars_of_accrual_are_the_numbers_of_its_table(scene: Scene) -> None:
    table = TABLES["accrual"].make(scene).set_index(["step", "cohort"])["n"]
    drawn = [step for step in dict.fromkeys(table.index.get_level_values("step")) if not step.startswith("status:")]
    bars = [[bar.n for bar in cohort] for cohort in summarise_accrual_panel(scene).bars]
    assert bars == [[table[step, cohort] for step in drawn] for cohort in scene.view.cohorts(scene.protocol)]


def test_the_states_of_maturity_are_the_numbers_of_its_table(scene: Scene) -> None:
    table = TABLES["data-maturity"].make(scene)
    whole = table[table["cohort"] == "all"].set_index(["visit", "state"])["n"]
    visits = [visit.key for visit in scene.protocol.period_visits(scene.view.period)]
    counts = summarise_maturity_panel(scene).counts
    np.testing.assert_array_equal(counts, [[whole[visit, state] for visit in visits] for state in STATE_LOOKS])


def test_the_totals_of_the_calendar_are_the_cells_of_its_table(scene: Scene) -> None:
    table, summary = TABLES["visit-calendar"].make(scene), summarise_calendar_panel(scene)
    size = table.groupby(["visit", "state"]).size()
    expected = [[size.get((visit, state), 0) for state in STATE_LOOKS] for visit in scene.protocol.visit_keys]
    np.testing.assert_array_equal(summary.totals, expected)
    assert summary.records == table["n_records"].sum()


def test_the_cells_of_demography_are_the_numbers_of_its_table(scene: Scene) -> None:
    table = TABLES["demography"].make(scene).set_index(["item", "cohort"])
    of = [str(table.loc[("age", cohort), "of"]) for cohort in (*scene.view.cohorts(scene.protocol), "all")]
    sizes, *cells = summarise_demography_panel(scene).cells
    assert sizes == ("Participants", *of)
    told = {row[0]: row[-1] for row in cells}
    age = table.loc[("age", "all")]
    assert told["Age, years"] == (
        f"{age['median']:,.4g} ({age['min']:,.4g} – {age['max']:,.4g})".replace(" ", "\u00a0") if age["n"] else "none"
    )


def test_a_measure_of_fewer_than_five_stands_in_its_table_by_its_values() -> None:
    # CD4 baselines (see endpoints/interim/test_demography.py): 240 has 120, 90 and 250; 480 has 150; the one of 720 has none.
    # All: four of five. Ages: everyone of 240 is 50; the one of 480 is not recorded.
    told = {row[0]: row[1:] for row in summarise_demography_panel(open_scene(trial().data)).cells}
    assert told["CD4 baseline, cells/µL"] == ("90, 120, 250", "150", "none", "90, 120, 150, 250,\u00a0n\u00a0=\u00a04")
    assert told["Age, years"][:2] == ("50, 50, 50", "none")


def test_the_grids_of_laboratory_grades_are_the_numbers_of_their_table(scene: Scene) -> None:
    table = TABLES["lab-shift"].make(scene)
    for rule, grid in zip(scene.protocol.safety.laboratory, summarise_shift_panel(scene).grids, strict=True):
        for against, counts in grid.counts.items():
            rows = table[(table["rule"] == rule.key) & (table["against"] == against) & (table["cohort"] == "all")]
            assert counts.ravel().tolist() == rows["n"].tolist()


def test_the_cells_of_exposure_are_the_numbers_of_its_table(scene: Scene) -> None:
    rows = TABLES["exposure-summary"].make(scene)
    numbers = [
        [f"{row['given']}/{row['of']}", *(str(row[name]) for name in ("missed", "ended", "not_due", "late"))]
        for row in rows.to_dict("records")
    ]
    cells = summarise_exposure_panel(scene).cells
    assert [list(map(str, cell[1:6])) for cell in cells] == (numbers if scene.n else [])


def test_the_board_has_the_numbers_of_its_table(scene: Scene) -> None:
    table = TABLES["escalation"].make(scene)
    summary = summarise_escalation_panel(scene)
    names = ["planned", "enrolled", *(name for name in table.columns if name.startswith("dose_"))]
    expected = table[names].to_numpy(dtype=np.float64, na_value=np.nan)
    np.testing.assert_array_equal([counts[: len(names)] for _, _, counts in summary.cohorts], expected)


def test_flags_are_counted_by_kind_in_the_selection() -> None:
    # b, the one participant of cohort 480, has one value without a day.
    counted = {title: (rows, people) for title, rows, people in count_flags(open_scene(odd_visits(), cohort=("480",)))}
    assert counted == dict.fromkeys(QUALITY_FLAGS.values(), (0, 0)) | {QUALITY_FLAGS["no-day"]: (1, 1)}
    # Of a, 12 visits are absent: 12 rows, one participant.
    whole = {title: (rows, people) for title, rows, people in count_flags(open_scene(odd_visits()))}
    assert whole[QUALITY_FLAGS["visit-absent"]] == (12, 1)


@pytest.mark.parametrize("cohort", ["240", "480"])
def test_the_listings_name_nobody_else_than_the_selection(cohort: str) -> None:
    scene = lock_scene(trial(), cohort=(cohort,))
    people = scene.analysis.participants
    own = people.loc[people["cohort"] == cohort, "participant"].tolist()
    listed = {listing.title: [row[0] for row in listing.rows] for section in compose_review(scene) for listing in section.listings}
    assert listed["Participants"] == own
    named = [name for title in ("Doses not given as planned", "All adverse events", "Flags by participant") for name in listed[title]]
    assert named
    assert set(named) <= set(own)


def test_the_listings_say_everything_whatever_relation_grade_or_flag_is_chosen() -> None:
    usual = default_view(protocol())
    chosen = lock_scene(trial(), related="yes", grade="3", flag="no-day")
    plain = replace(chosen, view=replace(chosen.view, related=usual.related, grade=usual.grade, flag=usual.flag))
    rows = [[listing.rows for section in compose_review(each) for listing in section.listings] for each in (chosen, plain)]
    assert rows[0] == rows[1]
