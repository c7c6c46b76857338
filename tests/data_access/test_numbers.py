"""Texts become numbers exactly, and dates only where they are dates."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.numbers import find_factors, read_dates, read_number, read_result, read_spans, read_whole, unit_factors
from tests.data_access.deliveries import nct05600920


@pytest.mark.parametrize(
    ("text", "factor", "value", "below"),
    [
        ("410", 1.0, 410.0, False),
        ("0", 1.0, 0.0, False),
        (".5", 1000.0, 500.0, False),
        ("2.01", 1000.0, 2010.0, False),  # 2.01 * 1000 in binary arithmetic is 2009.9999999999998
        ("4.1e-1", 1000.0, 410.0, False),
        ("<0.05", 1000.0, 25.0, True),  # half of 0.05 · 10^9/L = half of 50 cells/µL
        ("< 5", 1.0, 2.5, True),
    ],
)
def test_a_result_is_converted_without_rounding(text: str, factor: float, value: float, below: bool) -> None:
    result = read_result(text, factor)
    assert (result.value, result.below_loq, result.fault) == (value, below, "")


@pytest.mark.parametrize(
    ("text", "fault"),
    [
        ("1,5", "decimal point"),
        ("-3", "negative"),
        ("1e400", "finite"),
        ("abc", "no number"),
        ("nan", "no number"),
        ("inf", "no number"),
        ("1_000", "no number"),
        ("", "no number"),
        (">500", "above the limit"),
        ("<", "no number"),
        ("<-1", "negative"),
        ("٣", "no number"),
    ],
)
def test_what_is_no_result_says_why(text: str, fault: str) -> None:
    assert fault in read_result(text, 1.0).fault


@given(st.decimals(min_value=0, max_value=10**4, places=4))
def test_every_decimal_text_becomes_its_nearest_double(number: Decimal) -> None:
    assert read_result(f"{number:f}", 1000.0).value == float(number * 1000)


def test_units_are_found_by_name_then_regardless_of_case() -> None:
    units = pd.Series(["10^9/L", "CELLS/UL", "cells/µL", "cells/μL", "10^3/mL", "%", ""], dtype="str")
    factors = find_factors(units, unit_factors(nct05600920()))
    assert factors.tolist()[:5] == [1000.0, 1.0, 1.0, 1.0, 1.0]
    assert factors.isna().tolist() == [False] * 5 + [True, True]


def test_dates_are_read_whole_or_marked_as_partial_or_faulty() -> None:
    texts = [
        "1970-01-02",
        "2024-02-29T08:05",
        "2024-02-29T08:05:07Z",
        "2024-02",
        "2024",
        "2024---05",
        "",
        "2023-02-29",
        "01/02/2024",
        "20240201",
    ]
    read = read_dates(pd.Series(texts, dtype="str"))
    day = 19782  # 54 years of 365 days + 13 leap days (1972 … 2020) = 19723 days to 2024-01-01, + 31 + 28
    assert read["on"].tolist()[:3] == [1, day, day]
    assert read["time"].tolist()[:3] == ["", "08:05", "08:05:07"]
    assert read["partial"].tolist() == [False] * 3 + [True] * 3 + [False] * 4
    assert read["faulty"].tolist() == [False] * 7 + [True] * 3


def test_whole_numbers_are_read_and_others_marked() -> None:
    numbers, faulty = read_whole(pd.Series(["12", "-3", "63.0", "", "1.5", "x"], dtype="str"))
    assert numbers.fillna(-99).tolist() == [12, -3, 63, -99, -99, -99]
    assert faulty.tolist() == [False, False, False, False, True, True]


# Days since 1970-01-01: 2024-01-01 is 19723 (54 · 365 + 13 leap days), 2024-03-01 is 60 days later, 2024-12-31 is 365 days later.
@pytest.mark.parametrize(
    ("text", "first", "last", "precision", "faulty"),
    [
        ("2024-03-01", 19783, 19783, "day", False),
        ("2024-03-01T08", 19783, 19783, "day", False),
        ("2024-03-01T-:15", 19783, 19783, "day", False),
        ("2024-02", 19754, 19782, "month", False),  # 29 days
        ("2024-02--T08:15", 19754, 19782, "month", False),
        ("2024", 19723, 20088, "year", False),
        ("2024---01", 19723, 20088, "year", False),
        ("--03-01", None, None, "", False),
        ("", None, None, "", False),
        ("2024-13", None, None, "", True),
        ("2024-02-30", None, None, "", True),
        ("2024-03-01T25:00", None, None, "", True),
        ("2024-03-01T08:61", None, None, "", True),
        ("0000-01", None, None, "", True),
        ("UNK", None, None, "", True),
        ("01MAR2024", None, None, "", True),
    ],
)
def test_a_partial_date_is_the_days_it_may_mean(text: str, first: int | None, last: int | None, precision: str, faulty: bool) -> None:
    span = read_spans(pd.Series([text], dtype="str")).iloc[0]
    days = [None if pd.isna(span[name]) else span[name] for name in ("first_on", "last_on")]
    assert (*days, span["precision"], span["faulty"]) == (first, last, precision, faulty)


@pytest.mark.parametrize(
    ("text", "number", "fault"),
    [("-3.5", -3.5, ""), ("+2", 2.0, ""), ("4.1e-1", 0.41, ""), ("1e400", None, "finite"), ("1,5", None, "comma"), ("1:20", None, ""),
     ("POSITIVE, weak", None, ""), ("0x1F", None, ""), ("nan", None, ""), ("٣", None, "")],
)  # fmt: skip
def test_a_text_is_a_number_or_a_faulty_number_or_words(text: str, number: float | None, fault: str) -> None:
    value, reason = read_number(text)
    assert (None if pd.isna(value) else value) == number
    assert fault in reason
    assert bool(reason) == bool(fault)
