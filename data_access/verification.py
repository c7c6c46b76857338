"""Whether stored rows are still the rows that were imported."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from dashboard.errors import AlteredSnapshotError
from dashboard.study.snapshot import Snapshot
from data_access.content_hash import FORMAT, TABLES, row_line


@dataclass(frozen=True)
class StoredRow:
    """A row as the database holds it: place in canonical order, CRC-32 of its line, and its values."""

    position: int
    checksum: int
    values: tuple[Any, ...]


def verify_rows(snapshot: Snapshot, tables: Mapping[str, Sequence[StoredRow]]) -> None:
    """AlteredSnapshotError names the first row that is changed or missing, or says that the content hash no longer fits."""
    digest = hashlib.sha256(row_line([FORMAT, snapshot.study, snapshot.cut_date.isoformat(), snapshot.synthetic]))
    for table, (kinds, _) in TABLES.items():
        rows = tables[table]
        digest.update(row_line([table, list(kinds), len(rows)]))
        flags = [number for number, kind in enumerate(kinds.values()) if kind == "bool"]
        for place, row in enumerate(rows):
            digest.update(_checked_line(snapshot, table, place, row, flags))
    if digest.hexdigest() != snapshot.content_hash:
        raise AlteredSnapshotError(
            f"snapshot {snapshot.cut}: the content hash of the stored rows is {digest.hexdigest()}: rows are missing at the end of a "
            "table, or were changed together with their checksums"
        )


def _checked_line(snapshot: Snapshot, table: str, place: int, row: StoredRow, flags: Sequence[int]) -> bytes:
    if row.position != place:
        raise AlteredSnapshotError(f"snapshot {snapshot.cut}: table {table}: the row at position {place} is missing")
    values = list(row.values)
    for number in flags:
        values[number] = bool(values[number])
    line = row_line(values)
    if zlib.crc32(line) != row.checksum:
        shown = ", ".join(f"{name} {value!r}" for name, value in zip(TABLES[table][0], values, strict=True))
        raise AlteredSnapshotError(f"snapshot {snapshot.cut}: table {table}: the row at position {place} was altered; it now reads {shown}")
    return line
