from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.safety.laboratory import compute_grades, derive_expected, derive_graded, list_grades, summarise_shift
from dashboard.study.safety import LaboratoryGrades
from tests.endpoints.builders import course, protocol
from tests.endpoints.safety.trial import analyse, everyone_at_risk, of_row, people

RULES = {rule.key: rule for rule in protocol().safety.laboratory}


def _with_normal(key: str, lower_limit: float) -> LaboratoryGrades:
    return RULES[key].model_copy(update={"lower_limit_of_normal": lower_limit})


def test_the_ready_table_of_the_domain_notes() -> None:
    # domain.md D1, from admiral's tests: CD4 in 10^9/L with a lower limit of normal of 0.8, and its CTCAE v5 grade.
    table = {0.04: "4", 0.05: "3", 0.19: "3", 0.2: "2", 0.49: "2", 0.5: "1", 0.79: "1", 0.8: "0"}
    values = np.array(list(table)) * 1000
    assert compute_grades(values, _with_normal("cd4-low-ctcae", 800.0)).tolist() == list(table.values())


@pytest.mark.parametrize(
    ("key", "grades"),
    [
        ("alc-low-ctcae", {199: "4", 200: "3", 499: "3", 500: "2", 799: "2", 800: "1", 999: "1", 1000: "0"}),
        ("cd4-low-ctcae", {49: "4", 50: "3", 199: "3", 200: "2", 499: "2", 500: "1", 999: "1", 1000: "0"}),
        ("alc-high-ctcae", {4000: "0", 4000.5: "2", 20000: "2", 20001: "3"}),
        ("cd4-low-daids", {99: "4", 100: "3", 199: "3", 200: "2", 299: "2", 300: "1", 399: "1", 400: "0"}),
        ("alc-low-daids", {349: "4", 350: "3", 499: "3", 500: "2", 599: "2", 600: "1", 649: "1", 650: "0"}),
    ],
)
def test_a_value_on_a_boundary_falls_in_the_milder_grade(key: str, grades: dict[float, str]) -> None:
    # The cut-offs of CTCAE v5 and DAIDS 2.1 as domain.md D1 lists them; the lower limit of normal is 1,000 here.
    assert compute_grades(np.array(list(grades), dtype=float), _with_normal(key, 1000.0)).tolist() == list(grades.values())


def test_without_a_lower_limit_of_normal_grade_one_is_not_told_from_none_and_the_others_are() -> None:
    values = np.array([49.0, 50.0, 499.0, 500.0, 5000.0, np.nan])
    assert compute_grades(values, RULES["cd4-low-ctcae"]).tolist() == ["4", "3", "2", "0-1", "0-1", ""]
    assert list_grades(RULES["cd4-low-ctcae"]) == ("0-1", "2", "3", "4")
    assert list_grades(_with_normal("cd4-low-ctcae", 800.0)) == ("0", "1", "2", "3", "4")
    assert list_grades(RULES["alc-high-ctcae"]) == ("0", "2", "3")


PERSONS = people(a="240", b="240", c="480", d="720", e="720")
VALUES = [
    *course("a", {0: 150.0, 14: 60.0, 30: 250.0, 84: 60.0}),  # DAIDS 3; worst 4 on day 14; last 4
    *course("b", {-5: 150.0, 14: 200.0, 30: 320.0}),  # 3; worst 2; last 1
    *course("c", {0: 90.0}),  # 4; nothing after
    *course("d", {14: 500.0}),  # no baseline; 0
]
ANALYSIS = analyse(PERSONS, values=VALUES, doses={"e": ()})
AT_RISK = everyone_at_risk(ANALYSIS)
DAIDS = RULES["cd4-low-daids"]


def test_each_participant_has_a_baseline_a_worst_and_a_last_grade() -> None:
    graded = derive_graded(ANALYSIS, AT_RISK, DAIDS)
    columns = ["participant", "baseline_grade", "worst_grade", "worst_day", "last_grade", "last_day", "worse"]
    assert graded[columns].fillna(-1).to_numpy().tolist() == [
        ["a", "3", "4", 14, "4", 84, True], ["b", "3", "2", 14, "1", 30, False],
        ["c", "4", "", -1, "", -1, False], ["d", "", "0", 14, "0", 14, False],
    ]  # fmt: skip


def test_a_horizon_leaves_out_what_lies_after_it() -> None:
    graded = derive_graded(ANALYSIS, AT_RISK, DAIDS, until=30)
    assert graded["last_day"].tolist()[:2] == [30, 30]
    assert graded["last_grade"].tolist()[:2] == ["2", "1"]


def test_the_shift_table_counts_pairs_and_adds_up_to_the_cohort() -> None:
    graded = derive_graded(ANALYSIS, AT_RISK, DAIDS)
    table = summarise_shift(graded, AT_RISK, DAIDS)
    pair = of_row(table, cohort="240", baseline_grade="3", grade="4")
    assert (pair["n"], pair["of"], pair["percent"]) == (1, 2, 50.0)
    assert of_row(table, cohort="total", baseline_grade="4", grade="")["n"] == 1
    assert of_row(table, cohort="total", baseline_grade="", grade="0")["n"] == 1
    assert np.isnan(of_row(table, cohort="total", baseline_grade="", grade="0")["percent"])
    assert table.groupby("cohort")["n"].sum().to_dict() == {"240": 2, "480": 1, "720": 1, "total": 4}
    last = summarise_shift(graded, AT_RISK, DAIDS, "last")
    assert of_row(last, cohort="240", baseline_grade="3", grade="1")["n"] == 1
    with pytest.raises(ValueError, match="'first'"):
        summarise_shift(graded, AT_RISK, DAIDS, "first")


def test_a_high_lymphocyte_count_is_flagged_as_expected_and_only_after_the_first_dose() -> None:
    values = course("a", {0: 5000.0, 14: 4000.0, 30: 4001.0, 84: 21000.0}, "alc")
    analysis = analyse(people(a="240"), values=values, doses={"a": (0, 84)})
    found = derive_expected(analysis, everyone_at_risk(analysis))
    assert found[["day", "grade", "days_since_dose", "dose_number"]].to_numpy().tolist() == [[30, "2", 30, 1], [84, "3", 0, 2]]
    assert found["sentence"].tolist()[0] == (
        "4,001 cells/µL is “Lymphocyte count increased”, grade 2 of CTCAE v5.0: an expected effect of the treatment."
    )


def test_of_a_rising_grade_the_highest_value_is_the_worst() -> None:
    values = course("a", {0: 1000.0, 14: 4500.0, 30: 900.0}, "alc")
    analysis = analyse(people(a="240"), values=values)
    graded = derive_graded(analysis, everyone_at_risk(analysis), RULES["alc-high-ctcae"])
    assert graded[["worst", "worst_grade", "last_grade"]].to_numpy().tolist() == [[4500.0, "2", "0"]]
    assert graded["worse"].tolist() == [True]
