"""The filter of relation and grade: what passes, and why the rest does not."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.safety.events import select_events
from dashboard.endpoints.safety.filtering import EventFilter, code_refusals, derive_refusals
from tests.endpoints.safety.trial import analyse, derived, event, people

CTCAE, DAIDS = "CTCAE v5.0", "DAIDS 2.1"
ANALYSIS = analyse(people(a="240"))
EVENTS = derived(
    ANALYSIS,
    event("a", 1, grade="3", relation="POSSIBLE"),
    event("a", 2, grade="2", relation="POSSIBLE"),
    event("a", 3, grade="3", relation="UNLIKELY"),
    event("a", 4, grade="4", relation="RELATED", grading_scale=DAIDS),
    event("a", 5, grade="", relation="RELATED"),
    event("a", 6, grade="3", relation=""),
    event("a", 7, grade="1", relation="perhaps"),
    event("a", -3, grade="5", relation="DEFINITE"),
)


def select_filtered(events: pd.DataFrame, chosen: EventFilter) -> pd.DataFrame:
    return events[code_refusals(events, chosen).passes]


def count_refused(events: pd.DataFrame, chosen: EventFilter) -> dict[str, int]:
    return code_refusals(events, chosen).count(np.ones(len(events), dtype=bool))


def test_an_open_filter_lets_every_event_pass() -> None:
    pd.testing.assert_frame_equal(select_filtered(EVENTS, EventFilter(scale=CTCAE)), EVENTS)
    assert count_refused(EVENTS, EventFilter(scale=CTCAE)) == {}


def test_only_events_called_related_pass_and_each_other_one_has_its_reason() -> None:
    chosen = EventFilter(related=True, scale=CTCAE)
    assert select_filtered(EVENTS, chosen).index.tolist() == [0, 1, 3, 4, 7]
    assert derive_refusals(EVENTS, chosen).tolist() == [
        "", "", "not related", "", "", "relation to treatment not recorded",
        "relation to treatment in words the study definition does not know", "",
    ]  # fmt: skip


def test_a_lowest_grade_passes_itself_and_leaves_out_other_scales_and_ungraded_events() -> None:
    chosen = EventFilter(min_grade=3, scale=CTCAE)
    assert select_filtered(EVENTS, chosen).index.tolist() == [0, 2, 5, 7]
    assert count_refused(EVENTS, chosen) == {"below grade 3": 2, f"graded on another scale, {DAIDS}": 1, "not graded": 1}
    assert select_filtered(EVENTS, EventFilter(min_grade=3, scale=DAIDS)).index.tolist() == [3]


def test_passed_and_refused_are_all_events_and_the_emergent_ones_are_those_of_select_events() -> None:
    chosen = EventFilter(related=True, min_grade=3, scale=CTCAE)
    passed = select_filtered(EVENTS, chosen)
    assert len(passed) + sum(count_refused(EVENTS, chosen).values()) == len(EVENTS)
    expected = select_events(EVENTS, related=True, min_grade=3, scale=CTCAE)
    assert passed[passed["emergent"]].index.tolist() == expected.index.tolist() == [0]


def test_the_filter_of_no_events_is_empty() -> None:
    assert select_filtered(EVENTS.iloc[:0], EventFilter(related=True, min_grade=2, scale=CTCAE)).empty
