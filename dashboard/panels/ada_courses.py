"""The panel of a count by what treatment did to the antibodies to the drug."""

from __future__ import annotations

from dataclasses import dataclass

import pandas as pd

from dashboard.endpoints.exploratory.ada_courses import ADA_GROUPS, derive_ada_courses, derive_ada_groups, summarise_ada_courses
from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD, KINDS
from dashboard.endpoints.summaries import STATISTICS
from dashboard.exploratory import derive_exploratory, response_analyte
from dashboard.figures.courses import CourseFigure, CoursePlot, GroupStyle, draw_courses
from dashboard.figures.style import Figure
from dashboard.panels.antibodies import KIND_LABELS
from dashboard.panels.courses import MIN_GROUP, build_course, describe_cell, describe_ticks
from dashboard.panels.describe import LEFT_OUT, Words, describe_people, describe_scene
from dashboard.scene import Scene
from dashboard.view.words import count_words

# No colour of a cohort: every group holds participants of several.
STYLES = {
    "emergent": GroupStyle("Induced or boosted", "#1f6f8b", "circle", "solid"),
    "positive-before": GroupStyle("Positive before, not boosted", "#7d6a00", "diamond", "dot"),
    "negative": GroupStyle("Negative", "#566373", "square", "dash"),
}
COLUMNS = ["participant", "cohort", "kind", "status", "group", "analyte", "visit", "day", "value"]
SUMMARY_COLUMNS = ["kind", "group", "analyte", "visit", *STATISTICS]


@dataclass(frozen=True)
class AdaCourseSummary:
    """The figure, the small table (visit, then kinds and groups) with its header, who is in it and who is not."""

    figure: CourseFigure
    analyte: str
    ticks: str
    header: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    participants: int
    left_out: dict[str, int]


def table_ada_counts(scene: Scene) -> pd.DataFrame:
    """COLUMNS: the analysed value of one count at each planned visit by the participant's antibody status, once per kind.

    The count is `response_analyte`. group is a key of ADA_GROUPS; who is not evaluable for a kind has no row of it.
    """
    return _name_counts(scene, _courses(scene))


def _name_counts(scene: Scene, rows: pd.DataFrame) -> pd.DataFrame:
    derived = derive_exploratory(scene)
    status = derived.ada_status[["participant_index", "kind", "status"]]
    named = rows.merge(status, on=["participant_index", "kind"], how="left", validate="many_to_one")
    people = scene.analysis.participants[["participant", "cohort"]].iloc[named["participant_index"].to_numpy()].reset_index(drop=True)
    return named.assign(participant=people["participant"], cohort=people["cohort"], analyte=response_analyte(scene))[COLUMNS]


def table_ada_count_summary(scene: Scene) -> pd.DataFrame:
    """SUMMARY_COLUMNS: the STATISTICS of `table_ada_counts` by kind, group and planned visit, also where n = 0."""
    return _summarise_counts(scene, _courses(scene))


def _summarise_counts(scene: Scene, courses: pd.DataFrame) -> pd.DataFrame:
    table = summarise_ada_courses(courses, scene.protocol.visit_keys)
    return table.assign(analyte=response_analyte(scene))[SUMMARY_COLUMNS].astype({"analyte": "str"})


def _courses(scene: Scene) -> pd.DataFrame:
    status, visits = derive_exploratory(scene).ada_status, scene.protocol.visit_keys
    return derive_ada_courses(scene.analysis, status, scene.selection.mask, response_analyte(scene), visits)


