"""The contract's tables: exactly its columns, in canonical order, one meaning per column."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.tables import TABLES
from tests.endpoints.builders import build_data, course, protocol
from tests.panels.explored import explore
from tests.panels.scenes import odd_data, open_scene

# Columns of the contract, in its order; what may follow are additions of the product.
CONTRACT = {
    "trajectories": "participant, cohort, analyte, day, days_since_dose, dose_number, visit, value, unit, baseline, change, "
    "percent_change, fold, analysed, unscheduled, below_loq",
    "trajectory-summary": "analyte, cohort, visit, n, mean, sd, median, q1, q3, min, max, gmean, gmean_lower, gmean_upper, median_lower, "
    "median_upper, median_level",
    "time-above": "participant, cohort, threshold, baseline, eligible, days_above, weeks_above, covered_days, percent_covered, lower_days, "
    "upper_days, episodes, longest_episode_days, first_day_above, last_day_above",
    "time-above-summary": "cohort, threshold, n, n_any, mean, mean_lower, mean_upper, median, q1, q3",
    "responders": "cohort, threshold, respond, visit, responders, denominator, denominator_rule, proportion, lower, upper, ci",
    "participants": "participant, cohort, sex, age, baseline_alc, baseline_cd4, baseline_cd8, baseline_b, baseline_nk, stratum, doses, "
    "last_day, status",
    "adverse-events": "participant, cohort, body_system, term, reported_term, start_day, start_precision, latest_start, partial, end_day, "
    "end_precision, ongoing, days_since_dose, dose_number, grade, scale, serious, relatedness, relation, dose_action, action, outcome, "
    "fatal, special_interest, emergent, basis, source_file, source_row",
    "adverse-event-summary": "row, label, scale, cohort, n, of, percent, lower, upper, ci, events, weeks, rate, unknown",
    "lab-shift": "rule, label, analyte, scale, against, cohort, baseline_grade, grade, n, of, percent",
    "exposure": "participant, cohort, planned_dose, planned_day, state, dose_number, day, delay, own_delay, amount, amount_unit, "
    "planned_amount, percent, source_file, source_row",
    "ada": "participant, cohort, kind, day, visit, analysed, before_treatment, result, titre, inferred, baseline, status",
    "pk": "participant, cohort, test, specimen, unit, day, time, timepoint, visit, dose_number, days_since_dose, hours_since_dose, "
    "hours_source, elapsed_days, value, value_text, below_loq, limit, above_limit, source_file, source_row",
    "findings": "participant, cohort, domain, test, label, category, object, day, days_since_dose, dose_number, visit, analysed, "
    "unscheduled, value_text, value, unit, below_loq, limit, scale, baseline, baseline_value, baseline_day, is_baseline, change, fold, "
    "direction, source_file, source_row",
}
ADDED = {"trajectory-summary": ["mean_lower", "mean_upper"], "responders": ["who"], "exposure": ["reason"]}


@pytest.mark.parametrize("name", CONTRACT)
def test_a_table_has_exactly_the_columns_of_the_contract_and_then_the_added_ones(name: str) -> None:
    columns = TABLES[name].make(open_scene(odd_data())).columns.tolist()
    assert columns == CONTRACT[name].split(", ") + ADDED.get(name, [])


def test_every_table_of_the_contract_exists_and_each_has_a_title() -> None:
    assert set(CONTRACT) <= set(TABLES)
    assert all(table.title for table in TABLES.values())


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_made_of_nobody_with_the_same_columns(name: str) -> None:
    empty = TABLES[name].make(open_scene(odd_data(), cohort=("720",)))
    assert empty.columns.tolist() == TABLES[name].make(open_scene(odd_data())).columns.tolist()


@pytest.mark.parametrize("name", TABLES)
def test_the_same_view_gives_the_same_rows_in_the_same_order(name: str) -> None:
    first, second = (TABLES[name].make(open_scene(odd_data(), who="everyone")) for _ in range(2))
    pd.testing.assert_frame_equal(first, second)


def test_a_count_record_says_what_is_known_of_it() -> None:
    # Baseline 100 on day 0; the second dose on day 87 instead of 84, so the sample of day 98 is 11 days after dose 2.
    table = TABLES["trajectories"].make(open_scene(build_data(course("a", {0: 100.0, 98: 250.0}), doses={"a": (0, 87)})))
    row = table.iloc[1].to_dict()
    assert row == {
        "participant": "a",
        "cohort": "240",
        "analyte": "cd4",
        "day": 98,
        "days_since_dose": 11,
        "dose_number": 2,
        "visit": "dose-2-day-14",
        "value": 250.0,
        "unit": "cells/µL",
        "baseline": 100.0,
        "change": 150.0,
        "percent_change": 150.0,
        "fold": 2.5,
        "analysed": True,
        "unscheduled": False,
        "below_loq": False,
    }


def test_what_is_not_known_is_missing_and_not_zero() -> None:
    table = TABLES["trajectories"].make(open_scene(build_data(course("a", {-5: 100.0}) + course("b", {14: 50.0}))))
    before, without_baseline = table.iloc[0], table.iloc[1]
    assert pd.isna(before["days_since_dose"])
    assert pd.isna(before["dose_number"])
    assert without_baseline[["baseline", "change", "percent_change", "fold"]].isna().all()


def test_participants_say_baseline_stratum_doses_and_status() -> None:
    table = TABLES["participants"].make(open_scene(odd_data())).set_index("participant")
    # full: last value on or before day 0 is 110 (100 to 199); late: 85; zeros: 0. no-dose was never dosed.
    assert table["baseline_cd4"].dropna().to_dict() == {"full": 110.0, "late": 85.0, "screening-only": 150.0, "zeros": 0.0}
    assert table["stratum"].to_dict() == {
        "full": "100-199",
        "late": "lt100",
        "screening-only": "100-199",
        "zeros": "lt100",
        "no-baseline": "",
        "no-dose": "",
        "one-record": "",
        "no-record": "",
    }
    assert table["doses"].to_dict()["full"] == 3
    assert table["doses"].to_dict()["no-dose"] == 0
    assert table.loc["no-dose", "status"] == "not dosed"


def test_the_summary_of_days_since_dose_says_which_dose() -> None:
    table = TABLES["trajectory-summary"].make(open_scene(odd_data(), x="dose", analyte=("cd4",)))
    assert table.columns.tolist()[-2:] == ["dose_number", "planned_days_since_dose"]
    assert set(table["dose_number"]) == {1, 2, 3}


def test_only_the_cohorts_of_the_view_are_summarised() -> None:
    for name in ("trajectory-summary", "time-above-summary", "responders", "responder-sweep"):
        table = TABLES[name].make(open_scene(odd_data(), cohort=("480", "720")))
        assert set(table["cohort"]) - {"all"} == {"480", "720"}, name


@pytest.mark.parametrize("name", [name for name in TABLES if name.startswith(("ada", "pk", "cmax", "dose-", "exposure-r", "finding"))])
def test_tables_of_findings_have_the_same_columns_whether_or_not_there_are_any(name: str) -> None:
    assert TABLES[name].make(explore()).columns.tolist() == TABLES[name].make(open_scene(odd_data())).columns.tolist()


def test_a_sample_tested_for_antibodies_says_what_became_of_the_participant() -> None:
    rows = TABLES["ada"].make(explore())
    boosted = rows[(rows["participant"] == "b") & (rows["day"] == 84)].iloc[0]
    assert boosted[["kind", "visit", "result", "titre", "baseline", "status"]].tolist() == [
        "binding", "dose-2", "positive", 40.0, "positive", "treatment-boosted",
    ]  # fmt: skip


def test_a_finding_says_its_baseline_and_its_change() -> None:
    rows = TABLES["findings"].make(explore())
    fewer = rows[(rows["participant"] == "a") & (rows["test"] == "LESCNT") & (rows["day"] == 252)].iloc[0]
    assert fewer[["value", "baseline_value", "baseline_day", "change", "fold", "direction"]].tolist() == [2.0, 4.0, -1, -2.0, 0.5, "lower"]


def test_a_cohort_without_participants_has_its_rows_with_n_of_0() -> None:
    summary = TABLES["trajectory-summary"].make(open_scene(odd_data(), analyte=("cd4",)))
    empty = summary[summary["cohort"] == "720"]
    assert empty["n"].tolist() == [0] * len(protocol().visits)
    assert empty[["mean", "median", "min"]].isna().all(axis=None)
    days = TABLES["time-above-summary"].make(open_scene(odd_data()))
    assert days.loc[days["cohort"] == "720", ["n", "n_any"]].to_numpy().tolist() == [[0, 0], [0, 0]]
