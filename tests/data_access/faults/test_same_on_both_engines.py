"""The same import into SQLite and PostgreSQL: the same content hash, and every table byte for byte."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from dashboard.cli import DONE
from dashboard.exports import write_csv, write_json, write_parquet
from dashboard.simulate.pooled.targets import CUT
from dashboard.simulate.pooled.trial import write_pooled
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial
from dashboard.study.definitions import read_definitions
from dashboard.tables import TABLES
from dashboard.workspace import Workspace
from data_access.opening import open_repository
from tests.data_access.faults.installation import STUDY, Installation

POOLED = "ns7car"
# Tables of what only a pooled study has: they are compared on it.
OF_POOLED = (
    "survival", "survival-curve", "survival-summary", "survival-tests", "survival-follow-up", "cumulative-incidence",
    "reported", "recovery", "aplasia", "crs-icans", "crs-icans-summary", "syndrome-times",
    "response", "response-summary", "response-pooled", "response-comparison",
)  # fmt: skip
POOLED_VIEWS = ("", "by=trial&having=involvement.marrow&after=left-out", "by=later-transplant&sex=F&censor=both&landmark=28&ci=wilson")
VIEWS = ("", "base=mean&cohort=240,720&threshold=150,350&rule=locf&gap=56", "x=dose&unscheduled=no&measure=fold&sex=F")


@pytest.fixture(scope="module")
def workspaces(tmp_path_factory: pytest.TempPathFactory, postgres_database: Callable[[], str]) -> Iterator[tuple[Workspace, Workspace]]:
    """Two cuts of the synthetic trial and the pooled study, imported by the command line into an empty database of each engine."""
    folder = tmp_path_factory.mktemp("both")
    write_trial(folder / "trial", 4)
    write_pooled(folder / "pooled")
    urls = (f"sqlite:///{folder / 'var' / 'test.sqlite'}", postgres_database())
    for url in urls:
        installation = Installation(folder, url)
        for cut in (INTERIM_CUT, FINAL_CUT):
            words = ("import", STUDY, str(folder / "trial"), "--cut-date", cut.isoformat(), "--publish")
            assert installation.run(*words) == DONE
        assert installation.run("import", POOLED, str(folder / "pooled"), "--cut-date", CUT.isoformat(), "--publish") == DONE
    repositories = [open_repository(url) for url in urls]
    first, second = (Workspace(read_definitions(), repository) for repository in repositories)
    yield first, second
    for repository in repositories:
        repository.engine.dispose()


def test_the_content_hashes_are_the_same(workspaces: tuple[Workspace, Workspace]) -> None:
    first, second = ([cut.content_hash for cut in workspace.repository.list_published(STUDY)] for workspace in workspaces)
    assert first == second
    assert len(set(first)) == 2


@pytest.mark.parametrize(
    ("study", "table", "view"),
    [
        *((STUDY, table, view) for table in TABLES if table not in OF_POOLED for view in VIEWS),
        *((POOLED, table, view) for table in OF_POOLED for view in POOLED_VIEWS),
    ],
)
def test_every_table_is_byte_for_byte_the_same(workspaces: tuple[Workspace, Workspace], study: str, table: str, view: str) -> None:
    first, second = (TABLES[table].make(workspace.open(study, view)[0]) for workspace in workspaces)
    assert write_csv(first) == write_csv(second)
    assert write_json(first) == write_json(second)
    assert write_parquet(first) == write_parquet(second)
    assert not first.empty


def test_the_command_writes_the_same_bytes(workspaces: tuple[Workspace, Workspace], tmp_path: Path) -> None:
    written = []
    for workspace in workspaces:
        url = workspace.repository.engine.url.render_as_string(hide_password=False)  # type: ignore[attr-defined]
        with Installation(tmp_path, url).start("export", STUDY, "trajectories", "--format", "json") as process:
            written.append(process.communicate()[0])
            assert process.returncode == DONE
    assert written[0] == written[1] != ""
