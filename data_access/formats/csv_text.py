"""CSV: UTF-8, commas, one header line, every row as wide as the header, a final line break. Nothing is guessed.

Two readers: a fast one for files that both read alike, and Python's strict one, which decides every other case and finds the row of a
fault.
"""

from __future__ import annotations

import codecs
import csv
import io
import re
from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.csv

from data_access.formats.raw_table import RawTable, check_header, finish, refusal

ROWS_AT_ONCE = 50_000
BYTES_AT_ONCE = 1 << 22
QUOTED = re.compile(rb'"[^"]*"?')
LINE_END = re.compile(rb"\r\n|\r|\n")
BOM = codecs.BOM_UTF8
# What may stand before an opening and after a closing quotation mark.
AROUND_QUOTES = np.frombuffer(b",\r\n", dtype=np.uint8)
QUOTE = ord('"')


def read_csv(file: str, content: bytes) -> RawTable:
    """Read the bytes of a CSV file; DeliveryRefusedError names row, column and rule."""
    content = content.removeprefix(BOM)
    _check_encoding(file, content)
    header = _read_header(file, content)
    columns = _read_fast(content, header) if can_read_fast(content, len(header)) else None
    if columns is None:
        columns = read_strictly(file, content, len(header))
    return finish(file, dict(zip(header, columns, strict=True)))


def can_read_fast(content: bytes, width: int) -> bool:
    """Whether the fast reader cannot differ from the strict one: several columns, usual line ends, no empty line, quotation marks only
    around fields.
    """
    # An empty line is a row of empty values to the fast reader, and a row too short to the strict one.
    usual = content.count(b"\r") == content.count(b"\r\n") and b"\n\n" not in content and b"\n\r\n" not in content
    return width > 1 and usual and _is_quoted_regularly(content)


def _is_quoted_regularly(content: bytes) -> bool:
    # Of quotation marks counted in order, every first opens and every second closes; `""` in a field is a close beside an open.
    if b'"' not in content:
        return True
    code = np.frombuffer(content, dtype=np.uint8)
    places = np.flatnonzero(code == QUOTE)
    if len(places) % 2:
        return False
    opens, closes = places[0::2], places[1::2]
    before = code[np.maximum(opens - 1, 0)]
    after = code[np.minimum(closes + 1, len(code) - 1)]
    doubled = opens[1:] == closes[:-1] + 1
    starts = np.isin(before, AROUND_QUOTES) | (opens == 0) | np.concatenate([[False], doubled])
    ends = np.isin(after, AROUND_QUOTES) | (closes == len(code) - 1) | np.concatenate([doubled, [False]])
    return bool(starts.all() and ends.all())


def _read_fast(content: bytes, header: list[str]) -> list[pa.ChunkedArray] | None:
    # Numbered names: those of the header are checked and may have blanks around them.
    names = [str(number) for number in range(len(header))]
    try:
        table = pyarrow.csv.read_csv(
            pa.BufferReader(content),
            pyarrow.csv.ReadOptions(column_names=names, block_size=BYTES_AT_ONCE),
            pyarrow.csv.ParseOptions(newlines_in_values=b'"' in content, ignore_empty_lines=False),
            pyarrow.csv.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False, null_values=[]),
        )
    except pa.ArrowInvalid:
        # The strict reader finds the row and says why.
        return None
    return [column.slice(1) for column in table.columns]


def read_strictly(file: str, content: bytes, width: int) -> list[Any]:
    """The columns of a CSV by Python's own reader, without the header; DeliveryRefusedError names the row of the first fault."""
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), strict=True)
    _next_rows(file, reader, -1, most=1)
    parts, row = [], 0
    while rows := _next_rows(file, reader, row):
        _check_width(file, rows, width, row)
        parts.append(pa.table([pa.array(column, pa.large_string()) for column in zip(*rows, strict=True)], names=_numbered(width)))
        row += len(rows)
    return pa.concat_tables(parts).columns if parts else [pa.array([], pa.large_string())] * width


def _numbered(width: int) -> list[str]:
    return [str(number) for number in range(width)]


def _check_encoding(file: str, content: bytes) -> None:
    decoder = codecs.getincrementaldecoder("utf-8")()
    for start in range(0, len(content), BYTES_AT_ONCE):
        piece = content[start : start + BYTES_AT_ONCE]
        held = len(decoder.getstate()[0])
        try:
            decoder.decode(piece, final=start + len(piece) >= len(content))
        except UnicodeDecodeError as error:
            raise _not_utf8(file, content, start - held + error.start) from error
    if content and not content.endswith((b"\n", b"\r")):
        row = len(LINE_END.findall(QUOTED.sub(b"", content)))
        raise refusal(file, "does not end with a line break, so it may be cut off; add one if the file is complete", row)


def _not_utf8(file: str, content: bytes, place: int) -> Exception:
    before = QUOTED.sub(b"", content[:place])
    row = len(LINE_END.findall(before))
    column = re.split(rb"[\r\n]", before)[-1].count(b",")
    first = re.split(rb"[\r\n]", content, maxsplit=1)[0].decode("utf-8", "replace")
    names = next(csv.reader([first]), [])
    name = names[column].strip() if row and column < len(names) else None
    rule = "is not UTF-8, or its encoding changes here; save it as CSV UTF-8"
    return refusal(file, rule, row, name, f"byte {content[place]:02X}")


def _read_header(file: str, content: bytes) -> list[str]:
    reader = csv.reader(io.TextIOWrapper(io.BytesIO(content), "utf-8", newline=""), strict=True)
    first = _next_rows(file, reader, -1, most=1)
    if not first or not any(first[0]):
        raise refusal(file, "is empty: not even a line of column names")
    header = [name.strip() for name in first[0]]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise refusal(file, "columns must be separated by commas", 0, None, header[0])
    check_header(file, header)
    return header


def _next_rows(file: str, reader: Iterator[list[str]], row: int, most: int = ROWS_AT_ONCE) -> list[list[str]]:
    rows: list[list[str]] = []
    try:
        rows.extend(islice(reader, most))
    except csv.Error as error:
        raise refusal(file, f"cannot be read as CSV: {error}; a quotation mark may be missing or too many", row + len(rows) + 1) from error
    return rows


def _check_width(file: str, rows: list[list[str]], width: int, before: int) -> None:
    for number, fields in enumerate(rows, start=before + 1):
        if len(fields) != width:
            raise refusal(file, f"has {len(fields)} fields where the header has {width}", number)
