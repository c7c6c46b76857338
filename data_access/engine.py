"""One way to open the database, the same for SQLite and PostgreSQL."""

from __future__ import annotations

from math import inf
from pathlib import Path
from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.engine import URL, make_url
from sqlalchemy.exc import ArgumentError, DisconnectionError, NoSuchModuleError
from sqlalchemy.pool import ConnectionPoolEntry

from dashboard.errors import SettingsError, StorageError

DIALECTS = ("sqlite", "postgresql")
SECONDS_TO_WAIT = 30
# A connection that was used so recently is used again unasked; if it has died since, the answer is asked for again.
SECONDS_TRUSTED = 1.0
USED = "used"
# A transaction that will write says so at its start: an upgrade from reading to writing can fail on SQLite.
WRITING = {"lymphotrace_begin": "BEGIN IMMEDIATE"}


def create_database_engine(url: str) -> Engine:
    """An engine for `url`; SettingsError for an address that is neither SQLite nor PostgreSQL. Connects to nothing.

    The folder of an SQLite file is created; StorageError when that is not possible.
    """
    try:
        address = make_url(url)
        if address.get_backend_name() not in DIALECTS:
            raise SettingsError(f"DATABASE_URL: the database must be one of {', '.join(DIALECTS)} (found {address.drivername!r})")
        if address.get_backend_name() == "sqlite":
            return _sqlite_engine(address)
        return _postgres_engine(address)
    except (ArgumentError, NoSuchModuleError) as error:
        raise SettingsError(f"DATABASE_URL: is no address of a database: {error}") from error


def _postgres_engine(address: URL) -> Engine:
    """An engine that asks a connection whether it still lives before it is used, unless it was used just before.

    Every question costs a round trip, and a page makes several reads one after the other.
    """
    engine = create_engine(address, connect_args={"connect_timeout": SECONDS_TO_WAIT})

    def ask(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if monotonic() - record.info.get(USED, -inf) <= SECONDS_TRUSTED:
            return
        try:
            engine.dialect.do_ping(connection)
        except engine.dialect.loaded_dbapi.Error as error:
            # The pool tries again with a new connection.
            raise DisconnectionError from error

    # First of all: what SQLAlchemy asks a new connection for, its isolation, it restores later.
    event.listen(engine, "connect", _read_what_is_committed, insert=True)
    event.listen(engine, "connect", _note_use)
    event.listen(engine, "checkin", _note_use)
    event.listen(engine, "checkout", ask)
    return engine


def _read_what_is_committed(connection: Any, _record: object) -> None:
    """Whatever the database or the role is set to: who waits for a turn must then see what was written before it."""
    with connection.cursor() as cursor:
        cursor.execute("SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL READ COMMITTED")
    # Otherwise the setting would end with the transaction.
    connection.commit()


def _note_use(_connection: object, record: ConnectionPoolEntry) -> None:
    record.info[USED] = monotonic()


def sqlite_file(engine: Engine) -> Path | None:
    """The file of an SQLite engine; None for a database in memory or another engine."""
    name = engine.url.database
    return Path(name) if engine.dialect.name == "sqlite" and name not in (None, "", ":memory:") else None


def _sqlite_engine(address: URL) -> Engine:
    engine = create_engine(address, connect_args={"timeout": SECONDS_TO_WAIT})
    file = sqlite_file(engine)
    if file is not None:
        try:
            file.parent.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise StorageError(f"the folder {file.parent} of the database cannot be created: {error}") from error
    event.listen(engine, "connect", _set_pragmas)
    event.listen(engine, "begin", _begin)
    return engine


def _set_pragmas(connection: Any, _record: object) -> None:
    # The driver's own transactions leave DDL outside of them; ours begin in `_begin`.
    connection.isolation_level = None
    for pragma in ("foreign_keys = ON", "recursive_triggers = ON", f"busy_timeout = {SECONDS_TO_WAIT * 1000}", "synchronous = NORMAL"):
        connection.execute(f"PRAGMA {pragma}")


def _begin(connection: Connection) -> None:
    connection.exec_driver_sql(connection.get_execution_options().get("lymphotrace_begin", "BEGIN"))
