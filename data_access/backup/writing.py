"""A backup is written under a temporary name, verified, and gets its own name at the end: half a backup is never left."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import datetime
from pathlib import Path
from tempfile import mkdtemp
from typing import Literal, cast

from sqlalchemy import URL, Connection, Engine, Table
from sqlalchemy.exc import DBAPIError

from dashboard.errors import StorageError, WrongUseError
from data_access.backup.contents import LEFT_OUT, count_rows, read_revision, read_tables, verify_audit, verify_snapshots
from data_access.backup.copying import SQLITE_COPY, copy_sqlite, write_postgres_rows
from data_access.backup.manifest import BackedTable, Manifest, describe_file, write_manifest
from data_access.engine import create_database_engine, sqlite_file
from data_access.migrations import list_revisions, read_revisions


def write_backup(engine: Engine, folder: Path, program: str, now: datetime) -> tuple[Manifest, str]:
    """Write everything the database holds at one moment, but sessions, into the new `folder`; the manifest and its SHA-256.

    Readers and writers go on meanwhile. WrongUseError for a folder that exists, StorageError when the database or the disk does not
    do what is needed; AlteredSnapshotError and AlteredAuditError when the database does not hold what it was given.
    """
    require_head(engine)
    with _new_folder(folder) as part, _storage_errors(engine):
        manifest = (_write_sqlite if engine.dialect.name == "sqlite" else _write_postgres)(engine, part, program, now)
        return manifest, write_manifest(manifest, part)


def require_head(engine: Engine) -> None:
    """WrongUseError unless the database has the schema of this version: what has another one cannot be verified."""
    file = sqlite_file(engine)
    if file is not None and not file.exists():
        raise WrongUseError(f"there is no database {file}, so there is nothing to back up")
    found, head = read_revisions(engine)
    if found is None:
        raise WrongUseError("the database was never prepared, so there is nothing to back up")
    if found != head:
        older = (
            "migrate it first, or use the version that serves it" if found in list_revisions() else "use the newer version that wrote it"
        )
        raise WrongUseError(f"the database has the schema {found} and this version of the product is for {head}: {older}")


def _write_sqlite(engine: Engine, part: Path, program: str, now: datetime) -> Manifest:
    file = part / SQLITE_COPY
    copy_sqlite(engine, file, LEFT_OUT)
    copied = create_database_engine(URL.create("sqlite", database=str(file)).render_as_string())
    try:
        with copied.connect() as connection, connection.begin():
            return _describe(connection, dict.fromkeys(_backed_tables(connection), file), program, now)
    finally:
        copied.dispose()


def _write_postgres(engine: Engine, part: Path, program: str, now: datetime) -> Manifest:
    # Every statement sees the database as it was at the first one.
    one_moment = {"isolation_level": "REPEATABLE READ", "postgresql_readonly": True}
    with engine.connect().execution_options(**one_moment) as connection, connection.begin():
        files = {table: part / f"{table.name}.copy" for table in _backed_tables(connection)}
        for table, file in files.items():
            write_postgres_rows(connection, table, file)
        return _describe(connection, files, program, now)


def _backed_tables(connection: Connection) -> list[Table]:
    return [table for table in read_tables(connection) if table.name not in LEFT_OUT]


def _describe(connection: Connection, files: Mapping[Table, Path], program: str, now: datetime) -> Manifest:
    rows, head = count_rows(connection, list(files)), verify_audit(connection)
    return Manifest(
        format=1,
        engine=cast("Literal['sqlite', 'postgresql']", connection.dialect.name),
        made_at=now,
        program=program,
        revision=str(read_revision(connection)),
        files=tuple(describe_file(file) for file in dict.fromkeys(files.values())),
        tables={
            table.name: BackedTable(file=file.name, rows=rows[table.name], columns=tuple(table.columns.keys()))
            for table, file in files.items()
        },
        snapshots=verify_snapshots(connection),
        audit_rows=head.seq,
        audit_head=head.hash,
    )


@contextmanager
def _new_folder(folder: Path) -> Iterator[Path]:
    """A folder beside `folder` that becomes `folder` at the end, and is removed when anything goes wrong before."""
    if folder.exists():
        raise WrongUseError(f"{folder} exists already; a backup is written into a new folder")
    part = None
    try:
        folder.absolute().parent.mkdir(parents=True, exist_ok=True)
        # Only the owner may enter it: a backup holds everything.
        part = Path(mkdtemp(prefix=f".{folder.name}.", suffix=".part", dir=folder.absolute().parent))
        yield part
        for path in (*part.iterdir(), part):
            _bring_to_disk(path)
        part.rename(folder)
    except OSError as error:
        raise StorageError(f"the backup {folder} cannot be written: {error.strerror or error}") from error
    finally:
        if part is not None:
            shutil.rmtree(part, ignore_errors=True)


def _bring_to_disk(path: Path) -> None:
    number = os.open(path, os.O_RDONLY)
    try:
        os.fsync(number)
    finally:
        os.close(number)


@contextmanager
def _storage_errors(engine: Engine) -> Iterator[None]:
    try:
        yield
    except DBAPIError as error:
        raise StorageError(f"the database cannot be backed up: {error.orig}") from error
    except engine.dialect.loaded_dbapi.Error as error:
        # Rows go out through the driver itself.
        raise StorageError(f"the database cannot be backed up: {error}") from error
