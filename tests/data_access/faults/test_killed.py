"""`kill -9`, two importers at once, and a PostgreSQL server that stops: the state before or the state after, never one between."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from dashboard.cli import BUSY, DONE, ENVIRONMENT
from dashboard.errors import ImportBusyError
from data_access.engine import create_database_engine
from data_access.locking import import_lock
from tests.data_access.faults.installation import Installation, ended, wait_for_word, write_small
from tests.postgres import StartedPostgres, started_postgres

# What the program says, in this order, on its way to the end; "" is its very start.
STAGES = ("", "reading lb.csv", "counts: ", "storing: ")
KILLS_AT_EACH, MOST_TRIES, LONGEST_PAUSE = 3, 12, 0.3
SECONDS_TO_RELEASE = 60


def _kill_at(installation: Installation, delivery: Path, stage: str, pause: float) -> bool:
    """Kill an import `pause` seconds after it said `stage`; whether it had not ended by then."""
    with installation.start_import(delivery) as process:
        if stage:
            assert stage in wait_for_word(process, stage)[-1]
        time.sleep(pause)
        process.kill()
        return process.wait() == -signal.SIGKILL


def _wait_for_the_right_to_import(installation: Installation) -> None:
    """Returns when somebody else may import. A server notices a moment later than the system that its client is gone."""
    engine, end = create_database_engine(installation.url), time.monotonic() + SECONDS_TO_RELEASE
    try:
        while True:
            try:
                with import_lock(engine):
                    return
            except ImportBusyError:
                if time.monotonic() > end:
                    raise
            time.sleep(0.02)
    finally:
        engine.dispose()


@pytest.mark.parametrize("stage", STAGES, ids=["start", "reading", "read", "storing"])
def test_a_killed_import_leaves_the_state_before_or_after_and_the_next_one_works(
    installation: Installation, large: Path, stage: str
) -> None:
    moments, before, kills = random.Random(STAGES.index(stage)), installation.statuses(), 0
    for attempt in range(MOST_TRIES):
        # The first kill comes at once, so that slow and fast machines both see one at this stage.
        kills += _kill_at(installation, large, stage, moments.uniform(0, LONGEST_PAUSE) if attempt else 0)
        _wait_for_the_right_to_import(installation)
        after = installation.statuses()
        assert {key: after[key] for key in before} == before
        # `statuses` has verified whatever was stored: at most the one snapshot, and whole.
        assert len(after) - len(before) in (0, 1)
        if kills == KILLS_AT_EACH:
            break
    assert kills >= 1
    with installation.start_import(large) as process:
        assert ended(process)[0] == DONE
    assert list(installation.statuses().values()) == ["published"] * 2
    assert installation.left_files() == []


def test_of_two_importers_the_second_is_told_to_wait_and_nothing_is_mixed(installation: Installation, large: Path, tmp_path: Path) -> None:
    other, before = write_small(tmp_path / "other", 300), installation.statuses()
    with installation.start_import(large) as first:
        assert "reading" in wait_for_word(first, "reading")[-1]
        os.kill(first.pid, signal.SIGSTOP)
        with installation.start_import(other) as second:
            code, said = ended(second)
        assert (code, installation.statuses()) == (BUSY, before)
        assert "another import is running" in said
        os.kill(first.pid, signal.SIGCONT)
        assert ended(first)[0] == DONE
    assert installation.import_and_publish(other) == DONE
    assert list(installation.statuses().values()) == ["published"] * 3


def test_importers_that_start_together_each_end_whole_or_are_told_to_wait(installation: Installation, tmp_path: Path) -> None:
    deliveries = [write_small(tmp_path / f"together-{number}", 400 + number) for number in range(3)]
    before = installation.statuses()
    processes = [installation.start_import(delivery) for delivery in deliveries]
    codes = [ended(process)[0] for process in processes]
    assert set(codes) <= {DONE, BUSY}
    after = installation.statuses()
    assert len(after) == len(before) + codes.count(DONE)
    assert set(after.values()) == {"published"}
    assert [installation.import_and_publish(delivery) for delivery in deliveries] == [DONE] * 3
    assert list(installation.statuses().values()) == ["published"] * 4


@pytest.fixture(scope="module")
def mortal_server(postgres_server: StartedPostgres) -> Iterator[StartedPostgres]:
    """A PostgreSQL server of this module's own, which may be stopped. Started after the shared one, whose package it uses."""
    assert postgres_server.url
    with started_postgres() as server:
        yield server


@pytest.mark.postgres
@pytest.mark.parametrize("stage", ["reading lb.csv", "storing: "])
def test_postgresql_may_be_restarted_in_the_middle_of_an_import(
    mortal_server: StartedPostgres, stage: str, large: Path, tmp_path: Path
) -> None:
    url = mortal_server.database_maker(f"mortal_{len(stage)}")()
    installation = Installation(tmp_path, url)
    assert installation.import_and_publish(write_small(tmp_path / "earlier", 77)) == DONE
    before = installation.statuses()
    with installation.start_import(large) as process:
        assert stage in wait_for_word(process, stage)[-1]
        os.kill(process.pid, signal.SIGSTOP)
        mortal_server.restart()
        os.kill(process.pid, signal.SIGCONT)
        code, said = ended(process)
    assert "Traceback" not in said
    after = installation.statuses()
    if stage == "storing: ":
        # A transaction was open: it is gone, and the program says so.
        assert (code, after) == (ENVIRONMENT, before)
        assert "the database refused" in said
    else:
        # Nothing was open but the right to import: a new connection stores the delivery.
        assert (code, len(after)) == (DONE, 2)
    assert installation.import_and_publish(large) == DONE
    assert list(installation.statuses().values()) == ["published"] * 2
