"""Whatever a file does to its reader, the reader's limits hold and the file is refused by name."""

from __future__ import annotations

import os
import zipfile
from pathlib import Path

import pytest

from dashboard.errors import DeliveryRefusedError
from data_access.formats import sandbox
from data_access.formats.sandbox import Sandbox
from tests.data_access.formats.samples import WRITERS, ignore, refusal_of, texts, write_xlsx_file

COLUMNS = {"USUBJID": ["P1", "P2"], "AGE": [63.0, 64.5]}


def _starting(monkeypatch: pytest.MonkeyPatch, words: str) -> None:
    """Let the child do `words` with each request instead of reading."""
    child = f"import json, os, signal, sys, time\nfor line in sys.stdin:\n    asked = json.loads(line)\n    {words}\n"
    monkeypatch.setattr(sandbox, "START", child)


def test_one_child_reads_several_files_of_all_formats(tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    with Sandbox(tmp_path / "out") as child:
        for suffix, write in WRITERS.items():
            if suffix != ".csv":
                path = write(tmp_path / f"dm{suffix}", COLUMNS)
                (table,) = child.read(suffix, path.name, path, ignore)
                assert texts(table) == {"USUBJID": ["P1", "P2"], "AGE": ["63", "64.5"]}


def test_progress_is_told_in_rows(tmp_path: Path) -> None:
    told: list[tuple[int, int]] = []
    path = WRITERS[".xpt"](tmp_path / "dm.xpt", COLUMNS)
    with Sandbox(tmp_path) as child:
        child.read(".xpt", "dm.xpt", path, lambda done, total: told.append((done, total)))
    assert told == [(2, 2)]


def test_a_workbook_that_needs_too_much_memory_is_refused_and_the_next_file_is_read(tmp_path: Path) -> None:
    # One value in the last cell that a sheet has: 17 thousand million cells lie before it.
    good = write_xlsx_file(tmp_path / "dm.xlsx", COLUMNS)
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    parts["xl/worksheets/sheet1.xml"] = parts["xl/worksheets/sheet1.xml"].replace(
        b"</sheetData>", b'<row r="1048576"><c r="XFD1048576"><v>1</v></c></row></sheetData>'
    )
    with zipfile.ZipFile(tmp_path / "ex.xlsx", "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with Sandbox(tmp_path, memory=500_000_000) as child:
        words = refusal_of(lambda: child.read(".xlsx", "ex.xlsx", tmp_path / "ex.xlsx", ignore))
        assert words == "ex.xlsx: needs more memory to read than the 500 MB allowed; split it, or write it as CSV"
        assert len(child.read(".xlsx", "dm.xlsx", good, ignore)) == 1


def test_a_dimension_that_only_claims_a_huge_sheet_costs_nothing(tmp_path: Path) -> None:
    good = write_xlsx_file(tmp_path / "dm.xlsx", COLUMNS)
    with zipfile.ZipFile(good) as archive:
        parts = {name: archive.read(name) for name in archive.namelist()}
    sheet = "xl/worksheets/sheet1.xml"
    assert b'<dimension ref="A1:B3"/>' in parts[sheet]
    parts[sheet] = parts[sheet].replace(b'ref="A1:B3"', b'ref="A1:XFD1048576"')
    with zipfile.ZipFile(good, "w") as archive:
        for name, content in parts.items():
            archive.writestr(name, content)
    with Sandbox(tmp_path) as child:
        assert texts(child.read(".xlsx", "dm.xlsx", good, ignore)[0])["USUBJID"] == ["P1", "P2"]


def test_a_reader_that_takes_too_long_is_stopped_and_the_file_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _starting(monkeypatch, "time.sleep(60)")
    with Sandbox(tmp_path, seconds=0.5) as child:
        words = refusal_of(lambda: child.read(".xpt", "lb.xpt", tmp_path / "lb.xpt", ignore))
    assert words == "lb.xpt: takes longer to read than the 0.5 s allowed; split it, or write it as CSV"


@pytest.mark.parametrize(
    ("words", "told"),
    [
        ("os.kill(os.getpid(), signal.SIGSEGV)", "its reader was stopped by a fault"),
        ("os.kill(os.getpid(), signal.SIGKILL)", "its reader was stopped by the system"),
        ("os.abort()", "its reader was stopped by itself"),
        ("sys.exit(3)", "its reader was stopped with exit code 3"),
        (
            "raise ValueError('odd')",
            "its reader was stopped with exit code 1; the file is damaged or not what its name says (value 'ValueError: odd')",
        ),
        ("raise MemoryError", "needs more memory to read than the 2,000 MB allowed"),
    ],
)
def test_a_reader_that_dies_refuses_its_file_and_names_how(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: str, told: str) -> None:
    _starting(monkeypatch, words)
    with Sandbox(tmp_path) as child:
        assert f"lb.xpt: {told}" in refusal_of(lambda: child.read(".xpt", "lb.xpt", tmp_path / "lb.xpt", ignore))


@pytest.mark.parametrize(
    "answer",
    [
        '{"tables": [{"path": "/etc/passwd", "file": "x"}]}',
        '{"tables": [{"path": "../table-1", "file": "x"}]}',
        '{"tables": 7}',
        "no json",
        '{"refusals": [{"file": "x"}]}',
        "[]",
    ],
)
def test_an_answer_that_no_reader_gives_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, answer: str) -> None:
    _starting(monkeypatch, f"print({answer!r}, flush=True)")
    with Sandbox(tmp_path) as child, pytest.raises(DeliveryRefusedError, match=r"^lb\.xpt: its reader answered"):
        child.read(".xpt", "lb.xpt", tmp_path / "lb.xpt", ignore)


def test_a_table_that_is_no_arrow_file_refuses_the_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    _starting(
        monkeypatch,
        "open(asked['out'] + '.0', 'wb').write(b'x' * 99); "
        "print(json.dumps({'tables': [{'path': asked['out'] + '.0', 'file': 'lb.xpt'}]}), flush=True)",
    )
    with Sandbox(tmp_path) as child, pytest.raises(DeliveryRefusedError, match="its reader answered"):
        child.read(".xpt", "lb.xpt", tmp_path / "lb.xpt", ignore)


def test_the_child_sees_no_setting_and_no_secret(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "postgresql://user:secret@host/db")
    _starting(monkeypatch, "print(json.dumps({'storage': ' '.join(sorted(os.environ))}), flush=True)")
    assert "DATABASE_URL" in os.environ
    with Sandbox(tmp_path) as child, pytest.raises(Exception, match="cannot be read") as told:
        child.read(".xpt", "lb.xpt", tmp_path / "lb.xpt", ignore)
    assert "DATABASE_URL" not in str(told.value)
