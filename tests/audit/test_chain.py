"""The chain of the audit, in memory: any single change of a row is found, at that row or the one after it."""

from __future__ import annotations

import hashlib
from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from dashboard.audit.chain import GENESIS, Head, Record, append, compute_hash, prepare, validate_hash, verify_chain, write_line
from dashboard.audit.events import ACTIONS, LENGTHS, SEEING, bound, describe_participants, validate_event
from dashboard.audit.questions import read_since, read_until, validate_action
from dashboard.errors import AlteredAuditError, WrongUseError

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
NAMES = [field.name for field in fields(Record)]


def chain(length: int) -> list[Record]:
    """A chain of views, one a minute."""
    head, records = Head(), []
    for number in range(length):
        detail = {"page": "participant", "participant": f"P{number}", "query": f"cut=bb650a9f8d&age={number}-"}
        event = validate_event("view", "ada", "nct05600920", "bb650a9f8d", f"r{number}", detail)
        records.append(append(head, prepare(event, NOON + timedelta(minutes=number))))
        head = Head(records[-1].seq, records[-1].hash)
    return records


def test_a_row_is_hashed_as_the_documentation_says() -> None:
    # By hand: SHA-256 of 64 zeros, a line feed, and the line.
    event = validate_event("sign-in", "Åsa", "", "", "r1", {"caller": "::1"})
    record = append(Head(), prepare(event, datetime(2026, 3, 1, 13, tzinfo=timezone(timedelta(hours=1)))))
    line = (
        '{"action":"sign-in","at":"2026-03-01T12:00:00.000000+00:00","cut":"","detail":{"caller":"::1"},"reader":"\\u00c5sa",'
        '"request":"r1","seq":1,"study":""}'
    )
    assert record.hash == hashlib.sha256(b"0" * 64 + b"\n" + line.encode("ascii")).hexdigest()
    assert (record.seq, record.previous, record.detail) == (1, GENESIS, '{"caller":"::1"}')


def test_a_whole_chain_ends_with_its_newest_row() -> None:
    records = chain(5)
    assert verify_chain(records, [records[0].hash, records[4].hash]) == Head(5, records[4].hash)
    assert verify_chain([]) == Head(0, "0" * 64)


@given(
    place=st.integers(0, 5),
    name=st.sampled_from(NAMES),
    text=st.text(max_size=80),
    number=st.integers(-3, 20),
)
def test_any_single_edit_is_found(place: int, name: str, text: str, number: int) -> None:
    records = chain(6)
    edited = replace(records[place], **{name: number if name == "seq" else text})
    assume(edited != records[place])
    with pytest.raises(AlteredAuditError) as caught:
        verify_chain([*records[:place], edited, *records[place + 1 :]])
    # A number that is too high says that rows are missing from the place on.
    assert str(place + 1) in str(caught.value)


@given(place=st.integers(0, 4), blank=st.sampled_from([" ", "\n", "\t"]))
def test_detail_that_says_the_same_in_another_spelling_is_found(place: int, blank: str) -> None:
    records = chain(6)
    detail = records[place].detail.replace(",", f",{blank}", 1)
    with pytest.raises(AlteredAuditError, match=f"row {place + 1} of the audit was altered"):
        verify_chain([*records[:place], replace(records[place], detail=detail), *records[place + 1 :]])


@given(place=st.integers(0, 4))
def test_a_row_that_was_rewritten_with_its_hash_does_not_fit_the_next_one(place: int) -> None:
    records = chain(6)
    old = records[place]
    named = {"action": old.action, "reader": "eve", "study": old.study, "cut": old.cut, "request": old.request}
    hashed = compute_hash(old.previous, write_line(old.seq, old.at, named, dict(old.details)))
    forged = replace(old, reader="eve", hash=hashed)
    with pytest.raises(AlteredAuditError, match=f"row {place + 2} of the audit was not written after"):
        verify_chain([*records[:place], forged, *records[place + 1 :]])


def test_a_chain_that_was_wholly_rewritten_lacks_the_hash_that_was_noted() -> None:
    noted = chain(6)[-1].hash
    event = validate_event("view", "eve", "nct05600920", "bb650a9f8d", "", {})
    anew = [append(Head(), prepare(event, NOON))]
    assert verify_chain(anew).seq == 1
    with pytest.raises(AlteredAuditError, match="written anew"):
        verify_chain(anew, [noted])


@given(st.permutations(range(6)), st.integers(0, 5))
def test_any_other_order_and_any_missing_row_but_the_last_is_found(order: list[int], left_out: int) -> None:
    records = chain(6)
    if list(order) != list(range(6)):
        with pytest.raises(AlteredAuditError):
            verify_chain([records[place] for place in order])
    if left_out < 5:
        with pytest.raises(AlteredAuditError, match=f"row {left_out + 1} is missing"):
            verify_chain([*records[:left_out], *records[left_out + 1 :]])
    with pytest.raises(AlteredAuditError):
        verify_chain([*records[: left_out + 1], records[left_out], *records[left_out + 1 :]])


@pytest.mark.parametrize("text", ["", "abc", "g" * 64, "0" * 65])
def test_a_text_that_is_no_hash_is_refused(text: str) -> None:
    with pytest.raises(WrongUseError, match="64 hex digits"):
        validate_hash(text)


def test_no_action_has_a_detail_for_a_value_or_a_password() -> None:
    kept = set().union(*ACTIONS.values())
    assert kept <= set(LENGTHS)
    assert set(LENGTHS) <= kept
    assert kept & {"value", "count", "counts", "n", "result", "password", "token", "cookie", "secret"} == set()
    assert set(SEEING) <= set(ACTIONS)


@given(st.text(max_size=300), st.integers(5, 200))
def test_a_text_is_cut_to_its_length_and_has_no_control_characters(text: str, longest: int) -> None:
    kept = bound(text, longest)
    assert len(kept) <= longest
    assert kept.isprintable() or "�" in kept
    assert not {"\0", "\n", "\r", "\x1b"} & set(kept)
    assert bound(kept, longest) == kept


def test_participants_are_named_unless_the_list_is_too_long_to_be_kept() -> None:
    assert describe_participants(["P1", "Ö, 2"]) == {"participants": '["P1", "Ö, 2"]'}
    assert describe_participants(["P" * 100] * 1000) == {}


def test_a_day_is_meant_whole_and_times_are_in_utc() -> None:
    assert read_since("2026-03-01") == datetime(2026, 3, 1, tzinfo=UTC)
    assert read_until("2026-03-01") == datetime(2026, 3, 2, tzinfo=UTC)
    assert read_until("2026-03-01T12:30") == datetime(2026, 3, 1, 12, 30, tzinfo=UTC)
    assert read_since("2026-03-01T12:30+02:00") == datetime(2026, 3, 1, 10, 30, tzinfo=UTC)
    assert (read_since(""), read_until("")) == (None, None)


@pytest.mark.parametrize("text", ["2026", "yesterday", "2026-02-30", "9999-12-31", "0001-01-01T00:00+14:00"])
def test_what_is_no_time_is_refused(text: str) -> None:
    with pytest.raises(WrongUseError, match="a time is written as"):
        read_until(text)


def test_an_action_that_does_not_exist_is_refused_with_those_that_do() -> None:
    assert (validate_action(""), validate_action("view")) == ((), ("view",))
    with pytest.raises(WrongUseError, match="sign-in, sign-out"):
        validate_action("looked")
