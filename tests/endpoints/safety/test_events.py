from __future__ import annotations

import pandas as pd
import pytest

from dashboard.endpoints.safety.events import EVENT_COLUMNS, select_events
from dashboard.endpoints.safety.overview import list_unrecognised_relations
from tests.endpoints.safety.trial import analyse, derived, event, people

ONE = people(a="240")


def test_events_keep_their_rows_and_have_the_declared_columns() -> None:
    events = derived(analyse(people(b="480", a="240")), event("b", 5), event("a", 2))
    assert {name: str(kind) for name, kind in events.dtypes.items()} == EVENT_COLUMNS
    assert events[["participant", "cohort", "start_day"]].to_numpy().tolist() == [["b", "480", 5], ["a", "240", 2]]


def test_an_event_is_emergent_from_the_day_of_the_first_dose_on() -> None:
    events = derived(analyse(ONE), *(event("a", day) for day in (-1, 0, 1)))
    assert events["emergent"].tolist() == [False, True, True]
    assert events["basis"].tolist() == ["", "onset", "onset"]


# First dose 2024-08-19. August 2024 is days −18 to 12, July ends on day −19, September begins on day 13, 2024 is days −231 to 134.
@pytest.mark.parametrize(
    ("start", "precision", "end", "latest", "basis"),
    [
        (-18, "month", None, 12, "possible"),
        (-49, "month", None, -19, ""),
        (13, "month", None, 42, "onset"),
        (-231, "year", None, 134, "possible"),
        (-596, "year", None, -232, ""),
        (-18, "month", -1, -1, ""),
        (-18, "month", 5, 5, "possible"),
        (None, "", None, 500, "possible"),
        (None, "", -3, -3, ""),
    ],
)
def test_a_partial_start_is_emergent_when_its_last_possible_day_is(
    start: int | None, precision: str, end: int | None, latest: int, basis: str
) -> None:
    found = derived(analyse(ONE), event("a", start, start_precision=precision, end_day=end)).iloc[0]
    assert (found["latest_start"], found["basis"], found["emergent"], found["partial"]) == (latest, basis, basis != "", True)


def test_without_the_day_of_the_cut_a_month_is_taken_at_its_longest() -> None:
    analysis = analyse({"a": {"cohort": "240", "cut_day": None, "last_day": 100}})
    events = derived(analysis, event("a", -30, start_precision="month"), event("a", -31, start_precision="month"))
    assert events["latest_start"].tolist() == [0, -1]
    assert events["emergent"].tolist() == [True, False]


def test_an_event_from_before_the_first_dose_that_ends_in_death_after_it_is_worsened() -> None:
    analysis = analyse({"a": {"cohort": "240", "status": "died", "last_day": 30}})
    fatal = derived(analysis, event("a", -9, outcome="FATAL", end_day=30), event("a", -9, outcome="FATAL"), event("a", -9, end_day=30))
    assert fatal["basis"].tolist() == ["worsened", "worsened", ""]


def test_nothing_is_emergent_without_a_dose() -> None:
    analysis = analyse(ONE, doses={"a": ()})
    assert not derived(analysis, event("a", None), event("a", None, outcome="FATAL"))["emergent"].any()


def test_the_dose_clock_counts_from_the_latest_dose_given() -> None:
    analysis = analyse(ONE, doses={"a": (0, 105)})
    events = derived(analysis, event("a", -1), event("a", 84), event("a", 105), event("a", 110, start_precision="month"))
    assert events["days_since_dose"].tolist() == [pd.NA, 84, 0, pd.NA]
    assert events["dose_number"].tolist() == [pd.NA, 1, 2, pd.NA]


