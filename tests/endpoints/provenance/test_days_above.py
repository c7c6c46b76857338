from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.intervals import Points
from dashboard.endpoints.provenance.days_above import derive_interval_days, trace_days_above
from dashboard.endpoints.time_above import compute_time_above
from dashboard.errors import NotFoundError
from tests.endpoints.builders import course
from tests.endpoints.provenance.delivered import delivered_analysis, places, step, table
from tests.endpoints.test_time_above import BAND_DATES, PLAN, RULES, courses, gaps, points_of

# Oracle 2 of the definition of time above, interval by interval: straight line, threshold 200. By hand:
# 0–14 rises at 14 × 80/110 = 10.18; 30–79 falls at 30 + 49 × 60/90 = 62.67; 84–98 rises at 84 + 14 × 40/120 = 88.67;
# 252–336 falls at 252 + 84 × 60/70 = 324. The sum is 287.82, of 420 covered days.
PLAN_AT_200 = (
    ("0", "14", "120", "230", "14", "3.82", "rises through the threshold on day 10.18"),
    ("14", "30", "230", "260", "16", "16", "above throughout"),
    ("30", "79", "260", "170", "49", "32.67", "falls through the threshold on day 62.67"),
    ("79", "84", "170", "160", "5", "0", "below throughout"),
    ("84", "98", "160", "280", "14", "9.33", "rises through the threshold on day 88.67"),
    ("98", "114", "280", "320", "16", "16", "above throughout"),
    ("114", "163", "320", "210", "49", "49", "above throughout"),
    ("163", "168", "210", "205", "5", "5", "above throughout"),
    ("168", "182", "205", "360", "14", "14", "above throughout"),
    ("182", "198", "360", "380", "16", "16", "above throughout"),
    ("198", "252", "380", "260", "54", "54", "above throughout"),
    ("252", "336", "260", "190", "84", "72", "falls through the threshold on day 324"),
    ("336", "420", "190", "150", "84", "0", "below throughout"),
)
# The same points at 300: 98–114 rises at 98 + 16 × 20/40 = 106; 114–163 falls at 114 + 49 × 20/110 = 122.91;
# 168–182 rises at 168 + 14 × 95/155 = 176.58; 198–252 falls at 198 + 54 × 80/120 = 234. The sum is 74.33.
DAYS_AT_300 = ("0", "0", "0", "0", "0", "8", "8.91", "0", "5.42", "16", "36", "0", "0")

# Oracle 1: a public quality-measure test of the same method; (from day, to day, days between 2 and 3), from its published dates.
BAND = (
    (0, 13, 3.714286), (13, 28, 0), (28, 41, 0), (41, 64, 10.454545), (64, 78, 7), (78, 97, 19),
    (97, 128, 23.25), (128, 142, 0), (142, 156, 0), (156, 170, 0), (170, 184, 9.692308), (184, 198, 14),
)  # fmt: skip


def test_the_intervals_of_the_visit_plan_equal_the_oracle_at_200() -> None:
    steps = trace_days_above(delivered_analysis(course("a", PLAN)), "a", 200, "linear", 91, "to-week-60")
    assert table(steps, "Intervals").rows == PLAN_AT_200
    assert steps[-1].result == pytest.approx(287.82, abs=0.005)
    assert step(steps, "Covered days").result == 420
    assert step(steps, "Bounds").sentence.startswith("At least 170 days (both values above) and at most 331 days")
    # 287.82 / 7 = 41.12; 100 × 287.82 / 420 = 68.53.
    assert steps[-1].sentence == "Days at or above 200 cells/µL: 287.82; 41.12 weeks, 68.53 % of 420 covered days."


def test_the_intervals_of_the_visit_plan_equal_the_oracle_at_300() -> None:
    steps = trace_days_above(delivered_analysis(course("a", PLAN)), "a", 300, "linear", None, "to-week-60")
    assert tuple(row[5] for row in table(steps, "Intervals").rows) == DAYS_AT_300
    assert steps[-1].result == pytest.approx(74.33, abs=0.005)
    assert step(steps, "Episodes").sentence == (
        "2 episodes at or above 300 cells/µL, from day 106 to day 234; the longest lasts 57.42 days."  # 234 − 176.58
    )


@pytest.mark.parametrize(
    ("rule", "gap", "above_200", "above_300", "covered"),
    [
        ("linear", 56, 215.82, 74.33, 252),
        ("locf", 91, 303, 119, 420),
        ("nocb", 91, 198, 46, 420),
        ("both-ends", 91, 170, 16, 420),
        ("either-end", 91, 331, 149, 420),
    ],
)
def test_every_rule_and_gap_cap_adds_up_to_the_oracle(rule: str, gap: int, above_200: float, above_300: float, covered: float) -> None:
    analysis = delivered_analysis(course("a", PLAN))
    for threshold, expected in ((200, above_200), (300, above_300)):
        steps = trace_days_above(analysis, "a", threshold, rule, gap, "to-week-60")
        assert steps[-1].result == pytest.approx(expected, abs=0.005)
        assert step(steps, "Covered days").result == covered


