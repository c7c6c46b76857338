from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import derive_responses, summarise_responders, summarise_sweep
from tests.endpoints.builders import PLANNED_DAYS, Value, build_analysis, course, everyone

RULES = ("at-visit", "ever", "sustained")
DENOMINATORS = ("enrolled", "dosed", "reached", "observed")


def responds(values: dict[int, float], rule: str, visit: str = "week-60", period: str = "to-week-60", threshold: float = 300) -> list[bool]:
    analysis = build_analysis(course("a", values))
    row = derive_responses(analysis, everyone(analysis), "cd4", threshold, rule, visit, period).iloc[0]
    return [bool(row["responds"]), bool(row["observed"])]


def test_at_visit_asks_for_the_analysed_value_and_the_threshold_itself_is_enough() -> None:
    assert responds({0: 100, 420: 300}, "at-visit") == [True, True]
    assert responds({0: 100, 420: 299.9}, "at-visit") == [False, True]
    assert responds({0: 100, 418: 250, 430: 400}, "at-visit") == [False, True]  # day 418 is closer to 420
    assert responds({0: 100, 252: 400}, "at-visit") == [False, False]
    assert responds({0: 100, 252: 400}, "at-visit", "week-36") == [True, True]


def test_ever_asks_for_any_value_after_day_0_up_to_the_last_window() -> None:
    assert responds({0: 400, 14: 100}, "ever") == [False, True]
    assert responds({0: 100, 14: 310, 30: 100}, "ever") == [True, True]
    assert responds({0: 400}, "ever") == [False, False]
    assert responds({0: 100, 14: 100, 300: 400}, "ever", period="to-week-36") == [False, True]
    # Day 425 is after week 60's nominal day and inside its window: a response at the visit is one of `ever`.
    assert responds({0: 100, 425: 400}, "at-visit") == responds({0: 100, 425: 400}, "ever") == [True, True]


def test_sustained_asks_for_two_visits_that_follow_each_other_in_the_plan() -> None:
    assert responds({0: 100, 14: 310, 30: 320}, "sustained") == [True, True]
    assert responds({0: 310, 14: 310, 30: 100}, "sustained") == [False, True]  # day 0 does not count
    assert responds({14: 310, 30: 100, 79: 310}, "sustained") == [False, True]
    assert responds({14: 310, 79: 310}, "sustained") == [False, False]  # the visit of day 30 is missing between
    assert responds({198: 310, 252: 310}, "sustained", period="week-36-to-60") == [False, False]  # only one visit of the period
    assert responds({252: 310, 336: 310}, "sustained", period="week-36-to-60") == [True, True]


def trial() -> Analysis:
    """Cohort 240: a responds, b does not, c has no week-60 value though due, d is not due yet, e left, f was never dosed,
    g has a baseline of 350 and responds. Cohort 480: h responds.
    """
    values = [
        *course("a", {0: 100, 420: 320}),
        *course("b", {0: 120, 420: 180}),
        *course("c", {0: 90, 336: 310}),
        *course("d", {0: 80, 252: 310}),
        *course("e", {0: 150, 114: 310}),
        ("f", "cd4", None, 140.0),
        *course("g", {0: 350, 420: 330}),
        *course("h", {0: 200, 420: 300}),
    ]
    people = {
        "c": {"last_day": 430},
        "d": {"cut_day": 300, "last_day": 300},
        "e": {"last_day": 120, "status": "withdrawn"},
        "h": {"cohort": "480"},
    }
    return build_analysis(values, doses={"f": ()}, people=people)


