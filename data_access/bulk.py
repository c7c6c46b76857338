"""Writing and reading the rows of a snapshot, a batch at a time: never all of them as Python values at once."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from typing import Any

import pandas as pd
import pyarrow as pa
from sqlalchemy import Connection

from data_access.content_hash import ROWS_AT_ONCE, TABLES, column_batches, empty_table
from data_access.packing import build_array, build_frame
from data_access.row_text import copy_lines

Columns = list[Sequence[Any]]
# Tuples that fit into the processor's cache: a fifth less time than ten times as many.
ROWS_PER_FETCH = 2_000


def write_rows(
    connection: Connection, table: str, snapshot_id: int, frame: pd.DataFrame, checksums: Sequence[int]
) -> Generator[int, None, None]:
    """Insert `frame` (conformed, canonical order) as the rows of a snapshot, with their positions and checksums.

    Yields the number of rows of every batch written; the caller must take all of them.
    """
    names = ["snapshot_id", "position", *frame.columns, "checksum"]
    batches = _numbered(snapshot_id, frame, checksums)
    write = _copy if connection.dialect.name == "postgresql" else _insert
    yield from write(connection, table, names, batches)


def read_rows(connection: Connection, table: str, snapshot_id: int) -> pd.DataFrame:
    """The rows of a snapshot by position, typed as `study.columns` declares."""
    kinds = TABLES[table][0]
    # Typed while a batch is in the processor's cache: a million rows of Python values would cost the collector seconds.
    batches = [
        pa.table([build_array(values, kind) for values, kind in zip(columns, kinds.values(), strict=True)], names=list(kinds))
        for columns in _select(connection, table, list(kinds), snapshot_id, ROWS_PER_FETCH)
    ]
    return build_frame(pa.concat_tables(batches), kinds) if batches else empty_table(table)


def read_batches(connection: Connection, table: str, snapshot_id: int) -> Generator[Columns, None, None]:
    """The rows of a snapshot as stored, by position and batch: positions, checksums, then the columns of `study.columns`."""
    yield from _select(connection, table, ["position", "checksum", *TABLES[table][0]], snapshot_id, ROWS_AT_ONCE)


def _numbered(snapshot_id: int, frame: pd.DataFrame, checksums: Sequence[int]) -> Iterator[Columns]:
    start = 0
    for columns in column_batches(frame):
        stop = start + len(columns[0])
        yield [[snapshot_id] * (stop - start), range(start, stop), *columns, checksums[start:stop]]
        start = stop


def _select(connection: Connection, table: str, names: list[str], snapshot_id: int, at_once: int) -> Iterator[Columns]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    # Past SQLAlchemy's rows: a tuple of the driver costs a third of them, and a server-side cursor keeps one batch in memory.
    driver: Any = connection.connection.driver_connection
    is_postgres = connection.dialect.name == "postgresql"
    cursor = driver.cursor(name="rows") if is_postgres else driver.cursor()
    mark, columns = "%s" if is_postgres else "?", ", ".join(quote(name) for name in names)
    statement = f"SELECT {columns} FROM {quote(table)} WHERE snapshot_id = {mark} ORDER BY position"  # noqa: S608 names of `tables`, quoted
    try:
        cursor.execute(statement, (snapshot_id,))
        yield from _batches(cursor, len(names), at_once)
    finally:
        cursor.close()


def _batches(cursor: Any, width: int, at_once: int) -> Iterator[Columns]:
    columns: list[list[Any]] = [[] for _ in range(width)]
    while rows := cursor.fetchmany(ROWS_PER_FETCH):
        for column, values in zip(columns, zip(*rows, strict=True), strict=True):
            column.extend(values)
        if len(columns[0]) >= at_once:
            yield list(columns)
            columns = [[] for _ in range(width)]
    if columns[0]:
        yield list(columns)


def _insert(connection: Connection, table: str, names: list[str], batches: Iterator[Columns]) -> Iterator[int]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    columns, marks = ", ".join(quote(name) for name in names), ", ".join("?" * len(names))
    statement = f"INSERT INTO {quote(table)} ({columns}) VALUES ({marks})"  # noqa: S608 names come from `tables`, quoted
    for batch in batches:
        connection.exec_driver_sql(statement, list(zip(*batch, strict=True)))
        yield len(batch[0])


def _copy(connection: Connection, table: str, names: list[str], batches: Iterator[Columns]) -> Iterator[int]:
    quote = connection.dialect.identifier_preparer.quote_identifier
    kinds = ["int64", "int64", *TABLES[table][0].values(), "int64"]
    driver: Any = connection.connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(f"COPY {quote(table)} ({', '.join(quote(name) for name in names)}) FROM STDIN") as copy:
        for batch in batches:
            copy.write(copy_lines(batch, kinds))
            yield len(batch[0])
