"""Texts become numbers exactly, and dates only where they are dates."""

from __future__ import annotations

from decimal import Decimal

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from data_access.numbers import find_factors, read_dates, read_result, read_whole, unit_factors
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


@given(st.decimals(min_value=0, max_value=10**6, places=4))
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
