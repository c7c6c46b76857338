"""A temporary folder for one delivery, which a killed program leaves to the next one to remove."""

from __future__ import annotations

import errno
import fcntl
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

PREFIX = "lymphotrace-delivery-"
# What a file system answers that cannot lock a folder. Nobody can take such a lock either, so nothing is removed under its owner.
NO_LOCKS = (errno.EBADF, errno.ENOLCK, errno.ENOTSUP, errno.EINVAL)


@contextmanager
def open_workroom() -> Iterator[Path]:
    """An empty folder that is gone afterwards; those of programs that were killed are removed first. OSError as the system says."""
    _remove_abandoned(Path(tempfile.gettempdir()))
    folder, lock = _make()
    try:
        yield folder
    finally:
        # Whatever cannot be removed now is abandoned, and removed by the next program.
        shutil.rmtree(folder, ignore_errors=True)
        os.close(lock)


def _make() -> tuple[Path, int]:
    """A new folder, and its lock: the system lets go of it when this program ends, however it ends."""
    while True:
        folder = Path(tempfile.mkdtemp(prefix=PREFIX))
        try:
            lock = _open(folder)
        except FileNotFoundError:
            continue
        except OSError:
            folder.rmdir()
            raise
        if folder.exists():
            return folder, lock
        # Another program took the folder for an abandoned one before it was locked.
        os.close(lock)


def _open(folder: Path) -> int:
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
    except OSError as error:
        if error.errno not in NO_LOCKS:
            os.close(descriptor)
            raise
    return descriptor


def _remove_abandoned(place: Path) -> None:
    for folder in place.glob(f"{PREFIX}*"):
        try:
            descriptor = os.open(folder, os.O_RDONLY)
        except OSError:
            # Somebody else's, or just removed by another program.
            continue
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            shutil.rmtree(folder, ignore_errors=True)
        except OSError:
            # In use.
            continue
        finally:
            os.close(descriptor)
