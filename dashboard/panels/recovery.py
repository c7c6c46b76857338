"""The panels of recovery: aplasia by visit, and the share of participants whose count is at its level again."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from math import isfinite

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.pooled.incidence import Incidence, compute_incidence, compute_incidence_at
from dashboard.endpoints.pooled.recovery import DIED, RECOVERED, AplasiaCounts, count_aplasia
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.aplasia import AplasiaLine, AplasiaSummary
from dashboard.figures.survival_curves import ALL, ALL_LABEL, Curve, CurveSummary, PersonMarks
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.survival_curves import MOST_MARKS, SMALLEST_BAND, Counted, Frame, frame_curves, list_days
from dashboard.panels.survival_words import describe_share
from dashboard.recovery import Waits, find_aplasia, find_level, find_waits, list_aplasia_visits
from dashboard.scene import Scene
from dashboard.study.pooled import RecoveryLevel
from dashboard.study.protocol import StudyProtocol
from dashboard.view.words import count_words, describe_interval


@dataclass(frozen=True)
class RecoveryRow:
    """The recovery of one cohort (or all): those at risk, and the estimate."""

    cohort: str
    label: str
    n: int
    estimate: Incidence = field(repr=False)


@dataclass(frozen=True)
class RecoverySummary:
    """The curves as drawn, their numbers, and who of the selection is in none, by reason."""

    figure: CurveSummary
    level: RecoveryLevel
    rows: tuple[RecoveryRow, ...]
    left_out: dict[str, int]
    n: int


def name_recovery(protocol: StudyProtocol, subject: str, _x: str) -> str:
    """The title of a panel of recovery."""
    level = find_level(protocol, subject)
    return f"{protocol.analyte(level.analyte).label}: at {level.level:g} cells/µL or more again"


def name_aplasia(protocol: StudyProtocol, subject: str, _x: str) -> str:
    """The title of the panel of aplasia."""
    return f"{protocol.analyte(subject).label} below {find_aplasia(protocol).below:g} cells/µL, by visit"


def summarise_recovery_panel(scene: Scene, subject: str) -> RecoverySummary:
    """The cumulative incidence of recovery by cohort; the milestone and death compete."""
    level = find_level(scene.protocol, subject)
    waits = find_waits(scene, level)
    waiting = np.flatnonzero(scene.selection.mask & (waits.reason == 0))
    keys, cohort_of = scene.protocol.cohort_keys, scene.cohort_positions[waiting]
    rows, curves = [], []
    for position, cohort in ((keys.index(key), scene.protocol.cohort(key)) for key in scene.view.cohorts(scene.protocol)):
        own = waiting[cohort_of == position]
        rows.append(_row(waits, own, cohort.key, cohort.label))
        if len(own):
            curves.append(_draw(position, rows[-1], waits, own, scene.analysis.names))
    short = scene.protocol.analyte(level.analyte).short
    message = f"No participant of the selection has a {short} below {level.level:g} cells/µL after day 0"
    frame = Frame("recovery", scene.protocol.study.day_zero, f"{short} ≥ {level.level:g} again, %", message, rising=True)
    everyone, left_out = _row(waits, waiting, ALL_COHORTS, ALL_LABEL), waits.left_out(scene.selection.mask)
    return RecoverySummary(frame_curves(scene, frame, curves), level, (*rows, everyone), left_out, len(waiting))


def _row(waits: Waits, own: Ints, cohort: str, label: str) -> RecoveryRow:
    return RecoveryRow(cohort, label, len(own), compute_incidence(waits.time[own], waits.cause[own], DIED))


def _draw(group: int, row: RecoveryRow, waits: Waits, own: Ints, names: np.ndarray) -> Counted:
    share = row.estimate.incidence[:, RECOVERED - 1]
    none = np.full(len(share), np.nan)
    few = row.n < SMALLEST_BAND
    lower, upper = (none, none) if few else (row.estimate.lower[:, RECOVERED - 1], row.estimate.upper[:, RECOVERED - 1])
    recovered = own[waits.cause[own] == RECOVERED]
    day = waits.time[recovered]
    place = np.searchsorted(row.estimate.time, day, side="right") - 1
    words = tuple(f"{name}: recovered on day {at:g}" for name, at in zip(names[recovered].tolist(), day.tolist(), strict=True))
    marks = None if row.n > MOST_MARKS else PersonMarks(day, share[place], np.ones(len(day), dtype=bool), words, recovered)
    curve = Curve(group, row.label, row.n, len(recovered), row.estimate.time, share, lower, upper, np.empty(0), marks)
    return curve, waits.time[own]


def describe_recovery(summary: RecoverySummary, scene: Scene) -> Words:
    """What recovery is, what competes with it, and who is in no curve."""
    later = scene.protocol.later
    competing = f"{later} and death" if later else "death"
    level = summary.level
    short = scene.protocol.analyte(level.analyte).short
    caption = (
        f"Cumulative incidence by Aalen–Johansen of the first {short} ≥ {level.level:g} cells/µL after the first one below it, both after "
        f"day 0; {competing} compete{'' if later else 's'}. Whoever had none of them is censored at the last count. Shaded: 95 % log-log "
        f"interval where n ≥ 5; dots: participants (a click opens one). {describe_scene(scene)}"
    )
    ends = (["Recovered", f"{later.capitalize()} first"] if later else ["Recovered"]) + ["Died first", "Censored"]
    header = (scene.protocol.study.cohort_word, "n", *ends, *(f"By day {day:g}" for day in list_days(scene)))
    rows = tuple(_cells(row, scene) for row in summary.rows)
    shown = f"{count_words(summary.n, 'participant')} with a count below the level"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, header, rows)


def _cells(row: RecoveryRow, scene: Scene) -> tuple[str, ...]:
    ended = row.estimate.events.sum(axis=0)
    causes = range(RECOVERED, DIED + 1) if scene.protocol.later else (RECOVERED, DIED)
    counts = [int(ended[cause - 1]) for cause in causes]
    return row.label, str(row.n), *map(str, counts), str(row.n - int(ended.sum())), *(_at(row, day) for day in list_days(scene))


def _at(row: RecoveryRow, day: float) -> str:
    value, lower, upper = compute_incidence_at(row.estimate, float(day), RECOVERED)
    return "–" if not row.n or np.isnan(value) else describe_share(value, lower, upper)


def summarise_aplasia_panel(scene: Scene, subject: str) -> AplasiaSummary:
    """The share of participants below the limit at each planned visit after day 0, by cohort and of all."""
    protocol, aplasia, visits = scene.protocol, find_aplasia(scene.protocol), list_aplasia_visits(scene)
    counts = count_aplasia(scene.treated, scene.selection.mask, aplasia, visits, scene.view.ci)
    keys, labels = (*protocol.cohort_keys, ALL_COHORTS), (*(cohort.label for cohort in protocol.cohorts), ALL_LABEL)
    shown = [keys.index(key) for key in (*scene.view.cohorts(protocol), ALL_COHORTS)]
    short = protocol.analyte(aplasia.analyte).short
    names = tuple(protocol.visit(key).short for key in visits)
    empty = not counts.of.sum()
    return AplasiaSummary(
        lines=tuple(_line(ALL if group == len(protocol.cohorts) else group, labels[group], counts, group) for group in shown),
        visits=names,
        header=(protocol.study.cohort_word, *names),
        cells=() if empty else tuple((labels[group], *_shares(counts, group)) for group in shown),
        name=f"{short} below {aplasia.below:g} cells/µL",
        nothing=f"No {short} after day 0 in this selection" if empty else "",
        n_cohorts=len(protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _line(group: int, label: str, counts: AplasiaCounts, row: int) -> AplasiaLine:
    columns = (counts.n, counts.of, counts.proportion, counts.lower, counts.upper)
    return AplasiaLine(group, label, *(column[row].astype(np.float64) for column in columns))


def _shares(counts: AplasiaCounts, row: int) -> Iterator[str]:
    columns = (counts.n, counts.of, counts.proportion, counts.lower, counts.upper)
    for n, of, proportion, lower, upper in zip(*(column[row].tolist() for column in columns), strict=True):
        limits = f"; {100 * lower:.0f} to {100 * upper:.0f}" if isfinite(lower) else ""
        yield f"{n}/{of} ({100 * proportion:.0f} %{limits})".replace(" ", NO_BREAK) if of else "–"


def describe_aplasia(summary: AplasiaSummary, scene: Scene) -> Words:
    """What is counted at a visit, out of whom, and what is left out."""
    later = scene.protocol.later
    left_out = {"marked": f" Counts after {later} are included.", "left-out": f" Counts after {later} are left out."}[scene.view.after]
    caption = (
        f"Participants with {summary.name} at the planned visit, of those with a value there: n/N (percent; "
        f"{describe_interval(scene.view, scene.protocol)}, none where N < 5).{left_out if later else ''} {describe_scene(scene)}"
    )
    return Words(caption, count_words(scene.n, "participant"), (), LEFT_OUT, summary.header if summary.cells else (), summary.cells)
