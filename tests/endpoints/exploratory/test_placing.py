from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.exploratory.placing import compute_minutes, list_series
from tests.endpoints.exploratory.findings import enrol, finding, place


def test_a_finding_gets_the_visit_of_its_day_and_both_clocks() -> None:
    analysis = enrol(["p"], doses={"p": (0, 84)})
    placed = place([finding("p", -28, 5), finding("p", 84, 4), finding("p", 98, 3), finding("p", 900, 2), finding("p", None, 1)], analysis)
    assert placed["visit"].tolist() == ["screening", "dose-2", "dose-2-day-14", "", ""]
    assert placed["days_since_dose"].tolist() == [pd.NA, 0, 14, 816, pd.NA]
    assert placed["before_treatment"].tolist() == [True, False, False, False, False]
    assert placed["analysed"].tolist() == [True, True, True, False, False]
    assert placed["unscheduled"].tolist() == [False, False, False, True, True]


def test_visits_of_a_late_dose_move_with_it_for_findings_too() -> None:
    # Dose 2 is 21 days late (day 105): its day 14 is day 119, which the plan alone would give to day 30 (106 … 138).
    placed = place([finding("p", 119, 1)], enrol(["p"], doses={"p": (0, 105)}))
    assert placed["visit"].tolist() == ["dose-2-day-14"]


def test_one_result_per_visit_and_series_is_analysed() -> None:
    # Target of dose-1-day-14 is day 14. Days 12 and 16 are equally near: the later one. The other series is chosen for itself.
    rows = [finding("p", 12, 1), finding("p", 16, 2), finding("p", 20, 3), finding("p", 20, 4, test="OTHER")]
    assert place(rows, enrol(["p"]))["analysed"].tolist() == [False, True, False, True]


def test_of_one_day_the_sample_before_the_dose_is_analysed_then_the_later_time() -> None:
    rows = [
        finding("p", 0, 1, time="08:00"),
        finding("p", 0, 2, time="09:30"),
        finding("p", 0, 3, time="16:00", after_dose=True),
    ]
    placed = place(rows, enrol(["p"]))
    assert placed["analysed"].tolist() == [False, True, False]
    assert placed["before_treatment"].tolist() == [True, True, False]


def test_the_category_tells_two_series_of_one_test_apart() -> None:
    rows = [finding("p", 0, "CR", test="OVRLRESP", category="ELN"), finding("p", 0, "PR", test="OVRLRESP", category="LUGANO")]
    placed = place(rows, enrol(["p"]))
    assert placed["series"].tolist() == [0, 1]
    listed = list_series(placed)
    assert listed["category"].tolist() == ["ELN", "LUGANO"]
    assert listed["participants"].tolist() == [1, 1]


def test_no_findings_give_an_empty_frame_and_no_series() -> None:
    placed = place([], enrol(["p"]))
    assert len(placed) == 0
    assert len(list_series(placed)) == 0


def test_a_participant_nobody_enrolled_is_refused() -> None:
    with pytest.raises(KeyError, match="participants of findings unknown: q"):
        place([finding("q", 0, 1)], enrol(["p"]))


def test_times_become_minutes_and_an_absent_time_minus_one() -> None:
    assert compute_minutes(pd.Series(["08:05", "", "23:59:30"])).tolist() == [485, -1, 1439]
