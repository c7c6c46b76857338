"""The findings of a scene that are no counts: antibodies to the drug, concentrations, and outcomes as change from baseline."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.exploratory.ada_incidence import AdaCounts, count_ada, tabulate_ada
from dashboard.endpoints.exploratory.associations import summarise_exposure_response, summarise_proportionality
from dashboard.endpoints.exploratory.derived import Derived
from dashboard.endpoints.exploratory.finding_summaries import summarise_directions, summarise_transitions
from dashboard.endpoints.exploratory.peaks import summarise_peaks
from dashboard.endpoints.exploratory.samples import group_samples
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import summarise_groups
from dashboard.scene import Scene

ADA_COLUMNS = [
    "participant", "cohort", "kind", "day", "visit", "analysed", "before_treatment", "result", "titre", "inferred", "baseline", "status",
]  # fmt: skip
ASSAY_COLUMNS = ["test", "specimen", "unit"]
PK_COLUMNS = [
    "participant", "cohort", *ASSAY_COLUMNS, "day", "time", "timepoint", "visit", "dose_number", "days_since_dose", "hours_since_dose",
    "hours_source", "elapsed_days", "value", "value_text", "below_loq", "limit", "above_limit", "source_file", "source_row",
]  # fmt: skip
PK_SUMMARY_COLUMNS = [
    *ASSAY_COLUMNS, "cohort", "dose_number", "visit", "elapsed_days", "n", "below_limit", "gmean", "gmean_lower", "gmean_upper", "median",
    "min", "max",
]  # fmt: skip
CMAX_COLUMNS = [
    "participant", "cohort", *ASSAY_COLUMNS, "dose_number", "dose_day", "amount", "amount_unit", "samples", "first_sample", "last_sample",
    "peak_sampled", "below_limit", "above_limit", "cmax", "tmax_days", "tmax_hours",
]  # fmt: skip
PAIR_COLUMNS = [
    "participant", "cohort", *ASSAY_COLUMNS, "dose_number", "cmax", "analyte", "peak_fold", "peak_day", "window_end",
]  # fmt: skip
SERIES_COLUMNS = ["domain", "test", "label", "category", "object"]
FINDING_COLUMNS = [
    "participant", "cohort", *SERIES_COLUMNS, "day", "days_since_dose", "dose_number", "visit", "analysed", "unscheduled", "value_text",
    "value", "unit", "below_loq", "limit", "scale", "baseline", "baseline_value", "baseline_day", "is_baseline", "change", "fold",
    "direction", "source_file", "source_row",
]  # fmt: skip


def derive_exploratory(scene: Scene) -> Derived:
    """What is derived of the findings of the scene's data cut under its baseline rule, kept with the data cut."""
    return scene.keep("exploratory", lambda: scene.of_cut("exploratory", lambda: Derived(scene.analysis, scene.records("finding"))))


def response_analyte(scene: Scene) -> str:
    """The analyte of exposure–response: the one of the view when it is about exactly one, else the endpoint analyte."""
    chosen = scene.view.analyte
    return chosen[0] if len(chosen) == 1 else scene.protocol.endpoint.analyte


def table_ada(scene: Scene) -> pd.DataFrame:
    """ADA_COLUMNS: every sample of the selection tested for antibodies to the drug, with the participant's baseline and status."""
    derived = derive_exploratory(scene)
    status = derived.ada_status[["participant_index", "kind", "baseline", "status"]]
    rows = _select(scene, "ada_results").merge(status, on=["participant_index", "kind"], how="left", validate="many_to_one")
    result = pd.Series(np.where(rows["positive"], "positive", "negative"), dtype="str")
    return rows.assign(result=result)[ADA_COLUMNS]


def count_antibodies(scene: Scene) -> tuple[AdaCounts, AdaCounts]:
    """How many of the selection have antibodies to the drug: over the whole course, and at the visits at which somebody has a result."""
    derived, mask = derive_exploratory(scene), scene.selection.mask
    return count_ada(derived.ada_tally, mask), count_ada(derived.ada_visit_tally, mask)


def table_ada_summary(scene: Scene) -> pd.DataFrame:
    """Participants with antibodies by kind, measure, cohort shown (then `all`) and visit; visit "" stands for the whole course.

    kind, measure, cohort, visit, n, denominator, proportion, lower, upper, ci. Visits are those at which somebody has a result.
    """
    method, cohorts = scene.view.ci, scene.protocol.cohort_keys
    tables = [tabulate_ada(counts, cohorts, method) for counts in count_antibodies(scene) if counts.visits]
    rows = _of_cohorts(scene, pd.concat(tables, ignore_index=True)).assign(ci=method)
    columns = ["kind", "measure", "cohort", "visit", "n", "denominator", "proportion", "lower", "upper", "ci"]
    return rows[columns].astype({"visit": "str", "ci": "str"})


def select_concentrations(scene: Scene) -> pd.DataFrame:
    """The concentrations of the selection, with participant, cohort and specimen."""
    return _select(scene, "concentrations").rename(columns={"object": "specimen"})


def table_pk(scene: Scene) -> pd.DataFrame:
    """PK_COLUMNS: every concentration of the selection that has a day; elapsed_days is missing before the first dose."""
    return select_concentrations(scene)[PK_COLUMNS]


