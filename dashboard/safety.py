"""The safety of a scene: adverse events, laboratory grades, dose escalation and exposure, for the selection."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.body import derive_body_measures
from dashboard.endpoints.safety.escalation import summarise_doses, summarise_escalation
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.safety.exposure import derive_exposure, summarise_exposure
from dashboard.endpoints.safety.filtering import EventFilter, count_refused, select_filtered
from dashboard.endpoints.safety.grading import NOT_GRADED, list_scales
from dashboard.endpoints.safety.laboratory import derive_graded, summarise_shift
from dashboard.endpoints.safety.onset import ALL_DOSES, derive_unplaced, list_by_onset, summarise_given, summarise_onset
from dashboard.endpoints.safety.overview import summarise_overview, summarise_special_interest
from dashboard.endpoints.safety.rates import TOTAL, AtRisk, derive_at_risk, select_at_risk
from dashboard.endpoints.safety.terms import summarise_terms, summarise_worst_grades
from dashboard.endpoints.safety.weeks import Alignment, derive_weekly_grades
from dashboard.scene import Scene

EVENT_TABLE_COLUMNS = [
    "participant", "cohort", "body_system", "term", "reported_term", "start_day", "start_precision", "latest_start", "partial", "end_day",
    "end_precision", "ongoing", "days_since_dose", "dose_number", "grade", "scale", "serious", "relatedness", "relation", "dose_action",
    "action", "outcome", "fatal", "special_interest", "emergent", "basis", "source_file", "source_row",
]  # fmt: skip
ONSET_LIST_COLUMNS = [
    "participant", "cohort", "dose_number", "days_since_dose", "unplaced", "term", "body_system", "grade", "scale", "relatedness",
    "start_day", "latest_start", "start_precision", "source_file", "source_row",
]  # fmt: skip
RATES = ["cohort", "n", "of", "percent", "lower", "upper", "ci", "events", "weeks", "rate"]


def find_events(scene: Scene) -> pd.DataFrame:
    """EVENT_COLUMNS of `endpoints.safety.events`: every adverse event of the scene's data cut, whoever is selected."""
    key = (scene.snapshot.content_hash, scene.view.base, "adverse-events")
    return scene.archive.recall(key, lambda: derive_events(scene.analysis, scene.records("adverse_event")))


def find_scale(scene: Scene) -> str:
    """The label of the grading scale that the view is about: the chosen one, else that of most graded events under treatment.

    Which scale that is does not depend on the selection; NOT_GRADED where no event of the data cut has a grade.
    """
    if scene.view.grading != "most":
        return scene.protocol.safety.scale(scene.view.grading).label
    events = find_events(scene)
    return next(iter(list_scales(events[events["emergent"]])), NOT_GRADED)


def find_filter(scene: Scene) -> EventFilter:
    """The reader's choice of relation and grade; a lowest grade is one on `find_scale`."""
    view = scene.view
    return EventFilter(view.related == "yes", None if view.grade == "any" else int(view.grade), find_scale(scene))


def find_chosen(scene: Scene) -> pd.DataFrame:
    """The events that the filter of relation and grade leaves, under treatment or not, whoever is selected."""
    return select_filtered(find_events(scene), find_filter(scene))


def find_emergent(scene: Scene) -> pd.DataFrame:
    """The events the filter leaves that began, or got worse, under treatment."""
    events = find_chosen(scene)
    return events[events["emergent"]]


def count_filtered_out(scene: Scene) -> dict[str, int]:
    """How many events under treatment of the dosed of the selection the filter of relation and grade leaves out, by reason."""
    events = select_at_risk(find_events(scene), find_at_risk(scene))
    return count_refused(events[events["emergent"]], find_filter(scene))


def find_at_risk(scene: Scene) -> AtRisk:
    """The dosed participants of the selection, the denominator of every safety table."""
    return derive_at_risk(scene.analysis, scene.selection.mask)


def table_adverse_events(scene: Scene) -> pd.DataFrame:
    """EVENT_TABLE_COLUMNS: the adverse events of the selection that the filter leaves, emergent or not, as delivered and derived."""
    events = find_chosen(scene)
    kept = events[scene.selection.mask[events["participant_index"].to_numpy()]]
    return kept.drop(columns="grade").rename(columns={"level": "grade"})[EVENT_TABLE_COLUMNS].reset_index(drop=True)


def table_adverse_event_summary(scene: Scene) -> pd.DataFrame:
    """Participants with an event by row of the overview, then by group of special interest, and cohort shown (then `all`).

    row, label, scale, RATES, unknown. Row of a special-interest group: `special-interest:` and its key.
    """
    events, at_risk, method = find_chosen(scene), find_at_risk(scene), scene.view.ci
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


def table_adverse_event_onset(scene: Scene) -> pd.DataFrame:
    """Emergent events by days since the latest dose: dose (`all`, then each number), low, high, cohort shown (then `all`), n, of, events.

    Weeks from the day of the dose, both ends included; `of` participants received the dose, n of them had an event in the week.
    """
    at_risk = find_at_risk(scene)
    rows = summarise_onset(find_emergent(scene), at_risk)
    rows = rows.merge(summarise_given(scene.analysis, at_risk), on=["dose_number", "cohort"], how="left", validate="many_to_one")
    numbers = rows["dose_number"].map(lambda number: ALL_COHORTS if number == ALL_DOSES else str(number)).astype("str")
    return _of_cohorts(scene, rows.assign(dose=numbers))[["dose", "low", "high", "cohort", "n", "of", "events"]]


def table_adverse_event_onset_list(scene: Scene) -> pd.DataFrame:
    """ONSET_LIST_COLUMNS: the emergent events by days since the latest dose; those without such days last, `unplaced` saying why."""
    events = list_by_onset(find_emergent(scene), find_at_risk(scene))
    events = events.assign(unplaced=derive_unplaced(events))
    return events.drop(columns="grade").rename(columns={"level": "grade"})[ONSET_LIST_COLUMNS]


def table_adverse_event_weeks(scene: Scene) -> pd.DataFrame:
    """The worst grade of the emergent events of each dosed participant, grading scale, dose and week under observation.

    participant, cohort, scale, dose_number, week, grade, events, partial (see WEEK_COLUMNS); first on the scale of the view, then on
    the others in use. Weeks count from the first dose, or from each dose, as the view aligns them.
    """
    events, at_risk, first = find_emergent(scene), find_at_risk(scene), find_scale(scene)
    aligned: Alignment = "latest-dose" if scene.view.align == "each" else "first-dose"
    others = sorted(set(select_at_risk(events, at_risk)["scale"]) - {first})
    tables = [derive_weekly_grades(events, at_risk, scene.analysis, scale, aligned).assign(scale=scale) for scale in (first, *others)]
    columns = ["participant", "cohort", "scale", "dose_number", "week", "grade", "events", "partial"]
    return pd.concat(tables, ignore_index=True)[columns].astype({"scale": "str"})


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
