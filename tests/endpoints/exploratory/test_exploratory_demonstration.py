"""The exploratory endpoints of the synthetic trial, against SQL on the rows of its delivery."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime

import pandas as pd
import pytest

from dashboard.endpoints.exploratory.ada_incidence import summarise_ada_incidence
from dashboard.endpoints.exploratory.concentrations import derive_concentrations
from dashboard.endpoints.exploratory.finding_changes import derive_finding_changes
from dashboard.endpoints.exploratory.finding_summaries import summarise_directions, summarise_transitions
from dashboard.endpoints.exploratory.immunogenicity import derive_ada_results, derive_ada_status
from dashboard.endpoints.exploratory.peaks import derive_peaks
from dashboard.endpoints.exploratory.placing import derive_placed_findings
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.simulate.trial import FINAL_CUT, write_trial
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.delivery import Delivery, read_delivery
from tests.endpoints.builders import everyone, protocol


@pytest.fixture(scope="module")
def delivery(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    folder = tmp_path_factory.mktemp("demonstration")
    write_trial(folder)
    return read_delivery(protocol(), [folder], FINAL_CUT)


@pytest.fixture(scope="module")
def analysis(delivery: Delivery) -> Analysis:
    snapshot = Snapshot(protocol().key, "ab" * 32, "", FINAL_CUT, "published", True, datetime(2026, 10, 1, tzinfo=UTC))
    return derive_analysis(StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses), protocol(), "last")


@pytest.fixture(scope="module")
def placed(delivery: Delivery, analysis: Analysis) -> pd.DataFrame:
    return derive_placed_findings(delivery.records["finding"], analysis)


@pytest.fixture(scope="module")
def database(delivery: Delivery) -> Iterator[sqlite3.Connection]:
    with closing(sqlite3.connect(":memory:")) as connection:
        for name, frame in (("people", delivery.participants), ("dose", delivery.doses), ("finding", delivery.records["finding"])):
            frame.astype(object).where(frame.notna(), None).to_sql(name, connection, index=False)
        yield connection


# What does not bind is not tested for neutralisation, and counts as not neutralising.
INDUCED = """
SELECT p.cohort, SUM(EXISTS (SELECT 1 FROM finding f WHERE f.participant = p.participant AND f.test = :test AND f.day > 0
                             AND f.value_text <> 'NEGATIVE')), COUNT(*)
FROM people p
WHERE EXISTS (SELECT 1 FROM finding f WHERE f.participant = p.participant AND f.test = 'ADA_BAB' AND f.day > 0)
  AND NOT EXISTS (SELECT 1 FROM finding f WHERE f.participant = p.participant AND f.test = :test AND f.day <= 0
                  AND f.value_text <> 'NEGATIVE')
GROUP BY p.cohort ORDER BY p.cohort
"""


@pytest.mark.parametrize(("kind", "test"), [("binding", "ADA_BAB"), ("neutralising", "ADA_NAB")])
def test_induced_antibodies_equal_those_of_sql(
    placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection, kind: str, test: str
) -> None:
    status = derive_ada_status(derive_ada_results(placed), analysis)
    table = summarise_ada_incidence(status, analysis, everyone(analysis))
    mine = table[(table["kind"] == kind) & (table["measure"] == "treatment-induced") & (table["cohort"] != "all")]
    expected = database.execute(INDUCED, {"test": test}).fetchall()
    assert sum(row[1] for row in expected) > 0
    assert list(mine[["cohort", "n", "denominator"]].itertuples(index=False, name=None)) == expected


# A titre is written 1:n; boosted is a titre after the dose of at least four times that before it.
BOOSTED = """
WITH titre AS (SELECT participant, day, CAST(substr(value_text, 3) AS INTEGER) AS n FROM finding
               WHERE test = 'ADA_BAB' AND value_text LIKE '1:%')
