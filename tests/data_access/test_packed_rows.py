"""The packed rows, which the pages read, are the rows that were imported, or nothing is read."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from sqlalchemy import text

from dashboard.errors import AlteredSnapshotError
from dashboard.study.columns import COUNT_COLUMNS, RECORD_TABLES
from dashboard.study.snapshot import Snapshot
from data_access import packing
from data_access.bulk import read_rows
from data_access.packing import pack, unpack
from data_access.repository import SqlRepository
from tests.data_access.deliveries import LB, read, write_sdtm
from tests.data_access.records import one_of_each

STUDY = "nct05600920"
SECOND = {**LB, "LBDTC": "2024-03-18", "LBORRES": "230"}


@pytest.fixture
def published(sql_repository: SqlRepository, tmp_path: Path) -> Snapshot:
    """A published snapshot with two counts and a row of every further table."""
    delivery = replace(read(write_sdtm(tmp_path / "delivery", lb=[LB, SECOND])), records=one_of_each("P1"))
    return sql_repository.publish(STUDY, sql_repository.store_draft(delivery).content_hash)


def _edit(repository: SqlRepository, statement: str) -> None:
    """Change a table behind the program's back, past the triggers that freeze it."""
    with repository.engine.begin() as connection:
        if connection.dialect.name == "sqlite":
            for act in ("insert", "update", "delete"):
                connection.execute(text(f"DROP TRIGGER freeze_packed_rows_{act}"))
        else:
            connection.execute(text("ALTER TABLE packed_rows DISABLE TRIGGER ALL"))
        connection.execute(text(statement))


@pytest.mark.parametrize("table", ["participant", "count", "dose", *RECORD_TABLES])
def test_what_is_packed_is_what_the_rows_say(sql_repository: SqlRepository, published: Snapshot, table: str) -> None:
    with sql_repository.engine.connect() as connection:
        rows = read_rows(connection, table, 1)
    data = sql_repository.load(published)
    named = {"participant": data.participants, "count": data.counts, "dose": data.doses}
    packed = named[table] if table in named else sql_repository.load_records(published, table)
    assert len(rows)
    pd.testing.assert_frame_equal(packed, rows)


@pytest.mark.parametrize("rows_per_part", [1, 2, 3])
def test_rows_come_back_in_order_however_many_parts_hold_them(
    sql_repository: SqlRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, rows_per_part: int
) -> None:
    monkeypatch.setattr(packing, "ROWS_PER_PART", rows_per_part)
    days = [f"2024-03-{day:02d}" for day in (4, 11, 18, 25, 26)]
    delivery = read(write_sdtm(tmp_path / "delivery", lb=[{**LB, "LBDTC": day, "LBORRES": str(100 + n)} for n, day in enumerate(days)]))
    snapshot = sql_repository.publish(STUDY, sql_repository.store_draft(delivery).content_hash)
    assert sql_repository.load(snapshot).counts["value"].tolist() == [100, 101, 102, 103, 104]
    sql_repository.verify(snapshot)


def test_missing_days_and_values_stay_missing() -> None:
    frame = pd.DataFrame({"day": pd.array([1, None], "Int64"), "value": [None, 2.5], "note": ["", "µ"], "flag": [True, False]})
    kinds = {"day": "Int64", "value": "float64", "note": "str", "flag": "bool"}
    back = unpack(list(pack(frame.astype(kinds), kinds)), kinds, "table")
    pd.testing.assert_frame_equal(back, frame.astype(kinds))


def test_an_altered_part_is_refused_before_a_number_of_it_is_shown(sql_repository: SqlRepository, published: Snapshot) -> None:
    _edit(sql_repository, "UPDATE packed_rows SET digest = 'other' WHERE table_name = 'count'")
    with pytest.raises(AlteredSnapshotError, match=f"snapshot {published.cut}: table count: part 0 of the packed rows was altered"):
        sql_repository.load(published)
    with pytest.raises(AlteredSnapshotError, match="part 0 of the packed rows was altered"):
        sql_repository.verify(published)


def test_a_part_that_is_missing_is_refused(sql_repository: SqlRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(packing, "ROWS_PER_PART", 1)
    delivery = read(write_sdtm(tmp_path / "delivery", lb=[LB, SECOND]))
    snapshot = sql_repository.publish(STUDY, sql_repository.store_draft(delivery).content_hash)
    _edit(sql_repository, "DELETE FROM packed_rows WHERE table_name = 'count' AND part = 1")
    with pytest.raises(AlteredSnapshotError, match="table count: a part of the packed rows is missing"):
        sql_repository.load(snapshot)


def test_verify_finds_packed_rows_that_are_whole_but_not_those_imported(sql_repository: SqlRepository, published: Snapshot) -> None:
    part = next(pack(sql_repository.load(published).counts.assign(value=999.0), COUNT_COLUMNS))
    _edit(sql_repository, "DELETE FROM packed_rows WHERE table_name = 'count'")
    with sql_repository.engine.begin() as connection:
        names = "snapshot_id, table_name, part, parts, digest, content"
        statement = text(f"INSERT INTO packed_rows ({names}) VALUES (1, 'count', 0, 1, :digest, :content)")  # noqa: S608 constants
        connection.execute(statement, {"digest": part.digest, "content": part.content})
    with pytest.raises(AlteredSnapshotError, match="the packed rows, which the pages read, have the content hash"):
        sql_repository.verify(published)


def test_a_snapshot_stored_before_rows_were_packed_is_read_from_its_rows(sql_repository: SqlRepository, published: Snapshot) -> None:
    before = sql_repository.load(published).counts
    _edit(sql_repository, "DELETE FROM packed_rows")
    pd.testing.assert_frame_equal(sql_repository.load(published).counts, before)
    sql_repository.verify(published)
