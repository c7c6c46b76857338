"""Workbooks: values are read exactly; whatever computes, fetches, hides or explodes is refused before a cell is read."""

from __future__ import annotations

import zipfile
from collections.abc import Callable
from datetime import datetime, time, timedelta
from pathlib import Path

import openpyxl
import pytest
import xlsxwriter

from data_access.formats.xlsx import read_xlsx, text_of_duration
from tests.data_access.formats.samples import ignore, refusal_of, texts, write_xlsx_file

SHEET = "xl/worksheets/sheet1.xml"


def _read(path: Path) -> dict[str, dict[str, list[str]]]:
    return {table.file: texts(table) for table in read_xlsx(path.name, path, ignore)}


def _write(path: Path, fill: Callable[[xlsxwriter.Workbook], None]) -> Path:
    with xlsxwriter.Workbook(path) as workbook:
        fill(workbook)
    return path


def _altered(path: Path, part: str, old: bytes, new: bytes) -> Path:
    """The workbook with one replacement in one of its parts, which is added when it is absent."""
    with zipfile.ZipFile(path) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    assert old in parts.get(part, b"")
    parts[part] = parts.get(part, b"").replace(old, new, 1) if old else new
    target = path.with_name("altered.xlsx")
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    return target


@pytest.fixture
def simple(tmp_path: Path) -> Path:
    """A sound workbook."""
    return write_xlsx_file(tmp_path / "dm.xlsx", {"USUBJID": ["0012", "P2"], "AGE": [63, 64.5]}, "dm")


