"""The tables of the contract: the rows behind the figures of a view, by name, in canonical order."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import pandas as pd

from dashboard.changes import describe_population, table_record_changes, table_result_changes
from dashboard.endpoints.summaries import STATISTICS
from dashboard.exploratory import (
    table_ada,
    table_ada_summary,
    table_cmax,
    table_cmax_summary,
    table_exposure_response,
    table_exposure_response_summary,
    table_finding_summary,
    table_finding_transitions,
    table_findings,
    table_pk,
    table_pk_summary,
    table_proportionality,
)
from dashboard.panels.ada_courses import table_ada_count_summary, table_ada_counts
from dashboard.panels.event_words import describe_kept
from dashboard.panels.interim import table_accrual, table_data_maturity, table_demography
from dashboard.panels.participant_lanes import find_entries, table_entries
from dashboard.panels.participants import table_participants
from dashboard.panels.questionnaires import table_questionnaire_summary
from dashboard.panels.reached import table_time_to_threshold
from dashboard.panels.reported import describe_everyone, table_reported
from dashboard.panels.ribbon import table_spans
from dashboard.panels.survival_curves import table_survival_curve, table_survival_summary, table_survival_tests
from dashboard.panels.survival_follow_up import table_follow_up
from dashboard.panels.survival_incidence import table_cumulative_incidence
from dashboard.panels.survival_times import table_survival
from dashboard.panels.thresholds import table_responders, table_sweep, table_time_above, table_time_above_summary
from dashboard.panels.titres import table_titre_summary
from dashboard.panels.trajectory import summarise_visits
from dashboard.quality import table_quality_flags, table_quality_summary, table_visit_calendar, table_visit_windows
from dashboard.recovery import table_aplasia, table_recovery
from dashboard.response import table_response, table_response_comparison, table_response_pooled, table_response_summary
from dashboard.safety import (
    table_adverse_event_grades,
    table_adverse_event_onset,
    table_adverse_event_onset_list,
    table_adverse_event_summary,
    table_adverse_event_terms,
    table_adverse_event_weeks,
    table_adverse_events,
    table_dosing_weight,
    table_escalation,
    table_exposure,
    table_exposure_summary,
    table_lab_shift,
)
from dashboard.scene import Scene, select_records
from dashboard.syndromes import table_crs_icans, table_crs_icans_summary, table_syndrome_times

RECORD_COLUMNS = [
    "participant",
    "cohort",
    "analyte",
    "day",
    "days_since_dose",
    "dose_number",
    "visit",
    "value",
    "unit",
    "baseline",
    "change",
    "percent_change",
    "fold",
    "analysed",
    "unscheduled",
    "below_loq",
]
SUMMARY_COLUMNS = ["analyte", "cohort", "visit", *STATISTICS]
UNIT = "cells/µL"


def table_trajectories(scene: Scene) -> pd.DataFrame:
    """Every count record the panels of the view show, whatever its measure: unrounded, missing = empty."""
    tables = [select_records(scene, analyte).rows for analyte in scene.view.analytes(scene.protocol)]
    return _in_columns(scene, pd.concat(tables, ignore_index=True))


def _in_columns(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    cohorts = scene.analysis.participants["cohort"].to_numpy()[rows["participant_index"].to_numpy()]
    return rows.assign(cohort=cohorts, unit=UNIT)[RECORD_COLUMNS].reset_index(drop=True)


def table_participant_records(scene: Scene, name: str) -> pd.DataFrame:
    """Every record of the analytes of the view of the participant called `name`, as the participant's panel shows them:
    whatever the filters, the period and the choice of unscheduled visits leave out elsewhere."""
    counts = scene.analysis.counts
    wanted = (counts["participant"] == name) & counts["analyte"].isin(scene.view.analytes(scene.protocol)) & counts["day"].notna()
    return _in_columns(scene, counts[wanted])


def table_participant_entries(scene: Scene, name: str) -> pd.DataFrame:
    """Everything recorded of the participant called `name`, whatever the filters select."""
    return find_entries(scene, name)


# The tables of a participant's panel, of that participant alone.
PARTICIPANT_TABLES: Mapping[str, Callable[[Scene, str], pd.DataFrame]] = {
    "trajectories": table_participant_records,
    "participant-events": table_participant_entries,
}


def table_trajectory_summary(scene: Scene) -> pd.DataFrame:
    """The summaries by cohort and visit of the panels of the view; by dose as well on the axis of days since dose."""
    tables = [summarise_visits(scene, analyte) for analyte in scene.view.analytes(scene.protocol)]
    rows = pd.concat(tables, ignore_index=True)
    rows = rows[rows["cohort"].isin(scene.view.cohorts(scene.protocol))].reset_index(drop=True)
    extra = ["dose_number", "planned_days_since_dose"] if scene.view.x == "dose" else []
    return rows[[*SUMMARY_COLUMNS, *extra]]


def table_threshold_spans(scene: Scene) -> pd.DataFrame:
    """Stretches of time above each threshold and gaps beyond the cap, in days."""
    return table_spans(scene).drop(columns="participant_index")


def _narrowed(scene: Scene) -> str:
    return ""


@dataclass(frozen=True)
class Table:
    """A table by name: what it holds, in words, and how its rows are made.

    `population` names the participants of a table that the filters of the view do not narrow, "" for one that they do. `narrowed`
    says what else narrows the rows, "" for nothing. `compares`: the rows are of two data cuts, so the view must name both.
    """

    name: str
    title: str
    make: Callable[[Scene], pd.DataFrame]
    population: Callable[[Scene], str] = _narrowed
    narrowed: Callable[[Scene], str] = _narrowed
    compares: bool = False

    def describe(self, scene: Scene) -> str:
        """What the rows of `scene` are, in words."""
        narrowed = self.narrowed(scene)
        return f"{self.title} ({narrowed})" if narrowed else self.title


def is_comparison(name: str) -> bool:
    """Whether `name` is a table whose rows are of two data cuts."""
    return name in TABLES and TABLES[name].compares


def _events(name: str, title: str, make: Callable[[Scene], pd.DataFrame]) -> Table:
    """A table of adverse events, which the choice of relation and grade narrows."""
    return Table(name, title, make, narrowed=describe_kept)


TABLES: Mapping[str, Table] = {
    table.name: table
    for table in (
        Table("trajectories", "count records", table_trajectories),
        Table("trajectory-summary", "summaries by cohort and visit", table_trajectory_summary),
        Table("time-above", "days above the thresholds by participant", table_time_above),
        Table("time-above-summary", "days above the thresholds by cohort", table_time_above_summary),
        Table("responders", "responders by cohort", table_responders),
        Table("responder-sweep", "responders by cohort and threshold", table_sweep),
        Table("threshold-spans", "stretches above the thresholds by participant", table_threshold_spans),
        Table("time-to-threshold", "time to the first value at or above the thresholds", table_time_to_threshold),
        Table("participants", "participants", table_participants),
        Table("survival", "times to progression, death and the end of response by participant", table_survival),
        Table("survival-curve", "Kaplan–Meier curves by cohort", table_survival_curve),
        Table("survival-summary", "median times and survival at landmarks by cohort", table_survival_summary),
        Table("survival-tests", "log-rank tests of the cohorts", table_survival_tests),
        Table("survival-follow-up", "follow-up by trial", table_follow_up),
        Table("cumulative-incidence", "cumulative incidence of relapse, death and transplant by cohort", table_cumulative_incidence),
        Table("accrual", "accrual and disposition by cohort", table_accrual),
        Table("data-maturity", "what became of each planned visit by cohort", table_data_maturity),
        Table("reported", "figures of the source beside those of the data cut", table_reported, describe_everyone),
        Table("demography", "sex, age, stratum and baseline counts by cohort", table_demography),
        _events("adverse-events", "adverse events", table_adverse_events),
        _events("adverse-event-summary", "participants with adverse events by cohort", table_adverse_event_summary),
        _events("adverse-event-terms", "participants by body system, term and cohort", table_adverse_event_terms),
        _events("adverse-event-grades", "participants by worst grade, body system, term and cohort", table_adverse_event_grades),
        _events("adverse-event-onset", "adverse events by days since the latest dose and cohort", table_adverse_event_onset),
        _events("adverse-event-onset-list", "adverse events in order of days since the latest dose", table_adverse_event_onset_list),
        _events("adverse-event-weeks", "worst grade by participant and week", table_adverse_event_weeks),
        Table("recovery", "time until counts are at their levels again by participant", table_recovery),
        Table("aplasia", "participants with a count below the limit of aplasia by visit and cohort", table_aplasia),
        Table("crs-icans", "syndromes such as CRS and ICANS by participant", table_crs_icans),
        Table("crs-icans-summary", "participants by worst grade of a syndrome and cohort", table_crs_icans_summary),
        Table("syndrome-times", "onset and duration of syndromes by cohort", table_syndrome_times),
        Table("lab-shift", "laboratory grades from baseline to worst and last by cohort", table_lab_shift),
        Table("exposure", "doses given and planned by participant", table_exposure),
        Table("exposure-summary", "doses given, missed and late by cohort and dose", table_exposure_summary),
        Table("dosing-weight", "weight, body mass index and the weight the dose follows", table_dosing_weight),
        Table("escalation", "dose escalation board by cohort", table_escalation),
        Table("ada", "samples tested for antibodies to the drug", table_ada),
        Table("ada-summary", "antibodies to the drug by cohort, and by visit", table_ada_summary),
        Table("ada-counts", "a count by antibodies to the drug, participant and visit", table_ada_counts),
        Table("ada-count-summary", "a count by antibodies to the drug and visit", table_ada_count_summary),
        Table("pk", "concentrations", table_pk),
        Table("pk-summary", "concentrations by cohort, dose and visit", table_pk_summary),
        Table("cmax", "Cmax and tmax by participant and dose", table_cmax),
        Table("cmax-summary", "Cmax and tmax by dose and cohort", table_cmax_summary),
        Table("dose-proportionality", "slope of Cmax on the dose given", table_proportionality),
        Table("exposure-response", "Cmax and highest fold by participant and dose", table_exposure_response),
        Table("exposure-response-summary", "rank correlation of Cmax and highest fold", table_exposure_response_summary),
        Table("titre-summary", "autoantibody titres by cohort and visit", table_titre_summary),
        Table("questionnaire-summary", "change of questionnaire scores by cohort and visit", table_questionnaire_summary),
        Table("findings", "findings with their change from baseline", table_findings),
        Table("finding-summary", "findings above and below baseline by cohort and visit", table_finding_summary),
        Table("finding-transitions", "findings from baseline to each visit by cohort", table_finding_transitions),
        Table("response", "best response, course and groups by participant", table_response),
        Table("response-summary", "response rates and best responses by group", table_response_summary),
        Table("response-pooled", "response rates by trial, pooled, and without each trial", table_response_pooled),
        Table("response-comparison", "response rates of one group against the others, by trial and pooled", table_response_comparison),
        Table("participant-events", "everything recorded, one row each", table_entries),
        Table("quality-flags", "quality flags", table_quality_flags),
        Table("quality-summary", "quality flags by kind", table_quality_summary),
        Table("visit-calendar", "state of every planned visit", table_visit_calendar),
        Table("visit-windows", "records by planned visit, with planned and actual day", table_visit_windows),
        Table("result-changes", "headline results of two data cuts", table_result_changes, describe_population, compares=True),
        Table("record-changes", "records that changed between two data cuts", table_record_changes, describe_population, compares=True),
    )
}
