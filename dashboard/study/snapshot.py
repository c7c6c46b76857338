"""A snapshot: one delivery, frozen and named by the hash of its content; and the port through which it is read."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Literal, Protocol

import pandas as pd

from dashboard.errors import NotFoundError, WithdrawnError

SnapshotStatus = Literal["draft", "published", "withdrawn"]
CUT_LENGTH = 10
EVER = datetime(1, 1, 1, tzinfo=UTC)


@dataclass(frozen=True)
class Snapshot:
    """What is known of one data cut without reading its rows. `content_hash` is SHA-256 in lower-case hex."""

    study: str
    content_hash: str
    label: str
    cut_date: date
    status: SnapshotStatus
    synthetic: bool
    created_at: datetime
    published_at: datetime | None = None
    withdrawn_at: datetime | None = None
    withdrawn_reason: str = ""
    participants: int = 0
    records: int = 0
    created_by: str = ""
    published_by: str = ""
    withdrawn_by: str = ""

    @property
    def cut(self) -> str:
        """The name of this snapshot in an address: the first ten hex digits of its content hash."""
        return self.content_hash[:CUT_LENGTH]

    @property
    def place(self) -> tuple[date, datetime, datetime]:
        """What the snapshots of a study are ordered by: cut date, then publication, then import."""
        return self.cut_date, self.published_at or EVER, self.created_at


@dataclass(frozen=True)
class StudyData:
    """The rows of one snapshot, shaped as `study.columns` declares. Frames are shared: never edit them in place."""

    snapshot: Snapshot
    participants: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)


def describe_withdrawal(cut: Snapshot) -> str:
    """“The data cut Final of 2026-09-30 (0123456789) was withdrawn on 2026-10-02: …”; without a reason that the reader may not read."""
    when = f" on {cut.withdrawn_at:%Y-%m-%d}" if cut.withdrawn_at else ""
    why = f": {cut.withdrawn_reason.rstrip('.')}" if cut.withdrawn_reason else ""
    return f"The data cut {cut.label or cut.cut} of {cut.cut_date.isoformat()} ({cut.cut}) was withdrawn{when}{why}."


def _none() -> Sequence[Snapshot]:
    return ()


def select_published(
    published: Sequence[Snapshot], study: str, cut: str | None, list_withdrawn: Callable[[], Sequence[Snapshot]] = _none
) -> Snapshot:
    """The snapshot named by `cut` among `published` (newest first), the first for None; NotFoundError otherwise.

    WithdrawnError for one of `list_withdrawn`: those of which the reader may know.
    """
    if cut is None:
        if not published:
            raise NotFoundError("published data cut of study", study)
        return published[0]
    for snapshot in published:
        if snapshot.cut == cut:
            return snapshot
    known = [snapshot.cut for snapshot in published]
    for snapshot in list_withdrawn():
        if snapshot.cut == cut:
            raise WithdrawnError(cut, describe_withdrawal(snapshot), known)
    raise NotFoundError("published data cut", cut, known)


class SnapshotRepository(Protocol):
    """Reads snapshots. Drafts do not exist for a reader, and of withdrawn snapshots nothing but that they were withdrawn."""

    def list_published(self, study: str) -> Sequence[Snapshot]:
        """Published snapshots of `study`, newest cut first (cut date, then publication time)."""
        ...

    def list_all(self, study: str) -> Sequence[Snapshot]:
        """Every snapshot of `study`, drafts and withdrawn ones included, newest cut first; for those who deliver, not for readers."""
        ...

    def list_withdrawn(self, study: str) -> Sequence[Snapshot]:
        """The withdrawn snapshots of `study` that a reader saw while they were published, newest cut first; their rows stay hidden."""
        ...

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The published snapshot named by `cut` (ten hex digits), or the newest for None; NotFoundError otherwise.

        WithdrawnError for one of `list_withdrawn`.
        """
        ...

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of `snapshot`, in canonical order."""
        ...

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES`, shaped as declared there, in canonical order; no row gives an empty frame."""
        ...
