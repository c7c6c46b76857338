"""Whether stored rows are still the rows that were imported."""

from __future__ import annotations

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.errors import AlteredSnapshotError
from dashboard.study.snapshot import Snapshot
from data_access.content_hash import TABLES, ContentDigest, compute_fingerprint
from data_access.row_text import encode_lines

# A batch of stored rows by column: positions, checksums, then the columns of `study.columns`.
Batch = Sequence[Sequence[Any]]


class Verification:
    """Checks the stored tables of one snapshot, in the order of TABLES, and at the end its content hash."""

    def __init__(self, snapshot: Snapshot) -> None:
        self._snapshot = snapshot
        self._digest = ContentDigest(snapshot.study, snapshot.cut_date, snapshot.synthetic)

    def check_table(self, table: str, rows: int, batches: Iterable[Batch]) -> None:
        """AlteredSnapshotError names the first of the `rows` rows that is changed or missing."""
        if not self._digest.begin_table(table, rows):
            return
        place = 0
        for batch in batches:
            self._digest.add_rows(self._checked_lines(table, place, batch))
            place += len(batch[0])

    def check_hash(self) -> None:
        """AlteredSnapshotError when the content hash of all tables checked is not the snapshot's."""
        found = self._digest.hexdigest()
        if found != self._snapshot.content_hash:
            raise AlteredSnapshotError(
                f"snapshot {self._snapshot.cut}: the content hash of the stored rows is {found}: rows are missing at the end of a "
                "table, or were changed together with their checksums"
            )

    def check_packed(self, frames: Mapping[str, pd.DataFrame]) -> None:
        """AlteredSnapshotError when the rows as pages read them, by table, do not have the snapshot's content hash."""
        found = compute_fingerprint(self._snapshot.study, self._snapshot.cut_date, self._snapshot.synthetic, frames).content_hash
        if found != self._snapshot.content_hash:
            raise AlteredSnapshotError(
                f"snapshot {self._snapshot.cut}: the packed rows, which the pages read, have the content hash {found}; the rows beside "
                "them are unaltered"
            )

    def _checked_lines(self, table: str, place: int, batch: Batch) -> bytes:
        positions, checksums, *columns = batch
        lines = encode_lines(columns, list(TABLES[table][0].values()))
        found = map(zlib.crc32, lines.splitlines(keepends=True))
        for row, (position, checksum, sum_found) in enumerate(zip(positions, checksums, found, strict=True)):
            if position != place + row:
                raise AlteredSnapshotError(f"snapshot {self._snapshot.cut}: table {table}: the row at position {place + row} is missing")
            if checksum != sum_found:
                told = ", ".join(_shown_values(table, columns, row))
                raise AlteredSnapshotError(
                    f"snapshot {self._snapshot.cut}: table {table}: the row at position {position} was altered; it now reads {told}"
                )
        return lines


def _shown_values(table: str, columns: Sequence[Sequence[Any]], row: int) -> Iterator[str]:
    for (name, kind), values in zip(TABLES[table][0].items(), columns, strict=True):
        yield f"{name} {bool(values[row]) if kind == 'bool' else values[row]!r}"
