"""The folder of one delivery: the files as received, the state, and a lock that is held as long as a process works on it.

Every server process answers for every delivery by reading its folder. The lock is taken by whoever receives the files and is
handed on, open, to the process that reads them; the system lets go of it when that process is gone, however it ended. So a
delivery that says it is being read while nobody holds its lock was interrupted, and no process number can be mistaken.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import tempfile
from pathlib import Path
from typing import IO

from pydantic import ValidationError

from dashboard.delivering.job import Job
from dashboard.errors import StorageError


class JobFolder:
    """Paths, state and lock of one delivery. StorageError when the disk does not do what is asked."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.files, self.scratch = path / "files", path / "scratch"
        self._state, self._lock, self._mark = path / "state.json", path / "lock", path / "discard"

    def create(self) -> IO[bytes]:
        """Make the folder, readable by its owner alone, and take the lock; close what is returned to let go of it."""
        try:
            self.path.mkdir(mode=0o700, parents=True)
            handle = self._lock.open("ab")
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self.files.mkdir(mode=0o700)
            self.scratch.mkdir(mode=0o700)
        except OSError as error:
            raise StorageError(f"the folder {self.path} for the delivery cannot be made: {error.strerror}") from error
        return handle

    def read(self) -> Job | None:
        """The state as last written; None when there is none (any more)."""
        try:
            return Job.model_validate_json(self._state.read_bytes())
        except FileNotFoundError:
            return None
        except (OSError, ValidationError) as error:
            raise StorageError(f"the state of the delivery {self.path.name} cannot be read") from error

    def write(self, job: Job) -> Job:
        """Replace the state in one step, so that nobody reads half of it."""
        try:
            descriptor, name = tempfile.mkstemp(dir=self.path)
            with os.fdopen(descriptor, "w", encoding="utf-8") as file:
                file.write(job.model_dump_json())
            Path(name).replace(self._state)
        except OSError as error:
            raise StorageError(f"the state of the delivery {self.path.name} cannot be written: {error.strerror}") from error
        return job

    def is_held(self) -> bool:
        """Whether a process works on the delivery now."""
        try:
            with self._lock.open("rb") as handle:
                fcntl.flock(handle, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
        except FileNotFoundError:
            return False
        return False

    def ask_to_discard(self) -> None:
        """Tell the process that works on the delivery to stop and leave nothing."""
        self._mark.touch()

    def is_to_be_discarded(self) -> bool:
        """Whether the reader has discarded the delivery."""
        return self._mark.exists()

    def delete_files(self) -> None:
        """Delete the files as received and what was unpacked from them; nothing happens when there are none."""
        for folder in (self.files, self.scratch):
            shutil.rmtree(folder, ignore_errors=True)

    def delete(self) -> None:
        """Delete the folder with everything in it; nothing happens when there is none."""
        shutil.rmtree(self.path, ignore_errors=True)
