"""SAS transport files: a file that was cut or damaged is found as far as its frame can tell."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pyreadstat
import pytest

from data_access.formats.xpt import read_xpt
from tests.data_access.formats.samples import ignore, refusal_of, texts, write_xpt_file

NARROW = {"USUBJID": ["P-001"] * 40, "LBORRES": [f"{value}" for value in range(100, 140)], "LBSEQ": [float(value) for value in range(40)]}


def _read(path: Path) -> dict[str, list[str]]:
    return texts(read_xpt(path.name, path, ignore)[0])


def _cut(path: Path, length: int) -> Path:
    target = path.with_name(f"cut-{length}.xpt")
    target.write_bytes(path.read_bytes()[:length])
    return target


@pytest.mark.parametrize("version", [5, 8])
def test_both_versions_are_read_with_blanks_trimmed_and_missing_numbers_empty(tmp_path: Path, version: int) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", {"USUBJID": [" 0012", "P2"], "AGE": [63.0, None], "X": ["", "y"]}, version)
    assert _read(path) == {"USUBJID": ["0012", "P2"], "AGE": ["63", ""], "X": ["", "y"]}


def test_a_long_name_of_version_8_is_kept_whole(tmp_path: Path) -> None:
    assert list(_read(write_xpt_file(tmp_path / "lb.xpt", {"A_NAME_OF_20_LETTERS": ["x"], "B": [1.0]}, 8))) == ["A_NAME_OF_20_LETTERS", "B"]


def test_dates_and_times_of_sas_are_iso_8601(tmp_path: Path) -> None:
    # 4 March 2024 is day 23,439 after 1 January 1960 (64 years with 17 leap days, 23,376, and 63); 08:30 is second 30,600 of it.
    frame = pd.DataFrame({"ADT": [23439.0], "ADTM": [23439 * 86400 + 30600.0], "ATM": [30600.0], "N": [23439.0]})
    formats = {"ADT": "DATE9.", "ADTM": "E8601DT19.", "ATM": "TIME8.", "N": "BEST12."}
    pyreadstat.write_xport(frame, tmp_path / "adlb.xpt", table_name="ADLB", variable_format=formats)
    found = {name: values[0] for name, values in _read(tmp_path / "adlb.xpt").items()}
    assert found == {"ADT": "2024-03-04", "ADTM": "2024-03-04T08:30:00", "ATM": "08:30:00", "N": "23439"}


def test_every_cut_of_version_8_is_refused(tmp_path: Path) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW, 8)
    cuts = range(80, path.stat().st_size, 80)
    words = [refusal_of(lambda length=length: _read(_cut(path, length))) for length in cuts]  # type: ignore[misc]
    # Records of the head: 8, then 3 descriptions of 140 bytes (6 with padding), then the one that announces the rows. The rows are 40 of 16
    # bytes, 8 records: the cuts after records 1 to 14 fall into the head, those after 15 to 22 between its end and the last row.
    assert ["head" in text or "last row is incomplete" in text for text in words] == [True] * 22
    assert sum("announces 40 rows" in text or "last row is incomplete" in text for text in words) == 8


def test_a_cut_of_version_5_is_refused_unless_it_falls_between_two_rows(tmp_path: Path) -> None:
    # Rows of 5 + 3 + 8 = 16 bytes would end at every multiple of 80; one byte more gives rows of 17, which end at every 17th.
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW | {"Y": ["z"] * 40})
    row = 17
    whole = path.read_bytes()
    start = whole.index(b"HEADER RECORD*******OBS") + 80
    missed = []
    for length in range(start, len(whole), 80):
        cut = _cut(path, length)
        if (length - start) % row == 0:
            missed.append(len(_read(cut)["Y"]))
        else:
            assert "the file is cut off" in refusal_of(lambda cut=cut: _read(cut))  # type: ignore[misc]
    # 40 rows of 17 bytes are 680 = 8.5 records; only the cut before the first row falls between two rows.
    assert missed == [0]


def test_a_bit_changed_in_the_padding_is_refused(tmp_path: Path) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW | {"Y": ["z"] * 40})
    path.write_bytes(path.read_bytes()[:-1] + b"!")
    assert "the last row is incomplete" in refusal_of(lambda: _read(path))


def test_a_number_of_rows_other_than_stated_is_refused(tmp_path: Path) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW, 8)
    content = path.read_bytes()
    assert content.count(b"             40") == 1
    path.write_bytes(content.replace(b"             40", b"             41"))
    assert "announces 41 rows and it holds 40" in refusal_of(lambda: _read(path))


@pytest.mark.parametrize(
    ("damage", "words"),
    [
        (b"P\x00001", "row 1, column USUBJID: holds a NUL character"),
        (b"P-\xe901", "row 1, column USUBJID: is not UTF-8"),
        (b"P-\x0701", "row 1, column USUBJID: holds the control character U+0007"),
    ],
)
def test_texts_that_a_reader_would_shorten_or_garble_are_refused(tmp_path: Path, damage: bytes, words: str) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW)
    path.write_bytes(path.read_bytes().replace(b"P-001", damage, 1))
    assert words in refusal_of(lambda: _read(path))


def test_a_second_data_set_in_the_file_is_refused(tmp_path: Path) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW)
    content = path.read_bytes()
    path.write_bytes(content + content[240:])
    assert "holds more than one data set" in refusal_of(lambda: _read(path))


@pytest.mark.parametrize("length", [0, 23, 80, 240, 560, 640, 800])
def test_a_file_cut_in_its_head_is_refused(tmp_path: Path, length: int) -> None:
    path = write_xpt_file(tmp_path / "lb.xpt", NARROW)
    words = refusal_of(lambda: _read(_cut(path, length)))
    assert "transport file" in words or "cut off" in words


def test_many_rows_are_read_in_pieces_in_their_order(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access.formats.xpt.VALUES_AT_ONCE", 21)
    assert _read(write_xpt_file(tmp_path / "lb.xpt", NARROW))["LBSEQ"] == [str(value) for value in range(40)]
