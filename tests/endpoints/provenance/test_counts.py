from __future__ import annotations

import pytest

from dashboard.endpoints.provenance.counts import trace_count, trace_count_day
from dashboard.endpoints.provenance.steps import SourceRow
from dashboard.errors import NotFoundError
from tests.endpoints.builders import course
from tests.endpoints.provenance.delivered import claims, delivered_analysis, places, step, table


def test_a_count_is_followed_from_its_text_to_its_fold() -> None:
    # 0.28 × 1000 = 280; day 98 − day 84 = 14; 280 − 120 = 160; 100 × 160 / 120 = 133.33; 280 / 120 = 2.33.
    analysis = delivered_analysis(course("a", {0: 120, 98: 280}), {1: ("0.28", "10^9/L")}, doses={"a": (0, 84)})
    steps = trace_count(analysis, 1, "fold")
    assert {each.title: each.sentence for each in steps} == {
        "As delivered": "In lb.csv row 2 the delivery says “0.28” with the unit “10^9/L”.",
        "In cells/µL": "0.28 × 1000 = 280 cells/µL.",
        "Day": "The first dose (ex.csv row 1) is day 0. The sample was drawn on day 98: 98 days after the first dose, week 14.",
        "Days since the latest dose": "The latest dose on or before day 98 is dose 2 on day 84 (ex.csv row 2): "
        "98 − 84 = 14 days since the latest dose.",
        "Value of the day": "It is the only value of day 98.",
        "Visit": "Day 98 lies in the window of “14 days after dose 2”: target day 98, window 91 to 105. "
        "This visit moves with dose 2, which was given on its planned day 84, so it stays as planned.",
        "Analysed record": "Day 98 is the only day with a value in the window of “14 days after dose 2”, so it is the analysed one.",
        "Baseline": "The CD4 baseline is 120 cells/µL, from day 0 (lb.csv row 1).",
        "Change from baseline": "280 − 120 = 160 cells/µL.",
        "Percent change": "100 × (280 − 120) / 120 = 133.33 %.",
        "Fold change": "280 / 120 = 2.33.",
    }
    assert steps[0].rows == (SourceRow("lb.csv", 2, "0.28", "10^9/L", 280.0, 98),)
    assert [steps[place].result for place in (1, 2, 3, 4, 5, 6, 7)] == [280, 98, 14, 280, 98, 0, 120]
    assert steps[-1].result == 280 / 120
    assert {file for each in steps for file, _ in places(each)} == {"lb.csv", "ex.csv"}


def test_the_measure_asked_for_comes_last() -> None:
    analysis = delivered_analysis(course("a", {0: 120, 98: 280}))
    last = {measure: trace_count(analysis, 1, measure)[-1] for measure in ("value", "change", "percent", "fold")}
    assert [each.title for each in last.values()] == ["Value shown", "Change from baseline", "Percent change", "Fold change"]
    assert [each.result for each in last.values()] == [280, 160, pytest.approx(133 + 1 / 3), pytest.approx(7 / 3)]


def test_below_the_limit_half_of_the_limit_enters() -> None:
    analysis = delivered_analysis(course("a", {0: 2.5}), {0: ("<5", "/uL")}, below_loq=[0])
    assert step(trace_count(analysis, 0), "In cells/µL").sentence == "5 × 1 / 2 = 2.5 cells/µL, half of the limit of quantification."


@pytest.mark.parametrize(
    ("text", "unit", "sentence"),
    [
        ("0.28", "10^9/l", "0.28 × 1000 = 280 cells/µL."),
        ("28", "per field", "280 cells/µL, stored at import; the definition of today has no factor for the unit “per field”."),
        ("28", "10^6/L", "280 cells/µL, stored at import; the definition of today would give 28 × 1 = 28 cells/µL."),
        ("many", "10^6/L", "280 cells/µL, stored at import; the text is no number."),
    ],
)
def test_the_arithmetic_is_shown_only_where_it_leads_to_the_stored_value(text: str, unit: str, sentence: str) -> None:
    analysis = delivered_analysis(course("a", {0: 280}), {0: (text, unit)})
    assert step(trace_count(analysis, 0), "In cells/µL").sentence == sentence


