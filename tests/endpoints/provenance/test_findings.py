"""Findings against baseline, traced to the rows of three participants; every number is read off the literals."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.endpoints.exploratory.finding_changes import derive_finding_changes
from dashboard.endpoints.provenance.steps import Trace
from dashboard.endpoints.provenance.tracing import Inputs, trace
from dashboard.errors import NotFoundError
from dashboard.study.references import Reference, decode_reference
from tests.endpoints.builders import everyone
from tests.endpoints.exploratory.findings import enrol, finding, place
from tests.endpoints.provenance.delivered import step
from tests.endpoints.provenance.test_demonstration import USUAL

# Week 36 is day 252. “p” falls from 8 to 6, “q” rises from 5 to 7, “r” has nothing before treatment, “s” nothing at the visit.
ROWS = [
    finding("p", -28, 9, unit_text="lesions", label="Lesions"),
    finding("p", 0, 8, unit_text="lesions", label="Lesions"),
    finding("p", 240, 5, unit_text="lesions", label="Lesions"),
    finding("p", 251, 6, unit_text="lesions", label="Lesions"),
    finding("q", 0, 5, unit_text="lesions", label="Lesions"),
    finding("q", 252, 7, unit_text="lesions", label="Lesions"),
    finding("r", 252, 3, unit_text="lesions", label="Lesions"),
    finding("s", 0, 3, unit_text="lesions", label="Lesions"),
    finding("p", 0, "1:80", test="ANA"),
    finding("p", 252, "1:320", test="ANA"),
    finding("p", 0, "PR", test="OVRLRESP"),
    finding("p", 252, "CR", test="OVRLRESP"),
]
AT = {"domain": "FA", "visit": "week-36"}


def traced(kind: str, *participant: str, test: str = "LESCNT", **more: Any) -> Trace:
    analysis = enrol({name: {"cohort": "480" if name == "q" else "240"} for name in "pqrs"})
    inputs = Inputs(analysis, everyone(analysis), USUAL, changes=derive_finding_changes(place(ROWS, analysis)))
    return trace(inputs, replace(Reference(kind, *participant, test=test, **AT), **more))  # type: ignore[arg-type]


def test_a_change_of_a_finding_is_traced_to_the_two_rows_it_is_made_of() -> None:
    found = traced("finding", "p")
    assert found.title == "Lesions against baseline, p, Week 36 (interim)"
    assert found.result == -2
    visit, before, change = found.steps
    assert change.sentence == "6 against 8: below baseline; change 6 − 8 = −2; fold 6 / 8 = 0.75."
    assert [(row.row, row.text, row.day) for row in change.rows] == [(2, "8", 0), (4, "6", 251)]
    assert before.sentence == "2 results before treatment; the last is the baseline: “8 lesions”."
    assert [row[-1] for row in before.table.rows] == ["an earlier result", "baseline"]  # type: ignore[union-attr]
    # Day 251 is closer to day 252 than day 240 is, which lies in the window too.
    assert visit.sentence.endswith("“6 lesions” counts.")
    assert visit.result == 6


def test_a_result_without_baseline_a_titre_and_a_word_say_what_can_be_compared() -> None:
    alone = traced("finding", "r")
    assert alone.result is None
    assert step(alone.steps, "Baseline").sentence == "r has no result before treatment, so no baseline."
    assert alone.steps[-1].sentence == "It is without baseline: there is no baseline."
    titre = traced("finding", "p", test="ANA")
    assert titre.steps[-1].sentence == "320 against 80: above baseline; fold 320 / 80 = 4."
    assert titre.result is None
    word = traced("finding", "p", test="OVRLRESP")
    assert word.steps[-1].sentence.startswith("It is not comparable with baseline: words")
    assert [row.text for row in word.steps[-1].rows] == ["PR", "CR"]


def test_the_number_of_a_cohort_is_traced_to_its_participants_each_with_a_derivation() -> None:
    found = traced("findings", cohort="all")
    people, counts = found.steps
    assert found.title == "Lesions against baseline, all cohorts shown, Week 36 (interim)"
    assert found.result == people.result == 3
    assert people.sentence == "3 participants with a result at the visit; 1 participant of the selection without one."
    assert [row[0] for row in people.table.rows] == ["p", "q", "r"]  # type: ignore[union-attr]
    assert [row[-1] for row in people.table.rows] == ["below baseline", "above baseline", "without baseline"]  # type: ignore[union-attr]
    assert counts.sentence == (
        "1 below baseline, 0 same as baseline, 1 above baseline, 1 without baseline, 0 not comparable with baseline: together 3."
    )
    links = [decode_reference(link) for link in people.table.links]  # type: ignore[union-attr]
    assert links == [Reference("finding", name, test="LESCNT", **AT) for name in "pqr"]  # type: ignore[arg-type]
    assert traced("findings", cohort="480").result == 1


@pytest.mark.parametrize(
    ("kind", "participant", "more"),
    [
        ("finding", ["nobody"], {}),
        ("finding", ["s"], {}),
        ("finding", ["p"], {"test": "NONE"}),
        ("finding", ["p"], {"visit": "week-99"}),
        ("findings", [], {"cohort": "960"}),
        ("findings", [], {"cohort": "all", "category": "x"}),
    ],
)
def test_what_the_data_cut_does_not_have_is_not_found(kind: str, participant: list[str], more: dict[str, str]) -> None:
    with pytest.raises(NotFoundError):
        traced(kind, *participant, **more)
