"""Behind the numbers of the survival page: who is in a curve, who had an event, who is at risk on a day, with the rows that say so."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd

from dashboard.behind.parts import Behind, check_cohort, name_cohort, shape_rows
from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.pooled.times import RESPONSE_DURATION
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.errors import NotFoundError
from dashboard.panels.selected_times import Times
from dashboard.panels.survival_curves import find_landmark, list_days
from dashboard.panels.survival_follow_up import find_survival_endpoint, list_parts, select_part
from dashboard.panels.survival_incidence import list_causes
from dashboard.panels.survival_landmark import GROUPS, is_reached
from dashboard.panels.survival_times import (
    CENSORINGS,
    find_first_events,
    find_times,
    list_censorings,
    list_endpoints,
    name_ends,
)
from dashboard.panels.survival_words import name_ending
from dashboard.scene import Scene
from dashboard.study.columns import DAY
from dashboard.study.pooled import Survival
from dashboard.study.references import Reference, encode_reference

PAGE = "survival"
COLUMNS = ("n", "events", "at-risk")


def find_survival(scene: Scene, endpoint: str, censor: str, column: str, day: str, cohort: str) -> Behind:
    """Behind n, events or the number at risk on `day` (since day 0; of a duration of response since the response) of a cohort's curve."""
    check_cohort(scene, cohort)
    _check("endpoint", endpoint, list_endpoints(scene.protocol))
    _check("censoring", censor, list_censorings(scene, endpoint))
    _check("column", column, COLUMNS)
    landmark = None if endpoint == RESPONSE_DURATION else find_landmark(scene)
    times = find_times(scene, endpoint, censor, landmark).of(cohort)
    counted = _choose(times, column, _read_day(day, list_days(scene), column) - (landmark or 0.0))
    words = {"n": "in the curve", "events": "with an event", "at-risk": f"at risk on day {day}"}[column]
    label = list_endpoints(scene.protocol)[endpoint]
    how = (f"from day {landmark:g} on" if landmark else "", f"ended at {name_ending(scene)}" if censor == "yes" else "")
    title = ", ".join((label, *(part for part in how if part), words, name_cohort(scene, cohort)))
    of = Reference("survival", endpoint=endpoint, censor=censor, cohort=cohort, day=int(day) if day else None)
    return replace(_behind(scene, title, times, counted, "participants in the curve"), of=encode_reference(of))


def find_landmark_group(scene: Scene, endpoint: str, column: str, landmark: str, group: str) -> Behind:
    """Behind n or events of a group of the landmark analysis."""
    _check("endpoint", endpoint, list_endpoints(scene.protocol))
    _check("column", column, COLUMNS[:2])
    _check("group", group, GROUPS)
    day = _read_day(landmark, list_days(scene), "landmark")
    times = find_times(scene, endpoint, CENSORINGS[0], day)
    reached = is_reached(scene, times, day)
    of_group = reached if group == GROUPS[0] else ~reached
    words = f"{'' if group == GROUPS[0] else 'no '}{name_ending(scene)} by day {landmark}"
    title = f"{list_endpoints(scene.protocol)[endpoint]} from day {landmark} on, {words}, {_say(column)}"
    return _behind(scene, title, times, of_group & _choose(times, column, 0.0), f"participants event-free after day {landmark}")


def find_follow_up(scene: Scene, column: str, trial: str) -> Behind:
    """Behind n or deaths of a trial's follow-up."""
    labels = dict(list_parts(scene)) | {ALL_COHORTS: "all shown"}
    _check("column", column, COLUMNS[:2])
    _check("trial", trial, labels)
    times = select_part(scene, find_times(scene, find_survival_endpoint(scene), CENSORINGS[0]), trial)
    title = f"Follow-up, {'died' if column == 'events' else 'followed'}, {labels[trial]}"
    return _behind(scene, title, times, _choose(times, column, 0.0), "participants followed")


def find_incidence(scene: Scene, column: str, day: str, cause: str, cohort: str) -> Behind:
    """Behind n, those with a cause as first event, or those who had it by `day`."""
    check_cohort(scene, cohort)
    causes = {part.key: part for part in list_causes(scene)}
    _check("cause", cause, causes)
    _check("column", column, ("n", "events", "by-day"))
    times = find_first_events(scene).of(cohort)
    has = times.event & np.isin(times.ended_by.astype(str), causes[cause].milestones)
    until = _read_day(day, list_days(scene), column) if column == "by-day" else np.inf
    counted = np.ones(len(has), dtype=bool) if column == "n" else has & (times.days <= until)
    by_day = f" by day {day}" if column == "by-day" else ""
    words = "at risk on day 0" if column == "n" else f"{causes[cause].label} as first event{by_day}"
    return _behind(scene, f"{words}, {name_cohort(scene, cohort)}", times, counted, "participants at risk on day 0")


def _check(what: str, value: str, known: Mapping[str, Any] | tuple[str, ...]) -> None:
    if value not in known:
        raise NotFoundError("cell", f"{what} {value}", tuple(known))


def _read_day(text: str, days: np.ndarray, column: str) -> float:
    """The landmark that `text` names; 0 for a column that is about no day."""
    if column in ("n", "events"):
        _check("day", text, ("",))
        return 0.0
    _check("day", text, tuple(f"{day:g}" for day in days.tolist()))
    return float(text)


def _choose(times: Times, column: str, day: float) -> Flags:
    if column == "events":
        return times.event
    return times.days >= day if column == "at-risk" else np.ones(times.n, dtype=bool)


def _say(column: str) -> str:
    return "with an event" if column == "events" else "in the curve"


def _behind(scene: Scene, title: str, times: Times, counted: Flags, words: str) -> Behind:
    people = np.sort(times.person[counted])
    return Behind(title, PAGE, people, np.sort(times.person), words, lambda: [_rows(scene, times, counted)])


def _rows(scene: Scene, times: Times, counted: Flags) -> pd.DataFrame:
    """ROW_COLUMNS of what ended the time of each participant counted; one without a source row has none."""
    rows = times.rows[counted]
    told = rows["source_file"] != ""
    rows, time = rows[told], times.days[counted][told.to_numpy(dtype=bool)]
    ends = rows["ended_by"].map(name_ends(scene)).fillna(rows["ended_by"])
    role = np.where(rows["event"], "event", "censored")
    note = [f"time {days:g} days" for days in time]
    return shape_rows(rows, role=role, what=ends, note=note, **{DAY: pd.array(_days(scene, rows), dtype="Int64")})


def _days(scene: Scene, rows: pd.DataFrame) -> list[int | None]:
    """The day since day 0 of each source row, which a time from a landmark or a response does not say; as delivered, none."""
    survival: Survival | None = scene.protocol.survival
    names = ["participant", "source_file", "source_row"]
    milestones = scene.records("milestone").set_index(names)["day"]
    if survival is None or milestones.empty:
        return [None] * len(rows)
    found = milestones[~milestones.index.duplicated()].reindex(pd.MultiIndex.from_frame(rows[names]))
    return [None if pd.isna(day) else int(day) for day in found.tolist()]
