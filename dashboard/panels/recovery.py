"""The panels of recovery: aplasia by visit, and the share of participants whose count is at its level again."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.pooled.incidence import Incidence, compute_incidence, compute_incidence_at
from dashboard.endpoints.pooled.recovery import DIED, RECOVERED
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.aplasia import AplasiaLine, AplasiaSummary
from dashboard.figures.survival_curves import ALL, ALL_LABEL, Curve, CurveSummary, PersonMarks
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.survival_curves import MOST_MARKS, SMALLEST_BAND, Counted, Frame, frame_curves, list_days
from dashboard.panels.survival_words import describe_share
from dashboard.recovery import find_aplasia, find_level, select_recovery, table_aplasia
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
    every = select_recovery(scene, level)
    waiting = every[every["reason"] == ""]
    groups = [(key, scene.protocol.cohort(key).label) for key in scene.view.cohorts(scene.protocol)]
    rows = [_row(waiting[waiting["cohort"] == key], key, label) for key, label in groups]
    keys = scene.protocol.cohort_keys
    curves = [_draw(keys.index(row.cohort), row, waiting[waiting["cohort"] == row.cohort]) for row in rows if row.n]
    short = scene.protocol.analyte(level.analyte).short
    message = f"No participant of the selection has a {short} below {level.level:g} cells/µL after day 0"
    frame = Frame("recovery", scene.protocol.study.day_zero, f"{short} ≥ {level.level:g} again, %", message, rising=True)
    reasons = every.loc[every["reason"] != "", "reason"].value_counts()
    left_out = {str(reason): int(n) for reason, n in reasons.items()}
    return RecoverySummary(
        frame_curves(scene, frame, curves), level, (*rows, _row(waiting, ALL_COHORTS, ALL_LABEL)), left_out, len(waiting)
    )


def _row(rows: pd.DataFrame, cohort: str, label: str) -> RecoveryRow:
    return RecoveryRow(cohort, label, len(rows), compute_incidence(rows["time"].to_numpy(), rows["cause"].to_numpy(), DIED))


def _draw(group: int, row: RecoveryRow, own: pd.DataFrame) -> Counted:
    share = row.estimate.incidence[:, RECOVERED - 1]
    none = np.full(len(share), np.nan)
    few = row.n < SMALLEST_BAND
    lower, upper = (none, none) if few else (row.estimate.lower[:, RECOVERED - 1], row.estimate.upper[:, RECOVERED - 1])
    recovered = own[own["cause"] == RECOVERED]
    day = recovered["time"].to_numpy()
    place = np.searchsorted(row.estimate.time, day, side="right") - 1
    words = tuple(f"{name}: recovered on day {at:g}" for name, at in zip(recovered["participant"], day, strict=True))
    person = recovered["participant_index"].to_numpy()
    marks = None if row.n > MOST_MARKS else PersonMarks(day, share[place], np.ones(len(day), dtype=bool), words, person)
    curve = Curve(group, row.label, row.n, len(recovered), row.estimate.time, share, lower, upper, np.empty(0), marks)
    return curve, own["time"].to_numpy()


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
    aplasia, table = find_aplasia(scene.protocol), table_aplasia(scene)
    visits = tuple(dict.fromkeys(table["visit"]))
    shown = [*scene.view.cohorts(scene.protocol), ALL_COHORTS]
    by_cohort = {key: table[table["cohort"] == key] for key in shown}
    short = scene.protocol.analyte(aplasia.analyte).short
    empty = not table["of"].sum()
    return AplasiaSummary(
        lines=tuple(_line(scene, key, rows) for key, rows in by_cohort.items()),
        visits=tuple(scene.protocol.visit(key).short for key in visits),
        header=(scene.protocol.study.cohort_word, *(scene.protocol.visit(key).short for key in visits)),
        cells=() if empty else tuple((_label(scene, key), *map(_share, rows.to_dict("records"))) for key, rows in by_cohort.items()),
        name=f"{short} below {aplasia.below:g} cells/µL",
        nothing=f"No {short} after day 0 in this selection" if empty else "",
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _label(scene: Scene, cohort: str) -> str:
    return ALL_LABEL if cohort == ALL_COHORTS else scene.protocol.cohort(cohort).label


def _line(scene: Scene, cohort: str, rows: pd.DataFrame) -> AplasiaLine:
    group = ALL if cohort == ALL_COHORTS else scene.protocol.cohort_keys.index(cohort)
    names = ("n", "of", "proportion", "lower", "upper")
    return AplasiaLine(group, _label(scene, cohort), *(rows[name].to_numpy(dtype=np.float64) for name in names))


def _share(row: Mapping[Any, Any]) -> str:
    if not row["of"]:
        return "–"
    limits = f"; {100 * row['lower']:.0f} to {100 * row['upper']:.0f}" if np.isfinite(row["lower"]) else ""
    return f"{row['n']}/{row['of']} ({100 * row['proportion']:.0f} %{limits})".replace(" ", NO_BREAK)


def describe_aplasia(summary: AplasiaSummary, scene: Scene) -> Words:
    """What is counted at a visit, out of whom, and what is left out."""
    later = scene.protocol.later
    left_out = {"marked": f" Counts after {later} are included.", "left-out": f" Counts after {later} are left out."}[scene.view.after]
    caption = (
        f"Participants with {summary.name} at the planned visit, of those with a value there: n/N (percent; "
        f"{describe_interval(scene.view, scene.protocol)}, none where N < 5).{left_out if later else ''} {describe_scene(scene)}"
    )
    return Words(caption, count_words(scene.n, "participant"), (), LEFT_OUT, summary.header if summary.cells else (), summary.cells)
