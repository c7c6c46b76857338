"""The audit in a database: rows are only added, one after the other, each chained to the one before it."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import Connection, Engine, Executable, Select, insert, select, text
from sqlalchemy.exc import SQLAlchemyError

from dashboard.access.audit_port import NOTHING
from dashboard.audit.chain import Entry, Head, Record, append, prepare
from dashboard.audit.events import validate_event
from dashboard.audit.questions import Question
from dashboard.errors import StorageError
from data_access.audit_names import select_cuts, select_participants, select_users
from data_access.audit_table import AuditRow
from data_access.engine import WRITING
from data_access.repository import utc_now

APPEND = text(f"SELECT seq, hash FROM append_to_audit({', '.join(f':{each.name}' for each in fields(Entry))})")  # noqa: S608 names of fields
# So often the head of the chain goes into the log too, which lies elsewhere.
ROWS_BETWEEN_ANCHORS = 100
ROWS_AT_ONCE = 1000

logger = logging.getLogger("lymphotrace.audit")


def no_request() -> str:
    """The request id of what no request asked for."""
    return ""


class SqlAudit:
    """The AuditStore of SQLite and PostgreSQL. Every method is one transaction; whatever goes wrong is a StorageError.

    `request_id` names the request that is being answered.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now, request_id: Callable[[], str] = no_request) -> None:
        self._engine, self._clock, self._request_id = engine, clock, request_id

    def write(self, action: str, reader: str, study: str = "", cut: str = "", detail: Mapping[str, str] = NOTHING) -> None:
        """Write one event; it is kept when this returns. ValueError for an action or a detail that the audit does not have."""
        entry = prepare(validate_event(action, reader, study, cut, self._request_id(), detail), self._clock())
        head = self._append_there(entry) if self._engine.dialect.name == "postgresql" else self._append_here(entry)
        if head.seq % ROWS_BETWEEN_ANCHORS == 0:
            logger.info("audit-head %s %s", head.seq, head.hash)

    def _append_here(self, entry: Entry) -> Head:
        """The transaction begins with the only right to write, so nobody else adds a row until it ends."""
        with self._transaction("written", **WRITING) as connection:
            record = append(_head(connection), entry)
            connection.execute(insert(AuditRow).values(asdict(record)))
        return Head(record.seq, record.hash)

    def _append_there(self, entry: Entry) -> Head:
        """The server's own function takes the turn, and is a transaction by itself: one journey in place of five."""
        with self._connected("written", isolation_level="AUTOCOMMIT") as connection:
            return Head(*connection.execute(APPEND, asdict(entry)).one())

    def head(self) -> Head:
        """The newest row."""
        with self._transaction("read") as connection:
            return _head(connection)

    def find(self, question: Question, before: int | None = None) -> Iterator[Record]:
        """The rows that `question` means, newest first; with `before` those with smaller numbers."""
        wanted = _narrow(select(AuditRow.__table__), question).order_by(AuditRow.seq.desc()).limit(ROWS_AT_ONCE)
        # Part by part: who reads slowly must not keep a transaction open.
        while part := self._read(wanted if before is None else wanted.where(AuditRow.seq < before)):
            yield from part
            before = part[-1].seq

    def every(self) -> Iterator[Record]:
        """Every row, oldest first."""
        wanted, after = select(AuditRow.__table__).order_by(AuditRow.seq).limit(ROWS_AT_ONCE), None
        while part := self._read(wanted if after is None else wanted.where(AuditRow.seq > after)):
            yield from part
            after = part[-1].seq

    def list_participants(self, study: str) -> frozenset[str]:
        """Everybody in a snapshot of `study`, of whatever status."""
        return frozenset(self._names(select_participants(study)))

    def list_cuts(self, study: str) -> Sequence[str]:
        """The content hash of every snapshot of `study`, of all studies when it is empty, oldest first."""
        return self._names(select_cuts(study))

    def list_users(self) -> frozenset[str]:
        """Every account, and every reader of a row."""
        return frozenset(self._names(select_users()))

    def _names(self, wanted: Executable) -> Sequence[str]:
        with self._transaction("read") as connection:
            return connection.execute(wanted).scalars().all()

    def _read(self, wanted: Select[Any]) -> list[Record]:
        with self._transaction("read") as connection:
            return [Record(**row._mapping) for row in connection.execute(wanted)]

    @contextmanager
    def _transaction(self, what: str, **options: str) -> Iterator[Connection]:
        with self._connected(what, **options) as connection, connection.begin():
            yield connection

    @contextmanager
    def _connected(self, what: str, **options: str) -> Iterator[Connection]:
        try:
            with self._engine.connect().execution_options(**options) as connection:
                yield connection
        except (SQLAlchemyError, self._engine.dialect.loaded_dbapi.Error) as error:
            # The further lines of a refusal repeat the row, with the names in it.
            words = str(getattr(error, "orig", None) or error).partition("\n")[0]
            raise StorageError(f"the audit cannot be {what}: {words}") from error


def _head(connection: Connection) -> Head:
    row = connection.execute(select(AuditRow.seq, AuditRow.hash).order_by(AuditRow.seq.desc()).limit(1)).one_or_none()
    return Head() if row is None else Head(row.seq, row.hash)


def _narrow(wanted: Select[Any], question: Question) -> Select[Any]:
    same = {"study": question.study, "reader": question.user, "cut": question.cut}
    for name, value in same.items():
        if value:
            wanted = wanted.where(getattr(AuditRow, name) == value)
    if question.actions:
        wanted = wanted.where(AuditRow.action.in_(question.actions))
    if question.since is not None:
        wanted = wanted.where(AuditRow.at >= _instant(question.since))
    return wanted if question.until is None else wanted.where(AuditRow.at < _instant(question.until))


def _instant(at: datetime) -> str:
    """An instant as the rows hold it; the texts are in the order of time."""
    return at.astimezone(UTC).isoformat(timespec="microseconds")
