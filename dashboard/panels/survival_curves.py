"""Kaplan–Meier curves of the survival page: an endpoint by group, censored at transplant or not, and the tables of them."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats
from dashboard.endpoints.log_rank import LogRank, compute_log_rank
from dashboard.endpoints.pooled.times import RESPONSE_DURATION
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.survival import KaplanMeier, compute_at_risk, compute_kaplan_meier
from dashboard.endpoints.survival_landmarks import SurvivalAt, compute_survival_at
from dashboard.figures.survival_curves import ALL, ALL_LABEL, MONTH, Curve, CurveSummary, PersonMarks
from dashboard.panels.selected_times import Times
from dashboard.panels.survival_times import (
    find_strata,
    find_times,
    is_delivered,
    list_censorings,
    list_endpoints,
    list_groups,
    name_ends,
)
from dashboard.scene import Scene

SMALLEST_BAND = 5
MOST_MARKS = 1_000
TO_TRANSPLANT, SECOND_ROW = ", to transplant", "to transplant"
CURVE_COLUMNS = [
    "cohort", "endpoint", "censor", "landmark", "time", "survival", "lower", "upper", "at_risk", "events", "censored",
]  # fmt: skip
SUMMARY_COLUMNS = [
    "cohort", "endpoint", "censor", "landmark", "n", "events", "median", "median_lower", "median_upper", "day", "at_risk", "survival",
    "lower", "upper",
]  # fmt: skip
TEST_COLUMNS = ["endpoint", "censor", "landmark", "stratified_by", "groups", "statistic", "degrees_of_freedom", "p_value"]


@dataclass(frozen=True)
class GroupRow:
    """A curve in numbers: a cohort (or all), how it is censored, and its survival at the landmarks."""

    cohort: str
    label: str
    censor: str
    n: int
    events: int
    curve: KaplanMeier = field(repr=False)
    at: SurvivalAt = field(repr=False)


@dataclass(frozen=True)
class LogRankRow:
    """A log-rank test of the groups, plain or stratified by trial (`stratified_by` empty or “trial”)."""

    censor: str
    stratified_by: str
    groups: int
    result: LogRank


@dataclass(frozen=True)
class Frame:
    """What a figure of curves says beside them: key, what its days are counted from, the y axis, and the sentence without curves.

    `groups`: how many colours there are, where they are not those of the cohorts.
    """

    key: str
    since: str
    y: str
    message: str
    rising: bool = False
    groups: int = 0


# A curve and the times of its participants, from which the numbers at risk are counted.
Counted = tuple[Curve, Floats]


@dataclass(frozen=True)
class SurvivalSummary:
    """An endpoint: its curves as drawn, their numbers, the tests, and who of the selection is in no curve."""

    endpoint: str
    label: str
    figure: CurveSummary
    rows: tuple[GroupRow, ...]
    tests: tuple[LogRankRow, ...]
    landmark: float | None
    left_out: dict[str, int]
    n: int
    delivered: bool


def summarise_survival_panel(scene: Scene, subject: str = "") -> SurvivalSummary:
    """The curves of one endpoint of the definition; a sentence where the study has no such endpoint."""
    labels = list_endpoints(scene.protocol)
    label = labels.get(subject, "Survival")
    landmark = find_landmark(scene) if subject != RESPONSE_DURATION else None
    rows: list[GroupRow] = []
    tests: list[LogRankRow] = []
    curves: list[Counted] = []
    censorings = list_censorings(scene, subject)
    by_censor = {censor: find_times(scene, subject, censor, landmark) for censor in censorings}
    for key, name in list_groups(scene):
        for censor, times in by_censor.items():
            own = times.of(key)
            rows.append(_row(scene, own, key, name, censor, landmark))
            if own.n:
                curves.append((_draw(scene, own, rows[-1], overlay=censor != censorings[0]), own.days))
    if scene.view.curves == "group":
        rows += [_row(scene, times, ALL_COHORTS, ALL_LABEL, censor, landmark) for censor, times in by_censor.items()]
        tests = [test for censor, times in by_censor.items() for test in compute_tests(scene, times, censor)]
    # Whoever is censored at a transplant was in the curves without it too: who is left out is the same but for a landmark.
    first = by_censor[censorings[0]]
    since = "first response" if subject == RESPONSE_DURATION else scene.protocol.study.day_zero
    message = describe_absence(scene, label, first)
    frame = Frame(f"survival {subject}", since if landmark is None else f"day {landmark:g}", "still without event, %", message)
    figure = frame_curves(scene, frame, curves)
    delivered, n = is_delivered(scene, subject), first.n
    return SurvivalSummary(subject, label, figure, tuple(rows), tuple(tests), landmark, first.left_out, n, delivered)


def find_landmark(scene: Scene) -> float | None:
    """The day from which survival is asked for; None for everybody from day 0 on."""
    return None if scene.view.landmark == "none" else float(scene.view.landmark)


def describe_absence(scene: Scene, label: str, times: Times) -> str:
    """Why there is no curve, in words."""
    if scene.protocol.survival is None:
        return "The definition of this study names no survival endpoints."
    return "" if times.n else f"{label}: no participant of the selection has a time."


def _row(scene: Scene, times: Times, cohort: str, label: str, censor: str, landmark: float | None) -> GroupRow:
    curve = compute_kaplan_meier(times.days, times.event)
    days = list_days(scene, landmark)
    at = compute_survival_at(curve, days - (landmark or 0.0))
    return GroupRow(cohort, label, censor, times.n, int(times.event.sum()), curve, at)


def list_days(scene: Scene, landmark: float | None = None) -> Floats:
    """The landmarks of the definition, those after `landmark` when one is chosen; days since day 0."""
    days = scene.protocol.survival.landmarks if scene.protocol.survival else ()
    return np.array([day for day in days if landmark is None or day > landmark], dtype=np.float64)


def _draw(scene: Scene, times: Times, row: GroupRow, *, overlay: bool) -> Curve:
    """The curve of a row of the table; an overlay stands under the curve that it belongs to."""
    group = ALL if row.cohort == ALL_COHORTS else scene.protocol.cohort_keys.index(row.cohort)
    curve = shape_curve(scene, group, f"{row.label}{TO_TRANSPLANT}" if overlay else row.label, times, row.curve)
    return replace(curve, overlay=True, marks=None, at_risk_label=SECOND_ROW) if overlay else curve


def shape_curve(scene: Scene, group: int, label: str, times: Times, km: KaplanMeier) -> Curve:
    """The curve of `times` in the colour of `group`; no band below five participants, no marks above a thousand."""
    marks = None if times.n > MOST_MARKS else _marks(times, km, name_ends(scene))
    none = np.full(len(km.time), np.nan)
    lower, upper = (none, none) if times.n < SMALLEST_BAND else (km.lower, km.upper)
    return Curve(group, label, times.n, int(times.event.sum()), km.time, km.survival, lower, upper, np.empty(0), marks)


def _marks(times: Times, km: KaplanMeier, ends: Mapping[str, str]) -> PersonMarks:
    place = np.searchsorted(km.time, times.days, side="right") - 1
    rows = zip(times.participant.tolist(), times.ended_by.tolist(), times.event.tolist(), times.days.tolist(), strict=True)
    words = tuple(f"{name}: {_say_end(ends.get(ended, ended), event)} on day {day:g}" for name, ended, event, day in rows)
    return PersonMarks(times.days, km.survival[place], times.event, words, times.person)


def _say_end(ended: str, event: bool) -> str:
    return ended if event else f"censored ({ended})"


def frame_curves(scene: Scene, frame: Frame, curves: list[Counted]) -> CurveSummary:
    """The figure of `curves`, with numbers at risk at round days or months up to the last time."""
    horizon = max([float(curve.time[-1]) for curve, _ in curves], default=1.0) or 1.0
    grid = list_grid(horizon, scene.view.unit)
    counted = tuple(replace(curve, at_risk=compute_at_risk(time, grid) if len(time) else np.empty(0)) for curve, time in curves)
    groups, synthetic = frame.groups or len(scene.protocol.cohorts), scene.snapshot.synthetic
    shown = (grid, horizon, scene.view.unit, frame.since, frame.y, frame.rising, groups, synthetic, frame.message)
    return CurveSummary(frame.key, counted, *shown)


def list_grid(horizon: float, unit: str) -> Floats:
    """Round days (or months, in days) from 0 to `horizon`, at most seven of them."""
    steps = (7, 14, 30, 60, 90, 180, 365, 730, 1_825) if unit == "day" else tuple(MONTH * months for months in (1, 2, 3, 6, 12, 24, 60))
    step = next((step for step in steps if horizon / step < 7), steps[-1])
    return np.arange(0, horizon + 1e-9, step, dtype=np.float64)


def compute_tests(scene: Scene, times: Times, censor: str) -> list[LogRankRow]:
    """The log-rank test over the groups shown, plain, then stratified by trial where there are trials and they are not the groups."""
    parts = [times.is_of(key) for key, _ in list_groups(scene)]
    groups = [(times.days[part], times.event[part]) for part in parts]
    present = sum(bool(len(time)) for time, _ in groups)
    strata = find_strata(scene, times)
    tests = [LogRankRow(censor, "", present, compute_log_rank(groups))]
    if strata is not None:
        tests.append(LogRankRow(censor, "trial", present, compute_log_rank(groups, [strata[part] for part in parts])))
    return tests


def _summaries(scene: Scene) -> Mapping[str, SurvivalSummary]:
    return scene.keep("survival summaries", lambda: {key: summarise_survival_panel(scene, key) for key in list_endpoints(scene.protocol)})


def table_survival_curve(scene: Scene) -> pd.DataFrame:
    """CURVE_COLUMNS: the steps of every curve of the view, each cohort shown then `all`; time in days since day 0, landmark or response."""
    frames = []
    for key, summary in _summaries(scene).items():
        for row in summary.rows:
            km = row.curve
            parts = {"time": km.time, "survival": km.survival, "lower": km.lower, "upper": km.upper, "at_risk": km.at_risk}
            counts = {"events": km.events, "censored": km.censored}
            frames.append(pd.DataFrame(_named(row, key, summary) | parts | counts))
    return _join(frames, CURVE_COLUMNS)


def table_survival_summary(scene: Scene) -> pd.DataFrame:
    """SUMMARY_COLUMNS: n, events, median of every curve, with a row for each landmark (day since day 0; missing without landmarks)."""
    frames = []
    for key, summary in _summaries(scene).items():
        for row in summary.rows:
            median = {"median": row.curve.median, "median_lower": row.curve.median_lower, "median_upper": row.curve.median_upper}
            named = _named(row, key, summary) | {"n": row.n, "events": row.events} | median
            at = {"day": row.at.day + (summary.landmark or 0.0), "at_risk": row.at.at_risk, "survival": row.at.survival}
            frames.append(pd.DataFrame(named | at | {"lower": row.at.lower, "upper": row.at.upper}))
    return _join(frames, SUMMARY_COLUMNS)


def table_survival_tests(scene: Scene) -> pd.DataFrame:
    """TEST_COLUMNS: the log-rank tests of the groups of the view, by endpoint."""
    rows = [
        (key, test.censor, scene.view.landmark if summary.landmark else "", test.stratified_by, test.groups,
         test.result.statistic, test.result.degrees_of_freedom, test.result.p_value)
        for key, summary in _summaries(scene).items() for test in summary.tests
    ]  # fmt: skip
    return pd.DataFrame(rows, columns=TEST_COLUMNS)


def _named(row: GroupRow, endpoint: str, summary: SurvivalSummary) -> dict[str, object]:
    landmark = "" if summary.landmark is None else f"{summary.landmark:g}"
    return {"cohort": row.cohort, "endpoint": endpoint, "censor": row.censor, "landmark": landmark}


def _join(frames: list[pd.DataFrame], columns: list[str]) -> pd.DataFrame:
    return pd.concat(frames, ignore_index=True)[columns] if frames else pd.DataFrame(columns=columns)
