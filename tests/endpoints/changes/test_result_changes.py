from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from dashboard.endpoints.changes.headlines import default_choices
from dashboard.endpoints.changes.results import compare_results, write_arrow
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.endpoints.responders import derive_responses, summarise_responders
from dashboard.endpoints.summaries import summarise_by_visit
from dashboard.endpoints.survival import compute_kaplan_meier, derive_time_to_threshold
from dashboard.endpoints.time_above import summarise_participant_time_above, summarise_time_above
from dashboard.study.snapshot import StudyData
from dashboard.view.state import default_view
from tests.endpoints.builders import build_trial, everyone, protocol
from tests.endpoints.changes.edits import (
    add_count,
    correct_count,
    correct_person,
    move_cut,
    remove_count,
    small_trial,
    with_doses,
)

RESPONDERS = {f"responders-{threshold}-week-{week}" for threshold in (200, 300) for week in (36, 60)}
DAYS = {f"{kind}-{threshold}" for kind in ("days-above", "time-to") for threshold in (200, 300)}
Flagged = set[tuple[str, str]]


def analyse(data: StudyData, rule: str = "last") -> Analysis:
    return derive_analysis(data, protocol(), rule)


def results(after: StudyData, before: StudyData | None = None) -> pd.DataFrame:
    return compare_results(analyse(before or small_trial()), analyse(after))


def number(rows: pd.DataFrame, result: str, cohort: str, statistic: str) -> tuple[float, float]:
    row = rows[(rows["result"] == result) & (rows["cohort"] == cohort) & (rows["statistic"] == statistic)]
    assert len(row) == 1
    return float(row["before"].iloc[0]), float(row["after"].iloc[0])


def words(rows: pd.DataFrame, result: str, cohort: str) -> str:
    found = rows[(rows["result"] == result) & (rows["cohort"] == cohort)]["words"].unique()
    assert len(found) == 1
    return str(found[0])


def flagged(rows: pd.DataFrame) -> Flagged:
    return set(rows[rows["changed"]][["result", "cohort"]].itertuples(index=False, name=None))


def in_cohorts(names: set[str], *cohorts: str) -> Flagged:
    return {(name, cohort) for name in names for cohort in cohorts}


def test_the_numbers_are_those_of_arithmetic_by_hand() -> None:
    rows = results(small_trial())
    assert not rows["changed"].any()
    assert (rows["difference"].dropna() == 0).all()
    # Baselines of CD4: a 120, b 150, c 90; d has none. Week 36: a 310, b 180, c 320. Week 60: a 250, b 190.
    assert [words(rows, "responders-300-week-36", cohort) for cohort in ("240", "480", "720", "all")] == [
        f"CD4 ≥ 300 at week 36 (interim): {share}" for share in ("1/2", "1/1", "0/0", "2/3")
    ]
    assert words(rows, "responders-200-week-60", "all") == "CD4 ≥ 200 at week 60 (end of study): 1/2"
    # From day 0 to day 98 are 98 days, beyond the cap of 91. a is above 200 from day 98 to day 420: 322 days; b never;
    # c from day 98 to day 252: 154 days. The mean is 476 / 3, the median 154.
    assert number(rows, "days-above-200", "all", "total") == (476, 476)
    assert number(rows, "days-above-200", "all", "mean") == (476 / 3, 476 / 3)
    assert number(rows, "days-above-200", "all", "median") == (154, 154)
    assert (number(rows, "days-above-200", "all", "n")[0], number(rows, "days-above-200", "all", "n_any")[0]) == (3, 2)
    # Above 300: a rises through it 56 of 70 days after day 182 and falls through it 28 days after day 252: 14 + 28 = 42 days;
    # c rises through it 52.5 of 70 days after day 182: 17.5 days. The mean is 59.5 / 3.
    assert number(rows, "days-above-300", "all", "total") == pytest.approx((59.5, 59.5))
    assert number(rows, "days-above-300", "all", "median") == pytest.approx((17.5, 17.5))
    # Week 36: a 310, b 180, c 320 and d, who has no baseline, 400. Week 60: a 250, b 190.
    assert words(rows, "cd4-week-36", "all") == "CD4 at week 36 (interim): median 315, mean 302.5, n 4"
    assert words(rows, "cd4-week-60", "240") == "CD4 at week 60 (end of study): median 220, mean 220, n 2"
    assert words(rows, "nk-week-36", "all") == "NK at week 36 (interim): median none, mean none, n 0"
    assert number(rows, "baseline-cd4", "all", "median") == (120, 120)
    assert number(rows, "baseline-cd4", "all", "mean") == (120, 120)
    # First at or above 300: a and c on day 252; b is followed to day 420. One of three is left after day 252.
    assert words(rows, "time-to-300", "all") == "time to CD4 ≥ 300: reached by 2/3, median 252"
    assert [number(rows, name, "all", "n")[0] for name in ("enrolled", "dosed", "doses", "counts")] == [4, 4, 12, 44]


