"""Flags on values: subsets above the total, unit slips, different values, below the limit."""

from __future__ import annotations

from dataclasses import replace

import pytest

from dashboard.endpoints.quality.words import describe_number
from tests.endpoints.builders import Value, course
from tests.endpoints.quality.flagged import build_labelled, flags_of


def lymphocytes(alc: float, cd4: float, cd8: float, b: float, nk: float, day: int = 98) -> list[Value]:
    return [("a", "alc", day, alc), ("a", "cd4", day, cd4), ("a", "cd8", day, cd8), ("a", "b", day, b), ("a", "nk", day, nk)]


def test_subsets_21_percent_above_the_total_are_flagged_with_every_record_of_the_day() -> None:
    # 400 + 500 + 110 + 200 = 1,210, which is 21 % above 1,000.
    found = flags_of(build_labelled(lymphocytes(1000, 400, 500, 110, 200)), "subsets-above-total")
    assert found["analyte"].tolist() == ["alc", "cd4", "cd8", "b", "nk"]
    assert set(found["sentence"]) == {"CD4 + CD8 + B + NK of 1,210 cells/µL on day 98 are 21 % above ALC, which is 1,000."}
    assert found["expected"].tolist()[0] == 1210
    assert found["expected"].isna().tolist() == [False, True, True, True, True]
    assert found["source_row"].tolist() == [1, 2, 3, 4, 5]


@pytest.mark.parametrize(("nk", "flagged"), [(162.0, False), (162.01, True)])
def test_subsets_exactly_20_percent_above_the_total_are_not_flagged(nk: float, flagged: bool) -> None:
    # 1.2 × 810 = 972 = 400 + 300 + 110 + 162; in floating point 1.2 × 810 is a little less than 972.
    assert bool(len(flags_of(build_labelled(lymphocytes(810, 400, 300, 110, nk)), "subsets-above-total"))) is flagged


def test_subsets_of_one_day_are_not_compared_with_the_total_of_another_day_or_participant() -> None:
    values: list[Value] = [("a", "alc", 10, 100.0), ("a", "cd4", 11, 900.0), ("b", "alc", 11, 100.0)]
    assert flags_of(build_labelled(values), "subsets-above-total").empty


def test_the_subsets_that_are_there_are_enough_and_several_values_of_a_day_count_as_their_mean() -> None:
    # CD4 on day 30: mean of 300 and 500 = 400; ALC 300: 400 > 360. A total of 0 has no percentage.
    values: list[Value] = [
        ("a", "alc", 30, 300.0),
        ("a", "cd4", 30, 300.0),
        ("a", "cd4", 30, 500.0),
        ("b", "alc", 30, 0.0),
        ("b", "nk", 30, 5.0),
    ]
    found = flags_of(build_labelled(values), "subsets-above-total")
    assert found["sentence"].tolist() == [
        *["CD4 of 400 cells/µL on day 30 are 33 % above ALC, which is 300."] * 3,
        *["NK of 5 cells/µL on day 30 are above ALC, which is 0."] * 2,
    ]


def test_a_value_a_thousand_times_both_neighbours_is_named_with_both() -> None:
    found = flags_of(build_labelled(course("a", {84: 390.0, 98: 410_000.0, 114: 430.0})), "unit-slip")
    assert found["sentence"].tolist() == [
        "CD4 of 410,000 cells/µL on day 98 is about 1,000 times both neighbouring values (390 on day 84 and 430 on day 114): "
        "probably a 1,000-fold unit slip."
    ]
    assert found[["day", "value", "expected", "visit"]].to_numpy().tolist() == [[98, 410_000.0, 410.0, "dose-2-day-14"]]


@pytest.mark.parametrize(
    ("value", "words", "fold"),
    [
        (4100.0, "about 10 times", "10-fold"),
        (41_000.0, "about 100 times", "100-fold"),
        (410_000.0, "about 1,000 times", "1,000-fold"),
        (41.0, "about 1/10 of", "10-fold"),
        (4.1, "about 1/100 of", "100-fold"),
        (0.41, "about 1/1,000 of", "1,000-fold"),
    ],
)
def test_ten_hundred_and_thousandfold_slips_are_named_as_such_in_both_directions(value: float, words: str, fold: str) -> None:
    found = flags_of(build_labelled(course("a", {84: 400.0, 98: value, 114: 420.0})), "unit-slip")
    (sentence,) = found["sentence"]
    assert words in sentence
    assert f"probably a {fold} unit slip" in sentence
    assert found["expected"].tolist() == pytest.approx([410.0])


@pytest.mark.parametrize(("value", "flagged"), [(1999.0, False), (2000.0, True), (80.1, False), (80.0, True)])
def test_a_value_is_flagged_from_five_times_the_nearer_of_its_neighbours(value: float, flagged: bool) -> None:
    # Neighbours 300 and 400: 5 × 400 = 2,000; neighbours 400 and 500: 400 / 5 = 80.
    other = 300.0 if value > 400 else 500.0
    assert bool(len(flags_of(build_labelled(course("a", {84: 400.0, 98: value, 114: other})), "unit-slip"))) is flagged


