"""Behind the cells of titres, of questionnaire scores and of counts by antibodies to the drug."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.exploring import PAGE, antibody_rows, shape_findings
from dashboard.behind.parts import Behind, check_cohort, count_rows, find_row, is_in_cohort, name_cohort, read_people
from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.ada_courses import ADA_GROUPS
from dashboard.endpoints.exploratory.immunogenicity import KINDS
from dashboard.endpoints.exploratory.titre_summaries import flag_titres
from dashboard.errors import NotFoundError
from dashboard.exploratory import derive_exploratory, response_analyte, select_changes
from dashboard.panels.ada_courses import STYLES
from dashboard.panels.questionnaires import table_questionnaire_summary
from dashboard.panels.titres import table_titre_summary
from dashboard.scene import Scene
from dashboard.view.words import lower_first

# The numbers of a cell of titres: with a titre, and those in whom it appeared or rose.
TITRE_STATES = {"positive": "with a titre", "rose": "with a titre that appeared or rose"}


def find_titres(scene: Scene, domain: str, test: str, category: str, about: str, visit: str, state: str, cohort: str) -> Behind:
    """Behind a number of the table of titres: those with a titre, or in whom it appeared or rose, of those with a titre or negative."""
    check_cohort(scene, cohort)
    where = {"domain": domain, "test": test, "category": category, "object": about, "visit": visit, "cohort": cohort}
    cell = find_row(table_titre_summary(scene), **where)
    if state not in TITRE_STATES:
        raise NotFoundError("cell", f"state {state}", tuple(TITRE_STATES))
    rows = select_changes(scene, "autoantibodies")
    rows = _of_visit(scene, rows[(rows["scale"] == "titre").to_numpy()], where)
    flags = flag_titres(rows)
    kept = rows[flags["appeared"] | flags["risen"]] if state == "rose" else rows[flags["positive"]]
    label = f"{cell['label'] or test}, {TITRE_STATES[state]}"
    return _of_changes(scene, label, where, kept, rows, "participants with a titre or negative at the visit")


def find_scores(scene: Scene, domain: str, test: str, category: str, about: str, unit: str, visit: str, cohort: str) -> Behind:
    """Behind a change of a questionnaire score: the participants with a change from baseline, of those with a score at the visit."""
    check_cohort(scene, cohort)
    where = {"domain": domain, "test": test, "category": category, "object": about, "visit": visit, "cohort": cohort}
    cell = find_row(table_questionnaire_summary(scene), **where, unit=unit)
    rows = select_changes(scene, "scores")
    rows = _of_visit(scene, rows[(rows["unit_text"] == unit).to_numpy()], where)
    kept = rows[rows["change"].notna()]
    return _of_changes(scene, f"{cell['label'] or test}, change", where, kept, rows, "participants with a score at the visit")


def _of_visit(scene: Scene, rows: pd.DataFrame, where: dict[str, str]) -> pd.DataFrame:
    """The analysed results of the series, visit and cohort that `where` names."""
    inside: Flags = rows["analysed"].to_numpy(dtype=bool) & is_in_cohort(scene, rows["participant_index"].to_numpy(), where["cohort"])
    for name in ("domain", "test", "category", "object", "visit"):
        inside &= (rows[name] == where[name]).to_numpy(dtype=bool)
    return rows[inside]


def _of_changes(scene: Scene, label: str, where: dict[str, str], kept: pd.DataFrame, rows: pd.DataFrame, group_words: str) -> Behind:
    people = read_people(kept)

    def read() -> list[pd.DataFrame]:
        every = select_changes(scene)
        start = every[every["is_baseline"] & every["participant_index"].isin(people) & every["series"].isin(kept["series"])]
        return [shape_findings(scene, start.assign(role="baseline")), shape_findings(scene, kept.assign(role="result"))]

    visit = lower_first(scene.protocol.visit(where["visit"]).label)
    return Behind(f"{label}, {visit}, {name_cohort(scene, where['cohort'])}", PAGE, people, read_people(rows), group_words, read)


def find_ada_counts(scene: Scene, kind: str, group: str, analyte: str, visit: str) -> Behind:
    """Behind a count by antibodies to the drug: the participants of the group with a value at the visit, of those with one at any."""
    known = {
        "kind": (kind, KINDS),
        "group": (group, tuple(ADA_GROUPS)),
        "analyte": (analyte, (response_analyte(scene),)),
        "visit": (visit, scene.protocol.visit_keys),
    }
    for name, (given, names) in known.items():
        if given not in names:
            raise NotFoundError("cell", f"{name} {given}", names)
    courses = derive_exploratory(scene).ada_courses(analyte)
    inside = scene.selection.mask[courses.person] & (courses.kind == KINDS.index(kind)) & (courses.group == list(ADA_GROUPS).index(group))
    at_visit = inside & (courses.visit == scene.protocol.visit_keys.index(visit)) & ~np.isnan(courses.value)
    people, short = np.unique(courses.person[at_visit]), scene.protocol.analyte(analyte).short
    day = courses.rows["day"].to_numpy(dtype=np.int64, na_value=0)[at_visit]

    def read() -> list[pd.DataFrame]:
        return [count_rows(scene, analyte, courses.person[at_visit], day, "count"), antibody_rows(scene, people, kind, "")]

    where = f"{lower_first(STYLES[group].label)}, {lower_first(scene.protocol.visit(visit).label)}"
    among = f"participants of the group with {short} at a planned visit"
    return Behind(f"{short} by {kind} antibodies, {where}", PAGE, people, np.unique(courses.person[inside]), among, read)
