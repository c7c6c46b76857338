"""Rows of a whole table out of a database into a file of a backup and back, by the driver's own means."""

from __future__ import annotations

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Any
from urllib.parse import quote as quote_path

from sqlalchemy import Connection, Engine, Table, text

SQLITE_COPY = "database.sqlite"
BLOCK, ROWS_AT_ONCE = 1 << 20, 2_000


def copy_sqlite(engine: Engine, file: Path, without: Sequence[str]) -> None:
    """Copy the database of `engine` as it is at one moment into a new file, without the rows of some tables; writers are not kept waiting.

    sqlite3.Error when the copy cannot be written.
    """
    with closing(engine.raw_connection()) as source, closing(sqlite3.connect(file, isolation_level=None)) as copy:
        driver: Any = source.driver_connection
        driver.backup(copy)
        # A file that is read where nothing may be written needs no log beside it.
        copy.execute("PRAGMA journal_mode = DELETE")
        for table in without:
            copy.execute(f'DELETE FROM "{table}"')  # noqa: S608 a constant
        copy.execute("VACUUM")


def write_postgres_rows(connection: Connection, table: Table, file: Path) -> None:
    """Write every row of `table` into a new file, in the order of its key."""
    keys = _list(connection, [column.name for column in table.primary_key.columns])
    rows = f"SELECT {_list(connection, table.columns.keys())} FROM {_quote(connection, table.name)} ORDER BY {keys or 1}"  # noqa: S608 names of the schema, quoted
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY ({rows}) TO STDOUT (ENCODING 'UTF8')") as copy, file.open("xb") as written:
        for block in copy:
            written.write(block)


def load_rows(connection: Connection, into: str, source: str, columns: Sequence[str], file: Path) -> None:
    """Add the rows of the table `source` of a backup's `file` to the table `into`."""
    load = _load_postgres if connection.dialect.name == "postgresql" else _load_sqlite
    load(connection, into, source, columns, file)


def continue_numbers(connection: Connection, tables: Sequence[Table]) -> None:
    """Let PostgreSQL number new rows after those that were loaded with their numbers; SQLite does so by itself."""
    if connection.dialect.name != "postgresql":
        return
    for table in tables:
        for column in table.primary_key.columns:
            place = {"table": _quote(connection, table.name), "column": column.name}
            sequence = connection.scalar(text("SELECT pg_get_serial_sequence(:table, :column)"), place)
            if sequence is not None:
                last = f"(SELECT max({_quote(connection, column.name)}) FROM {_quote(connection, table.name)})"  # noqa: S608 names of the schema, quoted
                connection.execute(text(f"SELECT setval(:sequence, coalesce({last}, 1), {last} IS NOT NULL)"), {"sequence": sequence})


def _load_sqlite(connection: Connection, into: str, source: str, columns: Sequence[str], file: Path) -> None:
    names, marks = _list(connection, columns), ", ".join("?" * len(columns))
    with closing(sqlite3.connect(f"file:{quote_path(str(file.resolve()))}?mode=ro&immutable=1", uri=True)) as backup:
        # Rows that follow each other, as those of the audit do, must be added in their order.
        found = backup.execute(f"SELECT {names} FROM {_quote(connection, source)} ORDER BY {_key(backup, source)}")  # noqa: S608 names of the schema, quoted
        while rows := found.fetchmany(ROWS_AT_ONCE):
            connection.exec_driver_sql(f"INSERT INTO {_quote(connection, into)} ({names}) VALUES ({marks})", rows)  # noqa: S608 as above


def _key(backup: sqlite3.Connection, table: str) -> str:
    keys = backup.execute("SELECT pk, name FROM pragma_table_info(?) WHERE pk > 0 ORDER BY pk", (table,)).fetchall()
    return ", ".join(f'"{name}"' for _, name in keys) or "1"


def _load_postgres(connection: Connection, into: str, _source: str, columns: Sequence[str], file: Path) -> None:
    driver: Any = connection.connection.driver_connection
    statement = f"COPY {_quote(connection, into)} ({_list(connection, columns)}) FROM STDIN (ENCODING 'UTF8')"
    with driver.cursor() as cursor, cursor.copy(statement) as copy, file.open("rb") as stored:
        while block := stored.read(BLOCK):
            copy.write(block)


def _list(connection: Connection, names: Sequence[str]) -> str:
    return ", ".join(_quote(connection, name) for name in names)


def _quote(connection: Connection, name: str) -> str:
    return connection.dialect.identifier_preparer.quote_identifier(name)