def test_an_empty_cohort_has_zeros_and_no_mean() -> None:
    rows = results(small_trial())
    assert number(rows, "days-above-200", "720", "n") == (0, 0)
    assert np.isnan(number(rows, "days-above-200", "720", "mean")).all()
    assert words(rows, "days-above-200", "720") == "days with CD4 ≥ 200: mean none, median none, any 0/0"
    assert not rows[rows["cohort"] == "720"]["changed"].any()


def test_the_issue_s_sentence() -> None:
    after = correct_count(small_trial(), "b", "cd4", 252, value=330.0)
    rows = results(add_count(after, "c", "cd4", 420, 305.0, "WEEK 60"))
    assert words(rows, "responders-300-week-36", "240") == "CD4 ≥ 300 at week 36 (interim): 1/2 → 2/2"
    assert words(rows, "responders-300-week-60", "all") == "CD4 ≥ 300 at week 60 (end of study): 0/2 → 1/3"
    # b is above 200 from day 182 + 70 × 10/140 = 187 to day 252 + 84 × 130/160 = 320.25: 133.25 days more. c's gap from day
    # 252 to day 420 is 168 days, beyond the cap: 154 days stay. (476 + 133.25) / 3 = 203.08.
    assert words(rows, "days-above-200", "all") == "days with CD4 ≥ 200: mean 159 → 203, median 154, any 2/3 → 3/3"


def test_a_cd4_at_week_36_that_falls_below_300_changes_what_asks_for_300_there() -> None:
    # a stays above 200 all the time, so that nothing about 200 changes; the value is no baseline and no other visit's.
    rows = results(correct_count(small_trial(), "a", "cd4", 252, value=290.0))
    assert flagged(rows) == in_cohorts({"responders-300-week-36", "time-to-300", "days-above-300", "cd4-week-36"}, "240", "all")
    changed = rows[rows["changed"] & (rows["cohort"] == "all")]
    assert set(zip(changed["result"], changed["statistic"], strict=True)) == {
        ("responders-300-week-36", "responders"),
        ("responders-300-week-36", "proportion"),
        ("time-to-300", "events"),
        ("time-to-300", "total"),
        ("time-to-300", "median"),
        *(("days-above-300", name) for name in ("n_any", "total", "mean", "median")),
        *(("cd4-week-36", name) for name in ("total", "mean", "median")),
    }
    assert number(rows, "responders-300-week-36", "all", "denominator") == (3, 3)
    assert number(rows, "time-to-300", "all", "total") == (252 + 420 + 252, 420 + 420 + 252)


def test_a_cd4_that_crosses_no_threshold_changes_its_visit_and_the_days_that_it_takes_to_rise_and_fall() -> None:
    rows = results(correct_count(small_trial(), "a", "cd4", 252, value=305.0))
    assert flagged(rows) == in_cohorts({"days-above-300", "cd4-week-36"}, "240", "all")
    # 70 × 5/45 + 84 × 5/25 = 7.78 + 16.8 days in place of 42.
    assert number(rows, "days-above-300", "240", "total") == pytest.approx((42, 70 * 5 / 45 + 84 * 5 / 25))


