"""What a database holds, whatever its schema revision: tables in the order of their references, rows, snapshots, the audit."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.runtime.migration import MigrationContext
from sqlalchemy import Connection, MetaData, Table, func, select

from dashboard.audit.chain import Head, Record, verify_chain
from data_access.audit_table import AuditRow
from data_access.backup.manifest import BackedSnapshot
from data_access.repository import list_stored, verify_stored

REVISION_TABLE = "alembic_version"
# Whoever was signed in when the backup was made must not be signed in again by a restore.
LEFT_OUT = ("session", "sign_in_attempt")
ROWS_AT_ONCE = 1000


def read_tables(connection: Connection) -> list[Table]:
    """Every table of the database but the one with the revision, referenced ones first."""
    metadata = MetaData()
    metadata.reflect(connection)
    return [table for table in metadata.sorted_tables if table.name != REVISION_TABLE]


def read_revision(connection: Connection) -> str | None:
    """The schema revision of the database; None when it was never prepared."""
    return MigrationContext.configure(connection).get_current_revision()


def count_rows(connection: Connection, tables: Sequence[Table]) -> dict[str, int]:
    """The number of rows by table."""
    return {table.name: connection.scalar(select(func.count()).select_from(table)) or 0 for table in tables}


def verify_snapshots(connection: Connection) -> tuple[BackedSnapshot, ...]:
    """Every snapshot, each with the content hash its rows really have; AlteredSnapshotError names the first altered row."""
    stored = list_stored(connection)
    for snapshot in stored:
        verify_stored(connection, snapshot)
    return tuple(
        BackedSnapshot(
            study=snapshot.study,
            content_hash=snapshot.content_hash,
            status=snapshot.status,
            cut_date=snapshot.cut_date,
            label=snapshot.label,
        )
        for snapshot in stored
    )


def verify_audit(connection: Connection) -> Head:
    """The head of the audit, every row of which follows the one before; AlteredAuditError names the first that does not."""
    rows = connection.execute(select(AuditRow.__table__).order_by(AuditRow.seq), execution_options={"yield_per": ROWS_AT_ONCE})
    return verify_chain(Record(**row._mapping) for row in rows)
