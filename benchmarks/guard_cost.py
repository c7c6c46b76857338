"""What the guard, the session and the audit add to a view change: the same changes, signed in and without signing in, in turns."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from benchmarks.measuring import Measurement
from benchmarks.reader import Reader
from dashboard.factory import create_app, open_access, open_repository
from dashboard.settings import read_settings
from tests.postgres import started_postgres
from tests.readers import PASSWORD, SECRET
from tests.serving import own_environment, run_command

STUDY, PAGE, NAME = "nct05600920", "trajectories", "dora"
OWN = {"HTTP_ORIGIN": "http://localhost", "HTTP_SEC_FETCH_SITE": "same-origin"}
MOST_ADDED_MS = 5
YOUNGEST, TIMES = 20, 30
Pair = tuple[float, float]


def measure_guard_cost(folder: Path) -> list[Measurement]:
    """Wall and processor time on either engine; everything runs in this process, so its processor time is the server's."""
    with started_postgres() as server:
        urls = {"SQLite": "", "PostgreSQL": server.database_maker("guard")()}
        return [row for engine, url in urls.items() for row in _measure(folder / engine, engine, url)]


def _measure(var: Path, engine: str, url: str) -> list[Measurement]:
    given = {"DATABASE_URL": url} if url else {}
    run_command("load-demo", environment=own_environment(var, **given))
    open_to_all, signed_in = _open(var, given), _open(var, given | {"AUTH": "password", "SECRET_KEY": SECRET})
    turns = [[_change(reader, str(age)) for reader in (open_to_all, signed_in)] for age in range(YOUNGEST, YOUNGEST + TIMES)]
    rows = []
    for place, kind in enumerate(("wall", "processor")):
        without, within = tuple(turn[0][place] for turn in turns), tuple(turn[1][place] for turn in turns)
        added = tuple(more - less for more, less in zip(within, without, strict=True))
        rows += [
            Measurement(f"view change, AUTH=none, {engine}, {kind} time", "ms", without),
            Measurement(f"view change, signed in, {engine}, {kind} time", "ms", within),
            Measurement(f"  guard, session and audit add, {engine}, {kind} time", "ms", added, MOST_ADDED_MS),
        ]
    return rows


def _change(reader: Reader, age: str) -> Pair:
    """Wall and processor milliseconds of one change to a view that was never asked before."""
    began = time.process_time()
    wall = sum(reader.choose("age-from", age).values())
    return wall, 1000 * (time.process_time() - began)


def _open(var: Path, given: dict[str, str]) -> Reader:
    settings = read_settings({"VAR": str(var), "LOG_LEVEL": "error", **given})
    repository = open_repository(settings)
    if settings.auth != "none":
        _add_account(repository)
    client = create_app(settings, repository).server.test_client()
    client.environ_base.update(OWN)
    if settings.auth != "none":
        answer = client.post("/sign-in", data={"name": NAME, "password": PASSWORD})
        assert answer.status_code == 303, answer.text
    return Reader(client, f"/{STUDY}/{PAGE}")


def _add_account(repository: Any) -> None:
    access = open_access(repository)
    access.accounts.add(NAME, access.passwords.hash(PASSWORD))
    access.accounts.grant(NAME, "dsmb", STUDY, "benchmark")
    for snapshot in repository.list_published(STUDY):
        access.releases.release(snapshot, ["dsmb"], False, "benchmark")
