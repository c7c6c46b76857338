"""One import at a time per database, and one migration at a time."""

from __future__ import annotations

import fcntl
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import ImportBusyError, StorageError
from data_access.engine import sqlite_file

# Numbers of PostgreSQL's advisory locks; they are local to one database.
IMPORT_LOCK, STORE_LOCK, MIGRATION_LOCK, AUDIT_LOCK = 560_092_001, 560_092_002, 560_092_003, 560_092_004
BUSY = "another import is running on this database; try again when it has ended"


@contextmanager
def import_lock(engine: Engine) -> Iterator[None]:
    """Hold the right to import; ImportBusyError at once when somebody else holds it. Ends with its process."""
    file = sqlite_file(engine)
    if file is not None:
        with file_lock(file.with_name(file.name + ".import-lock"), wait=False):
            yield
    elif engine.dialect.name == "postgresql":
        with _advisory_lock(engine):
            yield
    else:
        yield  # a database in memory has one process only


@contextmanager
def file_lock(path: Path, *, wait: bool) -> Iterator[None]:
    """Hold an exclusive lock on `path`; without `wait` ImportBusyError when it is taken, StorageError when it cannot be made."""
    try:
        handle = path.open("a")
    except OSError as error:
        raise StorageError(f"the lock file {path} cannot be written: {error}") from error
    with handle:
        try:
            fcntl.flock(handle, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError as error:
            raise ImportBusyError(BUSY) from error
        yield


@contextmanager
def _advisory_lock(engine: Engine) -> Iterator[None]:
    with ExitStack() as opened:
        try:
            connection = opened.enter_context(engine.connect().execution_options(isolation_level="AUTOCOMMIT"))
            is_free = connection.scalar(text("SELECT pg_try_advisory_lock(:key)"), {"key": IMPORT_LOCK})
        except DBAPIError as error:
            raise StorageError(f"the database does not answer: {error.orig}") from error
        if not is_free:
            raise ImportBusyError(BUSY)
        try:
            yield
        finally:
            _unlock(connection)


def _unlock(connection: Connection) -> None:
    try:
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": IMPORT_LOCK})
    except DBAPIError:
        # The lock ends with its connection. What was stored under it is stored, so this is no failure of the import.
        connection.invalidate()
