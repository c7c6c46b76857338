"""One transaction, the same on both engines; what the database refuses becomes a StorageError."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError, OperationalError

from dashboard.errors import StorageError, UnreachableError
from data_access.engine import WRITING


@contextmanager
def transaction(engine: Engine, *, write: bool = False) -> Iterator[Connection]:
    """A connection inside one transaction, committed at the end; StorageError when the database does not do what was asked."""
    try:
        with engine.connect().execution_options(**(WRITING if write else {})) as connection, connection.begin():
            yield connection
    except DBAPIError as error:
        raise describe_refusal(error) from error


@contextmanager
def reading(engine: Engine) -> Iterator[Connection]:
    """A connection for what every request reads; StorageError as of `transaction`.

    On PostgreSQL each statement stands by itself, as it also would inside a transaction there (read committed), without the two further
    journeys to the server that begin and end one.
    """
    if engine.dialect.name == "sqlite":
        with transaction(engine) as connection:
            yield connection
        return
    try:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            yield connection
    except DBAPIError as error:
        raise describe_refusal(error) from error


def describe_refusal(error: DBAPIError) -> StorageError:
    """What the database did not do, in its own words; an UnreachableError where trying again later may help."""
    kind = UnreachableError if isinstance(error, OperationalError) else StorageError
    return kind(f"the database refused: {error.orig}")
