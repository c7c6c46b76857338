"""The view in words."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from dashboard.view.keys import KEYS, choice_label
from dashboard.view.state import default_view
from dashboard.view.words import (
    count_words,
    describe_denominator,
    describe_gap,
    describe_interval,
    describe_rule,
    describe_selection,
    describe_who,
    join_words,
    lower_first,
)
from tests.endpoints.builders import protocol

DEFAULT = default_view(protocol())

SELECTIONS: list[tuple[dict[str, Any], str]] = [
    ({}, "all cohorts"),
    ({"cohort": ("240",)}, "240 µg/kg"),
    ({"cohort": ("240", "480"), "sex": ("F",)}, "240 µg/kg and 480 µg/kg; women"),
    ({"sex": ("M",), "age": (18, 40)}, "all cohorts; men; age 18 to 40"),
    ({"age": (None, 40)}, "all cohorts; age up to 40"),
    ({"age": (0, None)}, "all cohorts; age 0 or more"),
    ({"stratum": ("lt100",)}, "all cohorts; baseline CD4 below 100"),
    ({"stratum": ("lt100", "100-199", "ge300")}, "all cohorts; baseline CD4 below 100, 100 to 199 or 300 or more"),
]


@pytest.mark.parametrize(("choices", "words"), SELECTIONS, ids=[words for _, words in SELECTIONS])
def test_the_filters_read_as_a_sentence(choices: dict[str, Any], words: str) -> None:
    assert describe_selection(replace(DEFAULT, **choices), protocol()) == words


@pytest.mark.parametrize(
    ("choices", "words"),
    [
        ({}, "at week 60 (end of study)"),
        ({"visit": "week-36"}, "at week 36 (interim)"),
        ({"respond": "ever", "period": "to-week-36"}, "at any visit after day 0, up to week 36 (interim)"),
        ({"respond": "sustained"}, "at two scheduled visits in a row, up to week 60"),
    ],
)
def test_the_responder_rule_names_visit_or_period(choices: dict[str, Any], words: str) -> None:
    assert describe_rule(replace(DEFAULT, **choices), protocol()) == words


@pytest.mark.parametrize("rule", ["observed", "reached", "dosed", "enrolled"])
@pytest.mark.parametrize("respond", ["at-visit", "ever", "sustained"])
def test_the_denominator_says_whom_n_counts(rule: Any, respond: Any) -> None:
    words = describe_denominator(replace(DEFAULT, n=rule, respond=respond), protocol())
    assert words.startswith("N = participants ")
    expected = {"reached": "reached", "dosed": "dosed", "enrolled": "enrolled"}.get(rule)
    assert (expected or {"at-visit": "at the visit", "ever": "after day 0", "sustained": "two scheduled"}[respond]) in words


def test_gap_who_and_interval_are_named() -> None:
    assert describe_gap(DEFAULT) == "gaps beyond 91 days left out"
    assert describe_gap(replace(DEFAULT, gap=None)) == "no gap cap"
    assert describe_who("eligible") == "participants with a baseline below the threshold"
    assert describe_who("everyone") == "everyone"
    assert [describe_interval(replace(DEFAULT, ci=ci), protocol()) for ci in ("exact", "wilson", "jeffreys")] == [
        "95 % Clopper–Pearson interval",
        "95 % Wilson interval",
        "95 % Jeffreys interval",
    ]


def test_lists_and_counts_read_as_people_write_them() -> None:
    assert [join_words(["a"]), join_words(["a", "b"]), join_words(["a", "b", "c"], "or")] == ["a", "a and b", "a, b or c"]
    assert [count_words(0, "record"), count_words(1, "record"), count_words(1200, "record")] == ["0 records", "1 record", "1,200 records"]
    assert lower_first("Week 60") == "week 60"


def test_every_listed_choice_has_words_of_its_own() -> None:
    # The columns of the table are choices of its order and filter; their label is the kind of the column.
    for key in (key for key in KEYS if key.name not in ("sort", "where")):
        labels = [choice.label for choice in key.choices(protocol())]
        assert all(labels), key.name
        assert len(set(labels)) == len(labels), key.name


def test_a_value_without_listed_choices_is_its_own_label() -> None:
    assert choice_label("threshold", "250", protocol()) == "250"
    assert choice_label("x", "dose", protocol()) == "days since latest dose"
