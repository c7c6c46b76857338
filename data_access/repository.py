"""Snapshots in a database: reading for the pages, writing for the command line."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import pandas as pd
from sqlalchemy import Connection, Engine, Select, delete, func, insert, select, text, update
from sqlalchemy.exc import DBAPIError

from dashboard.errors import NotFoundError, StorageError
from dashboard.study.snapshot import Snapshot, StudyData, select_published
from data_access.bulk import read_batches, read_rows, write_rows
from data_access.content_hash import TABLES, Fingerprint, compute_fingerprint
from data_access.delivery import Delivery
from data_access.engine import WRITING
from data_access.locking import STORE_LOCK
from data_access.packing import Part, pack, unpack
from data_access.progress import Progress, silent
from data_access.report import DeliveryReport
from data_access.selection import (
    newest_first,
    select_named,
    validate_discarding,
    validate_publication,
    validate_record_table,
    validate_withdrawal,
)
from data_access.tables import Base, PackedRow, SnapshotRow
from data_access.transactions import describe_refusal
from data_access.verification import Verification


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

    def list_withdrawn(self, study: str) -> Sequence[Snapshot]:
        """Withdrawn snapshots of `study`, newest cut first."""
        return [snapshot for snapshot in self.list_all(study) if snapshot.status == "withdrawn"]

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The published snapshot named by `cut` (ten hex digits), the newest for None; WithdrawnError or NotFoundError otherwise."""
        return select_published(self.list_published(study), study, cut, lambda: self.list_withdrawn(study))

    def find_any(self, study: str, id_prefix: str) -> Snapshot:
        """The one snapshot, of whatever status, whose content hash starts with `id_prefix`; for the command line, not for readers."""
        return select_named(self.list_all(study), id_prefix)

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of a published snapshot in canonical order; NotFoundError for a draft, a withdrawn or an unknown one."""
        with self._transaction() as connection:
            row = _published_row(connection, snapshot)
            participants, counts, doses = (_read(connection, snapshot, table, row.id) for table in ("participant", "count", "dose"))
        return StudyData(_snapshot(row), participants, counts, doses)

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` in canonical order; NotFoundError for another table or what `load` refuses."""
        validate_record_table(table)
        with self._transaction() as connection:
            return _read(connection, snapshot, table, _published_row(connection, snapshot).id)

    def load_report(self, snapshot: Snapshot) -> DeliveryReport:
        """The data-quality report of the import that made `snapshot`."""
        with self._transaction() as connection:
            return DeliveryReport.from_json(_row(connection, snapshot).report)

    def store_draft(self, delivery: Delivery, label: str = "", by: str = "", progress: Progress = silent) -> Snapshot:
        """Store `delivery` as a draft, whole or not at all; the same content again is the snapshot that exists, whatever its status.

        `by` says who stores it; `progress` hears of the rows written. What a person should know of a snapshot that existed is said
        by `describe_existing`.
        """
        fingerprint = compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, delivery.frames)
        with self._transaction(write=True) as connection:
            existing = _snapshots(delivery.study).where(SnapshotRow.content_hash == fingerprint.content_hash)
            if connection.execute(existing).one_or_none() is None:
                self._insert(connection, delivery, {"label": label, "created_by": by}, fingerprint, progress)
            return _snapshot(connection.execute(existing).one())

    def publish(self, study: str, id_prefix: str, by: str = "", label: str | None = None) -> Snapshot:
        """Freeze a draft and show it to readers; a published snapshot stays as it is, a withdrawn one is a SnapshotStateError.

        `label` replaces the label of the draft; None keeps it.
        """
        with self._transaction(write=True) as connection:
            snapshot = self._named(connection, study, id_prefix)
            validate_publication(snapshot)
            if snapshot.status == "published":
                return snapshot
            named = {} if label is None else {"label": label}
            return _change(connection, snapshot, status="published", published_at=self._clock(), published_by=by, **named)

    def discard(self, study: str, id_prefix: str) -> None:
        """Delete a draft with its rows; SnapshotStateError for a snapshot that was ever published."""
        with self._transaction(write=True) as connection:
            snapshot = self._named(connection, study, id_prefix)
            validate_discarding(snapshot)
            snapshot_id = _row(connection, snapshot).id
            for table in reversed(Base.metadata.sorted_tables):
                if "snapshot_id" in table.c:
                    connection.execute(delete(table).where(table.c.snapshot_id == snapshot_id))
            connection.execute(delete(SnapshotRow).where(SnapshotRow.id == snapshot_id))

    def withdraw(self, study: str, id_prefix: str, why: str, by: str = "") -> Snapshot:
        """Hide a published snapshot from readers and keep its rows; SnapshotStateError for another one or without a reason."""
        with self._transaction(write=True) as connection:
            snapshot = self._named(connection, study, id_prefix)
            validate_withdrawal(snapshot, why)
            withdrawal = {"withdrawn_at": self._clock(), "withdrawn_reason": why.strip(), "withdrawn_by": by}
            return _change(connection, snapshot, status="withdrawn", **withdrawal)

    def verify(self, snapshot: Snapshot) -> None:
        """Recompute checksums and content hash from the stored rows, and the hash from the packed ones.

        AlteredSnapshotError names the first altered row.
        """
        with self._transaction() as connection:
            verify_stored(connection, snapshot)

    @contextmanager
    def _transaction(self, *, write: bool = False) -> Iterator[Connection]:
        try:
            with self.engine.connect().execution_options(**(WRITING if write else {})) as connection, connection.begin():
                if write and connection.dialect.name == "postgresql":
                    connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": STORE_LOCK})
                yield connection
        except DBAPIError as error:
            raise describe_refusal(error) from error
        except self.engine.dialect.loaded_dbapi.Error as error:
            # Rows go in and out through the driver itself.
            raise StorageError(f"the database refused: {error}") from error

    def _named(self, connection: Connection, study: str, id_prefix: str) -> Snapshot:
        return select_named([_snapshot(row) for row in connection.execute(_snapshots(study))], id_prefix)

    def _insert(
        self, connection: Connection, delivery: Delivery, named: dict[str, str], fingerprint: Fingerprint, progress: Progress
    ) -> None:
        values = {
            "study": delivery.study,
            "content_hash": fingerprint.content_hash,
            **named,
            "cut_date": delivery.cut_date,
            "status": "draft",
            "synthetic": delivery.synthetic,
            "created_at": self._clock(),
            "withdrawn_reason": "",
            "published_by": "",
            "withdrawn_by": "",
            "participants": len(delivery.participants),
            "records": len(delivery.counts),
            "definition_hash": delivery.definition_hash,
            "report": delivery.report.to_json(),
        }
        snapshot_id = connection.execute(insert(SnapshotRow).values(values).returning(SnapshotRow.id)).scalar_one()
        done, total = 0, sum(len(frame) for frame in delivery.frames.values())
        for table, frame in delivery.frames.items():
            # Closed before the transaction ends, whatever `progress` raises: PostgreSQL would still be waiting for rows.
            with closing(write_rows(connection, table, snapshot_id, frame, fingerprint.checksums.get(table, ()))) as written:
                for rows in written:
                    done += rows
                    progress("storing", done, total)
            _pack(connection, snapshot_id, table, frame)


