"""Best responses, their first day, sizes, rates and courses, by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.pooled.courses import derive_courses
from dashboard.endpoints.pooled.rates import Group, count_by_trial, everyone, flag_measures, summarise_rates
from dashboard.endpoints.pooled.response import derive_best_responses, derive_best_sizes, list_ranks
from dashboard.endpoints.proportions import compute_interval
from dashboard.endpoints.records import Analysis
from tests.endpoints.builders import build_analysis, course
from tests.endpoints.pooled.answered import RESPONSE, SURVIVAL, findings, milestones

NAMES = ("complete", "incomplete", "partial", "late", "worse", "unseen", "odd", "silent", "not-infused", "two", "assessed")


def people(**given: dict[str, object]) -> Analysis:
    values = [row for name in NAMES for row in course(name, {0: 100.0})]
    return build_analysis(values, doses={"not-infused": ()}, people={"not-infused": {"status": "not dosed"}} | given)


ROWS = findings(
    ("complete", "BESTRESP", 28, "CR"),
    ("complete", "OVRLRESP", -5, "CR"),
    ("complete", "OVRLRESP", 28, "PR"),
    ("complete", "OVRLRESP", 60, "CR"),
    ("incomplete", "BESTRESP", None, "CRI"),
    ("partial", "BESTRESP", 30, "PR"),
    ("late", "BESTRESP", None, "SD"),
    ("late", "OVRLRESP", 30, "PR"),
    ("worse", "BESTRESP", 28, "PD"),
    ("unseen", "BESTRESP", None, "NE"),
    ("odd", "BESTRESP", 28, "MLFS"),
    ("not-infused", "BESTRESP", 28, "CR"),
    ("two", "BESTRESP", 28, "PR"),
    ("two", "BESTRESP", 60, "CR"),
    ("assessed", "OVRLRESP", 28, "SD"),
    ("assessed", "OVRLRESP", 56, "CRi"),
    ("assessed", "OVRLRESP", 90, "PD"),
)


def best_of(rows: pd.DataFrame) -> pd.DataFrame:
    return derive_best_responses(people(), rows, RESPONSE).set_index("participant")


def test_the_best_response_is_the_stated_one_else_the_best_assessment_after_the_infusion() -> None:
    best = best_of(ROWS)
    assert best["best"].to_dict() == {
        "complete": "cr",
        "incomplete": "cri",
        "partial": "pr",
        "late": "sd",
        "worse": "pd",
        "unseen": "not-evaluable",
        "odd": "unclassified",
        "silent": "not-recorded",
        "not-infused": "cr",
        "two": "cr",
        "assessed": "cri",
    }
    assert best["basis"].to_dict()["assessed"] == "best assessment"
    assert best["basis"].to_dict()["two"] == "as delivered"
    assert best.loc["silent", ["basis", "word", "source_file"]].tolist() == ["", "", ""]
    assert best.loc["two", "source_row"] == 14


def test_evaluable_is_who_was_infused_and_has_a_response_of_a_category() -> None:
    best = best_of(ROWS)
    assert sorted(best.index[~best["evaluable"]]) == ["not-infused", "odd", "silent", "unseen"]
    assert best.index[~best["infused"]].tolist() == ["not-infused"]


def test_the_first_day_of_a_response_is_that_of_the_first_assessment_with_one() -> None:
    days = best_of(ROWS)["response_day"]
    # complete: PR on day 28, the assessment of day −5 being before the infusion; assessed: CRi on day 56; two: no assessment, so the
    # stated day of the best; incomplete: the day of the stated response is unknown; late has a PR but a best response of SD.
    assert days.dropna().to_dict() == {"complete": 28, "partial": 30, "two": 60, "assessed": 56, "not-infused": 28}


def test_an_assessment_that_disagrees_with_the_stated_best_response_is_marked() -> None:
    best = best_of(ROWS)
    assert best.index[best["disagrees"]].tolist() == ["late"]


def test_rates_have_their_own_denominators_and_add_up() -> None:
    best = best_of(ROWS).reset_index()
    table = summarise_rates(best, [everyone(best)], RESPONSE, "exact")
    table = table.set_index(["kind", "measure", "among"]).sort_index()
    # Infused: all but not-infused, 10. Evaluable: complete, incomplete, partial, late, worse, two, assessed, 7.
    # Responses: complete, incomplete, partial, two, assessed, 5; complete remissions: without partial, 4.
    assert table.loc[("rate", "orr"), ["n", "of"]].to_numpy().tolist() == [[5, 7], [5, 10]]
    assert table.loc[("rate", "cr-cri"), ["n", "of"]].to_numpy().tolist() == [[4, 7], [4, 10]]
    found = table.loc[("rate", "orr", "evaluable")]
    assert (found["proportion"], found["lower"], found["upper"]) == pytest.approx((5 / 7, *compute_interval(5, 7, "exact")))
    responses = table.loc["best"]
    assert responses["n"].sum() == 10
    assert responses["n"].droplevel("among").to_dict() == {
        "cr": 2,
        "cri": 2,
        "pr": 1,
        "sd": 1,
        "pd": 1,
        "not-evaluable": 1,
        "unclassified": 1,
        "not-recorded": 1,
    }


def test_a_group_of_nobody_has_no_rate_and_one_of_four_no_interval() -> None:
    best = best_of(ROWS).reset_index()
    nobody = Group("dose", "high", "High", np.zeros(len(best), dtype=bool))
    four = Group("dose", "low", "Low", best["participant"].isin(["complete", "partial", "worse", "late"]).to_numpy(dtype=bool))
    table = summarise_rates(best, [nobody, four], RESPONSE, "wilson")
    none, few = (table[(table["category"] == key) & (table["kind"] == "rate")] for key in ("high", "low"))
    assert none["of"].tolist() == [0, 0, 0, 0]
    assert none["proportion"].isna().all()
    assert few[["n", "of"]].to_numpy().tolist() == [[2, 4], [2, 4], [1, 4], [1, 4]]
    assert few["lower"].isna().all()


def test_counts_by_trial_add_up_to_those_of_all() -> None:
    best = best_of(ROWS).reset_index()
    first = best["participant"].isin(["complete", "worse", "unseen"]).to_numpy(dtype=bool)
    flags = flag_measures(best, RESPONSE)[("rate", "orr")]
    events, totals = count_by_trial(best["evaluable"].to_numpy(dtype=bool), flags, [first | True, first], [first, ~first])
    assert (events.tolist(), totals.tolist()) == ([[1, 4], [1, 0]], [[2, 5], [2, 0]])


def test_the_size_that_counts_is_the_lowest_after_the_infusion() -> None:
    rows = findings(
        ("complete", "SPDCHG", -5, -99.0),
        ("complete", "SPDCHG", 28, -60.0),
        ("complete", "SPDCHG", 56, -100.0),
        ("complete", "SPDCHG", 90, -100.0),
        ("worse", "SPDCHG", 28, 45.0),
        ("partial", "SPDCHG", 28, -52.5),
        ("partial", "SPDCHG", None, -80.0),
    )
    sizes = derive_best_sizes(people(), rows, RESPONSE)
    assert sizes[["participant", "change", "day", "assessments"]].to_numpy().tolist() == [
        ["worse", 45.0, 28, 1],
        ["partial", -52.5, 28, 1],
        ["complete", -100.0, 56, 3],
    ]


def test_a_course_ends_with_death_else_with_the_last_contact_else_with_observation() -> None:
    rows = milestones(
        ("complete", "Stem cell transplant", -400),
        ("complete", "Stem cell transplant", 57),
        ("complete", "LAST CONTACT", 200),
        ("complete", "LAST CONTACT", 400),
        ("worse", "PROGRESSION", 30),
        ("worse", "PROGRESSION", 60),
        ("worse", "DEATH", 88),
        ("worse", "LAST CONTACT", 80),
        ("late", "RELAPSE", 210),
    )
    given = {"partial": {"status": "withdrawn", "last_day": 90}}
    courses = derive_courses(people(**given), rows, SURVIVAL).assign(name=sorted(NAMES)).set_index("name")
    assert courses.loc[["complete", "worse", "late", "partial"], "until"].tolist() == [400, 88, 500, 90]
    assert courses.loc[["complete", "worse", "late", "partial"], "ongoing"].tolist() == [True, False, True, False]
    assert courses.index[courses["died"]].tolist() == ["worse"]
    assert courses.loc["worse", ["progression", "death"]].tolist() == [30, 88]
    assert courses.loc["complete", "transplant"] == 57
    assert np.isnan(courses.loc["not-infused", "until"])
    assert not courses.loc["not-infused", "ongoing"]


def test_without_a_survival_section_a_course_has_no_milestones() -> None:
    courses = derive_courses(people(), milestones(("worse", "DEATH", 88)), None)
    assert courses.columns.tolist() == ["participant_index", "until", "ongoing", "died"]


def test_categories_come_best_first_and_then_what_could_not_be_ranked() -> None:
    assert list_ranks(RESPONSE) == ("cr", "cri", "pr", "sd", "pd", "not-evaluable", "unclassified", "not-recorded")


def test_no_record_of_a_response_leaves_everybody_unrecorded() -> None:
    best = derive_best_responses(people(), findings(), RESPONSE)
    assert set(best["best"]) == {"not-recorded"}
    assert not best["evaluable"].any()
    assert derive_best_sizes(people(), findings(), RESPONSE).empty