@pytest.mark.parametrize(
    ("word", "relatedness"),
    [
        ("POSSIBLE", "related"), ("Probably related", "related"), ("definite", "related"), ("RELATED", "related"), ("Y", "related"),
        ("UNLIKELY", "not related"), ("UNRELATED", "not related"), ("NONE", "not related"), ("REMOTE", "not related"), ("N", "not related"),
        ("", "not recorded"), ("perhaps", "not recognised"),
    ],
)  # fmt: skip
def test_the_words_for_relation_have_their_meaning(word: str, relatedness: str) -> None:
    events = derived(analyse(ONE), event("a", relation=word))
    assert events["relatedness"].tolist() == [relatedness]
    assert events["related"].tolist() == [relatedness == "related"]


def test_unknown_words_for_relation_are_named() -> None:
    events = derived(analyse(ONE), *(event("a", relation=word) for word in ("perhaps", "MAYBE", "perhaps", "", "POSSIBLE")))
    assert list_unrecognised_relations(events) == {"MAYBE": 1, "perhaps": 2}


def test_actions_outcomes_and_special_interest_follow_the_definition() -> None:
    events = derived(
        analyse(ONE),
        event("a", action="DRUG WITHDRAWN", term="Injection site pain"),
        event("a", action="Drug  interrupted", term="Autoimmune hepatitis"),
        event("a", action="", outcome="FATAL", term="Inflammation of an injection sitework"),
        event("a", action="DOSE REDUCED", grade="5"),
    )
    assert events["dose_action"].tolist() == ["discontinued", "delayed", "", "other"]
    assert events["special_interest"].tolist() == ["injection-site", "autoimmunity,hepatic", "", ""]
    assert events["fatal"].tolist() == [False, False, True, True]


def test_first_and_worst_events_stand_for_a_participant() -> None:
    events = derived(
        analyse(ONE),
        event("a", -5, grade="4"),
        event("a", 9, grade="1"),
        event("a", 3, grade="2"),
        event("a", 3, grade="3", term="Migraine"),
        event("a", 4, grade="3", body_system="Eye disorders", term="Dry eye"),
    )
    flags = {name: events.index[events[name]].tolist() for name in EVENT_COLUMNS if name.startswith(("first_", "worst_"))}
    assert flags == {
        "first_any": [2], "first_in_system": [2, 4], "first_in_term": [2, 3, 4],
        "worst_any": [3], "worst_in_system": [3, 4], "worst_in_term": [2, 3, 4],
    }  # fmt: skip


def test_each_scale_has_a_worst_event_of_its_own() -> None:
    events = derived(analyse(ONE), event("a", 1, grade="3"), event("a", 2, grade="1", grading_scale="DAIDS 2.1"))
    assert events["first_any"].tolist() == [True, False]
    assert events["worst_any"].tolist() == [True, True]


def test_filters_leave_the_emergent_events_that_meet_all_of_them() -> None:
    events = derived(
        analyse(ONE),
        event("a", 1, grade="3", relation="POSSIBLE", serious="Y"),
        event("a", -1, grade="3", relation="POSSIBLE", serious="Y"),
        event("a", 2, grade="2", relation="POSSIBLE", term="Cytokine release syndrome"),
        event("a", 3, grade="4"),
    )
    assert select_events(events).index.tolist() == [0, 2, 3]
    assert select_events(events, related=True).index.tolist() == [0, 2]
    assert select_events(events, min_grade=3).index.tolist() == [0, 3]
    assert select_events(events, min_grade=3, related=True, serious=True).index.tolist() == [0]
    assert select_events(events, special_interest="crs").index.tolist() == [2]


def test_a_lowest_grade_on_two_scales_needs_a_scale() -> None:
    events = derived(analyse(ONE), event("a", 1, grade="3"), event("a", 2, grade="3", grading_scale="DAIDS 2.1"))
    with pytest.raises(ValueError, match=r"CTCAE v5\.0, DAIDS 2\.1"):
        select_events(events, min_grade=3)
    assert select_events(events, min_grade=3, scale="DAIDS 2.1").index.tolist() == [1]


def test_no_events_give_an_empty_frame_and_a_stranger_is_refused() -> None:
    assert derived(analyse(ONE)).empty
    with pytest.raises(KeyError, match="participants of adverse events unknown: z"):
        derived(analyse(ONE), event("z"))
