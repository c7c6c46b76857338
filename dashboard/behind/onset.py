"""Behind the cells about time: onset since the latest dose, single events, weeks by worst grade."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.behind.events import PAGE, find_shown, of_events, read_at_risk, shape_events
from dashboard.behind.parts import DOSED, Behind, check_cohort, find_row, is_in_cohort, name_cohort, read_people
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.onset import derive_unplaced
from dashboard.endpoints.safety.weeks import Alignment, derive_weekly_grades, select_going_on
from dashboard.errors import NotFoundError
from dashboard.panels.event_words import describe_filter
from dashboard.safety import find_at_risk, find_emergent, find_scale, table_adverse_event_onset, table_adverse_event_onset_list
from dashboard.scene import Scene
from dashboard.view.words import count_words

OBSERVED, NO_EVENT, NOT_GRADED = "observed", "0", "none"
LEVELS = (OBSERVED, NO_EVENT, "1", "2", "3", "4", "5", NOT_GRADED)


def find_onset(scene: Scene, dose: str, low: str, high: str, cohort: str) -> Behind:
    """Behind a bar of the onset: events that began so many days after the dose (`all`: any); without days all after it."""
    check_cohort(scene, cohort)
    where = {"dose": dose, "cohort": cohort} | ({"low": low, "high": high} if low or high else {})
    find_row(table_adverse_event_onset(scene), **where)
    events = find_shown(scene, cohort)
    events = events[events["days_since_dose"].notna()]
    if dose != ALL_COHORTS:
        events = events[(events["dose_number"] == int(dose)).to_numpy(dtype=bool)]
    if low:
        events = events[events["days_since_dose"].between(int(low), int(high)).to_numpy(dtype=bool)]
    named = "the latest dose" if dose == ALL_COHORTS else f"dose {dose}"
    title = f"Adverse events {f'{low} to {high} days ' if low else ''}after {named}, {name_cohort(scene, cohort)}"
    group, words, amounts = _given(scene, dose, cohort), "dosed participants given the dose", (count_words(len(events), "event"),)
    return Behind(title, PAGE, read_people(events), group, words, lambda: [shape_events(events)], amounts, describe_filter(scene))


def _given(scene: Scene, dose: str, cohort: str) -> Ints:
    """The dosed participants of the selection who were given that dose, or any."""
    people, doses = read_at_risk(scene, cohort), scene.analysis.doses
    if dose == ALL_COHORTS:
        return people
    given: Ints = people[np.isin(people, doses.loc[doses["dose_number"] == int(dose), "participant_index"])]
    return given


def find_unplaced(scene: Scene, reason: str) -> Behind:
    """Behind the events of the list without days since a dose, for one reason."""
    find_row(table_adverse_event_onset_list(scene), unplaced=reason)
    events = find_shown(scene, ALL_COHORTS)
    return of_events(scene, f"Adverse events, {reason}", ALL_COHORTS, events[(derive_unplaced(events) == reason).to_numpy()])


def find_event(scene: Scene, source_file: str, source_row: str) -> Behind:
    """Behind a line of a list of events: that event."""
    events = find_shown(scene, ALL_COHORTS)
    find_row(events, source_file=source_file, source_row=source_row)
    # The row was found, so its number is one.
    own = events[(events["source_file"] == source_file) & (events["source_row"] == int(source_row))]
    person, title = read_people(own), f"{own['term'].iloc[0]} of {own['participant'].iloc[0]}"
    amounts = (count_words(len(own), "event"),)
    return Behind(title, PAGE, person, person, "participant", lambda: [shape_events(own)], amounts, describe_filter(scene))


def find_weeks(scene: Scene, level: str, cohort: str) -> Behind:
    """Behind the weeks with one worst grade: `observed` are all weeks, `0` those without an event, `none` those without a graded one."""
    check_cohort(scene, cohort)
    if level not in LEVELS:
        raise NotFoundError("cell", f"worst grade {level}", LEVELS)
    events, at_risk, scale = find_emergent(scene), find_at_risk(scene), find_scale(scene)
    aligned: Alignment = "latest-dose" if scene.view.align == "each" else "first-dose"
    weeks = derive_weekly_grades(events, at_risk, scene.analysis, scale, aligned)
    own = weeks[is_in_cohort(scene, weeks["participant_index"].to_numpy(), cohort)]
    own = own[_is_at_level(own, level)]
    graded = own[own["events"] > 0]
    words = {OBSERVED: "Weeks under observation", NO_EVENT: "Weeks without an event", NOT_GRADED: "Weeks with events, none graded"}
    title = f"{words.get(level, f'Weeks with worst grade {level} ({scale})')}, {name_cohort(scene, cohort)}"

    def read() -> list[pd.DataFrame]:
        return [shape_events(select_going_on(events, at_risk, scene.analysis, graded, scale, aligned))]

    people, amounts = read_people(own), (count_words(len(own), "week"),)
    return Behind(title, PAGE, people, read_at_risk(scene, cohort), DOSED, read, amounts, describe_filter(scene))


def _is_at_level(weeks: pd.DataFrame, level: str) -> np.ndarray:
    if level == OBSERVED:
        return np.ones(len(weeks), dtype=bool)
    if level == NOT_GRADED:
        return (weeks["grade"].isna() & (weeks["events"] > 0)).to_numpy(dtype=bool)
    flags: np.ndarray = (weeks["grade"] == int(level)).fillna(False).to_numpy(dtype=bool)
    return flags
