"""Parquet: typed columns become texts; what is no flat column of values is refused."""

from __future__ import annotations

from datetime import date, datetime, time
from decimal import Decimal
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from data_access.formats.parquet import read_parquet
from tests.data_access.formats.samples import ignore, refusal_of, texts


def _read(folder: Path, columns: dict[str, Any]) -> dict[str, list[str]]:
    path = folder / "lb.parquet"
    pq.write_table(pa.table(columns), path)
    return texts(read_parquet("lb.parquet", path, ignore)[0])


def test_every_type_becomes_its_text(tmp_path: Path) -> None:
    columns = {
        "WORD": pa.array(["0012", None]).dictionary_encode(),
        "WHOLE": pa.array([12345678901234567, None]),
        "DECIMAL": pa.array([Decimal("1.50"), None]),
        "FLAG": [True, None],
        "FLOAT": [2.11, float("nan")],
        "DAY": [date(2024, 3, 4), None],
        "DAYS": [datetime(2024, 3, 4), datetime(2024, 3, 5)],
        "MOMENT": [datetime(2024, 3, 4, 8, 30), datetime(2024, 3, 5)],
        "TIME": [time(8, 30), None],
        "NOTHING": pa.nulls(2),
    }
    assert {name: tuple(values) for name, values in _read(tmp_path, columns).items()} == {
        "WORD": ("0012", ""),
        "WHOLE": ("12345678901234567", ""),
        "DECIMAL": ("1.50", ""),
        "FLAG": ("true", ""),
        "FLOAT": ("2.11", ""),
        "DAY": ("2024-03-04", ""),
        "DAYS": ("2024-03-04", "2024-03-05"),
        "MOMENT": ("2024-03-04T08:30:00", "2024-03-05T00:00:00"),
        "TIME": ("08:30:00", ""),
        "NOTHING": ("", ""),
    }


@pytest.mark.parametrize(
    ("columns", "words"),
    [
        ({"A": [[1], [2]]}, "column A: a column must hold texts, numbers, flags, dates or times; this one is list"),
        ({"A": [{"x": 1}]}, "this one is struct"),
        ({"A": [b"x"]}, "this one is binary"),
        ({"A": [1.0, float("inf")]}, "column A: is no finite number (value 'inf')"),
        ({"A": ["x"], "a": ["y"]}, "the column appears twice"),
    ],
)
def test_columns_that_hold_no_plain_values_are_refused(tmp_path: Path, columns: dict[str, Any], words: str) -> None:
    assert words in refusal_of(lambda: _read(tmp_path, columns))


def test_a_file_that_unpacks_to_too_much_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("data_access.formats.parquet.MOST_UNPACKED_BYTES", 1000)
    assert "unpacks to 0.1 MB, more than 0.1 MB" in refusal_of(lambda: _read(tmp_path, {"A": [str(number) for number in range(1000)]}))


def test_a_file_cut_anywhere_is_refused_in_words(tmp_path: Path) -> None:
    path = tmp_path / "lb.parquet"
    pq.write_table(pa.table({"A": ["x", "y"], "B": [1.0, 2.0]}), path)
    whole = path.read_bytes()
    for length in range(0, len(whole), 7):
        path.write_bytes(whole[:length])
        assert refusal_of(lambda: read_parquet("lb.parquet", path, ignore)).startswith("lb.parquet: cannot be read as Parquet")