def test_several_values_of_a_day_are_all_listed_and_enter_as_their_mean() -> None:
    # (100 + 140) / 2 = 120; the record of 100 keeps its own change 100 − 80 = 20, the day has 120 − 80 = 40.
    analysis = delivered_analysis([*course("a", {0: 80, 14: 100}), ("a", "cd4", 14, 140.0)])
    record = trace_count(analysis, 1, "change")
    assert places(step(record, "As delivered")) == [("lb.csv", 2)]
    assert places(step(record, "Value of the day")) == [("lb.csv", 2), ("lb.csv", 3)]
    assert step(record, "Value of the day").sentence == (
        "Day 14 has 2 values, 100 and 140 (lb.csv rows 2 and 3): (100 + 140) / 2 = 120 cells/µL."
    )
    assert record[-1].result == 20
    day = trace_count_day(analysis, "a", "cd4", 14, "change")
    assert places(day[0]) == [("lb.csv", 2), ("lb.csv", 3)]
    assert table(day, "As delivered").rows == (("lb.csv row 2", "100", "10^6/L"), ("lb.csv row 3", "140", "10^6/L"))
    assert step(day, "In cells/µL").result == 120
    assert day[-1].result == 40


def test_a_window_moved_by_a_late_dose_says_so_and_lists_every_window_that_holds_the_day() -> None:
    # Dose 2 came 21 days late (105 instead of 84): its +14 window 91 … 105 becomes 112 … 126, target 119; the +30 window 127 … 159.
    analysis = delivered_analysis(course("a", {0: 80, 118: 100}), doses={"a": (0, 105)})
    visit = step(trace_count(analysis, 1), "Visit")
    assert visit.sentence == (
        "Day 118 lies in the window of “14 days after dose 2”: target day 119, window 112 to 126. This visit moves with dose 2, given on "
        "day 105 and planned for day 84: by 21 days later, from target 98, window 91 to 105."
    )
    assert visit.table is None
    # Day 160: dose 3 stays at 163 (139 … 165); dose 2 + 30 ends on 159. Day 150: both hold it; |150 − 135| = 15 > |150 − 163| = 13.
    analysis = delivered_analysis(course("a", {0: 80, 150: 100}), doses={"a": (0, 105, 168)})
    visit = step(trace_count(analysis, 1), "Visit")
    assert visit.table is not None
    assert visit.table.rows == (
        ("30 days after dose 2", "135", "127 to 159", "15"),
        ("5 days before dose 3", "163", "139 to 165", "13"),
    )
    assert visit.result == 163


def test_the_analysed_record_is_named_with_its_alternatives_and_the_tie_rule() -> None:
    # Target 98: days 96 and 100 are both 2 away (the later wins), day 103 is 5 away.
    analysis = delivered_analysis(course("a", {0: 80, 96: 100, 100: 110, 103: 120}), doses={"a": (0, 84)})
    steps = trace_count(analysis, 1)
    assert step(steps, "Analysed record").sentence == (
        "3 days with a value lie in the window of “14 days after dose 2”. Days 96 and 100 are both 2 days from day 98; the later, day 100, "
        "is analysed. Day 96 is an alternative."
    )
    assert table(steps, "Analysed record").rows == (
        ("96", "100", "2", "alternative"),
        ("100", "110", "2", "analysed"),
        ("103", "120", "5", "alternative"),
    )
    assert places(step(steps, "Analysed record")) == [("lb.csv", 2), ("lb.csv", 3), ("lb.csv", 4)]
    assert (
        "Day 100 is closest to day 98 (2 days) and is analysed."
        in step(trace_count(delivered_analysis(course("a", {100: 110, 103: 120}), doses={"a": (0, 84)}), 0), "Analysed record").sentence
    )


