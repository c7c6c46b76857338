"""The n-th statement of an import, for every n: exit code 4, the published snapshot is as it was, and the next import works."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from itertools import count
from pathlib import Path
from typing import Any

import psycopg
import pytest
from sqlalchemy import Engine, create_engine, event
from sqlalchemy.exc import OperationalError

from dashboard.cli import DONE, ENVIRONMENT
from data_access import opening
from data_access.migrations import migration_head_matches
from tests.data_access.faults.installation import STUDY, Installation, write_small

# Of a SQLite import: the revision, the snapshot, six tables, publishing, reading; and three ends of a transaction.
FEWEST_STATEMENTS = 15
# The next import is tried after every few statements, and whenever a draft was left.
EVERY_FEW = 6


class Faults:
    """Counts what is asked of a database. The `number`-th fails as if the connection were lost; with `for_good` all later ones too."""

    def __init__(self, number: int, for_good: bool) -> None:
        self._number, self._for_good, self.seen = number, for_good, 0

    def ask(self, error: Callable[[], Exception]) -> None:
        self.seen += 1
        if self.seen == self._number or (self._for_good and self.seen > self._number):
            raise error()

    def listen(self, engine: Engine) -> None:
        def lost(*_: object) -> None:
            self.ask(lambda: OperationalError("", {}, ConnectionError("gone")))

        for moment in ("before_cursor_execute", "commit"):
            event.listen(engine, moment, lost)

    def through(self, act: Callable[..., Any]) -> Callable[..., Any]:
        """`act` of the driver itself, which may fail before it is done."""

        @functools.wraps(act)
        def call(*arguments: Any, **named: Any) -> Any:
            self.ask(lambda: psycopg.OperationalError("gone"))
            return act(*arguments, **named)

        return call


@contextmanager
def _failing(number: int, for_good: bool) -> Iterator[Faults]:
    faults = Faults(number, for_good)
    make = opening.create_database_engine

    def engine_of(url: str) -> Engine:
        engine = make(url)
        faults.listen(engine)
        return engine

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(opening, "create_database_engine", engine_of)
        # COPY goes past SQLAlchemy.
        patch.setattr(psycopg.Cursor, "copy", faults.through(psycopg.Cursor.copy))
        patch.setattr(psycopg.Copy, "write", faults.through(psycopg.Copy.write))
        yield faults


# Some hundred imports, each into an installation that holds those before it.
@pytest.mark.timeout(400)
@pytest.mark.parametrize("for_good", [False, True], ids=["once", "for good"])
def test_an_import_may_fail_at_any_statement(
    installation: Installation, for_good: bool, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    # A connection that is lost for good is a statement that fails, and then another: every third is enough.
    for number in count(1, step=3 if for_good else 1):
        before = installation.statuses()
        delivery = write_small(tmp_path / f"delivery-{number}", 100 + number)
        with _failing(number, for_good) as faults:
            code = installation.import_and_publish(delivery)
        if faults.seen < number:
            break
        after = installation.statuses()
        # The right to import ends with its connection: losing that is no failure of what was stored before.
        published = {key for key in after if after[key] == "published"} - set(before)
        assert (code, len(published)) in {(ENVIRONMENT, 0), (DONE, 1)}, f"statement {number}"
        assert code == DONE or "gone" in capsys.readouterr().err, f"statement {number}"
        assert {key: after[key] for key in before} == before
        if len(after) > len(before) or number % EVERY_FEW == 0:
            assert installation.import_and_publish(delivery) == DONE, f"after statement {number}"
            assert set(installation.statuses().values()) == {"published"}
    assert number > FEWEST_STATEMENTS
    assert installation.left_files() == []


@pytest.mark.parametrize("engine_kind", ["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def test_the_schema_is_made_whole_or_not_at_all(engine_kind: str, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    for number in count(1, step=5):
        url = f"sqlite:///{tmp_path / str(number)}.sqlite"
        if engine_kind == "postgres" and number == 1:
            request.getfixturevalue("postgres_server")
        if engine_kind == "postgres":
            url = request.getfixturevalue("postgres_database")()
        installation = Installation(tmp_path, url)
        with _failing(number, for_good=False) as faults:
            code = installation.run("migrate")
        if faults.seen < number:
            break
        assert code == ENVIRONMENT, f"statement {number}"
        assert _tables(url) == set(), f"statement {number}"
        assert installation.run("snapshots", STUDY) == DONE
        assert installation.statuses() == {}
    assert number > FEWEST_STATEMENTS


def _tables(url: str) -> set[str]:
    from sqlalchemy import inspect

    engine = create_engine(url)
    try:
        assert not migration_head_matches(engine)
        return set(inspect(engine).get_table_names())
    finally:
        engine.dispose()
