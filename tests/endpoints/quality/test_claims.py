"""Derived values of an analysis delivery against the product's own."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.records import Analysis
from tests.endpoints.builders import Value, course
from tests.endpoints.quality.flagged import build_labelled, claim, flags_of

LAST = "rule last: the last value on or before day 0, not drawn after the dose"
MEAN = "rule mean: the mean over the days on or before day 0, not drawn after the dose"
# lb.csv, rows 1 to 4: baseline is 343 by `last` and (350 + 343) / 2 = 346.5 by `mean`.
COURSE = course("a", {-5: 350.0, 0: 343.0, 98: 407.0, 297: 300.0})


def disagreements(*claims: tuple[str, str, int | None, str, float, str, int], rule: str = "last") -> pd.DataFrame:
    return flags_of(build_labelled(COURSE, rule=rule), "claim-disagrees", claims=claim(*claims))


def test_a_baseline_of_another_rule_is_reported_with_both_numbers_and_the_rule() -> None:
    found = disagreements(("a", "cd4", 98, "baseline", 350.0, "350", 7))
    assert found["sentence"].tolist() == [f"a: baseline of CD4, the delivery says 350 cells/µL, this product derives 343 ({LAST})."]
    assert found[["participant", "analyte", "visit", "day", "value", "expected", "source_file", "source_row"]].to_numpy().tolist() == [
        ["a", "cd4", "dose-2-day-14", 98, 350.0, 343.0, "adlb.csv", 7]
    ]
    by_mean = disagreements(("a", "cd4", 98, "baseline", 343.0, "343", 7), rule="mean")
    assert by_mean["sentence"].tolist() == [f"a: baseline of CD4, the delivery says 343 cells/µL, this product derives 346.5 ({MEAN})."]


def test_changes_are_reported_with_each_step() -> None:
    # 407 − 343 = 64 and 100 × 64 / 343 = 18.66
    found = disagreements(("a", "cd4", 98, "change", 57.0, "57", 7), ("a", "cd4", 98, "percent_change", 16.3, "16.3", 7))
    assert found["sentence"].tolist() == [
        f"a: change of CD4 on day 98, the delivery says 57 cells/µL, this product derives 64 (407 − 343; {LAST}).",
        f"a: percent change of CD4 on day 98, the delivery says 16.3 %, this product derives 18.66 (100 × (407 − 343) / 343; {LAST}).",
    ]


@pytest.mark.parametrize(
    ("text", "value", "agrees"),
    [("18.7", 18.7, True), ("18.66", 18.66, True), ("18.6", 18.6, False), ("18.65", 18.65, False), ("18.658892128", 18.658892128, True)],
)
def test_numbers_agree_up_to_the_rounding_of_the_delivered_text(text: str, value: float, agrees: bool) -> None:
    # 100 × 64 / 343 = 18.6588921…: 18.7 stands for 18.65 to 18.75, and 18.65 for 18.645 to 18.655.
    assert disagreements(("a", "cd4", 98, "percent_change", value, text, 7)).empty is agrees


@pytest.mark.parametrize(("text", "value", "agrees"), [("0.34", 340.0, True), ("0.35", 350.0, False), ("0.343", 343.0, True)])
def test_rounding_counts_in_the_delivered_unit(text: str, value: float, agrees: bool) -> None:
    # 0.34 × 10^9/L is 335 to 345 cells/µL; 0.35 is 345 to 355.
    assert disagreements(("a", "cd4", 98, "baseline", value, text, 7)).empty is agrees


def test_a_number_where_the_product_has_none_disagrees() -> None:
    analysis = build_labelled([("a", "cd4", 14, 200.0), ("b", "cd4", 0, 0.0), ("b", "cd4", 14, 10.0)])
    claims = claim(
        ("a", "cd4", 14, "baseline", 180.0, "180", 1),
        ("a", "cd4", 14, "change", 20.0, "20", 1),
        ("b", "cd4", 14, "percent_change", 5.0, "5", 3),
    )
    assert flags_of(analysis, "claim-disagrees", claims=claims)["sentence"].tolist() == [
        f"a: baseline of CD4, the delivery says 180 cells/µL, this product derives none ({LAST}).",
        f"a: change of CD4 on day 14, the delivery says 20 cells/µL, this product derives none (no baseline; {LAST}).",
        f"b: percent change of CD4 on day 14, the delivery says 5 %, this product derives none (baseline 0; {LAST}).",
    ]


def test_a_visit_is_compared_as_a_planned_visit_not_as_a_text() -> None:
    found = disagreements(
        ("a", "cd4", 98, "visit", float("nan"), "Dose 2 Day 14", 7), ("a", "cd4", 297, "visit", float("nan"), "Week 36", 8)
    )
    assert found["sentence"].tolist() == [
        "a: visit of CD4 on day 297, the delivery says “Week 36”, this product assigns Week 48 (window day 294 to 377)."
    ]
    assert found["value"].isna().all()


def visits(analysis: Analysis, day: int, text: str, row: int) -> list[str]:
    return flags_of(analysis, "claim-disagrees", claims=claim(("a", "cd4", day, "visit", float("nan"), text, row)))["sentence"].tolist()


def test_a_record_without_visit_agrees_with_an_unscheduled_label_and_not_with_a_planned_one() -> None:
    values: list[Value] = [("a", "cd4", 330, 1.0), ("a", "cd4", 337, 1.0), ("a", "cd4", 500, 1.0)]
    analysis = build_labelled(values, marked_unscheduled=(0,))
    assert visits(analysis, 330, "UNSCHEDULED", 1) == visits(analysis, 337, "WEEK 48", 2) == visits(analysis, 500, "", 3) == []
    assert visits(analysis, 330, "WEEK 48", 1) == [
        "a: visit of CD4 on day 330, the delivery says “WEEK 48”, "
        "this product holds the record as unscheduled: another one is analysed at Week 48."
    ]
    assert visits(analysis, 500, "WEEK 60", 3) == [
        "a: visit of CD4 on day 500, the delivery says “WEEK 60”, this product assigns no visit, because its day lies in no window."
    ]
    assert visits(analysis, 337, "", 2) == [
        "a: visit of CD4 on day 337, the delivery names no visit, this product assigns Week 48 (window day 294 to 377)."
    ]


def test_a_marked_baseline_record_must_be_the_one_the_rule_uses() -> None:
    nan = float("nan")
    found = disagreements(("a", "cd4", 0, "baseline_record", nan, "Y", 6), ("a", "cd4", -5, "baseline_record", nan, "Y", 5))
    assert found["sentence"].tolist() == [
        f"a: baseline record, CD4 on day −5, the delivery marks it as baseline, this product does not use it ({LAST})."
    ]
    assert disagreements(("a", "cd4", -5, "baseline_record", nan, "Y", 5), rule="mean").empty
    unmarked = disagreements(("a", "cd4", 0, "baseline_record", nan, "N", 6))
    assert unmarked["sentence"].tolist() == [
        f"a: baseline record, CD4 on day 0, the delivery does not mark it as baseline, this product uses it ({LAST})."
    ]


def test_a_value_drawn_after_the_dose_is_no_baseline_record() -> None:
    analysis = build_labelled([("a", "cd4", -5, 100.0), ("a", "cd4", 0, 120.0)], after_dose=(1,))
    claims = claim(("a", "cd4", 0, "baseline_record", float("nan"), "Y", 2), ("a", "cd4", -5, "baseline_record", float("nan"), "Y", 1))
    assert flags_of(analysis, "claim-disagrees", claims=claims)["day"].tolist() == [0]


def test_a_claim_is_about_the_count_of_its_own_row_before_that_of_its_day() -> None:
    # Two values of day 98 (mean 400): by row, the changes are 390 − 100 and 410 − 100; of no row, that of the mean.
    analysis = build_labelled([("a", "cd4", 0, 100.0), ("a", "cd4", 98, 390.0), ("a", "cd4", 98, 410.0)])
    rows = claim(("a", "cd4", 98, "change", 290.0, "290", 2), ("a", "cd4", 98, "change", 290.0, "290", 3))
    own = rows.assign(source_file="lb.csv")
    assert flags_of(analysis, "claim-disagrees", claims=own)["expected"].tolist() == [310.0]
    assert flags_of(analysis, "claim-disagrees", claims=rows)["expected"].tolist() == [300.0, 300.0]


def test_a_claim_about_a_record_that_is_not_held_says_so() -> None:
    nan = float("nan")
    found = disagreements(
        ("a", "cd4", 99, "change", 5.0, "5", 70),
        ("a", "cd4", None, "visit", nan, "WEEK 36", 71),
        ("a", "nk", 0, "baseline_record", nan, "Y", 72),
    )
    assert sorted(found["sentence"]) == [
        "a: the delivery states baseline record for NK on day 0, which this snapshot does not hold.",
        "a: the delivery states change for CD4 on day 99, which this snapshot does not hold.",
        "a: the delivery states visit for CD4 without a day, which this snapshot does not hold.",
    ]


def test_claims_that_agree_raise_nothing() -> None:
    nan = float("nan")
    assert disagreements(
        ("a", "cd4", 98, "baseline", 343.0, "343", 7),
        ("a", "cd4", 98, "change", 64.0, "64", 7),
        ("a", "cd4", 98, "percent_change", 18.66, "18.66", 7),
        ("a", "cd4", 98, "visit", nan, "dose-2-day-14", 7),
        ("a", "cd4", 0, "baseline_record", nan, "Y", 6),
        ("a", "cd4", -5, "baseline_record", nan, "", 5),
    ).empty


def test_a_claim_of_an_unknown_participant_is_an_error() -> None:
    with pytest.raises(KeyError, match="participants of claims unknown: z"):
        disagreements(("z", "cd4", 0, "change", 0.0, "0", 1))
