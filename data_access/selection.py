"""Which snapshot a name means; the same rules for every repository."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from dashboard.errors import NotFoundError, SnapshotStateError
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot

SHORTEST_ID = 4


def newest_first(snapshots: Iterable[Snapshot]) -> list[Snapshot]:
    """Newest cut first: by cut date, then by publication, then by import."""
    return sorted(snapshots, key=lambda snapshot: snapshot.place, reverse=True)


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


def describe_existing(snapshot: Snapshot, label: str) -> list[str]:
    """What to tell a person whose delivery, labelled `label`, was stored as `snapshot`: sentences, none when nothing is special.

    The same content is the same snapshot: importing it again neither renames it nor takes back a withdrawal.
    """
    told = []
    if snapshot.status == "withdrawn":
        told.append(f"snapshot {snapshot.cut} has this content already; {_next_step(snapshot)}")
    elif snapshot.status == "published":
        told.append(f"snapshot {snapshot.cut} has this content already and is published; nothing was stored")
    if label and label != snapshot.label:
        stays = f"the label “{snapshot.label}”" if snapshot.label else "no label"
        told.append(f"snapshot {snapshot.cut} was stored with {stays}, which stays; “{label}” was not used")
    return told


def validate_record_table(table: str) -> None:
    """NotFoundError for a name that is none of `columns.RECORD_TABLES`."""
    if table not in RECORD_TABLES:
        raise NotFoundError("table of records", table, list(RECORD_TABLES))


def validate_publication(snapshot: Snapshot) -> None:
    """SnapshotStateError for a snapshot that was withdrawn; it says what to do instead."""
    if snapshot.status == "withdrawn":
        raise SnapshotStateError(f"snapshot {snapshot.cut} cannot be published again: {_next_step(snapshot)}")


def _next_step(snapshot: Snapshot) -> str:
    return f"this content was withdrawn because: {snapshot.withdrawn_reason}. Import a corrected delivery"


def validate_discarding(snapshot: Snapshot) -> None:
    """SnapshotStateError for a snapshot that readers have seen."""
    if snapshot.status != "draft":
        raise SnapshotStateError(f"snapshot {snapshot.cut} is {snapshot.status}; only a draft can be discarded")


def validate_comparison(snapshot: Snapshot) -> None:
    """SnapshotStateError for a snapshot whose rows nobody may read: a draft, or a withdrawn one, whose reason is told."""
    if snapshot.status == "published":
        return
    state = f"{snapshot.status} ({snapshot.withdrawn_reason})" if snapshot.withdrawn_reason else snapshot.status
    raise SnapshotStateError(f"snapshot {snapshot.cut} is {state}; only published snapshots can be compared")


def validate_withdrawal(snapshot: Snapshot, why: str) -> None:
    """SnapshotStateError for a snapshot that is not published, or without a reason."""
    if snapshot.status != "published":
        raise SnapshotStateError(f"snapshot {snapshot.cut} is {snapshot.status}; only a published snapshot can be withdrawn")
    if not why.strip():
        raise SnapshotStateError("a withdrawal needs a reason")
