"""The n-th thing asked of the file system, for every n: exit code 4, nothing stored, nothing left, and the next import works."""

from __future__ import annotations

import errno
import os
import secrets
import sys
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from functools import cache
from itertools import chain, count
from pathlib import Path
from typing import IO, Any

import pandas as pd
import pyreadstat
import pytest

from dashboard.cli import DONE, ENVIRONMENT
from dashboard.delivering.desk import Deliveries
from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import Job
from dashboard.delivering.run import read_job
from dashboard.errors import StorageError
from dashboard.settings import Settings, read_settings
from data_access.opening import open_repository
from tests.data_access.deliveries import LB
from tests.data_access.faults.installation import STUDY, Installation, ended, start_program, write_small

READING = ("open", "os.listdir", "os.scandir")
MAKING = ("os.mkdir", "os.rename", "subprocess.Popen")
REMOVING = ("os.remove", "os.rmdir")
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
        assert set(after.values()) == {"published"}
        assert {key: after[key] for key in before} == before
        # What failed while the program tidied up is no failure of the import, and the next one removes what is left.
        assert code == DONE or (after, installation.left_files()) == (before, []), f"{faults.failed} {number}"
        before = after
    assert number > FEWEST
    assert installation.import_and_publish(delivery) == DONE
    assert len(installation.statuses()) == 2
    assert installation.left_files() == []


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_disk_that_is_full_at_any_size_stores_nothing_and_is_said(installation: Installation, tmp_path: Path) -> None:
    # No file may grow beyond a size, which is larger and larger until the delivery fits.
    folder = _as_transport_file(write_small(tmp_path / "delivery"), 5_000)
    delivery, before, said_last = _zip(folder, tmp_path / "delivery.zip"), installation.statuses(), set()
    # Python would leave its own compiled modules cut off at the limit.
    environment = installation.environment | {"PYTHONDONTWRITEBYTECODE": "1"}
    for size in chain([0], (1_000 * 4**step for step in count())):
        words = ["import", STUDY, str(delivery), "--publish"]
        code, said = ended(start_program([sys.executable, "-c", LIMIT_THEN_RUN, str(size), *words], environment))
        assert "Traceback" not in said
        assert installation.left_files() == []
        if code == DONE:
            break
        assert (code, installation.statuses()) == (ENVIRONMENT, before), f"{size}: {said}"
        said_last.add(said.splitlines()[-1].split(":")[0])
    # First what is unpacked did not fit, then what was read, then the database.
    assert len(said_last) > 1, said_last
    assert list(installation.statuses().values()) == ["published"] * 2


def _begin_job(settings: Settings) -> tuple[JobFolder, IO[bytes]]:
    """The folder of a delivery whose files have arrived, and its lock."""
    folder = JobFolder(settings.var / "deliveries" / secrets.token_hex(16))
    lock = folder.create()
    write_small(folder.files)
    folder.write(Job(id=folder.path.name, study=STUDY, state="reading", step="starting"))
    return folder, lock


@pytest.mark.parametrize("installation", ["sqlite"], indirect=True)
def test_a_delivery_of_the_page_may_fail_at_anything_asked_of_the_file_system(installation: Installation, tmp_path: Path) -> None:
    settings, before = read_settings(installation.environment), installation.statuses()
    repository = open_repository(settings.database)
    desk, ends = Deliveries(settings, repository), set()
    for number in count(1):
        folder, lock = _begin_job(settings)
        # An error that nobody expected ends the process after the state says so. Where not even the state can be written, the desk
        # knows from the lock, which is free, that the process has ended.
        with lock, _failing(number, tmp_path) as faults, suppress(StorageError, OSError):
            read_job(folder, settings)
        job = desk.find(STUDY, folder.path.name)
        ends.add(job.state)
        assert not job.active, f"{faults.failed} {number}"
        left = folder.files.exists() or folder.scratch.exists()
        # What could not be removed at the end goes with the folder.
        assert not left or (job.state == "ready" and faults.failed), f"{faults.failed} {number}"
        desk.discard(STUDY, folder.path.name)
        for key in installation.statuses().keys() - before.keys():
            # Stored whole before the state could not be written: a draft like any other, which a person may publish or discard.
            assert job.state in ("failed", "interrupted")
            desk.discard_cut(STUDY, key)
        assert (installation.statuses(), list((settings.var / "deliveries").iterdir())) == (before, []), f"{faults.failed} {number}"
        if faults.seen < number:
            break
    repository.engine.dispose()
    assert (job.state, installation.left_files()) == ("ready", [])
    assert ends >= {"failed", "interrupted", "ready"}
    assert number > FEWEST
