"""Cumulative incidence of relapse, death and transplant, of which the first counts (Aalen–Johansen)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import partial

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.pooled.incidence import Incidence, compute_incidence, compute_incidence_at
from dashboard.endpoints.pooled.sightings import DEATH
from dashboard.endpoints.pooled.times import find_relapse_events
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.figures.survival_curves import ALL, ALL_LABEL, Curve, CurveSummary, PersonMarks
from dashboard.panels.cells import CellPart, LinkedText, link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_people, describe_scene
from dashboard.panels.selected_times import Times
from dashboard.panels.survival_curves import MOST_MARKS, SMALLEST_BAND, Counted, Frame, frame_curves, list_days
from dashboard.panels.survival_times import find_first_events, has_milestones, list_groups
from dashboard.panels.survival_words import describe_share
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.pooled import Survival
from dashboard.view.words import count_words, join_words, lower_first

INCIDENCE_COLUMNS = ["cohort", "cause", "time", "incidence", "error", "lower", "upper", "at_risk", "events"]
RELAPSE = "relapse"


@dataclass(frozen=True)
class Cause:
    """A cause of the end of event-free time: key, words, and the milestones that are it."""

    key: str
    label: str
    milestones: tuple[str, ...]


@dataclass(frozen=True)
class IncidenceRow:
    """The incidence of the causes in one cohort (or all)."""

    cohort: str
    label: str
    n: int
    estimate: Incidence = field(repr=False)


@dataclass(frozen=True)
class IncidenceSummary:
    """Incidence by cohort, and the figure of all causes together or of relapse by group."""

    figure: CurveSummary
    causes: tuple[Cause, ...]
    rows: tuple[IncidenceRow, ...]
    left_out: dict[str, int]
    n: int


def list_causes(scene: Scene) -> tuple[Cause, ...]:
    """What competes: relapse (with progression), death, and the milestone at which times can be ended; () without a relapse."""
    survival = scene.protocol.survival
    if survival is None or survival.relapse is None:
        return ()
    labels = {part.key: part.label for part in survival.milestones}
    relapse = find_relapse_events(survival)
    named = [labels[relapse[0]], *(lower_first(labels[key]) for key in relapse[1:])]
    causes = [Cause(RELAPSE, join_words(named, "or"), relapse)]
    others = [key for key in (DEATH, survival.censor) if key and key in labels]
    return (*causes, *(Cause(key, labels[key], (key,)) for key in others))


def code_causes(scene: Scene, times: Times, causes: Sequence[Cause]) -> Ints:
    """For each time of the first events the number of its cause (1 …), 0 for censored."""
    number = {key: at for at, cause in enumerate(causes, 1) for key in cause.milestones}
    known = times.known

    def code() -> Ints:
        ended = (number.get(key, 0) for key in known.ended_by.tolist())
        return np.where(known.event, np.fromiter(ended, np.int64, len(known.event)), 0)

    codes: Ints = scene.of_cut("causes of first events", code)
    return codes[times.place]


def summarise_incidence_panel(scene: Scene, subject: str = "") -> IncidenceSummary:
    """All causes, everybody of the selection together."""
    causes, times, survival = list_causes(scene), find_first_events(scene), scene.protocol.survival
    rows = _list_rows(scene, times, causes, [(ALL_COHORTS, ALL_LABEL)])
    shown = enumerate(causes) if rows and rows[0].n else ()
    codes = code_causes(scene, times, causes)
    curves = [_draw(at, cause.label, rows[0], times, codes == at + 1, at + 1, causes) for at, cause in shown]
    # Everybody is at risk of every cause alike: one row of numbers.
    one_row = [(replace(curve, at_risk_label=ALL_LABEL), times.days if at == 0 else np.empty(0)) for at, (curve, _) in enumerate(curves)]
    figure = frame_curves(scene, _frame(scene, "incidence", survival, times, len(causes)), one_row)
    return IncidenceSummary(figure, causes, rows, times.left_out, times.n)


def summarise_relapse_panel(scene: Scene, subject: str = "") -> IncidenceSummary:
    """Relapse by group, with the other causes competing."""
    causes, times = list_causes(scene), find_first_events(scene)
    groups = list_groups(scene)
    rows = _list_rows(scene, times, causes, groups)
    keys, relapsed = scene.protocol.cohort_keys, code_causes(scene, times, causes) == 1
    curves = []
    for row in rows:
        if row.n:
            group, members = ALL if row.cohort == ALL_COHORTS else keys.index(row.cohort), times.is_of(row.cohort)
            curves.append(_draw(group, row.label, row, times.where(members), relapsed[members], 1, causes))
    figure = frame_curves(scene, _frame(scene, "relapse", scene.protocol.survival, times, 0), curves)
    every = (*rows, *_list_rows(scene, times, causes, [(ALL_COHORTS, ALL_LABEL)])) if groups[0][0] != ALL_COHORTS else rows
    return IncidenceSummary(figure, causes, every if rows else (), times.left_out, times.n)


def _frame(scene: Scene, key: str, survival: Survival | None, times: Times, groups: int) -> Frame:
    if survival is None or survival.relapse is None:
        message = "The definition of this study names no relapse, so there is nothing that competes."
    elif not has_milestones(scene):
        message = "The data cut has no milestones, so it is not known which event came first."
    else:
        message = "No participant of the selection has a time."
    return Frame(key, scene.protocol.study.day_zero, "had it as first event, %", message, rising=True, groups=groups)


def _list_rows(scene: Scene, times: Times, causes: Sequence[Cause], groups: Sequence[tuple[str, str]]) -> tuple[IncidenceRow, ...]:
    if not causes or not has_milestones(scene):
        return ()
    codes = code_causes(scene, times, causes)

    def estimate(chosen: Flags) -> Incidence:
        return compute_incidence(times.days[chosen], codes[chosen], len(causes))

    rows = []
    for key, label in groups:
        members = times.is_of(key)
        # Everybody stands in both panels.
        found = scene.keep("incidence of all", partial(estimate, members)) if key == ALL_COHORTS else estimate(members)
        rows.append(IncidenceRow(key, label, int(members.sum()), found))
    return tuple(rows)


def _draw(group: int, label: str, row: IncidenceRow, times: Times, had: Flags, cause: int, causes: Sequence[Cause]) -> Counted:
    """The curve of one cause (1 …) in one group; its marks are the participants who `had` this event first."""
    found, share = row.estimate, row.estimate.incidence[:, cause - 1]
    none = np.full(len(share), np.nan)
    lower, upper = (none, none) if row.n < SMALLEST_BAND else (found.lower[:, cause - 1], found.upper[:, cause - 1])
    marks = None if row.n > MOST_MARKS else _marks(times.where(had), found, share, lower_first(causes[cause - 1].label))
    return Curve(group, label, row.n, int(had.sum()), found.time, share, lower, upper, np.empty(0), marks), times.days


def _marks(times: Times, found: Incidence, share: Floats, said: str) -> PersonMarks:
    place = np.searchsorted(found.time, times.days, side="right") - 1
    words = tuple(f"{name}: {said} on day {day:g}" for name, day in zip(times.participant.tolist(), times.days.tolist(), strict=True))
    return PersonMarks(times.days, share[place], np.ones(times.n, dtype=bool), words, times.person)


def table_cumulative_incidence(scene: Scene) -> pd.DataFrame:
    """INCIDENCE_COLUMNS: the steps of every cause by cohort shown, then `all`; time in days since day 0."""
    summary = summarise_relapse_panel(scene)
    frames = [
        pd.DataFrame(
            {
                "cohort": row.cohort,
                "cause": cause.key,
                "time": row.estimate.time,
                **{name: getattr(row.estimate, name)[:, at] for name in ("incidence", "error", "lower", "upper", "events")},
                "at_risk": row.estimate.at_risk,
            }
        )
        for row in summary.rows
        for at, cause in enumerate(summary.causes)
    ]
    return pd.concat(frames, ignore_index=True)[INCIDENCE_COLUMNS] if frames else pd.DataFrame(columns=INCIDENCE_COLUMNS)


def describe_incidence(summary: IncidenceSummary, scene: Scene) -> Words:
    """Every cause of everybody, at the landmarks."""
    rows = [_cells(row, at, cause.label, scene, cause) for row in summary.rows for at, cause in enumerate(summary.causes, 1)]
    return _words(summary, scene, "First event", rows)


def describe_relapse(summary: IncidenceSummary, scene: Scene) -> Words:
    """Relapse by group at the landmarks."""
    rows = [_cells(row, 1, row.label, scene, summary.causes[0]) for row in summary.rows]
    return _words(summary, scene, scene.protocol.study.cohort_word, rows)


def _words(summary: IncidenceSummary, scene: Scene, word: str, rows: Sequence[tuple[str, ...]]) -> Words:
    if not rows:
        return Words(f"{summary.figure.message} {describe_scene(scene)}", "nothing shown")
    either = join_words([lower_first(cause.label) for cause in summary.causes], "or")
    caption = (
        f"Cumulative incidence by Aalen–Johansen: each participant counts once, with whichever came first: {either}. Who had none is "
        "censored at the last contact. Shaded: 95 % log-log interval where n ≥ 5; dots: participants (a click opens one). "
        f"{describe_scene(scene)}"
    )
    header = (word, "n", "As first event", *(f"By day {day:g} · n" for day in list_days(scene)))
    shown = f"{count_words(summary.n, 'participant')} at risk on day 0"
    return Words(caption, shown, describe_people(summary.left_out), LEFT_OUT, header, tuple(rows))


def _cells(row: IncidenceRow, number: int, label: str, scene: Scene, cause: Cause) -> tuple[str, ...]:
    events = int(row.estimate.events[:, number - 1].sum())
    counts = (("n", row.n), ("events", events))
    links = [link_cell(str(count), encode_cell("incidence", what, "", cause.key, row.cohort)) for what, count in counts]
    return label, *links, *(_at(row, number, float(day), cause) for day in list_days(scene))


def _at(row: IncidenceRow, number: int, day: float, cause: Cause) -> str:
    value, lower, upper = compute_incidence_at(row.estimate, day, number)
    if not row.n or np.isnan(value):
        return "–"
    place = int(np.searchsorted(row.estimate.time, day, side="right"))
    events = int(row.estimate.events[:place, number - 1].sum())
    of = encode_cell("incidence", "by-day", f"{day:g}", cause.key, row.cohort)
    return LinkedText((CellPart(f"{describe_share(value, lower, upper)}{NO_BREAK}·{NO_BREAK}"), CellPart(str(events), of)))
