"""Repositories of every kind, and the CDISC pilot as files."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import Engine

from dashboard.study.definitions import read_definitions
from data_access.delivery import Delivery, read_delivery
from data_access.engine import create_database_engine
from data_access.memory import InMemoryRepository
from data_access.migrations import migrate
from data_access.repository import SqlRepository
from tests.data_access.deliveries import write_pilot

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


def _ticking_clock() -> Callable[[], datetime]:
    now = datetime(2026, 1, 1, tzinfo=UTC)

    def tick() -> datetime:
        nonlocal now
        now += timedelta(minutes=1)
        return now

    return tick


@pytest.fixture
def open_engine() -> Iterator[Callable[[str], Engine]]:
    """Opens engines by address and closes them at the end of the test."""
    opened: list[Engine] = []

    def open_one(url: str) -> Engine:
        opened.append(create_database_engine(url))
        return opened[-1]

    yield open_one
    for engine in opened:
        engine.dispose()


@pytest.fixture(params=["sqlite", POSTGRES])
def engine(request: pytest.FixtureRequest, tmp_path: Path, open_engine: Callable[[str], Engine]) -> Engine:
    """A migrated database of both engines."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'test.sqlite'}"
    made = open_engine(url)
    migrate(made)
    return made


@pytest.fixture
def sql_repository(engine: Engine) -> SqlRepository:
    """A repository on both engines; each call of its clock is a minute later."""
    return SqlRepository(engine, _ticking_clock())


@pytest.fixture(params=["memory", "sqlite", POSTGRES])
def repository(request: pytest.FixtureRequest, tmp_path: Path, open_engine: Callable[[str], Engine]) -> InMemoryRepository | SqlRepository:
    """Every repository there is; each call of its clock is a minute later."""
    if request.param == "memory":
        return InMemoryRepository(_ticking_clock())
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'test.sqlite'}"
    engine = open_engine(url)
    migrate(engine)
    return SqlRepository(engine, _ticking_clock())


@pytest.fixture(scope="session")
def pilot_csv(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CDISC pilot as CSV files."""
    return write_pilot(tmp_path_factory.mktemp("pilot") / "csv", "csv")


@pytest.fixture(scope="session")
def pilot_xpt(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The CDISC pilot as SAS transport files."""
    return write_pilot(tmp_path_factory.mktemp("pilot") / "xpt", "xpt")


@pytest.fixture(scope="session")
def pilot(pilot_xpt: Path) -> Delivery:
    """The CDISC pilot, read."""
    return read_delivery(read_definitions()["cdiscpilot01"], [pilot_xpt])
