"""Zip files: everything its directory says is checked before a byte is unpacked, and what comes out is counted while it is written."""

from __future__ import annotations

import re
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import IO

from dashboard.errors import StorageError
from data_access.formats.limits import MEGABYTE, MOST_ENTRIES, MOST_RATIO, MOST_UNPACKED_BYTES, SMALL_BYTES, describe_size
from data_access.formats.raw_table import FORBIDDEN, refusal

NESTED = (".zip", ".7z", ".rar", ".gz", ".bz2", ".xz", ".zst", ".tar", ".tgz")
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
ENCRYPTED = 0x1
DRIVE = re.compile(r"[A-Za-z]:")
DAMAGE = (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError)


@contextmanager
def open_archive(file: str, path: Path, rule: str = "is no zip file, or is damaged") -> Iterator[zipfile.ZipFile]:
    """The archive at `path`; DeliveryRefusedError with `rule` when it is none, StorageError when it cannot be opened."""
    try:
        archive = zipfile.ZipFile(path)
    except OSError as error:
        raise StorageError(f"{path}: cannot be read: {error}") from error
    except DAMAGE as error:
        raise refusal(file, f"{rule}: {error}") from error
    with archive:
        yield archive


def check_directory(file: str, archive: zipfile.ZipFile, size: int, most_bytes: int = MOST_UNPACKED_BYTES) -> None:
    """DeliveryRefusedError when the directory of an archive of `size` bytes announces too many entries, too many bytes, a too high ratio,
    overlapping or encrypted entries, links, paths out of the folder, or one name twice (in whatever case).
    """
    entries = archive.infolist()
    if len(entries) > MOST_ENTRIES:
        raise refusal(file, f"holds {len(entries)} entries, more than {MOST_ENTRIES}")
    unpacked, packed = sum(entry.file_size for entry in entries), sum(entry.compress_size for entry in entries)
    if unpacked > most_bytes:
        raise refusal(file, f"unpacks to {describe_size(unpacked)}, more than {describe_size(most_bytes)}")
    if packed > size:
        raise refusal(file, "its entries overlap")
    for entry in entries:
        _check_entry(file, entry)
    _refuse_same_names(file, entries)


def _check_entry(file: str, entry: zipfile.ZipInfo) -> None:
    name, mode = entry.filename, entry.external_attr >> 16
    if entry.file_size > SMALL_BYTES and entry.file_size > MOST_RATIO * entry.compress_size:
        raise refusal(file, f"an entry unpacks to more than {MOST_RATIO} times its size", None, None, name)
    if entry.flag_bits & ENCRYPTED:
        raise refusal(file, "an entry is encrypted", None, None, name)
    if entry.compress_type not in METHODS:
        raise refusal(file, "an entry is compressed in a way other than deflate", None, None, name)
    if stat.S_IFMT(mode) not in (0, stat.S_IFREG, stat.S_IFDIR):
        raise refusal(file, "an entry is a link or a device", None, None, name)
    parts = PurePosixPath(name.replace("\\", "/"))
    if "\\" in entry.orig_filename or parts.is_absolute() or ".." in parts.parts or DRIVE.match(name):
        raise refusal(file, "an entry has a path that leaves its folder", None, None, entry.orig_filename)
    if FORBIDDEN.search(name) or entry.orig_filename != name:
        raise refusal(file, "an entry has a control character in its name", None, None, entry.orig_filename)


def _refuse_same_names(file: str, entries: list[zipfile.ZipInfo]) -> None:
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename.rstrip("/").casefold()
        if name in seen:
            raise refusal(file, "two entries have the same name", None, None, entry.filename)
        seen.add(name)


def refuse_nested(file: str, names: list[str]) -> None:
    """DeliveryRefusedError for an archive inside the archive."""
    for name in names:
        if name.lower().endswith(NESTED):
            raise refusal(file, "holds an archive inside; put the files themselves into the zip", None, None, name)


def unpack(file: str, archive: zipfile.ZipFile, name: str, target: Path) -> None:
    """Write entry `name` to `target`, never more bytes than its directory announced; a wrong size or checksum is refused.

    StorageError when the disk does not take it.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        with target.open("xb") as out:
            _copy(file, archive, archive.getinfo(name), out)
    except OSError as error:
        raise StorageError(f"{file}: {name} cannot be unpacked: {error}") from error


def _copy(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo, out: IO[bytes]) -> None:
    written = 0
    for piece in _pieces(file, archive, entry):
        written += len(piece)
        if written > entry.file_size:
            raise refusal(file, "an entry is larger than its directory says", None, None, entry.filename)
        out.write(piece)
    if written != entry.file_size:
        raise refusal(file, "an entry is shorter than its directory says", None, None, entry.filename)


def _pieces(file: str, archive: zipfile.ZipFile, entry: zipfile.ZipInfo) -> Iterator[bytes]:
    try:
        with archive.open(entry) as source:
            while piece := source.read(MEGABYTE):
                yield piece
    except DAMAGE as error:
        raise refusal(file, f"an entry is damaged: {error}", None, None, entry.filename) from error
