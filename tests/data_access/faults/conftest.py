"""An installation with a published snapshot, on both engines."""

from __future__ import annotations

from pathlib import Path

import pytest

from dashboard.cli import DONE
from tests.data_access.faults.installation import Installation, write_large, write_small

POSTGRES = pytest.param("postgres", marks=pytest.mark.postgres)


@pytest.fixture(params=["sqlite", POSTGRES])
def installation(request: pytest.FixtureRequest, tmp_path: Path) -> Installation:
    """A database of either engine in which a small delivery is published."""
    postgres = request.param == "postgres"
    url = request.getfixturevalue("postgres_url") if postgres else f"sqlite:///{tmp_path / 'var' / 'test.sqlite'}"
    made = Installation(tmp_path, url)
    assert made.import_and_publish(write_small(tmp_path / "earlier", 77)) == DONE
    assert set(made.statuses().values()) == {"published"}
    return made


@pytest.fixture(scope="session")
def large(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A delivery whose import takes long enough to be caught in the middle."""
    return write_large(tmp_path_factory.mktemp("large") / "delivery")
