"""Files of rows: bare ones for programs, annotated ones for people that no spreadsheet misreads."""

from __future__ import annotations

import csv
import io
import json
from datetime import UTC, date, datetime
from pathlib import Path

import openpyxl
import pandas as pd
import pytest

from dashboard.exports import describe_file, write_annotated_csv, write_csv, write_json, write_parquet, write_workbook
from dashboard.tables import TABLES
from dashboard.view.fingerprint import compute_fingerprint
from tests.panels.scenes import odd_data, open_scene, scene_of

TABLE = pd.DataFrame(
    {
        "participant": pd.Series(["a", 'ü,"quoted"', ""], dtype="str"),
        "day": pd.Series([-5, None, 420], dtype="Int64"),
        "value": [1 / 3, float("nan"), 123456789.125],
        "analysed": [True, False, True],
    }
)
FORMULAS = ['=HYPERLINK("http://evil.example")', "+1+1", "-2+3", "@SUM(A1)", "\t=1", "\r=1", "http://example.org", "007", "1e5", "{=1}"]
ABOUT = [("Study", "NCT05600920: NT-I7"), ("Content", "rows"), ("View", "http://localhost/x?cut=1"), ("Downloaded", "2026-01-02")]
CREATED = datetime(2026, 1, 2, 3, 4, 5)


def test_csv_keeps_every_digit_and_leaves_the_missing_empty() -> None:
    assert write_csv(TABLE) == (
        'participant,day,value,analysed\na,-5,0.3333333333333333,true\n"ü,""quoted""",,,false\n,420,123456789.125,true\n'
    )


def test_json_keeps_every_digit_and_the_missing_is_null() -> None:
    assert json.loads(write_json(TABLE)) == [
        {"participant": "a", "day": -5, "value": 0.3333333333333333, "analysed": True},
        {"participant": 'ü,"quoted"', "day": None, "value": None, "analysed": False},
        {"participant": "", "day": 420, "value": 123456789.125, "analysed": True},
    ]
    assert "ü" in write_json(TABLE)


def test_parquet_gives_the_table_back(tmp_path: Path) -> None:
    path = tmp_path / "table.parquet"
    path.write_bytes(write_parquet(TABLE))
    back = pd.read_parquet(path)
    assert back["value"].tolist()[0] == 1 / 3
    assert back["day"].isna().tolist() == [False, True, False]
    assert back.columns.tolist() == TABLE.columns.tolist()


@pytest.mark.parametrize("name", TABLES)
def test_every_table_can_be_written_in_every_format_without_losing_a_number(name: str) -> None:
    table = TABLES[name].make(open_scene(odd_data()))
    found = list(csv.DictReader(io.StringIO(write_csv(table))))
    objects = json.loads(write_json(table))
    assert len(found) == len(objects) == len(table)
    for column in table.select_dtypes("float64").columns:
        expected = [None if pd.isna(value) else value for value in table[column]]
        assert [None if row[column] == "" else float(row[column]) for row in found] == expected
        assert [row[column] for row in objects] == expected
    assert write_workbook(table, ABOUT, CREATED).startswith(b"PK")
    assert write_parquet(table).startswith(b"PAR1")


def workbook(table: pd.DataFrame) -> openpyxl.Workbook:
    return openpyxl.load_workbook(io.BytesIO(write_workbook(table, ABOUT, CREATED)))


@pytest.mark.parametrize("text", FORMULAS)
def test_text_in_a_workbook_stays_text_whatever_it_begins_with(text: str) -> None:
    cell = workbook(pd.DataFrame({"participant": [text]}))["Rows"]["A2"]
    assert cell.data_type == "s"
    assert cell.value.replace("_x000D_", "\r") == text
    assert cell.hyperlink is None


def test_text_in_the_first_sheet_stays_text() -> None:
    about = [*ABOUT, ("Selection", "=1+1")]
    book = openpyxl.load_workbook(io.BytesIO(write_workbook(TABLE, about, CREATED)))
    assert {(cell.data_type, cell.hyperlink is None) for row in book["About"].iter_rows() for cell in row} == {("s", True)}
    assert [[cell.value for cell in row] for row in book["About"].iter_rows()] == [list(pair) for pair in about]


