"""Writing and reading the rows of a snapshot, many at once."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

import pandas as pd
from sqlalchemy import Connection, select

from data_access.content_hash import TABLES, row_tuples
from data_access.tables import Base

ROWS_AT_ONCE = 20_000


def write_rows(connection: Connection, table: str, snapshot_id: int, frame: pd.DataFrame, checksums: list[int]) -> None:
    """Insert `frame` (conformed, canonical order) as the rows of a snapshot, with their positions and checksums."""
    names = ["snapshot_id", "position", *frame.columns, "checksum"]
    numbered = zip(row_tuples(frame), checksums, strict=True)
    rows = ((snapshot_id, position, *values, checksum) for position, (values, checksum) in enumerate(numbered))
    if connection.dialect.name == "postgresql":
        _copy(connection, table, names, rows)
    else:
        _insert(connection, table, names, rows)


def read_rows(connection: Connection, table: str, snapshot_id: int) -> pd.DataFrame:
    """The rows of a snapshot by position, typed as `study.columns` declares."""
    kinds, _ = TABLES[table]
    rows = _select(connection, table, list(kinds), snapshot_id)
    columns = zip(*rows, strict=True) if rows else ((),) * len(kinds)
    return pd.DataFrame({name: _typed(list(values), kind) for (name, kind), values in zip(kinds.items(), columns, strict=True)})


def read_plain_rows(connection: Connection, table: str, snapshot_id: int) -> list[Any]:
    """The rows of a snapshot as stored: position, checksum, then the values in the order of `study.columns`."""
    return _select(connection, table, ["position", "checksum", *TABLES[table][0]], snapshot_id)


def _select(connection: Connection, table: str, names: list[str], snapshot_id: int) -> list[Any]:
    rows = Base.metadata.tables[table]
    query = select(*(rows.c[name] for name in names)).where(rows.c.snapshot_id == snapshot_id).order_by(rows.c.position)
    return list(connection.execute(query).all())


def _typed(values: list[Any], kind: str) -> Any:
    # SQLite gives its flags as 0 and 1.
    return pd.Series(values, dtype="object").astype("bool") if kind == "bool" else pd.Series(values, dtype=kind)


def _insert(connection: Connection, table: str, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns, marks = ", ".join(quote(name) for name in names), ", ".join("?" * len(names))
    statement = f"INSERT INTO {quote(table)} ({columns}) VALUES ({marks})"  # noqa: S608 names come from `tables`, quoted
    while batch := list(islice(rows, ROWS_AT_ONCE)):
        connection.exec_driver_sql(statement, batch)


def _copy(connection: Connection, table: str, names: list[str], rows: Iterator[tuple[Any, ...]]) -> None:
    quote = connection.dialect.identifier_preparer.quote_identifier
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table)} ({', '.join(quote(name) for name in names)}) FROM STDIN") as copy:
        for row in rows:
            copy.write_row(row)
