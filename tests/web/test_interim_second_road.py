"""A second road to the numbers of the review: SQL on the stored rows, and numpy on the simulated rows, against the page."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any

import numpy as np
import pandas as pd
import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.demonstration import DEMONSTRATION_STUDY
from dashboard.simulate.trial import FINAL_CUT, SEED, simulate_trial
from dashboard.study.snapshot import Snapshot
from data_access.repository import SqlRepository
from tests.web.opened_page import OpenedPage, walk
from tests.web.test_interim_page import texts

LOCKED = "until=to-week-36"
COHORTS = ("240", "480", "720")
# Week 36 is planned for day 252; samples count from day 225 to day 293. Who ended the study later is under observation at it.
PEOPLE = """
WITH cut AS (SELECT id FROM snapshot WHERE content_hash = :hash),
person AS (
  SELECT p.participant, p.cohort, p.sex, p.dosed, p.cut_day, p.last_day,
         CASE WHEN p.status IN ('completed', 'withdrawn', 'lost to follow-up', 'died') AND p.last_day > 252 THEN 'ongoing'
              ELSE p.status END AS status
  FROM participant p JOIN cut ON p.snapshot_id = cut.id),
dose_of AS (
  SELECT d.participant, MAX(d.dose_number) AS doses FROM dose d JOIN cut ON d.snapshot_id = cut.id
  WHERE d.day <= 252 GROUP BY d.participant),
week_36 AS (
  SELECT DISTINCT c.participant FROM count c JOIN cut ON c.snapshot_id = cut.id
  WHERE c.analyte = 'cd4' AND c.day BETWEEN 225 AND 293)
"""
ACCRUAL = (
    PEOPLE
    + """
SELECT person.cohort, COUNT(*) AS enrolled, SUM(dosed) AS dosed,
       SUM(CASE WHEN doses >= 1 THEN 1 ELSE 0 END) AS dose_1, SUM(CASE WHEN doses >= 2 THEN 1 ELSE 0 END) AS dose_2,
       SUM(CASE WHEN doses >= 3 THEN 1 ELSE 0 END) AS dose_3,
       SUM(CASE WHEN dosed = 1 AND (week_36.participant IS NOT NULL OR
                                    (CASE WHEN status = 'ongoing' THEN cut_day ELSE last_day END) >= 252) THEN 1 ELSE 0 END) AS reached,
       SUM(CASE WHEN dosed = 1 AND week_36.participant IS NOT NULL THEN 1 ELSE 0 END) AS with_value,
       SUM(CASE WHEN status = 'ongoing' THEN 1 ELSE 0 END) AS ongoing,
       SUM(CASE WHEN status = 'completed' THEN 1 ELSE 0 END) AS completed,
       SUM(CASE WHEN status = 'withdrawn' THEN 1 ELSE 0 END) AS withdrawn,
       SUM(CASE WHEN status = 'lost to follow-up' THEN 1 ELSE 0 END) AS lost,
       SUM(CASE WHEN status = 'died' THEN 1 ELSE 0 END) AS died,
       SUM(CASE WHEN status = 'not dosed' THEN 1 ELSE 0 END) AS not_dosed
FROM person LEFT JOIN dose_of ON dose_of.participant = person.participant LEFT JOIN week_36 ON week_36.participant = person.participant
GROUP BY person.cohort
"""
)
# The rows of the page's table, with the column of ACCRUAL and that of its denominator.
ROWS = {
    "Dosed": ("dosed", "enrolled"),
    "Received dose 1": ("dose_1", "dosed"),
    "Received dose 2": ("dose_2", "dosed"),
    "Received dose 3": ("dose_3", "dosed"),
    "Reached Week 36 (interim)": ("reached", "dosed"),
    "With a value at Week 36 (interim)": ("with_value", "dosed"),
    "Under observation": ("ongoing", "enrolled"),
    "Completed the study": ("completed", "enrolled"),
    "Withdrew": ("withdrawn", "enrolled"),
    "Lost to follow-up": ("lost", "enrolled"),
    "Died": ("died", "enrolled"),
    "Never dosed": ("not_dosed", "enrolled"),
}
# Seen and due at week 36: due is everyone dosed who had not ended the study, or not reached the cut, before day 252.
MATURITY = (
    PEOPLE
    + """
SELECT person.cohort, SUM(CASE WHEN dosed = 1 AND week_36.participant IS NOT NULL THEN 1 ELSE 0 END) AS seen,
       SUM(CASE WHEN dosed = 1 AND (week_36.participant IS NOT NULL OR
                                    (CASE WHEN status = 'ongoing' THEN cut_day ELSE last_day END) >= 252) THEN 1 ELSE 0 END) AS due
