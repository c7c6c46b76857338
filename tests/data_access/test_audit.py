"""The audit on both engines: rows are added and never changed, no event is lost between writers, and a failing write is a StorageError."""

# ruff: noqa: S608 every statement is made of constants of this module
from __future__ import annotations

import hashlib
import json
import multiprocessing
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.exc import DBAPIError, OperationalError

from dashboard.audit.chain import GENESIS, Record, verify_chain
from dashboard.audit.questions import Question
from dashboard.errors import AlteredAuditError, StorageError
from data_access.audit import SqlAudit
from data_access.engine import create_database_engine
from data_access.locking import AUDIT_LOCK
from tests.data_access.conftest import POSTGRES

NOON = datetime(2026, 3, 1, 12, tzinfo=UTC)
COLUMNS = ("seq", "at", "action", "reader", "study", "cut", "request", "detail", "previous", "hash")
REFUSAL = "the audit is only added to, at its end"


def hash_by_hand(previous: str, row: Any) -> str:
    """The hash of a row as the documentation of the chain says it, from what the database holds."""
    line = (
        f'{{"action":{json.dumps(row.action)},"at":{json.dumps(row.at)},"cut":{json.dumps(row.cut)},"detail":{row.detail},'
        f'"reader":{json.dumps(row.reader)},"request":{json.dumps(row.request)},"seq":{row.seq},"study":{json.dumps(row.study)}}}'
    )
    return hashlib.sha256(previous.encode("ascii") + b"\n" + line.encode("ascii")).hexdigest()


@pytest.fixture
def audit(engine: Engine) -> SqlAudit:
    """An audit whose clock is a minute later at each event."""
    minutes = count()
    return SqlAudit(engine, lambda: NOON + timedelta(minutes=next(minutes)), lambda: "request-1")


def write_some(audit: SqlAudit) -> None:
    audit.write("sign-in", "ada")
    audit.write("view", "ada", "nct05600920", "bb650a9f8d", {"view": "ABCD1234", "page": "trajectories", "query": "cut=bb650a9f8d&sex=F"})
    audit.write(
        "view", "bob", "nct05600920", "bf0006c46f", {"page": "participant", "participant": "SYN-240-001", "query": "cut=bf0006c46f"}
    )
    audit.write("export", "ada", "nct05600920", "bb650a9f8d", {"table": "participants", "format": "csv"})
    audit.write("denied", "bob", "cdiscpilot01", detail={"method": "GET", "path": "/cdiscpilot01/overview"})


def rows_of(engine: Engine) -> list[Any]:
    with engine.connect() as connection:
        return list(connection.execute(text("SELECT * FROM audit_event ORDER BY seq")))


def test_an_event_comes_back_as_it_was_written(audit: SqlAudit) -> None:
    write_some(audit)
    record = list(audit.every())[1]
    assert (record.seq, record.at, record.action, record.reader) == (2, "2026-03-01T12:01:00.000000+00:00", "view", "ada")
    assert (record.study, record.cut, record.request) == ("nct05600920", "bb650a9f8d", "request-1")
    assert record.details == {"view": "ABCD1234", "page": "trajectories", "query": "cut=bb650a9f8d&sex=F"}


