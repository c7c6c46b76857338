"""A published snapshot cannot be changed, not even past the repository; an altered one is found."""

# ruff: noqa: S608 every statement is made of constants of this module
from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.errors import AlteredSnapshotError, StorageError
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot
from data_access.repository import SqlRepository
from tests.data_access.deliveries import LB, read, write_sdtm
from tests.data_access.records import one_of_each

STUDY = "nct05600920"
COLUMNS = (
    "snapshot_id, position, participant, analyte, day, value, below_loq, after_dose, marked_unscheduled, visit_label, value_text, "
    "unit_text, source_file, source_row, checksum"
)
ROW_TABLES = ("packed_rows", *RECORD_TABLES, "count", "dose", "participant")
COPY = f"SELECT {COLUMNS.replace('position', 'position + 9', 1)} FROM count"
CHANGES = [
    "UPDATE count SET value = 999 WHERE position = 0",
    "UPDATE count SET snapshot_id = snapshot_id + 1",
    "DELETE FROM count",
    f"INSERT INTO count ({COLUMNS}) {COPY}",
    "UPDATE participant SET cohort = '720'",
    "DELETE FROM participant",
    "UPDATE dose SET day = day + 1",
    "DELETE FROM dose",
    "UPDATE snapshot SET content_hash = replace(content_hash, substr(content_hash, 1, 4), '0000')",
    "UPDATE snapshot SET study = 'other'",
    "UPDATE snapshot SET participants = 99",
    "UPDATE snapshot SET label = 'better'",
    "UPDATE snapshot SET status = 'draft'",
    "UPDATE snapshot SET created_by = 'other'",
    "UPDATE snapshot SET published_by = 'other'",
    "UPDATE snapshot SET status = 'withdrawn', withdrawn_at = 'now', withdrawn_reason = 'x', published_by = 'other'",
    "DELETE FROM snapshot",
    "UPDATE packed_rows SET digest = 'other'",
    "UPDATE packed_rows SET snapshot_id = snapshot_id + 1",
    "DELETE FROM packed_rows",
    *(f"UPDATE {table} SET source_row = source_row + 1" for table in RECORD_TABLES),
    *(f"UPDATE {table} SET snapshot_id = snapshot_id + 1" for table in RECORD_TABLES),
    *(f"DELETE FROM {table}" for table in RECORD_TABLES),
]
REPLACEMENTS = [
    f"INSERT OR REPLACE INTO count ({COLUMNS}) SELECT {COLUMNS.replace(' value,', ' value + 1,')} FROM count",
    "INSERT OR REPLACE INTO participant SELECT * FROM participant",
    "INSERT OR REPLACE INTO dose SELECT * FROM dose",
    "INSERT OR REPLACE INTO packed_rows SELECT * FROM packed_rows",
    "INSERT OR REPLACE INTO snapshot SELECT * FROM snapshot",
    *(f"INSERT OR REPLACE INTO {table} SELECT * FROM {table}" for table in RECORD_TABLES),
    "UPDATE OR REPLACE snapshot SET id = id + 1",
]


@pytest.fixture
def published(sql_repository: SqlRepository, tmp_path: Path) -> Snapshot:
    """A published snapshot with two counts, and two rows of every further table."""
    folder = write_sdtm(tmp_path / "delivery", lb=[LB, {**LB, "LBDTC": "2024-03-18", "LBORRES": "230"}])
    delivery = replace(read(folder), records=one_of_each("P1", "P1"))
    return sql_repository.publish(STUDY, sql_repository.store_draft(delivery).cut)


def _run(engine: Engine, statement: str) -> None:
    with engine.begin() as connection:
        connection.execute(text(statement))


def _not_refused(engine: Engine, statements: list[str], pragma: str = "") -> list[str]:
    """The statements that ran, or failed for another reason than the triggers."""
    passed = []
    for statement in statements:
        with engine.connect() as connection:
            if pragma:
                connection.connection.cursor().execute(pragma)
            try:
                with connection.begin():
                    connection.execute(text(statement))
            except DBAPIError as error:
                if "a published snapshot is never edited" in str(error):
                    continue
            passed.append(statement)
    return passed


def test_the_database_refuses_to_change_a_published_snapshot(sql_repository: SqlRepository, published: Snapshot) -> None:
    assert _not_refused(sql_repository.engine, CHANGES) == []
    sql_repository.verify(published)
    assert sql_repository.find(STUDY, published.cut) == published


