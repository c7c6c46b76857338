"""Snapshots in memory: the repository that tests of other rooms use; the same behaviour as the database."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import pandas as pd

from dashboard.errors import NotFoundError
from dashboard.study.snapshot import Snapshot, StudyData, select_published
from data_access.content_hash import TABLES, column_batches, compute_fingerprint, empty_table
from data_access.delivery import Delivery
from data_access.progress import Progress, silent
from data_access.report import DeliveryReport
from data_access.repository import utc_now
from data_access.selection import (
    newest_first,
    select_named,
    validate_discarding,
    validate_publication,
    validate_record_table,
    validate_withdrawal,
)
from data_access.verification import Batch, Verification


@dataclass(frozen=True)
class _Held:
    snapshot: Snapshot
    delivery: Delivery
    checksums: Mapping[str, Sequence[int]]


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
        held = self._find_published(snapshot)
        return StudyData(held.snapshot, held.delivery.participants.copy(), held.delivery.counts.copy(), held.delivery.doses.copy())

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` in canonical order; NotFoundError for another table or what `load` refuses."""
        validate_record_table(table)
        rows = self._find_published(snapshot).delivery.records.get(table)
        return empty_table(table) if rows is None else rows.copy()

    def load_report(self, snapshot: Snapshot) -> DeliveryReport:
        """The data-quality report of the import that made `snapshot`."""
        return self._find_held(snapshot).delivery.report

    def store_draft(self, delivery: Delivery, label: str = "", by: str = "", progress: Progress = silent) -> Snapshot:
        """Store `delivery` as a draft; the same content again is the snapshot that exists, whatever its status."""
        fingerprint = compute_fingerprint(delivery.study, delivery.cut_date, delivery.synthetic, delivery.frames)
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
            created_by=by,
        )
        rows = sum(len(frame) for frame in delivery.frames.values())
        progress("storing", rows, rows)
        return self._held.setdefault((snapshot.study, snapshot.content_hash), _Held(snapshot, delivery, fingerprint.checksums)).snapshot

    def publish(self, study: str, id_prefix: str, by: str = "", label: str | None = None) -> Snapshot:
        """Freeze a draft and show it to readers; a published snapshot stays as it is, a withdrawn one is a SnapshotStateError.

        `label` replaces the label of the draft; None keeps it.
        """
        snapshot = select_named(self.list_all(study), id_prefix)
        validate_publication(snapshot)
        if snapshot.status == "published":
            return snapshot
        named = snapshot.label if label is None else label
        return self._replace(replace(snapshot, status="published", published_at=self._clock(), published_by=by, label=named))

    def discard(self, study: str, id_prefix: str) -> None:
        """Forget a draft with its rows; SnapshotStateError for a snapshot that was ever published."""
        snapshot = select_named(self.list_all(study), id_prefix)
        validate_discarding(snapshot)
        del self._held[snapshot.study, snapshot.content_hash]

    def withdraw(self, study: str, id_prefix: str, why: str, by: str = "") -> Snapshot:
        """Hide a published snapshot from readers; SnapshotStateError for another one or without a reason."""
        snapshot = select_named(self.list_all(study), id_prefix)
        validate_withdrawal(snapshot, why)
        withdrawn = replace(snapshot, status="withdrawn", withdrawn_at=self._clock(), withdrawn_reason=why.strip(), withdrawn_by=by)
        return self._replace(withdrawn)

    def verify(self, snapshot: Snapshot) -> None:
        """Recompute checksums and content hash from the rows held; AlteredSnapshotError names the first altered row."""
        held = self._find_held(snapshot)
        verification, frames = Verification(held.snapshot), held.delivery.frames
        for table in TABLES:
            frame = frames.get(table)
            rows = 0 if frame is None else len(frame)
            verification.check_table(table, rows, [] if frame is None else _stored_batches(frame, held.checksums[table]))
        verification.check_hash()

    def _find_published(self, snapshot: Snapshot) -> _Held:
        held = self._held.get((snapshot.study, snapshot.content_hash))
        if held is None or held.snapshot.status != "published":
            raise NotFoundError("published data cut", snapshot.cut)
        return held

    def _find_held(self, snapshot: Snapshot) -> _Held:
        held = self._held.get((snapshot.study, snapshot.content_hash))
        if held is None:
            raise NotFoundError("snapshot", snapshot.cut)
        return held

    def _replace(self, snapshot: Snapshot) -> Snapshot:
        key = (snapshot.study, snapshot.content_hash)
        self._held[key] = replace(self._held[key], snapshot=snapshot)
        return snapshot


def _stored_batches(frame: pd.DataFrame, checksums: Sequence[int]) -> Iterator[Batch]:
    start = 0
    for columns in column_batches(frame):
        stop = start + len(columns[0])
        yield [range(start, stop), checksums[start:stop], *columns]
        start = stop
