"""Survival from a landmark on, by whether the transplant came before it: a comparison that grants nobody time which had to be survived."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np

from dashboard.endpoints.arrays import Flags, Floats
from dashboard.endpoints.log_rank import LogRank, compute_log_rank
from dashboard.endpoints.survival import KaplanMeier, compute_kaplan_meier
from dashboard.endpoints.survival_landmarks import SurvivalAt, compute_survival_at
from dashboard.figures.survival_curves import CurveSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.selected_times import Times
from dashboard.panels.survival_curves import Counted, Frame, find_landmark, frame_curves, list_days, shape_curve
from dashboard.panels.survival_times import CENSORINGS, find_course, find_times, is_delivered, list_endpoints
from dashboard.panels.survival_words import UNIT_NAMES, describe_median, describe_p, describe_share, name_ending
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

GROUPS = ("before", "later")


@dataclass(frozen=True)
class LandmarkRow:
    """One group at one landmark: n event-free after it, events, the curve from it, survival at the later landmarks."""

    landmark: float
    group: str
    label: str
    n: int
    events: int
    curve: KaplanMeier
    at: SurvivalAt


@dataclass(frozen=True)
class LandmarkSummary:
    """The groups at every landmark, and the figure of one of them with its log-rank test."""

    endpoint: str
    figure: CurveSummary
    rows: tuple[LandmarkRow, ...]
    landmark: float
    test: LogRank
    left_out: dict[str, int]
    n: int


def summarise_landmark_panel(scene: Scene, subject: str = "") -> LandmarkSummary:
    """The landmark analysis of one endpoint, at the landmark of the view, else at the second of the definition."""
    days = list_days(scene)
    label = list_endpoints(scene.protocol).get(subject, "Survival")
    if not name_ending(scene) or not len(days) or is_delivered(scene, subject):
        message = f"{label}: no comparison from a landmark on, because {_why_not(scene, subject)}."
        figure = frame_curves(scene, Frame(f"landmark {subject}", "", "", message), [])
        return LandmarkSummary(subject, figure, (), np.nan, LogRank(np.nan, 0, np.nan), {}, 0)
    landmark = find_landmark(scene) or float(days[min(1, len(days) - 1)])
    times = find_times(scene, subject, CENSORINGS[0], landmark)
    later = {float(day): find_times(scene, subject, CENSORINGS[0], float(day)) for day in days}
    rows = tuple(_row(scene, own, day, group) for day, own in later.items() for group in GROUPS)
    shown = [_of_group(scene, times, landmark, group) for group in GROUPS]
    curves: list[Counted] = []
    for place, own in enumerate(shown):
        row = next(row for row in rows if (row.landmark, row.group) == (landmark, GROUPS[place]))
        if row.n:
            curve = shape_curve(scene, place, row.label, own, row.curve)
            # Beside the axis the day, which stands under it, need not be said again.
            curves.append((replace(curve, at_risk_label=row.label.split(" by ")[0]), own.days))
    message = f"{label}: nobody of the selection is event-free and under observation after day {landmark:g}."
    frame = Frame(f"landmark {subject} {landmark:g}", f"day {landmark:g}", "still without event, %", message, groups=len(GROUPS))
    test = compute_log_rank([(own.days, own.event) for own in shown])
    return LandmarkSummary(subject, frame_curves(scene, frame, curves), rows, landmark, test, times.left_out, times.n)


def _why_not(scene: Scene, subject: str) -> str:
    if is_delivered(scene, subject):
        return "the data cut has no milestones, only delivered times"
    return "the definition of this study names no landmarks, or no milestone to compare by"


def is_reached(scene: Scene, times: Times, landmark: float) -> Flags:
    """Who had the milestone that ends times (the transplant) from day 0 up to the landmark."""
    survival = scene.protocol.survival
    if survival is None or survival.censor is None:
        return np.zeros(times.n, dtype=bool)
    key, sightings = survival.censor, find_course(scene, survival).sightings
    day: Floats = scene.of_cut("days of ending", lambda: sightings.first(key, after_day_zero=True))
    reached: Flags = day[times.person] <= landmark
    return reached


def _of_group(scene: Scene, times: Times, landmark: float, group: str) -> Times:
    reached = is_reached(scene, times, landmark)
    return times.where(reached if group == GROUPS[0] else ~reached)


def _row(scene: Scene, times: Times, landmark: float, group: str) -> LandmarkRow:
    own = _of_group(scene, times, landmark, group)
    curve = compute_kaplan_meier(own.days, own.event)
    ending = name_ending(scene)
    label = f"{ending.capitalize()} by day {landmark:g}" if group == GROUPS[0] else f"None by day {landmark:g}"
    at = compute_survival_at(curve, list_days(scene) - landmark)
    return LandmarkRow(landmark, group, label, own.n, int(own.event.sum()), curve, at)


def describe_landmark(summary: LandmarkSummary, scene: Scene) -> Words:
    """Why a landmark, who is compared, the test, and both groups at every landmark."""
    if not summary.rows:
        return Words(f"{summary.figure.message} {describe_scene(scene)}", "nothing shown")
    ending = name_ending(scene)
    caption = (
        f"Of those event-free and under observation after day {summary.landmark:g} (the choice “Survival of” sets the day), those with a "
        f"{ending} by that day and those without, Kaplan–Meier from that day on; a later {ending} changes no group and ends no time. Who "
        f"has a {ending} must have lived up to it, so that a comparison from the {scene.protocol.study.day_zero} on would favour "
        f"them.{_describe_test(summary)} The groups were not made by chance. “–”: the curve begins on that day or later, or nobody was "
        f"observed so long. {describe_scene(scene)}"
    )
    days = list_days(scene)
    first = ("Group", "n", "Events", f"Median from then, {UNIT_NAMES[scene.view.unit]} (95{NO_BREAK}% interval)")
    header = (*first, *(f"Day {day:g}" for day in days[1:]))
    shown = f"{count_words(summary.n, 'participant')} in the curves"
    rows = tuple(_cells(summary, row, scene) for row in summary.rows)
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, header, rows)


def _describe_test(summary: LandmarkSummary) -> str:
    if not np.isfinite(summary.test.p_value):
        return ""
    return f" Log-rank test: χ² = {summary.test.statistic:.2f}, 1 degree of freedom, {describe_p(summary.test.p_value)}."


def _cells(summary: LandmarkSummary, row: LandmarkRow, scene: Scene) -> tuple[str, ...]:
    links = [
        link_cell(str(n), encode_cell("landmark", summary.endpoint, what, f"{row.landmark:g}", row.group))
        for what, n in (("n", row.n), ("events", row.events))
    ]
    later = [_later(row, place, day) for place, day in enumerate(list_days(scene).tolist())]
    return row.label, *links, describe_median(row.curve, scene.view.unit, row.n), *later[1:]


def _later(row: LandmarkRow, place: int, day: float) -> str:
    """The share at a later landmark; a dash where the curve has not begun by the day, or says nothing of it."""
    share = row.at.survival[place]
    if day <= row.landmark or not row.n or np.isnan(share):
        return "–"
    return describe_share(share, row.at.lower[place], row.at.upper[place])
