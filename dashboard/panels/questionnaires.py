"""The panel of questionnaire scores as change from baseline, where a delivery holds questionnaires."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.exploratory.finding_summaries import summarise_finding_levels
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.summaries import STATISTICS
from dashboard.exploratory import SERIES_COLUMNS, derive_exploratory, later_visits, select_changes
from dashboard.figures.courses import CourseFigure, CoursePlot, GroupStyle, draw_courses
from dashboard.figures.style import Figure, cohort_colour, cohort_dash, cohort_symbol
from dashboard.panels.courses import MIN_GROUP, build_course, describe_cell
from dashboard.panels.describe import Words, describe_scene
from dashboard.panels.findings import count_first, name_series
from dashboard.panels.visit_words import describe_week
from dashboard.scene import Scene
from dashboard.study.protocol import Visit
from dashboard.view.words import count_words

# A plot has a line and a band for each cohort, the values of small groups and n; a figure holds at most so many traces.
MAX_TRACES, MAX_SCALES = 40, 6
# Words of a score that sums up others: where there is one, the items it sums are in the files only.
TOTALS = ("TOTAL", "SUM", "SUMMARY", "GLOBAL", "COMPOSITE")
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
    changes = select_changes(scene, "scores")
    usable = changes[changes["change"].notna() & changes["analysed"] & changes["visit"].isin(later_visits(scene))]
    series = _in_order(usable)[: min(MAX_SCALES, MAX_TRACES // (2 * len(scene.view.cohorts(scene.protocol)) + 2))]
    reasons = _refusals(scene, changes, series)
    rows = changes[~np.logical_or.reduce(list(reasons.values()))] if len(changes) else changes
    held = set(rows["visit"])
    visits = [visit for visit in scene.protocol.visits if visit.key in held]
    figure = _figure(scene, rows, series, visits)
    return QuestionnaireSummary(
        figure=figure,
        header=("Score", "Visit", *(style.label for style in figure.styles)),
        table=tuple(
            (plot.name, label, *(describe_cell(course, place) for course in plot.groups))
            for plot in figure.plots
            for place, label in enumerate(figure.visit_labels)
        ),
        scores=len(rows),
        participants=int(rows["participant"].nunique()),
        not_shown=count_first(reasons),
    )


def _in_order(rows: pd.DataFrame) -> list[int]:
    """The series of `rows` that are sums, or all where none is."""
    words = rows.drop_duplicates("series").sort_values(SERIES_COLUMNS)
    is_sum = np.array([bool(set(str(label).upper().split()) & set(TOTALS)) for label in words["label"]], dtype=bool)
    ordered: list[int] = words.loc[is_sum | ~is_sum.any(), "series"].tolist()
    return ordered


def _figure(scene: Scene, rows: pd.DataFrame, series: list[int], visits: list[Visit]) -> CourseFigure:
    keys, cohorts = [visit.key for visit in visits], scene.view.cohorts(scene.protocol)
    table = summarise_finding_levels(rows, scene.analysis, scene.selection.mask, keys, "change")
    places = [scene.protocol.cohort_keys.index(key) for key in cohorts]
    total = len(scene.protocol.cohorts)
    return CourseFigure(
        key="questionnaires",
        plots=tuple(_plot(rows[rows["series"] == number], table[table["series"] == number], cohorts, keys) for number in series),
        styles=tuple(
            GroupStyle(scene.protocol.cohorts[at].label, cohort_colour(at, total), cohort_symbol(at), cohort_dash(at)) for at in places
        ),
        visits=tuple(describe_week(visit) for visit in visits),
        visit_labels=tuple(visit.label for visit in visits),
        nothing="No questionnaire score to compare with baseline",
        synthetic=scene.snapshot.synthetic,
    )


def _plot(rows: pd.DataFrame, table: pd.DataFrame, cohorts: tuple[str, ...], visits: list[str]) -> CoursePlot:
    values = rows.assign(value=rows["change"], row=rows["participant_index"])
    unit = str(rows["unit_text"].iloc[0])
    return CoursePlot(
        name=name_series(rows),
        unit=f"change, {unit}" if unit else "change of the score",
        groups=tuple(build_course(table[table["cohort"] == key], values[values["cohort"] == key], visits) for key in cohorts),
        reference=0.0,
    )


def _refusals(scene: Scene, changes: pd.DataFrame, series: list[int]) -> dict[str, Flags]:
    """Why a score of the selection is not in the figure."""
    units = changes.groupby("series")["unit_text"].transform(lambda texts: texts.iloc[0])
    return {
        f"no {scene.protocol.study.day_zero}, so no day": changes["day"].isna().to_numpy(),
        "on or before day 0, or in no planned visit": ~changes["visit"].isin(later_visits(scene)).to_numpy(),
        "another result of the visit counts": ~changes["analysed"].to_numpy(),
        "no baseline in the same unit": changes["change"].isna().to_numpy(),
        "in another unit than the first of its scale": (changes["unit_text"] != units).to_numpy(),
        "an item of a sum that is drawn, or beyond what a figure holds; the files have it": ~changes["series"].isin(series).to_numpy(),
    }


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
