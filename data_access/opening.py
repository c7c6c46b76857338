"""Opening the configured database, ready to be read and written."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine

from data_access.engine import create_database_engine
from data_access.migrations import migrate
from data_access.repository import SqlRepository


def open_repository(database: str) -> SqlRepository:
    """The repository of the database at address `database`, its schema brought to the newest revision. Connects and may write."""
    engine = create_database_engine(database)
    try:
        migrate(engine)
    except BaseException:
        engine.dispose()
        raise
    return SqlRepository(engine)


@contextmanager
def opened_engine(database: str) -> Iterator[Engine]:
    """The database at address `database` as it is, for a time; its schema is left alone."""
    engine = create_database_engine(database)
    try:
        yield engine
    finally:
        engine.dispose()
