"""The faults that the synthetic trial was given are found, and nothing else of their kind; one SQL statement as a second road."""

from __future__ import annotations

import sqlite3
from dataclasses import replace

import pandas as pd
import pytest

from dashboard.endpoints.quality.calendar import ANY, derive_calendar, summarise_calendar, summarise_unscheduled
from dashboard.endpoints.quality.flags import derive_quality
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.simulate.stories import RECORDED, STORIES
from tests.endpoints.builders import protocol
from tests.endpoints.quality.conftest import Cut

NAMES = ("interim", "final")
COHORTS = protocol().cohort_keys


def told(story: str) -> str:
    """The participant with this story; each of those asked for has one."""
    (place,) = [(one.cohort, one.number) for one in (*STORIES, *RECORDED) if one.key == story]
    return f"SYN-{COHORTS[place[0]]}-{place[1]:03d}"


def flagged(cut: Cut) -> dict[str, pd.DataFrame]:
    quality = derive_quality(cut.analysis, attendance=cut.attendance)
    return {str(code): rows for code, rows in quality.groupby("code")}


@pytest.mark.parametrize("name", NAMES)
def test_each_planted_fault_is_found_and_nothing_else_of_its_kind(demonstration_cuts: dict[str, Cut], name: str) -> None:
    found = flagged(demonstration_cuts[name])
    expected = {
        "different-values": {told("two-samples")},
        "below-limit": {told("near-limit")},
        "dose-day": {told("delayed-dose")},
        "dose-missed": {told("missed-dose")},
        "dose-amount": {told("interrupted-dose"), told("reduced-dose")},
        "no-day": {told("screening-only"), told("never-dosed")},
        "no-baseline": {told("no-baseline")},
        # By the interim cut this participant has not come for week 36 yet.
        **({"label-disagrees": {told("late-visit")}} if name == "final" else {}),
    }
    assert {code: set(rows["participant"]) for code, rows in found.items() if code != "visit-absent"} == expected


def test_the_planted_faults_have_the_days_and_numbers_they_were_given(demonstration_cuts: dict[str, Cut]) -> None:
    found = flagged(demonstration_cuts["final"])
    # Week 48 begins on day 294; the late visit is on its fourth day.
    assert set(found["label-disagrees"]["day"]) == {297}
    assert sorted(found["label-disagrees"]["analyte"]) == sorted(protocol().analyte_keys)
    # Dose 2 is planned on day 84 and 21 days late.
    assert found["dose-day"][["day", "expected"]].to_numpy().tolist() == [[105, 84.0]]
    assert found["dose-missed"]["day"].tolist() == [168]
    # Three fifths of 480, three quarters of 720 µg/kg.
    assert found["dose-amount"][["participant", "value", "expected"]].to_numpy().tolist() == [
        [told("interrupted-dose"), 288.0, 480.0],
        [told("reduced-dose"), 540.0, 720.0],
    ]
    # Two samples at the fourth and at the eighth visit of the plan, five analytes each.
    assert set(found["different-values"]["visit"]) == {protocol().visit_keys[place] for place in (3, 7)}
    assert len(found["different-values"]) == 2 * 2 * 5
    assert set(found["below-limit"]["value"]) == {2.5}
    assert sorted(found["no-baseline"]["analyte"]) == sorted(protocol().analyte_keys)


def test_the_missed_visits_and_those_of_a_missed_dose_are_absent(demonstration_cuts: dict[str, Cut]) -> None:
    absent = flagged(demonstration_cuts["final"])["visit-absent"]
    visits = {name: rows["visit"].tolist() for name, rows in absent.groupby("participant")}
    # The fifth and the last but one visit of the plan; the visits from dose 3 on; the samples up to the first dose.
    assert visits[told("missed-visits")] == ["dose-1-day-30", "week-48"]
    assert visits[told("missed-dose")] == ["dose-3", "dose-3-day-14", "dose-3-day-30"]
    assert visits[told("no-baseline")] == ["screening", "pre-dose-1", "dose-1"]


@pytest.mark.parametrize("name", NAMES)
def test_nobody_attended_a_visit_called_absent_but_for_those_whose_samples_were_spoilt(
    demonstration_cuts: dict[str, Cut], name: str
) -> None:
    cut = demonstration_cuts[name]
    absent = flagged(cut)["visit-absent"]
    aliases = {visit.aliases[0]: visit.key for visit in protocol().visits}
    attended = set(zip(cut.attendance["participant"], cut.attendance["visit_label"].map(aliases), strict=True))
    both = set(zip(absent["participant"], absent["visit"], strict=True)) & attended
    assert both == {(told("no-baseline"), visit) for visit in ("screening", "pre-dose-1", "dose-1")}


# A dose of the plan moves the windows of its visits; here dose_number is the number in the plan, because nobody has an extra dose and
# the only one missed is the last. A day in two windows goes to the nearer target, at equal distance to the later visit.
DUE_AND_ABSENT = """
WITH plan AS (
  SELECT p.participant, p.dosed, p.cut_day, p.last_day, p.status, v.visit, v.position,
         v.target + COALESCE(d.day - v.planned, 0) AS target, v.low + COALESCE(d.day - v.planned, 0) AS low,
         v.high + COALESCE(d.day - v.planned, 0) AS high
  FROM participant p CROSS JOIN visit v LEFT JOIN dose d ON d.participant = p.participant AND d.dose_number = v.dose),
drawn AS (SELECT DISTINCT participant, day FROM count WHERE day IS NOT NULL),
placed AS (
  SELECT drawn.participant, visit,
         ROW_NUMBER() OVER (PARTITION BY drawn.participant, day ORDER BY ABS(day - target), position DESC) AS place
  FROM drawn JOIN plan ON plan.participant = drawn.participant AND day <= high AND (low IS NULL OR day >= low)),
named AS (SELECT DISTINCT c.participant, v.visit FROM count c JOIN visit v ON v.label = c.visit_label)
SELECT plan.participant, plan.visit FROM plan
WHERE dosed AND cut_day >= target AND (status = 'ongoing' OR last_day >= target OR (status = 'completed' AND last_day >= low))
  AND NOT EXISTS (SELECT 1 FROM placed WHERE placed.participant = plan.participant AND placed.visit = plan.visit AND place = 1)
  AND NOT EXISTS (SELECT 1 FROM named WHERE named.participant = plan.participant AND named.visit = plan.visit)
"""


