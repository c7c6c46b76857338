"""What the store of saved views does on SQLite and PostgreSQL."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import StorageError
from dashboard.saved.views import OPENINGS_SHOWN, HeadlineNumber, Opening, Openings, SavedView, make_view_id
from data_access.saved_views import SqlSavedViews

NOW = datetime(2026, 3, 1, 8, 30, 15, 123_456, tzinfo=UTC)
HEADLINES = (HeadlineNumber("CD4 ≥ 300 at week 36", "240 µg/kg", "3/9"), HeadlineNumber("enrolled", "All selected", "30"))
VIEW = SavedView(
    id=make_view_id(),
    study="nct05600920",
    content_hash="a" * 64,
    owner="ada",
    name='<b>‘Board’</b> "; DROP TABLE saved_view;--',
    note="two\nlines – µ 💉",
    created_at=NOW,
    expires=date(2026, 4, 1),
    page="participant",
    subject="SYN/240 1",
    query="cut=aaaaaaaaaa&sex=F",
    code="c" * 64,
    fingerprint="0123ABCD",
    headlines=HEADLINES,
)


@pytest.fixture
def store(engine: Engine) -> SqlSavedViews:
    """An empty store on both engines."""
    return SqlSavedViews(engine)


def test_a_view_comes_back_as_it_was_saved(store: SqlSavedViews) -> None:
    forever = replace(VIEW, id=make_view_id(), expires=None, note="", headlines=())
    store.add(VIEW)
    store.add(forever)
    assert store.find(VIEW.id) == VIEW
    assert store.find(forever.id) == forever


def test_an_id_that_was_never_given_is_none(store: SqlSavedViews) -> None:
    store.add(VIEW)
    assert store.find("0" * 32) is None
    assert store.find("") is None
    assert store.find(VIEW.id.upper() + "x") is None


def test_an_id_is_given_once(store: SqlSavedViews) -> None:
    store.add(VIEW)
    with pytest.raises(StorageError, match="refused"):
        store.add(replace(VIEW, name="other"))
    found = store.find(VIEW.id)
    assert found is not None
    assert found.name == VIEW.name


def test_views_are_listed_by_study_newest_first(store: SqlSavedViews) -> None:
    later = replace(VIEW, id=make_view_id(), created_at=NOW + timedelta(seconds=1))
    other = replace(VIEW, id=make_view_id(), study="cdiscpilot01")
    for view in (VIEW, other, later):
        store.add(view)
    assert [view.id for view in store.list("nct05600920")] == [later.id, VIEW.id]
    assert [view.id for view in store.list("cdiscpilot01")] == [other.id]
    assert list(store.list("none")) == []


def test_a_view_is_revoked_once_and_others_stay_open(store: SqlSavedViews) -> None:
    other = replace(VIEW, id=make_view_id())
    store.add(VIEW)
    store.add(other)
    store.revoke(VIEW.id, "ada", NOW)
    store.revoke(VIEW.id, "bob", NOW + timedelta(days=1))
    assert store.find(VIEW.id) == replace(VIEW, revoked_at=NOW, revoked_by="ada")
    assert store.find(other.id) == other


def test_openings_are_told_by_view_newest_first_with_their_number(store: SqlSavedViews) -> None:
    other = replace(VIEW, id=make_view_id())
    store.add(VIEW)
    store.add(other)
    for minute, by in enumerate(("ada", "bob", "ada")):
        store.note_opening(VIEW.id, by, NOW + timedelta(minutes=minute))
    newest = tuple(Opening(NOW + timedelta(minutes=minute), by) for minute, by in ((2, "ada"), (1, "bob"), (0, "ada")))
    assert store.openings("nct05600920") == {VIEW.id: Openings(3, newest)}
    assert store.openings("cdiscpilot01") == {}


def test_of_many_openings_the_newest_are_listed_and_all_are_counted(store: SqlSavedViews) -> None:
    store.add(VIEW)
    for minute in range(OPENINGS_SHOWN + 3):
        store.note_opening(VIEW.id, "ada", NOW + timedelta(minutes=minute))
    found = store.openings("nct05600920")[VIEW.id]
    assert (found.total, len(found.newest)) == (OPENINGS_SHOWN + 3, OPENINGS_SHOWN)
    assert found.newest[0].at == NOW + timedelta(minutes=OPENINGS_SHOWN + 2)


def test_a_view_that_does_not_exist_cannot_be_opened(store: SqlSavedViews) -> None:
    with pytest.raises(StorageError, match="refused"):
        store.note_opening("0" * 32, "ada", NOW)


@pytest.mark.parametrize("spoiled", [{"id": "short"}, {"content_hash": "a"}])
def test_the_database_refuses_what_is_no_view(store: SqlSavedViews, spoiled: dict[str, str]) -> None:
    with pytest.raises(StorageError, match="refused"):
        store.add(replace(VIEW, **spoiled))  # type: ignore[arg-type]


def test_the_database_refuses_a_last_day_that_is_no_date(store: SqlSavedViews, engine: Engine) -> None:
    store.add(VIEW)
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text("UPDATE saved_view SET expires = 'soon'"))
