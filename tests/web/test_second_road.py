"""A second road to the headline numbers: one SQL statement each on the stored rows, against the tables the product serves."""

from __future__ import annotations

import csv
import io

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.study.snapshot import Snapshot
from data_access.repository import SqlRepository

DAILY = """
WITH cut AS (SELECT id FROM snapshot WHERE content_hash = :hash),
daily AS (
  SELECT c.participant, c.day, AVG(c.value) AS value, MIN(c.after_dose) AS after_dose
  FROM count c JOIN cut ON c.snapshot_id = cut.id
  WHERE c.analyte = 'cd4' AND c.day IS NOT NULL
  GROUP BY c.participant, c.day),
eligible_day AS (
  SELECT c.participant, c.day, AVG(c.value) AS value
  FROM count c JOIN cut ON c.snapshot_id = cut.id
  WHERE c.analyte = 'cd4' AND c.day <= 0 AND c.after_dose = 0
  GROUP BY c.participant, c.day),
baseline AS (
  SELECT e.participant, e.value FROM eligible_day e
  WHERE e.day = (SELECT MAX(o.day) FROM eligible_day o WHERE o.participant = e.participant)),
person AS (
  SELECT p.participant, p.cohort FROM participant p JOIN cut ON p.snapshot_id = cut.id)
"""

# The analysed day of week 60 is the one nearest to day 420 from 378 to 462, a tie going to the later day.
RESPONDERS = (
    DAILY
    + """,
ranked AS (
  SELECT participant, value,
         ROW_NUMBER() OVER (PARTITION BY participant ORDER BY ABS(day - 420), day DESC) AS place
  FROM daily WHERE day BETWEEN 378 AND 462)
SELECT person.cohort, COUNT(*) AS observed, SUM(CASE WHEN ranked.value >= :threshold THEN 1 ELSE 0 END) AS responders
FROM person JOIN ranked ON ranked.participant = person.participant AND ranked.place = 1
            JOIN baseline ON baseline.participant = person.participant
WHERE baseline.value < :threshold
GROUP BY person.cohort
"""
)

# Straight lines between consecutive points, intervals of more than 91 days left out, everything cut at day 420.
TIME_ABOVE = (
    DAILY
    + """,
point AS (
  SELECT participant, 0 AS day, value FROM baseline
  UNION ALL
  SELECT d.participant, d.day, d.value FROM daily d JOIN baseline b ON b.participant = d.participant
  WHERE d.day BETWEEN 1 AND 462),
span AS (
  SELECT participant, day AS t1, value AS v1,
         LEAD(day) OVER w AS t2, LEAD(value) OVER w AS v2
  FROM point WINDOW w AS (PARTITION BY participant ORDER BY day)),
crossing AS (
  SELECT *, CASE WHEN v1 = v2 THEN t1 ELSE t1 + (:threshold - v1) * 1.0 / (v2 - v1) * (t2 - t1) END AS tc
  FROM span WHERE t2 IS NOT NULL AND t2 - t1 <= 91),
above AS (
  SELECT participant,
         CASE WHEN v1 >= :threshold THEN t1 ELSE tc END AS start_day,
         CASE WHEN v2 >= :threshold THEN t2 ELSE tc END AS end_day
  FROM crossing WHERE v1 >= :threshold OR v2 >= :threshold)
SELECT participant, SUM(MAX(MIN(end_day, 420) - MIN(start_day, 420), 0)) AS days
FROM above GROUP BY participant
"""
)


def _served(client: FlaskClient, table: str, cut: str, query: str) -> list[dict[str, str]]:
    answer = client.get(f"/api/v1/nct05600920/{table}.csv?cut={cut}&{query}")
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


@pytest.mark.parametrize("threshold", [100, 200, 300])
def test_responders_at_week_60_equal_one_sql_statement(
    client: FlaskClient, demo_repository: SqlRepository, newest: Snapshot, threshold: int
) -> None:
    with demo_repository.engine.connect() as connection:
        rows = connection.execute(text(RESPONDERS), {"hash": newest.content_hash, "threshold": threshold}).all()
    expected = {row.cohort: (row.responders, row.observed) for row in rows}
    served = _served(client, "responders", newest.cut, f"threshold={threshold}")
    assert {r["cohort"]: (int(r["responders"]), int(r["denominator"])) for r in served if r["cohort"] != "all"} == expected
    assert sum(observed for _, observed in expected.values()) > 10


@pytest.mark.parametrize("threshold", [100, 200, 300])
def test_days_above_equal_one_sql_statement_for_every_participant(
    client: FlaskClient, demo_repository: SqlRepository, newest: Snapshot, threshold: int
) -> None:
    with demo_repository.engine.connect() as connection:
        rows = connection.execute(text(TIME_ABOVE), {"hash": newest.content_hash, "threshold": threshold}).all()
    days = {row.participant: row.days for row in rows}
    served = [r for r in _served(client, "time-above", newest.cut, f"threshold={threshold}") if r["days_above"]]
    assert {r["participant"]: float(r["days_above"]) for r in served} == pytest.approx(
        {r["participant"]: days.get(r["participant"], 0.0) for r in served}
    )
    assert set(days) <= {r["participant"] for r in served}
    assert len(days) > 5
