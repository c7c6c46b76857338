"""Which snapshot a name means; the same rules for every repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime

from dashboard.errors import NotFoundError, SnapshotStateError
from dashboard.study.snapshot import Snapshot

SHORTEST_ID = 4
EVER = datetime(1, 1, 1, tzinfo=UTC)


def newest_first(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Newest cut first: by cut date, then by publication, then by import."""
    return sorted(snapshots, key=lambda snapshot: (snapshot.cut_date, snapshot.published_at or EVER, snapshot.created_at), reverse=True)


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


def select_named(snapshots: Sequence[Snapshot], id_prefix: str) -> Snapshot:
    """The one snapshot whose content hash starts with `id_prefix` (at least four hex digits).

    NotFoundError when there is none, SnapshotStateError when there are several or the id is no id.
    """
    if re.fullmatch(rf"[0-9a-fA-F]{{{SHORTEST_ID},64}}", id_prefix) is None:
        raise SnapshotStateError(f"“{id_prefix}” is no snapshot id: at least {SHORTEST_ID} hexadecimal digits are needed")
    found = [snapshot for snapshot in snapshots if snapshot.content_hash.startswith(id_prefix.lower())]
    if not found:
        raise NotFoundError("snapshot", id_prefix, [snapshot.cut for snapshot in snapshots])
    if len(found) > 1:
        raise SnapshotStateError(f"“{id_prefix}” names several snapshots: {', '.join(snapshot.content_hash for snapshot in found)}")
    return found[0]


def validate_publication(snapshot: Snapshot) -> None:
    """SnapshotStateError for a snapshot that was withdrawn."""
    if snapshot.status == "withdrawn":
        raise SnapshotStateError(f"snapshot {snapshot.cut} was withdrawn ({snapshot.withdrawn_reason}) and cannot be published again")


def validate_withdrawal(snapshot: Snapshot, why: str) -> None:
    """SnapshotStateError for a snapshot that is not published, or without a reason."""
    if snapshot.status != "published":
        raise SnapshotStateError(f"snapshot {snapshot.cut} is {snapshot.status}; only a published snapshot can be withdrawn")
    if not why.strip():
        raise SnapshotStateError("a withdrawal needs a reason")
