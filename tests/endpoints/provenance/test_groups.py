from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.provenance.cohorts import trace_cohort_days_above, trace_reached, trace_responders
from dashboard.endpoints.provenance.summary import trace_summary
from dashboard.endpoints.records import Analysis
from dashboard.errors import NotFoundError
from tests.endpoints.builders import course, everyone
from tests.endpoints.provenance.delivered import delivered_analysis, places, step, table

WEEK_36 = {"a": 100, "b": 400, "c": 160, "d": 230}
BASELINES = {"a": 50, "b": 100, "c": 80}


def group() -> Analysis:
    """Four in cohort 240 with a value at week 36 (d without baseline), e without a value there, f in another cohort."""
    values = [row for name, value in WEEK_36.items() for row in course(name, {252: value})]
    values += [row for name, value in BASELINES.items() for row in course(name, {0: value})]
    values += [*course("e", {0: 70, 14: 90}), *course("f", {0: 70, 252: 900})]
    return delivered_analysis(values, people={"f": {"cohort": "480"}})


def test_a_median_is_traced_to_the_values_behind_it() -> None:
    # In order 100, 160, 230, 400: (160 + 230) / 2 = 195; the mean is 890 / 4 = 222.5.
    analysis = group()
    steps = trace_summary(analysis, everyone(analysis), "cd4", "240", "week-36")
    assert steps[-1].sentence == "The middle of 4 values, values 2 and 3 in order: (160 + 230) / 2 = 195 cells/µL."
    assert steps[-1].result == 195
    assert step(steps, "Mean").sentence == "Mean of 4 values: (100 + 160 + 230 + 400) / 4 = 222.5 cells/µL."
    assert table(steps, "Values").rows == (
        ("a", "252", "100", "lb.csv row 1"),
        ("c", "252", "160", "lb.csv row 3"),
        ("d", "252", "230", "lb.csv row 4"),
        ("b", "252", "400", "lb.csv row 2"),
    )
    assert table(steps, "Values").links == tuple(f"count:{name}:cd4:252" for name in "acdb")
    assert places(step(steps, "Values")) == [("lb.csv", 1), ("lb.csv", 3), ("lb.csv", 4), ("lb.csv", 2)]
    assert table(steps, "Participants").rows == (("e", "no value in the window of “Week 36 (interim)”"),)


def test_a_relative_change_has_a_geometric_mean_and_needs_a_baseline() -> None:
    # Folds 2, 4, 2: (2 × 4 × 2) ** (1/3) = 2.5198; 100 × (2.5198 − 1) = 151.98.
    analysis = group()
    steps = trace_summary(analysis, everyone(analysis), "cd4", "240", "week-36", "percent")
    assert step(steps, "Geometric mean").sentence == "(2 × 4 × 2) to the power 1/3 = 2.52 × baseline; 100 × (2.52 − 1) = 151.98 %."
    assert step(steps, "Geometric mean").result == pytest.approx(100 * (16 ** (1 / 3) - 1))
    assert steps[-1].result == 100
    assert ("d", "no baseline, or a baseline of 0") in table(steps, "Participants").rows
    assert table(steps, "Values").rows[0] == ("a", "252", "100", "50", "100", "lb.csv row 1")


def test_those_counted_and_those_not_are_the_selection_of_the_cohort() -> None:
    analysis = group()
    selected = everyone(analysis) & (analysis.participants["participant"] != "b").to_numpy()
    steps = trace_summary(analysis, selected, "cd4", "240", "week-36", "change")
    assert step(steps, "Participants").sentence == "4 participants of the selection are in this cohort; 2 count, 2 do not."
    empty = trace_summary(analysis, ~everyone(analysis), "cd4", "240", "week-36")
    assert empty[-1].result is None
    assert empty[-1].sentence == "Without a value there is no summary."


def test_on_the_dose_axis_only_samples_after_that_dose_count() -> None:
    # a had doses 1 and 2, b dose 1 alone: at the visit 14 days after dose 2, b's latest dose is dose 1.
    analysis = delivered_analysis([*course("a", {98: 100}), *course("b", {98: 200})], doses={"a": (0, 84), "b": (0,)})
    values = {
        dose: trace_summary(analysis, everyone(analysis), "cd4", "240", "dose-2-day-14", "value", dose)[-1].result for dose in (1, 2, 3)
    }
    assert values == {1: 200, 2: 100, 3: None}


def test_responders_list_everyone_with_the_reason() -> None:
    # N: a, c (baseline below 300) and b; e has no value at week 36, d no baseline. b has 400 ≥ 300: 1/3.
    analysis = group()
    steps = trace_responders(analysis, everyone(analysis), "240", 300, "at-visit", "week-36", "to-week-60", "observed", "eligible", "exact")
    assert table(steps, "Participants").rows == (
        ("a", "100", "counts", "no"),
        ("b", "400", "counts", "yes"),
        ("c", "160", "counts", "no"),
        ("d", "230", "no baseline", "–"),
        ("e", "–", "without the values the rule needs", "–"),
    )
    assert step(steps, "Participants").sentence == (
        "5 participants of the selection; 3 in N. “–” stands for who is outside N or has no value to compare; the words beside it say why."
    )
    assert step(steps, "Participants").rule.startswith("at the visit: ")
    assert table(steps, "Participants").links[1] == "responder:b:300"
    assert step(steps, "Responders").sentence == (
        "1 of the 3 in N have a value of 300 cells/µL or more; 2 do not; 2 are outside N. Together 5."
    )
    assert steps[-1].sentence == "1/3 = 33.33 %."
    assert steps[-1].result == pytest.approx(1 / 3)