@pytest.mark.parametrize(
    ("denominator", "who", "responders", "total"),
    [
        ("enrolled", "everyone", 2, 7),
        ("dosed", "everyone", 2, 6),
        ("reached", "everyone", 2, 4),  # a, b, c and g
        ("observed", "everyone", 2, 3),  # a, b and g
        ("enrolled", "eligible", 1, 5),  # not f, who has no baseline, and not g
        ("dosed", "eligible", 1, 5),
        ("reached", "eligible", 1, 3),
        ("observed", "eligible", 1, 2),
    ],
)
def test_each_denominator_counts_who_it_says(denominator: str, who: str, responders: int, total: int) -> None:
    analysis = trial()
    responses = derive_responses(analysis, everyone(analysis), "cd4", 300, "at-visit", "week-60", "to-week-60")
    table = summarise_responders(responses, ("240", "480", "720"), denominator, "exact", who)
    assert table["cohort"].tolist() == ["240", "480", "720", "all"]
    assert table.loc[0, ["responders", "denominator"]].tolist() == [responders, total]
    assert table.loc[0, "proportion"] == pytest.approx(responders / total)
    assert table.loc[2, ["responders", "denominator"]].tolist() == [0, 0]
    assert math.isnan(table.loc[2, "proportion"])
    assert table.loc[3, ["responders", "denominator"]].tolist() == [responders + 1, total + 1]
    assert np.isnan(table.loc[0, "lower"]) == (total < 5)


def test_who_left_before_the_visit_has_not_reached_it_but_may_have_responded_before() -> None:
    analysis = trial()
    ever = derive_responses(analysis, everyone(analysis), "cd4", 300, "ever", "week-36", "to-week-60").set_index("participant_index")
    assert ever["responds"].tolist() == [True, False, True, True, True, False, True, True]
    # For `ever` the visit that counts as reached is the period's last one, whichever visit is chosen.
    assert ever["reached"].tolist() == [True, True, True, True, True, False, True, True]
    assert not derive_responses(analysis, everyone(analysis), "cd4", 300, "at-visit", "week-60", "to-week-60")["reached"].tolist()[4]


def test_a_moved_visit_is_due_on_its_moved_day() -> None:
    people = {"a": {"last_day": 100, "cut_day": 100}}
    due = [
        derive_responses(analysis, everyone(analysis), "cd4", 300, "at-visit", "dose-2-day-14", "to-week-60")["reached"].iloc[0]
        for second in (84, 91)
        for analysis in [build_analysis([("a", "cd4", 0, 100.0)], doses={"a": (0, second)}, people=people)]
    ]
    assert due == [True, False]  # due on day 98; with dose 2 a week late on day 105


def test_the_sweep_agrees_with_single_thresholds_and_is_of_everyone() -> None:
    analysis = trial()
    grid = np.array([0.0, 180.0, 180.1, 300.0, 320.0, 330.0, 331.0])
    sweep = summarise_sweep(analysis, everyone(analysis), "cd4", grid, "at-visit", "week-60", "to-week-60", "observed")
    of_240 = sweep[sweep["cohort"] == "240"]
    assert of_240["responders"].tolist() == [3, 3, 2, 2, 2, 1, 0]
    assert of_240["denominator"].tolist() == [3] * 7
    assert sweep.loc[sweep["cohort"] == "all", "responders"].tolist() == [4, 4, 3, 3, 2, 1, 0]
    assert sweep.loc[sweep["cohort"] == "720", "proportion"].isna().all()
    with pytest.raises(ValueError, match="eligibility changes with the threshold"):
        summarise_sweep(analysis, everyone(analysis), "cd4", grid, "at-visit", "week-60", "to-week-60", "observed", "eligible")


def test_an_unknown_rule_is_refused_by_name() -> None:
    with pytest.raises(ValueError, match="'once' is none of at-visit, ever, sustained"):
        responds({0: 1}, "once")


people_values = st.lists(
    st.dictionaries(st.sampled_from(PLANNED_DAYS), st.integers(0, 500).map(float), max_size=10), min_size=1, max_size=8
)


def drawn_trial(courses: list[dict[int, float]], lengths: list[int]) -> Analysis:
    values: list[Value] = [row for index, each in enumerate(courses) for row in course(f"p{index}", each)]
    people = {f"p{index}": {"cut_day": lengths[index], "cohort": ("240", "480")[index % 2]} for index in range(len(courses))}
    return build_analysis(values, people=people)


