"""The definition of NCT05600920 says what the trial record and the endpoint definitions say."""

from __future__ import annotations

import pytest

from dashboard.study.protocol import StudyProtocol
from tests.endpoints.builders import protocol

# Key, target day, first and last day of the window; None = open. Midpoint windows in days since the first dose.
VISITS = [
    ("screening", -28, None, -10),
    ("pre-dose-1", -5, -9, -1),
    ("dose-1", 0, 0, 0),
    ("dose-1-day-14", 14, 1, 21),
    ("dose-1-day-30", 30, 22, 54),
    ("pre-dose-2", 79, 55, 81),
    ("dose-2", 84, 82, 90),
    ("dose-2-day-14", 98, 91, 105),
    ("dose-2-day-30", 114, 106, 138),
    ("pre-dose-3", 163, 139, 165),
    ("dose-3", 168, 166, 174),
    ("dose-3-day-14", 182, 175, 189),
    ("dose-3-day-30", 198, 190, 224),
    ("week-36", 252, 225, 293),
    ("week-48", 336, 294, 377),
    ("week-60", 420, 378, 462),
]


@pytest.fixture
def study() -> StudyProtocol:
    return protocol()


def test_visits_have_the_planned_targets_and_windows(study: StudyProtocol) -> None:
    assert [(visit.key, visit.target, visit.low, visit.high) for visit in study.visits] == VISITS


def test_windows_meet_without_gap_or_overlap(study: StudyProtocol) -> None:
    ends = [visit.high for visit in study.visits[:-1]]
    assert [visit.low for visit in study.visits[1:]] == [end + 1 for end in ends]


def test_visits_of_a_dose_move_with_it_and_follow_up_keeps_the_study_clock(study: StudyProtocol) -> None:
    moves = {visit.key: visit.moves_with_dose for visit in study.visits}
    assert {key for key, dose in moves.items() if dose is None} == {"screening", "pre-dose-1", "dose-1", "week-36", "week-48", "week-60"}
    assert all(f"dose-{dose}" in key for key, dose in moves.items() if dose is not None)


def test_doses_are_planned_at_weeks_0_12_and_24(study: StudyProtocol) -> None:
    assert [(dose.number, dose.day / 7) for dose in study.exposure.planned] == [(1, 0), (2, 12), (3, 24)]


def test_week_36_belongs_to_both_periods(study: StudyProtocol) -> None:
    early, late = (study.period_visits(key) for key in ("to-week-36", "week-36-to-60"))
    assert [visit.key for visit in late] == ["week-36", "week-48", "week-60"]
    assert early[-1] == late[0]
    assert study.period_visits("to-week-60") == study.visits


def test_strata_cover_every_baseline_once(study: StudyProtocol) -> None:
    limits = [(stratum.low, stratum.high) for stratum in study.strata]
    assert limits == [(None, 100), (100, 200), (200, 300), (300, None)]


def test_a_part_without_that_key_is_a_key_error(study: StudyProtocol) -> None:
    for find in (study.cohort, study.visit, study.analyte, study.period, study.stratum):
        with pytest.raises(KeyError, match="nothing"):
            find("nothing")


def test_the_findings_of_the_synthetic_trial_are_mapped(study: StudyProtocol) -> None:
    assert {rule.domain: rule.tests for rule in study.findings} == {
        "IS": ("ADA_BAB", "ADA_NAB", "ANA"),
        "PC": ("NTI7",),
        "FA": ("LESCNT", "LESEXT", "CRAGTTR"),
        "QS": (),
        "VS": ("HEIGHT", "WEIGHT", "BMI"),
    }
