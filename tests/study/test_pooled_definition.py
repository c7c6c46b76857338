"""Pooled studies in a definition: members, groupings, response, survival, recovery, syndromes and reported figures."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.errors import DefinitionError
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.groupings import NOT_REPORTED
from tests.study.third import third, write_third


def test_a_study_without_pooled_parts_has_its_cohorts_as_the_only_way_to_split(tmp_path: Path) -> None:
    study = read_definition(BUILT_IN / "nct05600920.toml")
    assert study.by_keys == ("cohort",)
    assert (study.members, study.groupings, study.response, study.survival, study.recovery, study.reported) == (
        (),
        (),
        None,
        None,
        None,
        (),
    )


def test_a_pooled_study_can_be_split_by_its_cohorts_and_by_each_grouping(tmp_path: Path) -> None:
    assert third(tmp_path).by_keys == ("disease", "trial", "involvement", "blasts")


def test_grouped_by_the_cohort_key_is_the_study_itself(tmp_path: Path) -> None:
    study = third(tmp_path)
    assert study.grouped("disease") is study


def test_the_categories_of_a_grouping_stand_in_the_place_of_the_cohorts(tmp_path: Path) -> None:
    study = third(tmp_path)
    assert study.cohort_keys == ("leukaemia", "lymphoma")
    by_trial = study.grouped("trial")
    assert by_trial.cohort_keys == ("t-1", "t-2", "t-3", NOT_REPORTED)
    assert by_trial.cohort("t-2").label == "Trial 2"
    assert by_trial.cohort("t-2").codes == ("T-2", "TEST-T-2")
    assert by_trial.study.cohort_word == "Trial"
    assert (by_trial.key, by_trial.visits, by_trial.survival, by_trial.by_keys) == (study.key, study.visits, study.survival, study.by_keys)
    # The study itself is as it was.
    assert (study.cohort_keys, study.study.cohort_word) == (("leukaemia", "lymphoma"), "Disease")


def test_those_without_a_value_are_a_category_only_where_asked_for(tmp_path: Path) -> None:
    study = third(tmp_path)
    assert study.grouped("blasts").cohort(NOT_REPORTED).label == "not reported, or no marrow"
    assert study.grouped("blasts", reported=["blasts"]).cohort_keys == ("lt20", "ge20")


def test_a_grouped_study_knows_its_own_cohorts_and_what_splits_it(tmp_path: Path) -> None:
    study = third(tmp_path)
    grouped = study.grouped("trial", reported=["involvement"])
    assert (study.by, grouped.by, grouped.whole) == ("disease", "trial", study)
    assert grouped.grouped("disease") is study
    keys = {by: [cohort.key for cohort in grouped.categories(by)] for by in grouped.by_keys}
    assert keys["disease"] == ["leukaemia", "lymphoma"]
    assert keys["trial"] == ["t-1", "t-2", "t-3", NOT_REPORTED]
    assert keys["involvement"] == ["marrow", "both", "elsewhere"]


def test_a_grouped_study_can_be_grouped_otherwise(tmp_path: Path) -> None:
    study = third(tmp_path)
    assert study.grouped("trial").grouped("involvement").cohort_keys == study.grouped("involvement").cohort_keys


def test_a_grouping_that_does_not_exist_is_a_key_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError):
        third(tmp_path).grouped("dose")


# (what is written instead, words the message must hold)
FAULTS = {
    "grouping named as the cohorts": (('cohort_key = "disease"', 'cohort_key = "trial"'), ("groupings", "trial", "twice")),
    "grouping twice": (('key = "involvement"', 'key = "trial"'), ("groupings", "trial", "twice")),
    "category twice": (('key = "both"', 'key = "marrow"'), ("groupings.involvement", "key marrow", "twice")),
    "code twice": (('codes = ["BOTH"]', 'codes = ["marrow"]'), ("groupings.involvement", "code marrow", "twice")),
    "no category": (
        ('categories = [{ key = "lt20"', 'categories = []\nunused = [{ key = "lt20"'),
        ("groupings.2.categories", "at least 1"),
    ),
    "codes and a range": (
        ('label = "below 20 %", high', 'label = "x", codes = ["x"], high'),
        ("category lt20", "either codes, or a range"),
    ),
    "neither codes nor a range": ((', codes = ["MARROW"]', ""), ("category marrow", "either codes, or a range")),
    "codes beside ranges": (
        ('label = "below 20 %", high = 20.0', 'label = "x", codes = ["x"]'),
        ("groupings.blasts", "all have codes, or all"),
    ),
    "range upside down": (("high = 20.0 }", "low = 30.0, high = 20.0 }"), ("category lt20", "low 30 is not below high 20")),
    "ranges overlap": (("low = 20.0", "low = 19.0"), ("groupings.blasts", "overlap at 19")),
    "reserved category": (('key = "both"', 'key = "not-reported"'), ("not-reported", "choose another")),
    "within nowhere": (('"involvement.both"]', '"involvement.none"]'), ("groupings.blasts.within", "“involvement.none”")),
    "member without category": (('key = "t-3"\nlabel', 'key = "t-4"\nlabel'), ("members", "trial", "one category for each member")),
    "member twice": (('key = "t-3"\nlabel', 'key = "t-2"\nlabel'), ("members", "twice")),
    "no trial grouping": (('key = "trial"', 'key = "site"'), ("members", "“trial”")),
    "rate of no category": (
        ('categories = ["cr", "pr"]', 'categories = ["cr", "sd"]'),
        ("response.rates.orr.categories", "“sd”", "cr, pr, pd"),
    ),
    "response code twice": (('not_evaluable = ["NE"]', 'not_evaluable = ["pd"]'), ("response", "code pd", "twice")),
    "response not stored": (('domain = "RS"\ntest =', 'domain = "FA"\ntest ='), ("response.domain", "FA", "[[findings]]")),
    "response test not stored": (('domain = "RS"\nlabel', 'domain = "RS"\ntests = ["OVRLRESP"]\nlabel'), ("response.test", "“BESTRESP”")),
    "event nowhere": (
        ('events = ["relapse", "death"]', 'events = ["relapsed"]'),
        ("survival.endpoints.pfs.events", "“relapsed”", "relapse, death"),
    ),
    "censor nowhere": (('censor = "transplant"', 'censor = "hsct"'), ("survival.censor", "“hsct”", "transplant")),
    "term twice": (('codes = ["RELAPSE"]', 'codes = ["death"]'), ("survival.milestones", "code death", "twice")),
    "landmark before day 1": (("landmarks = [28, 90]", "landmarks = [0]"), ("survival.landmarks.0", "greater than or equal to 1")),
    "recovery of nothing": (('aplasia = { analyte = "cd3"', 'aplasia = { analyte = "nk"'), ("recovery.analyte", "“nk”", "cd3, cd4")),
    "recovery after nothing": (('milestone = "transplant"\n', 'milestone = "dose"\n'), ("recovery.milestone", "“dose”", "transplant")),
    "recovery split by nothing": (('split_syndrome = "crs"', 'split_syndrome = "icans"'), ("recovery.split_syndrome", "“icans”", "crs")),
    "syndrome without scale": (('scale = "astct-2019"', 'scale = "lee"'), ("safety.syndromes.crs.scale", "“lee”")),
    "figure of nothing": (("numerator = 5\n", ""), ("reported.orr", "numerator", "value")),
    "more than all": (("numerator = 5\n", "numerator = 10\n"), ("reported.orr", "not smaller")),
    "unknown key": (("landmarks = ", "landmark = "), ("survival.landmark", "milestones, endpoints, relapse, censor, contact, landmarks")),
}


@pytest.mark.parametrize("name", FAULTS)
def test_a_fault_is_named_by_file_key_and_rule(name: str, tmp_path: Path) -> None:
    change, words = FAULTS[name]
    with pytest.raises(DefinitionError) as caught:
        read_definition(write_third(tmp_path, change))
    message = str(caught.value)
    assert message.startswith("third.toml: ")
    assert [word for word in words if word not in message] == [], message


def test_a_size_is_a_test_of_tumour_sizes_or_of_the_responses(tmp_path: Path) -> None:
    study = third(tmp_path)
    assert study.response is not None
    assert study.response.size_test == "SPDCHG"
    sizes, responses = (
        ('tests = ["SPDCHG"]', 'tests = ["SUMDIAM"]'),
        ('domain = "RS"\nlabel', 'domain = "RS"\ntests = ["BESTRESP", "OVRLRESP"]\nlabel'),
    )
    assert read_definition(write_third(tmp_path, sizes)).response is not None
    with pytest.raises(DefinitionError, match=r"response\.size_test: “SPDCHG” is no test of"):
        read_definition(write_third(tmp_path, sizes, responses))
