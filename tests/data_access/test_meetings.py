"""What the store of meetings does on SQLite and PostgreSQL."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import StorageError
from dashboard.meeting.records import Entry, Meeting, Person, ShownView, make_meeting_id
from dashboard.saved.views import SavedView, make_view_id
from data_access.meetings import SqlMeetings
from data_access.saved_views import SqlSavedViews

NOW = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=UTC)
STUDY = "nct05600920"
FIRST = ShownView("a" * 64, "participant", "SYN/240 1", "cut=aaaaaaaaaa&sex=F", "0123ABCD", "f" * 32)
SECOND = replace(FIRST, content_hash="b" * 64, page="thresholds", subject="", fingerprint="4567EFGH", link="")
MEETING = Meeting(make_meeting_id(), STUDY, '<b>Week 36</b> "; DROP TABLE meeting;--', "a" * 64, NOW, "dora", "dora", FIRST)
ENTRY = Entry(0, "comment", "ivy", NOW, "two\nlines – µ 💉 <script>", SECOND, "c" * 64, "All cohorts; 30 participants")


@pytest.fixture
def views(engine: Engine) -> tuple[str, str]:
    """Two saved views."""
    store, found = SqlSavedViews(engine), (make_view_id(), make_view_id())
    for view in found:
        kept = SavedView(view, STUDY, "a" * 64, "ada", "v", "", NOW, None, "overview", "", "cut=aaaaaaaaaa", "c" * 64, "0123ABCD", ())
        store.add(kept)
    return found


@pytest.fixture
def store(engine: Engine, views: tuple[str, str]) -> SqlMeetings:
    """A store with one open meeting."""
    kept = SqlMeetings(engine)
    kept.add(MEETING, views)
    return kept


def test_a_meeting_comes_back_as_it_was_opened(store: SqlMeetings, views: tuple[str, str]) -> None:
    assert store.find(MEETING.id) == MEETING
    assert store.agenda(MEETING.id) == views
    assert store.find(make_meeting_id()) is None


def test_meetings_are_listed_by_study_the_newest_first(store: SqlMeetings) -> None:
    newer = replace(MEETING, id=make_meeting_id(), opened_at=NOW + timedelta(minutes=1))
    other = replace(MEETING, id=make_meeting_id(), study="cdiscpilot01")
    store.add(newer, ())
    store.add(other, ())
    assert list(store.list(STUDY)) == [newer, MEETING]
    assert list(store.list("cdiscpilot01")) == [other]
    with pytest.raises(StorageError):
        store.add(newer, ())


def test_a_move_is_a_step_and_another_change_an_edition(store: SqlMeetings, views: tuple[str, str]) -> None:
    assert store.move(MEETING.id, "dora", SECOND)
    assert store.find(MEETING.id) == replace(MEETING, shown=SECOND, step=2)
    assert store.set_agenda(MEETING.id, "dora", views[:0:-1])
    assert store.agenda(MEETING.id) == views[1:]
    assert store.hand_over(MEETING.id, "dora", "stan")
    assert store.find(MEETING.id) == replace(MEETING, shown=SECOND, step=2, edition=3, chair="stan")
    with pytest.raises(StorageError):
        store.set_agenda(MEETING.id, "stan", [make_view_id()])
    assert store.agenda(MEETING.id) == views[1:]


def test_what_another_than_the_chair_does_changes_nothing(store: SqlMeetings, views: tuple[str, str]) -> None:
    assert not store.move(MEETING.id, "ivy", SECOND)
    assert not store.set_agenda(MEETING.id, "ivy", ())
    assert not store.hand_over(MEETING.id, "ivy", "ivy")
    assert not store.close(MEETING.id, "ivy", NOW)
    assert store.write(MEETING.id, replace(ENTRY, kind="decision")) is None
    assert (store.find(MEETING.id), store.agenda(MEETING.id), list(store.entries(MEETING.id))) == (MEETING, views, [])


def test_a_closed_meeting_takes_nothing_more(store: SqlMeetings) -> None:
    assert store.close(MEETING.id, "dora", NOW)
    closed = replace(MEETING, closed_at=NOW, closed_by="dora", edition=2)
    assert store.find(MEETING.id) == closed
    assert not store.move(MEETING.id, "dora", SECOND)
    assert not store.close(MEETING.id, "dora", NOW + timedelta(days=1))
    assert store.write(MEETING.id, replace(ENTRY, author="dora", kind="decision")) is None
    assert store.write(MEETING.id, ENTRY) is None
    assert store.find(MEETING.id) == closed


def test_entries_come_back_as_they_were_written_numbered_in_order(store: SqlMeetings) -> None:
    decision = replace(ENTRY, kind="decision", author="dora", shown=FIRST)
    assert [store.write(MEETING.id, ENTRY), store.write(MEETING.id, decision)] == [1, 2]
    assert list(store.entries(MEETING.id)) == [replace(ENTRY, number=1), replace(decision, number=2)]
    assert store.find(MEETING.id) == replace(MEETING, edition=3)


def test_entries_written_at_the_same_moment_all_get_a_number_of_their_own(store: SqlMeetings) -> None:
    with ThreadPoolExecutor(8) as pool:
        numbers = list(pool.map(lambda place: store.write(MEETING.id, replace(ENTRY, words=str(place))), range(16)))
    assert sorted(number or 0 for number in numbers) == list(range(1, 17))
    assert {entry.words for entry in store.entries(MEETING.id)} == {str(place) for place in range(16)}


@pytest.mark.parametrize(
    "statement",
    ["UPDATE meeting_entry SET words = 'other'", "DELETE FROM meeting_entry", "UPDATE meeting_entry SET shown_fingerprint = 'ZZZZZZZZ'"],
)
def test_no_entry_is_ever_changed_or_removed(store: SqlMeetings, engine: Engine, statement: str) -> None:
    store.write(MEETING.id, ENTRY)
    with pytest.raises(DBAPIError, match="decisions and comments are only added"), engine.begin() as connection:
        connection.execute(text(statement))
    assert list(store.entries(MEETING.id)) == [replace(ENTRY, number=1)]


def test_an_entry_is_not_replaced_on_a_connection_of_sqlite_without_its_safety(store: SqlMeetings, engine: Engine) -> None:
    store.write(MEETING.id, ENTRY)
    is_sqlite = engine.dialect.name == "sqlite"
    again = "INTO meeting_entry SELECT * FROM meeting_entry"
    replacing = f"INSERT OR REPLACE {again}" if is_sqlite else f"INSERT {again}"
    refused = "decisions and comments are only added" if is_sqlite else "duplicate key"
    with engine.connect() as connection:
        if is_sqlite:
            connection.exec_driver_sql("PRAGMA recursive_triggers = OFF")
        with pytest.raises(DBAPIError, match=refused):
            connection.exec_driver_sql(replacing)


def test_who_was_there_is_kept_with_the_first_and_the_last_time(store: SqlMeetings) -> None:
    later = NOW + timedelta(seconds=5)
    store.see(MEETING.id, "stan", later)
    store.see(MEETING.id, "dora", NOW)
    store.see(MEETING.id, "dora", later)
    assert list(store.people(MEETING.id)) == [Person("dora", NOW, later), Person("stan", later, later)]
    assert store.find(MEETING.id) == MEETING
    with pytest.raises(StorageError):
        store.see(make_meeting_id(), "dora", NOW)
