"""The restore drill on both engines: what is restored is what was backed up, byte for byte in the tables, and frozen again."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from stat import S_IMODE

import pytest
from sqlalchemy import Connection, Engine, text
from sqlalchemy.exc import DBAPIError

from dashboard.cli import DONE, WRONG_USE, main
from data_access.backup import writing
from data_access.backup.contents import LEFT_OUT, count_rows, read_tables
from data_access.engine import create_database_engine
from data_access.meetings import SqlMeetings
from tests.data_access.conftest import POSTGRES
from tests.data_access.deliveries import write_sdtm

STUDY = "nct05600920"
GOLDEN = ("responders", "time-above-summary", "adverse-event-summary")
SESSION = "INSERT INTO session (id, account, started_at, seen_at) VALUES (:id, 'ada', '2026-01-01', '2026-01-01')"


@dataclass
class Databases:
    """New databases of one engine, and commands on them."""

    folder: Path
    make: Callable[[], str]

    def run(self, database: str, *words: str) -> int:
        """Run a command on `database`; returns its exit code."""
        return main(words, {"DATABASE_URL": database, "VAR": str(self.folder)})


@pytest.fixture(params=["sqlite", POSTGRES])
def databases(request: pytest.FixtureRequest, tmp_path: Path) -> Databases:
    """Databases of either engine, which do not exist or hold nothing yet."""
    if request.param == "postgres":
        return Databases(tmp_path, request.getfixturevalue("postgres_database"))
    numbers = iter(range(9))
    return Databases(tmp_path, lambda: f"sqlite:///{tmp_path / f'test{next(numbers)}.sqlite'}")


@pytest.fixture
def small(databases: Databases) -> str:
    """A database with one published delivery of one participant."""
    database = databases.make()
    assert databases.run(database, "import", STUDY, str(write_sdtm(databases.folder / "delivery")), "--publish") == DONE
    return database


@contextmanager
def opened(database: str) -> Iterator[Engine]:
    engine = create_database_engine(database)
    try:
        yield engine
    finally:
        engine.dispose()


def run_statement(database: str, statement: str, **values: str) -> None:
    with opened(database) as engine, engine.begin() as connection:
        connection.execute(text(statement), values)


def rows_of(database: str) -> dict[str, int]:
    """The number of rows by table; empty for a database without tables."""
    with opened(database) as engine, engine.connect() as connection:
        return count_rows(connection, read_tables(connection))


def snapshot_rows(connection: Connection) -> list[tuple[object, ...]]:
    return [tuple(row) for row in connection.execute(text("SELECT * FROM snapshot ORDER BY id")).all()]


@pytest.fixture
def demonstration(databases: Databases) -> str:
    """The demonstration, with an account, its roles, a release and a session."""
    database = databases.make()
    for words in (
        ("load-demo", "--study", STUDY, "--participants-per-cohort", "3"),
        ("account", "add", "--without-password", "ada"),
        ("role", "grant", "ada", "dsmb", STUDY),
        ("role", "grant", "ada", "admin"),
    ):
        assert databases.run(database, *words) == DONE
    run_statement(database, SESSION, id="a" * 64)
    return database


def test_the_drill_gives_the_same_hashes_rows_and_tables(
    databases: Databases, demonstration: str, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    def printed(database: str, *words: str) -> bytes:
        capsysbinary.readouterr()
        assert databases.run(database, *words) == DONE
        return capsysbinary.readouterr().out

    golden = {table: printed(demonstration, "export", STUDY, table) for table in GOLDEN}
    listed, hashes = printed(demonstration, "snapshots", STUDY), printed(demonstration, "verify", STUDY)
    backup, restored = databases.folder / "backup", databases.make()
    told = printed(demonstration, "backup", str(backup)).decode().split()
    before = rows_of(demonstration)
    assert told[0] == str(backup)
    loaded = printed(restored, "restore", str(backup)).decode()
    after = rows_of(restored)
    # The restore is the one row more.
    assert after == {**before, **dict.fromkeys(LEFT_OUT, 0), "audit_event": before["audit_event"] + 1}
    assert (before["session"], after["account"], after["account_role"]) == (1, 1, 2)
    assert printed(restored, "snapshots", STUDY) == listed
    assert printed(restored, "verify", STUDY) == hashes
    assert {line.split()[1] for line in loaded.splitlines()} == {line.split()[1] for line in hashes.decode().splitlines()}
    for table, content in golden.items():
        assert content.count(b"\n") > 3
        assert printed(restored, "export", STUDY, table) == content, table


def test_the_audit_is_whole_after_a_restore_and_goes_on(databases: Databases, small: str, capsys: pytest.CaptureFixture[str]) -> None:
    backup, restored = databases.folder / "backup", databases.make()
    assert databases.run(small, "backup", str(backup)) == DONE
    assert databases.run(small, "audit", "head") == DONE
    head = capsys.readouterr().out.splitlines()[-1]
    assert databases.run(restored, "restore", str(backup)) == DONE
    assert databases.run(restored, "audit", "exports", "--format", "json") == DONE
    (backed_up,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{"))
    assert (backed_up["action"], backed_up["detail"]) == ("export", {"format": "backup"})
    assert databases.run(restored, "audit", "list", "--action", "restore", "--format", "json") == DONE
    (loaded,) = (json.loads(line) for line in capsys.readouterr().out.splitlines() if line.startswith("{"))
    assert loaded["detail"] == {"format": "backup", "name": "backup"}
    assert loaded["reader"]
    assert databases.run(restored, "account", "add", "--without-password", "ada") == DONE
    assert databases.run(restored, "audit", "verify", "--head", head.split()[1]) == DONE
    number, _ = capsys.readouterr().out.splitlines()[-1].split()
    # The rows of the restore and of the new account.
    assert int(number) == int(head.split()[0]) + 2


FROZEN = "a published snapshot is never edited"
REFUSED = {
    "UPDATE count SET value = 1": FROZEN,
    "DELETE FROM dose": FROZEN,
    "UPDATE snapshot SET label = 'new'": FROZEN,
    "DELETE FROM audit_event": "the audit is only added to",
    "UPDATE audit_event SET reader = 'nobody'": "the audit is only added to",
}


def test_what_was_frozen_is_frozen_again(restored: str) -> None:
    for statement, refusal in REFUSED.items():
        with pytest.raises(DBAPIError, match=refusal):
            run_statement(restored, statement)


@pytest.fixture
def restored(databases: Databases, small: str) -> str:
    """A new database with the backup of a small one."""
    database = databases.make()
    assert databases.run(small, "backup", str(databases.folder / "backup")) == DONE
    assert databases.run(database, "restore", str(databases.folder / "backup")) == DONE
    return database


def test_a_restored_database_takes_the_next_delivery_and_withdraws_the_first(databases: Databases, restored: str) -> None:
    with opened(restored) as engine, engine.connect() as connection:
        ((first, *_),) = snapshot_rows(connection)
    cut = json.loads((databases.folder / "backup" / "manifest.json").read_text())["snapshots"][0]["content_hash"]
    assert databases.run(restored, "withdraw", STUDY, cut, "--why", "a drill") == DONE
    again = write_sdtm(databases.folder / "again")
    assert databases.run(restored, "import", STUDY, str(again), "--cut-date", "2024-05-01", "--publish") == DONE
    with opened(restored) as engine, engine.connect() as connection:
        assert [row[0] for row in snapshot_rows(connection)] == [first, int(str(first)) + 1]
        assert connection.execute(text("SELECT status FROM snapshot ORDER BY id")).scalars().all() == ["withdrawn", "published"]


MEETING = (
    "INSERT INTO meeting (id, study, title, content_hash, opened_at, opened_by, chair, shown_content_hash, shown_page, shown_subject, "
    "shown_query, shown_fingerprint, shown_link, step, edition, closed_by) VALUES (:id, 'nct05600920', 'Week 36', :hash, :at, 'dora', "
    "'dora', :hash, 'overview', '', 'cut=aaaaaaaaaa', '0123ABCD', '', 3, 2, '')"
)
ENTRY = (
    "INSERT INTO meeting_entry (meeting_id, number, kind, author, written_at, words, shown_content_hash, shown_page, shown_subject, "
    "shown_query, shown_fingerprint, shown_link, code, selection) VALUES (:id, 1, 'decision', 'dora', :at, :words, :hash, 'overview', '', "
    "'cut=aaaaaaaaaa', '0123ABCD', '', :hash, 'All cohorts')"
)


def test_meetings_are_restored_with_their_decisions_which_stay_as_they_are(databases: Databases, small: str) -> None:
    given = {"id": "f" * 32, "hash": "a" * 64, "at": "2026-03-01T08:30:00.000000+00:00"}
    run_statement(small, MEETING, **given)
    run_statement(small, ENTRY, words="two\nlines – µ 💉", **given)
    backup, restored = databases.folder / "backup", databases.make()
    assert databases.run(small, "backup", str(backup)) == DONE
    assert databases.run(restored, "restore", str(backup)) == DONE
    with opened(small) as before, opened(restored) as after:
        assert SqlMeetings(after).find("f" * 32) == SqlMeetings(before).find("f" * 32)
        (entry,) = SqlMeetings(after).entries("f" * 32)
        assert [entry] == list(SqlMeetings(before).entries("f" * 32))
    assert (entry.number, entry.words) == (1, "two\nlines – µ 💉")
    with pytest.raises(DBAPIError, match="decisions and comments are only added"):
        run_statement(restored, "DELETE FROM meeting_entry")


def test_every_state_of_a_snapshot_is_restored(databases: Databases, small: str) -> None:
    later = write_sdtm(databases.folder / "later")
    for day, words in (("2024-05-01", ["--publish"]), ("2024-06-01", [])):
        assert databases.run(small, "import", STUDY, str(later), "--cut-date", day, *words) == DONE
    with opened(small) as engine, engine.connect() as connection:
        cut = connection.execute(text("SELECT content_hash FROM snapshot WHERE cut_date = '2024-05-01'")).scalar_one()
    assert databases.run(small, "withdraw", STUDY, cut, "--why", "wrong file") == DONE
    restored = databases.make()
    assert databases.run(small, "backup", str(databases.folder / "backup")) == DONE
    assert databases.run(restored, "restore", str(databases.folder / "backup")) == DONE
    found = []
    for database in (small, restored):
        with opened(database) as engine, engine.connect() as connection:
            found.append(snapshot_rows(connection))
    assert found[0] == found[1]
    assert len(found[0]) == 3


def test_a_writer_is_not_waited_for_and_what_it_has_not_committed_is_not_in_the_backup(databases: Databases, small: str) -> None:
    backup = databases.folder / "backup"
    account = "INSERT INTO account (name, password_hash, disabled, created_at) VALUES ('bob', '', :no, '2026-01-01')"
    with opened(small) as engine, engine.connect() as connection, connection.begin():
        connection.execute(text(account), {"no": False})
        writing.write_backup(engine, backup, "test", datetime(2026, 1, 1, tzinfo=UTC))
    assert json.loads((backup / "manifest.json").read_text())["tables"]["account"]["rows"] == 0
    assert rows_of(small)["account"] == 1


@pytest.mark.postgres
def test_every_table_is_backed_up_as_it_was_at_one_moment(
    postgres_database: Callable[[], str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    databases = Databases(tmp_path, postgres_database)
    database, written = databases.make(), writing.write_postgres_rows
    assert databases.run(database, "migrate") == DONE

    def write_and_be_overtaken(connection: Connection, table: object, file: Path) -> None:
        written(connection, table, file)  # type: ignore[arg-type]
        if file.name == "account.copy":
            assert databases.run(database, "account", "add", "--without-password", "ada") == DONE
            assert databases.run(database, "role", "grant", "ada", "dsmb", STUDY) == DONE

    monkeypatch.setattr(writing, "write_postgres_rows", write_and_be_overtaken)
    assert databases.run(database, "backup", str(tmp_path / "backup")) == DONE
    tables = json.loads((tmp_path / "backup" / "manifest.json").read_text())["tables"]
    assert (tables["account"]["rows"], tables["account_role"]["rows"], tables["audit_event"]["rows"]) == (0, 0, 1)
    assert rows_of(database)["account_role"] == 1
    assert databases.run(databases.make(), "restore", str(tmp_path / "backup")) == DONE


def test_only_the_owner_may_enter_a_backup(databases: Databases, small: str) -> None:
    assert databases.run(small, "backup", str(databases.folder / "backup")) == DONE
    assert S_IMODE((databases.folder / "backup").stat().st_mode) == 0o700


def test_a_database_without_tables_cannot_be_backed_up(databases: Databases, capsys: pytest.CaptureFixture[str]) -> None:
    database = databases.make()
    assert databases.run(database, "backup", str(databases.folder / "backup")) == WRONG_USE
    assert "nothing to back up" in capsys.readouterr().err
    assert not (databases.folder / "backup").exists()
