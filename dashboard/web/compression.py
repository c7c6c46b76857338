"""Compressed forms of static bodies, kept in memory and on disk under the SHA-256 of the plain body."""

from __future__ import annotations

import gzip
import hashlib
import logging
import os
import tempfile
from pathlib import Path

import brotli

CODINGS = ("br", "gzip")
# Quality 11 would save a further 1.5 % of the plotly bundle for twice the time of quality 10.
BROTLI_QUALITY, GZIP_LEVEL = 10, 9
BROKEN = (brotli.error, gzip.BadGzipFile, EOFError, OSError, ValueError)

log = logging.getLogger(__name__)


class CompressedBodies:
    """Compresses each body once per coding; safe to share between threads and between processes.

    A form read from `folder` is used only if it unpacks to the very body that was asked for, so a file that was cut
    off or changed on disk is compressed anew. Without a writable folder the forms are kept in memory only.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._memory: dict[tuple[str, str], bytes] = {}

    def compress(self, body: bytes, coding: str) -> bytes:
        """`body` in `coding`, one of CODINGS; KeyError for any other coding."""
        key = (hashlib.sha256(body).hexdigest(), coding)
        if key not in self._memory:
            self._memory[key] = self._read(key, body) or self._write(key, COMPRESS[coding](body))
        return self._memory[key]

    def _path(self, key: tuple[str, str]) -> Path:
        return self._folder / f"{key[0]}.{key[1]}"

    def _read(self, key: tuple[str, str], body: bytes) -> bytes | None:
        path = self._path(key)
        if not path.is_file():
            return None
        try:
            stored = path.read_bytes()
            return stored if UNPACK[key[1]](stored) == body else None
        except BROKEN as error:
            log.warning("%s cannot be used and is compressed anew: %s", path, error)
            return None

    def _write(self, key: tuple[str, str], compressed: bytes) -> bytes:
        try:
            self._folder.mkdir(parents=True, exist_ok=True)
            descriptor, name = tempfile.mkstemp(dir=self._folder)
            with os.fdopen(descriptor, "wb") as file:
                file.write(compressed)
            Path(name).replace(self._path(key))
        except OSError as error:
            log.warning("%s is kept in memory only: %s", self._path(key).name, error)
        return compressed


def _compress_brotli(body: bytes) -> bytes:
    return bytes(brotli.compress(body, mode=brotli.MODE_TEXT, quality=BROTLI_QUALITY))


def _compress_gzip(body: bytes) -> bytes:
    return gzip.compress(body, compresslevel=GZIP_LEVEL, mtime=0)


COMPRESS = {"br": _compress_brotli, "gzip": _compress_gzip}
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}