@pytest.mark.parametrize(("day", "visit"), [(252, "week-36"), (420, "week-60")])
def test_a_value_of_any_analyte_at_the_visits_of_the_headlines_changes_the_median_there_and_nothing_else(day: int, visit: str) -> None:
    rows = results(correct_count(small_trial(), "a", "alc", day, value=1100.0))
    assert flagged(rows) == in_cohorts({f"alc-{visit}"}, "240", "all")
    # 1,000 and 1,100 in the cohort.
    assert words(rows, f"alc-{visit}", "240").endswith("median 1,000 → 1,050, mean 1,000 → 1,050, n 2")


def test_an_alc_after_day_0_changes_nothing_and_one_on_day_0_the_baseline_alone() -> None:
    assert flagged(results(correct_count(small_trial(), "a", "alc", 98, value=1100.0))) == set()
    rows = results(correct_count(small_trial(), "a", "alc", 0, value=1100.0))
    assert flagged(rows) == in_cohorts({"baseline-alc"}, "240", "all")
    # 1,000 and 1,100 in the cohort: median and mean 1,050; 1,100 and two of 1,000 in all (d has no value up to day 0).
    assert words(rows, "baseline-alc", "240") == "baseline ALC: median 1,000 → 1,050, mean 1,000 → 1,050, n 2"
    assert words(rows, "baseline-alc", "all") == "baseline ALC: median 1,000, mean 1,000 → 1,033, n 3"


def test_a_dose_date_changes_only_the_visit_whose_window_it_moves() -> None:
    def third_dose(day: int) -> StudyData:
        data = correct_count(small_trial(), "a", "cd4", 252, day=262)
        third = (data.doses["participant"] == "a") & (data.doses["dose_number"] == 3)
        return with_doses(data, data.doses.assign(day=data.doses["day"].where(~third, day)))

    assert flagged(results(third_dose(171), third_dose(168))) == set()
    # Dose 3 on day 232 moves the target of its day-30 visit to day 262, nearer than week 36 (day 252): a has no week 36.
    rows = results(third_dose(232), third_dose(168))
    assert flagged(rows) == in_cohorts({"responders-200-week-36", "responders-300-week-36", "cd4-week-36"}, "240", "all")
    assert words(rows, "responders-300-week-36", "all") == "CD4 ≥ 300 at week 36 (interim): 2/3 → 1/2"


def test_a_dose_less_changes_the_doses_given() -> None:
    doses = small_trial().doses
    rows = results(with_doses(small_trial(), doses[~((doses["participant"] == "a") & (doses["dose_number"] == 3))]))
    assert flagged(rows) == in_cohorts({"doses"}, "240", "all")


def test_another_cohort_changes_both_cohorts_and_nothing_of_all() -> None:
    rows = results(correct_person(small_trial(), "b", cohort="480"))
    names = {"enrolled", "dosed", "doses", "counts", "baseline-alc", "baseline-cd4"} | DAYS
    visits = {f"{analyte}-week-{week}" for analyte in ("alc", "cd4") for week in (36, 60)}
    assert flagged(rows) == in_cohorts(names | visits | RESPONDERS, "240", "480")
    assert words(rows, "enrolled", "480") == "enrolled: 2 → 3"
    assert words(rows, "days-above-200", "240") == "days with CD4 ≥ 200: mean 161 → 322, median 161 → 322, any 1/2 → 1/1"


def test_a_baseline_gone_changes_everything_that_needs_one() -> None:
    once = remove_count(small_trial(), "a", "cd4", -5)
    rows = results(remove_count(once, "a", "cd4", 0), once)
    assert flagged(rows) == in_cohorts({"counts", "baseline-cd4"} | DAYS | RESPONDERS, "240", "all")
    assert words(rows, "baseline-cd4", "240") == "baseline CD4: median 135 → 150, mean 135 → 150, n 2 → 1"