def test_a_day_in_no_window_is_unscheduled_and_a_mark_of_the_delivery_is_explained() -> None:
    analysis = delivered_analysis(course("a", {0: 80, 500: 100}))
    steps = trace_count(analysis, 1)
    assert step(steps, "Visit").sentence == "Day 500 lies in no visit's window."
    assert "unscheduled" in step(steps, "Analysed record").sentence
    analysis = delivered_analysis(course("a", {0: 80, 97: 90, 98: 100}), marked_unscheduled=[1, 2])
    assert step(trace_count(analysis, 1), "Unscheduled").sentence.endswith("drawn as unscheduled.")
    assert step(trace_count(analysis, 2), "Unscheduled").sentence.endswith("counts as scheduled.")


def test_without_baseline_dose_or_day_the_sentence_says_what_is_missing() -> None:
    steps = trace_count(delivered_analysis(course("a", {14: 100})), 0, "change")
    assert step(steps, "Baseline").sentence == "a has no CD4 value on or before day 0, so no baseline."
    assert steps[-1].sentence == "Without a baseline there is none."
    assert steps[-1].result is None
    steps = trace_count(delivered_analysis(course("a", {-5: 100, 0: 90})), 0)
    assert step(steps, "Days since the latest dose").sentence == "No dose was given on or before day −5."
    undosed = delivered_analysis([("a", "cd4", None, 100.0), ("a", "cd4", None, 90.0)], doses={"a": ()})
    steps = trace_count_day(undosed, "a", "cd4", None)
    assert places(steps[0]) == [("lb.csv", 1), ("lb.csv", 2)]
    assert step(steps, "Day").sentence.startswith("a has no first dose in this data cut")
    assert steps[-1].result is None
    assert trace_count(undosed, 1)[-1].result == 90


def test_a_fold_over_a_baseline_of_zero_does_not_exist() -> None:
    analysis = delivered_analysis(course("a", {0: 0, 14: 100}))
    assert trace_count(analysis, 1, "fold")[-1].sentence == "The baseline is 0, so there is none."
    assert trace_count(analysis, 1, "change")[-1].result == 100


def test_what_the_delivery_states_itself_stands_beside_ours_and_changes_nothing() -> None:
    analysis = delivered_analysis(course("a", {0: 120, 98: 280}), doses={"a": (0, 84)})
    stated = claims(
        ("a", "cd4", 98, "change", 160.0, "160"),
        ("a", "cd4", 98, "percent_change", 133.3, "133.3"),
        ("a", "cd4", 98, "visit", float("nan"), "Dose 2 Day 30"),
        ("a", "cd4", 0, "baseline_record", float("nan"), "Y"),
        ("b", "cd4", 98, "change", 1.0, "1"),
    )
    steps = trace_count_day(analysis, "a", "cd4", 98, "change", stated)
    assert table(steps, "What the delivery states").rows == (
        ("adlb.xpt row 1", "change", "160", "160", "yes"),
        ("adlb.xpt row 2", "percent change", "133.3", "133.33", "yes"),
        ("adlb.xpt row 3", "visit", "Dose 2 Day 30", "14 days after dose 2", "no"),
    )
    assert steps[-1].result == 160
    assert places(steps[-1]) == [("adlb.xpt", 1), ("adlb.xpt", 2), ("adlb.xpt", 3)]
    baseline_day = trace_count_day(analysis, "a", "cd4", 0, "value", stated)
    assert table(baseline_day, "What the delivery states").rows == (("adlb.xpt row 4", "baseline record", "Y", "Y", "yes"),)


def test_what_does_not_exist_in_the_cut_is_named() -> None:
    analysis = delivered_analysis(course("a", {0: 120, 98: 280}))
    with pytest.raises(NotFoundError, match=r"no participant in this data cut “b”"):
        trace_count_day(analysis, "b", "cd4", 98)
    with pytest.raises(NotFoundError, match=r"no analyte “cd9”. There are: alc, cd4, cd8, b, nk"):
        trace_count_day(analysis, "a", "cd9", 98)
    with pytest.raises(NotFoundError, match=r"no day of a CD4 count of a “99”. There are: 0, 98"):
        trace_count_day(analysis, "a", "cd4", 99)
    with pytest.raises(NotFoundError, match=r"no count record in this data cut “2”"):
        trace_count(analysis, 2)
