"""A snapshot: one delivery, frozen and named by the hash of its content; and the port through which it is read."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Literal, Protocol

import pandas as pd

from dashboard.errors import NotFoundError

SnapshotStatus = Literal["draft", "published", "withdrawn"]
CUT_LENGTH = 10


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


@dataclass(frozen=True)
class StudyData:
    """The rows of one snapshot, shaped as `study.columns` declares. Frames are shared: never edit them in place."""

    snapshot: Snapshot
    participants: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)


def select_published(published: Sequence[Snapshot], study: str, cut: str | None) -> Snapshot:
    """The snapshot named by `cut` among `published` (newest first), the first for None; NotFoundError otherwise."""
    if cut is None:
        if not published:
            raise NotFoundError("published data cut of study", study)
        return published[0]
    for snapshot in published:
        if snapshot.cut == cut:
            return snapshot
    raise NotFoundError("published data cut", cut, [snapshot.cut for snapshot in published])


class SnapshotRepository(Protocol):
    """Reads snapshots. Drafts and withdrawn snapshots do not exist for a reader."""

    def list_published(self, study: str) -> Sequence[Snapshot]:
        """Published snapshots of `study`, newest cut first (cut date, then publication time)."""
        ...

    def list_all(self, study: str) -> Sequence[Snapshot]:
        """Every snapshot of `study`, drafts and withdrawn ones included, newest cut first; for those who deliver, not for readers."""
        ...

    def find(self, study: str, cut: str | None) -> Snapshot:
        """The published snapshot named by `cut` (ten hex digits), or the newest for None; NotFoundError otherwise."""
        ...

    def load(self, snapshot: Snapshot) -> StudyData:
        """The rows of `snapshot`, in canonical order."""
        ...

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES`, shaped as declared there, in canonical order; no row gives an empty frame."""
        ...
