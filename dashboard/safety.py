"""The safety of a scene: adverse events, laboratory grades, dose escalation and exposure, for the selection."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.body import derive_body_measures
from dashboard.endpoints.safety.escalation import summarise_doses, summarise_escalation
from dashboard.endpoints.safety.events import derive_events
from dashboard.endpoints.safety.exposure import derive_exposure, summarise_exposure
from dashboard.endpoints.safety.filtering import EventFilter, Refusals, code_refusals
from dashboard.endpoints.safety.grading import NOT_GRADED, list_scales
from dashboard.endpoints.safety.laboratory import AGAINST, count_shift, derive_graded, name_shift
from dashboard.endpoints.safety.onset import ALL_DOSES, derive_unplaced, list_by_onset, summarise_given, summarise_onset
from dashboard.endpoints.safety.overview import summarise_overview, summarise_special_interest
from dashboard.endpoints.safety.rates import TOTAL, AtRisk, derive_at_risk, select_at_risk, select_people
from dashboard.endpoints.safety.terms import summarise_terms, summarise_worst_grades
from dashboard.endpoints.safety.weeks import Alignment, derive_weekly_grades
from dashboard.scene import Scene
from dashboard.study.safety import LaboratoryGrades

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
    return scene.of_cut("adverse-events", lambda: derive_events(scene.analysis, scene.records("adverse_event")))


def find_scale(scene: Scene) -> str:
    """The label of the grading scale that the view is about: the chosen one, else that of most graded events under treatment.

    Which scale that is does not depend on the selection; NOT_GRADED where no event of the data cut has a grade.
    """
    if scene.view.grading != "most":
        return scene.protocol.safety.scale(scene.view.grading).label
    return scene.of_cut("most used scale", lambda: _find_most_used(find_events(scene)))


def _find_most_used(events: pd.DataFrame) -> str:
    return next(iter(list_scales(events[events["emergent"]])), NOT_GRADED)


def find_filter(scene: Scene) -> EventFilter:
    """The reader's choice of relation and grade; a lowest grade is one on `find_scale`."""
    view = scene.view
    lowest = None if view.grade == "any" else int(view.grade)
    return scene.keep("event filter", lambda: EventFilter(view.related == "yes", lowest, find_scale(scene)))


def find_refusals(scene: Scene) -> Refusals:
    """Why the filter of relation and grade leaves out each event of `find_events`."""
    chosen = find_filter(scene)
    return scene.of_cut("refused events", lambda: code_refusals(find_events(scene), chosen), chosen)


def find_chosen(scene: Scene) -> pd.DataFrame:
    """The events that the filter of relation and grade leaves, under treatment or not, whoever is selected."""
    return scene.of_cut("chosen events", lambda: find_events(scene)[find_refusals(scene).passes], find_filter(scene))


def find_emergent(scene: Scene) -> pd.DataFrame:
    """The events the filter leaves that began, or got worse, under treatment."""

    def select() -> pd.DataFrame:
        events = find_chosen(scene)
        return events[events["emergent"]]

    return scene.of_cut("emergent events", select, find_filter(scene))


def count_filtered_out(scene: Scene) -> dict[str, int]:
    """How many events under treatment of the dosed of the selection the filter of relation and grade leaves out, by reason."""

    def count() -> dict[str, int]:
        events, cohort_of = find_events(scene), find_at_risk(scene).cohort_of
        at_risk = cohort_of[events["participant_index"].to_numpy()] >= 0
        return find_refusals(scene).count(at_risk & events["emergent"].to_numpy())

    return {} if find_filter(scene).is_open else scene.keep("events filtered out", count)


def find_at_risk(scene: Scene) -> AtRisk:
    """The dosed participants of the selection, the denominator of every safety table."""
    return scene.keep("at risk", lambda: select_people(find_dosed(scene), scene.selection.mask))


def find_dosed(scene: Scene) -> AtRisk:
    """Every dosed participant of the data cut, whoever is selected."""
    return scene.of_cut("dosed", lambda: derive_at_risk(scene.analysis, np.ones(len(scene.analysis.participants), dtype=bool)))


def find_graded(scene: Scene, rule: LaboratoryGrades) -> pd.DataFrame:
    """GRADED_COLUMNS of `endpoints.safety.laboratory` by one grading of the definition, of the dosed participants of the selection."""
    graded = scene.of_cut("graded", lambda: derive_graded(scene.analysis, find_dosed(scene), rule), rule.key)
    return _of_selection(scene, graded)