def query_absent(analysis: Analysis) -> set[tuple[str, str]]:
    planned = {dose.number: dose.day for dose in protocol().exposure.planned}
    visits = [
        (place, v.key, v.aliases[0], v.target, v.low, v.high, v.moves_with_dose, planned.get(v.moves_with_dose or 0))
        for place, v in enumerate(protocol().visits)
    ]
    connection = sqlite3.connect(":memory:")
    try:
        for name, frame in (("participant", analysis.data.participants), ("count", analysis.data.counts), ("dose", analysis.data.doses)):
            frame.to_sql(name, connection, index=False)
        connection.execute("CREATE TABLE visit (position, visit, label, target, low, high, dose, planned)")
        connection.executemany("INSERT INTO visit VALUES (?, ?, ?, ?, ?, ?, ?, ?)", visits)
        return set(connection.execute(DUE_AND_ABSENT).fetchall())
    finally:
        connection.close()


@pytest.mark.parametrize("name", NAMES)
def test_visits_due_and_absent_equal_one_sql_statement(demonstration_cuts: dict[str, Cut], name: str) -> None:
    absent = flagged(demonstration_cuts[name])["visit-absent"]
    expected = query_absent(demonstration_cuts[name].analysis)
    assert set(zip(absent["participant"], absent["visit"], strict=True)) == expected
    assert len(absent) == len(expected) >= 10


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("analyte", [None, ANY, "alc"])
def test_every_visit_of_the_calendar_adds_up_to_thirty(demonstration_cuts: dict[str, Cut], name: str, analyte: str | None) -> None:
    analysis = demonstration_cuts[name].analysis
    calendar = derive_calendar(analysis, analyte)
    assert set(summarise_calendar(calendar, protocol().visit_keys).groupby("visit")["participants"].sum()) == {30}
    held = len(analysis.counts) if analyte == ANY else int((analysis.counts["analyte"] == (analyte or "cd4")).sum())
    assert calendar["n_records"].sum() + summarise_unscheduled(analysis, analyte)["n_records"].sum() == held


def test_the_calendar_tells_each_end_of_observation(demonstration_cuts: dict[str, Cut]) -> None:
    calendar = derive_calendar(demonstration_cuts["final"].analysis).set_index(["participant", "visit"])["state"]
    assert [calendar[told("lost"), visit] for visit in ("week-36", "week-48", "week-60")] == ["observed", "lost", "lost"]
    assert [calendar[told("died"), visit] for visit in ("dose-3-day-30", "week-36")] == ["observed", "died"]
    assert [calendar[told("withdrew"), visit] for visit in ("dose-2-day-30", "pre-dose-3")] == ["observed", "withdrawn"]
    assert [calendar[told("late-visit"), visit] for visit in ("week-36", "week-48")] == ["out-of-window", "observed"]
    assert set(calendar[told("never-dosed")]) == set(calendar[told("screening-only")]) == {"not-dosed"}
    assert calendar[told("near-limit"), "dose-1"] == "below-limit"
    assert "not-due" in set(derive_calendar(demonstration_cuts["interim"].analysis)["state"])
    assert "not-due" not in set(calendar)


def test_unscheduled_visits_stand_where_the_story_says(demonstration_cuts: dict[str, Cut]) -> None:
    found = summarise_unscheduled(demonstration_cuts["final"].analysis)
    own = found[found["participant"] == told("unscheduled")]
    # Seven days after the fourth visit of the plan, thirty after the thirteenth.
    visits = protocol().visit_keys
    assert own[["after_visit", "before_visit", "n_records"]].to_numpy().tolist() == [[visits[3], visits[4], 1], [visits[12], visits[13], 1]]


@pytest.mark.parametrize("factor", [1000.0, 100.0, 10.0, 0.1, 0.01, 0.001])
def test_a_unit_slip_put_into_the_trial_is_the_only_one_found(demonstration_cuts: dict[str, Cut], factor: float) -> None:
    cut = demonstration_cuts["final"]
    data, participant = cut.analysis.data, f"SYN-{COHORTS[0]}-001"
    place = (data.counts["participant"] == participant) & (data.counts["analyte"] == "cd8") & (data.counts["visit_label"] == "DOSE 2")
    assert place.sum() == 1
    slipped = data.counts.assign(value=data.counts["value"].mask(place, data.counts["value"] * factor))
    quality = derive_quality(derive_analysis(replace(data, counts=slipped), protocol(), "last"))
    slips = quality[quality["code"] == "unit-slip"]
    assert slips[["participant", "analyte", "visit"]].to_numpy().tolist() == [[participant, "cd8", "dose-2"]]
    assert slips["expected"].tolist() == pytest.approx(data.counts["value"][place].tolist())
