"""Colours, arrays and marks that all figures share."""

from __future__ import annotations

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.figures.style import (
    ABOVE_COLOURS,
    base_layout,
    cohort_colour,
    cohort_dash,
    cohort_symbol,
    escape,
    log_ticks,
    message_figure,
    pack,
    spaced_log_ticks,
    threshold_marks,
    translucent,
    unpack,
    with_blanks,
    with_gaps,
)


def luminance(colour: str) -> float:
    """Relative luminance of #rrggbb (WCAG 2.2)."""
    assert re.fullmatch("#[0-9a-f]{6}", colour), colour
    shares = [int(colour[start : start + 2], 16) / 255 for start in (1, 3, 5)]
    linear = [share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4 for share in shares]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def lightness(colour: str) -> float:
    """CIE L* (0 black, 100 white): what is left of a colour in greyscale."""
    return 116 * luminance(colour) ** (1 / 3) - 16


def test_luminance_is_that_of_the_standard() -> None:
    assert luminance("#ffffff") == pytest.approx(1)
    assert luminance("#000000") == 0
    assert 1.05 / (luminance("#767676") + 0.05) == pytest.approx(4.54, abs=0.01)  # the known lightest grey with 4.5:1


@pytest.mark.parametrize("n", range(1, 7))
def test_every_cohort_colour_stands_out_from_white_by_3_to_1(n: int) -> None:
    contrasts = {cohort_colour(place, n): 1.05 / (luminance(cohort_colour(place, n)) + 0.05) for place in range(n)}
    assert {colour: round(contrast, 2) for colour, contrast in contrasts.items() if contrast < 3} == {}


@pytest.mark.parametrize("n", range(2, 7))
def test_cohort_colours_darken_in_order_and_differ_in_greyscale(n: int) -> None:
    # Ten steps of L* are told apart side by side; neighbouring cohorts have dash and marker as a second cue.
    steps = [lightness(cohort_colour(place, n)) - lightness(cohort_colour(place + 1, n)) for place in range(n - 1)]
    assert min(steps) >= 10


def test_levels_above_darken_in_order() -> None:
    steps = -np.diff([lightness(colour) for colour in ABOVE_COLOURS])
    assert (steps >= 10).all()


def test_each_of_six_cohorts_has_its_own_marker_and_dash() -> None:
    assert len({cohort_symbol(place) for place in range(6)}) == 6
    assert len({cohort_dash(place) for place in range(6)}) == 6


@given(st.lists(st.floats(-1e6, 1e6, width=32), max_size=50))
def test_packed_numbers_unpack_to_themselves(values: list[float]) -> None:
    assert unpack(pack(values)).tolist() == values


def test_two_dimensions_and_gaps_survive_packing() -> None:
    table = np.array([[1.0, np.nan, 3.0], [4.5, 5.0, 6.0]])
    np.testing.assert_array_equal(unpack(pack(table)), table)


def test_packing_is_little_endian_single_precision() -> None:
    assert pack([1.0]) == {"dtype": "f4", "bdata": "AACAPw=="}  # 1.0 is 00 00 80 3f


def test_lines_of_different_groups_are_parted_by_one_gap() -> None:
    values, groups = np.array([1.0, 2.0, 3.0, 4.0]), np.array([7, 7, 8, 9])
    np.testing.assert_array_equal(with_gaps(values, groups), [1, 2, np.nan, 3, np.nan, 4])
    assert with_blanks(np.array(["a", "b", "c", "d"], dtype=object), groups) == ["a", "b", "", "c", "", "d"]


def test_text_that_looks_like_markup_is_shown_literally() -> None:
    assert escape("<b>a & b</b>") == "&lt;b&gt;a &amp; b&lt;/b&gt;"


def test_a_translucent_colour_keeps_its_shares() -> None:
    assert translucent("#30106b", 0.5) == "rgba(48,16,107,0.5)"


def marks(layout: dict[str, object]) -> list[str]:
    return [note["text"] for note in layout["annotations"] if "SYNTHETIC" in note["text"]]  # type: ignore[attr-defined]


@pytest.mark.parametrize("synthetic", [True, False])
def test_a_layout_says_synthetic_exactly_when_the_data_are(synthetic: bool) -> None:
    assert len(marks(base_layout(synthetic=synthetic, key="k"))) == synthetic
    assert len(marks(message_figure("Could not be computed", synthetic=synthetic)["layout"])) == synthetic


def test_a_message_figure_shows_its_sentence_and_no_data() -> None:
    figure = message_figure("Nothing to show", synthetic=False)
    assert figure["data"] == []
    assert [note["text"] for note in figure["layout"]["annotations"]] == ["Nothing to show"]


def test_a_log_axis_has_round_levels_within_less_than_a_decade() -> None:
    # Levels stand up to a factor of two beyond the values: 150 to 1,400, and 1.25 to 16.
    assert log_ticks(np.array([300.0, 700.0])) == [150.0, 200.0, 300.0, 400.0, 500.0, 600.0, 800.0, 1000.0]
    assert log_ticks(np.array([0.0, 2.5, 8.0])) == [1.5, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 15.0]
    assert log_ticks(np.array([20.0, 300.0])) == [10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
    assert log_ticks(np.array([])) == [1.0, 2.0, 5.0, 10.0, 20.0]


def test_a_low_log_axis_has_fewer_numbers() -> None:
    # 84 pixels. From 3,000 to 9,000, 0.48 · 1.12 decades: 6,000 and 8,000, 0.125 apart, would be 20 pixels apart, 5,000 and 6,000 12 only.
    assert spaced_log_ticks(np.array([3000.0, 9000.0]), 84) == [2000.0, 5000.0, 10000.0]
    # From 20 to 300, 1.18 · 1.12 decades: 0.30 of a decade is 19 pixels.
    assert spaced_log_ticks(np.array([20.0, 300.0]), 84) == [10.0, 20.0, 50.0, 100.0, 200.0, 500.0]
    # From 10 to 5,000, 2.7 · 1.12 decades: 0.30 of a decade is 8 pixels, a decade 28.
    assert spaced_log_ticks(np.array([10.0, 5000.0]), 84) == [10.0, 100.0, 1000.0, 10000.0]
    # From 0.001 to 10,000, 7 · 1.12 decades: a decade is 10.7 pixels, two are 21.
    assert spaced_log_ticks(np.array([0.001, 10000.0]), 84) == [0.001, 0.1, 10.0, 1000.0]


def test_thresholds_that_lie_close_share_one_label_above_the_highest() -> None:
    shapes, notes = threshold_marks((50, 100, 150, 900), apart=80)
    assert [shape["y0"] for shape in shapes] == [50, 100, 150, 900]
    assert [(mark["text"], mark["y"], mark["yanchor"]) for mark in notes] == [("50, 100, 150/µL", 150, "bottom"), ("900/µL", 900, "bottom")]
    # On a log axis in decades: from 50 to 100 are 0.30, from 100 to 150 0.18, from 150 to 900 0.78.
    _, notes = threshold_marks((900, 50, 150, 100), scale_log=True, apart=0.2)
    assert [mark["text"] for mark in notes] == ["50/µL", "100, 150/µL", "900/µL"]