def summarise_ada_course_panel(scene: Scene, subject: str = "") -> AdaCourseSummary:
    """Medians with quartiles of one count by antibody status and planned visit; groups that nobody is in are not drawn."""
    courses = _courses(scene)
    values, summary = _name_counts(scene, courses), _summarise_counts(scene, courses)
    groups = [group for group in ADA_GROUPS if (values["group"] == group).any()]
    held = set(values["visit"])
    visits = [visit for visit in scene.protocol.visits if visit.key in held]
    keys = [visit.key for visit in visits]
    plots = tuple(_plot(scene, kind, groups, values, summary, keys) for kind in KINDS if (values["kind"] == kind).any())
    part = scene.protocol.analyte(response_analyte(scene))
    figure = CourseFigure(
        key=f"ada-counts {part.key}",
        plots=plots,
        styles=tuple(STYLES[group] for group in groups),
        visits=tuple(visit.short for visit in visits),
        visit_labels=tuple(visit.label for visit in visits),
        nothing="No participant has both a count and a judgement on antibodies to the drug",
        synthetic=scene.snapshot.synthetic,
    )
    return AdaCourseSummary(
        figure=figure,
        analyte=part.short,
        ticks=f" ({describe_ticks(visits)})" if visits else "",
        header=("Visit", *(f"{plot.name.split()[0]}: {STYLES[group].label.lower()}" for plot in plots for group in groups)),
        table=tuple(_table(figure)),
        participants=int(values["participant"].nunique()),
        left_out=_left_out(scene, values),
    )


def _plot(scene: Scene, kind: str, groups: list[str], values: pd.DataFrame, summary: pd.DataFrame, visits: list[str]) -> CoursePlot:
    part = scene.protocol.analyte(response_analyte(scene))
    own, table = values[values["kind"] == kind], summary[summary["kind"] == kind]
    own = own.assign(row=scene.participant_rows(own["participant"]))
    return CoursePlot(
        name=KIND_LABELS[kind],
        unit=f"{part.short}, cells/µL",
        groups=tuple(build_course(table[table["group"] == group], own[own["group"] == group], visits) for group in groups),
        thresholds=scene.view.threshold if part.thresholds else (),
    )


def _table(figure: CourseFigure) -> list[tuple[str, ...]]:
    courses = [course for plot in figure.plots for course in plot.groups]
    return [(label, *(describe_cell(course, place) for course in courses)) for place, label in enumerate(figure.visit_labels)]


def _left_out(scene: Scene, values: pd.DataFrame) -> dict[str, int]:
    """Participants of the selection that are in no course, each under the first reason that applies."""
    status, mask = derive_exploratory(scene).ada_status, scene.selection.mask
    dosed = scene.analysis.participants["dosed"].to_numpy()
    judged = scene.of_cut("judged on antibodies", lambda: {kind: (derive_ada_groups(status, kind) != "").to_numpy() for kind in KINDS})
    shown = scene.analysis.participants["participant"].isin(values["participant"]).to_numpy()
    some = judged["binding"] | judged["neutralising"]
    reasons = {
        "not dosed": mask & ~dosed & ~shown,
        "no sample after the first dose tested for antibodies": mask & dosed & ~some & ~shown,
        "no count at a planned visit": mask & dosed & some & ~shown,
    }
    return {reason: int(applies.sum()) for reason, applies in reasons.items() if applies.any()}


def draw_ada_courses(summary: AdaCourseSummary) -> Figure:
    """One plot per kind of antibody."""
    return draw_courses(summary.figure)


def describe_ada_courses(summary: AdaCourseSummary, scene: Scene) -> Words:
    """Who is in which group, what a small group shows, and why a difference explains nothing."""
    caption = (
        f"{summary.analyte} by planned visit{summary.ticks}. Lines: median; bands: quartiles; groups of fewer "
        f"than {MIN_GROUP} show their values only (open marks). Induced: negative or without a sample before the first dose, and "
        f"positive after it. Boosted: a titre at least {BOOST_FOLD:g} times that before. The group follows from the whole course, so a "
        "participant is in it at visits before the antibodies appeared, and groups differ in dose as well: exploratory, no effect of "
        f"antibodies can be read from it. One count chosen among the filters is the one drawn. {describe_scene(scene)}"
    )
    return Words(
        caption,
        f"{count_words(summary.participants, 'participant')} with a status and a count",
        describe_people(summary.left_out),
        LEFT_OUT,
        summary.header if summary.table else (),
        summary.table,
    )
