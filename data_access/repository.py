"""Snapshots in a database: reading for the pages, writing for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from dashboard.errors import NotFoundError, StorageError
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.bulk import read_plain_rows, read_rows, write_rows
from data_access.content_hash import Fingerprint, compute_fingerprint
from data_access.delivery import Delivery
from data_access.engine import WRITING
from data_access.locking import STORE_LOCK
from data_access.report import DeliveryReport
from data_access.selection import newest_first, select_named, select_published, validate_publication, validate_withdrawal
from data_access.tables import SnapshotRow
from data_access.verification import StoredRow, verify_rows


def utc_now() -> datetime:
    """The present instant."""
    return datetime.now(UTC)


class SqlRepository:
    """The SnapshotRepository of SQLite and PostgreSQL, and the writing half that the command line uses.

    Every method is one transaction. StorageError when the database does not do what was asked.
    """

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self.engine = engine
        self._clock = clock

    def list_published(self, study: str) -> Sequence[Snapshot]:
        """Published snapshots of `study`, newest cut first."""
        return newest_first(snapshot for snapshot in self.list_all(study) if snapshot.status == "published")

    def list_all(self, study: str) -> Sequence[Snapshot]:
        """Every snapshot of `study`, drafts and withdrawn ones included, newest cut first."""
        with self._transaction() as connection:
            return newest_first(_snapshot(row) for row in connection.execute(_snapshots(study)))

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The published snapshot named by `cut` (ten hex digits), the newest for None; NotFoundError otherwise."""
        return select_published(self.list_published(study), study, cut)

    def find_any(self, study: str, id_prefix: str) -> Snapshot:
        """The one snapshot, of whatever status, whose content hash starts with `id_prefix`; for the command line, not for readers."""
        return select_named(self.list_all(study), id_prefix)

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of a published snapshot in canonical order; NotFoundError for a draft, a withdrawn or an unknown one."""
        with self._transaction() as connection:
            row = connection.execute(_snapshots(snapshot.study).where(SnapshotRow.content_hash == snapshot.content_hash)).one_or_none()
            if row is None or row.status != "published":
                raise NotFoundError("published data cut", snapshot.cut)
            participants, counts, doses = (read_rows(connection, table, row.id) for table in ("participant", "count", "dose"))
        return StudyData(_snapshot(row), participants, counts, doses)

    def load_report(self, snapshot: Snapshot) -> DeliveryReport:
        """The data-quality report of the import that made `snapshot`."""
        with self._transaction() as connection:
            return DeliveryReport.from_json(_row(connection, snapshot).report)

    def store_draft(self, delivery: Delivery, label: str = "") -> Snapshot:
        """Store `delivery` as a draft, whole or not at all; the same content again is the snapshot that exists, whatever its status."""
        frames = {"participant": delivery.participants, "count": delivery.counts, "dose": delivery.doses}
        fingerprint = compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, frames)
        with self._transaction(write=True) as connection:
            existing = _snapshots(delivery.study).where(SnapshotRow.content_hash == fingerprint.content_hash)
            if connection.execute(existing).one_or_none() is None:
                self._insert(connection, delivery, label, fingerprint, frames)
            return _snapshot(connection.execute(existing).one())

    def publish(self, study: str, id_prefix: str) -> Snapshot:
        """Freeze a draft and show it to readers; a published snapshot stays as it is, a withdrawn one is a SnapshotStateError."""
        with self._transaction(write=True) as connection:
            snapshot = self._named(connection, study, id_prefix)
            validate_publication(snapshot)
            if snapshot.status == "published":
                return snapshot
            return _change(connection, snapshot, status="published", published_at=self._clock())

    def withdraw(self, study: str, id_prefix: str, why: str) -> Snapshot:
        """Hide a published snapshot from readers and keep its rows; SnapshotStateError for another one or without a reason."""
        with self._transaction(write=True) as connection:
            snapshot = self._named(connection, study, id_prefix)
            validate_withdrawal(snapshot, why)
            return _change(connection, snapshot, status="withdrawn", withdrawn_at=self._clock(), withdrawn_reason=why.strip())

    def verify(self, snapshot: Snapshot) -> None:
        """Recompute checksums and content hash from the stored rows; AlteredSnapshotError names the first altered row."""
        with self._transaction() as connection:
            row = _row(connection, snapshot)
            tables = {table: _stored_rows(connection, table, row.id) for table in ("participant", "count", "dose")}
        verify_rows(_snapshot(row), tables)

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**(WRITING if write else {})) as connection, connection.begin():
                if write and connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": STORE_LOCK})
                yield connection
        except DBAPIError as error:
            raise StorageError(f"the database refused: {error.orig}") from error

    def _named(self, connection: Connection, study: str, id_prefix: str) -> Snapshot:
        return select_named([_snapshot(row) for row in connection.execute(_snapshots(study))], id_prefix)

    def _insert(
        self, connection: Connection, delivery: Delivery, label: str, fingerprint: Fingerprint, frames: dict[str, pd.DataFrame]
    ) -> None:
        values = {
            "study": delivery.study,
            "content_hash": fingerprint.content_hash,
            "label": label,
            "cut_date": delivery.cut_date,
            "status": "draft",
            "synthetic": delivery.synthetic,
            "created_at": self._clock(),
            "withdrawn_reason": "",
            "participants": len(delivery.participants),
            "records": len(delivery.counts),
            "definition_hash": delivery.definition_hash,
            "report": delivery.report.to_json(),
        }
        snapshot_id = connection.execute(insert(SnapshotRow).values(values).returning(SnapshotRow.id)).scalar_one()
        for table, frame in frames.items():
            write_rows(connection, table, snapshot_id, frame, fingerprint.checksums[table])


def _snapshots(study: str) -> Select[Any]:
    return select(SnapshotRow.__table__).where(SnapshotRow.study == study).order_by(SnapshotRow.id)


def _row(connection: Connection, snapshot: Snapshot) -> Any:
    row = connection.execute(_snapshots(snapshot.study).where(SnapshotRow.content_hash == snapshot.content_hash)).one_or_none()
    if row is None:
        raise NotFoundError("snapshot", snapshot.cut)
    return row


def _change(connection: Connection, snapshot: Snapshot, **values: object) -> Snapshot:
    same = (SnapshotRow.study == snapshot.study) & (SnapshotRow.content_hash == snapshot.content_hash)
    connection.execute(update(SnapshotRow).where(same).values(**values))
    return _snapshot(_row(connection, snapshot))


def _stored_rows(connection: Connection, table: str, snapshot_id: int) -> list[StoredRow]:
    return [StoredRow(row[0], row[1], tuple(row[2:])) for row in read_plain_rows(connection, table, snapshot_id)]


def _snapshot(row: Any) -> Snapshot:
    return Snapshot(
        study=row.study,
        content_hash=row.content_hash,
        label=row.label,
        cut_date=row.cut_date,
        status=row.status,
        synthetic=bool(row.synthetic),
        created_at=row.created_at,
        published_at=row.published_at,
        withdrawn_reason=row.withdrawn_reason,
        participants=row.participants,
        records=row.records,
    )
