"""The table's own order and filter: one grammar for the address, the grid and the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.study.definitions import read_definitions
from dashboard.view.grid import (
    Condition,
    participant_columns,
    read_conditions,
    read_filter_model,
    select_rows,
    validate_sort,
    validate_where,
    write_conditions,
    write_filter_model,
)
from tests.view.views import PROTOCOLS, conditions

COLUMNS = participant_columns(read_definitions()["nct05600920"])


@given(conditions(PROTOCOLS[0]))
@settings(max_examples=200, deadline=None)
def test_conditions_written_and_read_again_are_the_same(given_conditions: list[Condition]) -> None:
    assert read_conditions(write_conditions(given_conditions)) == given_conditions


def number(kind: str, *values: float) -> dict[str, Any]:
    return {"filterType": "number", "type": kind, **dict(zip(("filter", "filterTo"), values, strict=False))}


def text(kind: str, *values: str) -> dict[str, Any]:
    return {"filterType": "text", "type": kind, **dict(zip(("filter", "filterTo"), values, strict=False))}


MODELS: list[tuple[dict[str, dict[str, Any]], str]] = [
    ({}, ""),
    ({"age": number("equals", 40)}, "age.eq.40"),
    ({"age": number("notEqual", 40)}, "age.ne.40"),
    ({"age": number("lessThan", -3)}, "age.lt.-3"),
    ({"age": number("lessThanOrEqual", 40)}, "age.le.40"),
    ({"age": number("greaterThan", 40)}, "age.gt.40"),
    ({"baseline_cd4": number("greaterThanOrEqual", 199.5)}, "baseline_cd4.ge.199%2E5"),
    ({"baseline_cd4": number("greaterThanOrEqual", 123456)}, "baseline_cd4.ge.123456"),
    ({"age": number("inRange", 18, 75)}, "age.between.18:75"),
    ({"status": text("contains", "on going")}, "status.has.on%20going"),
    ({"status": text("notContains", "a~b.c:d")}, "status.hasnot.a%7Eb%2Ec%3Ad"),
    ({"participant": text("startsWith", "SYN-2")}, "participant.starts.SYN-2"),
    ({"participant": text("endsWith", "01")}, "participant.ends.01"),
    ({"status": text("equals", "died")}, "status.eq.died"),
    ({"sex": text("blank")}, "sex.blank"),
    ({"sex": text("notBlank")}, "sex.filled"),
    ({"status": text("contains", "o"), "age": number("greaterThan", 30)}, "age.gt.30~status.has.o"),
]


@pytest.mark.parametrize(("model", "where"), MODELS, ids=[where or "nothing" for _, where in MODELS])
def test_a_filter_of_the_grid_and_its_text_are_two_spellings_of_one_thing(model: dict[str, dict[str, Any]], where: str) -> None:
    assert read_filter_model(model) == where
    assert validate_where(where, COLUMNS) == where
    assert write_filter_model(where, COLUMNS) == model


def test_a_number_typed_into_the_grid_is_not_rounded() -> None:
    assert read_conditions(read_filter_model({"baseline_cd4": number("lessThan", 1234.5678)})) == [("baseline_cd4", "lt", ("1234.5678",))]


def test_a_large_number_typed_into_the_grid_stays_a_number() -> None:
    model = {"baseline_alc": number("lessThan", 1234567.5)}
    assert write_filter_model(read_filter_model(model), COLUMNS) == model


def test_a_number_typed_into_a_text_filter_stays_text() -> None:
    model = {"cohort": text("equals", "240")}
    assert write_filter_model(read_filter_model(model), COLUMNS) == model


def test_a_filter_the_grammar_has_no_word_for_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="“age” takes one condition"):
        read_filter_model({"age": {"filterType": "text", "type": "isRegularExpression", "filter": "x"}})


@pytest.mark.parametrize(
    "where", ["age", "age.", ".ge.1", "age.ge", "age.ge.1:2", "age.between.1", "age.blank.x", "Age.ge.1", "age.ge.1~", "age.eq.1~age.eq.2"]
)
def test_a_filter_that_cannot_be_read_is_refused(where: str) -> None:
    with pytest.raises(ValueError, match=r"a condition reads|value\(s\)|one condition per column"):
        validate_where(where, COLUMNS)


@pytest.mark.parametrize(
    ("where", "rule"),
    [
        ("weight.ge.3", "no column “weight”; its columns are participant, cohort"),
        ("age.ge.old", "“age” is compared with a number"),
        ("age.has.4", "“age” is a number and cannot be compared by has"),
        ("status.lt.x", "“status” is text and cannot be compared by lt"),
    ],
)
def test_a_filter_that_does_not_fit_its_column_is_refused_with_the_rule(where: str, rule: str) -> None:
    with pytest.raises(ValueError, match=rule):
        validate_where(where, COLUMNS)


@pytest.mark.parametrize("sort", ["weight.asc", "age.asc,age.desc"])
def test_an_order_that_does_not_fit_the_table_is_refused(sort: str) -> None:
    with pytest.raises(ValueError, match=r"no column “weight”|a column orders the table once"):
        validate_sort(sort, COLUMNS)


@pytest.mark.parametrize("sort", ["", "age.asc", "baseline_cd4.desc,age.asc"])
def test_an_order_of_columns_is_accepted(sort: str) -> None:
    assert validate_sort(sort, COLUMNS) == sort


@pytest.mark.parametrize("sort", ["age", "age.up", "age.asc,", "AGE.asc", "age asc", "age.asc;sex.asc"])
def test_an_order_that_cannot_be_read_is_refused(sort: str) -> None:
    with pytest.raises(ValueError, match=r"column\.asc or column\.desc"):
        validate_sort(sort, COLUMNS)


PEOPLE = pd.DataFrame(
    {
        "participant": pd.Series(["A-1", "A-2", "B-1", "B-2", "C.*"], dtype="str"),
        "age": pd.Series([20, 30, None, 40, 30], dtype="Int64"),
        "baseline_cd4": [99.5, np.nan, 0.0, 250.0, 100.0],
        "status": pd.Series(["Ongoing", "", "died", "completed", "ongoing"], dtype="str"),
    }
)
# Which of the five rows above meet the condition, by eye. A missing number meets no comparison; text ignores case.
ROWS: dict[str, list[int]] = {
    "": [0, 1, 2, 3, 4],
    "age.eq.30": [1, 4],
    "age.ne.30": [0, 3],
    "age.lt.30": [0],
    "age.le.30": [0, 1, 4],
    "age.gt.30": [3],
    "age.ge.30": [1, 3, 4],
    "age.between.20:40": [1, 4],
    "age.blank": [2],
    "age.filled": [0, 1, 3, 4],
    "baseline_cd4.le.99%2E5": [0, 2],
    "baseline_cd4.eq.0": [2],
    "baseline_cd4.blank": [1],
    "baseline_cd4.gt.-1": [0, 2, 3, 4],
    "status.eq.ONGOING": [0, 4],
    "status.ne.ongoing": [1, 2, 3],
    "status.has.o": [0, 3, 4],
    "status.hasnot.o": [1, 2],
    "status.blank": [1],
    "status.filled": [0, 2, 3, 4],
    "participant.starts.a": [0, 1],
    "participant.ends.1": [0, 2],
    "participant.has.%2E*": [4],
    "age.has.3": [1, 4],
    "age.ge.30~status.has.o": [3, 4],
}


@pytest.mark.parametrize("where", ROWS)
def test_the_rows_that_meet_a_filter_are_those_read_off_by_eye(where: str) -> None:
    kept = select_rows(PEOPLE, where)
    assert kept.index.tolist() == ROWS[where]


def test_filtering_leaves_the_table_as_it_was() -> None:
    before = PEOPLE.copy(deep=True)
    select_rows(PEOPLE, "age.ge.30")
    pd.testing.assert_frame_equal(PEOPLE, before)


def test_a_column_the_table_does_not_have_is_named_with_those_it_has() -> None:
    with pytest.raises(ValueError, match="no column “weight”; its columns are participant, age, baseline_cd4, status"):
        select_rows(PEOPLE, "weight.ge.3")


@pytest.mark.parametrize(("where", "words"), [("age.ge.old", "“age” is compared with a number"), ("status.lt.x", "“status” is text")])
def test_a_comparison_that_does_not_fit_the_column_is_refused(where: str, words: str) -> None:
    with pytest.raises(ValueError, match=words):
        select_rows(PEOPLE, where)


@given(st.integers(0, 130), st.integers(0, 130))
def test_below_equal_and_above_split_the_rows_with_a_number(level: int, age: int) -> None:
    table = PEOPLE.assign(age=pd.Series([age, level, None, 0, 130], dtype="Int64"))
    parts = [len(select_rows(table, f"age.{operator}.{level}")) for operator in ("lt", "eq", "gt")]
    assert sum(parts) == 4
    assert len(select_rows(table, f"age.le.{level}")) == parts[0] + parts[1]
