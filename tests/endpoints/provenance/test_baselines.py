from __future__ import annotations

import pytest

from dashboard.endpoints.provenance.baselines import trace_baseline
from dashboard.errors import NotFoundError
from tests.endpoints.builders import course
from tests.endpoints.provenance.delivered import claims, delivered_analysis, places, step, table

VALUES = [*course("a", {-28: 150, -5: 90, 0: 100}), ("a", "cd4", 0, 110.0), ("a", "cd4", 0, 400.0), ("a", "cd4", 14, 500.0)]


def test_the_last_day_up_to_day_0_is_taken_and_the_others_are_listed_with_the_reason() -> None:
    # Day 0: (100 + 110) / 2 = 105; 400 was drawn after the dose.
    steps = trace_baseline(delivered_analysis(VALUES, after_dose=[4]), "a", "cd4")
    assert step(steps, "Values up to day 0").sentence == "a has 5 CD4 values on or before day 0; 4 of them can be baseline."
    assert [row[-1] for row in table(steps, "Values up to day 0").rows] == ["can be baseline"] * 4 + ["drawn after the dose"]
    assert table(steps, "Values up to day 0").links[1] == "count:a:cd4:-5"
    assert step(steps, "Baseline").sentence == "The last such day is taken. Day 0: (100 + 110) / 2 = 105 cells/µL."
    assert places(step(steps, "Baseline")) == [("lb.csv", 3), ("lb.csv", 4)]
    assert steps[-1].sentence == "105 cells/µL is in the stratum “100 to 199”."
    assert steps[-1].result == 105


def test_under_the_mean_each_day_counts_once() -> None:
    # (150 + 90 + 105) / 3 = 115.
    steps = trace_baseline(delivered_analysis(VALUES, rule="mean", after_dose=[4]), "a", "cd4")
    assert step(steps, "Baseline").sentence == (
        "Every such day is taken (day −28: 150; day −5: 90; day 0: (100 + 110) / 2 = 105). Their mean: (150 + 90 + 105) / 3 = 115 cells/µL."
    )
    assert steps[-1].result == 115


def test_without_a_value_up_to_day_0_there_is_none() -> None:
    steps = trace_baseline(delivered_analysis(course("a", {14: 100})), "a", "cd4")
    assert [each.result for each in steps] == [None, None]
    assert steps[-1].sentence == "No value can be baseline, so there is none, and no change from it."


@pytest.mark.parametrize(
    ("text", "value", "agrees"),
    [("105", 105.0, "yes"), ("104.6", 104.6, "no"), ("0.105", 105.0, "yes"), ("0.1", 100.0, "yes"), ("0.2", 200.0, "no")],
)
def test_a_claimed_baseline_agrees_to_the_digits_delivered(text: str, value: float, agrees: str) -> None:
    steps = trace_baseline(delivered_analysis(VALUES, after_dose=[4]), "a", "cd4", claims(("a", "cd4", 14, "baseline", value, text)))
    assert table(steps, "What the delivery states").rows == (("adlb.xpt row 1", "baseline", text, "105", agrees),)
    assert steps[-1].result == 105


def test_what_does_not_exist_is_named() -> None:
    analysis = delivered_analysis(VALUES)
    with pytest.raises(NotFoundError, match=r"no participant"):
        trace_baseline(analysis, "z", "cd4")
    with pytest.raises(NotFoundError, match=r"no analyte “z”"):
        trace_baseline(analysis, "a", "z")
