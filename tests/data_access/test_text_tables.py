"""Files are read as text; a file that cannot be trusted is refused with file, row and rule."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from dashboard.errors import DeliveryRefusedError, StorageError
from data_access.text_tables import read_text_table


def _write(folder: Path, content: bytes, name: str = "dm.csv") -> Path:
    (folder / name).write_bytes(content)
    return folder / name


def test_texts_that_look_like_numbers_or_missing_values_stay_texts(tmp_path: Path) -> None:
    table = read_text_table(_write(tmp_path, b"id,x\n0012,NA\nNone,1e5\n NaN ,\n"))
    assert table.text("ID").tolist() == ["0012", "None", "NaN"]
    assert table.text("X").tolist() == ["NA", "1e5", ""]


def test_rows_count_from_one_after_the_header(tmp_path: Path) -> None:
    assert read_text_table(_write(tmp_path, b"id\na\nb\n")).frame.index.tolist() == [1, 2]


def test_a_byte_order_mark_windows_line_ends_and_quoted_line_breaks_are_read(tmp_path: Path) -> None:
    table = read_text_table(_write(tmp_path, b'\xef\xbb\xbfid,x\r\n1,"two\r\nlines, one value"\r\n'))
    assert table.text("ID").tolist() == ["1"]
    assert table.text("X").tolist() == ["two\r\nlines, one value"]


def test_a_file_without_rows_has_its_columns(tmp_path: Path) -> None:
    table = read_text_table(_write(tmp_path, b"id,x\n"))
    assert (len(table.frame), list(table.frame.columns)) == (0, ["ID", "X"])


@pytest.mark.parametrize(
    ("content", "words"),
    [
        (b"", "dm.csv: is empty"),
        (b"id,x\n1,\0\n", "dm.csv, row 1, column x: holds a NUL"),
        (b"id,x\n1,2\n3,\xe9\n", "dm.csv, row 2, column x: is not UTF-8"),
        (b"id,x\n1,2\n3\n", "dm.csv, row 2: has 1 fields where the header has 2"),
        (b"id,x\n1,2,3\n", "dm.csv, row 1: has 3 fields where the header has 2"),
        (b"id,x\n1,2\n\n3,4\n", "dm.csv, row 2: has 0 fields"),
        (b"id;x\n1;2\n", "dm.csv, header: columns must be separated by commas"),
        (b"id\tx\n1\t2\n", "separated by commas"),
        (b"id,ID\n1,2\n", "dm.csv, header, column ID: the column appears twice"),
        (b"id,\n1,2\n", "column number 2 has no name"),
        (b"id,x\n1,2\n3,41", "does not end with a line break, so it may be cut off"),
        (b'id,x\n1,"open\n', "dm.csv, row 1: cannot be read as CSV"),
    ],
)
def test_a_csv_that_cannot_be_trusted_is_refused(tmp_path: Path, content: bytes, words: str) -> None:
    with pytest.raises(DeliveryRefusedError) as refused:
        read_text_table(_write(tmp_path, content))
    assert words in str(refused.value)


def test_transport_files_and_csv_files_give_the_same_texts(tmp_path: Path) -> None:
    frame = pd.DataFrame({"USUBJID": ["0012", "P2"], "AGE": [63.0, None], "DOSE": [2.11, 1e-7], "N": [100000.0, 0.0]})
    pyreadstat.write_xport(frame, tmp_path / "dm.XPT", table_name="DM", file_format_version=5)
    table = read_text_table(tmp_path / "dm.XPT")
    assert table.name == "dm"
    assert table.frame.to_dict("list") == {
        "USUBJID": ["0012", "P2"],
        "AGE": ["63", ""],
        "DOSE": ["2.11", "1e-07"],
        "N": ["100000", "0"],
    }


def test_a_transport_file_cut_off_within_a_record_is_refused(tmp_path: Path) -> None:
    pyreadstat.write_xport(pd.DataFrame({"A": ["x"] * 50}), tmp_path / "dm.xpt", table_name="DM", file_format_version=5)
    whole = (tmp_path / "dm.xpt").read_bytes()
    with pytest.raises(DeliveryRefusedError, match="no multiple of 80: the file is cut off"):
        read_text_table(_write(tmp_path, whole[:-7], "cut.xpt"))


@pytest.mark.parametrize("content", [b"USUBJID,AGE\n1,2\n", b"", b"HEADER RECORD*******LIB" + b"x" * 57])
def test_what_is_no_transport_file_is_refused(tmp_path: Path, content: bytes) -> None:
    with pytest.raises(DeliveryRefusedError, match="transport file"):
        read_text_table(_write(tmp_path, content, "dm.xpt"))


def test_a_file_that_cannot_be_opened_is_an_error_of_the_environment(tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="cannot be read"):
        read_text_table(tmp_path / "absent.csv")
