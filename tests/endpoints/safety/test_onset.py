from __future__ import annotations

import numpy as np
import pytest

from dashboard.endpoints.safety.onset import (
    count_onsets,
    count_unplaced,
    derive_onsets,
    derive_unplaced,
    list_by_onset,
    summarise_given,
    summarise_onset,
)
from tests.endpoints.safety.trial import analyse, derived, event, everyone_at_risk, of_row, people

ANALYSIS = analyse(people(a="240", b="480"), doses={"a": (0, 84), "b": (0,)})
AT_RISK = everyone_at_risk(ANALYSIS)
# Days since the latest dose: 0, 6, 7 and 1 (day 85, after dose 2) for a; 20 for b.
EVENTS = derived(
    ANALYSIS,
    event("b", 20),
    event("a", 0),
    event("a", 6),
    event("a", 7),
    event("a", 85),
    event("a", -18, start_precision="month"),
    event("a", None),
    event("b", -2, outcome="FATAL", end_day=4),
)


def test_onsets_fall_in_bins_from_the_day_of_the_dose() -> None:
    table = summarise_onset(EVENTS, AT_RISK)
    total = table[(table["cohort"] == "total") & (table["dose_number"] == 0)]
    assert total[["low", "high", "n", "events"]].to_numpy().tolist() == [[0, 6, 1, 3], [7, 13, 1, 1], [14, 20, 1, 1]]
    second = table[(table["dose_number"] == 2) & (table["cohort"] == "240")]
    assert second["events"].tolist() == [1, 0, 0]
    assert of_row(table, dose_number=1, low=0, cohort="240")["events"] == 2


def test_bins_may_be_of_any_number_of_days_but_none() -> None:
    table = summarise_onset(EVENTS, AT_RISK, 30)
    assert of_row(table, dose_number=0, cohort="total")["events"] == 5
    with pytest.raises(ValueError, match="not 0"):
        summarise_onset(EVENTS, AT_RISK, 0)


def test_an_event_without_days_since_a_dose_is_counted_with_its_reason() -> None:
    reasons = {"start known to the month or year": 1, "start not recorded": 1, "began before the first dose": 1}
    assert count_unplaced(EVENTS, AT_RISK) == reasons
    placed = summarise_onset(EVENTS, AT_RISK).query("dose_number == 0 and cohort == 'total'")["events"].sum()
    assert placed + sum(reasons.values()) == len(EVENTS)


def test_the_list_goes_by_days_since_the_dose() -> None:
    listed = list_by_onset(EVENTS, AT_RISK)
    assert listed["days_since_dose"].tolist()[:5] == [0, 1, 6, 7, 20]
    assert listed["days_since_dose"].isna().tolist() == [False] * 5 + [True] * 3


def test_without_events_there_is_no_bin() -> None:
    assert summarise_onset(EVENTS.iloc[:0], AT_RISK).empty
    assert count_unplaced(EVENTS.iloc[:0], AT_RISK) == {}


def test_each_dose_is_counted_among_those_who_received_it() -> None:
    given = summarise_given(ANALYSIS, AT_RISK)
    # Both received dose 1, a alone dose 2; dose number 0 stands for any dose.
    assert [of_row(given, dose_number=number, cohort="total")["of"] for number in (0, 1, 2)] == [2, 2, 1]
    assert [of_row(given, dose_number=2, cohort=key)["of"] for key in ("240", "480", "720")] == [1, 0, 0]


def test_counted_onsets_go_by_dose_week_and_group_and_only_those_marked_count() -> None:
    onsets = derive_onsets(EVENTS, ANALYSIS)
    counts = count_onsets(onsets, np.ones(len(EVENTS), dtype=bool), AT_RISK, 7)
    # After dose 1 a on days 0, 6 and 7, b on day 20; after dose 2 a on day 1. Groups: 240, 480, 720, total.
    assert counts.doses.tolist() == [1, 2]
    assert counts.events[0].tolist() == [[2, 0, 0, 2], [1, 0, 0, 1], [0, 1, 0, 1]]
    assert counts.events[1].tolist() == [[1, 0, 0, 1], [0, 0, 0, 0], [0, 0, 0, 0]]
    assert counts.given.tolist() == [[1, 1, 0, 2], [1, 0, 0, 1]]
    few = count_onsets(onsets, np.arange(len(EVENTS)) == 2, AT_RISK, 7)
    assert (few.doses.tolist(), few.events.tolist()) == ([1], [[[1, 0, 0, 1]]])


def test_every_event_has_days_since_a_dose_or_a_reason_why_not() -> None:
    reasons = derive_unplaced(EVENTS)
    assert ((reasons == "") == EVENTS["days_since_dose"].notna()).all()
    assert reasons.tolist()[5:] == ["start known to the month or year", "start not recorded", "began before the first dose"]
