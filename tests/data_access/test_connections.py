"""A connection to PostgreSQL that has rested is asked whether it lives; one that was used just before is not."""

from __future__ import annotations

from collections.abc import Iterator

import psycopg
import pytest
from sqlalchemy import Engine, text
from sqlalchemy.exc import OperationalError

from data_access import engine as module
from data_access.engine import create_database_engine


@pytest.fixture
def opened(postgres_url: str) -> Iterator[Engine]:
    engine = create_database_engine(postgres_url)
    yield engine
    engine.dispose()


def read_process(engine: Engine) -> int:
    with engine.connect() as connection:
        return int(connection.execute(text("SELECT pg_backend_pid()")).scalar_one())


def end_connection(postgres_url: str, process: int) -> None:
    """End one connection of the server, as a restart would."""
    with psycopg.connect(postgres_url.replace("+psycopg", ""), autocommit=True) as other:
        other.execute("SELECT pg_terminate_backend(%s, 5000)", (process,))


def test_a_rested_connection_that_was_closed_is_replaced_unnoticed(
    opened: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = read_process(opened)
    monkeypatch.setattr(module, "SECONDS_TRUSTED", -1.0)
    end_connection(postgres_url, first)
    assert read_process(opened) not in (0, first)


def test_one_used_just_before_is_not_asked_and_the_next_one_is_new(
    opened: Engine, postgres_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SECONDS_TRUSTED", 3600.0)
    first = read_process(opened)
    end_connection(postgres_url, first)
    with pytest.raises(OperationalError):
        read_process(opened)
    assert read_process(opened) != first


def test_the_same_connection_is_used_again(opened: Engine) -> None:
    assert read_process(opened) == read_process(opened)
