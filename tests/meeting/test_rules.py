"""Who may do what in a meeting, who is there, and what may be written: plain functions, every expectation by hand."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dashboard.errors import WrongUseError
from dashboard.meeting.records import (
    LONGEST_AGENDA,
    LONGEST_ENTRY,
    LONGEST_TITLE,
    Meeting,
    Person,
    ShownView,
    make_meeting_id,
    validate_agenda,
    validate_entry,
    validate_kind,
    validate_title,
)
from dashboard.meeting.rules import (
    GONE_AFTER,
    HEARD_EVERY,
    OF_THE_CHAIR,
    Act,
    ClosedMeetingError,
    NotChairError,
    describe_attendance,
    is_due,
    is_same_view,
    reorder,
    require_act,
    require_successor,
)

NOW = datetime(2026, 3, 1, 8, 30, tzinfo=UTC)
SHOWN = ShownView("a" * 64, "overview", "", "cut=aaaaaaaaaa", "0123ABCD")
MEETING = Meeting(make_meeting_id(), "nct05600920", "Week 36", "a" * 64, NOW, "olga", "dora", SHOWN)
CLOSED = replace(MEETING, closed_at=NOW, closed_by="dora")
ACTS: tuple[Act, ...] = get_args(Act)


def person(name: str, seconds_ago: float) -> Person:
    return Person(name, NOW - timedelta(hours=1), NOW - timedelta(seconds=seconds_ago))


@pytest.mark.parametrize("act", ACTS)
def test_the_chair_may_do_everything_while_the_meeting_is_open(act: Act) -> None:
    require_act(MEETING, "dora", act)


@pytest.mark.parametrize("act", ACTS)
def test_others_may_comment_and_nothing_else(act: Act) -> None:
    assert set(ACTS) - {"comment"} == OF_THE_CHAIR
    if act == "comment":
        require_act(MEETING, "ivy", act)
        return
    with pytest.raises(NotChairError, match=r"Only the chair may do this; the chair is dora\."):
        require_act(MEETING, "ivy", act)


@pytest.mark.parametrize("act", ACTS)
@pytest.mark.parametrize("name", ["dora", "ivy"])
def test_in_a_closed_meeting_nobody_changes_anything(act: Act, name: str) -> None:
    with pytest.raises(ClosedMeetingError, match="closed on 2026-03-01 at 08:30 UTC"):
        require_act(CLOSED, name, act)


@pytest.mark.parametrize(
    ("asks", "to", "allowed"),
    [
        ("dora", "ivy", True),
        ("dora", "stan", False),
        ("ivy", "ivy", False),
        ("olga", "olga", True),
        ("olga", "ivy", False),
        ("ivy", "dora", False),
    ],
)
def test_the_chair_hands_over_to_somebody_who_is_there_and_who_opened_the_meeting_takes_it_back(asks: str, to: str, allowed: bool) -> None:
    present = ("dora", "ivy")
    if allowed:
        require_successor(MEETING, asks, to, present)
        return
    with pytest.raises(NotChairError):
        require_successor(MEETING, asks, to, present)


def test_a_closed_meeting_gets_no_other_chair() -> None:
    for asks, to in (("dora", "ivy"), ("olga", "olga")):
        with pytest.raises(ClosedMeetingError):
            require_successor(CLOSED, asks, to, ("dora", "ivy", "olga"))


def test_who_was_not_heard_of_for_a_while_is_not_there() -> None:
    gone = GONE_AFTER.total_seconds()
    people = [person("dora", 0), person("ivy", gone - 1), person("stan", gone)]
    found = describe_attendance(MEETING, people, NOW)
    assert (found.present, found.chair_lost) == (("dora", "ivy"), False)


def test_the_chair_is_lost_when_the_page_is_not_heard_of_and_when_it_never_came() -> None:
    lost = person("dora", GONE_AFTER.total_seconds())
    assert describe_attendance(MEETING, [lost, person("ivy", 0)], NOW).chair_lost
    assert describe_attendance(MEETING, [], NOW).chair_lost
    assert not describe_attendance(CLOSED, [lost], NOW).chair_lost


def test_presence_is_written_seldom_and_more_often_than_it_is_missed() -> None:
    assert is_due(None, NOW)
    assert not is_due(person("ivy", HEARD_EVERY.total_seconds() - 1), NOW)
    assert is_due(person("ivy", HEARD_EVERY.total_seconds()), NOW)
    assert HEARD_EVERY * 3 <= GONE_AFTER


def test_the_same_view_is_the_same_whatever_item_it_is_and_not_on_another_page() -> None:
    assert is_same_view(SHOWN, replace(SHOWN, link="f" * 32))
    changes = ({"content_hash": "b" * 64}, {"page": "safety"}, {"subject": "P"}, {"query": "cut=b"}, {"fingerprint": "ZZZZZZZZ"})
    assert not any(is_same_view(SHOWN, replace(SHOWN, **change)) for change in changes)


@pytest.mark.parametrize(
    ("view", "change", "after"),
    [
        ("b", "up", "bac"), ("a", "up", "abc"), ("b", "down", "acb"), ("c", "down", "abc"), ("b", "remove", "ac"), ("d", "add", "abcd"),
        ("a", "add", "abc"),
    ],
)  # fmt: skip
def test_an_agenda_changes_by_one_view_at_a_time(view: str, change: str, after: str) -> None:
    assert "".join(reorder("abc", view, change)) == after  # type: ignore[arg-type]


def test_an_agenda_has_different_views_and_at_least_one() -> None:
    assert validate_agenda(["a", "b"]) == ("a", "b")
    for wrong, words in (([], "at least one"), (["a", "a"], "only once"), ([str(n) for n in range(LONGEST_AGENDA + 1)], "at most 50")):
        with pytest.raises(WrongUseError, match=words):
            validate_agenda(wrong)


def test_a_title_is_one_line_of_printable_characters() -> None:
    assert validate_title("  Week\t36 \n review ") == "Week 36 review"
    assert validate_title("x" * LONGEST_TITLE) == "x" * LONGEST_TITLE
    for wrong in ("", " \n", "x" * (LONGEST_TITLE + 1), "a\x00b", "a\u202eb"):
        with pytest.raises(WrongUseError):
            validate_title(wrong)


def test_a_decision_keeps_its_lines_and_loses_nothing_but_blanks_at_their_ends() -> None:
    assert validate_entry(" \n We continue.  \n\n Dose\tstays. \n") == "We continue.\n\n Dose stays."
    for wrong in ("", " \n ", "x" * (LONGEST_ENTRY + 1), "a\x07b"):
        with pytest.raises(WrongUseError):
            validate_entry(wrong)


def test_there_are_two_kinds_of_entries() -> None:
    assert [validate_kind(word) for word in ("comment", "decision")] == ["comment", "decision"]
    for wrong in ("", "Decision", "vote"):
        with pytest.raises(WrongUseError):
            validate_kind(wrong)


@given(st.text(max_size=300))
def test_what_was_kept_once_is_kept_again_as_it_is(words: str) -> None:
    try:
        kept = validate_entry(words)
    except WrongUseError:
        return
    assert validate_entry(kept) == kept
