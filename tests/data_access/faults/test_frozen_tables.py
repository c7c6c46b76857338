"""Every table of a published snapshot: no row can be added, and an edit behind the program's back is found."""

# ruff: noqa: S608 every statement is made of constants of the product
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Connection, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import AlteredSnapshotError
from dashboard.study.snapshot import Snapshot
from data_access.content_hash import TABLES
from data_access.repository import SqlRepository
from tests.data_access.deliveries import DM, EX, LB, read, write_sdtm
from tests.data_access.records import one_of_each

STUDY = "nct05600920"
# A column of every table, and what stands there instead.
EDITS = dict.fromkeys(TABLES, "source_row = source_row + 1") | {"participant": "age = age + 1"}


@pytest.fixture
def published(sql_repository: SqlRepository, tmp_path: Path) -> Snapshot:
    """A published snapshot with two rows in every table."""
    names = ("P1", "P2")
    folder = write_sdtm(tmp_path / "delivery", *([{**row, "USUBJID": name} for name in names] for row in (DM, EX, LB)))
    delivery = replace(read(folder), records=one_of_each(*names))
    assert {len(frame) for frame in delivery.frames.values()} == {2}
    return sql_repository.publish(STUDY, sql_repository.store_draft(delivery).cut)


def _drop_triggers(connection: Connection, table: str) -> None:
    if connection.dialect.name == "postgresql":
        connection.execute(text(f'ALTER TABLE "{table}" DISABLE TRIGGER USER'))
        return
    names = connection.execute(text("SELECT name FROM sqlite_master WHERE type = 'trigger' AND tbl_name = :table"), {"table": table})
    for name in names.scalars().all():
        connection.execute(text(f'DROP TRIGGER "{name}"'))


@pytest.mark.parametrize("table", TABLES)
def test_no_row_is_added_to_a_published_snapshot(sql_repository: SqlRepository, published: Snapshot, table: str) -> None:
    new = {"position": "position + 9", "dose_number": "dose_number + 9"} | ({"participant": "'P9'"} if table == "participant" else {})
    with sql_repository.engine.connect() as connection:
        names = list(connection.execute(text(f'SELECT * FROM "{table}" LIMIT 1')).mappings().one())
        values = ", ".join(new.get(name, f'"{name}"') for name in names)
        columns = ", ".join(f'"{name}"' for name in names)
        with pytest.raises(DBAPIError, match="a published snapshot is never edited"):
            connection.execute(text(f'INSERT INTO "{table}" ({columns}) SELECT {values} FROM "{table}" WHERE position = 0'))
    sql_repository.verify(published)


@pytest.mark.parametrize("table", TABLES)
def test_an_edit_behind_the_back_of_the_program_is_found(sql_repository: SqlRepository, published: Snapshot, table: str) -> None:
    with sql_repository.engine.begin() as connection:
        _drop_triggers(connection, table)
        connection.execute(text(f'UPDATE "{table}" SET {EDITS[table]} WHERE position = 1'))
    with pytest.raises(AlteredSnapshotError, match=f"table {table}: the row at position 1 was altered"):
        sql_repository.verify(published)


@pytest.mark.parametrize("edit", ["cut_date = '2024-12-31'", "synthetic = NOT synthetic"])
def test_an_edit_of_the_snapshot_itself_is_found(sql_repository: SqlRepository, published: Snapshot, edit: str) -> None:
    with sql_repository.engine.begin() as connection:
        _drop_triggers(connection, "snapshot")
        connection.execute(text(f"UPDATE snapshot SET {edit}"))
    (altered,) = sql_repository.list_all(STUDY)
    assert altered != published
    with pytest.raises(AlteredSnapshotError, match="content hash"):
        sql_repository.verify(altered)
