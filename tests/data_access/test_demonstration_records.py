"""The demonstration stores every domain the synthetic trial writes; the numbers are counted in its CSV files and in the database."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path

import pytest
from sqlalchemy import Engine, text

from dashboard.demonstration import load_demonstration
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial
from data_access.engine import create_database_engine
from data_access.migrations import migrate
from data_access.repository import SqlRepository
from tests.data_access.deliveries import nct05600920

PER_COHORT = 10
# Domain of the delivery, the column of its start, and the rows it becomes.
STORED = [
    ("ae", "AESTDTC", "adverse_event", ""),
    ("cm", "CMSTDTC", "medication", ""),
    ("sv", "SVSTDTC", "attendance", ""),
    ("ds", "DSSTDTC", "milestone", ""),
    ("is", "ISDTC", "finding", "AND domain = 'IS'"),
    ("pc", "PCDTC", "finding", "AND domain = 'PC'"),
    ("fa", "FADTC", "finding", "AND domain = 'FA'"),
    ("vs", "VSDTC", "finding", "AND domain = 'VS'"),
    ("qs", "QSDTC", "finding", "AND domain = 'QS'"),
]


@pytest.fixture(scope="module")
def engine(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Engine]:
    """The demonstration in an SQLite database."""
    made = create_database_engine(f"sqlite:///{tmp_path_factory.mktemp('demo') / 'demo.sqlite'}")
    migrate(made)
    load_demonstration(SqlRepository(made), nct05600920(), PER_COHORT)
    yield made
    made.dispose()


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], list[dict[str, str]]]:
    """The rows of a domain as the synthetic trial writes them."""
    folder: Path = tmp_path_factory.mktemp("written")
    write_trial(folder, PER_COHORT)

    def rows(domain: str) -> list[dict[str, str]]:
        with (folder / f"{domain}.csv").open(newline="", encoding="utf-8") as file:
            return list(csv.DictReader(file))

    return rows


def _count(engine: Engine, table: str, cut: date, condition: str) -> int:
    of_cut = "snapshot_id = (SELECT id FROM snapshot WHERE cut_date = :cut)"
    statement = f"SELECT count(*) FROM {table} WHERE {of_cut} {condition}"  # noqa: S608 constants of this module
    with engine.connect() as connection:
        return int(connection.execute(text(statement), {"cut": cut.isoformat()}).scalar_one())


@pytest.mark.parametrize("cut", [INTERIM_CUT, FINAL_CUT])
@pytest.mark.parametrize(("domain", "column", "table", "condition"), STORED)
def test_every_row_that_had_begun_at_the_cut_is_stored(
    engine: Engine, written: Callable[[str], list[dict[str, str]]], domain: str, column: str, table: str, condition: str, cut: date
) -> None:
    # A date known in part has begun with its first possible day, and a date nobody recorded is kept. What was not done has no result.
    done = [row for row in written(domain) if row.get(f"{domain.upper()}STAT") != "NOT DONE"]
    begun = [row for row in done if row[column][:10] <= cut.isoformat()]
    assert len(begun) > 0
    assert _count(engine, table, cut, condition) == len(begun)


def test_an_event_that_ends_after_the_cut_is_ongoing(engine: Engine, written: Callable[[str], list[dict[str, str]]]) -> None:
    for cut in (INTERIM_CUT, FINAL_CUT):
        last = cut.isoformat()
        begun = [row for row in written("ae") if row["AESTDTC"] <= last]
        open_at_cut = [row for row in begun if not row["AEENDTC"] or row["AEENDTC"] > last]
        assert _count(engine, "adverse_event", cut, "AND ongoing") == len(open_at_cut)
        assert _count(engine, "adverse_event", cut, "AND end_day IS NOT NULL") == len(begun) - len(open_at_cut)


def test_every_grade_has_its_scale_and_two_scales_are_kept_apart(engine: Engine, written: Callable[[str], list[dict[str, str]]]) -> None:
    told = {(row["USUBJID"], row["IDVARVAL"]): row["QVAL"] for row in written("suppae") if row["QNAM"] == "AETOXSCL"}
    scales = [told.get((row["USUBJID"], row["AESEQ"]), "") for row in written("ae")]
    assert set(scales) == {"CTCAE v5.0", "DAIDS 2.1", ""}
    for scale in set(scales):
        assert _count(engine, "adverse_event", FINAL_CUT, f"AND grading_scale = '{scale}'") == scales.count(scale)
    assert _count(engine, "adverse_event", FINAL_CUT, "AND (grading_scale = '') <> (grade = '')") == 0


def test_a_start_known_in_part_is_its_first_possible_day(engine: Engine) -> None:
    # First doses on 2024-11-06, 2024-11-29 and 2025-04-30: 2024-11-01 is 5 days before the first, 2025-01-01 is 33 days after the
    # second (1 of November, 31 of December, 1) and 2025-08-01 is 93 after the third (31 of May, 30 of June, 31 of July, 1).
    with engine.connect() as connection:
        statement = text(
            "SELECT participant, start_day, start_precision, end_precision FROM adverse_event WHERE start_precision <> 'day' "
            "AND snapshot_id = (SELECT id FROM snapshot WHERE cut_date = :cut) ORDER BY participant"
        )
        found = [tuple(row) for row in connection.execute(statement, {"cut": FINAL_CUT.isoformat()})]
    assert found == [
        ("SYN-240-001", -5, "month", "day"),
        ("SYN-240-004", 33, "year", "month"),
        ("SYN-480-009", None, "", "day"),
        ("SYN-720-002", 93, "month", "day"),
    ]


def test_concentrations_below_the_limit_are_half_of_it(engine: Engine, written: Callable[[str], list[dict[str, str]]]) -> None:
    below = [row for row in written("pc") if row["PCSTRESC"].startswith("<")]
    stored = _count(engine, "finding", FINAL_CUT, "AND domain = 'PC' AND below_loq AND value = 0.0155 AND \"limit\" = 0.031")
    assert stored == len(below)
    assert _count(engine, "finding", FINAL_CUT, "AND domain = 'PC' AND below_loq") == len(below)


def test_stored_snapshots_verify(engine: Engine) -> None:
    repository = SqlRepository(engine)
    snapshots = repository.list_published("nct05600920")
    assert len(snapshots) == 2
    for snapshot in snapshots:
        repository.verify(snapshot)
