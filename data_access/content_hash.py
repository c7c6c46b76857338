"""The content hash of a delivery: what makes two deliveries the same snapshot.

SHA-256, in lower-case hex, over these lines, each ended by a line feed and written in ASCII:

1. `["lymphotrace content 1", study key, cut date as YYYY-MM-DD, synthetic]`
2. for participants, counts and doses, in this order: `[table name, [column names], number of rows]`, then one line per row in
   canonical order: its values in the order of `study.columns`.
3. the same for each of `study.columns.RECORD_TABLES`, in their order, that has rows. A table without rows leaves no line, so that a
   delivery without such records has the hash it had before these tables existed.

Every line is compact JSON (no spaces, non-ASCII characters escaped). Numbers with a fraction are written as Python's `repr` of the
double, the shortest text that gives the same double; missing is `null`; flags are `true` and `false`. The label, the report and every
time stamp stay outside: they do not change what was delivered. The hash depends on no engine, operating system or table layout.
"""

from __future__ import annotations

import hashlib
import zlib
from array import array
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard.study.columns import (
    COUNT_COLUMNS,
    COUNT_ORDER,
    DOSE_COLUMNS,
    DOSE_ORDER,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    RECORD_TABLES,
    conform,
)
from data_access.row_text import encode_lines, encode_value

FORMAT = "lymphotrace content 1"
CORE_TABLES: dict[str, tuple[dict[str, str], list[str]]] = {
    "participant": (PARTICIPANT_COLUMNS, [PARTICIPANT]),
    "count": (COUNT_COLUMNS, COUNT_ORDER),
    "dose": (DOSE_COLUMNS, DOSE_ORDER),
}
TABLES: dict[str, tuple[dict[str, str], list[str]]] = CORE_TABLES | RECORD_TABLES
# Rows that are held in memory as Python values at once.
ROWS_AT_ONCE = 20_000


@dataclass(frozen=True)
class Fingerprint:
    """The content hash, and the CRC-32 of every row's line by table (unsigned, four bytes each)."""

    content_hash: str
    checksums: Mapping[str, Sequence[int]]


class ContentDigest:
    """Builds a content hash from the tables of a delivery, in the order of TABLES."""

    def __init__(self, study: str, cut_date: date, synthetic: bool) -> None:
        self._digest = hashlib.sha256(_line([FORMAT, study, cut_date.isoformat(), synthetic]))

    def begin_table(self, table: str, rows: int) -> bool:
        """Note that `table` follows with this number of rows; False when it leaves no line."""
        if table in RECORD_TABLES and not rows:
            return False
        self._digest.update(_line([table, list(TABLES[table][0]), rows]))
        return True

    def add_rows(self, lines: bytes) -> None:
        """Add lines of the table begun last."""
        self._digest.update(lines)

    def hexdigest(self) -> str:
        """The content hash of everything added."""
        return self._digest.hexdigest()


def canonical(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` conformed to the columns of `table` and in canonical order (text by code point, missing days last)."""
    columns, order = TABLES[table]
    return conform(frame, columns).sort_values(order, kind="stable", ignore_index=True)


def empty_table(table: str) -> pd.DataFrame:
    """No row of `table`, with its columns and types."""
    return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in TABLES[table][0].items()})


def column_batches(frame: pd.DataFrame) -> Iterator[list[list[Any]]]:
    """The rows, ROWS_AT_ONCE at a time, as one list of plain Python values per column; missing is None."""
    for start in range(0, len(frame), ROWS_AT_ONCE):
        part = frame.iloc[start : start + ROWS_AT_ONCE]
        yield [_plain(part[name]) for name in part.columns]


def compute_fingerprint(study: str, cut_date: date, synthetic: bool, frames: Mapping[str, pd.DataFrame]) -> Fingerprint:
    """Content hash and row checksums of `frames` (table name to conformed frame in canonical order; an absent one has no rows)."""
    digest = ContentDigest(study, cut_date, synthetic)
    checksums: dict[str, array[int]] = {}
    for table, (kinds, _) in TABLES.items():
        frame = frames.get(table)
        if frame is None or not digest.begin_table(table, len(frame)):
            continue
        sums = checksums[table] = array("I")
        for columns in column_batches(frame):
            lines = encode_lines(columns, list(kinds.values()))
            digest.add_rows(lines)
            sums.extend(map(zlib.crc32, lines.splitlines(keepends=True)))
    return Fingerprint(digest.hexdigest(), checksums)


def _line(values: Sequence[Any]) -> bytes:
    return encode_value(values) + b"\n"


def _plain(column: pd.Series) -> list[Any]:
    if not column.isna().any():
        return column.tolist()
    return column.astype(object).where(column.notna(), None).tolist()
