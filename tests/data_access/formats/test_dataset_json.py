"""Dataset-JSON 1.1: what JSON readers accept and a delivery must not hold is refused by row, column, value and rule."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from data_access.formats.dataset_json import read_dataset_json
from tests.data_access.formats.samples import dumps, head_of, ignore, refusal_of, texts, write_ndjson_file

COLUMNS: dict[str, list[Any]] = {"USUBJID": ["0012", "P2"], "VALUE": [410, 0.1]}


def _read(folder: Path, content: bytes, name: str = "lb.json") -> dict[str, list[str]]:
    path = folder / name
    path.write_bytes(content)
    return texts(read_dataset_json(name, path, ignore)[0])


def _plain(rows: str, **changes: Any) -> bytes:
    return json.dumps(head_of(COLUMNS, **changes))[:-1].encode() + f', "rows": {rows}}}'.encode()


def _lines(*lines: str) -> bytes:
    return b"".join(line + b"\n" for line in (dumps(head_of(COLUMNS)), *(text.encode() for text in lines)))


def test_rows_may_come_first_and_texts_may_look_like_the_structure(tmp_path: Path) -> None:
    rows = [['a],["rows":[', 1], ['\\"]', None]]
    head = head_of(COLUMNS, label='"rows": [[1]]')
    assert _read(tmp_path, dumps({"rows": rows} | head)) == {"USUBJID": ['a],["rows":[', '\\"]'], "VALUE": ["1", ""]}
    assert _read(tmp_path, json.dumps(head | {"rows": rows}, indent=2).encode())["USUBJID"] == ['a],["rows":[', '\\"]']


def test_integers_keep_every_digit_and_flags_and_dates_become_texts(tmp_path: Path) -> None:
    columns = [
        {"name": "N", "dataType": "integer"},
        {"name": "F", "dataType": "boolean"},
        {"name": "D", "dataType": "decimal"},
        {"name": "ADT", "dataType": "integer", "displayFormat": "DATE9."},
    ]
    # Day 23,439 after 1 January 1960 is 4 March 2024.
    content = _plain('[[12345678901234567, true, "1.50", 23439], [63.0, false, null, null]]', columns=columns)
    assert _read(tmp_path, content) == {
        "N": ["12345678901234567", "63"],
        "F": ["true", "false"],
        "D": ["1.50", ""],
        "ADT": ["2024-03-04", ""],
    }


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        ('[["a", NaN], ["b", 1]]', "lb.json, row 1: cannot be read as JSON"),
        ('[["a", 1], ["b", 1e400]]', "lb.json, row 2: cannot be read as JSON"),
        ('[["a", 1], ["b", Infinity]]', "lb.json, row 2: cannot be read as JSON"),
        ('[["a", 1], ["\\ud800", 1]]', "lb.json, row 2: cannot be read as JSON"),
        ('[["a", 1], ["b"]]', "lb.json, row 2: has 1 values where there are 2 columns"),
        ('[["a", 1], ["b", 1, 2]]', "lb.json, row 2: has 3 values where there are 2 columns"),
        ('[["a", 1], [7, 1]]', "row 2, column USUBJID: is declared as string and is none (value '7')"),
        ('[["a", 1], ["b", "1"]]', "row 2, column VALUE: is declared as double and is none (value '1')"),
        ('[["a", true], ["b", 1]]', "row 1, column VALUE: is declared as double and is none (value 'True')"),
        ('[["a", 1], {"USUBJID": "b"}]', "lb.json, row 2: no array of values"),
        ('[["a", 1], ["b", {"x": 1, "x": 2}]]', "row 2, column VALUE: is declared as double and is none"),
        ('[["a", 1], ["b", [1]]]', "lb.json, row 2: no array of values"),
        ('[["a", 1] ["b", 2]]', "cannot be read as JSON"),
        ('[["a", 1], ["b", 2],]', "lb.json, row 3: no array of values"),
        ('[["a", 1]]', "states 2 rows (records) and holds 1"),
        ('[["a", 1], ["b", 2], ["c", 3]]', "states 2 rows (records) and holds 3"),
        ('[["a", 1], ["b\\u0000", 2]]', "row 2, column USUBJID: holds a NUL"),
    ],
)
def test_a_faulty_row_is_refused(tmp_path: Path, rows: str, words: str) -> None:
    assert words in refusal_of(lambda: _read(tmp_path, _plain(rows)))


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"datasetJSONVersion": "1.0.0"}, "column datasetJSONVersion: must be Dataset-JSON 1.1"),
        ({"records": "2"}, "must state its number of rows"),
        ({"columns": []}, "has no columns"),
        ({"columns": [{"name": "A", "dataType": "text"}]}, "column A: dataType must be one of"),
        ({"columns": [{"name": "A", "dataType": "string"}, {"name": "a", "dataType": "string"}]}, "the column appears twice"),
        ({"columns": [{"dataType": "string"}]}, "column number 1 has no name"),
    ],
)
def test_a_faulty_head_is_refused(tmp_path: Path, changes: dict[str, Any], words: str) -> None:
    assert words in refusal_of(lambda: _read(tmp_path, _plain('[["a", 1], ["b", 2]]', **changes)))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "cannot be read as JSON"),
        (b"{}", "is no Dataset-JSON"),
        (b"[1]", "is no Dataset-JSON"),
        (b"[" * 100_000, "cannot be read as JSON"),
        (b'{"datasetJSONVersion": "1.1", "records": NaN}', "NaN is no JSON value"),
        (b'{"datasetJSONVersion": "1.1", "datasetJSONVersion": "1.1"}', "the key appears twice in one JSON object"),
        (_plain('[["a", 1], ["b", 2]]')[:-1] + b', "rows": []}', "the key appears twice in one JSON object"),
        (_plain('[["a", 1], ["b", 2]]').replace(b'"name": "VALUE"', b'"name": "VALUE", "name": "X"'), "the key appears twice"),
        (b"\xff\xfe", "cannot be read as JSON"),
    ],
)
def test_what_is_no_dataset_json_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    assert words in refusal_of(lambda: _read(tmp_path, content))


def test_a_file_cut_anywhere_is_refused(tmp_path: Path) -> None:
    whole = _plain('[["a", 1], ["b", 2]]')
    for length in range(len(whole)):
        refusal_of(lambda length=length: _read(tmp_path, whole[:length]))  # type: ignore[misc]


def test_lines_cut_anywhere_are_refused(tmp_path: Path) -> None:
    whole = write_ndjson_file(tmp_path / "x.ndjson", COLUMNS).read_bytes()
    # Without the last line end alone, all rows are there.
    for length in range(len(whole) - 1):
        refusal_of(lambda length=length: _read(tmp_path, whole[:length], "lb.ndjson"))  # type: ignore[misc]


@pytest.mark.parametrize(
    ("lines", "words"),
    [
        (['["a", 1]', '["b", NaN]'], "row 2: cannot be read as JSON"),
        (['["a", 1], ["b", 2]'], "a line holds more than one row"),
        (['["a", 1], ["b", 2]', '["c", 3]'], "a line holds more than one row"),
        (['["a"', "1]"], "row 1: is no line with one array of values"),
        (['["a", 1]', "", '["b", 2]'], "row 2: is no line with one array of values"),
        (['["a", 1]', '{"USUBJID": "b"}'], "row 2: is no line with one array"),
        (['["a", 1]'], "states 2 rows (records) and holds 1"),
    ],
)
def test_a_faulty_line_is_refused(tmp_path: Path, lines: list[str], words: str) -> None:
    assert words in refusal_of(lambda: _read(tmp_path, _lines(*lines), "lb.ndjson"))


@pytest.mark.parametrize("name", ["lb.json", "lb.ndjson"])
def test_rows_are_read_in_pieces_with_their_own_numbers(tmp_path: Path, name: str) -> None:
    rows = [["a", number] for number in range(45_000)]
    columns = {"USUBJID": ["a"] * 45_000, "VALUE": list(range(45_000))}
    head = head_of(columns)

    def write() -> bytes:
        return dumps(head | {"rows": rows}) if name == "lb.json" else b"\n".join(map(dumps, [head, *rows])) + b"\n"

    assert _read(tmp_path, write(), name)["VALUE"] == [str(number) for number in range(45_000)]
    rows[44_000] = ["a", "x"]
    assert "row 44001, column VALUE" in refusal_of(lambda: _read(tmp_path, write(), name))
