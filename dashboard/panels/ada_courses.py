"""The panel of a count by what treatment did to the antibodies to the drug."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.exploratory.ada_courses import ADA_GROUPS, AdaCourses, derive_ada_groups, summarise_ada_courses
from dashboard.endpoints.exploratory.immunogenicity import BOOST_FOLD, KINDS
from dashboard.endpoints.summaries import STATISTICS
from dashboard.exploratory import derive_exploratory, response_analyte
from dashboard.figures.courses import CourseFigure, CoursePlot, GroupStyle, draw_courses
from dashboard.figures.style import Figure
from dashboard.panels.antibodies import KIND_LABELS
from dashboard.panels.courses import MIN_GROUP, CourseValues, build_courses, describe_ticks, link_course
from dashboard.panels.describe import LEFT_OUT, Words, describe_people, describe_scene
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.protocol import Visit
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
    rows, derived = _courses(scene), derive_exploratory(scene)
    status = derived.ada_status[["participant_index", "kind", "status"]]
    named = rows.merge(status, on=["participant_index", "kind"], how="left", validate="many_to_one")
    people = scene.analysis.participants[["participant", "cohort"]].iloc[named["participant_index"].to_numpy()].reset_index(drop=True)
    return named.assign(participant=people["participant"], cohort=people["cohort"], analyte=response_analyte(scene))[COLUMNS]


def table_ada_count_summary(scene: Scene) -> pd.DataFrame:
    """SUMMARY_COLUMNS: the STATISTICS of `table_ada_counts` by kind, group and planned visit, also where n = 0."""
    table = summarise_ada_courses(_courses(scene), scene.protocol.visit_keys)
    return table.assign(analyte=response_analyte(scene))[SUMMARY_COLUMNS].astype({"analyte": "str"})


def _courses(scene: Scene) -> pd.DataFrame:
    placed = derive_exploratory(scene).ada_courses(response_analyte(scene))
    return placed.rows[scene.selection.mask[placed.person]].reset_index(drop=True)


def summarise_ada_course_panel(scene: Scene, subject: str = "") -> AdaCourseSummary:
    """Medians with quartiles of one count by antibody status and planned visit; groups that nobody is in are not drawn."""
    placed = derive_exploratory(scene).ada_courses(response_analyte(scene))
    own = np.flatnonzero(scene.selection.mask[placed.person])
    kinds, groups, places = (np.unique(codes[own]) for codes in (placed.kind, placed.group, placed.visit))
    visits = [scene.protocol.visits[place] for place in places.tolist()]
    styles = tuple(STYLES[key] for place, key in enumerate(ADA_GROUPS) if place in groups)
    part = scene.protocol.analyte(response_analyte(scene))
    plots = _plots(scene, placed, own, (kinds, groups, places))
    figure = CourseFigure(
        key=f"ada-counts {part.key}",
        plots=plots,
        styles=styles,
        visits=tuple(visit.short for visit in visits),
        visit_labels=tuple(visit.label for visit in visits),
        nothing="No participant has both a count and a judgement on antibodies to the drug",
        synthetic=scene.snapshot.synthetic,
    )
    shown = np.zeros(len(scene.selection.mask), dtype=bool)
    shown[placed.person[own]] = True
    return AdaCourseSummary(
        figure=figure,
        analyte=part.short,
        ticks=f" ({describe_ticks(visits)})" if visits else "",
        header=("Visit", *(f"{plot.name.split()[0]}: {style.label.lower()}" for plot in plots for style in styles)),
        table=tuple(_table(figure, [(KINDS[kind], list(ADA_GROUPS)[group]) for kind in kinds for group in groups], part.key, visits)),
        participants=int(shown.sum()),
        left_out=_left_out(scene, shown),
    )


def _plots(scene: Scene, placed: AdaCourses, own: Ints, drawn: tuple[Ints, Ints, Ints]) -> tuple[CoursePlot, ...]:
    """A plot for each kind, with the groups and visits that are `drawn`."""
    kinds, groups, visits = drawn
    part = scene.protocol.analyte(response_analyte(scene))
    own = own[~np.isnan(placed.value[own])]
    of_kind, of_group, of_visit = (
        np.searchsorted(places, codes[own]) for places, codes in ((kinds, placed.kind), (groups, placed.group), (visits, placed.visit))
    )
    values = CourseValues(of_kind * len(groups) + of_group, of_visit, placed.person[own], placed.value[own])
    courses = build_courses(values, len(kinds) * len(groups), len(visits), derive_exploratory(scene).names)
    return tuple(
        CoursePlot(
            name=KIND_LABELS[KINDS[kind]],
            unit=f"{part.short}, cells/µL",
            groups=courses[place * len(groups) : (place + 1) * len(groups)],
            thresholds=scene.view.threshold if part.thresholds else (),
        )
        for place, kind in enumerate(kinds.tolist())
    )


def _table(figure: CourseFigure, where: list[tuple[str, str]], analyte: str, visits: list[Visit]) -> list[tuple[str, ...]]:
    """One row per visit; `where` are kind and group of each column."""
    columns = list(zip(where, (course for plot in figure.plots for course in plot.groups), strict=True))
    return [
        (visit.label, *(link_course(course, place, encode_cell("ada-counts", *of, analyte, visit.key)) for of, course in columns))
        for place, visit in enumerate(visits)
    ]


def _left_out(scene: Scene, shown: Flags) -> dict[str, int]:
    """Participants of the selection that are in no course, each under the first reason that applies."""
    derived, mask = derive_exploratory(scene), scene.selection.mask
    dosed = scene.analysis.participants["dosed"].to_numpy()
    some = derived.keep(("judged on antibodies",), lambda: _flag_judged(derived.ada_status))
    reasons = {
        "not dosed": mask & ~dosed & ~shown,
        "no sample after the first dose tested for antibodies": mask & dosed & ~some & ~shown,
        "no count at a planned visit": mask & dosed & some & ~shown,
    }
    return {reason: int(applies.sum()) for reason, applies in reasons.items() if applies.any()}


def _flag_judged(status: pd.DataFrame) -> Flags:
    """The participants that are in a group of some kind, whoever is selected."""
    judged: Flags = np.logical_or.reduce([(derive_ada_groups(status, kind) != "").to_numpy(dtype=bool) for kind in KINDS])
    return judged


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