def _of_selection(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    """Of rows with a participant_index, derived participant by participant, those of the selection."""
    return rows[scene.selection.mask[rows["participant_index"].to_numpy()]].reset_index(drop=True)


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
    special = summarise_special_interest(events, at_risk, scene.analysis, method)
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
    tables = [_of_selection(scene, _find_weeks(scene, scale, aligned)) for scale in (first, *others)]
    columns = ["participant", "cohort", "scale", "dose_number", "week", "grade", "events", "partial"]
    return pd.concat(tables, ignore_index=True)[columns].astype({"scale": "str"})


def _find_weeks(scene: Scene, scale: str, aligned: Alignment) -> pd.DataFrame:
    def derive() -> pd.DataFrame:
        return derive_weekly_grades(find_emergent(scene), find_dosed(scene), scene.analysis, scale, aligned).assign(scale=scale)

    return scene.of_cut("weeks", derive, find_filter(scene), scale, aligned)


def table_lab_shift(scene: Scene) -> pd.DataFrame:
    """Participants by baseline grade and by worst and last grade after day 0, for each laboratory grading of the definition.

    rule, label, analyte, scale, against (worst, last), cohort, baseline_grade, grade, n, of, percent; a grade is empty where there is
    no value; `of` and percent are of those with both.
    """
    at_risk, rules = find_at_risk(scene), scene.protocol.safety.laboratory
    columns = ["rule", "label", "analyte", "scale", "against", "cohort", "baseline_grade", "grade", "n", "of", "percent"]
    if not rules:
        return _of_cohorts(scene, pd.DataFrame(columns=columns))
    graded = [(find_graded(scene, rule), rule) for rule in rules]
    counted = [count_shift(rows, at_risk, rule, against) for rows, rule in graded for against in AGAINST]
    # The names of the rows are the same for every selection.
    head = scene.of_cut("rows of lab-shift", lambda: _name_shifts(find_dosed(scene)))
    n, of, percent = (np.concatenate(parts) for parts in zip(*counted, strict=True))
    return _of_cohorts(scene, head.assign(n=n, of=of, percent=percent))[columns]


def _name_shifts(at_risk: AtRisk) -> pd.DataFrame:
    safety, tables = at_risk.protocol.safety, []
    for rule in safety.laboratory:
        named = {"rule": rule.key, "label": rule.label, "analyte": rule.analyte, "scale": safety.scale(rule.scale).label}
        tables += [name_shift(at_risk, rule).assign(**named, against=against) for against in AGAINST]
    return pd.concat(tables, ignore_index=True)


def table_exposure(scene: Scene) -> pd.DataFrame:
    """Every planned dose of the selection's dosed participants, given or not, and every dose outside the plan."""
    return _find_exposure(scene).drop(columns="participant_index")


def _find_exposure(scene: Scene) -> pd.DataFrame:
    return _of_selection(scene, find_exposure(scene))


def find_exposure(scene: Scene) -> pd.DataFrame:
    """EXPOSURE_COLUMNS of `endpoints.safety.exposure`, of everybody dosed, whoever is selected."""
    return scene.of_cut("exposure", lambda: derive_exposure(scene.analysis, find_dosed(scene), scene.records("dose_adjustment")))


def table_exposure_summary(scene: Scene) -> pd.DataFrame:
    """Doses given, missed and late by cohort shown (then `all`) and planned dose."""
    return _of_cohorts(scene, summarise_exposure(_find_exposure(scene), find_at_risk(scene)))


def table_dosing_weight(scene: Scene) -> pd.DataFrame:
    """Weight, height, body mass index and the weight that the dose follows, of every participant of the selection."""
    return find_body_measures(scene)[scene.selection.mask].reset_index(drop=True)


def find_body_measures(scene: Scene) -> pd.DataFrame:
    """BODY_COLUMNS of `endpoints.safety.body`, of every participant of the data cut."""
    everyone = np.ones(len(scene.analysis.participants), dtype=bool)
    return scene.of_cut("body measures", lambda: derive_body_measures(scene.analysis, scene.records("finding"), everyone))


def table_escalation(scene: Scene) -> pd.DataFrame:
    """The dose escalation board by cohort shown, with the participants who received each planned dose (dose_1, dose_2, …)."""
    analysis: Analysis = scene.analysis
    board = summarise_escalation(analysis, find_events(scene), scene.selection.mask)
    doses = summarise_doses(analysis, scene.selection.mask)
    # Both are in the order of the cohorts, dose by dose.
    given = {f"dose_{number}": doses["n"].to_numpy()[doses["dose"].to_numpy() == number] for number in sorted(set(doses["dose"].tolist()))}
    return _of_cohorts(scene, board.assign(**given))


def _of_cohorts(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    """The rows of the cohorts shown and of all of them, which the other tables call `all`."""
    named = table.assign(cohort=table["cohort"].replace({TOTAL: ALL_COHORTS}))
    return named[named["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))].reset_index(drop=True)
