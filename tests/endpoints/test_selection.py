from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.records import Analysis
from dashboard.endpoints.selection import select_participants
from tests.endpoints.builders import build_analysis

PEOPLE = {
    "a": {"cohort": "240", "sex": "F", "age": 30},
    "b": {"cohort": "480", "sex": "M", "age": 40},
    "c": {"cohort": "720", "sex": "", "age": None},
    "d": {"cohort": "480", "sex": "F", "age": 50},
    "e": {"cohort": "480", "sex": "M", "age": 60},
}
BASELINES = [("a", "cd4", 0, 50.0), ("b", "cd4", 0, 150.0), ("c", "cd4", 0, 250.0), ("d", "cd4", 0, 350.0)]


def analysis() -> Analysis:
    return build_analysis(BASELINES, people=PEOPLE)


def test_without_restriction_everyone_is_selected() -> None:
    selection = select_participants(analysis())
    assert selection.mask.all()
    assert selection.excluded == {}


def test_each_property_restricts_and_names_its_reasons() -> None:
    assert select_participants(analysis(), cohorts=("480",)).excluded == {"other cohorts": 2}
    assert select_participants(analysis(), sexes=("F",)).excluded == {"sex not recorded": 1, "other sex": 2}
    assert select_participants(analysis(), age=(40, 50)).excluded == {"age not recorded": 1, "age out of range": 2}
    assert select_participants(analysis(), strata=("lt100", "100-199")).excluded == {"no baseline": 1, "other baseline stratum": 2}


def test_age_limits_are_inclusive_and_may_be_open() -> None:
    assert select_participants(analysis(), age=(40, None)).mask.tolist() == [False, True, False, True, True]
    assert select_participants(analysis(), age=(None, 40)).mask.tolist() == [True, True, False, False, False]


def test_a_participant_is_counted_once_under_the_first_reason() -> None:
    # a: cohort and sex differ; b: only the age differs; c: cohort differs; e: age differs, and there is no baseline.
    selection = select_participants(analysis(), cohorts=("480",), sexes=("F", "M"), age=(45, 55), strata=("ge300",))
    assert selection.mask.tolist() == [False, False, False, True, False]
    assert selection.excluded == {"other cohorts": 2, "age out of range": 2}


@settings(deadline=None, max_examples=40)
@given(
    cohorts=st.sets(st.sampled_from(["240", "480", "720"])),
    sexes=st.sets(st.sampled_from(["F", "M"])),
    low=st.none() | st.integers(18, 80),
    high=st.none() | st.integers(18, 80),
    strata=st.sets(st.sampled_from(["lt100", "100-199", "200-299", "ge300"])),
)
def test_selected_and_excluded_add_up_to_everyone(
    cohorts: set[str], sexes: set[str], low: int | None, high: int | None, strata: set[str]
) -> None:
    selection = select_participants(analysis(), cohorts=tuple(cohorts), sexes=tuple(sexes), age=(low, high), strata=tuple(strata))
    assert selection.mask.sum() + sum(selection.excluded.values()) == len(PEOPLE)
    assert all(count > 0 for count in selection.excluded.values())