def test_numbers_in_a_workbook_stay_numbers_and_the_missing_is_empty() -> None:
    sheet = workbook(TABLE)["Rows"]
    rows = [[cell.value for cell in row] for row in sheet.iter_rows()]
    assert rows[0] == ["participant", "day", "value", "analysed"]
    assert rows[1] == ["a", -5, pytest.approx(1 / 3, rel=1e-15), True]
    assert rows[2][1:] == [None, None, False]
    assert [sheet.cell(2, column).data_type for column in (2, 3, 4)] == ["n", "n", "b"]


def test_the_same_rows_make_the_same_workbook() -> None:
    assert write_workbook(TABLE, ABOUT, CREATED) == write_workbook(TABLE, ABOUT, CREATED)


@pytest.mark.parametrize("text", ["=HYPERLINK(1)", "+1", "-1", "@x", "\t=1", "\r=1"])
def test_text_a_spreadsheet_would_run_is_made_harmless_in_the_annotated_csv(text: str) -> None:
    body = write_annotated_csv(pd.DataFrame({"participant": [text], "value": [-1.5]}), ABOUT)
    row = list(csv.reader(io.StringIO(body, newline="")))[-1]
    assert row == [f"'{text}", "-1.5"]


@pytest.mark.parametrize("text", ["a\nb", "a\rb", "a\r\nb", 'a"b', "a,b"])
def test_text_never_breaks_a_row_of_csv(text: str) -> None:
    table = pd.DataFrame({"participant": [text], "value": [1.5]})
    for body in (write_csv(table), write_annotated_csv(table, [])):
        assert list(csv.reader(io.StringIO(body, newline=""))) == [["participant", "value"], [text, "1.5"]]


def test_the_annotation_cannot_be_broken_by_line_ends() -> None:
    body = write_annotated_csv(TABLE, [("Study", "two\nlines\r\n=1")])
    assert body.splitlines()[0] == "# Study: two lines =1"
    assert body.splitlines()[1] == "participant,day,value,analysed"


def test_a_file_says_study_cut_selection_n_view_and_date() -> None:
    scene = open_scene(odd_data(), cohort=("240",), sex=("F",), stratum=("lt100", "100-199"))
    about = dict(describe_file(scene, "count records", "http://localhost/x", date(2026, 3, 4), 1234))
    # Women of cohort 240 with a baseline below 200: full (110) and screening-only (150); eight in the cut.
    assert about == {
        "Study": "NCT05600920: NT-I7 in idiopathic CD4 lymphopenia",
        "Data": "SYNTHETIC: simulated participants, no real person's data",
        "Content": "count records, 1,234 rows",
        "Data cut": "test, 2026-01-01, ababababab",
        "Selection": "240 µg/kg; women; baseline CD4 below 100 or 100 to 199",
        "Participants": "n = 2 of 8 in the data cut",
        "View": "http://localhost/x",
        "Fingerprint of the view": compute_fingerprint("nct05600920", "ab" * 32, scene.query, ""),
        "Downloaded": "2026-03-04",
    }


def test_a_file_that_the_filters_do_not_narrow_names_its_participants_in_place_of_the_selection() -> None:
    scene = open_scene(odd_data(), cohort=("240",))
    about = dict(describe_file(scene, "records", "http://localhost/x", date(2026, 3, 4), 3, "All participants of both data cuts."))
    assert about["Participants"] == "All participants of both data cuts."
    assert "Selection" not in about


def test_a_file_of_real_data_is_not_called_synthetic() -> None:
    scene = scene_of(odd_data(), open_scene(odd_data()).view, synthetic=False)
    assert "Data" not in dict(describe_file(scene, "x", "y", datetime.now(UTC).date(), 0))


def test_the_annotated_csv_holds_its_annotation_above_the_rows() -> None:
    scene = open_scene(odd_data())
    about = describe_file(scene, "participants", "http://localhost/x", date(2026, 3, 4), 8)
    table = TABLES["participants"].make(scene)
    lines = write_annotated_csv(table, about).splitlines()
    assert lines[: len(about)] == [f"# {name}: {text}" for name, text in about]
    assert next(iter(csv.DictReader(lines[len(about) :])))["participant"] == table["participant"].iloc[0]