def table_pk_summary(scene: Scene) -> pd.DataFrame:
    """PK_SUMMARY_COLUMNS: concentrations of the selection by assay, cohort shown, dose and planned visit.

    A visit on the day of the dose and one later are apart. elapsed_days is the median; a value below the limit counts with half of it;
    `below_limit` counts those. Samples in no planned visit, or beyond the range of the assay, are left out. Fewer than SMALLEST_TOTAL
    samples have no interval.
    """
    derived = derive_exploratory(scene)
    arrays = derived.samples
    groups = group_samples(arrays, np.flatnonzero(scene.selection.mask[arrays.person]))
    first = derived.named("concentrations").iloc[groups.first].rename(columns={"object": "specimen"}).reset_index(drop=True)
    values = arrays.value[groups.rows]
    table = summarise_groups(values, groups.group, len(first), values)
    limits = {name: groups.means[name] for name in ("gmean_lower", "gmean_upper")}
    own = {"elapsed_days": groups.elapsed, "below_limit": groups.below, **limits}
    return pd.concat([first[[*ASSAY_COLUMNS, "cohort", "dose_number", "visit"]], table], axis=1).assign(**own)[PK_SUMMARY_COLUMNS]


def table_cmax(scene: Scene) -> pd.DataFrame:
    """CMAX_COLUMNS: Cmax and tmax of every dose given to the selection, with what was sampled."""
    return _select(scene, "peaks").rename(columns={"object": "specimen"})[CMAX_COLUMNS]


def table_cmax_summary(scene: Scene) -> pd.DataFrame:
    """Cmax and tmax by assay, dose and cohort shown (then `all`): the columns of `summarise_peaks`."""
    table = summarise_peaks(derive_exploratory(scene).peaks, scene.analysis, scene.selection.mask)
    return _of_cohorts(scene, _name_assay(table))


def table_proportionality(scene: Scene) -> pd.DataFrame:
    """How Cmax follows the dose given, by assay and dose number: the columns of `summarise_proportionality`."""
    return _name_assay(summarise_proportionality(derive_exploratory(scene).peaks, scene.analysis, scene.selection.mask))


def table_exposure_response(scene: Scene) -> pd.DataFrame:
    """PAIR_COLUMNS: Cmax of every dose of the selection and the highest fold of each count that followed it."""
    rows = _select(scene, "pairs").rename(columns={"object": "specimen"})
    return rows[rows["analyte"].isin(scene.view.analytes(scene.protocol))][PAIR_COLUMNS].reset_index(drop=True)


def table_exposure_response_summary(scene: Scene) -> pd.DataFrame:
    """Rank correlation of Cmax and highest fold by assay, dose and count: the columns of `summarise_exposure_response`."""
    table = _name_assay(summarise_exposure_response(derive_exploratory(scene).pairs, scene.selection.mask))
    return table[table["analyte"].isin(scene.view.analytes(scene.protocol))].reset_index(drop=True)


def select_changes(scene: Scene, part: str = "changes") -> pd.DataFrame:
    """Every finding of the selection with its change from baseline, or those of another `part` of Derived with the columns of `changes`."""
    return _select(scene, part)


def table_findings(scene: Scene) -> pd.DataFrame:
    """FINDING_COLUMNS: every finding of the selection as delivered, with its baseline and its change from it."""
    names = {"unit_text": "unit", "baseline_wording": "baseline", "baseline_level": "baseline_value"}
    return select_changes(scene).rename(columns=names)[FINDING_COLUMNS]


def table_finding_summary(scene: Scene) -> pd.DataFrame:
    """Participants by direction of change from baseline, by series, cohort shown (then `all`) and planned visit after day 0.

    SERIES_COLUMNS, cohort, visit, lower, equal, higher, no_baseline, not_comparable, n.
    """
    return summarise_series_directions(scene, derive_exploratory(scene).changes).drop(columns="series")


def table_finding_transitions(scene: Scene) -> pd.DataFrame:
    """From which result to which, in the delivery's words, by series, cohort shown (then `all`) and planned visit after day 0.

    SERIES_COLUMNS, cohort, visit, baseline, result, n, denominator.
    """
    return summarise_series_transitions(scene, derive_exploratory(scene).changes).drop(columns="series")


def summarise_series_directions(scene: Scene, changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table_finding_summary` for some of the changes (of `derive_exploratory`), and their `series`."""
    return _name_series(scene, summarise_directions(changes, scene.analysis, scene.selection.mask, later_visits(scene)))


def summarise_series_transitions(scene: Scene, changes: pd.DataFrame) -> pd.DataFrame:
    """The rows of `table_finding_transitions` for some of the changes (of `derive_exploratory`), and their `series`."""
    return _name_series(scene, summarise_transitions(changes, scene.analysis, scene.selection.mask, later_visits(scene)))


def later_visits(scene: Scene) -> tuple[str, ...]:
    """The planned visits after day 0, in their order."""
    return derive_exploratory(scene).later_visits


def _name_series(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    named = table.join(derive_exploratory(scene).series[SERIES_COLUMNS], on="series")
    return _of_cohorts(scene, named)[[*SERIES_COLUMNS, *table.columns]]


def _name_assay(table: pd.DataFrame) -> pd.DataFrame:
    return table.drop(columns="assay").rename(columns={"object": "specimen"})


def _of_cohorts(scene: Scene, table: pd.DataFrame) -> pd.DataFrame:
    return table[table["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))].reset_index(drop=True)


def _select(scene: Scene, part: str) -> pd.DataFrame:
    """The rows of the participants that the filters leave, with their names and cohorts, of a part of Derived."""
    rows = derive_exploratory(scene).named(part)
    return rows[scene.selection.mask[rows["participant_index"].to_numpy()]].reset_index(drop=True)
