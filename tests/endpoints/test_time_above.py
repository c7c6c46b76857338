from __future__ import annotations

import itertools
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.bootstrap import compute_bootstrap_interval
from dashboard.endpoints.periods import compute_period_limits
from dashboard.endpoints.time_above import (
    COHORT_COLUMNS,
    TIME_ABOVE_COLUMNS,
    Points,
    build_points,
    compute_spans,
    compute_time_above,
    summarise_participant_time_above,
    summarise_time_above,
)
from tests.endpoints.builders import build_analysis, course, everyone, protocol

RULES = ("linear", "locf", "nocb", "both-ends", "either-end")
# Oracle 2 of endpoints, section 4: computed outside this product on this visit plan.
PLAN = {
    0: 120, 14: 230, 30: 260, 79: 170, 84: 160, 98: 280, 114: 320, 163: 210, 168: 205, 182: 360, 198: 380, 252: 260, 336: 190, 420: 150,
}  # fmt: skip


def points_of(*courses: dict[int, float]) -> Points:
    rows = [(index, day, value) for index, each in enumerate(courses) for day, value in sorted(each.items())]
    index, day, value = zip(*rows, strict=True)
    return Points(np.array(index), np.array(day, dtype=np.float64), np.array(value, dtype=np.float64))


def days_above(values: dict[int, float], threshold: float, rule: str = "linear", gap: int | None = 91, start: float = 0, end: float = 420):
    return compute_time_above(points_of(values), 1, threshold, rule, gap, start, end).iloc[0]


# Oracle 1: a public quality-measure test of the same method (band 2 to 3, gap 56), with the days of each interval.
BAND_DATES = [
    (date(2010, 1, 5), 2.8), (date(2010, 1, 18), 3.5), (date(2010, 2, 2), 3.4), (date(2010, 2, 15), 3.9), (date(2010, 3, 10), 1.7),
    (date(2010, 3, 24), 2.3), (date(2010, 4, 12), 2.4), (date(2010, 5, 13), 3.2), (date(2010, 5, 27), 3.5), (date(2010, 6, 10), 3.5),
    (date(2010, 6, 24), 3.4), (date(2010, 7, 8), 2.1), (date(2010, 7, 22), 2.6),
]  # fmt: skip
BAND_DAYS = [3.714286, 0, 0, 10.454545, 7, 19, 23.25, 0, 0, 0, 9.692308, 14]


def band(values: list[dict[int, float]], gap: int | None = 56) -> np.ndarray:
    """Days in the band 2–3: time at or above 2 less time at or above 3. No stretch lies level at 3, so touching it has length 0."""
    points = points_of(*values)
    two, three = (compute_time_above(points, len(values), level, "linear", gap, 0, 1000)["days_above"] for level in (2, 3))
    return (two - three).to_numpy()


def test_days_in_a_band_equal_the_public_oracle_in_total_and_interval_by_interval() -> None:
    values = [((day - BAND_DATES[0][0]).days, value) for day, value in BAND_DATES]
    assert values[-1][0] == 198
    assert band([dict(values)])[0] == pytest.approx(87.11113886, abs=1e-8)
    pairs = [dict(pair) for pair in itertools.pairwise(values)]
    np.testing.assert_allclose(band(pairs), BAND_DAYS, atol=5e-7)


@pytest.mark.parametrize(
    ("rule", "gap", "above_200", "above_300", "covered"),
    [
        ("linear", 91, 287.82, 74.33, 420),
        ("linear", None, 287.82, 74.33, 420),
        ("linear", 56, 215.82, 74.33, 252),
        ("locf", 91, 303, 119, 420),
        ("nocb", 91, 198, 46, 420),
        ("both-ends", 91, 170, 16, 420),
        ("either-end", 91, 331, 149, 420),
    ],
)
def test_days_above_equal_the_oracle_on_this_visit_plan(
    rule: str, gap: int | None, above_200: float, above_300: float, covered: int
) -> None:
    low, high = days_above(PLAN, 200, rule, gap), days_above(PLAN, 300, rule, gap)
    assert round(low["days_above"], 2) == above_200
    assert round(high["days_above"], 2) == above_300
    assert low["covered_days"] == covered
    if gap == 91:
        assert (low["lower_days"], low["upper_days"], high["lower_days"], high["upper_days"]) == (170, 331, 16, 149)


def test_an_interval_of_exactly_the_cap_counts_and_one_day_more_does_not() -> None:
    assert days_above({0: 300, 91: 300}, 200)["covered_days"] == 91
    longer = days_above({0: 300, 92: 300}, 200)
    assert (longer["days_above"], longer["covered_days"], longer["upper_days"]) == (0, 0, 0)


def test_the_cap_asks_for_the_days_between_samples_and_not_for_what_is_left_at_the_horizon() -> None:
    assert days_above({0: 300, 84: 300, 180: 300}, 200, end=100)["covered_days"] == 84  # 84 to 180 are 96 days


