"""The syndromes of a scene (CRS, ICANS): who had which at which grade, when, and what was given for it."""

from __future__ import annotations

import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.rates import TOTAL, select_at_risk
from dashboard.endpoints.safety.syndrome_counts import CLASSES, Courses, derive_courses, flag_class
from dashboard.endpoints.safety.syndromes import (
    derive_syndrome,
    derive_syndrome_days,
    derive_treatments,
    list_syndromes,
    select_syndrome,
    summarise_grades,
    summarise_spans,
)
from dashboard.errors import NotFoundError
from dashboard.safety import find_at_risk, find_dosed, find_events
from dashboard.scene import Scene
from dashboard.study.protocol import StudyProtocol
from dashboard.study.syndromes import Syndrome


def list_syndrome_keys(protocol: StudyProtocol) -> tuple[str, ...]:
    """The keys of the syndromes of the definition, in its order."""
    return tuple(syndrome.key for syndrome in protocol.safety.syndromes)


def find_syndrome(scene: Scene, key: str) -> Syndrome:
    """The syndrome of the definition with this key; NotFoundError otherwise."""
    for syndrome in scene.protocol.safety.syndromes:
        if syndrome.key == key:
            return syndrome
    raise NotFoundError("syndrome", key, list_syndrome_keys(scene.protocol))


def name_scale(scene: Scene, syndrome: Syndrome) -> str:
    """The label of the scale on which the syndrome is graded."""
    return scene.protocol.safety.scale(syndrome.scale).label


def find_treatments(scene: Scene) -> pd.DataFrame:
    """TREATMENT_COLUMNS of `endpoints.safety.syndromes`: the treatments of all syndromes, whoever is selected."""
    syndromes = scene.protocol.safety.syndromes
    return scene.of_cut("syndrome treatments", lambda: derive_treatments(scene.records("medication"), scene.analysis, syndromes))


def find_syndrome_rows(scene: Scene, key: str) -> pd.DataFrame:
    """SYNDROME_COLUMNS of the dosed participants of the selection; no filter of relation or grade applies."""
    rows = _find_all_rows(scene, key)
    return rows[scene.selection.mask[rows["participant_index"].to_numpy()]].reset_index(drop=True)


def _find_all_rows(scene: Scene, key: str) -> pd.DataFrame:
    """SYNDROME_COLUMNS of every dosed participant, whoever is selected."""
    syndrome = find_syndrome(scene, key)

    def derive() -> pd.DataFrame:
        until, _ = compute_observed_until(scene.analysis)
        return derive_syndrome(find_events(scene), find_treatments(scene), find_dosed(scene), syndrome, name_scale(scene, syndrome), until)

    return scene.of_cut("syndrome", derive, key)


def find_all_courses(scene: Scene, key: str) -> Courses:
    """The course of a syndrome in every dosed participant, whoever is selected."""
    return scene.of_cut(
        "syndrome courses", lambda: derive_courses(_find_all_rows(scene, key), find_dosed(scene), find_syndrome(scene, key)), key
    )


def find_courses(scene: Scene, key: str) -> Courses:
    """The course of a syndrome in the dosed participants of the selection; no filter of relation or grade applies."""

    def select() -> Courses:
        courses = find_all_courses(scene, key)
        return courses.select(scene.selection.mask[courses.person])

    return scene.keep(f"syndrome courses {key}", select)


def find_all_syndrome_days(scene: Scene, key: str) -> pd.DataFrame:
    """DAY_COLUMNS of every dosed participant, whoever is selected."""
    syndrome = find_syndrome(scene, key)

    def derive() -> pd.DataFrame:
        until, _ = compute_observed_until(scene.analysis)
        return derive_syndrome_days(find_events(scene), find_dosed(scene), syndrome, name_scale(scene, syndrome), until)

    return scene.of_cut("syndrome days", derive, key)


def find_syndrome_events(scene: Scene, key: str, cohort: str) -> pd.DataFrame:
    """The events of a syndrome on its own scale, or without a grade, of those at risk in a cohort, or in any for `all`."""
    syndrome = find_syndrome(scene, key)
    own = select_at_risk(select_syndrome(find_events(scene), syndrome), find_at_risk(scene), TOTAL if cohort == ALL_COHORTS else cohort)
    return own[own["level"].isna() | (own["scale"] == name_scale(scene, syndrome))]


def flag_grades(courses: Courses, grades: str) -> Flags:
    """Which of the courses are in a class of CLASSES; NotFoundError for another."""
    known = [key for key, _, _ in CLASSES]
    if grades not in known:
        raise NotFoundError("grades", grades, known)
    return flag_class(courses.has, courses.grade, grades)


def table_crs_icans(scene: Scene) -> pd.DataFrame:
    """SYNDROME_COLUMNS of every syndrome of the definition: a row per dosed participant of the selection and syndrome."""
    rows = list_syndromes([find_syndrome_rows(scene, key) for key in list_syndrome_keys(scene.protocol)])
    return rows.drop(columns="participant_index")


def table_crs_icans_summary(scene: Scene) -> pd.DataFrame:
    """Participants by syndrome, grades (`endpoints.safety.syndrome_counts.CLASSES`) and cohort: n, of, percent, lower, upper, ci."""
    names = ["syndrome", "scale", "grades", "cohort", "n", "of", "percent", "lower", "upper", "ci"]
    tables = [_summarise(scene, syndrome) for syndrome in scene.protocol.safety.syndromes]
    return pd.concat(tables, ignore_index=True)[names] if tables else pd.DataFrame({name: pd.Series(dtype="str") for name in names})


def _summarise(scene: Scene, syndrome: Syndrome) -> pd.DataFrame:
    rates = summarise_grades(find_syndrome_rows(scene, syndrome.key), find_at_risk(scene), scene.view.ci)
    shown = (*scene.view.cohorts(scene.protocol), TOTAL)
    rates = rates[rates["cohort"].isin(shown)]
    cohort = rates["cohort"].where(rates["cohort"] != TOTAL, ALL_COHORTS)
    return rates.assign(syndrome=syndrome.key, scale=name_scale(scene, syndrome), cohort=cohort, ci=scene.view.ci)


def table_syndrome_times(scene: Scene) -> pd.DataFrame:
    """SPAN_COLUMNS of `endpoints.safety.syndromes` by syndrome and cohort, then all of them."""
    tables = []
    for key in list_syndrome_keys(scene.protocol):
        rows = find_syndrome_rows(scene, key)
        groups = {cohort: rows[rows["cohort"] == cohort] for cohort in scene.view.cohorts(scene.protocol)} | {ALL_COHORTS: rows}
        tables += [summarise_spans(own).assign(syndrome=key, cohort=cohort) for cohort, own in groups.items()]
    columns = ["syndrome", "cohort"]
    whole = pd.concat(tables, ignore_index=True) if tables else summarise_spans(list_syndromes([])).assign(syndrome="", cohort="")[:0]
    return whole[[*columns, *(name for name in whole if name not in columns)]]