def list_stored(connection: Connection) -> list[Snapshot]:
    """Every snapshot of every study and status, in the order in which they were stored."""
    return [_snapshot(row) for row in connection.execute(select(SnapshotRow.__table__).order_by(SnapshotRow.id))]


def verify_stored(connection: Connection, snapshot: Snapshot) -> None:
    """As `SqlRepository.verify`, inside the transaction of `connection`."""
    row = _row(connection, snapshot)
    verification = Verification(_snapshot(row))
    for table in TABLES:
        with closing(read_batches(connection, table, row.id)) as batches:
            verification.check_table(table, _size(connection, table, row.id), batches)
    verification.check_hash()
    verification.check_packed({table: _read(connection, snapshot, table, row.id) for table in TABLES})


def _snapshots(study: str) -> Select[Any]:
    return select(SnapshotRow.__table__).where(SnapshotRow.study == study).order_by(SnapshotRow.id)


def _row(connection: Connection, snapshot: Snapshot) -> Any:
    row = connection.execute(_snapshots(snapshot.study).where(SnapshotRow.content_hash == snapshot.content_hash)).one_or_none()
    if row is None:
        raise NotFoundError("snapshot", snapshot.cut)
    return row


def _published_row(connection: Connection, snapshot: Snapshot) -> Any:
    row = connection.execute(_snapshots(snapshot.study).where(SnapshotRow.content_hash == snapshot.content_hash)).one_or_none()
    if row is None or row.status != "published":
        raise NotFoundError("published data cut", snapshot.cut)
    return row


def _read(connection: Connection, snapshot: Snapshot, table: str, snapshot_id: int) -> pd.DataFrame:
    """The rows of a table, from their packed parts; a snapshot stored before there were any is read row by row."""
    packed = select(PackedRow.part, PackedRow.parts, PackedRow.digest, PackedRow.content).where(
        PackedRow.snapshot_id == snapshot_id, PackedRow.table_name == table
    )
    parts = [Part(*row) for row in connection.execute(packed.order_by(PackedRow.part))]
    if not parts:
        return read_rows(connection, table, snapshot_id)
    return unpack(parts, TABLES[table][0], f"snapshot {snapshot.cut}: table {table}")


def _pack(connection: Connection, snapshot_id: int, table: str, frame: pd.DataFrame) -> None:
    for part in pack(frame, TABLES[table][0]):
        connection.execute(insert(PackedRow).values(snapshot_id=snapshot_id, table_name=table, **asdict(part)))


def _size(connection: Connection, table: str, snapshot_id: int) -> int:
    rows = Base.metadata.tables[table]
    return connection.scalar(select(func.count()).select_from(rows).where(rows.c.snapshot_id == snapshot_id)) or 0


def _change(connection: Connection, snapshot: Snapshot, **values: object) -> Snapshot:
    same = (SnapshotRow.study == snapshot.study) & (SnapshotRow.content_hash == snapshot.content_hash)
    connection.execute(update(SnapshotRow).where(same).values(**values))
    return _snapshot(_row(connection, snapshot))


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
        withdrawn_at=row.withdrawn_at,
        withdrawn_reason=row.withdrawn_reason,
        participants=row.participants,
        records=row.records,
        created_by=row.created_by,
        published_by=row.published_by,
        withdrawn_by=row.withdrawn_by,
    )
