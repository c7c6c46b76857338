"""Counts by antibody status, counted by hand."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.ada_courses import ADA_GROUPS, derive_ada_courses, derive_ada_groups, summarise_ada_courses
from dashboard.endpoints.exploratory.immunogenicity import ADA_STATUSES, NOT_EVALUABLE, derive_ada_results, derive_ada_status
from dashboard.endpoints.records import Analysis
from tests.endpoints.builders import course, everyone
from tests.endpoints.exploratory.findings import ada, enrol, place

VISITS = ("dose-1", "dose-1-day-14")
# a and b become positive; c is positive before and stays below fourfold; d stays negative; e has no sample after the dose.
SAMPLES = [
    *(ada("a", day, text) for day, text in ((-1, "NEGATIVE"), (84, "1:20"))),
    *(ada("b", day, text) for day, text in ((-1, "NEGATIVE"), (84, "1:40"))),
    *(ada("c", day, text) for day, text in ((-1, "1:40"), (84, "1:80"))),
    *(ada("d", day, "NEGATIVE") for day in (-1, 84)),
    ada("e", -1, "NEGATIVE"),
]
COUNTS = [
    *course("a", {0: 100.0, 14: 300.0}),
    *course("b", {0: 120.0, 14: 200.0}),
    *course("c", {0: 90.0, 14: 80.0}),
    *course("d", {0: 110.0}),
    *course("e", {0: 70.0, 14: 60.0}),
]


def trial() -> Analysis:
    return enrol(list("abcde"), COUNTS)


def courses(analysis: Analysis, selected: np.ndarray | None = None) -> pd.DataFrame:
    status = derive_ada_status(derive_ada_results(place(SAMPLES, analysis)), analysis)
    return derive_ada_courses(analysis, status, everyone(analysis) if selected is None else selected, "cd4", VISITS)


def test_every_status_but_not_evaluable_is_in_one_group() -> None:
    grouped = [status for statuses in ADA_GROUPS.values() for status in statuses]
    assert sorted([*grouped, NOT_EVALUABLE]) == sorted(ADA_STATUSES)


def test_a_participant_is_in_the_group_of_the_whole_course_at_every_visit() -> None:
    analysis = trial()
    status = derive_ada_status(derive_ada_results(place(SAMPLES, analysis)), analysis)
    assert derive_ada_groups(status, "binding").tolist() == ["emergent", "emergent", "positive-before", "negative", ""]
    rows = courses(analysis)
    binding = rows[rows["kind"] == "binding"]
    told = list(zip(binding["group"], binding["participant_index"], binding["visit"], binding["value"], strict=True))
    assert told == [
        ("emergent", 0, "dose-1", 100.0),
        ("emergent", 1, "dose-1", 120.0),
        ("emergent", 0, "dose-1-day-14", 300.0),
        ("emergent", 1, "dose-1-day-14", 200.0),
        ("positive-before", 2, "dose-1", 90.0),
        ("positive-before", 2, "dose-1-day-14", 80.0),
        ("negative", 3, "dose-1", 110.0),
    ]


def test_a_sample_negative_for_binding_makes_its_participant_negative_for_neutralising() -> None:
    rows = courses(trial())
    neutralising = rows[rows["kind"] == "neutralising"]
    # a, b and c are positive for binding and not tested for neutralising: only d can be judged.
    assert set(zip(neutralising["group"], neutralising["participant_index"], strict=True)) == {("negative", 3)}


def test_statistics_are_those_of_the_values_of_the_group() -> None:
    rows = courses(trial())
    table = summarise_ada_courses(rows, VISITS)
    assert len(table) == 2 * len(ADA_GROUPS) * len(VISITS)
    found = table.set_index(["kind", "group", "visit"])
    # Median and quartiles of 300 and 200: 250, 225, 275 (linear interpolation).
    emergent = found.loc[("binding", "emergent", "dose-1-day-14")]
    assert (emergent["n"], emergent["median"], emergent["q1"], emergent["q3"]) == (2, 250.0, 225.0, 275.0)
    assert found.loc[("binding", "negative", "dose-1-day-14"), "n"] == 0
    assert found["n"].sum() == len(rows)


def test_the_selection_narrows_the_courses_and_never_the_status() -> None:
    analysis = trial()
    rows = courses(analysis, np.array([True, False, False, False, False]))
    assert rows[["group", "participant_index"]].drop_duplicates().to_numpy().tolist() == [["emergent", 0]]


def test_another_kind_is_refused() -> None:
    analysis = trial()
    status = derive_ada_status(derive_ada_results(place(SAMPLES, analysis)), analysis)
    with pytest.raises(ValueError, match="'total' is none of binding, neutralising"):
        derive_ada_groups(status, "total")
