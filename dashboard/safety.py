"""The safety of a scene: adverse events, laboratory grades, dose escalation and exposure, for the selection."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.body import derive_body_measures
from dashboard.endpoints.safety.escalation import summarise_doses, summarise_escalation
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.safety.exposure import derive_exposure, summarise_exposure
from dashboard.endpoints.safety.laboratory import derive_graded, summarise_shift
from dashboard.endpoints.safety.overview import summarise_overview, summarise_special_interest
from dashboard.endpoints.safety.rates import TOTAL, AtRisk, derive_at_risk
from dashboard.endpoints.safety.terms import summarise_terms, summarise_worst_grades
from dashboard.scene import Scene

EVENT_TABLE_COLUMNS = [
    "participant", "cohort", "body_system", "term", "reported_term", "start_day", "start_precision", "latest_start", "partial", "end_day",
    "end_precision", "ongoing", "days_since_dose", "dose_number", "grade", "scale", "serious", "relatedness", "relation", "dose_action",
    "action", "outcome", "fatal", "special_interest", "emergent", "basis", "source_file", "source_row",
]  # fmt: skip
RATES = ["cohort", "n", "of", "percent", "lower", "upper", "ci", "events", "weeks", "rate"]


def find_events(scene: Scene) -> pd.DataFrame:
    """EVENT_COLUMNS of `endpoints.safety.events`: every adverse event of the scene's data cut, whoever is selected."""
    key = (scene.snapshot.content_hash, scene.view.base, "adverse-events")
    return scene.archive.recall(key, lambda: derive_events(scene.analysis, scene.records("adverse_event")))


def find_emergent(scene: Scene) -> pd.DataFrame:
    """The events that began, or got worse, under treatment."""
    events = find_events(scene)
    return events[events["emergent"]]


def find_at_risk(scene: Scene) -> AtRisk:
    """The dosed participants of the selection, the denominator of every safety table."""
    return derive_at_risk(scene.analysis, scene.selection.mask)


def table_adverse_events(scene: Scene) -> pd.DataFrame:
    """EVENT_TABLE_COLUMNS: every adverse event of the selection as delivered, emergent or not, with what is derived of it."""
    events = find_events(scene)
    kept = events[scene.selection.mask[events["participant_index"].to_numpy()]]
    return kept.drop(columns="grade").rename(columns={"level": "grade"})[EVENT_TABLE_COLUMNS].reset_index(drop=True)


def table_adverse_event_summary(scene: Scene) -> pd.DataFrame:
    """Participants with an event by row of the overview, then by group of special interest, and cohort shown (then `all`).

    row, label, scale, RATES, unknown. Row of a special-interest group: `special-interest:` and its key.
    """
    events, at_risk, method = find_events(scene), find_at_risk(scene), scene.view.ci
    overview = summarise_overview(events, at_risk, scene.analysis, method)
    special = summarise_special_interest(events, at_risk, method)
    special = special.assign(row="special-interest:" + special["key"], scale="", unknown=0).drop(columns="key")
    rows = pd.concat([overview, special[overview.columns]], ignore_index=True)
    return _of_cohorts(scene, rows.assign(ci=method))[["row", "label", "scale", *RATES, "unknown"]]


def table_adverse_event_terms(scene: Scene) -> pd.DataFrame:
    """Participants with an emergent event by body system and term, most frequent first, and cohort shown (then `all`).

    position, kind (any, system, term), body_system, term, RATES.
    """
    rows = summarise_terms(find_emergent(scene), find_at_risk(scene), scene.view.ci).assign(ci=scene.view.ci)
    return _of_cohorts(scene, rows)[["position", "kind", "body_system", "term", *RATES]]


def table_adverse_event_grades(scene: Scene) -> pd.DataFrame:
    """Participants by worst grade on each scale, in the rows of `table_adverse_event_terms`; grade is missing for ungraded events."""
    return _of_cohorts(scene, summarise_worst_grades(find_emergent(scene), find_at_risk(scene)))


def table_lab_shift(scene: Scene) -> pd.DataFrame:
    """Participants by baseline grade and by worst and last grade after day 0, for each laboratory grading of the definition.

    rule, label, analyte, scale, against (worst, last), cohort, baseline_grade, grade, n, of, percent; a grade is empty where there is
    no value; `of` and percent are of those with both.
    """
    at_risk, tables = find_at_risk(scene), []
    for rule in scene.protocol.safety.laboratory:
        graded = derive_graded(scene.analysis, at_risk, rule)
        named = {"rule": rule.key, "label": rule.label, "analyte": rule.analyte, "scale": scene.protocol.safety.scale(rule.scale).label}
        tables += [summarise_shift(graded, at_risk, rule, against).assign(**named, against=against) for against in ("worst", "last")]
    columns = ["rule", "label", "analyte", "scale", "against", "cohort", "baseline_grade", "grade", "n", "of", "percent"]
    rows = pd.concat(tables, ignore_index=True) if tables else pd.DataFrame(columns=columns)
    return _of_cohorts(scene, rows)[columns]


def table_exposure(scene: Scene) -> pd.DataFrame:
    """Every planned dose of the selection's dosed participants, given or not, and every dose outside the plan."""
    return derive_exposure(scene.analysis, find_at_risk(scene)).drop(columns="participant_index")


def table_exposure_summary(scene: Scene) -> pd.DataFrame:
    """Doses given, missed and late by cohort shown (then `all`) and planned dose."""
    at_risk = find_at_risk(scene)
    return _of_cohorts(scene, summarise_exposure(derive_exposure(scene.analysis, at_risk), at_risk))


def table_dosing_weight(scene: Scene) -> pd.DataFrame:
    """Weight, height, body mass index and the weight that the dose follows, of every participant of the selection."""
    return derive_body_measures(scene.analysis, scene.records("finding"), scene.selection.mask)


def table_escalation(scene: Scene) -> pd.DataFrame:
    """The dose escalation board by cohort shown, with the participants who received each planned dose (dose_1, dose_2, …)."""
    analysis: Analysis = scene.analysis
    board = summarise_escalation(analysis, find_events(scene), scene.selection.mask)
    doses = summarise_doses(analysis, scene.selection.mask)
    given = doses.pivot(index="cohort", columns="dose", values="n").add_prefix("dose_")
    return _of_cohorts(scene, board.join(given, on="cohort"))


def _of_cohorts(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the cohorts shown and of all of them, which the other tables call `all`."""
    named = table.assign(cohort=table["cohort"].replace({TOTAL: ALL_COHORTS}))
    return named[named["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))].reset_index(drop=True)