def test_an_interval_is_cut_at_the_horizon_on_the_line_between_its_samples() -> None:
    # From 100 at day 400 to 300 at day 440 the line reaches 200 at day 420, the horizon: nothing; 150 at day 410: 10 days.
    assert days_above({400: 100, 440: 300}, 200)["days_above"] == 0
    assert days_above({400: 100, 440: 300}, 150)["days_above"] == 10
    assert days_above({400: 100, 440: 300}, 150)["covered_days"] == 20


def test_a_value_equal_to_the_threshold_is_above() -> None:
    assert days_above({0: 200, 14: 200}, 200)["days_above"] == 14
    assert days_above({0: 200, 14: 200}, 200, "both-ends")["days_above"] == 14
    touching = days_above({0: 100, 14: 200, 28: 100}, 200)
    assert (touching["days_above"], touching["episodes"]) == (0, 0)
    assert np.isnan(touching["first_day_above"])


def test_episodes_join_across_samples_and_break_at_gaps_and_dips() -> None:
    # 100→300 crosses 200 at day 5; 300→100 at day 35. Then again from day 55 on, through a touch at 200, to day 80.
    row = days_above({0: 100, 10: 300, 30: 300, 40: 100, 50: 100, 60: 300, 70: 200, 80: 400}, 200)
    assert row[["days_above", "episodes", "longest_episode_days", "first_day_above", "last_day_above"]].tolist() == [55, 2, 30, 5, 80]
    # All values are above, but the middle interval is 60 days long: two episodes of 10 under a cap of 56.
    row = days_above({0: 300, 10: 300, 70: 300, 80: 300}, 200, gap=56)
    assert row[["days_above", "episodes", "longest_episode_days", "covered_days"]].tolist() == [20, 2, 10, 20]


def test_spans_show_episodes_and_gaps_between_start_and_horizon() -> None:
    values = {0: 300, 10: 300, 70: 300, 80: 300, 100: 100}
    spans = compute_spans(points_of(values, {0: 100}, {0: 100, 10: 300}), 200, "linear", 56, 5, 75)
    assert spans.to_numpy().tolist() == [[0, 5, 10, "above"], [0, 10, 70, "gap"], [0, 70, 75, "above"], [2, 5, 10, "above"]]


def test_a_period_that_begins_at_a_follow_up_visit_counts_from_that_visit() -> None:
    assert compute_period_limits(protocol(), "to-week-60") == (0, 420)
    assert compute_period_limits(protocol(), "to-week-36") == (0, 252)
    assert compute_period_limits(protocol(), "week-36-to-60") == (252, 420)
    # From 260 at day 252 to 190 at day 336 the line is at 200 or more for 84 × 60 / 70 = 72 days.
    assert days_above(PLAN, 200, start=252)["days_above"] == pytest.approx(72)
    assert days_above(PLAN, 200, start=252)["first_day_above"] == 252


def test_points_are_the_baseline_on_day_0_and_the_later_values_up_to_the_last_window() -> None:
    values = [*course("a", {-5: 90, 0: 100, 14: 150, 293: 160, 294: 170}), *course("b", {14: 500}), *course("c", {-5: 80})]
    analysis = build_analysis(values)
    points = build_points(analysis, everyone(analysis), "cd4", "to-week-36")
    rows = list(zip(points.participant_index.tolist(), points.day.tolist(), points.value.tolist(), strict=True))
    # a: day 294 is after the week-36 window; b has no baseline; c has nothing later.
    assert rows == [(0, 0, 100), (0, 14, 150), (0, 293, 160), (2, 0, 80)]


def test_the_participant_table_lists_who_has_no_baseline_or_no_later_value_without_inventing_zeros() -> None:
    values = [*course("a", {0: 100, 14: 300}), *course("b", {14: 500}), *course("c", {-5: 250})]
    analysis = build_analysis(values)
    table = summarise_participant_time_above(analysis, everyone(analysis), "cd4", (200, 300), "linear", 91, "to-week-60")
    assert tuple(table.columns) == TIME_ABOVE_COLUMNS
    assert table[["participant", "threshold", "eligible"]].to_numpy().tolist() == [
        ["a", 200, True], ["a", 300, True], ["b", 200, False], ["b", 300, False], ["c", 200, False], ["c", 300, True],
    ]  # fmt: skip
    first = table.iloc[0]
    assert first[["days_above", "weeks_above", "covered_days", "percent_covered", "episodes"]].tolist() == [7, 1, 14, 50, 1]
    assert table.iloc[2:4][list(TIME_ABOVE_COLUMNS[5:])].isna().all(axis=None)
    assert table.iloc[4:][["baseline", "covered_days"]].to_numpy().tolist() == [[250, 0], [250, 0]]
    assert table.iloc[4:][["days_above", "percent_covered", "episodes", "upper_days"]].isna().all(axis=None)


