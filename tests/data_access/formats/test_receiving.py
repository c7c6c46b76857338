"""From paths to data sets: folders, zips, single files, and every reason to refuse at once."""

from __future__ import annotations

import errno
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
import xlsxwriter

from dashboard.errors import DeliveryRefusedError, StorageError
from data_access.delivery import read_delivery
from data_access.formats.limits import describe_size
from data_access.formats.receiving import receive
from data_access.formats.workroom import open_workroom
from data_access.text_tables import read_text_table, read_text_tables
from tests.data_access.deliveries import nct05600920, write_sdtm
from tests.data_access.formats.samples import WRITERS, refusal_of, texts, write_xlsx_file
from tests.source import ROOT

DM = b"USUBJID,AGE\nP1,63\n"


def test_a_folder_its_files_and_its_zip_are_the_same_delivery(tmp_path: Path) -> None:
    folder = tmp_path / "cut"
    folder.mkdir()
    for suffix, name in zip(WRITERS, ("dm", "lb", "ex", "ds", "ae", "vs"), strict=True):
        WRITERS[suffix](folder / f"{name}{suffix}", {"USUBJID": ["P1"], "VALUE": [1.5]})
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        for path in folder.iterdir():
            archive.write(path, path.name)
    ways = [[folder], sorted(folder.iterdir()), [tmp_path / "cut.zip"]]
    found = [[(table.file, texts(table)) for table in receive(paths).tables] for paths in ways]
    assert found[0] == found[1] == found[2]
    assert [name for name, _ in found[0]] == ["ae.parquet", "dm.csv", "ds.ndjson", "ex.json", "lb.xpt", "vs.xlsx"]
    assert all(columns == {"USUBJID": ["P1"], "VALUE": ["1.5"]} for _, columns in found[0])


def test_every_faulty_file_is_named_at_once(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_bytes(DM + b"P2\n")
    (tmp_path / "ex.xpt").write_bytes(b"x" * 80)
    (tmp_path / "lb.parquet").write_bytes(b"x")
    with pytest.raises(DeliveryRefusedError) as refused:
        receive([tmp_path])
    assert [(refusal.file, refusal.row) for refusal in refused.value.refusals] == [("dm.csv", 2), ("ex.xpt", None), ("lb.parquet", None)]


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("dm.xls", "the old Excel format is not read; save it as .xlsx or CSV"),
        ("dm.XLSM", "a workbook with macros is not read"),
        ("dm.sas7bdat", "write a transport file (.xpt) or CSV"),
        ("dm.tsv", "write it with commas"),
        ("dm.zip", "a zip inside a delivery is not read"),
        ("dm.7z", "this kind of archive is not read; use zip"),
    ],
)
def test_data_in_a_form_that_is_not_read_are_refused_and_not_left_out(tmp_path: Path, name: str, words: str) -> None:
    (tmp_path / "dm.csv").write_bytes(DM)
    (tmp_path / name).write_bytes(b"x")
    assert f"{name}: " in (refused := refusal_of(lambda: receive([tmp_path])))
    assert words in refused


@pytest.mark.parametrize("names", [[], ["read me.txt", "plan.pdf"]])
def test_a_folder_without_a_known_file_says_what_is_accepted(tmp_path: Path, names: list[str]) -> None:
    for name in names:
        (tmp_path / name).write_bytes(b"x")
    words = refusal_of(lambda: receive([tmp_path]))
    assert "holds no file that can be read; accepted are CSV (.csv), SAS transport (.xpt), Dataset-JSON" in words
    assert all(name in words for name in names)


