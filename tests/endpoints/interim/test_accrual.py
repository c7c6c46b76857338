"""Accrual and disposition, counted by hand on five participants."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings

from dashboard.endpoints.interim.accrual import ACCRUAL_COLUMNS, summarise_accrual
from dashboard.endpoints.interim.locking import compute_lock, select_data_until
from dashboard.endpoints.records import derive_analysis
from dashboard.study.columns import STATUSES
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import build_data, course, everyone, protocol
from tests.endpoints.interim.grown import UNTIL, Recorded, later_trials, trial


def accrual(data: StudyData, chosen: tuple[str, ...] = (), using: StudyProtocol | None = None) -> pd.DataFrame:
    analysis = derive_analysis(data, using or protocol(), "last")
    selected = analysis.participants["participant"].isin(chosen).to_numpy() if chosen else everyone(analysis)
    return summarise_accrual(analysis, selected, "week-36")


def shares(table: pd.DataFrame) -> Mapping[str, list[str]]:
    """n/of of each step by cohort, then all."""
    words = table["n"].astype("str") + "/" + table["of"].astype("str")
    return words.groupby(table["step"], sort=False).agg(list).to_dict()


# a, b, d (240) and c (480) are dosed, e (720) is not; ten are planned in each cohort. Dose 2: a, b, d; dose 3: a, d. Week 36 is day 252:
# a, c and d are under observation until day 500, b withdrew on day 120. In the window of week 36 (225 to 293): a on 252, c on 280.
BY_HAND = {
    "enrolled": ["3/10", "1/10", "1/10", "5/30"],
    "dosed": ["3/3", "1/1", "0/1", "4/5"],
    "dose-1": ["3/3", "1/1", "0/0", "4/4"],
    "dose-2": ["3/3", "0/1", "0/0", "3/4"],
    "dose-3": ["2/3", "0/1", "0/0", "2/4"],
    "reached": ["2/3", "1/1", "0/0", "3/4"],
    "with-value": ["1/3", "1/1", "0/0", "2/4"],
    "status:ongoing": ["2/3", "1/1", "0/1", "3/5"],
    "status:completed": ["0/3", "0/1", "0/1", "0/5"],
    "status:withdrawn": ["1/3", "0/1", "0/1", "1/5"],
    "status:lost to follow-up": ["0/3", "0/1", "0/1", "0/5"],
    "status:died": ["0/3", "0/1", "0/1", "0/5"],
    "status:not dosed": ["0/3", "0/1", "1/1", "1/5"],
}


def test_every_step_is_counted_by_cohort_with_its_denominator() -> None:
    table = accrual(trial().data)
    assert shares(table) == BY_HAND
    assert table.dtypes.astype(str).to_dict() == ACCRUAL_COLUMNS
    assert table["cohort"].tolist() == ["240", "480", "720", "all"] * len(BY_HAND)


def test_percent_is_n_of_of_and_missing_without_anybody() -> None:
    percent = accrual(trial().data).set_index(["step", "cohort"])["percent"]
    assert percent["dose-3", "240"] == pytest.approx(100 * 2 / 3)
    assert np.isnan(percent["dose-3", "720"])


def test_only_the_selected_are_counted() -> None:
    assert shares(accrual(trial().data, ("b", "e")))["dosed"] == ["1/1", "0/0", "0/1", "1/2"]


def test_without_a_planned_number_in_each_cohort_enrolled_has_no_denominator() -> None:
    first, *others = protocol().cohorts
    using = protocol().model_copy(update={"cohorts": (first.model_copy(update={"planned": None}), *others)})
    enrolled = accrual(trial().data, using=using).set_index("step").loc["enrolled"]
    assert enrolled["n"].tolist() == [3, 1, 1, 5]
    assert enrolled[["of", "percent"]].isna().all(axis=None)


def test_who_ended_on_the_target_day_reached_the_visit_and_who_ended_the_day_before_did_not() -> None:
    people: dict[str, dict[str, Any]] = {name: {"status": "withdrawn", "last_day": day} for name, day in (("a", 252), ("b", 251))}
    assert shares(accrual(build_data([], people=people)))["reached"] == ["1/2", "0/0", "0/0", "1/2"]


def test_who_gave_the_sample_of_the_visit_before_its_target_day_reached_it() -> None:
    # The window of week 36 begins on day 225. Both ended on day 240, a with a sample of that day.
    people: dict[str, dict[str, Any]] = {name: {"status": "withdrawn", "last_day": 240} for name in "ab"}
    counted = shares(accrual(build_data(course("a", {240: 310.0}), people=people)))
    assert (counted["reached"][-1], counted["with-value"][-1]) == ("1/2", "1/2")


@given(later_trials())
@settings(max_examples=20, deadline=None)
def test_the_states_add_up_to_everyone_enrolled_with_and_without_a_lock(later: Recorded) -> None:
    lock = compute_lock(derive_analysis(later.data, protocol(), "last"), UNTIL)
    for data in (later.data, select_data_until(later.data, lock)):
        n = accrual(data).pivot(index="step", columns="cohort", values="n")
        states = n.loc[[f"status:{status}" for status in STATUSES]].sum()
        assert states.to_dict() == n.loc["enrolled"].to_dict()
