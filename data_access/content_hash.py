"""The content hash of a delivery: what makes two deliveries the same snapshot.

SHA-256, in lower-case hex, over these lines, each ended by a line feed and written in ASCII:

1. `["lymphotrace content 1", study key, cut date as YYYY-MM-DD, synthetic]`
2. for participants, counts and doses, in this order: `[table name, [column names], number of rows]`, then one line per row in
   canonical order: its values in the order of `study.columns`.

Every line is compact JSON (no spaces, non-ASCII characters escaped). Numbers with a fraction are written as Python's `repr` of the
double, the shortest text that gives the same double; missing is `null`; flags are `true` and `false`. The label, the report and every
time stamp stay outside: they do not change what was delivered. The hash depends on no engine, operating system or table layout.
"""

from __future__ import annotations

import hashlib
import json
import zlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pandas as pd

from dashboard.study.columns import COUNT_COLUMNS, COUNT_ORDER, DOSE_COLUMNS, DOSE_ORDER, PARTICIPANT, PARTICIPANT_COLUMNS, conform

FORMAT = "lymphotrace content 1"
TABLES: dict[str, tuple[dict[str, str], list[str]]] = {
    "participant": (PARTICIPANT_COLUMNS, [PARTICIPANT]),
    "count": (COUNT_COLUMNS, COUNT_ORDER),
    "dose": (DOSE_COLUMNS, DOSE_ORDER),
}
_line = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode


@dataclass(frozen=True)
class Fingerprint:
    """The content hash, and the CRC-32 of every row's line by table."""

    content_hash: str
    checksums: dict[str, list[int]]


def canonical(table: str, frame: pd.DataFrame) -> pd.DataFrame:
    """`frame` conformed to the columns of `table` and in canonical order (text by code point, missing days last)."""
    columns, order = TABLES[table]
    return conform(frame, columns).sort_values(order, kind="stable", ignore_index=True)


def row_tuples(frame: pd.DataFrame) -> Iterator[tuple[Any, ...]]:
    """The rows as tuples of plain Python values, missing as None."""
    return zip(*(_plain(frame[name]) for name in frame.columns), strict=True)


def row_line(values: Sequence[Any]) -> bytes:
    """The canonical line of one row."""
    return _line(values).encode("ascii") + b"\n"


def compute_fingerprint(study: str, cut_date: date, synthetic: bool, frames: dict[str, pd.DataFrame]) -> Fingerprint:
    """Content hash and row checksums of `frames` (table name to conformed frame in canonical order)."""
    digest = hashlib.sha256(row_line([FORMAT, study, cut_date.isoformat(), synthetic]))
    checksums: dict[str, list[int]] = {}
    for table in TABLES:
        frame = frames[table]
        digest.update(row_line([table, list(frame.columns), len(frame)]))
        checksums[table] = []
        for values in row_tuples(frame):
            line = row_line(values)
            digest.update(line)
            checksums[table].append(zlib.crc32(line))
    return Fingerprint(digest.hexdigest(), checksums)


def _plain(column: pd.Series) -> list[Any]:
    if not column.isna().any():
        return column.tolist()
    return column.astype(object).where(column.notna(), None).tolist()