def test_the_hashes_are_those_made_by_hand_from_what_the_database_holds(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    audit.write("sign-in-failed", "", detail={"account": "Åsa “=1+1” \u0000\n\ud800", "caller": "::1"})
    previous = "0" * 64
    for number, row in enumerate(rows_of(engine), start=1):
        assert (row.seq, row.previous, row.hash) == (number, previous, hash_by_hand(previous, row))
        previous = row.hash
    head = audit.head()
    assert (head.seq, head.hash) == (6, previous)
    assert verify_chain(audit.every(), [previous]) == head


def test_an_empty_audit_is_whole(audit: SqlAudit) -> None:
    assert (audit.head().seq, audit.head().hash) == (0, GENESIS)
    assert verify_chain(audit.every()) == audit.head()


def test_what_the_list_does_not_have_is_not_written(audit: SqlAudit) -> None:
    unlisted: list[tuple[str, dict[str, str]]] = [("looked", {}), ("view", {"value": "412"}), ("sign-in", {"password": "x"})]
    for action, detail in unlisted:
        with pytest.raises(ValueError, match="the audit"):
            audit.write(action, "ada", detail=detail)
    assert audit.head().seq == 0


CHANGES = [
    *(f"UPDATE audit_event SET {name} = 'x' WHERE seq = 2" for name in COLUMNS[1:]),
    "UPDATE audit_event SET seq = 9 WHERE seq = 5",
    "DELETE FROM audit_event WHERE seq = 5",
    "DELETE FROM audit_event",
    f"INSERT INTO audit_event SELECT 9, {', '.join(COLUMNS[1:])} FROM audit_event WHERE seq = 5",
    # The right number, but not chained to the row before.
    f"INSERT INTO audit_event SELECT 6, {', '.join(COLUMNS[1:])} FROM audit_event WHERE seq = 5",
]
REPLACEMENTS = [
    "INSERT OR REPLACE INTO audit_event SELECT * FROM audit_event WHERE seq = 2",
    f"INSERT OR REPLACE INTO audit_event SELECT seq, at, 'sign-out', {', '.join(COLUMNS[3:])} FROM audit_event WHERE seq = 5",
    "UPDATE OR REPLACE audit_event SET seq = 1 WHERE seq = 2",
]


def not_refused(engine: Engine, statements: list[str], pragma: str = "") -> list[str]:
    """The statements that ran, or failed for another reason than the triggers."""
    passed = []
    for statement in statements:
        with engine.connect() as connection:
            if pragma:
                connection.connection.cursor().execute(pragma)
            try:
                with connection.begin():
                    connection.execute(text(statement))
            except DBAPIError as error:
                if REFUSAL in str(error):
                    continue
            passed.append(statement)
    return passed


def test_the_database_refuses_to_change_the_audit(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    before = rows_of(engine)
    assert not_refused(engine, CHANGES) == []
    assert rows_of(engine) == before


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_does_not_get_past_the_triggers_of_sqlite(audit: SqlAudit, engine: Engine, recursive: str) -> None:
    write_some(audit)
    assert not_refused(engine, REPLACEMENTS, f"PRAGMA recursive_triggers = {recursive}") == []
    assert verify_chain(audit.every()).seq == 5


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_postgresql_refuses_to_empty_the_audit(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    assert not_refused(engine, ["TRUNCATE audit_event", "TRUNCATE audit_event CASCADE"]) == []
    assert verify_chain(audit.every()).seq == 5


def drop_triggers(connection: Connection) -> None:
    """What only the owner of the database can do."""
    if connection.dialect.name == "postgresql":
        connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
        connection.execute(text("ALTER TABLE audit_event DROP CONSTRAINT ck_audit_event_seq"))
        return
    connection.execute(text("PRAGMA ignore_check_constraints = ON"))
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = 'audit_event'"))
    for name in names.scalars().all():
        connection.execute(text(f'DROP TRIGGER "{name}"'))


def changed(engine: Engine, statement: str) -> list[Record]:
    """The rows as `statement` of the owner would leave them; afterwards they are as they were."""
    with engine.connect() as connection, connection.begin() as begun:
        drop_triggers(connection)
        assert connection.execute(text(statement)).rowcount > 0
        rows = [Record(**row._mapping) for row in connection.execute(text("SELECT * FROM audit_event ORDER BY seq"))]
        begun.rollback()
    return rows


def test_an_edit_by_the_owner_of_the_database_is_found_in_its_row(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    values = {"detail": "'{}'", "previous": f"'{'1' * 64}'", "hash": f"'{'1' * 64}'"}
    for column in COLUMNS[1:]:
        edited = changed(engine, f"UPDATE audit_event SET {column} = {values.get(column, repr('other'))} WHERE seq = 3")
        with pytest.raises(AlteredAuditError, match="row 3 of the audit was altered"):
            verify_chain(edited)
    assert verify_chain(audit.every()).seq == 5


MOVES = {
    "DELETE FROM audit_event WHERE seq = 3": "row 3 is missing",
    "DELETE FROM audit_event WHERE seq < 3": "rows 1 to 2 are missing",
    "UPDATE audit_event SET seq = 9 WHERE seq = 3": "row 3 is missing",
    "UPDATE audit_event SET seq = CASE seq WHEN 3 THEN -4 ELSE -3 END WHERE seq IN (3, 4)": "row -4 of the audit stands where row 1",
    f"INSERT INTO audit_event SELECT 6, {', '.join(COLUMNS[1:])} FROM audit_event WHERE seq = 5": "row 6 of the audit was altered",
}


def test_rows_that_were_removed_moved_or_added_are_found(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    for statement, words in MOVES.items():
        with pytest.raises(AlteredAuditError, match=words):
            verify_chain(changed(engine, statement))
    assert verify_chain(audit.every()).seq == 5


def test_only_a_hash_noted_before_shows_that_the_end_was_cut_off(audit: SqlAudit, engine: Engine) -> None:
    write_some(audit)
    noted = audit.head().hash
    cut_off = changed(engine, "DELETE FROM audit_event WHERE seq > 3")
    assert verify_chain(cut_off).seq == 3
    with pytest.raises(AlteredAuditError, match=f"ends with row 3 and has no row with the hash {noted}"):
        verify_chain(cut_off, [noted])


def test_writers_side_by_side_make_one_chain(audit: SqlAudit) -> None:
    with ThreadPoolExecutor(4) as pool:
        list(pool.map(lambda number: audit.write("sign-in", f"reader {number}"), range(40)))
    assert verify_chain(audit.every()).seq == 40
    assert {record.reader for record in audit.every()} == {f"reader {number}" for number in range(40)}


def write_twenty(url: str, name: str) -> None:
    """What one of several processes does."""
    engine = create_database_engine(url)
    audit = SqlAudit(engine)
    for _ in range(20):
        audit.write("sign-in", name)
    engine.dispose()


def test_processes_side_by_side_make_one_chain(audit: SqlAudit, engine: Engine) -> None:
    url, context = engine.url.render_as_string(hide_password=False), multiprocessing.get_context("spawn")
    started = [context.Process(target=write_twenty, args=(url, name)) for name in ("ada", "bob")]
    for process in started:
        process.start()
    for process in started:
        process.join()
    assert [process.exitcode for process in started] == [0, 0]
    assert verify_chain(audit.every()).seq == 40
    assert sorted(record.reader for record in audit.every()) == sorted(["ada", "bob"] * 20)


def ask(audit: SqlAudit, **parts: Any) -> list[int]:
    return [record.seq for record in audit.find(Question(**parts))]


def test_every_part_of_a_question_narrows_the_rows_newest_first(audit: SqlAudit) -> None:
    write_some(audit)
    assert ask(audit) == [5, 4, 3, 2, 1]
    assert ask(audit, study="nct05600920") == [4, 3, 2]
    assert ask(audit, user="ada") == [4, 2, 1]
    assert ask(audit, actions=("view", "denied")) == [5, 3, 2]
    assert ask(audit, cut="bb650a9f8d", user="ada") == [4, 2]
    # The events are at 12:00, 12:01, …: from the second on, and before the fourth.
    assert ask(audit, since=NOON + timedelta(minutes=1), until=NOON + timedelta(minutes=3)) == [3, 2]
    assert [record.seq for record in audit.find(Question(), before=3)] == [2, 1]


class FailingAt:
    """Lets the `number`-th thing asked of a database fail as if the connection were lost."""

    def __init__(self, engine: Engine, number: int) -> None:
        self._engine, self._number, self.seen = engine, number, 0

    def _ask(self, *_: object) -> None:
        self.seen += 1
        if self.seen == self._number:
            raise OperationalError("", {}, ConnectionError("gone"))

    def __enter__(self) -> FailingAt:
        for moment in ("before_cursor_execute", "commit"):
            event.listen(self._engine, moment, self._ask)
        return self

    def __exit__(self, *_: object) -> None:
        for moment in ("before_cursor_execute", "commit"):
            event.remove(self._engine, moment, self._ask)


def failure_of(act: Callable[[], None]) -> list[str]:
    """The words of the StorageError that `act` ends with; nothing when it does not fail."""
    try:
        act()
    except StorageError as error:
        return [str(error)]
    return []


def test_a_write_may_fail_at_any_statement_and_the_chain_stays_whole(audit: SqlAudit, engine: Engine) -> None:
    audit.write("sign-in", "ada")
    failures = []
    for number in count(1):
        with FailingAt(engine, number) as faults:
            failures += failure_of(lambda: audit.write("sign-out", "ada"))
        assert verify_chain(audit.every()) == audit.head()
        if faults.seen < number:
            break
    # The beginning, the head, the row, the end; PostgreSQL does all of it in one statement.
    assert len(failures) >= (1 if engine.dialect.name == "postgresql" else 4)
    assert set(failures) == {"the audit cannot be written: gone"}
    assert audit.head().seq == 2


def test_a_database_without_the_table_is_a_storage_error(open_engine: Callable[[str], Engine], tmp_path: Path) -> None:
    empty = SqlAudit(open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}"))
    for act in (lambda: empty.write("sign-in", "ada"), empty.head, lambda: list(empty.every())):
        with pytest.raises(StorageError, match="the audit cannot be"):
            act()


def test_a_file_that_cannot_be_opened_is_a_storage_error(open_engine: Callable[[str], Engine], tmp_path: Path) -> None:
    (tmp_path / "folder.sqlite").mkdir()
    with pytest.raises(StorageError, match="the audit cannot be written"):
        SqlAudit(open_engine(f"sqlite:///{tmp_path / 'folder.sqlite'}")).write("sign-in", "ada")


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("pragma", "words"), [("query_only = ON", "readonly database"), ("max_page_count = 1", "disk is full"), ("busy_timeout = 0", "locked")]
)
def test_a_full_read_only_or_locked_database_is_a_storage_error(audit: SqlAudit, engine: Engine, pragma: str, words: str) -> None:
    # A full disk shows when the database has to grow.
    for _ in range(50):
        audit.write("sign-in", "ada", detail={"caller": "c" * 60})
    event.listen(engine, "connect", lambda connection, _: connection.execute(f"PRAGMA {pragma}"))
    other = engine.connect().execution_options(lymphotrace_begin="BEGIN IMMEDIATE")
    engine.pool.dispose()
    if "busy" in pragma:
        other.begin()
    failures = [failure for _ in range(20) for failure in failure_of(lambda: audit.write("revoke", "ada", detail={"reason": "r" * 500}))]
    other.close()
    assert failures
    assert all(words in failure for failure in failures)


@pytest.mark.postgres
@pytest.mark.parametrize("engine", [POSTGRES], indirect=True)
def test_a_turn_that_does_not_come_is_a_storage_error(audit: SqlAudit, engine: Engine) -> None:
    with engine.begin() as connection:
        (options,) = connection.execute(text("SELECT proconfig FROM pg_proc WHERE proname = 'append_to_audit'")).scalars()
        assert options == ["lock_timeout=10s"]
        connection.execute(text("ALTER FUNCTION append_to_audit SET lock_timeout = '1s'"))
    with engine.connect() as other, other.begin():
        other.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": AUDIT_LOCK})
        with pytest.raises(StorageError, match="lock timeout"):
            audit.write("sign-in", "ada")
    audit.write("sign-in", "ada")
    assert audit.head().seq == 1


@pytest.mark.postgres
@pytest.mark.parametrize("engine", [POSTGRES], indirect=True)
def test_a_refusal_of_the_database_does_not_repeat_the_row(audit: SqlAudit, engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("ALTER TABLE audit_event ADD CONSTRAINT never CHECK (action <> 'view')"))
    with pytest.raises(StorageError) as caught:
        audit.write("view", "ada", "nct05600920", "bb650a9f8d", {"page": "participant", "participant": "SYN-240-001"})
    assert "SYN-240-001" not in str(caught.value)
