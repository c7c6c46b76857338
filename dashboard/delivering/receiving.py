"""Files as they arrive: named safely, counted, and stopped at the limits."""

from __future__ import annotations

import re
import unicodedata
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import ReceivedFile
from dashboard.errors import StorageError, WrongUseError
from data_access.formats import limits as sizes

MEGABYTE = sizes.MEGABYTE
MOST_FILES = 500
LONGEST_NAME = 120
# Letters and digits of any script, and what stands in file names of deliveries; the first character is no dot.
UNSAFE = re.compile(r"[^\w .()+,@=-]")


class TooLargeError(WrongUseError):
    """A file or a delivery is larger than the settings allow."""


@dataclass(frozen=True)
class Limits:
    """The most bytes of one file and of one delivery."""

    file: int
    total: int


def safe_name(sent_as: str) -> str:
    """The name a file is kept under: its last part, unsafe characters as `_`; WrongUseError when nothing is left of it.

    Hidden files (`.name`) keep their name without the dots before it, so none is hidden here.
    """
    last = unicodedata.normalize("NFC", sent_as).replace("\\", "/").rsplit("/", 1)[-1]
    name = UNSAFE.sub("_", last).strip(" .")
    if not name:
        raise WrongUseError(f"a file needs a name (found {sent_as[:LONGEST_NAME]!r})")
    if len(name.encode()) > LONGEST_NAME:
        raise WrongUseError(f"the name of a file is longer than {LONGEST_NAME} bytes: {name[:40]}…")
    return name


class Arriving:
    """One file while it is written; the parser of the request writes to it and goes back to its start at the end."""

    def __init__(self, path: Path, sent_as: str, most: int) -> None:
        self.path, self.sent_as = path, sent_as
        self._most, self._size = most, 0
        self._file: IO[bytes] = path.open("xb")

    def write(self, data: bytes) -> int:
        """Append `data`; TooLargeError beyond the limit, StorageError when the disk refuses."""
        self._size += len(data)
        if self._size > self._most:
            raise TooLargeError(f"the file {self.path.name} is larger than {self._most / MEGABYTE:,.0f} MB")
        try:
            return self._file.write(data)
        except OSError as error:
            raise StorageError(f"the file {self.path.name} cannot be written: {error.strerror}") from error

    def seek(self, place: int) -> int:
        """The file is complete."""
        self.close()
        return place

    def close(self) -> None:
        """Write out what is still held in memory; StorageError when the disk refuses."""
        try:
            self._file.close()
        except OSError as error:
            raise StorageError(f"the file {self.path.name} cannot be written: {error.strerror}") from error

    def describe(self) -> ReceivedFile:
        """The finished file."""
        return ReceivedFile(sent_as=self.sent_as, name=self.path.name, size=self._size)


class Receipt:
    """The files of one delivery while they arrive in its folder."""

    def __init__(self, folder: JobFolder, limits: Limits) -> None:
        self._folder, self._limits = folder, limits
        self._arriving: list[Arriving] = []

    def open_file(self, sent_as: str) -> Arriving:
        """A place for the file `sent_as`; WrongUseError for a bad name, a name given twice or too many files."""
        name = safe_name(sent_as)
        if any(name.casefold() == other.path.name.casefold() for other in self._arriving):
            raise WrongUseError(f"two files of the delivery are called {name}; a delivery is one folder without folders in it")
        if len(self._arriving) == MOST_FILES:
            raise TooLargeError(f"a delivery has at most {MOST_FILES} files; send a zip file instead")
        try:
            self._arriving.append(Arriving(self._folder.files / name, sent_as, self._limits.file))
        except OSError as error:
            raise StorageError(f"the file {name} cannot be written: {error.strerror}") from error
        return self._arriving[-1]

    def close(self) -> tuple[ReceivedFile, ...]:
        """Every file that arrived, in the order in which it came; WrongUseError when there is none."""
        for file in self._arriving:
            file.close()
        if not self._arriving:
            raise WrongUseError("the delivery holds no file; choose files, a folder or a zip file")
        return tuple(file.describe() for file in self._arriving)

    def abandon(self) -> None:
        """Let go of every file; what is not written yet is lost."""
        for file in self._arriving:
            with suppress(StorageError):
                file.close()
