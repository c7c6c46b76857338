from __future__ import annotations

from collections.abc import Callable

import pytest
from flask import Flask
from flask.testing import FlaskClient

from dashboard.errors import StorageError
from dashboard.web.health import Readiness, register_health


def client_for(read_readiness: Callable[[], Readiness]) -> FlaskClient:
    server = Flask("health")
    register_health(server, read_readiness)
    return server.test_client()


def unreachable() -> Readiness:
    raise StorageError("postgresql://reader:secret@db/trial refused the connection")


def test_the_process_is_healthy_even_when_the_database_is_away() -> None:
    answer = client_for(unreachable).get("/healthz")
    assert (answer.status_code, answer.json) == (200, {"status": "ok"})


def test_a_migrated_database_is_ready_and_names_its_newest_snapshot() -> None:
    answer = client_for(lambda: Readiness(migration="0001", head="0001", snapshot="ab" * 32)).get("/readyz")
    expected = {"status": "ready", "database": "reachable", "migration": "0001", "migration_head": "0001", "snapshot": "ab" * 32}
    assert (answer.status_code, answer.json) == (200, expected)


def test_a_database_without_data_is_ready() -> None:
    answer = client_for(lambda: Readiness(migration="0001", head="0001", snapshot=None)).get("/readyz")
    assert answer.status_code == 200
    assert answer.json is not None
    assert answer.json["snapshot"] is None


@pytest.mark.parametrize("migration", [None, "0001", "0003"])
def test_a_database_with_another_schema_is_not_ready(migration: str | None) -> None:
    answer = client_for(lambda: Readiness(migration=migration, head="0002", snapshot=None)).get("/readyz")
    assert answer.status_code == 503
    assert answer.json is not None
    assert (answer.json["status"], answer.json["migration"], answer.json["migration_head"]) == ("not ready", migration, "0002")


def test_an_unreachable_database_is_not_ready_and_the_reason_is_logged_only(caplog: pytest.LogCaptureFixture) -> None:
    answer = client_for(unreachable).get("/readyz")
    assert (answer.status_code, answer.json) == (503, {"status": "not ready", "database": "unreachable"})
    assert "refused the connection" in caplog.text
