"""How long the participants of each trial were followed: reverse Kaplan–Meier."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import pandas as pd

from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.survival import KaplanMeier, compute_follow_up
from dashboard.figures.survival_curves import ALL_LABEL, CurveSummary
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.selected_times import Times
from dashboard.panels.survival_curves import Counted, Frame, frame_curves, shape_curve
from dashboard.panels.survival_times import CENSORINGS, find_times, find_trials
from dashboard.panels.survival_words import UNIT_NAMES, describe_median, describe_time
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.groupings import NOT_REPORTED
from dashboard.view.words import count_words

FOLLOW_UP_COLUMNS = ["trial", "label", "n", "events", "median", "median_lower", "median_upper", "shortest", "longest"]


@dataclass(frozen=True)
class FollowUpRow:
    """The follow-up of one trial (or all): n, how many died, reverse Kaplan–Meier, shortest and longest time in days."""

    trial: str
    label: str
    n: int
    events: int
    curve: KaplanMeier
    shortest: float
    longest: float


@dataclass(frozen=True)
class FollowUpSummary:
    """Rows by trial, then all; `word` is what the groups are called."""

    figure: CurveSummary
    rows: tuple[FollowUpRow, ...]
    word: str
    left_out: dict[str, int]
    n: int


def find_survival_endpoint(scene: Scene) -> str:
    """The endpoint whose time without event is follow-up: the last of the definition, by custom overall survival."""
    return scene.protocol.survival.endpoints[-1].key if scene.protocol.survival else ""


def summarise_follow_up_panel(scene: Scene, subject: str = "") -> FollowUpSummary:
    """Follow-up of each trial with participants of the selection; of each cohort in a study of one trial."""
    times = find_times(scene, find_survival_endpoint(scene), CENSORINGS[0])
    groups = list_parts(scene)
    curves: list[Counted] = []
    rows = []
    for place, (key, label) in enumerate(groups):
        own = select_part(scene, times, key)
        if own.n:
            rows.append(_row(own, key, label))
            curves.append((shape_curve(scene, place, label, replace(own, is_reversed=True), rows[-1].curve), own.days))
    if rows:
        rows.append(_row(times, ALL_COHORTS, ALL_LABEL))
    message = "The definition of this study names no survival endpoints." if not scene.protocol.survival else "No participant has a time."
    frame = Frame("follow-up", scene.protocol.study.day_zero, "still followed, %", message, groups=len(groups))
    word = "Trial" if scene.protocol.members else scene.protocol.study.cohort_word
    return FollowUpSummary(frame_curves(scene, frame, curves), tuple(rows), word, times.left_out, times.n)


def list_parts(scene: Scene) -> list[tuple[str, str]]:
    """Key and label of the trials, or of the cohorts of a study of one trial."""
    members = [(member.key, member.label) for member in scene.protocol.members]
    return [*members, (NOT_REPORTED, "Trial not reported")] if members else [(part.key, part.label) for part in scene.protocol.cohorts]


def select_part(scene: Scene, times: Times, part: str) -> Times:
    """The times of one of `list_parts`, or of all."""
    if part == ALL_COHORTS:
        return times
    trials = find_trials(scene)
    return times.of(part) if trials is None else times.where(trials.to_numpy()[times.person] == part)


def _row(times: Times, trial: str, label: str) -> FollowUpRow:
    curve = compute_follow_up(times.days, times.event)
    return FollowUpRow(trial, label, times.n, int(times.event.sum()), curve, float(times.days.min()), float(times.days.max()))


def table_follow_up(scene: Scene) -> pd.DataFrame:
    """FOLLOW_UP_COLUMNS in days: follow-up of each trial of the selection, then `all`."""
    rows = [
        (
            row.trial,
            row.label,
            row.n,
            row.events,
            row.curve.median,
            row.curve.median_lower,
            row.curve.median_upper,
            row.shortest,
            row.longest,
        )
        for row in summarise_follow_up_panel(scene).rows
    ]
    return pd.DataFrame(rows, columns=FOLLOW_UP_COLUMNS)


def describe_follow_up(summary: FollowUpSummary, scene: Scene) -> Words:
    """What reverse Kaplan–Meier is; median follow-up by trial."""
    if not summary.rows:
        return Words(f"{summary.figure.message} {describe_scene(scene)}", "nothing shown")
    caption = (
        "Reverse Kaplan–Meier: the time each participant was, or would have been, under observation; a death ends the knowledge of it "
        "(tick) and the last contact is its end (dot). Median with its interval by Brookmeyer and Crowley. A transplant ends no follow-up. "
        f"{describe_scene(scene)}"
    )
    unit = UNIT_NAMES[scene.view.unit]
    header = (summary.word, "n", "Died", f"Median follow-up, {unit} (95{NO_BREAK}% interval)", f"Shortest and longest time, {unit}")
    rows = tuple(_cells(row, scene) for row in summary.rows)
    return Words(caption, f"{count_words(summary.n, 'participant')} followed", describe_people(summary.left_out), LEFT_OUT, header, rows)


def _cells(row: FollowUpRow, scene: Scene) -> tuple[str, ...]:
    counts = [link_cell(str(n), encode_cell("follow-up", what, row.trial)) for what, n in (("n", row.n), ("events", row.events))]
    unit = scene.view.unit
    ends = f"{describe_time(row.shortest, unit)} to {describe_time(row.longest, unit)}" if np.isfinite(row.longest) else "–"
    return row.label, *counts, describe_median(row.curve, unit, row.n), ends
