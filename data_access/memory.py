"""Snapshots in memory: the repository that tests of other rooms use; the same behaviour as the database."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from dashboard.errors import NotFoundError
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.content_hash import compute_fingerprint, row_tuples
from data_access.delivery import Delivery
from data_access.report import DeliveryReport
from data_access.repository import utc_now
from data_access.selection import newest_first, select_named, select_published, validate_publication, validate_withdrawal
from data_access.verification import StoredRow, verify_rows


@dataclass(frozen=True)
class _Held:
    snapshot: Snapshot
    delivery: Delivery
    checksums: dict[str, list[int]]


class InMemoryRepository:
    """A SnapshotRepository without a database; what it holds ends with the process."""

    def __init__(self, clock: Callable[[], datetime] = utc_now) -> None:
        self._held: dict[tuple[str, str], _Held] = {}
        self._clock = clock

    def list_published(self, study: str) -> Sequence[Snapshot]:
        """Published snapshots of `study`, newest cut first."""
        return [snapshot for snapshot in self.list_all(study) if snapshot.status == "published"]

    def list_all(self, study: str) -> Sequence[Snapshot]:
        """Every snapshot of `study`, drafts and withdrawn ones included, newest cut first."""
        return newest_first(held.snapshot for held in self._held.values() if held.snapshot.study == study)

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The published snapshot named by `cut` (ten hex digits), the newest for None; NotFoundError otherwise."""
        return select_published(self.list_published(study), study, cut)

    def find_any(self, study: str, id_prefix: str) -> Snapshot:
        """The one snapshot, of whatever status, whose content hash starts with `id_prefix`; for the command line, not for readers."""
        return select_named(self.list_all(study), id_prefix)

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of a published snapshot in canonical order; NotFoundError for a draft, a withdrawn or an unknown one."""
        held = self._held.get((snapshot.study, snapshot.content_hash))
        if held is None or held.snapshot.status != "published":
            raise NotFoundError("published data cut", snapshot.cut)
        return StudyData(held.snapshot, held.delivery.participants.copy(), held.delivery.counts.copy(), held.delivery.doses.copy())

    def load_report(self, snapshot: Snapshot) -> DeliveryReport:
        """The data-quality report of the import that made `snapshot`."""
        return self._find_held(snapshot).delivery.report

    def store_draft(self, delivery: Delivery, label: str = "") -> Snapshot:
        """Store `delivery` as a draft; the same content again is the snapshot that exists, whatever its status."""
        frames = {"participant": delivery.participants, "count": delivery.counts, "dose": delivery.doses}
        fingerprint = compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, frames)
        snapshot = Snapshot(
            study=delivery.study,
            content_hash=fingerprint.content_hash,
            label=label,
            cut_date=delivery.cut_date,
            status="draft",
            synthetic=delivery.synthetic,
            created_at=self._clock(),
            participants=len(delivery.participants),
            records=len(delivery.counts),
        )
        return self._held.setdefault((snapshot.study, snapshot.content_hash), _Held(snapshot, delivery, fingerprint.checksums)).snapshot

    def publish(self, study: str, id_prefix: str) -> Snapshot:
        """Freeze a draft and show it to readers; a published snapshot stays as it is, a withdrawn one is a SnapshotStateError."""
        snapshot = select_named(self.list_all(study), id_prefix)
        validate_publication(snapshot)
        if snapshot.status == "published":
            return snapshot
        return self._replace(replace(snapshot, status="published", published_at=self._clock()))

    def withdraw(self, study: str, id_prefix: str, why: str) -> Snapshot:
        """Hide a published snapshot from readers; SnapshotStateError for another one or without a reason."""
        snapshot = select_named(self.list_all(study), id_prefix)
        validate_withdrawal(snapshot, why)
        return self._replace(replace(snapshot, status="withdrawn", withdrawn_reason=why.strip()))

    def verify(self, snapshot: Snapshot) -> None:
        """Recompute checksums and content hash from the rows held; AlteredSnapshotError names the first altered row."""
        held = self._find_held(snapshot)
        frames = {"participant": held.delivery.participants, "count": held.delivery.counts, "dose": held.delivery.doses}
        tables = {
            table: [
                StoredRow(position, checksum, values)
                for position, (values, checksum) in enumerate(zip(row_tuples(frame), held.checksums[table], strict=True))
            ]
            for table, frame in frames.items()
        }
        verify_rows(held.snapshot, tables)

    def _find_held(self, snapshot: Snapshot) -> _Held:
        held = self._held.get((snapshot.study, snapshot.content_hash))
        if held is None:
            raise NotFoundError("snapshot", snapshot.cut)
        return held

    def _replace(self, snapshot: Snapshot) -> Snapshot:
        key = (snapshot.study, snapshot.content_hash)
        self._held[key] = replace(self._held[key], snapshot=snapshot)
        return snapshot