def test_a_withdrawn_snapshot_is_as_frozen_as_a_published_one(sql_repository: SqlRepository, published: Snapshot) -> None:
    sql_repository.withdraw(STUDY, published.cut, "test")
    assert (
        _not_refused(
            sql_repository.engine, [*CHANGES, "UPDATE snapshot SET withdrawn_reason = 'none'", "UPDATE snapshot SET withdrawn_by = 'x'"]
        )
        == []
    )


@pytest.mark.parametrize("engine", ["sqlite"], indirect=True)
@pytest.mark.parametrize("recursive", ["ON", "OFF"])
def test_replace_does_not_get_past_the_triggers_of_sqlite(sql_repository: SqlRepository, published: Snapshot, recursive: str) -> None:
    assert _not_refused(sql_repository.engine, REPLACEMENTS, f"PRAGMA recursive_triggers = {recursive}") == []
    sql_repository.verify(published)


@pytest.mark.postgres
@pytest.mark.parametrize("engine", ["postgres"], indirect=True)
def test_postgresql_refuses_to_truncate_published_rows(sql_repository: SqlRepository, published: Snapshot) -> None:
    assert _not_refused(sql_repository.engine, [f"TRUNCATE {table} CASCADE" for table in (*ROW_TABLES, "snapshot")]) == []
    sql_repository.verify(published)


def test_the_rows_of_a_draft_may_still_be_deleted(sql_repository: SqlRepository, tmp_path: Path) -> None:
    draft = sql_repository.store_draft(replace(read(write_sdtm(tmp_path / "draft")), records=one_of_each("P1")))
    for table in (*ROW_TABLES, "snapshot"):
        _run(sql_repository.engine, f"DELETE FROM {table}")
    assert draft not in sql_repository.list_all(STUDY)


@pytest.mark.parametrize(
    ("statement", "found"),
    [
        ("UPDATE count SET value = 231 WHERE position = 1", "table count: the row at position 1 was altered; it now reads .*value 231.0"),
        ("UPDATE participant SET sex = 'M'", "table participant: the row at position 0 was altered"),
        ("UPDATE dose SET amount = 241", "table dose: the row at position 0 was altered"),
        ("DELETE FROM count WHERE position = 0", "table count: the row at position 0 is missing"),
        ("DELETE FROM count WHERE position = 1", "content hash"),
        ("UPDATE snapshot SET cut_date = '2024-03-19'", "content hash"),
        ("UPDATE snapshot SET synthetic = NOT synthetic", "content hash"),
    ],
)
def test_verify_names_the_first_altered_row(sql_repository: SqlRepository, tmp_path: Path, statement: str, found: str) -> None:
    folder = write_sdtm(tmp_path / "delivery", lb=[LB, {**LB, "LBDTC": "2024-03-18", "LBORRES": "230"}])
    draft = sql_repository.store_draft(read(folder))
    sql_repository.verify(draft)
    _run(sql_repository.engine, statement)
    with pytest.raises(AlteredSnapshotError, match=found):
        sql_repository.verify(draft)


@pytest.mark.parametrize("table", RECORD_TABLES)
def test_verify_names_the_first_altered_row_of_every_further_table(sql_repository: SqlRepository, tmp_path: Path, table: str) -> None:
    delivery = replace(read(write_sdtm(tmp_path / "delivery")), records=one_of_each("P1", "P1"))
    draft = sql_repository.store_draft(delivery)
    sql_repository.verify(draft)
    _run(sql_repository.engine, f"UPDATE {table} SET source_row = 7 WHERE position = 1")
    with pytest.raises(AlteredSnapshotError, match=f"table {table}: the row at position 1 was altered; it now reads .*source_row 7"):
        sql_repository.verify(draft)
    _run(sql_repository.engine, f"DELETE FROM {table} WHERE position = 1")
    with pytest.raises(AlteredSnapshotError, match="content hash"):
        sql_repository.verify(draft)
    _run(sql_repository.engine, f"DELETE FROM {table}")
    with pytest.raises(AlteredSnapshotError, match="content hash"):
        sql_repository.verify(draft)


def test_a_row_for_nobody_is_refused_by_the_database(sql_repository: SqlRepository, tmp_path: Path) -> None:
    delivery = read(write_sdtm(tmp_path / "delivery"))
    for table, rows in one_of_each("P9").items():
        with pytest.raises(StorageError, match=r"(?i)foreign key"):
            sql_repository.store_draft(replace(delivery, records={table: rows}))
    assert list(sql_repository.list_all(STUDY)) == []