SELECT b.participant, b.n, MAX(a.n), MAX(a.n) >= 4 * b.n FROM titre b JOIN titre a ON a.participant = b.participant AND a.day > 0
WHERE b.day <= 0 GROUP BY b.participant ORDER BY b.participant
"""


def test_antibodies_before_the_first_dose_are_boosted_or_not_as_in_sql(
    placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection
) -> None:
    status = derive_ada_status(derive_ada_results(placed), analysis)
    status = status[status["kind"] == "binding"].assign(participant=analysis.participants["participant"].to_numpy())
    before = status[status["baseline"] == "positive"].set_index("participant")
    expected = database.execute(BOOSTED).fetchall()
    # Titres 1:20, then 1:40, 1:80, 1:160; and 1:80, then 1:160: eightfold and twofold.
    assert expected == [("SYN-240-007", 20, 160, 1), ("SYN-720-001", 80, 160, 0)]
    assert before["status"].to_dict() == {"SYN-240-007": "treatment-boosted", "SYN-720-001": "positive, not boosted"}
    assert before[["baseline_titre", "peak_titre"]].to_numpy().tolist() == [[20, 160], [80, 160]]


def test_who_was_never_tested_is_not_evaluable(placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection) -> None:
    status = derive_ada_status(derive_ada_results(placed), analysis)
    names = analysis.participants["participant"].to_numpy()[status["participant_index"]]
    untested = database.execute(
        "SELECT participant FROM people WHERE dosed AND participant NOT IN (SELECT participant FROM finding WHERE domain = 'IS')"
    ).fetchall()
    assert untested == [("SYN-480-001",)]
    assert set(status["status"][names == "SYN-480-001"]) == {"not evaluable"}


EXTENT = """
SELECT b.value_text, f.value_text, COUNT(*) FROM finding f
JOIN finding b ON b.participant = f.participant AND b.test = 'LESEXT' AND b.day <= 0
WHERE f.test = 'LESEXT' AND f.visit_label = 'WEEK 60' GROUP BY 1, 2 ORDER BY 1, 2
"""


def test_categories_at_week_60_by_category_at_baseline_equal_those_of_sql(
    placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection
) -> None:
    changes = derive_finding_changes(placed[placed["test"] == "LESEXT"])
    table = summarise_transitions(changes, analysis, everyone(analysis), ("week-60",))
    mine = table.loc[table["cohort"] == "all", ["baseline", "result", "n"]]
    expected = database.execute(EXTENT).fetchall()
    assert len(expected) >= 3
    assert sorted(mine.itertuples(index=False, name=None)) == expected


CMAX = """
SELECT d.participant, d.dose_number, MAX(f.value), COUNT(*)
FROM dose d JOIN finding f ON f.participant = d.participant AND f.domain = 'PC'
  AND (f.day > d.day OR (f.day = d.day AND f.after_dose))
  AND NOT EXISTS (SELECT 1 FROM dose n WHERE n.participant = d.participant AND n.day > d.day
                  AND (f.day > n.day OR (f.day = n.day AND f.after_dose)))
WHERE NOT f.below_loq
GROUP BY 1, 2 ORDER BY 1, 2
"""


def test_cmax_of_every_dose_equals_that_of_sql(placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection) -> None:
    found = derive_peaks(derive_concentrations(placed, analysis), analysis)
    found = found[found["cmax"].notna()]
    names = analysis.participants["participant"].to_numpy()[found["participant_index"]]
    quantified = found["samples"] - found["below_limit"]
    expected = database.execute(CMAX).fetchall()
    assert len(expected) > 80
    assert list(zip(names, found["dose_number"], found["cmax"], quantified, strict=True)) == expected


LESIONS = """
SELECT SUM(f.value < b.value), SUM(f.value = b.value), SUM(f.value > b.value), COUNT(*)
FROM finding f
JOIN finding b ON b.participant = f.participant AND b.test = 'LESCNT' AND b.day <= 0
WHERE f.test = 'LESCNT' AND f.visit_label = 'WEEK 36'
"""


def test_lesions_at_week_36_against_baseline_equal_those_of_sql(
    placed: pd.DataFrame, analysis: Analysis, database: sqlite3.Connection
) -> None:
    table = summarise_directions(derive_finding_changes(placed[placed["test"] == "LESCNT"]), analysis, everyone(analysis), ("week-36",))
    mine = table.set_index("cohort").loc["all", ["lower", "equal", "higher", "n"]]
    assert tuple(mine) == database.execute(LESIONS).fetchone()
