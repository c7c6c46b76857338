"""A statement that takes too long is ended on both engines, the reader is told to try again, and the next statement is answered."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import Engine, text

from dashboard.errors import UnreachableError
from data_access.statement_limit import limit_statements
from data_access.transactions import reading, transaction

# Each runs for as long as it is let.
ENDLESS = {
    "sqlite": "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number) SELECT max(n) FROM number",
    "postgresql": "SELECT pg_sleep(3600)",
}
WORDS = {"sqlite": "interrupted", "postgresql": "statement timeout"}


@pytest.mark.timeout(60)
@pytest.mark.parametrize("way", [reading, transaction])
def test_a_statement_without_end_is_ended_and_the_next_one_is_answered(engine: Engine, way: Callable[[Engine], object]) -> None:
    name = engine.dialect.name
    with engine.connect() as used_before:
        used_before.execute(text("SELECT 1"))
    limit_statements(engine, 0.2)
    for _ in range(2):
        with pytest.raises(UnreachableError, match=WORDS[name]), way(engine) as connection:  # type: ignore[attr-defined]
            connection.execute(text(ENDLESS[name])).all()
        with way(engine) as connection:  # type: ignore[attr-defined]
            assert connection.execute(text("SELECT 1")).scalar_one() == 1


def test_without_a_limit_a_statement_takes_as_long_as_it_needs(engine: Engine) -> None:
    counted = "WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < 2000000) SELECT max(n) FROM number"
    with reading(engine) as connection:
        assert connection.execute(text(counted)).scalar_one() == 2_000_000
    limit_statements(engine, 0.01)
    with pytest.raises(UnreachableError), reading(engine) as connection:
        connection.execute(text(counted)).all()
