"""The n-th thing asked of the file system, for every n: exit code 4, nothing stored, nothing left, and the next import works."""

from __future__ import annotations

import errno
import os
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from itertools import count
from pathlib import Path
from typing import Any

import pyreadstat
import pytest

from dashboard.cli import DONE, ENVIRONMENT
from tests.data_access.deliveries import LB, write_csv
from tests.data_access.faults.installation import Installation, ended, start_program, write_small

READING = ("open", "os.listdir", "os.scandir")
MAKING = ("os.mkdir", "os.rename", "subprocess.Popen")
REMOVING = ("os.remove", "os.rmdir", "shutil.rmtree")
EVERY = {*READING, *MAKING, *REMOVING}
# Opening the workroom, the archive and its entries, and removing them.
FEWEST = 15
LIMIT_THEN_RUN = (
    "import os, resource, sys; size = int(sys.argv[1]); resource.setrlimit(resource.RLIMIT_FSIZE, (size, size)); "
    "os.execv(sys.executable, [sys.executable, '-m', 'dashboard', *sys.argv[2:]])"
)


class FileFaults:
    """Counts what this process asks of the file system below a folder, and lets the `number`-th fail as a broken disk does."""

    def __init__(self) -> None:
        self.place, self.number, self.seen, self.failed = "", 0, 0, ""

    def look(self, event: str, arguments: tuple[Any, ...]) -> None:
        """The hook: nothing happens unless a folder is named."""
        if not self.place or event not in EVERY or not self._concerns(event, arguments[0]):
            return
        self.seen += 1
        if self.seen == self.number:
            self.failed = event
            raise OSError(errno.EIO, os.strerror(errno.EIO), str(arguments[0]))

    def _concerns(self, event: str, path: object) -> bool:
        return event == "subprocess.Popen" or (isinstance(path, str | os.PathLike) and os.fspath(path).startswith(self.place))


@cache
def _faults() -> FileFaults:
    # A hook stays as long as the process does.
    faults = FileFaults()
    sys.addaudithook(faults.look)
    return faults


@contextmanager
def _failing(number: int, place: Path) -> Iterator[FileFaults]:
    faults = _faults()
    faults.number, faults.seen, faults.failed = number, 0, ""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(tempfile, "tempdir", str(place / "temporary"))
        faults.place = str(place)
        try:
            yield faults
        finally:
            faults.place = ""


def _zip(folder: Path, target: Path) -> Path:
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in sorted(folder.iterdir()):
            archive.write(path, path.name)
    return target


def _as_transport_file(folder: Path, rows: int = 1) -> Path:
    """Put LB of a delivery as .xpt in the place of .csv, with `rows` rows a minute apart."""
    import pandas as pd

    counts = [{**LB, "LBDTC": f"2024-03-{5 + row // 1440:02d}T{row // 60 % 24:02d}:{row % 60:02d}"} for row in range(rows)]
    pyreadstat.write_xport(pd.DataFrame(counts), folder / "lb.xpt", table_name="LB", file_format_version=5)
    (folder / "lb.csv").unlink()
    return folder


@pytest.mark.parametrize("kind", ["csv", "xpt"])
@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_an_import_may_fail_at_anything_asked_of_the_file_system(installation: Installation, kind: str, tmp_path: Path) -> None:
    folder = write_small(tmp_path / "delivery")
    delivery = _zip(_as_transport_file(folder) if kind == "xpt" else folder, tmp_path / "delivery.zip")
    before = installation.statuses()
    for number in count(1):
        with _failing(number, tmp_path) as faults:
            code = installation.import_and_publish(delivery)
        if faults.seen < number:
            break
        assert code in (DONE, ENVIRONMENT), f"{faults.failed} {number}"
        after = installation.statuses()
        assert code == DONE or set(after.values()) == {"published"}
        assert {key: after[key] for key in before} == before
        assert code == DONE or len(after) == len(before) or faults.failed in REMOVING, f"{faults.failed} {number}"
        assert faults.failed in REMOVING or installation.left_files() == [], f"{faults.failed} {number}"
        before = after
    assert number > FEWEST
    assert installation.import_and_publish(delivery) == DONE
    assert len(installation.statuses()) == 2
    assert installation.left_files() == []


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_at_any_size_stores_nothing_and_is_said(installation: Installation, tmp_path: Path) -> None:
    # No file may grow beyond a size: first what is unpacked does not fit, then what is read, then the database.
    folder = _as_transport_file(write_small(tmp_path / "delivery"), 5_000)
    write_csv(folder / "dm.csv", [{"STUDYID": "NCT05600920", "DOMAIN": "DM", "USUBJID": "P1", "ARMCD": "NTI7-240", "SEX": "F", "AGE": "41",
                                   "RFSTDTC": "2024-03-04"}])  # fmt: skip
    delivery, before, seen = _zip(folder, tmp_path / "delivery.zip"), installation.statuses(), set()
    for size in (0, 50, 100_000, 700_000, 1_500_000, 3_000_000):
        words = ["import", "nct05600920", str(delivery), "--publish"]
        code, said = ended(start_program([sys.executable, "-c", LIMIT_THEN_RUN, str(size), *words], installation.environment))
        assert code == ENVIRONMENT, f"{size}: {said}"
        assert "Traceback" not in said
        seen.add(said.splitlines()[-1].split(":")[0])
        assert installation.statuses() == before
        assert installation.left_files() == []
    assert len(seen) > 1, seen
    assert installation.import_and_publish(delivery) == DONE
