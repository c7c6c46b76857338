"""The whole application behind Flask's test client, on a database that holds the demonstration."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from dash import Dash
from flask.testing import FlaskClient

from dashboard.demonstration import DEMONSTRATION_STUDY, STUDIES, load_demonstration
from dashboard.factory import assemble_app, open_repository
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.study.snapshot import Snapshot
from dashboard.web.health import Readiness
from dashboard.workspace import Workspace
from data_access.repository import SqlRepository
from tests.web.guarded import House, build_house


@pytest.fixture(scope="session")
def demo_settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(var=tmp_path_factory.mktemp("demo"))


@pytest.fixture(scope="session")
def demo_repository(demo_settings: Settings) -> Iterator[SqlRepository]:
    """Both cuts of the synthetic trial and the pooled analysis, published."""
    repository = open_repository(demo_settings)
    for study in STUDIES:
        load_demonstration(repository, read_definitions()[study])
    yield repository
    repository.engine.dispose()


@pytest.fixture(scope="session")
def demo_app(demo_settings: Settings, demo_repository: SqlRepository) -> Dash:
    return assemble_app(demo_settings, demo_repository, lambda: Readiness("head", "head", None))


@pytest.fixture(scope="session")
def workspace(demo_repository: SqlRepository) -> Workspace:
    """A workspace of the test's own on the same data."""
    return Workspace(read_definitions(), demo_repository)


@pytest.fixture(scope="session")
def newest(demo_repository: SqlRepository) -> Snapshot:
    return demo_repository.find(DEMONSTRATION_STUDY, None)


@pytest.fixture(scope="session")
def interim(demo_repository: SqlRepository) -> Snapshot:
    return demo_repository.list_published(DEMONSTRATION_STUDY)[1]


@pytest.fixture
def client(demo_app: Dash) -> FlaskClient:
    return demo_app.server.test_client()


@pytest.fixture
def house(demo_settings: Settings, demo_repository: SqlRepository) -> House:
    """The application with readers who sign in; accounts, sessions and events are the test's own."""
    return build_house(demo_settings, demo_repository)