def test_the_cohort_table_counts_rows_with_days_and_has_every_cohort() -> None:
    values = [row for person in "abcdef" for row in course(person, {0: 100, 14: 100 + 50 * "abcdef".index(person)})]
    analysis = build_analysis(values, people={"f": {"cohort": "480"}})
    rows = summarise_participant_time_above(analysis, everyone(analysis), "cd4", (200,), "locf", 91, "to-week-60")
    rows = rows.assign(days_above=[0.0, 0.0, 7.0, 14.0, 21.0, 5.0])
    table = summarise_time_above(rows, protocol().cohort_keys, (200.0,))
    assert tuple(table.columns) == COHORT_COLUMNS
    assert table[["cohort", "n", "n_any", "mean", "median", "q1", "q3"]].iloc[:2].to_numpy().tolist() == [
        ["240", 5, 3, 8.4, 7, 0, 14],
        ["480", 1, 1, 5, 5, 5, 5],
    ]
    assert table["n"].tolist() == [5, 1, 0]
    assert table["mean_lower"].notna().tolist() == [True, False, False]
    empty = summarise_time_above(rows.iloc[:0], protocol().cohort_keys, (200.0, 300.0))
    assert empty["n"].tolist() == [0] * 6


def test_the_bootstrap_interval_equals_the_one_of_all_possible_resamples() -> None:
    # All 5⁵ = 3,125 equally likely resamples of five values, listed; 9,999 random ones may miss a percentile by a hair.
    values = np.array([0.0, 0.0, 7.0, 40.0, 133.0])
    means = np.array([np.mean(drawn) for drawn in itertools.product(values, repeat=5)])
    expected = np.quantile(means, [0.025, 0.975])
    assert compute_bootstrap_interval(values) == pytest.approx(expected, abs=3)


def test_the_bootstrap_of_a_thousand_values_nears_the_normal_interval_and_repeats() -> None:
    values = np.random.default_rng(5).normal(100, 20, 1001)
    half = 1.96 * values.std() / np.sqrt(len(values))
    found = compute_bootstrap_interval(values)
    assert found == pytest.approx((values.mean() - half, values.mean() + half), abs=0.06)
    assert compute_bootstrap_interval(values) == found
    assert np.isnan(compute_bootstrap_interval(values[:4])).all()


courses = st.dictionaries(st.integers(0, 500), st.integers(0, 600).map(float), min_size=1, max_size=17)
gaps = st.sampled_from([91, 56, None, 7])


@settings(deadline=None)
@given(values=courses, threshold=st.integers(1, 500), gap=gaps, start=st.sampled_from([0.0, 252.0]), rule=st.sampled_from(RULES))
def test_bounds_enclose_every_rule_and_no_time_exceeds_the_covered_time(
    values: dict[int, float], threshold: float, gap: int | None, start: float, rule: str
) -> None:
    row = days_above(values, threshold, rule, gap, start)
    assert 0 <= row["lower_days"] <= row["days_above"] <= row["upper_days"] <= row["covered_days"] <= 420 - start
    assert row["longest_episode_days"] <= row["days_above"] + 1e-9
    assert (row["episodes"] == 0) == (row["days_above"] == 0) == np.isnan(row["first_day_above"])
    spans = compute_spans(points_of(values), threshold, rule, gap, start, 420)
    above = spans[spans["kind"] == "above"]
    assert len(above) == row["episodes"]
    assert (above["end_day"] - above["start_day"]).sum() == pytest.approx(row["days_above"])
    assert ((spans["start_day"] >= start) & (spans["end_day"] <= 420)).all()


@settings(deadline=None)
@given(values=courses, threshold=st.integers(1, 500), gap=gaps, rule=st.sampled_from(RULES))
def test_time_to_week_36_and_from_there_add_up(values: dict[int, float], threshold: float, gap: int | None, rule: str) -> None:
    early, late = days_above(values, threshold, rule, gap, 0, 252), days_above(values, threshold, rule, gap, 252, 420)
    whole = days_above(values, threshold, rule, gap)
    for name in ("days_above", "covered_days", "lower_days", "upper_days"):
        assert early[name] + late[name] == pytest.approx(whole[name])


@settings(deadline=None, max_examples=50)
@given(values=courses, threshold=st.integers(1, 500))
def test_linear_time_equals_counting_along_the_interpolated_line(values: dict[int, float], threshold: float) -> None:
    days = sorted(values)
    grid = np.arange(days[0], min(days[-1], 420), 0.01) + 0.005
    line = np.interp(grid, days, [values[day] for day in days])
    assert days_above(values, threshold, gap=None)["days_above"] == pytest.approx(0.01 * (line >= threshold).sum(), abs=0.01 * len(days))


@settings(deadline=None)
@given(values=courses, threshold=st.integers(1, 400), more=st.integers(1, 100), rule=st.sampled_from(RULES))
def test_time_above_never_grows_with_the_threshold(values: dict[int, float], threshold: int, more: int, rule: str) -> None:
    assert days_above(values, threshold + more, rule)["days_above"] <= days_above(values, threshold, rule)["days_above"] + 1e-9


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'cubic' is none of linear, locf"):
        days_above(PLAN, 200, "cubic")
