"""Data maturity: what became of each planned visit, counted by hand, and adding up to everyone."""

from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.interim.locking import compute_lock, select_data_until
from dashboard.endpoints.interim.maturity import MATURITY_COLUMNS, summarise_maturity
from dashboard.endpoints.quality.calendar import STATE_KEYS, derive_calendar
from dashboard.endpoints.records import derive_analysis
from dashboard.study.snapshot import StudyData
from tests.endpoints.builders import protocol
from tests.endpoints.interim.grown import UNTIL, trial
from tests.panels.scenes import drawn_trial, odd_data


def maturity(data: StudyData, until: str = "") -> pd.DataFrame:
    analysis = derive_analysis(data, protocol(), "last")
    if until:
        analysis = derive_analysis(select_data_until(data, compute_lock(analysis, until)), protocol(), "last")
    return summarise_maturity(derive_calendar(analysis, "cd4"), protocol().cohort_keys, protocol().visit_keys)


def states(table: pd.DataFrame, visit: str, cohort: str) -> dict[str, int]:
    rows = table[(table["visit"] == visit) & (table["cohort"] == cohort) & (table["n"] > 0)]
    return dict(zip(rows["state"].tolist(), rows["n"].tolist(), strict=True))


# Week 36 (day 252, window 225 to 293): a has day 252 and c day 280; d was there and has nothing; b withdrew on day 120; e was never dosed.
def test_a_visit_is_counted_by_state_and_cohort() -> None:
    table = maturity(trial().data)
    assert states(table, "week-36", "240") == {"observed": 1, "withdrawn": 1, "missed": 1}
    assert states(table, "week-36", "480") == {"observed": 1}
    assert states(table, "week-36", "720") == {"not-dosed": 1}
    assert states(table, "week-36", "all") == {"observed": 2, "withdrawn": 1, "missed": 1, "not-dosed": 1}


def test_due_is_everyone_of_whom_a_value_was_expected() -> None:
    # At week 36 of 240 a and d, not b; of all a, c and d. Of e (never dosed) none was expected at any visit.
    due = maturity(trial().data).drop_duplicates(["visit", "cohort"]).set_index(["visit", "cohort"])["due"]
    assert due["week-36"].to_dict() == {"240": 2, "480": 1, "720": 0, "all": 3}
    assert due["screening"].to_dict() == {"240": 3, "480": 1, "720": 0, "all": 4}


def test_percent_is_of_everyone_of_the_cohort() -> None:
    table = maturity(trial().data).set_index(["visit", "cohort", "state"])
    assert table.loc[("week-36", "240", "observed"), ["n", "of"]].tolist() == [1, 3]
    assert table.loc[("week-36", "240", "observed"), "percent"] == pytest.approx(100 / 3)


def test_a_visit_after_the_lock_is_not_due_and_one_missed_before_it_is_missed() -> None:
    # Week 60 is day 420: due at the cut on day 500, not due at the lock on day 252.
    assert states(maturity(trial().data), "week-60", "all") == {"missed": 3, "withdrawn": 1, "not-dosed": 1}
    locked = maturity(trial().data, UNTIL)
    assert states(locked, "week-60", "all") == {"not-due": 3, "withdrawn": 1, "not-dosed": 1}
    assert locked.set_index(["visit", "cohort"]).loc[("week-60", "all"), "due"].unique().tolist() == [0]
    assert states(locked, "week-36", "all") == states(maturity(trial().data), "week-36", "all")


@pytest.mark.parametrize("until", ["", "to-week-36", "to-week-60"])
@pytest.mark.parametrize("data", [trial().data, odd_data(), drawn_trial()], ids=["small", "odd", "drawn"])
def test_every_visit_adds_up_to_everyone_of_each_cohort(data: StudyData, until: str) -> None:
    table = maturity(data, until)
    sizes = data.participants.groupby("cohort").size().reindex(protocol().cohort_keys, fill_value=0).to_dict()
    sizes["all"] = len(data.participants)
    assert table.dtypes.astype(str).to_dict() == MATURITY_COLUMNS
    assert len(table) == len(protocol().visits) * len(sizes) * len(STATE_KEYS)
    for (visit, cohort), rows in table.groupby(["visit", "cohort"]):
        assert rows["n"].sum() == sizes[str(cohort)], visit
        assert rows["of"].unique().tolist() == [sizes[str(cohort)]]
        assert 0 <= rows["due"].iloc[0] <= sizes[str(cohort)]
