"""The two cuts of the demonstration, against SQL on their rows."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, date, datetime
from pathlib import Path

import pandas as pd
import pytest

from dashboard.endpoints.changes.cuts import CutChanges, compare_cuts
from dashboard.endpoints.changes.points import changed_points
from dashboard.endpoints.records import derive_analysis
from dashboard.simulate.trial import FINAL_CUT, INTERIM_CUT, write_trial
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.delivery import read_delivery
from tests.endpoints.builders import protocol


@pytest.fixture(scope="module")
def cuts(tmp_path_factory: pytest.TempPathFactory) -> tuple[StudyData, StudyData]:
    folder = tmp_path_factory.mktemp("demonstration")
    write_trial(folder)
    return _read(folder, INTERIM_CUT), _read(folder, FINAL_CUT)


def _read(folder: Path, cut: date) -> StudyData:
    delivery = read_delivery(protocol(), [folder], cut)
    snapshot = Snapshot(protocol().key, f"{cut:%Y%m%d}" * 8, "", cut, "published", True, datetime(2026, 10, 1, tzinfo=UTC))
    return StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses)


@pytest.fixture(scope="module")
def changes(cuts: tuple[StudyData, StudyData]) -> CutChanges:
    return compare_cuts(*(derive_analysis(data, protocol(), "last") for data in cuts))


@pytest.fixture(scope="module")
def database(cuts: tuple[StudyData, StudyData]) -> Iterator[sqlite3.Connection]:
    """Tables participant_1, count_1, dose_1 of the interim and …_2 of the final cut."""
    with closing(sqlite3.connect(":memory:")) as connection:
        for number, data in enumerate(cuts, 1):
            for name, frame in (("participant", data.participants), ("count", data.counts), ("dose", data.doses)):
                frame.astype(dict.fromkeys(frame, object)).where(frame.notna(), None).to_sql(f"{name}_{number}", connection)
        yield connection


CONTENT = "participant, analyte, day, value, below_loq, after_dose, marked_unscheduled, visit_label, value_text, unit_text"


def ask(database: sqlite3.Connection, statement: str) -> list[tuple[object, ...]]:
    return database.execute(statement).fetchall()


def test_added_and_removed_counts_are_those_that_sql_finds_in_one_cut_alone(database: sqlite3.Connection, changes: CutChanges) -> None:
    def only_in(one: int, other: int) -> set[tuple[object, ...]]:
        return set(ask(database, f"SELECT {CONTENT} FROM count_{one} EXCEPT SELECT {CONTENT} FROM count_{other}"))  # noqa: S608

    records = changes.records.changes
    counts = records[records["table"] == "count"]
    keys = ["participant", "analyte", "day_after", "value_after"]
    added = set(counts[counts["change"] == "added"][keys].itertuples(index=False, name=None))
    assert added == {row[:4] for row in only_in(2, 1)}
    assert len(added) > 100
    assert only_in(1, 2) == set()
    assert set(counts["change"]) == {"added"}
    assert set(counts["reason"]) == {"after the earlier cut"}
    points = changed_points(changes.records)
    assert set(points[["participant", "analyte", "day"]].itertuples(index=False, name=None)) == {row[:3] for row in added}


def test_every_participant_still_under_observation_at_the_interim_went_on(database: sqlite3.Connection, changes: CutChanges) -> None:
    moved = ask(
        database,
        """SELECT a.participant FROM participant_1 a JOIN participant_2 b ON a.participant = b.participant
           WHERE a.last_day IS NOT b.last_day OR a.status <> b.status""",
    )
    records = changes.records.changes
    people = records[records["table"] == "participant"]
    assert sorted(people["participant"]) == sorted(name for (name,) in moved)
    assert set(people["change"]) == {"followed"}
    assert set(people["reason"]) == {"after the earlier cut"}


# Nobody of the demonstration has two CD4 values on one day; baseline is the last value up to day 0, not drawn after the dose.
RESPONDERS = """
WITH baseline AS (
  SELECT participant, value FROM (
    SELECT participant, value, ROW_NUMBER() OVER (PARTITION BY participant ORDER BY day DESC) AS place
    FROM count_{cut} WHERE analyte = 'cd4' AND day <= 0 AND NOT after_dose) WHERE place = 1),
visit AS (
  SELECT participant, value FROM (
    SELECT participant, value, ROW_NUMBER() OVER (PARTITION BY participant ORDER BY ABS(day - {target}), day DESC) AS place
    FROM count_{cut} WHERE analyte = 'cd4' AND day BETWEEN {low} AND {high}) WHERE place = 1)
SELECT COUNT(*), COALESCE(SUM(visit.value >= {threshold}), 0)
FROM participant_{cut} p JOIN baseline USING (participant) JOIN visit USING (participant)
WHERE baseline.value < {threshold} AND (p.cohort = '{cohort}' OR '{cohort}' = 'all')
"""


@pytest.mark.parametrize("threshold", [200, 300])
@pytest.mark.parametrize(("visit", "target", "low", "high"), [("week-36", 252, 225, 293), ("week-60", 420, 378, 462)])
def test_responders_of_both_cuts_are_those_of_sql(
    database: sqlite3.Connection, changes: CutChanges, threshold: int, visit: str, target: int, low: int, high: int
) -> None:
    rows = changes.results[changes.results["result"] == f"responders-{threshold}-{visit}"].set_index(["cohort", "statistic"])
    for cohort in ("240", "480", "720", "all"):
        for side, cut in (("before", 1), ("after", 2)):
            statement = RESPONDERS.format(cut=cut, target=target, low=low, high=high, threshold=threshold, cohort=cohort)
            found = (rows.loc[(cohort, "denominator"), side], rows.loc[(cohort, "responders"), side])
            assert found == ask(database, statement)[0]
    assert rows.loc[("all", "denominator"), "after"] > rows.loc[("all", "denominator"), "before"]


def test_counts_doses_and_people_are_those_of_sql(database: sqlite3.Connection, changes: CutChanges) -> None:
    rows = changes.results.set_index(["result", "cohort", "statistic"])
    for result, table, condition in (
        ("counts", "count", ""), ("doses", "dose", ""), ("enrolled", "participant", ""), ("dosed", "participant", "WHERE p.dosed"),
    ):  # fmt: skip
        for side, cut in (("before", 1), ("after", 2)):
            statement = f"""SELECT p.cohort, COUNT(*) FROM {table}_{cut} t
                            JOIN participant_{cut} p ON p.participant = t.participant {condition} GROUP BY p.cohort"""  # noqa: S608
            for cohort, number in ask(database, statement):
                assert rows.loc[(result, cohort, "n"), side] == number


def test_the_contributions_of_the_demonstration_add_up(changes: CutChanges) -> None:
    keys = ["result", "cohort", "statistic"]
    additive = changes.results[changes.results["additive"]].set_index(keys)["difference"]
    added_up = changes.explanation.contributions.groupby(keys)["difference"].sum()
    pd.testing.assert_series_equal(added_up.reindex(additive.index).fillna(0), additive, check_names=False)
    assert not changes.explanation.causes["change"].isna().any()