def test_how_many_times_is_said_as_it_is_and_the_slip_as_the_nearest_power_of_ten() -> None:
    # 2,400 / 400 = 6 and 2,400 / 375 = 6.4; the power of ten nearest to the geometric mean 6.2 is 10.
    found = flags_of(build_labelled(course("a", {84: 400.0, 98: 2400.0, 114: 375.0})), "unit-slip")
    assert "is about 6 times both neighbouring values (400 on day 84 and 375 on day 114): probably a 10-fold" in found["sentence"][0]
    assert found["expected"].tolist() == [240.0]


def test_a_value_far_from_one_neighbour_only_is_no_slip() -> None:
    assert flags_of(build_labelled(course("a", {79: 42.0, 84: 40.0, 98: 500.0, 114: 480.0})), "unit-slip").empty


def test_the_first_value_is_compared_with_the_next_two_and_the_last_with_the_previous_two() -> None:
    found = flags_of(build_labelled(course("a", {-5: 4000.0, 0: 390.0, 14: 410.0, 30: 400.0, 79: 0.4})), "unit-slip")
    assert found["day"].tolist() == [-5, 79]
    assert "(390 on day 0 and 410 on day 14)" in found["sentence"][0]
    assert "(410 on day 14 and 400 on day 30)" in found["sentence"][1]


def test_two_values_cannot_tell_which_of_them_slipped() -> None:
    assert flags_of(build_labelled(course("a", {0: 400.0, 14: 400_000.0})), "unit-slip").empty


def test_values_of_another_analyte_or_participant_are_no_neighbours() -> None:
    values = [*course("a", {0: 400.0, 14: 4000.0}), *course("b", {30: 400.0}), *course("a", {30: 400.0}, "nk")]
    assert flags_of(build_labelled(values), "unit-slip").empty


def test_zeros_and_values_below_the_limit_are_neither_slips_nor_neighbours() -> None:
    # 2.5 (below the limit) and 0 lie between 40 and 38; without them 40, 38, 39 are neighbours of each other.
    analysis = build_labelled(course("a", {0: 40.0, 14: 2.5, 30: 0.0, 79: 38.0, 84: 39.0}), below_loq=(1,))
    assert flags_of(analysis, "unit-slip").empty


def test_a_slip_beside_another_value_of_the_same_day_is_found() -> None:
    values = [*course("a", {84: 390.0, 98: 410_000.0, 114: 430.0}), ("a", "cd4", 98, 405.0)]
    assert flags_of(build_labelled(values), "unit-slip")["value"].tolist() == [410_000.0]


def test_different_values_of_one_day_are_all_flagged_with_the_mean_that_enters_calculations() -> None:
    values: list[Value] = [
        ("a", "cd4", 17, 322.0),
        ("a", "cd4", 17, 313.0),
        ("a", "cd4", 18, 300.0),
        ("a", "nk", 17, 300.0),
        ("b", "cd4", 17, 1.0),
    ]
    found = flags_of(build_labelled(values), "different-values")
    # (322 + 313) / 2 = 317.5
    assert found["expected"].tolist() == [317.5, 317.5]
    assert found["source_row"].tolist() == [1, 2]
    assert set(found["sentence"]) == {
        "CD4 on day 17 has 2 different values, 313 and 322 cells/µL; the day enters calculations as the mean of its values, 317.5."
    }


def test_equal_values_and_values_before_and_after_the_dose_are_not_different_values_of_one_time() -> None:
    values: list[Value] = [("a", "cd4", 84, 300.0), ("a", "cd4", 84, 200.0), ("a", "nk", 30, 50.0), ("a", "nk", 30, 50.0)]
    assert flags_of(build_labelled(values, after_dose=(1,)), "different-values").empty


def test_counts_without_a_day_have_no_time_to_share() -> None:
    values: list[Value] = [("a", "cd4", None, 300.0), ("a", "cd4", None, 200.0)]
    analysis = build_labelled(values, doses={"a": ()}, people={"a": {"status": "not dosed"}})
    assert flags_of(analysis, "different-values").empty


def test_a_count_below_the_limit_is_named_as_delivered() -> None:
    analysis = build_labelled([("a", "cd4", 30, 2.5), ("a", "cd4", 79, 6.0)], below_loq=(0,))
    counts = analysis.counts.assign(value_text=["<5", "6"], unit_text="10^6/L")
    found = flags_of(replace(analysis, counts=counts), "below-limit")
    assert found["sentence"].tolist() == [
        "CD4 on day 30 is reported as <5 10^6/L, below the limit of quantification; 2.5 cells/µL, half of the limit, enters calculations."
    ]


@pytest.mark.parametrize(
    ("number", "text"),
    [(0.0, "0"), (2.5, "2.5"), (317.456, "317.46"), (410_000.0, "410,000"), (0.041, "0.041"), (-64.0, "−64"), (1e6, "1,000,000")],
)
def test_numbers_are_written_plainly(number: float, text: str) -> None:
    assert describe_number(number) == text
