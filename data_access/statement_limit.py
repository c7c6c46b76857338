"""No statement that a reader waits for runs without end: the database ends it, and the reader is told to try again later."""

from __future__ import annotations

from time import monotonic
from typing import Any

from sqlalchemy import Connection, Engine, event
from sqlalchemy.pool import ConnectionPoolEntry

# Where a connection keeps the seconds of its limit, and on SQLite the instant at which its statement is ended.
LIMIT, END = "limit", "end"
# So many of its steps SQLite takes, in about a millisecond, before it looks at the time.
STEPS = 100_000


def limit_statements(engine: Engine, seconds: float) -> None:
    """End each statement of `engine` that takes longer than `seconds` from now on; the database then refuses with an OperationalError.

    For a server that answers readers. Commands, migrations and deliveries take as long as they need.
    """
    limit = _limit_postgres if engine.dialect.name == "postgresql" else _limit_sqlite

    def begin(connection: Any, record: ConnectionPoolEntry, _proxy: object) -> None:
        if record.info.get(LIMIT) != seconds:
            limit(connection, record, seconds)
            record.info[LIMIT] = seconds

    def note_end(connection: Connection, *_: object) -> None:
        connection.info[END] = monotonic() + seconds

    event.listen(engine, "checkout", begin)
    if engine.dialect.name == "sqlite":
        event.listen(engine, "before_cursor_execute", note_end)


def _limit_postgres(connection: Any, _record: ConnectionPoolEntry, seconds: float) -> None:
    with connection.cursor() as cursor:
        cursor.execute(f"SET statement_timeout = {round(1000 * seconds)}")
    # Otherwise the setting would end with the transaction.
    connection.commit()


def _limit_sqlite(connection: Any, record: ConnectionPoolEntry, _seconds: float) -> None:
    def is_over() -> bool:
        return monotonic() > record.info.get(END, float("inf"))

    connection.set_progress_handler(is_over, STEPS)
