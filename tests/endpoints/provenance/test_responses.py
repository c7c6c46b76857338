from __future__ import annotations

import pytest

from dashboard.endpoints.provenance.responses import trace_responder
from dashboard.errors import NotFoundError
from dashboard.study.choices import ResponseRule
from tests.endpoints.builders import course
from tests.endpoints.provenance.delivered import delivered_analysis, places, step, table

VALUES = [*course("a", {0: 100, 14: 310, 30: 320, 252: 290, 420: 300}), *course("b", {0: 350, 420: 400}), *course("c", {0: 90, 14: 500})]
PEOPLE = {"c": {"last_day": 200, "cut_day": 500, "status": "withdrawn"}}


def analysis():
    return delivered_analysis(VALUES, people=PEOPLE)


def test_at_a_visit_the_analysed_value_is_compared_with_the_threshold() -> None:
    steps = trace_responder(analysis(), "a", 300, "at-visit", "week-60", "to-week-60", "observed", "eligible")
    assert step(steps, "Value at the visit").sentence == "The analysed CD4 value at “Week 60 (end of study)” is 300 cells/µL, on day 420."
    assert places(step(steps, "Value at the visit")) == [("lb.csv", 5)]
    assert step(steps, "Comparison").sentence == "300 ≥ 300 cells/µL: a response."
    assert step(steps, "Visit due").sentence == (
        "“Week 60 (end of study)” has target day 420 (window 378 to 462). This visit keeps the study clock. a was under observation until "
        "day 500; the data cut is on day 500."
    )
    assert steps[-1].sentence == "a counts in N and is a responder."
    assert steps[-1].result == 1
    assert trace_responder(analysis(), "a", 300, "at-visit", "week-36", "to-week-60")[-1].result == 0


def test_ever_takes_the_highest_value_and_sustained_the_best_pair_of_neighbours() -> None:
    steps = trace_responder(analysis(), "a", 315, "ever", "week-60", "to-week-60")
    assert step(steps, "Highest value").sentence == (
        "Of 4 days with a value after day 0 and up to day 462 the highest is 320 cells/µL, on day 30."
    )
    assert places(step(steps, "Highest value")) == [("lb.csv", 3)]
    assert steps[-1].result == 1
    # The neighbours day 14 and day 30: min(310, 320) = 310 < 315. Weeks 36 and 60 have week 48 between them.
    steps = trace_responder(analysis(), "a", 315, "sustained", "week-60", "to-week-60")
    assert step(steps, "Best pair").sentence == (
        "The best two visits in a row are “14 days after dose 1” and “30 days after dose 1”: the lower of their values is 310 cells/µL."
    )
    assert places(step(steps, "Best pair")) == [("lb.csv", 2), ("lb.csv", 3)]
    assert steps[-1].result == 0


@pytest.mark.parametrize(
    ("participant", "denominator", "who", "result"),
    [
        ("b", "observed", "everyone", 1),
        ("b", "observed", "eligible", None),  # baseline 350 is not below 300
        ("c", "observed", "everyone", None),  # no value at week 60
        ("c", "reached", "everyone", None),  # withdrew on day 200
        ("c", "dosed", "everyone", 0),
        ("c", "enrolled", "eligible", 0),
    ],
)
def test_the_denominator_decides_who_counts(participant: str, denominator: str, who: str, result: float | None) -> None:
    assert trace_responder(analysis(), participant, 300, "at-visit", "week-60", "to-week-60", denominator, who)[-1].result == result


def test_the_denominators_are_listed_with_their_meaning() -> None:
    steps = trace_responder(analysis(), "c", 300, "at-visit", "week-60", "to-week-60")
    assert [(row[0], row[2]) for row in table(steps, "Denominators").rows] == [
        ("enrolled", "yes"), ("dosed", "yes"), ("reached the visit", "no"), ("with a value", "no"),
    ]  # fmt: skip
    assert step(steps, "Denominators").sentence == "Counts in the denominators “enrolled”, “dosed”."


@pytest.mark.parametrize(
    ("respond", "words"), [("at-visit", "at the visit: "), ("ever", "at any visit: "), ("sustained", "at two visits in a row: ")]
)
def test_rules_are_named_in_the_words_of_the_filter(respond: ResponseRule, words: str) -> None:
    steps = trace_responder(analysis(), "a", 300, respond, "week-60", "to-week-60")
    assert steps[0].rule.startswith(words)
    assert steps[-1].rule.endswith("N = with a value: has the values the rule needs")
    assert not [each.rule for each in steps if "at-visit" in each.rule or "sustained" in each.rule]


def test_missing_values_and_baselines_are_said() -> None:
    lone = delivered_analysis(course("a", {14: 500}))
    steps = trace_responder(lone, "a", 300, "sustained", "week-60", "to-week-60", "dosed", "eligible")
    assert step(steps, "Best pair").sentence == "a has no two visits in a row with a value after day 0."
    assert step(steps, "Eligibility").sentence == "Without a baseline not eligible."
    assert steps[-1].result is None
    silent = delivered_analysis(course("a", {0: 500}))
    assert step(trace_responder(silent, "a", 300, "ever", "week-60", "to-week-36"), "Highest value").sentence == (
        "a has no value after day 0 and up to day 293."
    )


def test_what_does_not_exist_is_named() -> None:
    with pytest.raises(NotFoundError, match=r"no participant"):
        trace_responder(analysis(), "z", 300, "at-visit", "week-60", "to-week-60")
    with pytest.raises(NotFoundError, match=r"no visit “week-9”"):
        trace_responder(analysis(), "a", 300, "at-visit", "week-9", "to-week-60")
    with pytest.raises(ValueError, match=r"'once' is none of at-visit, ever, sustained"):
        trace_responder(analysis(), "a", 300, "once", "week-60", "to-week-60")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match=r"'some' is none of enrolled"):
        trace_responder(analysis(), "a", 300, "ever", "week-60", "to-week-60", "some")  # type: ignore[arg-type]


def test_a_pair_of_visits_that_begins_on_day_0_does_not_count() -> None:
    steps = trace_responder(delivered_analysis(course("a", {0: 400, 14: 400})), "a", 300, "sustained", "week-60", "to-week-60")
    assert (step(steps, "Best pair").result, steps[-1].result) == (None, None)
