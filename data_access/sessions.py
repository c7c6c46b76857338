"""Sessions and failed attempts to sign in, in a database."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.access.delays import Failures
from dashboard.access.sessions import Session
from data_access.access_tables import AttemptRow, SessionRow
from data_access.transactions import reading, transaction


class SqlSessions:
    """The SessionStore of SQLite and PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def start(self, session: Session) -> None:
        """Keep a new session."""
        values = {"id": session.id, "account": session.account, "started_at": session.started_at, "seen_at": session.seen_at}
        self._write(insert(SessionRow).values(values))

    def find(self, session_id: str) -> Session | None:
        """The session with this hash, or None."""
        with reading(self._engine) as connection:
            row = connection.execute(select(SessionRow.__table__).where(SessionRow.id == session_id)).one_or_none()
            return None if row is None else _session(row)

    def see(self, session_id: str, at: datetime) -> None:
        """Write the time of the last request."""
        self._write(update(SessionRow).where(SessionRow.id == session_id).values(seen_at=at))

    def end(self, session_id: str) -> None:
        """Forget a session; one that is gone already is no error."""
        self._write(delete(SessionRow).where(SessionRow.id == session_id))

    def end_all(self, account: str) -> int:
        """Forget every session of an account; returns how many there were."""
        return self._write(delete(SessionRow).where(SessionRow.account == account))

    def list(self) -> Sequence[Session]:
        """Every session, the newest first."""
        with transaction(self._engine) as connection:
            rows = connection.execute(select(SessionRow.__table__).order_by(SessionRow.started_at.desc(), SessionRow.id))
            return [_session(row) for row in rows]

    def drop(self, started_before: datetime, seen_before: datetime) -> None:
        """Forget the sessions that started, or were last seen, before these times."""
        self._write(delete(SessionRow).where((SessionRow.started_at < started_before) | (SessionRow.seen_at < seen_before)))

    def _write(self, statement: Any) -> int:
        with transaction(self._engine, write=True) as connection:
            return int(connection.execute(statement).rowcount)


class SqlAttempts:
    """The AttemptStore of SQLite and PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def find(self, key: str) -> Failures | None:
        """What is counted under `key`, or None."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(AttemptRow.__table__).where(AttemptRow.key == key)).one_or_none()
            return None if row is None else Failures(row.failures, row.last_at)

    def count(self, key: str, at: datetime) -> None:
        """One attempt more, in one statement: attempts side by side are all counted."""
        with transaction(self._engine, write=True) as connection:
            statement = _insert(connection).values(key=key, failures=1, last_at=at)
            raised = {"failures": AttemptRow.failures + 1, "last_at": at}
            connection.execute(statement.on_conflict_do_update(index_elements=[AttemptRow.key], set_=raised))

    def forget(self, key: str) -> None:
        """The attempt was right."""
        with transaction(self._engine, write=True) as connection:
            connection.execute(delete(AttemptRow).where(AttemptRow.key == key))


def _insert(connection: Connection) -> Any:
    return (sqlite if connection.dialect.name == "sqlite" else postgresql).insert(AttemptRow)


def _session(row: Any) -> Session:
    return Session(row.id, row.account, row.started_at, row.seen_at)
