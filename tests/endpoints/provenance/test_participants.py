from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.provenance.participants import trace_dose, trace_participant
from dashboard.errors import NotFoundError
from dashboard.study.columns import MILESTONE_COLUMNS, conform
from tests.endpoints.builders import course
from tests.endpoints.provenance.delivered import delivered_analysis, places, step, table


def test_a_late_dose_names_its_row_its_delay_and_the_windows_that_follow() -> None:
    analysis = delivered_analysis(course("a", {0: 100}), doses={"a": (0, 105)})
    steps = trace_dose(analysis, "a", 2)
    assert steps[0].sentence == "ex.csv row 2: 240 µg/kg."
    assert step(steps, "Planned dose").sentence == "It is planned dose 2, due on day 84 and given 21 days late; 4 windows follow it."
    assert table(steps, "Planned dose").rows[2] == ("14 days after dose 2", "91 to 105", "112 to 126")
    assert table(steps, "Number").links == ("dose:a:1", "dose:a:2")
    assert steps[-1].sentence == "It was given 105 days after the first dose (ex.csv row 1): day 105."
    assert (steps[-1].result, places(steps[-1])) == (105, [("ex.csv", 1), ("ex.csv", 2)])
    assert trace_dose(analysis, "a", 1)[-1].sentence == "It is the first dose, so its day is 0."


def test_a_dose_outside_the_plan_moves_nothing() -> None:
    steps = trace_dose(delivered_analysis(course("a", {0: 100}), doses={"a": (0, 7, 84)}), "a", 2)
    assert step(steps, "Planned dose").sentence == "It is no dose of the plan, so no window moves with it."


@pytest.mark.parametrize(
    ("last_day", "sentence", "rows"),
    [
        (14, "a was under observation until day 14: it has a count or dose (lb.csv row 2).", [("lb.csv", 2)]),
        (
            20,
            "a was under observation until day 20: the delivery states “DISPOSITION EVENT: COMPLETED” on it (ds.csv row 4).",
            [("ds.csv", 4)],
        ),
        (500, "a was under observation until day 500: it is the day of the data cut.", []),
        (30, "a was under observation until day 30: the delivery states it as the end.", []),
    ],
)
def test_the_last_day_names_the_row_that_has_it(last_day: int, sentence: str, rows: list[tuple[str, int]]) -> None:
    analysis = delivered_analysis(course("a", {0: 100, 14: 110}), people={"a": {"last_day": last_day, "status": "completed"}})
    stated = {
        "participant": "a", "category": "DISPOSITION EVENT", "subcategory": "", "term": "COMPLETED", "reported_term": "", "day": 20,
        "precision": "day", "source_file": "ds.csv", "source_row": 4,
    }  # fmt: skip
    steps = trace_participant(analysis, "a", conform(pd.DataFrame([stated, {**stated, "participant": "b"}]), MILESTONE_COLUMNS))
    assert (steps[-1].sentence, steps[-1].result, places(steps[-1])) == (sentence, last_day, rows)
    assert table(steps, "Status").rows == (("DISPOSITION EVENT: COMPLETED", "20", "ds.csv row 4"),)
    assert step(steps, "Doses").sentence == "1 dose given: day 0 (ex.csv row 1)."


def test_a_participant_without_a_dose_has_no_last_day() -> None:
    analysis = delivered_analysis([("a", "cd4", None, 100.0)], doses={"a": ()}, people={"a": {"status": "not dosed"}})
    steps = trace_participant(analysis, "a")
    assert steps[-1].result is None
    assert step(steps, "Doses").result == 0
    assert step(steps, "Status").sentence == "The status is “not dosed”."


def test_what_does_not_exist_is_named() -> None:
    analysis = delivered_analysis(course("a", {0: 100}), doses={"a": (0, 84)})
    with pytest.raises(NotFoundError, match=r"no dose of a “3”. There are: 1, 2"):
        trace_dose(analysis, "a", 3)
    with pytest.raises(NotFoundError, match=r"no participant"):
        trace_dose(analysis, "z", 1)
    with pytest.raises(NotFoundError, match=r"no participant"):
        trace_participant(analysis, "z")
