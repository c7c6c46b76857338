"""A restore is one transaction: the schema, every row, every check.

Afterwards the database holds the whole backup, verified, or what it held before.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import AlteredAuditError, AlteredSnapshotError, BackupRefusedError, StorageError, WrongUseError
from data_access.backup.contents import count_rows, read_revision, read_tables, verify_audit, verify_snapshots
from data_access.backup.copying import continue_numbers, load_rows
from data_access.backup.manifest import MANIFEST, Manifest, read_manifest, refuse, verify_files
from data_access.locking import import_lock
from data_access.migrations import list_revisions, migration, run_revisions

SNAPSHOTS, INCOMING = "snapshot", "incoming_snapshot"


def restore_backup(engine: Engine, folder: Path) -> Manifest:
    """Load the backup in `folder` into the database of `engine`, which holds nothing, and verify what was loaded.

    A backup of an older schema is brought to the newest. BackupRefusedError for a backup that is damaged, incomplete or of another
    kind; WrongUseError for a database that holds something; StorageError when it does not do what is needed. Then nothing changed.
    """
    manifest = read_manifest(folder)
    if manifest.engine != engine.dialect.name:
        raise refuse(MANIFEST, f"the backup is one of {manifest.engine}, and DATABASE_URL names a database of {engine.dialect.name}")
    if manifest.revision not in list_revisions():
        raise refuse(MANIFEST, f"the schema {manifest.revision} is not known here: restore with version {manifest.program} or a newer one")
    verify_files(manifest, folder)
    with import_lock(engine), migration(engine) as connection:
        _require_empty(connection)
        _bring_to_revision(connection, manifest.revision)
        _load(connection, manifest, folder)
        run_revisions(connection)
        _verify(connection, manifest)
    return manifest


def _require_empty(connection: Connection) -> None:
    tables = read_tables(connection)
    if connection.dialect.name == "postgresql" and tables:
        names = ", ".join(connection.dialect.identifier_preparer.quote_identifier(table.name) for table in tables)
        connection.execute(text(f"LOCK TABLE {names} IN SHARE ROW EXCLUSIVE MODE"))
    held = [f"{rows} in {table}" for table, rows in count_rows(connection, tables).items() if rows]
    if held:
        raise WrongUseError(f"the database has data (rows: {', '.join(held)}); a backup is restored into an empty database")


def _bring_to_revision(connection: Connection, revision: str) -> None:
    found, known = read_revision(connection), list_revisions()
    if found in known[: known.index(revision)]:
        raise WrongUseError(
            f"the database has the schema {found} and the backup the older one {revision}; restore into a database without tables"
        )
    run_revisions(connection, revision)


def _load(connection: Connection, manifest: Manifest, folder: Path) -> None:
    present = read_tables(connection)
    columns = {table.name: tuple(table.columns.keys()) for table in present}
    for name, backed in manifest.tables.items():
        if set(backed.columns) != set(columns.get(name, ())):
            raise refuse(MANIFEST, f"the table {name} does not have the columns of the schema {manifest.revision}")
    connection.execute(text(f"CREATE TEMPORARY TABLE {INCOMING} AS SELECT * FROM {SNAPSHOTS} WHERE 1 = 0"))  # noqa: S608 constants
    for name in (table.name for table in present if table.name in manifest.tables):
        backed = manifest.tables[name]
        with _refusing(connection, backed.file):
            load_rows(connection, INCOMING if name == SNAPSHOTS else name, name, backed.columns, folder / backed.file)
            if name == SNAPSHOTS:
                _add_as_drafts(connection, backed.columns)
    with _refusing(connection, MANIFEST):
        _set_states(connection)
    continue_numbers(connection, present)


def _add_as_drafts(connection: Connection, columns: tuple[str, ...]) -> None:
    """The database takes rows of drafts only, as at every import: what freezes published snapshots is never switched off."""
    names = [connection.dialect.identifier_preparer.quote_identifier(name) for name in columns]
    given = ["'draft'" if name == "status" else quoted for name, quoted in zip(columns, names, strict=True)]
    connection.execute(text(f"INSERT INTO {SNAPSHOTS} ({', '.join(names)}) SELECT {', '.join(given)} FROM {INCOMING} ORDER BY id"))  # noqa: S608 names of the schema, quoted


def _set_states(connection: Connection) -> None:
    state = f"(SELECT {INCOMING}.status FROM {INCOMING} WHERE {INCOMING}.id = {SNAPSHOTS}.id)"  # noqa: S608 constants
    connection.execute(text(f"UPDATE {SNAPSHOTS} SET status = {state} WHERE {state} <> 'draft'"))  # noqa: S608 constants
    connection.execute(text(f"DROP TABLE {INCOMING}"))


def _verify(connection: Connection, manifest: Manifest) -> None:
    """BackupRefusedError unless the database now holds what the manifest says, with the content hashes that its rows really have."""
    found = count_rows(connection, read_tables(connection))
    for table, backed in manifest.tables.items():
        if found.get(table) != backed.rows:
            raise refuse(backed.file, f"has {found.get(table)} rows of the table {table} where the manifest says {backed.rows}")
    try:
        snapshots, head = verify_snapshots(connection), verify_audit(connection)
    except (AlteredSnapshotError, AlteredAuditError) as error:
        raise refuse(MANIFEST, f"the rows of the backup are not those it was made of: {error}") from error
    if snapshots != manifest.snapshots:
        raise refuse(MANIFEST, "names other snapshots than the backup holds")
    if (head.seq, head.hash) != (manifest.audit_rows, manifest.audit_head):
        raise refuse(MANIFEST, "names another end of the audit than the backup holds")


@contextmanager
def _refusing(connection: Connection, file: str) -> Iterator[None]:
    """Rows that break a rule of the database are a fault of the backup, everything else is one of the surroundings."""
    driver = connection.dialect.loaded_dbapi
    try:
        yield
    except (DBAPIError, driver.Error) as error:
        cause = error.orig if isinstance(error, DBAPIError) else error
        words = str(cause).partition("\n")[0]
        if isinstance(cause, (driver.IntegrityError, driver.DataError)):
            raise refuse(file, f"the database refuses its rows: {words}") from error
        raise StorageError(f"the database refused: {words}") from error
    except OSError as error:
        raise BackupRefusedError(refuse(file, f"cannot be read: {error.strerror}").refusals) from error