def test_folders_and_other_files_are_listed_as_ignored(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_bytes(DM)
    (tmp_path / "define.xml").write_bytes(b"<x/>")
    (tmp_path / ".DS_Store").write_bytes(b"x")
    (tmp_path / "old").mkdir()
    assert sorted(receive([tmp_path]).ignored) == [".DS_Store", "define.xml", "old"]


def test_files_in_an_inner_folder_are_looked_for_by_nobody_and_the_refusal_names_it(tmp_path: Path) -> None:
    (tmp_path / "cut" / "sdtm").mkdir(parents=True)
    (tmp_path / "cut" / "__MACOSX").mkdir()
    (tmp_path / "cut" / "sdtm" / "dm.csv").write_bytes(DM)
    words = refusal_of(lambda: receive([tmp_path / "cut"]))
    assert "folders inside a folder are not read; name the inner folder (“cut/sdtm”), or zip it" in words
    assert [table.file for table in receive([tmp_path / "cut" / "sdtm"]).tables] == ["dm.csv"]


@pytest.mark.parametrize(
    ("size", "words"), [(0, "0 MB"), (1, "0.1 MB"), (2_000_000_000, "2,000 MB"), (2_000_000_001, "2,000.1 MB"), (1_250_000, "1.3 MB")]
)
def test_a_size_is_told_in_millions_of_bytes_and_rounded_up(size: int, words: str) -> None:
    assert describe_size(size) == words


def test_a_path_that_does_not_exist_or_is_named_twice_is_refused(tmp_path: Path) -> None:
    assert "absent: there is no such file or folder" in refusal_of(lambda: receive([tmp_path / "absent"]))
    (tmp_path / "dm.csv").write_bytes(DM)
    assert "dm.csv: is named twice" in refusal_of(lambda: receive([tmp_path / "dm.csv", tmp_path / "dm.csv"]))


def test_a_disk_without_room_is_an_error_of_the_environment(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr("tempfile.mkdtemp", refuse)
    (tmp_path / "dm.csv").write_bytes(DM)
    with pytest.raises(StorageError, match="No space left on device"):
        receive([tmp_path])


def test_nothing_stays_in_the_temporary_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "room").mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "room"))
    WRITERS[".xpt"](tmp_path / "dm.xpt", {"USUBJID": ["P1"]})
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.write(tmp_path / "dm.xpt", "dm.xpt")
    assert len(receive([tmp_path / "cut.zip"]).tables) == 1
    (tmp_path / "bad.zip").write_bytes((tmp_path / "cut.zip").read_bytes()[:-30])
    refusal_of(lambda: receive([tmp_path / "bad.zip"]))
    assert list((tmp_path / "room").iterdir()) == []


def test_what_a_killed_program_left_is_removed_and_what_is_in_use_is_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    lines = ("import os", "from data_access.formats.workroom import open_workroom", "with open_workroom():", "    os.kill(os.getpid(), 9)")
    script = "\n".join(lines)
    subprocess.run([sys.executable, "-c", script], cwd=ROOT, env={"TMPDIR": str(tmp_path)})
    (left,) = tmp_path.iterdir()
    with open_workroom() as first:
        assert not left.exists()
        with open_workroom() as second:
            assert (first.exists(), second.exists()) == (True, True)
    assert list(tmp_path.iterdir()) == []


def test_a_file_beyond_the_largest_size_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access.formats.receiving.MOST_FILE_BYTES", 1_000_000)
    (tmp_path / "dm.csv").write_bytes(b"x" * 1_234_567)
    assert "dm.csv: has 1.3 MB, more than 1 MB; split it" in refusal_of(lambda: receive([tmp_path]))


def test_progress_names_each_file_and_reaches_its_end(tmp_path: Path) -> None:
    told: list[tuple[str, int, int | None]] = []
    (tmp_path / "dm.csv").write_bytes(DM)
    WRITERS[".parquet"](tmp_path / "lb.parquet", {"USUBJID": ["P1", "P2", "P3"]})
    receive([tmp_path], lambda step, done, total: told.append((step, done, total)))
    size = (tmp_path / "lb.parquet").stat().st_size
    assert told == [
        ("reading dm.csv", 0, len(DM)),
        ("reading dm.csv", len(DM), len(DM)),
        ("reading lb.parquet", 0, size),
        ("reading lb.parquet", 3, 3),
    ]


def test_sheets_have_the_names_of_their_data_sets(tmp_path: Path) -> None:
    write_xlsx_file(tmp_path / "all.xlsx", {"USUBJID": ["P1"]}, "LB")
    (table,) = read_text_tables([tmp_path]).tables
    assert (table.file, table.name, table.only(table.text("USUBJID") == "P1").name) == ("all.xlsx/lb", "lb", "lb")


def test_a_file_with_several_data_sets_is_not_one_table(tmp_path: Path) -> None:
    with xlsxwriter.Workbook(tmp_path / "all.xlsx") as workbook:
        for name in ("dm", "lb"):
            workbook.add_worksheet(name).write_column(0, 0, ["USUBJID", "P1"])
    assert "all.xlsx: holds 2 data sets where one is expected" in refusal_of(lambda: read_text_table(tmp_path / "all.xlsx"))


def test_a_delivery_without_a_manifest_is_noted(tmp_path: Path) -> None:
    report = read_delivery(nct05600920(), [write_sdtm(tmp_path)]).report
    assert [note.rows for note in report.notes if note.code == "no-manifest"] == [1]


def test_one_data_set_in_two_formats_is_refused(tmp_path: Path) -> None:
    folder = write_sdtm(tmp_path)
    WRITERS[".parquet"](folder / "dm.parquet", {"USUBJID": ["P1"]})
    assert "the data set “dm” is delivered more than once" in refusal_of(lambda: read_delivery(nct05600920(), [folder]))