FROM person LEFT JOIN week_36 ON week_36.participant = person.participant GROUP BY person.cohort
"""
)
SERIOUS = """
SELECT e.participant, e.term, e.start_day FROM adverse_event e JOIN snapshot s ON s.id = e.snapshot_id
WHERE s.content_hash = :hash AND e.serious = 'Y' AND (e.start_day IS NULL OR e.start_day <= 252)
"""


def ask(repository: SqlRepository, statement: str, cut: Snapshot) -> list[dict[str, Any]]:
    with repository.engine.connect() as connection:
        return [dict(row) for row in connection.execute(text(statement), {"hash": cut.content_hash}).mappings()]


def by_cohort(rows: list[dict[str, Any]]) -> dict[str, dict[str, int]]:
    """The rows by cohort, and under `all` their sums."""
    found = {row.pop("cohort"): {name: int(value) for name, value in row.items()} for row in rows}
    return found | {"all": {name: sum(row[name] for row in found.values()) for name in next(iter(found.values()))}}


@pytest.fixture(params=["newest", "interim"])
def cut(request: pytest.FixtureRequest) -> Snapshot:
    snapshot: Snapshot = request.getfixturevalue(request.param)
    return snapshot


def table_rows(client: FlaskClient, cut: Snapshot) -> dict[str, list[str]]:
    """The rows of every table of the page by their first cell; of rows of one name the first."""
    page = OpenedPage(client, f"/{DEMONSTRATION_STUDY}/interim?cut={cut.cut}&{LOCKED}")
    found: dict[str, list[str]] = {}
    for kind, props in walk(page.layout):
        if kind == "Tr":
            name, *cells = ["".join(texts(cell)).replace("\u00a0", " ") for cell in props["children"]]
            found.setdefault(name, cells)
    return found


def share(n: int, of: int) -> str:
    return f"{n}/{of} ({100 * n / of:.0f} %)"


def test_accrual_and_disposition_are_those_of_one_sql_statement(client: FlaskClient, demo_repository: SqlRepository, cut: Snapshot) -> None:
    shown, counted = table_rows(client, cut), by_cohort(ask(demo_repository, ACCRUAL, cut))
    assert shown["Enrolled"] == ["10/10 (100 %)", "10/10 (100 %)", "10/10 (100 %)", "30/30 (100 %)"]
    for label, (n, of) in ROWS.items():
        assert shown[label] == [share(counted[cohort][n], counted[cohort][of]) for cohort in (*COHORTS, "all")], label


def test_data_maturity_of_week_36_is_that_of_one_sql_statement(client: FlaskClient, demo_repository: SqlRepository, cut: Snapshot) -> None:
    counted = by_cohort(ask(demo_repository, MATURITY, cut))
    rows = client.get(f"/api/v1/{DEMONSTRATION_STUDY}/data-maturity.json?cut={cut.cut}&{LOCKED}").get_json()
    week = [row for row in rows if row["visit"] == "week-36"]
    for cohort, expected in counted.items():
        own = {row["state"]: row for row in week if row["cohort"] == cohort}
        assert own["observed"]["n"] + own["below-limit"]["n"] == expected["seen"]
        assert {row["due"] for row in own.values()} == {expected["due"]}
        assert table_rows(client, cut)["Week 36 (interim)"][[*COHORTS, "all"].index(cohort)].startswith(
            share(expected["seen"], expected["due"])
        )


def test_the_serious_events_are_those_of_one_sql_statement(client: FlaskClient, demo_repository: SqlRepository, cut: Snapshot) -> None:
    expected = Counter((row["participant"], row["term"], row["start_day"]) for row in ask(demo_repository, SERIOUS, cut))
    page = OpenedPage(client, f"/{DEMONSTRATION_STUDY}/interim?cut={cut.cut}&{LOCKED}")
    (listing,) = [p for kind, p in walk(page.layout) if kind == "Section" and texts(p["children"])[:1] == ["Serious adverse events"]]
    rows = [[("".join(texts(cell))) for cell in props["children"]] for kind, props in walk(listing) if kind == "Tr"][1:]
    assert Counter((row[0], row[2], int(row[4])) for row in rows) == expected
    assert sum(expected.values()) > 0


@pytest.fixture(scope="module")
def simulated() -> Mapping[str, pd.DataFrame]:
    return simulate_trial(10, SEED)


def describe(values: np.ndarray, of: int) -> str:
    known = "" if len(values) == of else f", n = {len(values)}"
    return f"{np.median(values):,.4g} ({values.min():,.4g} – {values.max():,.4g}){known}"


def test_ages_are_those_of_the_simulated_rows(client: FlaskClient, newest: Snapshot, simulated: Mapping[str, pd.DataFrame]) -> None:
    # Who failed screening is in the simulated rows, but in no cohort.
    people = simulated["DM"][simulated["DM"]["ARMCD"].str.startswith("NTI7-")]
    ages = pd.to_numeric(people["AGE"]).to_numpy()
    of = people["ARMCD"].str.removeprefix("NTI7-")
    shown = table_rows(client, newest)["Age, years"]
    assert shown == [*(describe(ages[of == cohort], 10) for cohort in COHORTS), describe(ages, 30)]


def test_lymphocyte_baselines_are_those_of_the_simulated_rows(
    client: FlaskClient, newest: Snapshot, simulated: Mapping[str, pd.DataFrame]
) -> None:
    """The last result before the first dose, marked as such in the simulated rows themselves; 10^9/L × 1,000 = cells/µL."""
    rows = simulated["LB"]
    last = rows[(rows["LBTESTCD"] == "LYM") & (rows["LBLOBXFL"] == "Y")]
    values = 1000 * pd.to_numeric(last["LBSTRESN"]).to_numpy()
    of = last["USUBJID"].str.slice(4, 7)
    shown = table_rows(client, newest)["ALC baseline, cells/µL"]
    assert last["USUBJID"].is_unique
    assert shown == [*(describe(values[of == cohort], 10) for cohort in COHORTS), describe(values, 30)]
    assert newest.cut_date == FINAL_CUT
