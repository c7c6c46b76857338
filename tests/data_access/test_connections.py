"""Connections to PostgreSQL: one that has rested is asked whether it lives, and each reads what is committed, however the server is set."""

from __future__ import annotations

import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from dashboard.audit.chain import verify_chain
from data_access import engine as module
from data_access.audit import SqlAudit
from data_access.engine import create_database_engine
from data_access.locking import AUDIT_LOCK
from data_access.migrations import migrate


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Engine]:
    engine = create_database_engine(postgres_url)
    yield engine
    engine.dispose()


def read_process(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end_connection(postgres_url: str, process: int) -> None:
    """End one connection of the server, as a restart would."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


def test_a_rested_connection_that_was_closed_is_replaced_unnoticed(
    opened: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_process(opened)
    monkeypatch.setattr(module, "SECONDS_TRUSTED", -1.0)
    end_connection(postgres_url, first)
    assert read_process(opened) not in (0, first)


def test_one_used_just_before_is_not_asked_and_the_next_one_is_new(
    opened: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TRUSTED", 3600.0)
    first = read_process(opened)
    end_connection(postgres_url, first)
    with pytest.raises(OperationalError):
        read_process(opened)
    assert read_process(opened) != first


def test_the_same_connection_is_used_again(opened: Engine) -> None:
    assert read_process(opened) == read_process(opened)


WRITERS, ROWS_EACH = 4, 5


@pytest.fixture(params=["repeatable read", "serializable"])
def strict_url(request: pytest.FixtureRequest, postgres_url: str) -> str:
    """A database whose owner asks for another isolation than the product needs."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as owner:
        owner.execute(f"ALTER DATABASE \"{owner.info.dbname}\" SET default_transaction_isolation = '{request.param}'")
    with psycopg.connect(postgres_url.replace("+psycopg", "")) as other:
        assert other.execute("SHOW transaction_isolation").fetchone() == (request.param,)
    return postgres_url


def read_isolation(engine: Engine, **options: str) -> str:
    with engine.connect().execution_options(**options) as connection:
        return str(connection.execute(text("SHOW transaction_isolation")).scalar_one())


def test_each_transaction_reads_what_is_committed_however_the_database_is_set(strict_url: str) -> None:
    engine = create_database_engine(strict_url)
    for _ in range(2):
        assert read_isolation(engine, isolation_level="AUTOCOMMIT") == "read committed"
        assert read_isolation(engine) == "read committed"
        # Who asks for one moment, as a backup does, still gets it.
        assert read_isolation(engine, isolation_level="REPEATABLE READ") == "repeatable read"
    with engine.begin() as connection:
        connection.execute(text("SELECT 1"))
        connection.rollback()
    assert read_isolation(engine) == "read committed"
    engine.dispose()


def wait_for_writers(holder: psycopg.Connection[tuple[int]], number: int) -> None:
    """Return when so many connections of the database wait for their turn at the audit."""
    waiting = (
        "SELECT count(*) FROM pg_locks JOIN pg_database ON oid = database WHERE locktype = 'advisory' AND NOT granted AND datname = %s"
    )
    for _ in range(200):
        if holder.execute(waiting, (holder.info.dbname,)).fetchone() == (number,):
            return
        time.sleep(0.02)
    pytest.fail("the writers do not wait for their turn")


def write_rows(url: str, name: str) -> None:
    engine = create_database_engine(url)
    for _ in range(ROWS_EACH):
        SqlAudit(engine).write("sign-in", name)
    engine.dispose()


def test_writers_of_the_audit_that_wait_for_each_other_make_one_chain_however_the_database_is_set(strict_url: str) -> None:
    engine = create_database_engine(strict_url)
    migrate(engine)
    with psycopg.connect(strict_url.replace("+psycopg", ""), autocommit=True) as holder, ThreadPoolExecutor(WRITERS) as pool:
        # All of them have begun before the first one writes.
        holder.execute("SELECT pg_advisory_lock(%s)", (AUDIT_LOCK,))
        begun = [pool.submit(write_rows, strict_url, f"reader {number}") for number in range(WRITERS)]
        wait_for_writers(holder, WRITERS)
        holder.execute("SELECT pg_advisory_unlock(%s)", (AUDIT_LOCK,))
        assert [writer.exception() for writer in begun] == [None] * WRITERS
    audit = SqlAudit(engine)
    assert verify_chain(audit.every()) == audit.head()
    assert audit.head().seq == WRITERS * ROWS_EACH
    engine.dispose()
