"""What a backup holds: its files with checksums, its tables with their numbers of rows, its snapshots, the end of its audit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from dashboard.errors import BackupRefusedError, Refusal

MANIFEST = "manifest.json"
# No folder and no link can be named: a backup is read from its own folder only.
FileName = Annotated[str, Field(pattern=r"^[a-z0-9_]+\.(sqlite|copy)$")]
Hash = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Size = Annotated[int, Field(ge=0)]


class Part(BaseModel):
    """Base of all parts: frozen, and nothing in it that this version does not know."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class BackedFile(Part):
    """One file of the backup."""

    file: FileName
    bytes: Size
    sha256: Hash


class BackedTable(Part):
    """One table: the file with its rows, their number, the columns in their order."""

    file: FileName
    rows: Size
    columns: tuple[str, ...]


class BackedSnapshot(Part):
    """One snapshot by its content."""

    study: str
    content_hash: Hash
    status: Literal["draft", "published", "withdrawn"]
    cut_date: date
    label: str


class Manifest(Part):
    """The whole of a backup; `revision` is that of the schema, `program` the version that wrote it."""

    format: Literal[1]
    engine: Literal["sqlite", "postgresql"]
    made_at: datetime
    program: str
    revision: str
    files: tuple[BackedFile, ...]
    tables: dict[str, BackedTable]
    snapshots: tuple[BackedSnapshot, ...]
    audit_rows: Size
    audit_head: Hash


def describe_file(file: Path) -> BackedFile:
    """Name, size and SHA-256 of a file."""
    return BackedFile(file=file.name, bytes=file.stat().st_size, sha256=_hash(file))


def write_manifest(manifest: Manifest, folder: Path) -> str:
    """Write the manifest into `folder`; returns its SHA-256."""
    (folder / MANIFEST).write_text(manifest.model_dump_json(indent=2) + "\n", encoding="utf-8")
    return _hash(folder / MANIFEST)


def read_manifest(folder: Path) -> Manifest:
    """The manifest of the backup in `folder`; BackupRefusedError when there is none, or none that this version understands."""
    try:
        return Manifest.model_validate_json((folder / MANIFEST).read_bytes())
    except OSError as error:
        raise refuse(MANIFEST, f"cannot be read, so {folder} is no complete backup: {error.strerror}") from error
    except ValidationError as error:
        faults = [Refusal(MANIFEST, f"is damaged or of another version: {_place(fault['loc'])}{fault['msg']}") for fault in error.errors()]
        raise BackupRefusedError(faults) from error


def verify_files(manifest: Manifest, folder: Path) -> None:
    """BackupRefusedError names every file that is missing, incomplete or changed, and every table without a file."""
    listed = {file.file for file in manifest.files}
    faults = [
        Refusal(part.file, f"holds the table {table} and is not listed")
        for table, part in manifest.tables.items()
        if part.file not in listed
    ]
    faults += [fault for file in manifest.files for fault in _faults(file, folder / file.file)]
    if faults:
        raise BackupRefusedError(faults)


def refuse(file: str, rule: str) -> BackupRefusedError:
    """The error for one fault of a backup."""
    return BackupRefusedError([Refusal(file, rule)])


def _faults(listed: BackedFile, file: Path) -> Iterator[Refusal]:
    try:
        if file.stat().st_size != listed.bytes:
            yield Refusal(
                listed.file, f"has {file.stat().st_size} bytes where the manifest says {listed.bytes}: it is incomplete or was changed"
            )
        elif _hash(file) != listed.sha256:
            yield Refusal(listed.file, "does not have the SHA-256 of the manifest: it is damaged or was changed")
    except OSError as error:
        yield Refusal(listed.file, f"cannot be read: {error.strerror}")


def _hash(file: Path) -> str:
    with file.open("rb") as content:
        return hashlib.file_digest(content, "sha256").hexdigest()


def _place(loc: Sequence[int | str]) -> str:
    return f"{'.'.join(str(part) for part in loc)}: " if loc else ""