def test_the_days_in_a_band_equal_the_public_oracle_interval_by_interval() -> None:
    values = {(day - BAND_DATES[0][0]).days: value for day, value in BAND_DATES}
    points = points_of(values)
    two, three = (derive_interval_days(points, level, "linear", 56, 0, 252) for level in (2, 3))
    assert [(each.from_day, each.to_day) for each in two] == [(begin, end) for begin, end, _ in BAND]
    days = [low.days_above - high.days_above for low, high in zip(two, three, strict=True)]
    assert days == pytest.approx([expected for *_, expected in BAND], abs=5e-7)
    assert sum(days) == pytest.approx(87.11113886, abs=1e-8)
    analysis = delivered_analysis(course("a", values))
    traced = [trace_days_above(analysis, "a", level, "linear", 56, "to-week-36")[-1].result for level in (2, 3)]
    assert traced[0] - traced[1] == pytest.approx(87.11113886, abs=1e-8)


def test_points_name_their_source_rows_and_what_is_left_out() -> None:
    analysis = delivered_analysis([*course("a", {-5: 90, 0: 100, 14: 150, 294: 160}), ("a", "cd4", 14, 170.0)])
    steps = trace_days_above(analysis, "a", 200, "linear", 91, "to-week-36")
    assert table(steps, "Points").rows == (("0", "100", "the baseline"), ("14", "160", "lb.csv rows 3 and 5"))
    assert table(steps, "Points").links == ("baseline:a:cd4", "count:a:cd4:14")
    assert places(step(steps, "Points")) == [("lb.csv", 3), ("lb.csv", 5)]
    assert step(steps, "Points").sentence == (
        "2 points: the baseline on day 0 and 1 later day with a value, up to day 293, the end of the last visit's window. "
        "1 later value left out."
    )


def test_gaps_cuts_and_whole_intervals_are_explained_in_words() -> None:
    analysis = delivered_analysis(course("a", {0: 100, 92: 300, 240: 300, 260: 100, 280: 300}))
    whys = [row[-1] for row in table(trace_days_above(analysis, "a", 200, "locf", 150, "to-week-36"), "Intervals").rows]
    assert whys == [
        "later value above, earlier below: does not count",
        "above throughout",
        "earlier value above, later below: counts whole; cut to days 240 to 252",
        "outside the period",
    ]
    gap = table(trace_days_above(analysis, "a", 200, "linear", 91, "to-week-36"), "Intervals").rows[0]
    assert gap[4:] == ("0", "0", "gap of 92 days, beyond the cap of 91")


def test_what_was_not_observed_is_unknown_and_not_zero() -> None:
    no_baseline = trace_days_above(delivered_analysis(course("a", {14: 300})), "a", 200, "linear", 91, "to-week-60")
    assert (no_baseline[-1].result, len(no_baseline)) == (None, 2)
    nothing_later = trace_days_above(delivered_analysis(course("a", {0: 300})), "a", 200, "linear", 91, "to-week-60")
    assert nothing_later[-1].result is None
    assert "unknown, not zero" in nothing_later[-1].sentence


def test_eligibility_compares_the_baseline_with_the_threshold() -> None:
    steps = trace_days_above(delivered_analysis(course("a", {0: 200, 14: 300})), "a", 200, "linear", 91, "to-week-60")
    assert step(steps, "Eligibility").sentence == "The baseline 200 is not below 200 cells/µL: not eligible."


def test_what_does_not_exist_is_named() -> None:
    analysis = delivered_analysis(course("a", PLAN))
    with pytest.raises(NotFoundError, match=r"no participant"):
        trace_days_above(analysis, "z", 200, "linear", 91, "to-week-60")
    with pytest.raises(NotFoundError, match=r"no period “to-week-9”. There are: to-week-60"):
        trace_days_above(analysis, "a", 200, "linear", 91, "to-week-9")
    with pytest.raises(ValueError, match=r"'cubic' is none of linear, locf"):
        trace_days_above(analysis, "a", 200, "cubic", 91, "to-week-60")  # type: ignore[arg-type]


@settings(deadline=None)
@given(values=courses, threshold=st.integers(1, 500), gap=gaps, start=st.sampled_from([0.0, 252.0]), rule=st.sampled_from(RULES))
def test_the_intervals_add_up_to_the_days_above_and_the_covered_days(
    values: dict[int, float], threshold: float, gap: int | None, start: float, rule: str
) -> None:
    points: Points = points_of(values)
    intervals = derive_interval_days(points, threshold, rule, gap, start, 420)
    whole = compute_time_above(points, 1, threshold, rule, gap, start, 420).iloc[0]
    assert sum(each.days_above for each in intervals) == pytest.approx(whole["days_above"])
    assert sum(each.covered_days for each in intervals) == pytest.approx(whole["covered_days"])
    assert all(0 <= each.days_above <= each.covered_days + 1e-9 for each in intervals)
    joined = [(each.from_day, each.from_value) for each in intervals] + [(each.to_day, each.to_value) for each in intervals[-1:]]
    assert joined == (sorted(values.items()) if len(values) > 1 else [])
    assert np.isfinite([each.days_above for each in intervals]).all()
