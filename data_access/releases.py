"""To which roles each published data cut is released, in a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any, cast

from sqlalchemy import Connection, Engine, delete, insert, select

from dashboard.access.ports import Release
from dashboard.access.readers import Role
from dashboard.errors import NotFoundError, SnapshotStateError
from dashboard.study.snapshot import Snapshot
from data_access.access_tables import ReleaseRow
from data_access.repository import utc_now
from data_access.tables import SnapshotRow
from data_access.transactions import reading, transaction


def validate_release(cut: str, status: str) -> None:
    """SnapshotStateError for a data cut that is not published."""
    if status != "published":
        raise SnapshotStateError(f"snapshot {cut} is {status}; only a published snapshot can be released")


def collect_releases(rows: Iterable[tuple[str, str, bool]]) -> Mapping[str, Release]:
    """Releases by content hash, from content hash, role, and whether it was final."""
    found: dict[str, Release] = {}
    for content_hash, name, final in rows:
        before, role = found.get(content_hash, Release()), frozenset({cast(Role, name)})
        found[content_hash] = Release(before.roles | role, before.final | (role if final else frozenset()))
    return found


class SqlReleases:
    """The ReleaseStore of SQLite and PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def read(self, study: str) -> Mapping[str, Release]:
        """The releases of a study by content hash."""
        columns = SnapshotRow.content_hash, ReleaseRow.role, ReleaseRow.final
        wanted = select(*columns).join(SnapshotRow, SnapshotRow.id == ReleaseRow.snapshot_id).where(SnapshotRow.study == study)
        with reading(self._engine) as connection:
            return collect_releases((content_hash, role, bool(final)) for content_hash, role, final in connection.execute(wanted))

    def release(self, snapshot: Snapshot, roles: Sequence[Role], final: bool, by: str) -> None:
        """Let `roles` see a published data cut; a final release stays final. SnapshotStateError for a cut that is not published."""
        with transaction(self._engine, write=True) as connection:
            row = _row(connection, snapshot)
            validate_release(snapshot.cut, row.status)
            for role in roles:
                held = connection.execute(select(ReleaseRow.__table__).where(_of(row.id, role))).one_or_none()
                connection.execute(delete(ReleaseRow).where(_of(row.id, role)))
                kept = final or (held is not None and bool(held.final))
                values = {"snapshot_id": row.id, "role": role, "final": kept, "released_at": self._clock(), "released_by": by}
                connection.execute(insert(ReleaseRow).values(values))

    def take_back(self, snapshot: Snapshot, roles: Sequence[Role]) -> None:
        """Hide the data cut from `roles` again."""
        with transaction(self._engine, write=True) as connection:
            row = _row(connection, snapshot)
            for role in roles:
                connection.execute(delete(ReleaseRow).where(_of(row.id, role)))


def _of(snapshot_id: int, role: str) -> Any:
    return (ReleaseRow.snapshot_id == snapshot_id) & (ReleaseRow.role == role)


def _row(connection: Connection, snapshot: Snapshot) -> Any:
    named = (SnapshotRow.study == snapshot.study) & (SnapshotRow.content_hash == snapshot.content_hash)
    row = connection.execute(select(SnapshotRow.id, SnapshotRow.status).where(named)).one_or_none()
    if row is None:
        raise NotFoundError("snapshot", snapshot.cut)
    return row