@settings(deadline=None, max_examples=40)
@given(courses=people_values, lengths=st.lists(st.integers(420, 600), min_size=8, max_size=8), rule=st.sampled_from(RULES))
def test_denominators_are_nested_and_cohorts_add_up_to_all(courses: list[dict[int, float]], lengths: list[int], rule: str) -> None:
    analysis = drawn_trial(courses, lengths)
    responses = derive_responses(analysis, everyone(analysis), "cd4", 200, rule, "week-36", "to-week-60")
    flags = responses[list(DENOMINATORS)].astype(int).to_numpy()
    assert len(responses) == len(courses)
    assert (np.diff(flags, axis=1) <= 0).all()
    assert (responses["responds"] <= responses["observed"]).all()
    for denominator in DENOMINATORS:
        table = summarise_responders(responses, ("240", "480", "720"), denominator, "wilson", "everyone")
        assert table["responders"].iloc[:3].sum() == table["responders"].iloc[3]
        assert table["denominator"].iloc[:3].sum() == table["denominator"].iloc[3] == responses[denominator].sum()


@settings(deadline=None, max_examples=40)
@given(courses=people_values, rule=st.sampled_from(RULES), denominator=st.sampled_from(DENOMINATORS))
def test_the_proportion_never_rises_with_the_threshold(courses: list[dict[int, float]], rule: str, denominator: str) -> None:
    analysis = drawn_trial(courses, [500] * 8)
    grid = np.arange(0.0, 520.0, 20.0)
    sweep = summarise_sweep(analysis, everyone(analysis), "cd4", grid, rule, "week-60", "to-week-60", denominator)
    for _, rows in sweep.groupby("cohort"):
        assert (np.diff(rows["responders"]) <= 0).all()
        assert rows["denominator"].nunique() == 1
    at_200 = derive_responses(analysis, everyone(analysis), "cd4", 200, rule, "week-60", "to-week-60")
    assert sweep.loc[(sweep["cohort"] == "all") & (sweep["threshold"] == 200), "responders"].item() == at_200["responds"].sum()


@settings(deadline=None, max_examples=40)
@given(courses=people_values)
def test_a_sustained_response_and_one_at_a_visit_are_responses_at_some_time(courses: list[dict[int, float]]) -> None:
    analysis = drawn_trial(courses, [500] * 8)
    found = {rule: derive_responses(analysis, everyone(analysis), "cd4", 200, rule, "week-60", "to-week-60")["responds"] for rule in RULES}
    assert (found["sustained"] <= found["ever"]).all()
    assert (found["at-visit"] <= found["ever"]).all()


def test_a_visit_after_the_cut_has_not_been_reached_whatever_the_last_day_says() -> None:
    reached = []
    for cut_day in (420, 419):
        analysis = build_analysis([("a", "cd4", 0, 100.0)], people={"a": {"last_day": 430, "cut_day": cut_day}})
        responses = derive_responses(analysis, everyone(analysis), "cd4", 300, "at-visit", "week-60", "to-week-60")
        reached.append(bool(responses["reached"].iloc[0]))
    assert reached == [True, False]


@pytest.mark.parametrize(("status", "reached"), [("ongoing", True), ("withdrawn", False), ("died", False), ("lost to follow-up", False)])
def test_who_missed_the_visit_and_has_not_left_has_reached_it(status: str, reached: bool) -> None:
    """Week 36 is day 252, the cut day 263; the last record is of day 197. Only who left on that day was gone by day 252."""
    people = {"a": {"last_day": 197, "cut_day": 263, "status": status}}
    analysis = build_analysis([("a", "cd4", 0, 100.0), ("a", "cd4", 197, 180.0)], people=people)
    responses = derive_responses(analysis, everyone(analysis), "cd4", 300, "at-visit", "week-36", "to-week-36")
    assert responses["reached"].tolist() == [reached]
    assert responses["observed"].tolist() == [False]
