"""A database that does not answer: 503 in words at every kind of address, and no detail for strangers."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.errors import AlteredSnapshotError, StorageError, UnreachableError
from dashboard.factory import create_app, open_repository
from dashboard.panels import PANELS
from dashboard.settings import read_settings
from dashboard.study.snapshot import Snapshot
from dashboard.web.unavailable import BY_ITSELF, NO_RECORDS
from data_access import engine
from data_access.repository import SqlRepository
from data_access.transactions import reading, transaction
from tests.web.guarded import STUDY, House

DETAIL = "connection to server at 10.1.2.3 failed"
DOCUMENTS = ("/", f"/{STUDY}/trajectories?sex=F")
ASKED_BY_SCRIPTS = ("/_dash-layout", "/api/v1/studies", f"/api/v1/{STUDY}/participants.csv")


def away(*_: object, **__: object) -> object:
    raise UnreachableError(DETAIL)


@pytest.fixture
def dora(house: House, monkeypatch: pytest.MonkeyPatch) -> FlaskClient:
    """A member of the board, signed in, whose session cannot be looked up any more."""
    browser = house.client("dora")
    monkeypatch.setattr(house.access.sessions, "find", away)
    return browser


@pytest.mark.parametrize("address", DOCUMENTS)
def test_a_page_says_so_and_opens_by_itself_later(dora: FlaskClient, address: str) -> None:
    answer = dora.get(address)
    assert (answer.status_code, answer.mimetype, answer.headers["Retry-After"]) == (503, "text/html", "5")
    assert NO_RECORDS in answer.text
    assert BY_ITSELF in answer.text
    assert '<meta http-equiv="refresh" content="5">' in answer.text
    assert answer.headers["Cache-Control"] == "no-store"
    assert "frame-ancestors 'none'" in answer.headers["Content-Security-Policy"]


@pytest.mark.parametrize("address", ASKED_BY_SCRIPTS)
def test_a_script_is_told_in_json(dora: FlaskClient, address: str) -> None:
    answer = dora.get(address, headers={"X-Lymphotrace-Address": DOCUMENTS[1]})
    assert (answer.status_code, answer.json, answer.headers["Retry-After"]) == (503, {"error": NO_RECORDS}, "5")


@pytest.mark.parametrize("address", [*DOCUMENTS, *ASKED_BY_SCRIPTS])
def test_the_reason_is_for_the_log(dora: FlaskClient, address: str, caplog: pytest.LogCaptureFixture) -> None:
    assert "10.1.2.3" not in dora.get(address).text
    assert DETAIL in caplog.text


@pytest.mark.parametrize("address", [DOCUMENTS[1], *ASKED_BY_SCRIPTS])
def test_without_signing_in_it_is_the_same(
    client: FlaskClient, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setattr(demo_repository, "list_published", away)
    assert client.get(address, headers={"X-Lymphotrace-Address": DOCUMENTS[1]}).status_code == 503


def fail_with(error: Exception) -> Callable[..., object]:
    def fail(*_: object) -> object:
        raise error

    return fail


@pytest.mark.parametrize(
    ("error", "status"), [(UnreachableError("away"), 503), (AlteredSnapshotError("row 3"), 200)], ids=["away", "altered"]
)
def test_a_panel_whose_rows_cannot_be_read_now_is_asked_for_again_and_one_of_altered_rows_fails(
    client: FlaskClient, newest: Snapshot, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    monkeypatch.setitem(PANELS, "sweep", replace(PANELS["sweep"], summarise=fail_with(error)))
    address = f"/{STUDY}/thresholds?cut={newest.cut}&age=21-73"
    answer = client.get("/_dash-layout", headers={"X-Lymphotrace-Address": address})
    assert (answer.status_code, "could not be computed" in answer.text) == (status, status == 200)


def test_a_page_whose_statement_takes_too_long_is_answered_in_the_same_words(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_settings({"VAR": str(tmp_path), "STATEMENT_SECONDS": "1", "LOG_LEVEL": "error"})
    repository = open_repository(settings)
    client = create_app(settings, repository).server.test_client()

    def count_without_end(_: str) -> object:
        endless = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT max(n) FROM number"
        with reading(repository.engine) as connection:
            return connection.exec_driver_sql(endless).all()

    monkeypatch.setattr(repository, "list_published", count_without_end)
    answer = client.get(DOCUMENTS[1])
    repository.engine.dispose()
    assert (answer.status_code, answer.headers["Retry-After"]) == (503, "5")
    assert NO_RECORDS in answer.text


def test_rows_that_were_altered_do_not_heal_by_waiting(
    client: FlaskClient, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(demo_repository, "list_published", fail_with(AlteredSnapshotError("row 3")))
    answer = client.get(DOCUMENTS[1])
    assert (answer.status_code, "Retry-After" in answer.headers) == (500, False)
    assert answer.json is not None
    assert answer.json["error"] == "The server could not answer."


def test_a_database_that_another_program_holds_is_away(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(engine, "SECONDS_TO_WAIT", 0)
    opened = engine.create_database_engine(f"sqlite:///{tmp_path / 'held.sqlite'}")
    with closing(sqlite3.connect(tmp_path / "held.sqlite", isolation_level=None)) as holder:
        holder.execute("BEGIN EXCLUSIVE")
        with pytest.raises(UnreachableError, match="database is locked"), transaction(opened, write=True):
            pytest.fail("the database is held by another program")
        holder.execute("ROLLBACK")
    with transaction(opened, write=True) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar_one() == 1
    opened.dispose()


def test_a_row_that_breaks_a_rule_of_the_database_is_no_reason_to_wait(tmp_path: Path) -> None:
    opened = engine.create_database_engine(f"sqlite:///{tmp_path / 'rules.sqlite'}")
    with transaction(opened, write=True) as connection:
        connection.exec_driver_sql("CREATE TABLE one (name TEXT NOT NULL)")
    with pytest.raises(StorageError) as raised, transaction(opened, write=True) as connection:
        connection.exec_driver_sql("INSERT INTO one VALUES (NULL)")
    assert not isinstance(raised.value, UnreachableError)
    opened.dispose()
