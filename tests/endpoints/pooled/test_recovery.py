from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from dashboard.endpoints.pooled.recovery import (
    CENSORED,
    DIED,
    MILESTONE,
    NEVER_BELOW,
    NO_VALUE,
    NOT_DOSED,
    RECOVERED,
    derive_recovery,
    flag_after,
    summarise_aplasia,
)
from dashboard.endpoints.records import Analysis
from dashboard.study.pooled import Aplasia
from tests.endpoints.builders import course
from tests.endpoints.safety.trial import analyse, of_row

NEVER = np.nan


def recovery(values: dict[str, dict[int, float]], milestone: dict[str, float] | None = None, death: dict[str, float] | None = None) -> Any:
    names = sorted(values)
    analysis = analyse({name: {"cohort": "240"} for name in names}, values=[row for name in names for row in course(name, values[name])])
    days = [np.array([(given or {}).get(name, NEVER) for name in names]) for given in (milestone, death)]
    rows = derive_recovery(analysis, "cd4", 200.0, *days)
    return rows.assign(name=names).set_index("name")


def test_recovery_is_the_first_value_at_the_level_after_the_first_below_it() -> None:
    rows = recovery({"a": {-5: 300.0, 3: 250.0, 7: 40.0, 14: 120.0, 28: 200.0, 56: 90.0}})
    # Day 3 is above; day 7 the first below; day 28 is 200, and a value at the level counts; what comes later changes nothing.
    assert rows.loc["a", ["below_day", "time", "cause", "reason"]].tolist() == [7.0, 28.0, RECOVERED, ""]


def test_without_recovery_the_participant_is_censored_at_the_last_value() -> None:
    rows = recovery({"a": {7: 40.0, 14: 120.0, 90: 150.0}})
    assert rows.loc["a", ["time", "cause"]].tolist() == [90.0, CENSORED]


def test_a_transplant_or_death_before_recovery_ends_the_wait() -> None:
    values = {7: 40.0, 60: 250.0}
    rows = recovery(dict.fromkeys("abc", values), milestone={"a": 57.0, "b": 60.0}, death={"c": 20.0})
    # b: recovery and transplant on one day count as recovery.
    assert rows["cause"].tolist() == [MILESTONE, RECOVERED, DIED]
    assert rows["time"].tolist() == [57.0, 60.0, 20.0]


def test_who_is_in_no_curve_is_told_why() -> None:
    rows = recovery({"a": {7: 400.0, 14: 300.0}, "b": {-5: 100.0, 0: 120.0}, "c": {7: 40.0}})
    assert rows["reason"].tolist() == [NEVER_BELOW, NO_VALUE, ""]
    assert np.isnan(rows.loc["a", "time"])
    undosed = analyse({"a": {"cohort": "240"}}, doses={"a": ()}, values=[])
    assert derive_recovery(undosed, "cd4", 200.0, np.array([NEVER]), np.array([NEVER]))["reason"].tolist() == [NOT_DOSED]


def trial() -> Analysis:
    """Week 36 (day 252): a 40, b 60, c 50, d 10; week 60 (day 420): a 45, c 90."""
    values = {"a": {252: 40.0, 420: 45.0}, "b": {252: 60.0}, "c": {252: 50.0, 420: 90.0}, "d": {252: 10.0}}
    cohorts = {"a": "240", "b": "240", "c": "480", "d": "480"}
    rows = [row for name, days in values.items() for row in course(name, days)]
    return analyse({name: {"cohort": cohort} for name, cohort in cohorts.items()}, values=rows)


def aplasia(**changes: Any) -> Any:
    analysis = trial()
    everyone = np.ones(4, dtype=bool)
    limit = Aplasia(analyte="cd4", below=50.0)
    return summarise_aplasia(analysis, changes.pop("selected", everyone), limit, ("week-36", "week-60"), "exact", **changes)


def test_a_value_at_the_limit_is_not_below_it() -> None:
    table = aplasia()
    numbers = {(row.cohort, row.visit): (row.n, row.of) for row in table.itertuples()}
    wanted = {
        ("240", "week-36"): (1, 2), ("240", "week-60"): (1, 1), ("480", "week-36"): (1, 2), ("480", "week-60"): (0, 1),
        ("720", "week-36"): (0, 0), ("720", "week-60"): (0, 0), ("all", "week-36"): (2, 4), ("all", "week-60"): (1, 2),
    }  # fmt: skip
    assert numbers == wanted
    assert of_row(table, cohort="all", visit="week-36")["proportion"] == 0.5
    assert np.isnan(of_row(table, cohort="720", visit="week-36")["proportion"])


def test_only_the_selected_count_and_rows_left_out_do_not() -> None:
    table = aplasia(selected=np.array([True, False, True, True]))
    assert of_row(table, cohort="240", visit="week-36")["of"] == 1
    analysis = trial()
    after = flag_after(analysis.daily, np.array([252.0, NEVER, 300.0, NEVER]))
    # The transplants of a (day 252) and c (day 300) lie before week 60; a count of the day itself is before it.
    table = aplasia(left_out=after)
    assert [of_row(table, cohort="all", visit=visit)["of"] for visit in ("week-36", "week-60")] == [4, 0]


def test_the_interval_is_the_one_asked_for() -> None:
    values = [row for name in "abcdefghij" for row in course(name, {252: 10.0 if name < "d" else 90.0})]
    analysis = analyse({name: {"cohort": "240"} for name in "abcdefghij"}, values=values)
    limit = Aplasia(analyte="cd4", below=50.0)
    row = of_row(summarise_aplasia(analysis, np.ones(10, dtype=bool), limit, ("week-36",), "exact"), cohort="all")
    # R: binom.test(3, 10): 0.06673951, 0.6524529.
    assert (row["n"], row["of"]) == (3, 10)
    assert [row["lower"], row["upper"]] == pytest.approx([0.06673951, 0.6524529], abs=1e-6)
