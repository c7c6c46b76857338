"""Behind the cells of the exploratory page: antibodies, concentrations, Cmax, exposure–response, findings."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.laboratory import baseline_rows
from dashboard.behind.parts import Behind, check_cohort, count_rows, find_row, is_in_cohort, name_cohort, read_people, shape_rows
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.exploratory.ada_incidence import (
    ADA_MEASURES,
    ADA_VISIT_MEASURES,
    derive_ada_visits,
    flag_ada_incidence,
    flag_ada_visits,
)
from dashboard.endpoints.exploratory.finding_summaries import classify_changes
from dashboard.endpoints.exploratory.immunogenicity import ADA_TESTS
from dashboard.exploratory import (
    derive_exploratory,
    later_visits,
    select_changes,
    select_concentrations,
    table_ada_summary,
    table_cmax_summary,
    table_exposure_response_summary,
    table_finding_summary,
    table_finding_transitions,
    table_pk_summary,
)
from dashboard.scene import Scene
from dashboard.study.references import Reference, encode_reference
from dashboard.view.words import count_words, lower_first

PAGE = "exploratory"
LATER, ON_DAY = "later", "on the day"


def find_antibodies(scene: Scene, kind: str, measure: str, visit: str, cohort: str) -> Behind:
    """Behind a cell of the table of antibodies; without a visit over the whole course."""
    check_cohort(scene, cohort)
    find_row(table_ada_summary(scene), kind=kind, measure=measure, visit=visit, cohort=cohort)
    derived, mask = derive_exploratory(scene), scene.selection.mask
    if visit:
        rows = derive_ada_visits(derived.ada_results, derived.ada_status, scene.analysis, mask, [visit])
        has, within = flag_ada_visits(rows)[measure]
    else:
        rows = derived.ada_status
        has, within = flag_ada_incidence(rows, scene.analysis, mask)[measure]
    inside = (rows["kind"] == kind).to_numpy() & is_in_cohort(scene, rows["participant_index"].to_numpy(), cohort) & within
    counted, group = read_people(rows[inside & has]), read_people(rows[inside])
    at = f", {lower_first(scene.protocol.visit(visit).label)}" if visit else ""
    title = f"{kind.capitalize()} antibodies, {measure.replace('-', ' ')}{at}, {name_cohort(scene, cohort)}"
    words = (ADA_VISIT_MEASURES if visit else ADA_MEASURES)[measure]
    return Behind(title, PAGE, counted, group, words, lambda: [antibody_rows(scene, counted, kind, visit)])


def antibody_rows(scene: Scene, people: Ints, kind: str, visit: str) -> pd.DataFrame:
    """The results for antibodies of `people`, of the visit when one is named; a sample negative for binding counts for both kinds."""
    placed = derive_exploratory(scene).placed
    kinds = placed["test"].str.upper().map(ADA_TESTS)
    wanted = kinds.isin(["binding"] if kind == "binding" else ["binding", "neutralising"]) & (placed["domain"] == "IS")
    rows = placed[wanted & placed["participant_index"].isin(people) & placed["day"].notna()]
    rows = rows[rows["visit"] == visit] if visit else rows
    role = np.where(rows["before_treatment"], "before treatment", "after the first dose")
    return shape_findings(scene, rows.assign(role=role).sort_values("day", kind="stable"))


def shape_findings(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    """ROW_COLUMNS of findings that have their `role`."""
    labels = {visit.key: lower_first(visit.label) for visit in scene.protocol.visits} | {"": ""}
    what = rows["label"].where(rows["label"] != "", rows["test"])
    about = [f"{name} ({thing})" if thing else str(name) for name, thing in zip(what, rows["object"], strict=True)]
    return shape_rows(rows, what=about, unit=rows["unit_text"], note=rows["visit"].map(labels))


def find_concentrations(scene: Scene, test: str, specimen: str, unit: str, dose: str, visit: str, when: str, cohort: str) -> Behind:
    """Behind a geometric mean of concentrations by dose and visit; `when` parts a visit on the day of the dose from one later."""
    check_cohort(scene, cohort)
    where = {"test": test, "specimen": specimen, "unit": unit, "dose_number": dose, "visit": visit, "cohort": cohort}
    table = table_pk_summary(scene)
    sides = pd.Series(np.where(table["elapsed_days"] >= 1, LATER, ON_DAY), index=table.index, dtype="str")
    find_row(table.assign(when=sides), **where, when=when)
    rows = select_concentrations(scene)
    rows = rows[rows["dose_number"].notna() & rows["value"].notna() & ((rows["elapsed_days"] >= 1) == (when == LATER))]
    rows = rows[(rows["test"] == test) & (rows["specimen"] == specimen) & (rows["unit"] == unit) & (rows["visit"] == visit)]
    rows = rows[(rows["dose_number"] == int(dose)).to_numpy(dtype=bool)]
    rows = rows[is_in_cohort(scene, rows["participant_index"].to_numpy(), cohort)]
    people = read_people(rows)
    shown = f"{scene.protocol.visit(visit).label}{'' if when == LATER else ', after it'}"
    title = f"Concentration after dose {dose}, {lower_first(shown)}, {name_cohort(scene, cohort)}"
    amounts = (count_words(len(rows), "sample"),)
    return Behind(title, PAGE, people, people, "participants with a sample", lambda: [_shape_samples(rows, "sample")], amounts)


def _shape_samples(rows: pd.DataFrame, role: str | np.ndarray) -> pd.DataFrame:
    """ROW_COLUMNS of concentrations; samples of one day are told apart by their time."""
    label = rows["label"].where(rows["label"] != "", rows["test"])
    note = [" ".join(part for part in pair if part) for pair in zip(rows["timepoint"], rows["time"], strict=True)]
    return shape_rows(rows, role=role, what=label, note=note)


def find_cmax(scene: Scene, test: str, specimen: str, unit: str, dose: str, cohort: str) -> Behind:
    """Behind a row of the table of Cmax: the participants with a Cmax after the dose, out of those given it, and their samples."""
    check_cohort(scene, cohort)
    find_row(table_cmax_summary(scene), test=test, specimen=specimen, unit=unit, dose_number=dose, cohort=cohort)
    derived = derive_exploratory(scene)
    peaks = derived.peaks
    peaks = peaks[scene.selection.mask[peaks["participant_index"].to_numpy()] & (peaks["dose_number"] == int(dose)).to_numpy(dtype=bool)]
    peaks = peaks[(peaks["test"] == test) & (peaks["object"] == specimen) & (peaks["unit"] == unit)]
    peaks = peaks[is_in_cohort(scene, peaks["participant_index"].to_numpy(), cohort)]
    seen = peaks[peaks["peak_sampled"] & peaks["cmax"].notna()]

    def read() -> list[pd.DataFrame]:
        samples = derived.concentrations
        samples = samples[samples["assay"].isin(seen["assay"]) & samples["dose_row"].isin(seen["dose_row"])]
        return [_shape_samples(samples, np.where(samples.index.isin(seen["peak_row"]), "Cmax", "sample"))]

    title = f"Cmax after dose {dose}, {name_cohort(scene, cohort)}"
    return Behind(title, PAGE, read_people(seen), read_people(peaks), "participants given the dose", read)


def find_response(scene: Scene, test: str, specimen: str, unit: str, dose: str, analyte: str) -> Behind:
    """Behind a rank correlation: the participants with Cmax and highest fold after the dose, out of those with a Cmax."""
    where = {"test": test, "specimen": specimen, "unit": unit, "dose_number": dose, "analyte": analyte}
    find_row(table_exposure_response_summary(scene), **where)
    derived = derive_exploratory(scene)
    pairs = derived.pairs
    pairs = pairs[scene.selection.mask[pairs["participant_index"].to_numpy()] & (pairs["dose_number"] == int(dose)).to_numpy(dtype=bool)]
    pairs = pairs[(pairs["test"] == test) & (pairs["object"] == specimen) & (pairs["unit"] == unit) & (pairs["analyte"] == analyte)]
    both = pairs[pairs["peak_fold"].notna()]
    counted, short = read_people(both), scene.protocol.analyte(analyte).short

    def read() -> list[pd.DataFrame]:
        peaks = derived.peaks[derived.peaks["dose_row"].isin(both["dose_row"]) & derived.peaks["assay"].isin(both["assay"])]
        tops = derived.concentrations.iloc[peaks["peak_row"].to_numpy()]
        person, day = (both[name].to_numpy(dtype=np.int64) for name in ("participant_index", "peak_day"))
        folds = count_rows(scene, analyte, person, day, "highest fold")
        return [_shape_samples(tops, "Cmax"), baseline_rows(scene, analyte, counted), folds]

    title = f"Cmax after dose {dose} against the highest {short} fold"
    return Behind(title, PAGE, counted, read_people(pairs), "participants with a Cmax", read)


def find_findings(scene: Scene, domain: str, test: str, category: str, about: str, visit: str, state: str, cohort: str) -> Behind:
    """Behind a number of the table of findings: participants with a result at the visit that lies so against their baseline.

    `state` is a column of `summarise_directions`; `n` is everybody with a result.
    """
    check_cohort(scene, cohort)
    where = {"domain": domain, "test": test, "category": category, "object": about, "visit": visit, "cohort": cohort}
    cell = find_row(table_finding_summary(scene), **where)
    words = {"n": "with a result", "lower": "below baseline", "equal": "same as baseline", "higher": "above baseline"}
    words |= {"no_baseline": "without baseline", "not_comparable": "not comparable with baseline"}
    find_row(pd.DataFrame({"state": list(words)}), state=state)
    rows = _select_findings(scene, domain, test, category, about, visit, cohort)
    kept = rows if state == "n" else rows[classify_changes(rows) == state]
    of = Reference("findings", domain=domain, test=test, category=category, about=about, visit=visit, cohort=cohort)
    return _of_findings(scene, f"{cell['label'] or test}, {words[state]}", of, kept, rows)


def find_transitions(
    scene: Scene, domain: str, test: str, category: str, about: str, visit: str, baseline: str, result: str, cohort: str
) -> Behind:
    """Behind a change from one result in words to another at a visit."""
    check_cohort(scene, cohort)
    where = {"domain": domain, "test": test, "category": category, "object": about, "visit": visit, "cohort": cohort}
    cell = find_row(table_finding_transitions(scene), **where, baseline=baseline, result=result)
    rows = _select_findings(scene, domain, test, category, about, visit, cohort)
    start = rows["baseline_wording"].where(rows["has_baseline"], "no baseline")
    kept = rows[(start == baseline) & (rows["wording"] == result)]
    of = Reference("findings", domain=domain, test=test, category=category, about=about, visit=visit, cohort=cohort)
    return _of_findings(scene, f"{cell['label'] or test}, {baseline} → {result}", of, kept, rows)


def _select_findings(scene: Scene, domain: str, test: str, category: str, about: str, visit: str, cohort: str) -> pd.DataFrame:
    """The analysed results of one series at one visit."""
    rows = select_changes(scene)
    rows = rows[rows["analysed"] & (rows["visit"] == visit) & (visit in later_visits(scene))]
    rows = rows[(rows["domain"] == domain) & (rows["test"] == test) & (rows["category"] == category) & (rows["object"] == about)]
    return rows[is_in_cohort(scene, rows["participant_index"].to_numpy(), cohort)]


def _of_findings(scene: Scene, label: str, of: Reference, kept: pd.DataFrame, rows: pd.DataFrame) -> Behind:
    people = read_people(kept)

    def read() -> list[pd.DataFrame]:
        every = select_changes(scene)
        start = every[every["is_baseline"] & every["participant_index"].isin(people) & every["series"].isin(kept["series"])]
        return [shape_findings(scene, start.assign(role="baseline")), shape_findings(scene, kept.assign(role="result"))]

    title = f"{label}, {lower_first(scene.protocol.visit(of.visit).label)}, {name_cohort(scene, of.cohort)}"
    return Behind(title, PAGE, people, read_people(rows), "participants with a result at the visit", read, of=encode_reference(of))
