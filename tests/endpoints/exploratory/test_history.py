from __future__ import annotations

from math import exp, log, sqrt

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.exploratory.history import derive_history
from dashboard.endpoints.records import Analysis
from tests.endpoints.builders import course
from tests.endpoints.exploratory.findings import enrol


def cd4(analysis: Analysis, scale: str = "count") -> pd.DataFrame:
    table = derive_history(analysis, scale)  # type: ignore[arg-type]
    return table[table["analyte"] == "cd4"].reset_index(drop=True)


# a: 90, 100, 110 (squared deviations 200, 2 degrees of freedom); b: 50, 54 (8, 1 degree). SDw = √(208 / 3) = 8.3267.
A, B = {-28: 90, -5: 110, 0: 100}, {-5: 50, 0: 54}


def test_the_pooled_within_person_deviation_by_hand() -> None:
    found = cd4(enrol(["a", "b"], [*course("a", A), *course("b", B)]))
    assert found["pooled_sd"].tolist() == pytest.approx([sqrt(208 / 3)] * 2)
    assert found["pooled_df"].tolist() == [3, 3]
    assert found["pooled_people"].tolist() == [2, 2]
    assert found["own_sd"].tolist() == pytest.approx([10, sqrt(8)])
    assert found[["low", "high"]].to_numpy().tolist() == [[90, 110], [50, 54]]


def test_the_first_value_beyond_the_reliable_change_is_found() -> None:
    # 1.96 √2 √(208/3) = 23.0803: the band of a is 76.92 … 123.08 around the baseline 100.
    reach = 1.96 * sqrt(2) * sqrt(208 / 3)
    assert reach == pytest.approx(23.0803, abs=1e-4)
    later = {14: 123, 30: 124, 79: 60}
    found = cd4(enrol(["a", "b"], [*course("a", A | later), *course("b", B)])).iloc[0]
    assert (found["band_low"], found["band_high"]) == pytest.approx((100 - reach, 100 + reach))
    assert (found["first_day"], found["first_value"], found["first_side"]) == (30, 124, "above")
    assert found["note"] == ""


def test_a_value_on_the_edge_of_the_band_is_inside() -> None:
    # Deviations of 0 only: the band is the baseline itself.
    found = cd4(enrol(["p"], course("p", {-28: 100, -5: 100, 0: 100, 14: 100, 30: 99}))).iloc[0]
    assert (found["first_day"], found["first_side"]) == (30, "below")


def test_a_short_history_says_so_and_has_no_band() -> None:
    found = cd4(enrol(["a", "b"], [*course("a", A), *course("b", B | {14: 5000})])).iloc[1]
    assert not found["reliable"]
    assert np.isnan(found["band_high"])
    assert found["first_day"] is pd.NA
    assert found["note"] == "The history is too short: 2 of the 3 values needed before the first dose."


def test_values_of_one_day_count_once_and_those_after_the_dose_not_at_all() -> None:
    values = [*course("p", {-28: 90, -5: 100}), ("p", "cd4", -5, 120.0), ("p", "cd4", 0, 100.0), ("p", "cd4", 0, 900.0)]
    found = cd4(enrol(["p"], values, after_dose=(4,))).iloc[0]
    # Days: 90, 110 (mean of 100 and 120), 100.
    assert (found["days"], found["low"], found["high"]) == (3, 90, 110)
    assert found["own_sd"] == pytest.approx(10)


def test_on_the_log_scale_the_band_is_a_ratio() -> None:
    # Logarithms −ln 2, 0, ln 2 around ln 100: squared deviations 2 ln²2, 2 degrees: SDw = ln 2.
    found = cd4(enrol(["p"], course("p", {-28: 50, -5: 200, 0: 100, 14: 600, 30: 700})), "log").iloc[0]
    factor = exp(1.96 * sqrt(2) * log(2))
    assert found["pooled_sd"] == pytest.approx(log(2))
    assert (found["band_low"], found["band_high"]) == pytest.approx((100 / factor, 100 * factor))
    assert factor == pytest.approx(6.83, abs=5e-3)
    assert (found["first_day"], found["first_value"]) == (30, 700)


def test_a_zero_has_no_place_on_the_log_scale() -> None:
    analysis = enrol(["p", "q"], [*course("p", {-28: 0, -5: 4, 0: 8}), *course("q", {-28: 50, -5: 200, 0: 100})])
    found = cd4(analysis, "log")
    assert found["reliable"].tolist() == [False, True]
    assert found["note"].iloc[0] == "A value of 0 before the first dose has no place on a log scale."
    assert found["pooled_df"].tolist() == [2, 2]
    assert cd4(analysis)["reliable"].tolist() == [True, True]


def test_the_band_in_cells_ends_at_zero() -> None:
    found = cd4(enrol(["p"], course("p", {-28: 5, -5: 95, 0: 20}))).iloc[0]
    assert found["band_low"] == 0


def test_nobody_with_two_values_leaves_the_variation_unknown() -> None:
    found = cd4(enrol(["p"], course("p", {0: 100})))
    assert found["pooled_sd"].isna().all()
    assert found["note"].tolist() == ["The history is too short: 1 of the 3 values needed before the first dose."]


def test_another_scale_is_refused() -> None:
    with pytest.raises(ValueError, match="none of count, log"):
        cd4(enrol(["p"]), "root")
