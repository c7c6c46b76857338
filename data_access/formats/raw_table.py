"""A data set as it was delivered: columns of text, checked for what no data set may hold in any format."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from dashboard.errors import DeliveryRefusedError, Refusal

# No clinical text is longer; a longer one is usually a quotation mark that was never closed.
LONGEST_TEXT = 100_000
# Wider than any CDISC data set, narrow enough that a header alone cannot exhaust the memory.
MOST_COLUMNS = 5_000
# Everything below the blank but tab and line ends, and delete.
CONTROLS = bytes(code for code in (*range(32), 127) if code not in b"\t\n\r")
HIDDEN = re.compile(b"\xc2[\x80-\x9f]|\xef\xbb\xbf")
FORBIDDEN = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ufeff]")


@dataclass(frozen=True)
class RawTable:
    """One data set. `table` has one `large_string` column per name of `headers` (as delivered), without null; row 1 is its first row.

    `file` is the file it came in, as messages name it; what stands behind its last `/`, without suffix, names the data set.
    """

    file: str
    headers: tuple[str, ...] = field(repr=False)
    table: pa.Table = field(repr=False)


def refusal(file: str, rule: str, row: int | None = None, column: str | None = None, value: str | None = None) -> DeliveryRefusedError:
    """The error that refuses a file for one reason; a long value is cut."""
    return DeliveryRefusedError([Refusal(file, rule, row, column, None if value is None else value[:80])])


def describe_hidden(text: str) -> str:
    """A value that must not be repeated, because it may name a person: its first character and its length."""
    return f"{text[:1]}… ({len(text)} characters)"


def describe_bytes(content: bytes) -> str:
    """Bytes that are no text, for a person: what can be read of them, with � for the rest and ␀ for NUL."""
    return content.decode("utf-8", "replace").replace("\0", "␀")


def check_header(file: str, headers: Sequence[str]) -> None:
    """DeliveryRefusedError for a column without name, a name with control characters, or one that appears twice (in whatever case)."""
    if len(headers) > MOST_COLUMNS:
        raise refusal(file, f"has {len(headers)} columns, more than {MOST_COLUMNS}", 0)
    seen: dict[str, str] = {}
    for number, name in enumerate(headers, start=1):
        if not name:
            raise refusal(file, f"column number {number} has no name", 0)
        if found := FORBIDDEN.search(name):
            raise refusal(file, _describe(found[0]), 0, name, name)
        if name.upper() in seen:
            raise refusal(file, "the column appears twice", 0, name, f"{seen[name.upper()]}, {name}")
        seen[name.upper()] = name


def finish(file: str, columns: Mapping[str, pa.Array | pa.ChunkedArray]) -> RawTable:
    """The data set `columns` (names checked, texts or null): blanks around a text are dropped and null is the empty text.

    DeliveryRefusedError names row and column of a control character and of a text longer than LONGEST_TEXT bytes.
    """
    finished = {name: _finished(file, name, column) for name, column in columns.items()}
    return RawTable(file, tuple(columns), pa.table(finished))


def _finished(file: str, name: str, column: pa.Array | pa.ChunkedArray) -> pa.Array:
    texts = _combined(column).cast(pa.large_string())
    texts = pc.utf8_trim_whitespace(pc.fill_null(texts, "") if texts.null_count else texts)
    if len(texts) and pc.max(pc.binary_length(texts)).as_py() > LONGEST_TEXT:
        row = pc.index(pc.greater(pc.binary_length(texts), LONGEST_TEXT), True).as_py() + 1
        raise refusal(
            file, f"the text is longer than {LONGEST_TEXT} bytes; a quotation mark may be missing", row, name, texts[row - 1].as_py()
        )
    if _may_hold_controls(texts):
        _refuse_controls(file, name, texts)
    return texts


def _combined(column: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(column, pa.ChunkedArray):
        return column
    # 2 GiB of text in one column do not fit 32-bit offsets.
    wide = column.cast(pa.large_string()) if pa.types.is_string(column.type) else column
    return wide.combine_chunks() if wide.num_chunks else pa.array([], wide.type)


def _may_hold_controls(texts: pa.Array) -> bool:
    # Looking at the bytes of all texts at once is some 20 times faster than asking every text.
    data = texts.buffers()[2]
    held = b"" if data is None else data.to_pybytes()
    return len(held.translate(None, CONTROLS)) != len(held) or not (held.isascii() or HIDDEN.search(held) is None)


def _refuse_controls(file: str, name: str, texts: pa.Array) -> None:
    for row, text in enumerate(texts.to_pylist(), start=1):
        if found := FORBIDDEN.search(text):
            raise refusal(file, _describe(found[0]), row, name, text)


def _describe(character: str) -> str:
    if character == "\0":
        return "holds a NUL character; the file is damaged or no text"
    if character == "\ufeff":
        return "holds a byte order mark inside; files were joined, or the encoding changes"
    return f"holds the control character U+{ord(character):04X}"
