"""What every store of accounts, sessions, attempts and releases does, whether in memory, SQLite or PostgreSQL."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.access.delays import Failures
from dashboard.access.ports import Account, AccountStore, AttemptStore, Release, ReleaseStore, SessionStore
from dashboard.access.readers import EVERYWHERE, ROLES, STUDY_ROLES
from dashboard.access.sessions import Session
from dashboard.errors import NotFoundError, SnapshotStateError, StorageError, WrongUseError
from data_access.access_memory import InMemoryAccounts, InMemoryAttempts, InMemoryReleases, InMemorySessions
from data_access.accounts import SqlAccounts
from data_access.memory import InMemoryRepository
from data_access.migrations import migrate
from data_access.releases import SqlReleases
from data_access.repository import SqlRepository
from data_access.sessions import SqlAttempts, SqlSessions
from tests.data_access.conftest import POSTGRES
from tests.data_access.deliveries import read, write_sdtm

STUDY, NOW = "nct05600920", datetime(2026, 3, 1, 8, tzinfo=UTC)


@dataclass(frozen=True)
class Stores:
    """All of one kind, on one database."""

    repository: InMemoryRepository | SqlRepository
    accounts: AccountStore
    sessions: SessionStore
    attempts: AttemptStore
    releases: ReleaseStore


def in_memory() -> Stores:
    repository, sessions = InMemoryRepository(lambda: NOW), InMemorySessions()
    return Stores(repository, InMemoryAccounts(sessions, lambda: NOW), sessions, InMemoryAttempts(), InMemoryReleases(repository))


def in_database(engine: Engine) -> Stores:
    clock = lambda: NOW  # noqa: E731
    repository = SqlRepository(engine, clock)
    return Stores(repository, SqlAccounts(engine, clock), SqlSessions(engine), SqlAttempts(engine), SqlReleases(engine, clock))


@pytest.fixture(params=["memory", "sqlite", POSTGRES])
def stores(request: pytest.FixtureRequest, tmp_path: Path, open_engine: Callable[[str], Engine]) -> Stores:
    """Every kind of store there is."""
    if request.param == "memory":
        return in_memory()
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'test.sqlite'}"
    engine = open_engine(url)
    migrate(engine)
    return in_database(engine)


def test_an_account_comes_back_as_it_was_added(stores: Stores) -> None:
    added = stores.accounts.add("ada@example.org", "$argon2id$x")
    assert stores.accounts.find("ada@example.org") == added
    assert (added.name, added.created_at, added.password_hash) == ("ada@example.org", NOW, "$argon2id$x")
    assert (added.disabled, added.roles) == (False, {})


def test_an_account_that_was_never_added_is_none(stores: Stores) -> None:
    assert stores.accounts.find("ada") is None


def test_a_name_is_taken_once(stores: Stores) -> None:
    stores.accounts.add("ada", "one")
    with pytest.raises(WrongUseError, match="ada"):
        stores.accounts.add("ada", "two")
    assert [account.password_hash for account in stores.accounts.list()] == ["one"]


def test_accounts_are_listed_by_name(stores: Stores) -> None:
    for name in ("zoe", "ada", "bob"):
        stores.accounts.add(name, "")
    assert [account.name for account in stores.accounts.list()] == ["ada", "bob", "zoe"]


def test_password_and_state_are_changed_for_one_account_alone(stores: Stores) -> None:
    for name in ("ada", "bob"):
        stores.accounts.add(name, "old")
    stores.accounts.set_password("ada", "new")
    stores.accounts.set_disabled("ada", True)
    assert [(account.name, account.password_hash, account.disabled) for account in stores.accounts.list()] == [
        ("ada", "new", True),
        ("bob", "old", False),
    ]
    stores.accounts.set_disabled("ada", False)
    assert not any(account.disabled for account in stores.accounts.list())


def test_roles_are_given_and_taken_by_place(stores: Stores) -> None:
    stores.accounts.add("ada", "")
    stores.accounts.grant("ada", "dsmb", STUDY, "admin")
    stores.accounts.grant("ada", "dsmb", STUDY, "admin")
    stores.accounts.grant("ada", "statistician", STUDY, "admin")
    stores.accounts.grant("ada", "admin", EVERYWHERE, "admin")
    found = stores.accounts.find("ada")
    assert found is not None
    assert found.roles == {STUDY: {"dsmb", "statistician"}, EVERYWHERE: {"admin"}}
    assert found.reader.administrator
    stores.accounts.revoke("ada", "dsmb", STUDY)
    stores.accounts.revoke("ada", "admin", EVERYWHERE)
    assert [account.roles for account in stores.accounts.list()] == [{STUDY: {"statistician"}}]


def test_a_role_that_is_not_held_cannot_be_taken_away(stores: Stores) -> None:
    stores.accounts.add("ada", "")
    with pytest.raises(WrongUseError, match="dsmb"):
        stores.accounts.revoke("ada", "dsmb", STUDY)


@pytest.mark.parametrize(
    "change",
    [
        lambda store: store.set_password("nobody", "x"),
        lambda store: store.set_disabled("nobody", True),
        lambda store: store.grant("nobody", "dsmb", STUDY, "admin"),
        lambda store: store.revoke("nobody", "dsmb", STUDY),
    ],
)
def test_an_account_that_does_not_exist_cannot_be_changed(stores: Stores, change: Callable[[AccountStore], None]) -> None:
    with pytest.raises(NotFoundError):
        change(stores.accounts)


def session(letter: str, account: str, started: datetime = NOW, seen: datetime = NOW) -> Session:
    return Session(letter * 64, account, started, seen)


@pytest.fixture
def people(stores: Stores) -> Stores:
    for name in ("ada", "bob"):
        stores.accounts.add(name, "")
    return stores


def test_a_session_comes_back_until_it_is_ended(people: Stores) -> None:
    mine = session("a", "ada")
    people.sessions.start(mine)
    assert people.sessions.find(mine.id) == mine
    later = NOW + timedelta(minutes=5)
    people.sessions.see(mine.id, later)
    assert people.sessions.find(mine.id) == session("a", "ada", seen=later)
    people.sessions.end(mine.id)
    people.sessions.end(mine.id)
    assert people.sessions.find(mine.id) is None


def test_a_session_leads_to_its_account_with_every_role(people: Stores) -> None:
    mine, of_bob = session("a", "ada"), session("b", "bob")
    for each in (mine, of_bob):
        people.sessions.start(each)
    assert people.accounts.find_by_session(of_bob.id) == (of_bob, Account("bob", NOW))
    people.accounts.grant("ada", "dsmb", STUDY, "root")
    people.accounts.grant("ada", "statistician", STUDY, "root")
    people.accounts.grant("ada", "investigator", "cdiscpilot01", "root")
    people.accounts.set_disabled("ada", True)
    roles = {STUDY: frozenset({"dsmb", "statistician"}), "cdiscpilot01": frozenset({"investigator"})}
    assert people.accounts.find_by_session(mine.id) == (mine, Account("ada", NOW, disabled=True, roles=roles))
    assert [account.name for account in people.accounts.list() if account.roles] == ["ada"]
    people.sessions.end(mine.id)
    assert people.accounts.find_by_session(mine.id) is None


def test_a_session_that_is_gone_is_not_brought_back_by_a_late_request(people: Stores) -> None:
    people.sessions.see("a" * 64, NOW)
    assert list(people.sessions.list()) == []


def test_all_sessions_of_one_account_end_together(people: Stores) -> None:
    for letter, name in (("a", "ada"), ("b", "ada"), ("c", "bob")):
        people.sessions.start(session(letter, name))
    assert people.sessions.end_all("ada") == 2
    assert people.sessions.end_all("ada") == 0
    assert [found.account for found in people.sessions.list()] == ["bob"]


def test_sessions_are_listed_newest_first(people: Stores) -> None:
    for letter, hour in (("b", 2), ("c", 3), ("a", 1)):
        people.sessions.start(session(letter, "ada", started=NOW + timedelta(hours=hour)))
    assert [found.id[0] for found in people.sessions.list()] == ["c", "b", "a"]


def test_sessions_that_ended_by_themselves_are_dropped(people: Stores) -> None:
    hour = timedelta(hours=1)
    people.sessions.start(session("a", "ada", NOW - 3 * hour, NOW))
    people.sessions.start(session("b", "ada", NOW - hour, NOW - hour))
    people.sessions.start(session("c", "ada", NOW - hour, NOW))
    people.sessions.drop(started_before=NOW - 2 * hour, seen_before=NOW - hour / 2)
    assert [found.id[0] for found in people.sessions.list()] == ["c"]


def test_attempts_are_counted_until_one_is_right(stores: Stores) -> None:
    assert stores.attempts.find("k") is None
    for second in range(3):
        stores.attempts.count("k", NOW + timedelta(seconds=second))
    stores.attempts.count("other", NOW)
    assert stores.attempts.find("k") == Failures(3, NOW + timedelta(seconds=2))
    stores.attempts.forget("k")
    stores.attempts.forget("k")
    assert (stores.attempts.find("k"), stores.attempts.find("other")) == (None, Failures(1, NOW))


def test_attempts_side_by_side_are_all_counted(engine: Engine) -> None:
    attempts = SqlAttempts(engine)
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda _: attempts.count("k", NOW), range(20)))
    found = attempts.find("k")
    assert found is not None
    assert found.count == 20


def published(stores: Stores, tmp_path: Path) -> str:
    draft = stores.repository.store_draft(read(write_sdtm(tmp_path / "delivery")))
    return stores.repository.publish(STUDY, draft.cut).content_hash


def test_a_cut_is_released_to_roles_and_taken_back(stores: Stores, tmp_path: Path) -> None:
    content_hash = published(stores, tmp_path)
    snapshot = stores.repository.find(STUDY, None)
    assert dict(stores.releases.read(STUDY)) == {}
    stores.releases.release(snapshot, ["dsmb"], False, "ada")
    stores.releases.release(snapshot, ["dsmb", "investigator"], False, "ada")
    assert dict(stores.releases.read(STUDY)) == {content_hash: Release(frozenset({"dsmb", "investigator"}))}
    assert dict(stores.releases.read("cdiscpilot01")) == {}
    stores.releases.take_back(snapshot, ["investigator"])
    assert dict(stores.releases.read(STUDY)) == {content_hash: Release(frozenset({"dsmb"}))}
    stores.releases.take_back(snapshot, ["dsmb", "investigator"])
    assert dict(stores.releases.read(STUDY)) == {}


def test_a_final_release_stays_final(stores: Stores, tmp_path: Path) -> None:
    content_hash = published(stores, tmp_path)
    snapshot = stores.repository.find(STUDY, None)
    stores.releases.release(snapshot, ["investigator"], True, "ada")
    stores.releases.release(snapshot, ["dsmb", "investigator"], False, "ada")
    both, final = frozenset({"dsmb", "investigator"}), frozenset({"investigator"})
    assert dict(stores.releases.read(STUDY)) == {content_hash: Release(both, final)}


def test_a_draft_cannot_be_released(stores: Stores, tmp_path: Path) -> None:
    draft = stores.repository.store_draft(read(write_sdtm(tmp_path / "delivery")))
    with pytest.raises(SnapshotStateError, match="draft"):
        stores.releases.release(draft, ["dsmb"], False, "ada")
    assert dict(stores.releases.read(STUDY)) == {}


def test_a_withdrawn_cut_cannot_be_released(stores: Stores, tmp_path: Path) -> None:
    published(stores, tmp_path)
    snapshot = stores.repository.find(STUDY, None)
    stores.repository.withdraw(STUDY, snapshot.cut, "wrong")
    with pytest.raises(SnapshotStateError, match="withdrawn"):
        stores.releases.release(snapshot, ["dsmb"], False, "ada")


@pytest.mark.parametrize(
    "statement",
    [
        "INSERT INTO account_role VALUES ('ada', 'one', 'owner', 't', 'x')",
        "INSERT INTO account_role VALUES ('ada', 'one', 'admin', 't', 'x')",
        "INSERT INTO account_role VALUES ('ada', '*', 'dsmb', 't', 'x')",
        "INSERT INTO account_role VALUES ('nobody', 'one', 'dsmb', 't', 'x')",
        "INSERT INTO session VALUES ('short', 'ada', 't', 't')",
    ],
)
def test_the_database_itself_refuses_what_has_no_meaning(engine: Engine, statement: str) -> None:
    SqlAccounts(engine).add("ada", "")
    with pytest.raises(DBAPIError), engine.begin() as connection:
        connection.execute(text(statement))


@pytest.mark.parametrize("role", [role for role in ROLES if role != "admin"])
def test_every_role_of_a_study_can_be_kept(stores: Stores, role: str) -> None:
    stores.accounts.add("ada", "")
    stores.accounts.grant("ada", role, STUDY, "admin")  # type: ignore[arg-type]
    assert role in STUDY_ROLES
    assert [account.roles for account in stores.accounts.list()] == [{STUDY: {role}}]


def test_a_database_that_is_gone_is_a_storage_error(open_engine: Callable[[str], Engine], tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}")
    for ask in (lambda: SqlAccounts(engine).find("ada"), lambda: SqlSessions(engine).list(), lambda: SqlReleases(engine).read(STUDY)):
        with pytest.raises(StorageError):
            ask()
