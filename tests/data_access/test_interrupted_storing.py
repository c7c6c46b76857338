"""Whatever goes wrong while a delivery is stored, published or withdrawn: nothing is half done, and the next attempt works."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path

import pytest
from sqlalchemy import Engine, event, text
from sqlalchemy.exc import OperationalError

from dashboard.errors import StorageError
from data_access.content_hash import TABLES
from data_access.delivery import Delivery
from data_access.engine import create_database_engine
from data_access.migrations import migrate
from data_access.repository import SqlRepository
from tests.data_access.deliveries import read, write_sdtm
from tests.data_access.records import one_of_each

STUDY = "nct05600920"


@pytest.fixture
def delivery(tmp_path: Path) -> Delivery:
    """One participant, and a row of every table."""
    return replace(read(write_sdtm(tmp_path / "delivery")), records=one_of_each("P1"))


@contextmanager
def failing_at(engine: Engine, number: int) -> Iterator[Callable[[], int]]:
    """The statement of this number (from 1) fails as if the connection were lost; the yielded function tells how many there were."""
    seen = 0

    def fail(_connection: object, _cursor: object, statement: str, _parameters: object, _context: object, _many: bool) -> None:
        nonlocal seen
        seen += 1
        if seen == number:
            raise OperationalError(statement, {}, ConnectionError("gone"))

    event.listen(engine, "before_cursor_execute", fail)
    try:
        yield lambda: seen
    finally:
        event.remove(engine, "before_cursor_execute", fail)


def _rows(engine: Engine) -> dict[str, int]:
    with engine.connect() as connection:
        return {table: int(connection.execute(text(f'SELECT count(*) FROM "{table}"')).scalar_one()) for table in ("snapshot", *TABLES)}  # noqa: S608


def _is_refused(act: Callable[[], object]) -> bool:
    try:
        act()
    except StorageError as error:
        return "gone" in str(error)
    return False


def _fail_at_every_statement(engine: Engine, act: Callable[[], object]) -> int:
    """Run `act` with its first, second, … statement failing, until it has no further one; nothing may change on the way."""
    before = _rows(engine)
    for number in count(1):
        with failing_at(engine, number) as seen:
            if not _is_refused(act):
                assert seen() == number - 1
                return number - 1
        assert _rows(engine) == before
    raise AssertionError("unreachable")


def test_storing_may_fail_at_any_statement(sql_repository: SqlRepository, delivery: Delivery) -> None:
    # PostgreSQL takes the rows by COPY, which is no statement of SQLAlchemy: only the lock, two queries and the insert can fail here.
    assert _fail_at_every_statement(sql_repository.engine, lambda: sql_repository.store_draft(delivery)) >= 4
    assert _rows(sql_repository.engine) == dict.fromkeys(("snapshot", *TABLES), 1)
    sql_repository.verify(sql_repository.list_all(STUDY)[0])


def test_publishing_and_withdrawing_may_fail_at_any_statement(sql_repository: SqlRepository, delivery: Delivery) -> None:
    draft = sql_repository.store_draft(delivery)
    assert _fail_at_every_statement(sql_repository.engine, lambda: sql_repository.publish(STUDY, draft.cut)) >= 2
    assert sql_repository.find(STUDY, None).status == "published"
    assert _fail_at_every_statement(sql_repository.engine, lambda: sql_repository.withdraw(STUDY, draft.cut, "why")) >= 2
    assert [snapshot.status for snapshot in sql_repository.list_all(STUDY)] == ["withdrawn"]


@pytest.mark.parametrize("table", ["participant", "count", "finding"])
def test_a_table_that_refuses_its_rows_leaves_nothing(sql_repository: SqlRepository, delivery: Delivery, table: str) -> None:
    before = _rows(sql_repository.engine)
    with sql_repository.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE "{table}" RENAME TO away'))
    with pytest.raises(StorageError, match=f'(no such table: {table}|relation "{table}" does not exist)'):
        sql_repository.store_draft(delivery)
    with sql_repository.engine.begin() as connection:
        connection.execute(text(f'ALTER TABLE away RENAME TO "{table}"'))
    assert _rows(sql_repository.engine) == before
    assert sql_repository.store_draft(delivery).status == "draft"


def test_a_full_disk_stores_nothing_and_is_said(delivery: Delivery, tmp_path: Path) -> None:
    engine = create_database_engine(f"sqlite:///{tmp_path / 'full.sqlite'}")
    migrate(engine)
    repository = SqlRepository(engine)
    large = replace(delivery, records={"milestone": one_of_each(*["P1"] * 5_000)["milestone"]})
    with engine.connect() as connection:
        pages = connection.execute(text("PRAGMA page_count")).scalar_one()
    event.listen(engine, "checkout", lambda driver, _record, _proxy: driver.execute(f"PRAGMA max_page_count = {pages + 3}"))
    with pytest.raises(StorageError, match="full"):
        repository.store_draft(large)
    assert set(_rows(engine).values()) == {0}
    engine.dispose()
