"""`by` and `having` in the address: what splits the participants, and whom the groups keep."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from dashboard.study.protocol import StudyProtocol
from dashboard.view.codec import decode_values, decode_view, encode_view, write_values
from dashboard.view.groups import drop_whole_groups
from dashboard.view.state import default_view
from dashboard.view.words import describe_selection
from tests.study.third import third


@pytest.fixture
def study(tmp_path: Path) -> StudyProtocol:
    return third(tmp_path)


def test_the_cohorts_split_by_default_and_the_address_does_not_say_so(study: StudyProtocol) -> None:
    view, problems = decode_view("by=disease&cohort=lymphoma", study)
    assert (view.by, view.cohort, problems) == ("disease", ("lymphoma",), ())
    assert encode_view(view, study) == "cohort=lymphoma"


def test_cohorts_are_those_of_the_split_wherever_it_stands_in_the_address(study: StudyProtocol) -> None:
    view, problems = decode_view("cohort=t-3,t-1&by=trial", study)
    assert (view.by, view.cohort, problems) == ("trial", ("t-1", "t-3"), ())
    assert encode_view(view, study) == "by=trial&cohort=t-1,t-3"


def test_a_cohort_of_another_split_is_not_applied_and_named(study: StudyProtocol) -> None:
    view, problems = decode_view("by=trial&cohort=lymphoma", study)
    assert view == replace(default_view(study), by="trial")
    assert problems == ("Cohort “lymphoma” was not applied: the values are t-1, t-2, t-3, not-reported, one or more with commas between.",)


def test_a_grouped_study_reads_an_address_as_the_study_itself(study: StudyProtocol) -> None:
    for query in ("cohort=lymphoma", "by=trial&cohort=t-2", "by=blasts&having=disease.lymphoma"):
        assert decode_view(query, study.grouped("trial")) == decode_view(query, study)
        assert encode_view(decode_view(query, study)[0], study.grouped("involvement")) == query


def test_groups_stand_in_the_order_of_the_definition_and_all_of_a_grouping_restrict_nothing(study: StudyProtocol) -> None:
    view, problems = decode_view("having=trial.t-1,involvement.both,disease.lymphoma,disease.leukaemia,involvement.marrow", study)
    assert problems == ()
    assert view.having == ("trial.t-1", "involvement.marrow", "involvement.both")


def test_a_choice_that_leaves_nobody_out_is_no_choice_where_everybody_has_a_value(study: StudyProtocol) -> None:
    trials = ("t-1", "t-2", "t-3")
    view = replace(default_view(study), by="trial", cohort=trials, having=tuple(f"trial.{key}" for key in trials))
    assert drop_whole_groups(view, study.grouped("trial", ["trial"])) == replace(default_view(study), by="trial")
    assert drop_whole_groups(view, study.grouped("trial")) == view


def test_a_refused_split_keeps_the_cohorts_shown_and_a_new_split_drops_them(study: StudyProtocol) -> None:
    shown = replace(default_view(study), by="trial", cohort=("t-1",))
    texts = write_values(shown)
    kept, problems = decode_values({"by": "site", "cohort": "x"}, study, shown)
    assert (kept.by, kept.cohort, len(problems)) == ("trial", ("t-1",), 2)
    moved, problems = decode_values({"by": "blasts", "cohort": texts["cohort"]}, study, shown)
    assert (moved.by, moved.cohort, len(problems)) == ("blasts", (), 1)


def test_the_selection_says_its_split_and_its_groups_in_words(study: StudyProtocol) -> None:
    def words(query: str) -> str:
        view, _ = decode_view(query, study)
        return describe_selection(view, study.grouped(view.by))

    assert words("") == "all cohorts"
    assert words("by=trial") == "everybody, by trial"
    assert words("by=trial&cohort=t-1,t-2&sex=F") == "trial: Trial 1 and Trial 2; women"
    assert words("having=involvement.marrow,involvement.both,blasts.not-reported") == (
        "all cohorts; involvement: Marrow or Marrow and elsewhere; blasts in marrow: not reported, or no marrow"
    )
