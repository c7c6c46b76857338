"""Dataset-JSON 1.1, plain and as lines (NDJSON). Rows are read in pieces, so that a million of them fit into the memory allowed."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import orjson
import pyarrow as pa

from data_access.formats.dataset_json_head import TYPES, Column, Head, read_head
from data_access.formats.raw_table import RawTable, describe_bytes, describe_hidden, finish, refusal
from data_access.formats.value_text import text_of_flag, text_of_sas_number

ROWS_AT_ONCE = 20_000
# A whole double beyond this may stand for an integer that was rounded while it was read.
LARGEST_EXACT = 1 << 53
SPACE = b" \t\r\n"
TOKEN = re.compile(rb'"(?:[^"\\]++|\\.)*+"|[\[\]{}]', re.DOTALL)
# Rows hold no array, so a row ends at the first bracket outside a text.
ROW = rb'\[(?:[^"\[\]]++|"(?:[^"\\]++|\\.)*+")*+\]'
ROWS = re.compile(rb"(?:\s*+" + ROW + rb"\s*+,?+){1,%d}+" % ROWS_AT_ONCE, re.DOTALL)
ONE_ROW = re.compile(rb"\s*+(" + ROW + rb")\s*+,?+", re.DOTALL)
NUMBER = re.compile(r"[+-]?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
Tell = Callable[[int, int], None]


@dataclass
class _Columns:
    """Collects the texts of the rows, piece by piece."""

    file: str
    head: Head
    rows: int = 0
    pieces: list[list[pa.Array]] = field(default_factory=list)

    def add(self, rows: list[Any]) -> None:
        """The next rows, as JSON values."""
        width = len(self.head.columns)
        for number, row in enumerate(rows, start=self.rows + 1):
            if type(row) is not list:
                raise refusal(self.file, "is no array of values", number)
            if len(row) != width:
                raise refusal(self.file, f"has {len(row)} values where there are {width} columns", number)
        columns = zip(self.head.columns, zip(*rows, strict=True), strict=True)
        self.pieces.append([_as_texts(self.file, column, values, self.rows) for column, values in columns])
        self.rows += len(rows)

    def finish(self) -> RawTable:
        """The data set; DeliveryRefusedError when the number of rows is not the one stated."""
        if self.rows != self.head.records:
            rule = f"states {self.head.records} rows (records) and holds {self.rows}: the file is cut off or damaged"
            raise refusal(self.file, rule)
        names = [column.name for column in self.head.columns]
        columns = {name: pa.chunked_array([piece[place] for piece in self.pieces], pa.large_string()) for place, name in enumerate(names)}
        return finish(self.file, columns)


def read_dataset_json(file: str, path: Path, tell: Tell) -> list[RawTable]:
    """The data set of a Dataset-JSON file; DeliveryRefusedError names row, column, value and rule.

    Numbers become their shortest exact text (a SAS date format gives ISO 8601), flags `true` and `false`, null the empty text.
    """
    content = path.read_bytes()
    by_line = path.suffix.lower() == ".ndjson"
    columns = _read_lines(file, content, tell) if by_line else _read_plain(file, content, tell)
    return [columns.finish()]


def _read_plain(file: str, content: bytes, tell: Tell) -> _Columns:
    start = _find_rows(content)
    if start is None:
        return _Columns(file, read_head(file, content))
    pieces, end = _find_pieces(file, content, start + 1)
    columns = _Columns(file, read_head(file, content[:start] + b"[]" + content[end:]))
    for begin, after in pieces:
        piece = content[begin:after]
        columns.add(_parsed(file, b"[" + piece.strip(SPACE).removesuffix(b",") + b"]", piece, columns.rows, _rows_of))
        tell(columns.rows, columns.head.records)
    return columns


def _find_rows(content: bytes) -> int | None:
    """Where the array of the rows begins: the value of the key “rows” of the outermost object."""
    depth = 0
    for token in TOKEN.finditer(content):
        if token[0] in (b"{", b"["):
            depth += 1
        elif token[0] in (b"}", b"]"):
            depth -= 1
        elif depth == 1 and token[0] == b'"rows"' and (found := re.compile(rb"\s*+:\s*+(?=\[)").match(content, token.end())):
            return found.end()
    return None


def _find_pieces(file: str, content: bytes, place: int) -> tuple[list[tuple[int, int]], int]:
    """The pieces of the array of rows, and where it ends. Only its last row has no comma behind it; within a piece the parser sees it."""
    pieces: list[tuple[int, int]] = []
    while (not pieces or _ends_with_comma(content, pieces[-1])) and (found := ROWS.match(content, place)):
        pieces.append(found.span())
        place = found.end()
    rest = content[place : place + 80].lstrip(SPACE)
    if not rest.startswith(b"]") or (pieces and _ends_with_comma(content, pieces[-1])):
        rows = sum(len(_rows_of(content[begin:end])) for begin, end in pieces)
        shown = describe_hidden(describe_bytes(rest)) if rest else "the end of the file"
        raise refusal(file, "no array of values and comma where the next row must be, or the file is cut off here", rows + 1, None, shown)
    return pieces, content.index(b"]", place) + 1


def _ends_with_comma(content: bytes, span: tuple[int, int]) -> bool:
    return content[max(span[0], span[1] - 80) : span[1]].rstrip(SPACE).endswith(b",")


def _read_lines(file: str, content: bytes, tell: Tell) -> _Columns:
    first, _, rest = content.partition(b"\n")
    columns = _Columns(file, read_head(file, first))
    lines = rest.split(b"\n")
    del content, rest
    if lines and not lines[-1].strip(SPACE):
        lines.pop()
    for start in range(0, len(lines), ROWS_AT_ONCE):
        piece = [line.strip(SPACE) for line in lines[start : start + ROWS_AT_ONCE]]
        for number, line in enumerate(piece, start=start + 1):
            if not (line.startswith(b"[") and line.endswith(b"]")):
                raise refusal(
                    file,
                    "is no line with one array of values, or the file is cut off here",
                    number,
                    None,
                    describe_hidden(describe_bytes(line)),
                )
        rows = _parsed(file, b"[" + b",".join(piece) + b"]", piece, start, list)
        if len(rows) != len(piece):
            raise refusal(file, "a line holds more than one row", start + 1)
        columns.add(rows)
        tell(columns.rows, columns.head.records)
    return columns


def _rows_of(piece: bytes) -> list[bytes]:
    return ONE_ROW.findall(piece)


def _parsed(file: str, text: bytes, piece: Any, before: int, split: Callable[[Any], list[bytes]]) -> list[Any]:
    try:
        return list(orjson.loads(text))
    except orjson.JSONDecodeError as error:
        for number, row in enumerate(split(piece), start=before + 1):
            try:
                orjson.loads(row)
            except orjson.JSONDecodeError as cause:
                raise refusal(file, f"cannot be read as JSON: {cause}", number, None, describe_hidden(describe_bytes(row))) from error
        raise refusal(file, f"a row after this one cannot be read as JSON: {error}", before) from error


def _as_texts(file: str, column: Column, values: tuple[Any, ...], before: int) -> pa.Array:
    allowed = (*TYPES[column.data_type], type(None))
    if not set(map(type, values)) <= set(allowed):
        row, value = next((row, value) for row, value in enumerate(values, start=before + 1) if type(value) not in allowed)
        raise refusal(file, f"is declared as {column.data_type} and is none", row, column.name, str(value))
    if str in allowed and column.data_type != "decimal":
        return pa.array(values, pa.large_string())
    words = {value: _text(value, column) for value in set(values)}
    if faulty := {value for value, text in words.items() if text is None and value is not None}:
        row, value = next((row, value) for row, value in enumerate(values, start=before + 1) if value in faulty)
        raise refusal(file, f"is declared as {column.data_type} and is none that can be read exactly", row, column.name, str(value))
    return pa.array([words[value] for value in values], pa.large_string())


def _text(value: Any, column: Column) -> str | None:
    if value is None or column.data_type == "decimal":
        return value if value is None or NUMBER.fullmatch(value.strip()) else None
    if column.data_type == "boolean":
        return text_of_flag(value)
    if type(value) is int and not column.shown_as:
        return str(value)
    return _text_of_number(value, column)


def _text_of_number(value: float, column: Column) -> str | None:
    if column.data_type == "integer" and not (float(value).is_integer() and abs(value) < LARGEST_EXACT):
        return None
    try:
        return text_of_sas_number(float(value), column.shown_as)
    except (ValueError, OverflowError):
        return None
