"""CSV: what is read is read alike by the fast and the strict reader; what cannot be trusted is refused with its row."""

from __future__ import annotations

import csv
import io

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from dashboard.errors import DeliveryRefusedError
from data_access.formats.csv_text import can_read_fast, read_csv
from tests.data_access.formats.samples import refusal_of, texts


def _as_python_reads(content: bytes) -> list[list[str]] | None:
    """The second road: Python's strict reader, and every rule of this product on its rows."""
    try:
        rows = list(csv.reader(io.StringIO(content.decode("utf-8"), newline=""), strict=True))
    except csv.Error:
        return None
    if not rows or any(len(row) != len(rows[0]) for row in rows) or not content.endswith((b"\n", b"\r")):
        return None
    return [[value.strip() for value in row] for row in rows[1:]]


PIECES = st.sampled_from(["a", '"', ",", "\n", "\r\n", "\r", '""', '"x"', ",", "\n", "é", " ", "1"])


@settings(max_examples=400, deadline=None)
@given(st.lists(PIECES, max_size=14).map("".join))
@example('"a""b","c\n\nd"\n')
@example("1,2\n\n3,4\n")
@example('"",""\n')
@example('a"b,c\n')
@example('"a"b,c\n')
@example('"a\n')
@example('a,"b""\n')
def test_every_file_gives_the_rows_of_pythons_strict_reader_or_is_refused(body: str) -> None:
    content = ("h1,h2\n" + body).encode()
    expected = _as_python_reads(content)
    try:
        found = texts(read_csv("dm.csv", content))
    except DeliveryRefusedError:
        assert expected is None
        return
    assert expected is not None
    assert [list(row) for row in zip(*found.values(), strict=True)] == expected


@pytest.mark.parametrize(
    ("content", "fast"),
    [
        (b"a,b\n1,2\n", True),
        (b'a,b\r\n"1","2 ""x"""\r\n', True),
        (b'a,b\n1,5" wide\n', False),
        (b"a\n1\n", False),
        (b"a,b\n\n1,2\n", False),
        (b"a,b\r1,2\r", False),
    ],
)
def test_the_fast_reader_is_used_only_where_it_cannot_differ(content: bytes, fast: bool) -> None:
    assert can_read_fast(content, content.split(b"\n")[0].count(b",") + 1) is fast


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"a,b\n1,x\x01y\n", "dm.csv, row 1, column b: holds the control character U+0001 (value 'x\\x01y')"),
        (b"a,b\n1,2\n3,\xed\xa0\x80\n", "dm.csv, row 2, column b: is not UTF-8"),
        ("a,b\n1,é\n".encode() + "2,é\n".encode("latin-1"), "dm.csv, row 2, column b: is not UTF-8, or its encoding changes here"),
        (b'a,b\n1,"x\ny"\n' + b"2,\xff\n", "dm.csv, row 2, column b: is not UTF-8"),
        (b"a,b\n1,2\n\xef\xbb\xbf3,4\n", "dm.csv, row 2, column a: holds a byte order mark inside"),
        ("a,b\n1,2\n".encode("utf-16"), "dm.csv, header: is not UTF-8"),
        (b"Usubjid,USUBJID\n1,2\n", "column USUBJID: the column appears twice (value 'Usubjid, USUBJID')"),
        (b"a,b\n1,2\n3,4,\n", "dm.csv, row 2: has 3 fields where the header has 2"),
        (b'a,b\n1,2\n"3"x,4\n', "dm.csv, row 2: cannot be read as CSV"),
        (b'a,b\n1,2\n3,"4\n5,6\n', "dm.csv, row 2: cannot be read as CSV"),
        (b"a;b\n1;2\n", "columns must be separated by commas"),
        (b"\n", "is empty"),
        (b"a,b\n1," + b"x" * 100_001 + b"\n", "row 1, column b: the text is longer than 100000 bytes"),
        (b"a\x00,b\n1,2\n", "holds a NUL"),
    ],
)
def test_what_cannot_be_trusted_is_refused_by_row_column_and_rule(content: bytes, words: str) -> None:
    assert words in refusal_of(lambda: read_csv("dm.csv", content))


def test_a_fault_far_down_is_refused_with_its_own_row() -> None:
    # 120,000 rows are more than one piece of either reader.
    content = b"a,b\n" + b"1,2\n" * 119_999 + b"1,2,3\n"
    assert "dm.csv, row 120000: has 3 fields" in refusal_of(lambda: read_csv("dm.csv", content))


def test_a_character_that_lies_across_two_pieces_is_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access.formats.csv_text.BYTES_AT_ONCE", 5)
    content = "a,b\n1,éé\n2,–\n".encode()
    assert "row 2, column b" in refusal_of(lambda: read_csv("dm.csv", content[:-2] + b"\n"))
    monkeypatch.undo()
    assert texts(read_csv("dm.csv", content))["b"] == ["éé", "–"]
