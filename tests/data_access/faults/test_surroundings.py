"""Folders and files that cannot be used: exit code 4 and a sentence, never a traceback.

Root may write everywhere, so the program is started without that privilege.
"""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from dashboard.cli import DONE, ENVIRONMENT
from tests.data_access.faults.installation import STUDY, Installation, ended, start_program, write_small

# 24 drops a capability from the bounding set: 1 and 2 are those by which root reads and writes whatever the permissions say.
OBEYING_PERMISSIONS = (
    "import ctypes, os, sys\n"
    "if os.geteuid() == 0:\n"
    "    assert [ctypes.CDLL(None).prctl(24, number, 0, 0, 0) for number in (1, 2)] == [0, 0]\n"
    "os.execv(sys.executable, [sys.executable, '-m', 'dashboard', *sys.argv[1:]])"
)


def _run(installation: Installation, *words: str) -> tuple[int, str]:
    return ended(start_program([sys.executable, "-c", OBEYING_PERMISSIONS, *words], installation.environment))


def _read_only_file(installation: Installation, _delivery: Path) -> None:
    (installation.var / "test.sqlite").chmod(0o444)


def _read_only_folder(installation: Installation, _delivery: Path) -> None:
    for path in installation.var.iterdir():
        path.chmod(0o444)
    installation.var.chmod(0o555)


def _locks_cannot_be_written(installation: Installation, _delivery: Path) -> None:
    (installation.var / "test.sqlite.import-lock").chmod(0o444)


def _unreadable_folder(_installation: Installation, delivery: Path) -> None:
    delivery.chmod(0o000)


def _unreadable_file(_installation: Installation, delivery: Path) -> None:
    (delivery / "lb.csv").chmod(0o000)


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("spoil", "words"),
    [
        (_read_only_file, "readonly database"),
        (_read_only_folder, "lock file"),
        (_locks_cannot_be_written, "lock file"),
        (_unreadable_folder, "cannot be read"),
        (_unreadable_file, "cannot be read"),
    ],
)
def test_what_may_not_be_written_or_read_ends_with_four(
    installation: Installation, tmp_path: Path, spoil: Callable[[Installation, Path], None], words: str
) -> None:
    delivery, before = write_small(tmp_path / "delivery"), installation.statuses()
    spoil(installation, delivery)
    code, said = _run(installation, "import", STUDY, str(delivery), "--publish")
    for path in (installation.var, *installation.var.iterdir(), delivery):
        path.chmod(0o700)
    (delivery / "lb.csv").chmod(0o600)
    assert (code, "Traceback" in said) == (ENVIRONMENT, False), said
    assert words in said
    assert installation.statuses() == before
    assert installation.import_and_publish(delivery) == DONE


def _file_for_var(folder: Path) -> None:
    (folder / "var").write_text("no folder")


def _folder_for_the_database(folder: Path) -> None:
    (folder / "var" / "lymphotrace.sqlite").mkdir(parents=True)


def _var_that_cannot_be_written(folder: Path) -> None:
    (folder / "var").mkdir(mode=0o555)


@pytest.mark.parametrize("spoil", [_file_for_var, _folder_for_the_database, _var_that_cannot_be_written])
def test_a_folder_var_that_cannot_hold_the_database_ends_with_four(tmp_path: Path, spoil: Callable[[Path], None]) -> None:
    spoil(tmp_path)
    installation = Installation(tmp_path, f"sqlite:///{tmp_path / 'var' / 'lymphotrace.sqlite'}")
    code, said = _run(installation, "import", STUDY, str(write_small(tmp_path / "delivery")), "--publish")
    assert (code, "Traceback" in said) == (ENVIRONMENT, False), said
    assert str(tmp_path / "var") in said


def test_a_server_that_does_not_answer_ends_with_four(tmp_path: Path) -> None:
    installation = Installation(tmp_path, "postgresql+psycopg://nobody@127.0.0.1:1/none")
    code, said = _run(installation, "import", STUDY, str(write_small(tmp_path / "delivery")))
    assert (code, "Traceback" in said) == (ENVIRONMENT, False), said
    assert "the database cannot be prepared" in said
