"""The panel of questionnaire scores as change from baseline, where a delivery holds questionnaires."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.exploratory.change_arrays import SERIES_NAMES, ChangeArrays
from dashboard.endpoints.exploratory.finding_summaries import summarise_finding_levels
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import STATISTICS
from dashboard.exploratory import SERIES_COLUMNS, derive_exploratory, later_visits
from dashboard.figures.courses import CourseFigure, CoursePlot, GroupCourse, GroupStyle, draw_courses
from dashboard.figures.style import Figure, cohort_colour, cohort_dash, cohort_symbol
from dashboard.panels.courses import MIN_GROUP, CourseValues, build_courses, link_course
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.findings import name_series
from dashboard.panels.refusals import FirstReasons, find_first
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

# A plot has a line and a band for each cohort, the values of small groups and n; a figure holds at most so many traces.
MAX_TRACES, MAX_SCALES = 40, 6
# Words of a score that sums up others: where there is one, the items it sums are in the files only.
TOTALS = ("TOTAL", "SUM", "SUMMARY", "GLOBAL", "COMPOSITE")
OTHER_UNIT = "in another unit than the first of its scale"
BEYOND = "an item of a sum that is drawn, or beyond what a figure holds; the files have it"
COLUMNS = [*SERIES_COLUMNS, "unit", "cohort", "visit", *STATISTICS]


@dataclass(frozen=True)
class QuestionnaireSummary:
    """The figure, the small table (scale, visit, cohorts), and what is shown and not."""

    figure: CourseFigure
    header: tuple[str, ...]
    table: tuple[tuple[str, ...], ...]
    scores: int
    participants: int
    not_shown: dict[str, int]


def table_questionnaire_summary(scene: Scene) -> pd.DataFrame:
    """COLUMNS: STATISTICS of the change from baseline of every questionnaire score, by cohort shown (then `all`) and visit after day 0."""
    derived = derive_exploratory(scene)
    table = summarise_finding_levels(derived.scores, scene.analysis, scene.selection.mask, later_visits(scene), "change")
    named = table.join(derived.series[SERIES_COLUMNS], on="series")
    return named[named["cohort"].isin((*scene.view.cohorts(scene.protocol), ALL_COHORTS))][COLUMNS].reset_index(drop=True)


def summarise_questionnaire_panel(scene: Scene, subject: str = "") -> QuestionnaireSummary:
    """Median change from baseline with quartiles, by scale, cohort and planned visit after day 0."""
    derived = derive_exploratory(scene)
    arrays, refused = derived.arrays("scores"), derived.keep(("scores not drawn",), lambda: _refuse(scene))
    own = np.flatnonzero(scene.selection.mask[arrays.person])
    usable = own[refused.place[own] == len(refused.reasons)]
    alike = _is_first_unit(arrays, own, usable)
    most = min(MAX_SCALES, MAX_TRACES // (2 * len(scene.view.cohorts(scene.protocol)) + 2))
    drawn = _choose_series(arrays, usable[alike])[:most]
    inside = np.isin(arrays.series[usable], drawn)
    rows = usable[alike & inside]
    figure = _figure(scene, arrays, rows, drawn)
    beyond = {OTHER_UNIT: int((~alike).sum()), BEYOND: int((alike & ~inside).sum())}
    return QuestionnaireSummary(
        figure=figure,
        header=("Score", "Visit", *(style.label for style in figure.styles)),
        table=tuple(_table(scene, arrays, rows, drawn, figure)),
        scores=len(rows),
        participants=len(np.unique(arrays.person[rows])),
        not_shown=refused.count(own) | {reason: n for reason, n in beyond.items() if n},
    )


def _refuse(scene: Scene) -> FirstReasons:
    """Why a score is not in the figure, whoever is selected."""
    derived = derive_exploratory(scene)
    arrays, keys = derived.arrays("scores"), scene.protocol.visit_keys
    later = np.array([key in derived.later_visits for key in (*keys, "")], dtype=bool)
    return find_first(
        {
            f"no {scene.protocol.study.day_zero}, so no day": ~arrays.dated,
            "on or before day 0, or in no planned visit": ~later[arrays.visit],
            "another result of the visit counts": ~arrays.analysed,
            "no baseline in the same unit": np.isnan(arrays.change),
        }
    )


def _is_first_unit(arrays: ChangeArrays, own: Ints, rows: Ints) -> Flags:
    """Which of the rows have the unit of the first row of their series among `own`."""
    series, first = np.unique(arrays.series[own], return_index=True)
    units = arrays.unit[own[first]]
    flags: Flags = arrays.unit[rows] == units[np.searchsorted(series, arrays.series[rows])]
    return flags


def _choose_series(arrays: ChangeArrays, rows: Ints) -> list[int]:
    """The series of `rows` that are sums, or all where none is, in the order of their names."""
    first = arrays.list_first(rows)
    label = SERIES_NAMES.index("label")
    sums = [series for series, row in first.items() if set(arrays.names[row][label].upper().split()) & set(TOTALS)]
    return sums or list(first)


def _figure(scene: Scene, arrays: ChangeArrays, rows: Ints, drawn: list[int]) -> CourseFigure:
    """The courses of the series that are drawn, by cohort shown, at the visits that `rows` have."""
    protocol = scene.protocol
    places = [protocol.cohort_keys.index(key) for key in scene.view.cohorts(protocol)]
    total, held = len(protocol.cohorts), np.unique(arrays.visit[rows])
    # The selection has only participants of the cohorts shown.
    of_cohort, of_series = (np.zeros(size, dtype=np.int64) for size in (total, max(drawn, default=0) + 1))
    of_cohort[places], of_series[drawn] = np.arange(len(places)), np.arange(len(drawn))
    group = of_series[arrays.series[rows]] * len(places) + of_cohort[arrays.cohort[rows]]
    values = CourseValues(group, np.searchsorted(held, arrays.visit[rows]), arrays.person[rows], arrays.change[rows])
    courses = build_courses(values, len(drawn) * len(places), len(held), derive_exploratory(scene).names)
    first = arrays.list_first(rows)
    visits = [protocol.visits[place] for place in held.tolist()]
    return CourseFigure(
        key="questionnaires",
        plots=tuple(_plot(arrays, first[number], courses[at * len(places) : (at + 1) * len(places)]) for at, number in enumerate(drawn)),
        styles=tuple(GroupStyle(protocol.cohorts[at].label, cohort_colour(at, total), cohort_symbol(at), cohort_dash(at)) for at in places),
        visits=tuple(describe_week(visit) for visit in visits),
        visit_labels=tuple(visit.label for visit in visits),
        nothing="No questionnaire score to compare with baseline",
        synthetic=scene.snapshot.synthetic,
    )


def _table(scene: Scene, arrays: ChangeArrays, rows: Ints, drawn: list[int], figure: CourseFigure) -> Iterator[tuple[str, ...]]:
    """One row per score and visit, a column per cohort shown."""
    first, held = arrays.list_first(rows), np.unique(arrays.visit[rows]).tolist()
    for number, plot in zip(drawn, figure.plots, strict=True):
        domain, test, _, *about = arrays.names[first[number]]
        unit = arrays.units[arrays.unit[first[number]]]
        for place, visit in enumerate(held):
            where = (domain, test, *about, unit, scene.protocol.visit_keys[visit])
            columns = zip(scene.view.cohorts(scene.protocol), plot.groups, strict=True)
            cells = (link_course(course, place, encode_cell("scores", *where, key)) for key, course in columns)
            yield plot.name, figure.visit_labels[place], *cells


def _plot(arrays: ChangeArrays, row: int, courses: tuple[GroupCourse, ...]) -> CoursePlot:
    """The plot of the series of a row."""
    unit = arrays.units[arrays.unit[row]]
    return CoursePlot(
        name=name_series(arrays.names[row]),
        unit=f"change, {unit}" if unit else "change of the score",
        groups=courses,
        reference=0.0,
    )


def draw_questionnaires(summary: QuestionnaireSummary) -> Figure:
    """One plot per scale."""
    return draw_courses(summary.figure)


def describe_questionnaires(summary: QuestionnaireSummary, scene: Scene) -> Words:
    """What change is measured against, and what a small group shows."""
    caption = (
        f"Change of the score from the participant's own last one before treatment, by planned visit. Lines: median; bands: "
        f"quartiles; groups of fewer than {MIN_GROUP} show their values only (open marks). Whether up is better or worse depends on the "
        f"questionnaire. {describe_scene(scene)}"
        if summary.figure.plots
        else f"No questionnaire with a change from baseline. {describe_scene(scene)}"
    )
    return Words(
        caption,
        f"{count_words(summary.scores, 'score')} of {count_words(summary.participants, 'participant')}",
        tuple(f"{count_words(n, 'score')}: {reason}" for reason, n in summary.not_shown.items()),
        f"{sum(summary.not_shown.values()):,} not shown",
        summary.header if summary.table else (),
        summary.table,
    )
