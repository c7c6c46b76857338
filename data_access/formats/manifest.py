"""`manifest.json`: what the sender says is in a delivery, file by file.

The shape to write:

    {"files": [{"name": "lb.csv", "sha256": "<64 hexadecimal digits>", "rows": 1200}, …]}

`name` is the path inside the folder or zip, with `/`. `rows` counts data rows (without the header; in a workbook of all its data sets);
it may be left out or null for a file that is no data set. Also read: `{"lb.csv": {"sha256": …, "rows": …}, …}`.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from data_access.formats.limits import MEGABYTE, MOST_MANIFEST_BYTES, describe_size
from data_access.formats.raw_table import refusal

NAME = "manifest.json"
SHA256 = re.compile(r"[0-9a-fA-F]{64}")


@dataclass(frozen=True)
class Stated:
    """What a manifest says about one file."""

    sha256: str
    rows: int | None


def read_manifest(file: str, content: bytes) -> dict[str, Stated]:
    """The files a manifest names; DeliveryRefusedError when it is malformed or names a file twice."""
    if len(content) > MOST_MANIFEST_BYTES:
        raise refusal(file, f"is larger than {describe_size(MOST_MANIFEST_BYTES)}")
    try:
        read = json.loads(content.decode("utf-8-sig"), object_pairs_hook=_unique)
    except (ValueError, RecursionError) as error:
        raise refusal(file, f"cannot be read as JSON: {error}") from error
    stated: dict[str, Stated] = {}
    for name, entry in _entries(file, read):
        described = _stated(file, name, entry)
        if name in stated:
            raise refusal(file, "names a file twice", None, None, name)
        stated[name] = described
    return stated


def _unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len({key for key, _ in pairs}) != len(pairs):
        raise ValueError("a key appears twice")
    return dict(pairs)


def _entries(file: str, read: Any) -> list[tuple[Any, Any]]:
    if isinstance(read, dict) and isinstance(read.get("files"), list):
        return [(entry.get("name") if isinstance(entry, dict) else entry, entry) for entry in read["files"]]
    if isinstance(read, dict) and read and "files" not in read:
        return list(read.items())
    raise refusal(file, 'must be {"files": [{"name": …, "sha256": …, "rows": …}, …]}')


def _stated(file: str, name: Any, entry: Any) -> Stated:
    if not isinstance(name, str) or not name or not isinstance(entry, Mapping):
        raise refusal(file, "every file needs name, sha256 and rows", None, None, str(name))
    digest, rows = entry.get("sha256"), entry.get("rows")
    if not isinstance(digest, str) or not SHA256.fullmatch(digest):
        raise refusal(file, "sha256 must be 64 hexadecimal digits", None, name, str(digest))
    if rows is not None and (type(rows) is not int or rows < 0):
        raise refusal(file, "rows must be a whole number", None, name, str(rows))
    return Stated(digest.lower(), rows)


def check_names(file: str, stated: Mapping[str, Stated], present: list[str]) -> None:
    """DeliveryRefusedError for the first file that is named and absent, or present and not named."""
    for name in stated:
        if name not in present:
            raise refusal(file, "names a file that is not in the delivery", None, None, name)
    for name in present:
        if name not in stated:
            raise refusal(file, "does not name a file that is in the delivery", None, None, name)


def check_digest(file: str, path: Path, stated: Stated) -> None:
    """DeliveryRefusedError when the file's bytes are not those that the manifest names."""
    digest = hashlib.sha256()
    with path.open("rb") as content:
        while piece := content.read(MEGABYTE):
            digest.update(piece)
    if digest.hexdigest() != stated.sha256:
        raise refusal(file, f"is not the file that manifest.json names: its SHA-256 is {digest.hexdigest()}, stated is {stated.sha256}")


def check_rows(file: str, rows: int, stated: Stated) -> None:
    """DeliveryRefusedError when a data set has another number of rows than the manifest says, or the manifest says none."""
    if stated.rows is None:
        raise refusal(file, f"has {rows} rows, and manifest.json states no number of rows for it")
    if stated.rows != rows:
        raise refusal(file, f"has {rows} rows where manifest.json states {stated.rows}")
