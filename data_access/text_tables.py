"""Files as tables of text: nothing is guessed from the content, every check that needs no schema is made here.

All values are text without surrounding blanks, an absent value is the empty text. Rows count from 1 after the header.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Any

import pandas as pd
import pyreadstat

from dashboard.errors import DeliveryRefusedError, Refusal, StorageError

ROWS_AT_ONCE = 50_000
XPT_RECORD = 80
XPT_START = b"HEADER RECORD*******LIB"
# Digits that survive the way from decimal text into an IBM double and back.
SIGNIFICANT_DIGITS = 15


@dataclass(frozen=True)
class TextTable:
    """A file read as text. `frame` is indexed by row (from 1); its columns have upper-case names, all values are `str`.

    `headers` are the names as delivered, in the order of the columns.
    """

    file: str
    frame: pd.DataFrame = field(repr=False)
    headers: tuple[str, ...] = field(default=(), repr=False)

    @property
    def name(self) -> str:
        """The name of the data set: the file's name without suffix, in lower case, the same for every file format."""
        return Path(self.file).stem.lower()

    def has(self, column: str) -> bool:
        """Whether the file has this column."""
        return column in self.frame.columns

    def text(self, column: str) -> pd.Series:
        """The texts of a column; empty texts when the file has no such column."""
        if self.has(column):
            return self.frame[column]
        return pd.Series("", index=self.frame.index, dtype="str")

    def only(self, keep: pd.Series) -> TextTable:
        """The rows for which `keep` is true, under their own row numbers."""
        return TextTable(self.file, self.frame[keep], self.headers)


def read_text_table(path: Path) -> TextTable:
    """Read a .csv or .xpt file; DeliveryRefusedError names file, row, column and rule, StorageError an unreadable file."""
    try:
        content = path.read_bytes()
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error
    frame = _read_xpt(path, content) if path.suffix.lower() == ".xpt" else _read_csv(path.name, content)
    headers = tuple(str(name) for name in frame.columns)
    return TextTable(path.name, _trimmed(frame.set_axis([name.upper() for name in headers], axis=1)), headers)


def find_words(texts: pd.Series, known: Mapping[Any, str], absent: str = "") -> pd.Series:
    """The word of every text by `known`, `absent` for others; always `str`, also when nothing is known."""
    words = {text: known.get(text, absent) for text in texts.unique()}
    return texts.map(words).astype("str")


def _refused(file: str, rule: str, row: int | None = None, column: str | None = None, value: str | None = None) -> DeliveryRefusedError:
    return DeliveryRefusedError([Refusal(file, rule, row, column, value)])


def _read_csv(file: str, content: bytes) -> pd.DataFrame:
    text = _decoded(file, content)
    reader = csv.reader(io.StringIO(text, newline=""), strict=True)
    header = _header(file, reader)
    parts, row = [], 0
    while rows := _next_rows(file, reader, row):
        _check_width(file, rows, len(header), row)
        parts.append(pd.DataFrame(rows, columns=header, dtype="str"))
        row += len(rows)
    frame = pd.concat(parts, ignore_index=True) if parts else pd.DataFrame({name: pd.Series(dtype="str") for name in header})
    return frame


def _decoded(file: str, content: bytes) -> str:
    if b"\0" in content:
        row = content[: content.index(b"\0")].count(b"\n")
        raise _refused(file, "holds a NUL character; the file is damaged or no text", row)
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        row = content[: error.start].count(b"\n")
        raise _refused(file, "is not UTF-8; save it as CSV UTF-8", row, None, repr(content[error.start : error.start + 1])) from error
    if text and not text.endswith(("\n", "\r")):
        raise _refused(file, "does not end with a line break, so it may be cut off; add one if the file is complete", text.count("\n"))
    return text


def _header(file: str, reader: Iterator[list[str]]) -> list[str]:
    first = _next_rows(file, reader, -1, most=1)
    if not first:
        raise _refused(file, "is empty: not even a line of column names")
    header = [name.strip() for name in first[0]]
    if len(header) == 1 and any(mark in header[0] for mark in ";\t|"):
        raise _refused(file, "columns must be separated by commas", 0, None, header[0][:80])
    _check_header(file, header)
    return header


def _check_header(file: str, header: list[str]) -> None:
    upper = [name.upper() for name in header]
    for number, name in enumerate(upper, start=1):
        if not name:
            raise _refused(file, f"column number {number} has no name", 0)
        if upper.count(name) > 1:
            raise _refused(file, "the column appears twice", 0, name)


def _next_rows(file: str, reader: Iterator[list[str]], row: int, most: int = ROWS_AT_ONCE) -> list[list[str]]:
    try:
        return list(islice(reader, most))
    except csv.Error as error:
        raise _refused(file, f"cannot be read as CSV after this row: {error}", row + 1) from error


def _check_width(file: str, rows: list[list[str]], width: int, before: int) -> None:
    for number, fields in enumerate(rows, start=before + 1):
        if len(fields) != width:
            raise _refused(file, f"has {len(fields)} fields where the header has {width}", number)


def _read_xpt(path: Path, content: bytes) -> pd.DataFrame:
    if not content.startswith(XPT_START):
        raise _refused(path.name, "is no SAS transport file")
    if len(content) % XPT_RECORD:
        raise _refused(path.name, f"its length of {len(content)} bytes is no multiple of {XPT_RECORD}: the file is cut off")
    try:
        frame, _ = pyreadstat.read_xport(path, disable_datetime_conversion=True)
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise _refused(path.name, f"cannot be read as SAS transport file: {error}") from error
    _check_header(path.name, [str(name) for name in frame.columns])
    return pd.DataFrame({str(name): _as_text(frame[name]) for name in frame.columns})


def _as_text(column: pd.Series) -> pd.Series:
    if pd.api.types.is_numeric_dtype(column):
        texts = {value: format(value, f".{SIGNIFICANT_DIGITS}g") for value in column.dropna().unique()}
        return find_words(column, texts)
    return column.fillna("").astype("str")


def _trimmed(frame: pd.DataFrame) -> pd.DataFrame:
    trimmed = frame.apply(lambda column: column.str.strip()) if len(frame) else frame
    return trimmed.set_axis(range(1, len(frame) + 1), axis=0)