def test_days_above_of_a_cohort_are_the_mean_of_those_who_count() -> None:
    # At 200, earlier value holds: a and c 0 days of 14, b (300 on day 0) is not eligible, d has no baseline.
    values = [*course("a", {0: 100, 14: 300}), *course("b", {0: 300, 14: 300}), *course("c", {0: 150, 14: 100}), *course("d", {14: 300})]
    analysis = delivered_analysis(values)
    steps = trace_cohort_days_above(analysis, everyone(analysis), "240", 200, "linear", 91, "to-week-60", "eligible")
    # a rises through 200 half-way: 7 of 14 days. (7 + 0) / 2 = 3.5.
    assert table(steps, "Participants").rows == (
        ("a", "100", "7", "14", "counts"),
        ("b", "300", "14", "14", "not eligible"),
        ("c", "150", "0", "14", "counts"),
        ("d", "–", "–", "–", "no baseline"),
    )
    assert table(steps, "Participants").links[0] == "days-above:a:200"
    assert steps[-1].sentence == "(7 + 0) / 2 = 3.5 days."
    assert steps[-1].result == 3.5
    nobody = trace_cohort_days_above(analysis, everyone(analysis), "480", 200, "linear", 91, "to-week-60", "eligible")
    assert nobody[-1].result is None


def test_the_first_day_at_the_threshold_or_the_last_value_is_named() -> None:
    analysis = delivered_analysis([*course("a", {0: 100, 14: 200, 30: 300}), *course("b", {0: 250, 14: 300})])
    reached = trace_reached(analysis, "a", 200, "to-week-60", "eligible")
    assert (reached[-1].result, places(reached[-1])) == (14, [("lb.csv", 2)])
    censored = trace_reached(analysis, "a", 400, "to-week-60", "eligible")
    assert censored[-1].sentence == "No value reaches 400 cells/µL; censored at the last value, on day 30."
    assert trace_reached(analysis, "b", 200, "to-week-60", "eligible")[-1].result is None


def test_what_does_not_exist_is_named() -> None:
    analysis = group()
    with pytest.raises(NotFoundError, match=r"no cohort “999”. There are: 240, 480, 720"):
        trace_summary(analysis, everyone(analysis), "cd4", "999", "week-36")
    with pytest.raises(NotFoundError, match=r"no visit “week-9”"):
        trace_summary(analysis, everyone(analysis), "cd4", "240", "week-9")
    with pytest.raises(NotFoundError, match=r"no cohort “999”"):
        trace_responders(analysis, np.array([]), "999", 300, "ever", "week-60", "to-week-60", "dosed", "everyone", "exact")
    with pytest.raises(NotFoundError, match=r"no cohort “999”"):
        trace_cohort_days_above(analysis, everyone(analysis), "999", 200, "linear", 91, "to-week-60", "everyone")


def test_who_counts_without_a_value_has_a_dash_and_is_a_non_response() -> None:
    # All five were dosed; of their values at week 36 b's 400 alone is 300 or more, and e has none: 1/5.
    analysis = group()
    steps = trace_responders(analysis, everyone(analysis), "240", 300, "at-visit", "week-36", "to-week-60", "dosed", "everyone", "exact")
    assert table(steps, "Participants").rows[3:] == (
        ("d", "230", "counts", "no"),
        ("e", "–", "counts; without the values the rule needs, a non-response", "–"),
    )
    assert [each.result for each in steps] == [5, 1, 0.2]


def test_days_above_of_all_cohorts_together_are_the_mean_of_everyone() -> None:
    values = [*course("a", {0: 100, 14: 300}), *course("b", {0: 150, 14: 100})]
    analysis = delivered_analysis(values, people={"a": {"cohort": "240"}, "b": {"cohort": "480"}})
    steps = trace_cohort_days_above(analysis, everyone(analysis), "all", 200, "linear", 91, "to-week-60", "eligible")
    # a rises through 200 half-way: 7 of 14 days; b never: (7 + 0) / 2.
    assert steps[-1].sentence == "(7 + 0) / 2 = 3.5 days."
    assert step(steps, "Median").result == 3.5


def test_a_response_outside_n_is_no_responder() -> None:
    # At 90 b (baseline 100) is not eligible, though 400 ≥ 90; a and c are, and both respond: 2/2.
    analysis = group()
    steps = trace_responders(analysis, everyone(analysis), "240", 90, "at-visit", "week-36", "to-week-60", "observed", "eligible", "exact")
    assert table(steps, "Participants").rows[1] == ("b", "400", "baseline 100, not below the threshold", "–")
    assert [each.result for each in steps] == [2, 2, 1]