def test_an_earlier_baseline_in_its_place_changes_the_baseline_alone() -> None:
    rows = results(remove_count(small_trial(), "a", "cd4", 0))
    assert flagged(rows) == in_cohorts({"counts", "baseline-cd4"}, "240", "all")


def test_a_later_cut_alone_changes_nothing_under_the_default_choices() -> None:
    assert flagged(results(move_cut(small_trial(), 60))) == set()


def test_the_default_choices_are_those_of_an_address_without_query_keys() -> None:
    choices, view = default_choices(protocol()), default_view(protocol())
    assert choices.visits == ("week-36", "week-60")
    assert (choices.thresholds, choices.period, choices.rule, choices.gap) == (view.threshold, view.period, view.rule, view.gap)
    assert (choices.who, choices.respond, choices.denominator) == (view.who, view.respond, view.n)


@pytest.mark.parametrize("rule", ["last", "mean"])
def test_the_numbers_are_those_of_the_pages(rule: str) -> None:
    analysis, cohorts = analyse(build_trial(30, seed=7), rule), protocol().cohort_keys
    rows, all_of_them = compare_results(analysis, analysis), everyone(analysis)
    for threshold in (200.0, 300.0):
        for visit in ("week-36", "week-60"):
            responses = derive_responses(analysis, all_of_them, "cd4", threshold, "at-visit", visit, "to-week-60")
            for page in summarise_responders(responses, cohorts, "observed", "exact", "eligible").to_dict("records"):
                key = (f"responders-{threshold:g}-{visit}", page["cohort"])
                for statistic in ("responders", "denominator", "proportion"):
                    assert number(rows, *key, statistic)[1] == page[statistic]
        times = derive_time_to_threshold(analysis, all_of_them, "cd4", threshold, "to-week-60", "eligible")
        curve = compute_kaplan_meier(times["time"].to_numpy(), times["event"].to_numpy())
        assert number(rows, f"time-to-{threshold:g}", "all", "median")[1] == pytest.approx(curve.median, nan_ok=True)
        assert number(rows, f"time-to-{threshold:g}", "all", "events")[1] == curve.events.sum()
    people = summarise_participant_time_above(analysis, all_of_them, "cd4", [200.0, 300.0], "linear", 91, "to-week-60")
    counted = people[people["eligible"]]
    pages = summarise_time_above(pd.concat([counted, counted.assign(cohort="all")]), (*cohorts, "all"), [200.0, 300.0])
    for page in pages.to_dict("records"):
        for statistic in ("n", "n_any", "mean", "median"):
            assert number(rows, f"days-above-{page['threshold']:g}", page["cohort"], statistic)[1] == pytest.approx(page[statistic])
    for page in summarise_by_visit(analysis, all_of_them, "cd4", "value", ("week-36", "week-60")).to_dict("records"):
        for statistic in ("n", "mean", "median"):
            found = number(rows, f"cd4-{page['visit']}", page["cohort"], statistic)[1]
            assert found == pytest.approx(page[statistic], nan_ok=True)


def test_cuts_under_two_methods_are_not_compared() -> None:
    with pytest.raises(ValueError, match="one study definition and one baseline rule"):
        compare_results(analyse(small_trial()), analyse(small_trial(), "mean"))


@pytest.mark.parametrize(
    ("before", "after", "text"),
    [
        (61.2, 66.9, "61 → 67"),
        (61.0, 61.0, "61"),
        (61.25, 61.25, "61.2"),
        (61.04, 61.12, "61.0 → 61.1"),
        (float("nan"), 5.0, "none → 5"),
        (float("nan"), float("nan"), "none"),
        (1975, 2175, "1,975 → 2,175"),
    ],
)
def test_two_numbers_are_written_apart_when_they_differ(before: float, after: float, text: str) -> None:
    assert write_arrow(before, after) == text
