"""A backup that is damaged, incomplete or of another kind is refused with file and rule, and what fails half-way leaves nothing."""

from __future__ import annotations

import hashlib
import json
import resource
import shutil
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Engine, event, text

from dashboard.audit.chain import GENESIS
from dashboard.cli import DONE, ENVIRONMENT, REFUSED, WRONG_USE, main
from dashboard.errors import BackupRefusedError, StorageError
from data_access.backup.contents import count_rows, read_tables
from data_access.backup.copying import SQLITE_COPY, copy_sqlite, write_postgres_rows
from data_access.backup.manifest import BackedSnapshot, BackedTable, Manifest, describe_file, write_manifest
from data_access.backup.restoring import restore_backup
from data_access.backup.writing import write_backup
from data_access.engine import create_database_engine
from data_access.migrations import migrate
from data_access.repository import SqlRepository
from tests.data_access.conftest import POSTGRES
from tests.data_access.deliveries import read, write_sdtm
from tests.data_access.test_migration import HASH, STUDY, first_engine  # noqa: F401 a fixture

pytestmark = pytest.mark.slow
NOW = datetime(2026, 1, 1, tzinfo=UTC)


@pytest.fixture(scope="module", params=["sqlite", POSTGRES])
def backup(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The backup of a database of either engine with one published snapshot; tests copy it before they spoil it."""
    folder = tmp_path_factory.mktemp("backup")
    url = request.getfixturevalue("postgres_database")() if request.param == "postgres" else f"sqlite:///{folder / 'first.sqlite'}"
    engine = create_database_engine(url)
    migrate(engine)
    repository = SqlRepository(engine)
    repository.publish(STUDY, repository.store_draft(read(write_sdtm(folder / "delivery"))).content_hash)
    write_backup(engine, folder / "written", "test", NOW)
    engine.dispose()
    return folder / "written"


@pytest.fixture
def spoiled(backup: Path, tmp_path: Path) -> Path:
    """A copy of the backup, to be spoiled."""
    return shutil.copytree(backup, tmp_path / "spoiled")


@pytest.fixture
def target(spoiled: Path, request: pytest.FixtureRequest, open_engine: Callable[[str], Engine]) -> Engine:
    """A new database of the engine of the backup."""
    if (spoiled / SQLITE_COPY).exists():
        return open_engine(f"sqlite:///{spoiled.parent / 'target.sqlite'}")
    return open_engine(request.getfixturevalue("postgres_url"))


def tables_of(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return count_rows(connection, read_tables(connection))


def refusal(engine: Engine, folder: Path) -> str:
    """What the restore says; the database holds no table afterwards."""
    with pytest.raises(BackupRefusedError) as refused:
        restore_backup(engine, folder)
    assert tables_of(engine) == {}
    return str(refused.value)


def edit(folder: Path, change: Callable[[dict[str, Any]], object]) -> None:
    """Change the manifest."""
    manifest = json.loads((folder / "manifest.json").read_text())
    change(manifest)
    (folder / "manifest.json").write_text(json.dumps(manifest))


def rewrite_hashes(folder: Path) -> None:
    """Make the manifest fit the files as they are."""

    def fit(manifest: dict[str, Any]) -> None:
        for listed in manifest["files"]:
            content = (folder / listed["file"]).read_bytes()
            listed |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}

    edit(folder, fit)


def file_of(folder: Path, table: str) -> Path:
    return folder / json.loads((folder / "manifest.json").read_text())["tables"][table]["file"]


def test_a_single_changed_bit_is_refused(spoiled: Path, target: Engine) -> None:
    file = file_of(spoiled, "count")
    content = bytearray(file.read_bytes())
    content[len(content) // 2] ^= 1
    file.write_bytes(content)
    assert refusal(target, spoiled) == f"{file.name}: does not have the SHA-256 of the manifest: it is damaged or was changed"


def test_a_file_that_is_cut_off_or_missing_is_refused(spoiled: Path, target: Engine) -> None:
    file = file_of(spoiled, "snapshot")
    size = file.stat().st_size
    file.write_bytes(file.read_bytes()[:-1])
    said = f"{file.name}: has {size - 1} bytes where the manifest says {size}: it is incomplete or was changed"
    assert refusal(target, spoiled) == said
    file.unlink()
    assert refusal(target, spoiled) == f"{file.name}: cannot be read: No such file or directory"


def test_a_backup_that_was_killed_before_its_end_has_no_manifest_and_is_refused(spoiled: Path, target: Engine) -> None:
    (spoiled / "manifest.json").unlink()
    said = f"manifest.json: cannot be read, so {spoiled} is no complete backup: No such file or directory"
    assert refusal(target, spoiled) == said


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda manifest: manifest.update(format=2), "format: "),
        (lambda manifest: manifest.update(more=1), "more: "),
        (lambda manifest: manifest.pop("tables"), "tables: "),
        (lambda manifest: manifest["files"][0].update(file="../away.sqlite"), "files.0.file: "),
    ],
)
def test_a_manifest_of_another_shape_is_refused(
    spoiled: Path, target: Engine, change: Callable[[dict[str, Any]], object], words: str
) -> None:
    edit(spoiled, change)
    assert f"manifest.json: is damaged or of another version: {words}" in refusal(target, spoiled)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (
            lambda manifest: manifest.update(revision="r9999"),
            "the schema r9999 is not known here: restore with version test or a newer one",
        ),
        (lambda manifest: manifest.update(files=[]), "holds the table snapshot and is not listed"),
        (lambda manifest: manifest["tables"].update(ghost=manifest["tables"]["dose"]), "the table ghost does not have the columns of"),
        (lambda manifest: manifest["tables"]["dose"].update(rows=2), "has 1 rows of the table dose where the manifest says 2"),
        (lambda manifest: manifest.update(snapshots=[]), "names other snapshots than the backup holds"),
        (lambda manifest: manifest.update(audit_rows=7), "names another end of the audit than the backup holds"),
    ],
)
def test_a_manifest_that_does_not_fit_the_rows_is_refused(
    spoiled: Path, target: Engine, change: Callable[[dict[str, Any]], object], said: str
) -> None:
    edit(spoiled, change)
    assert said in refusal(target, spoiled)


def test_rows_that_were_altered_together_with_the_manifest_are_refused(spoiled: Path, target: Engine) -> None:
    file = file_of(spoiled, "count")
    if file.name == SQLITE_COPY:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TRIGGER freeze_count_update")
            connection.execute("UPDATE count SET value = 121.0")
            connection.commit()
    else:
        file.write_bytes(file.read_bytes().replace(b"\t120\t", b"\t121\t", 1))
    rewrite_hashes(spoiled)
    said = refusal(target, spoiled)
    assert said.startswith("manifest.json: the rows of the backup are not those it was made of: snapshot ")
    assert "count" in said


def test_rows_that_break_a_rule_of_the_database_are_refused(spoiled: Path, target: Engine) -> None:
    file = file_of(spoiled, "dose")
    if file.name == SQLITE_COPY:
        with closing(sqlite3.connect(file)) as connection:
            connection.execute("DROP TRIGGER freeze_dose_update")
            connection.execute("UPDATE dose SET participant = 'nobody'")
            connection.commit()
    else:
        file.write_bytes(file.read_bytes().replace(b"P1", b"nobody", 1))
    rewrite_hashes(spoiled)
    assert f"{file.name}: the database refuses its rows: " in refusal(target, spoiled)


def test_a_database_with_data_is_left_as_it_is(spoiled: Path, target: Engine, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"DATABASE_URL": target.url.render_as_string(hide_password=False), "VAR": str(spoiled.parent)}
    assert main(["account", "add", "--without-password", "ada"], environment) == DONE
    before = tables_of(target)
    assert main(["restore", str(spoiled)], environment) == WRONG_USE
    assert "the database has data (rows: 1 in account, 1 in audit_event)" in capsys.readouterr().err
    assert tables_of(target) == before


def test_a_prepared_database_without_data_takes_a_backup(spoiled: Path, target: Engine) -> None:
    migrate(target)
    restore_backup(target, spoiled)
    assert tables_of(target)["count"] == 1


def test_a_refused_backup_ends_with_three_and_a_backup_is_written_into_a_new_folder_only(
    spoiled: Path, target: Engine, capsys: pytest.CaptureFixture[str]
) -> None:
    environment = {"DATABASE_URL": target.url.render_as_string(hide_password=False), "VAR": str(spoiled.parent)}
    assert main(["restore", str(spoiled.parent / "nothing")], environment) == REFUSED
    assert "manifest.json: cannot be read" in capsys.readouterr().err
    restore_backup(target, spoiled)
    assert main(["backup", str(spoiled)], environment) == WRONG_USE
    assert f"{spoiled} exists already; a backup is written into a new folder" in capsys.readouterr().err
    (spoiled.parent / "file").write_text("no folder")
    assert main(["backup", str(spoiled.parent / "file" / "backup")], environment) == ENVIRONMENT
    assert "cannot be written" in capsys.readouterr().err


def test_a_backup_of_another_engine_is_refused(spoiled: Path, target: Engine) -> None:
    other = "postgresql" if target.dialect.name == "sqlite" else "sqlite"
    edit(spoiled, lambda manifest: manifest.update(engine=other))
    assert f"the backup is one of {other}, and DATABASE_URL names a database of {target.dialect.name}" in refusal(target, spoiled)


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """No file may grow beyond `size` bytes: to a program the same as a full disk."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_full_disk_leaves_no_part_of_a_backup(spoiled: Path, target: Engine) -> None:
    restore_backup(target, spoiled)
    before = sorted(spoiled.parent.iterdir())
    with files_of_at_most(100), pytest.raises(StorageError, match=r"cannot be (written|backed up)"):
        write_backup(target, spoiled.parent / "again", "test", NOW)
    assert sorted(spoiled.parent.iterdir()) == before
    write_backup(target, spoiled.parent / "again", "test", NOW)


@pytest.mark.parametrize("backup", ["sqlite"], indirect=True)
def test_a_full_disk_leaves_no_part_of_a_restore(spoiled: Path, target: Engine) -> None:
    with closing(sqlite3.connect(spoiled / SQLITE_COPY)) as connection:
        pages = connection.execute("PRAGMA page_count").fetchone()[0]

    def bound(driver: Any, _record: object, _proxy: object) -> None:
        driver.execute(f"PRAGMA max_page_count = {pages - 2}")

    event.listen(target, "checkout", bound)
    with pytest.raises(StorageError, match="full"):
        restore_backup(target, spoiled)
    assert tables_of(target) == {}
    event.remove(target, "checkout", bound)
    target.dispose()
    restore_backup(target, spoiled)
    assert tables_of(target)["count"] == 1


def write_first_backup(engine: Engine, folder: Path) -> None:
    """A backup as a version of the product with the first schema would have written it."""
    folder.mkdir()
    with engine.connect() as connection:
        tables = read_tables(connection)
        rows = count_rows(connection, tables)
        files = {table.name: folder / (SQLITE_COPY if engine.dialect.name == "sqlite" else f"{table.name}.copy") for table in tables}
        if engine.dialect.name == "postgresql":
            for table in tables:
                write_postgres_rows(connection, table, files[table.name])
    if engine.dialect.name == "sqlite":
        copy_sqlite(engine, folder / SQLITE_COPY, ())
    snapshot = BackedSnapshot(study=STUDY, content_hash=HASH, status="published", cut_date=datetime(2024, 3, 4).date(), label="old")
    manifest = Manifest(
        format=1,
        engine=engine.dialect.name,  # type: ignore[arg-type]
        made_at=NOW,
        program="first",
        revision="r0001",
        files=tuple(describe_file(file) for file in dict.fromkeys(files.values())),
        tables={
            table.name: BackedTable(file=files[table.name].name, rows=rows[table.name], columns=tuple(table.columns.keys()))
            for table in tables
        },
        snapshots=(snapshot,),
        audit_rows=0,
        audit_head=GENESIS,
    )
    write_manifest(manifest, folder)


def test_a_backup_of_an_older_schema_is_restored_and_brought_to_the_newest(
    first_engine: Engine,  # noqa: F811 the fixture
    tmp_path: Path,
    request: pytest.FixtureRequest,
    open_engine: Callable[[str], Engine],
) -> None:
    write_first_backup(first_engine, tmp_path / "old")
    postgres = first_engine.dialect.name == "postgresql"
    new = open_engine(request.getfixturevalue("postgres_database")() if postgres else f"sqlite:///{tmp_path / 'new.sqlite'}")
    restore_backup(new, tmp_path / "old")
    repository = SqlRepository(new)
    (snapshot,) = repository.list_all(STUDY)
    assert snapshot.content_hash == HASH
    repository.verify(snapshot)
    with pytest.raises(Exception, match="a published snapshot is never edited"), new.begin() as connection:
        connection.execute(text("UPDATE snapshot SET created_by = 'x'"))
