"""Opening, migrating and locking the database."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from alembic.autogenerate import compare_metadata
from alembic.runtime.migration import MigrationContext
from sqlalchemy import Engine, text

from dashboard.errors import ImportBusyError, SettingsError, StorageError
from dashboard.study.columns import RECORD_TABLES
from data_access.engine import create_database_engine
from data_access.locking import import_lock
from data_access.migrations import migrate, migration_head_matches
from data_access.tables import Base

Open = Callable[[str], Engine]
ROOT = Path(__file__).parents[2]
MIGRATE = (
    "import sys; from data_access.engine import create_database_engine; from data_access.migrations import migrate; "
    "engine = create_database_engine(sys.argv[1]); migrate(engine); engine.dispose()"
)


def _three_first_starts(url: str) -> list[int]:
    def start(_: int) -> int:
        return subprocess.run([sys.executable, "-c", MIGRATE, url], cwd=ROOT, check=False, timeout=60).returncode

    with ThreadPoolExecutor(3) as pool:
        return list(pool.map(start, range(3)))


def test_the_migrations_build_the_tables_of_the_code(engine: Engine) -> None:
    with engine.connect() as connection:
        context = MigrationContext.configure(connection, opts={"compare_type": True})
        assert compare_metadata(context, Base.metadata) == []


def test_migrating_again_changes_nothing(engine: Engine) -> None:
    assert migration_head_matches(engine)
    migrate(engine)
    assert migration_head_matches(engine)


def test_an_empty_database_is_not_at_the_head(open_engine: Open, tmp_path: Path) -> None:
    assert not migration_head_matches(open_engine(f"sqlite:///{tmp_path / 'empty.sqlite'}"))


def test_a_database_of_a_newer_version_is_refused(engine: Engine) -> None:
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = 'r9999'"))
    assert not migration_head_matches(engine)
    with pytest.raises(StorageError, match="newer version of the product"):
        migrate(engine)


def test_processes_that_start_together_all_find_a_whole_schema_on_sqlite(open_engine: Open, tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path / 'var' / 'new.sqlite'}"
    assert _three_first_starts(url) == [0, 0, 0]
    assert migration_head_matches(open_engine(url))


@pytest.mark.postgres
def test_processes_that_start_together_all_find_a_whole_schema_on_postgresql(open_engine: Open, postgres_url: str) -> None:
    assert _three_first_starts(postgres_url) == [0, 0, 0]
    assert migration_head_matches(open_engine(postgres_url))


def test_the_second_importer_is_told_that_it_must_wait(engine: Engine, open_engine: Open) -> None:
    other = open_engine(engine.url.render_as_string(hide_password=False))
    with import_lock(engine), pytest.raises(ImportBusyError, match="another import is running"), import_lock(other):
        pass
    with import_lock(other), pytest.raises(ImportBusyError), import_lock(engine):
        pass


def test_sqlite_is_opened_with_its_safety_on(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'safe.sqlite'}")
    migrate(engine)
    with engine.connect() as connection:
        found = {name: connection.scalar(text(f"PRAGMA {name}")) for name in ("foreign_keys", "recursive_triggers", "journal_mode")}
    assert found == {"foreign_keys": 1, "recursive_triggers": 1, "journal_mode": "wal"}


def test_sqlite_refuses_a_text_where_a_number_belongs(open_engine: Open, tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'strict.sqlite'}")
    migrate(engine)
    with engine.connect() as connection:
        tables = connection.execute(text("SELECT name FROM pragma_table_list WHERE strict = 1 AND schema = 'main'")).scalars().all()
    assert set(tables) >= {"snapshot", "participant", "count", "dose", *RECORD_TABLES}


@pytest.mark.parametrize("url", ["mysql://localhost/x", "nonsense", "sqlite+nothing://"])
def test_an_address_of_another_database_is_a_wrong_setting(url: str) -> None:
    with pytest.raises(SettingsError, match="DATABASE_URL"):
        create_database_engine(url)


def test_a_database_that_cannot_be_written_is_an_error_of_the_environment(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(StorageError, match="cannot be created"):
        create_database_engine(f"sqlite:///{tmp_path / 'file' / 'x.sqlite'}")
