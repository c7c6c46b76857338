"""Traits: who is in which category, and the same analysis split by one of them."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.endpoints.pooled.traits import derive_traits, find_others, list_reported, regroup_analysis
from dashboard.endpoints.records import derive_analysis
from dashboard.endpoints.selection import select_participants
from dashboard.study.columns import TRAIT_COLUMNS, conform
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data
from tests.study.third import third

PEOPLE = ("a", "b", "c", "d", "e")
DISEASES = ("leukaemia", "lymphoma", "leukaemia", "lymphoma", "leukaemia")
# Participant, grouping, word or number as delivered. Nothing is delivered of e; the blasts of b are asked of nobody without marrow.
DELIVERED = [
    ("a", "trial", "T-1"), ("b", "trial", "test-t-2"), ("c", "trial", "T-3"), ("d", "trial", "T-3"), ("e", "trial", "T-1"),
    ("a", "involvement", "MARROW"), ("b", "involvement", "Elsewhere"), ("c", "involvement", "BOTH"), ("d", "involvement", "a word of old"),
    ("a", "blasts", "20"), ("b", "blasts", "90"), ("c", "blasts", "19.99"),
]  # fmt: skip


@pytest.fixture
def study(tmp_path: Path) -> StudyProtocol:
    return third(tmp_path)


@pytest.fixture
def data() -> StudyData:
    people = {name: {"cohort": disease} for name, disease in zip(PEOPLE, DISEASES, strict=True)}
    return build_data([("a", "cd4", -1, 100.0), ("c", "cd4", 28, 300.0)], people=people)


def rows() -> pd.DataFrame:
    """The delivered traits as stored."""
    table = pd.DataFrame(DELIVERED, columns=["participant", "trait", "value_text"])
    numbers = pd.to_numeric(table["value_text"].where(table["trait"] == "blasts"))
    return conform(table.assign(value=numbers, source_file="dm", source_row=range(1, len(table) + 1)), TRAIT_COLUMNS)


def test_every_participant_is_in_one_category_of_each_grouping(study: StudyProtocol, data: StudyData) -> None:
    traits = derive_traits(data.participants, rows(), study)
    assert list(traits.columns) == ["participant", "disease", "trial", "involvement", "blasts"]
    assert traits["participant"].tolist() == list(PEOPLE)
    assert traits["disease"].tolist() == list(DISEASES)
    assert traits["trial"].tolist() == ["t-1", "t-2", "t-3", "t-3", "t-1"]


def test_whoever_has_no_value_or_a_word_of_no_category_is_not_reported(study: StudyProtocol, data: StudyData) -> None:
    traits = derive_traits(data.participants, rows(), study)
    assert traits["involvement"].tolist() == ["marrow", "elsewhere", "both", "not-reported", "not-reported"]


def test_a_number_on_a_limit_is_in_the_higher_range_and_a_value_nobody_asked_for_does_not_count(
    study: StudyProtocol, data: StudyData
) -> None:
    # 20 is 20 % or more; 19.99 below; b has 90 % and no marrow involved.
    traits = derive_traits(data.participants, rows(), study)
    assert traits["blasts"].tolist() == ["ge20", "not-reported", "lt20", "not-reported", "not-reported"]


def test_the_groupings_of_which_everybody_has_a_value_are_known(study: StudyProtocol, data: StudyData) -> None:
    assert list_reported(derive_traits(data.participants, rows(), study), study) == {"trial"}


def test_without_any_delivered_trait_everybody_is_not_reported(study: StudyProtocol, data: StudyData) -> None:
    traits = derive_traits(data.participants, rows().iloc[:0], study)
    assert set(traits["trial"]) == {"not-reported"}


def test_an_analysis_split_otherwise_has_other_cohorts_and_the_same_counts(study: StudyProtocol, data: StudyData) -> None:
    analysis = derive_analysis(data, study, "last")
    grouped = regroup_analysis(analysis, study.grouped("trial"), derive_traits(data.participants, rows(), study))
    assert grouped.participants["cohort"].tolist() == ["t-1", "t-2", "t-3", "t-3", "t-1"]
    assert grouped.cohort_codes.tolist() == [0, 1, 2, 2, 0]
    assert grouped.counts is analysis.counts
    assert grouped.participants.drop(columns="cohort").equals(analysis.participants.drop(columns="cohort"))
    # What was there is not edited.
    assert analysis.participants["cohort"].tolist() == list(DISEASES)


def test_however_the_participants_are_split_a_planned_amount_is_that_of_the_own_cohort(study: StudyProtocol, data: StudyData) -> None:
    doses = {"leukaemia": 1.0, "lymphoma": 2.0}
    cohorts = tuple(cohort.model_copy(update={"dose": doses[cohort.key]}) for cohort in study.cohorts)
    dosed = study.model_copy(update={"cohorts": cohorts})
    analysis = derive_analysis(data, dosed, "last")
    grouped = regroup_analysis(analysis, dosed.grouped("trial"), derive_traits(data.participants, rows(), dosed))
    assert grouped.planned_amounts.tolist() == analysis.planned_amounts.tolist() == [1.0, 2.0, 1.0, 2.0, 1.0]


def test_groups_are_any_of_one_grouping_and_each_of_several(study: StudyProtocol, data: StudyData) -> None:
    analysis, traits = derive_analysis(data, study, "last"), derive_traits(data.participants, rows(), study)
    having = ("disease.leukaemia", "involvement.marrow", "involvement.both")
    selection = select_participants(analysis, others=tuple(find_others(traits, having, study)))
    assert selection.mask.tolist() == [True, False, True, False, False]
    # b and d have a lymphoma; of the rest e has no involvement reported.
    assert selection.excluded == {"other disease": 2, "involvement not reported": 1}