def test_dates_flags_and_texts_that_look_like_numbers(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        page = workbook.add_worksheet("dm")
        day, moment, hour = (workbook.add_format({"num_format": code}) for code in ("yyyy-mm-dd", "yyyy-mm-dd hh:mm", "hh:mm"))
        page.write_row(0, 0, ["ID", "D", "M", "T", "F", "N"])
        page.write_string(1, 0, "0012")
        page.write_datetime(1, 1, datetime(2024, 3, 4), day)
        page.write_datetime(1, 2, datetime(2024, 3, 4, 8, 30), moment)
        page.write_datetime(1, 3, time(8, 30), hour)
        page.write_boolean(1, 4, True)
        page.write_number(1, 5, 12)

    found = _read(_write(tmp_path / "dm.xlsx", fill))
    assert found == {
        "dm.xlsx": {"ID": ["0012"], "D": ["2024-03-04"], "M": ["2024-03-04T08:30:00"], "T": ["08:30:00"], "F": ["true"], "N": ["12"]}
    }


def test_each_sheet_named_like_a_data_set_is_one_and_others_are_for_people(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        for name in ("About this file", "DM", "suppdm", "adsl", "participants"):
            page = workbook.add_worksheet(name)
            page.write_string(0, 0, "ID")
            page.write_string(1, 0, name)

    found = _read(_write(tmp_path / "all.xlsx", fill))
    assert {name: columns["ID"] for name, columns in found.items()} == {
        "all.xlsx/dm": ["DM"],
        "all.xlsx/suppdm": ["suppdm"],
        "all.xlsx/adsl": ["adsl"],
        "all.xlsx/participants": ["participants"],
    }


def test_empty_rows_at_the_end_are_no_rows(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        page = workbook.add_worksheet("dm")
        page.write_column(0, 0, ["ID", "a", "b"])
        page.write_blank(9, 1, None, workbook.add_format({"bold": True}))

    assert _read(_write(tmp_path / "dm.xlsx", fill)) == {"dm.xlsx": {"ID": ["a", "b"]}}


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ({"A1": "ID", "B1": "X", "A2": "a", "A4": "b"}, "dm.xlsx, row 2: the row is empty and others follow"),
        ({"A1": "ID", "A2": "a", "C3": "lost"}, "dm.xlsx, row 2: has a value beyond the 1 named columns (value 'lost')"),
        ({"A1": "ID", "C1": "X", "A2": "a"}, "dm.xlsx, header: column number 2 has no name"),
        ({"B2": "ID", "B3": "a"}, "the names of the columns must begin in cell A1"),
        ({"A1": "ID", "B1": "id", "A2": "a"}, "the column appears twice"),
        ({}, "is empty: not even a line of column names"),
    ],
)
def test_a_sheet_that_is_no_plain_table_is_refused(tmp_path: Path, cells: dict[str, str], words: str) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        page = workbook.add_worksheet("dm")
        for place, value in cells.items():
            page.write_string(place, value)

    assert words in refusal_of(lambda: _read(_write(tmp_path / "dm.xlsx", fill)))


@pytest.mark.parametrize("formula", [b"<f>1+1</f>", b"<f>1+1</f><v>2</v>", b"<x:f>1+1</x:f><v>2</v>", b'<f t="normal">1+1</f><v>2</v>'])
def test_a_formula_is_refused_with_its_cell_whether_its_value_is_cached_or_not(simple: Path, formula: bytes) -> None:
    path = _altered(simple, SHEET, b'<c r="B3"><v>64.5</v>', b'<c r="B3">' + formula)
    assert "dm.xlsx, row 2, column B of the sheet: holds a formula; a delivery holds values (value '=1+1')" in refusal_of(
        lambda: _read(path.rename(simple))
    )


def test_a_formula_as_another_program_writes_it_is_refused(tmp_path: Path) -> None:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in (["ID", "N"], ["a", 1], ["b", "=1+1"]):
        page.append(row)
    book.save(tmp_path / "dm.xlsx")
    assert "row 2, column B of the sheet: holds a formula" in refusal_of(lambda: _read(tmp_path / "dm.xlsx"))


def test_errors_of_the_spreadsheet_and_merged_cells_are_refused(tmp_path: Path, simple: Path) -> None:
    error = _altered(simple, SHEET, b'<c r="B3"><v>64.5</v>', b'<c r="B3" t="e"><v>#N/A</v>')
    assert "row 2, column B of the sheet: holds an error of the spreadsheet (value '#N/A')" in refusal_of(lambda: _read(error))
    merged = _altered(simple, SHEET, b"</sheetData>", b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A3"/></mergeCells>')
    assert "row 1, column A of the sheet: holds merged cells" in refusal_of(lambda: _read(merged))


DTD = b'<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]><worksheet'


@pytest.mark.parametrize(
    ("part", "old", "new", "words"),
    [
        (SHEET, b"<worksheet", DTD, "its XML declares a document type or entities"),
        ("xl/sharedStrings.xml", b"<sst", DTD, "its XML declares a document type or entities"),
        ("_rels/.rels", b"<Relationships", b"<!DOCTYPE x><Relationships", "its XML declares a document type or entities"),
        (SHEET, b'encoding="UTF-8"', b'encoding="UTF-16"', "its XML must be UTF-8"),
        ("xl/vbaProject.bin", b"", b"x", "holds macros"),
        ("xl/macrosheets/sheet1.xml", b"", b"<x/>", "holds macros"),
        ("xl/externalLinks/externalLink1.xml", b"", b"<x/>", "takes values from other workbooks"),
        ("xl/connections.xml", b"", b"<x/>", "takes values from a data connection"),
        ("xl/embeddings/oleObject1.bin", b"", b"x", "holds embedded objects"),
        (
            "xl/_rels/workbook.xml.rels",
            b"</Relationships>",
            b'<Relationship Id="r9" Type="http://x/oleLink" Target="http://x" TargetMode="External"/></Relationships>',
            "points to something outside the workbook",
        ),
    ],
)
def test_what_computes_fetches_or_expands_is_refused(simple: Path, part: str, old: bytes, new: bytes, words: str) -> None:
    assert words in refusal_of(lambda: _read(_altered(simple, part, old, new)))


def test_a_link_in_a_cell_is_harmless(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        page = workbook.add_worksheet("dm")
        page.write_string(0, 0, "ID")
        page.write_url(1, 0, "https://example.org/", string="a")

    assert _read(_write(tmp_path / "dm.xlsx", fill)) == {"dm.xlsx": {"ID": ["a"]}}


def test_a_formula_at_the_border_of_two_pieces_is_found(simple: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = _altered(simple, SHEET, b'<c r="B3"><v>', b'<c r="B3"><f>1+1</f><v>')
    for size in (61, 64, 67, 71):
        monkeypatch.setattr("data_access.formats.xlsx_package.PIECE_BYTES", size)
        assert "row 2, column B of the sheet: holds a formula" in refusal_of(lambda: _read(path))


def test_a_workbook_that_unpacks_to_too_much_is_refused_before_it_is_unpacked(simple: Path) -> None:
    bomb = _altered(simple, SHEET, b"<sheetData>", b"<sheetData>" + b" " * 50_000_000)
    assert "an entry unpacks to more than 200 times its size" in refusal_of(lambda: _read(bomb))


@pytest.mark.parametrize("content", [b"", b"USUBJID\nP1\n", b"PK\x03\x04 and nothing"])
def test_what_is_no_workbook_is_refused(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "dm.xlsx").write_bytes(content)
    assert "dm.xlsx: is no workbook (XLSX)" in refusal_of(lambda: _read(tmp_path / "dm.xlsx"))


def test_a_zip_that_is_no_workbook_is_refused(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "dm.xlsx", "w") as archive:
        archive.writestr("dm.csv", "USUBJID\nP1\n")
    assert "dm.xlsx: cannot be read as a workbook (XLSX)" in refusal_of(lambda: _read(tmp_path / "dm.xlsx"))


def test_a_workbook_without_a_sheet_named_like_a_data_set_names_its_sheets(tmp_path: Path) -> None:
    def fill(workbook: xlsxwriter.Workbook) -> None:
        for name in ("About", "Rows of"):
            workbook.add_worksheet(name)

    words = refusal_of(lambda: _read(_write(tmp_path / "all.xlsx", fill)))
    assert "no sheet is named like a data set (dm, lb, adsl, participants, …); its sheets are" in words


def test_a_duration_is_hours_minutes_and_seconds() -> None:
    assert text_of_duration(timedelta(hours=30, minutes=5, seconds=7)) == "30:05:07"
