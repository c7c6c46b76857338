from __future__ import annotations

from dataclasses import replace

import numpy as np

from dashboard.endpoints.safety.exposure import derive_exposure, summarise_exposure
from tests.endpoints.safety.trial import analyse, everyone_at_risk, of_row

# Planned doses on days 0, 84 and 168; all amounts 240 µg/kg.
PERSONS = {
    "a": {"cohort": "240"},
    "b": {"cohort": "480", "status": "withdrawn", "last_day": 100},
    "c": {"cohort": "240", "cut_day": 90, "last_day": 85},
    "d": {"cohort": "240"},
}
DOSES = {"a": (0, 7, 105, 190), "b": (0,), "c": (0,), "d": ()}
ANALYSIS = analyse(PERSONS, doses=DOSES)
AT_RISK = everyone_at_risk(ANALYSIS)


def _columns(participant: str, *names: str) -> list[list[object]]:
    exposure = derive_exposure(ANALYSIS, AT_RISK)
    return exposure.loc[exposure["participant"] == participant, list(names)].astype(object).fillna("").to_numpy().tolist()


def test_a_late_dose_moves_the_next_one_and_its_own_delay_says_so() -> None:
    assert _columns("a", "planned_dose", "planned_day", "state", "dose_number", "day", "delay", "own_delay") == [
        [1, 0, "given", 1, 0, 0, 0],
        ["", "", "outside the plan", 2, 7, "", ""],
        [2, 84, "given", 3, 105, 21, 21],
        # 190 is 22 days late on the study clock, but 85 days after the dose before, one more than planned.
        [3, 168, "given", 4, 190, 22, 1],
    ]


def test_a_dose_not_given_is_missed_ended_or_not_due() -> None:
    # b was seen on day 84 and left on day 100. For c the cut comes six days after the second dose was due.
    assert _columns("b", "planned_dose", "state") == [[1, "given"], [2, "missed"], [3, "ended before"]]
    assert _columns("c", "planned_dose", "state") == [[1, "given"], [2, "not due"], [3, "not due"]]
    assert "d" not in set(derive_exposure(ANALYSIS, AT_RISK)["participant"])


def test_the_amount_is_compared_with_the_cohort_s_plan_in_the_same_unit() -> None:
    assert _columns("b", "amount", "planned_amount", "percent")[0] == [240.0, 480.0, 50.0]
    doses = ANALYSIS.doses.assign(amount_unit="mg")
    other = derive_exposure(replace(ANALYSIS, doses=doses), AT_RISK)
    assert other["percent"].isna().all()


def test_the_summary_counts_states_and_delays_of_each_planned_dose() -> None:
    table = summarise_exposure(derive_exposure(ANALYSIS, AT_RISK), AT_RISK)
    second = of_row(table, cohort="total", planned_dose=2)
    assert [second[name] for name in ("of", "given", "missed", "ended", "not_due", "late")] == [3, 1, 1, 0, 1, 1]
    assert (second["median_delay"], second["longest_delay"]) == (21, 21)
    nobody = of_row(table, cohort="720", planned_dose=1)
    assert (nobody["of"], nobody["given"]) == (0, 0)
    assert np.isnan(nobody["median_delay"])
    first = of_row(table, cohort="total", planned_dose=1)
    assert (first["lowest_percent"], first["highest_percent"]) == (50.0, 100.0)
