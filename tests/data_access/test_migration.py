"""A database of the first schema, with a published snapshot, after it was brought to the newest one."""

# ruff: noqa: S608 every statement is made of constants of this module
from __future__ import annotations

from pathlib import Path

import pytest
from alembic.operations import Operations
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot
from data_access.migrations import migrate, migration_head_matches
from data_access.migrations.versions import r0001_snapshots
from data_access.repository import SqlRepository
from tests.data_access.conftest import POSTGRES
from tests.data_access.deliveries import read, write_sdtm

STUDY = "nct05600920"
# Computed by revision r0001 of the product (commit 10b4b66) from the delivery that `write_sdtm` writes without arguments.
HASH = "2cc399195abbdb7f82c7ba5fe91e7c5579be2dd71887bf27cc6ab89385ae03a8"
CHECKSUMS = {"participant": 1754757363, "count": 4016910814, "dose": 2658483040}
ROWS = (
    "INSERT INTO snapshot (id, study, content_hash, label, cut_date, status, synthetic, created_at, published_at, withdrawn_reason, "
    f"participants, records, definition_hash, report) VALUES (1, '{STUDY}', '{HASH}', 'old', '2024-03-04', 'draft', @NO@, "
    "'2025-01-01T00:00:00.000000+00:00', NULL, '', 1, 1, 'd', '{REPORT}')",
    "INSERT INTO participant (snapshot_id, position, participant, cohort, sex, age, dosed, cut_day, last_day, status, checksum) "
    f"VALUES (1, 0, 'P1', '240', 'F', 41, @YES@, 0, 0, 'ongoing', {CHECKSUMS['participant']})",
    "INSERT INTO count (snapshot_id, position, participant, analyte, day, value, below_loq, after_dose, marked_unscheduled, visit_label, "
    "value_text, unit_text, source_file, source_row, checksum) VALUES (1, 0, 'P1', 'cd4', -3, 120.0, @NO@, @NO@, @NO@, 'PRE-DOSE 1', "
    f"'120', '/uL', 'lb', 1, {CHECKSUMS['count']})",
    "INSERT INTO dose (snapshot_id, position, participant, dose_number, day, amount, amount_unit, source_file, source_row, checksum) "
    f"VALUES (1, 0, 'P1', 1, 0, 240.0, 'ug/kg', 'ex', 1, {CHECKSUMS['dose']})",
    "UPDATE snapshot SET status = 'published', published_at = '2025-01-02T00:00:00.000000+00:00'",
)
# A report as the first version stored it: notes without places.
REPORT = '{"files":[],"tallies":{"counts":{"read":1,"stored":1,"left_out":{}}},"notes":[{"code":"partial-date","text":"x","rows":2}]}'


@pytest.fixture(params=["sqlite", POSTGRES])
def first_engine(request: pytest.FixtureRequest, tmp_path: Path, open_engine: object) -> Engine:
    """A database as revision r0001 left it, with one published snapshot."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'old.sqlite'}"
    engine: Engine = open_engine(url)  # type: ignore[operator]
    yes, no = ("true", "false") if request.param == "postgres" else ("1", "0")
    with engine.begin() as connection:
        with Operations.context(MigrationContext.configure(connection)):
            r0001_snapshots.upgrade()
        connection.execute(text("CREATE TABLE alembic_version (version_num VARCHAR(32) NOT NULL PRIMARY KEY)"))
        connection.execute(text("INSERT INTO alembic_version VALUES ('r0001')"))
        for statement in ROWS:
            filled = statement.replace("@YES@", yes).replace("@NO@", no).replace("{REPORT}", REPORT)
            connection.exec_driver_sql(filled)
    return engine


@pytest.fixture
def upgraded(first_engine: Engine) -> SqlRepository:
    """The same database, migrated."""
    migrate(first_engine)
    assert migration_head_matches(first_engine)
    return SqlRepository(first_engine)


@pytest.fixture
def old(upgraded: SqlRepository) -> Snapshot:
    """The snapshot that was published before."""
    return upgraded.find(STUDY, None)


def test_a_snapshot_published_before_keeps_its_hash_and_verifies(upgraded: SqlRepository, old: Snapshot) -> None:
    assert (old.content_hash, old.status, old.label) == (HASH, "published", "old")
    assert (old.created_by, old.published_by, old.withdrawn_by) == ("", "", "")
    upgraded.verify(old)
    assert [len(upgraded.load_records(old, table)) for table in RECORD_TABLES] == [0] * len(RECORD_TABLES)


def test_the_same_delivery_read_now_is_the_same_snapshot(upgraded: SqlRepository, old: Snapshot, tmp_path: Path) -> None:
    assert upgraded.store_draft(read(write_sdtm(tmp_path / "again"))) == old


def test_its_report_is_read_although_its_notes_have_no_places(upgraded: SqlRepository, old: Snapshot) -> None:
    assert [(note.code, note.rows, note.places) for note in upgraded.load_report(old).notes] == [("partial-date", 2, ())]


@pytest.mark.parametrize(
    "statement",
    ["UPDATE count SET value = 1", "DELETE FROM dose", "UPDATE participant SET sex = 'M'", "UPDATE snapshot SET label = 'new'",
     "UPDATE snapshot SET created_by = 'x'", "UPDATE snapshot SET published_by = 'x'", "DELETE FROM snapshot"],
)  # fmt: skip
def test_it_stays_frozen(upgraded: SqlRepository, old: Snapshot, statement: str) -> None:
    with pytest.raises(DBAPIError, match="a published snapshot is never edited"), upgraded.engine.begin() as connection:
        connection.execute(text(statement))
    upgraded.verify(old)


def test_it_can_still_be_withdrawn(upgraded: SqlRepository, old: Snapshot) -> None:
    withdrawn = upgraded.withdraw(STUDY, old.cut, "superseded", by="Ada")
    assert (withdrawn.status, withdrawn.withdrawn_by) == ("withdrawn", "Ada")
    upgraded.verify(withdrawn)
