"""Behind the cells about adverse events: the overview, body systems and terms, worst grades."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from dashboard.behind.parts import DOSED, Behind, check_cohort, find_row, is_in_cohort, name_cohort, read_people, shape_rows
from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.overview import select_is_in_row
from dashboard.endpoints.safety.rates import TOTAL, select_at_risk
from dashboard.endpoints.safety.terms import select_behind
from dashboard.endpoints.safety.wording import DELAYED, DISCONTINUED, NOT_RELATED, RELATED, has_interest
from dashboard.panels.event_words import describe_filter
from dashboard.safety import (
    find_at_risk,
    find_emergent,
    find_events,
    table_adverse_event_grades,
    table_adverse_event_summary,
    table_adverse_event_terms,
)
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.view.words import count_words

PAGE = "safety"
EVENT = "adverse event"
SPECIAL = "special-interest:"


def find_overview(scene: Scene, row: str, scale: str, cohort: str) -> Behind:
    """Behind a cell of the overview; `row` is a key of the overview, or `special-interest:` and the key of a group."""
    check_cohort(scene, cohort)
    cell = find_row(table_adverse_event_summary(scene), row=row, scale=scale, cohort=cohort)
    events = find_shown(scene, cohort)
    if row.startswith(SPECIAL):
        events = events[has_interest(events["special_interest"], row.removeprefix(SPECIAL)).to_numpy(dtype=bool)]
    else:
        events = events[select_is_in_row(events, row, scale)]
    label = f"{cell['label']} ({scale})" if scale else str(cell["label"])
    if row == "deaths":
        return _find_deaths(scene, cohort, label)
    return of_events(scene, label, cohort, events)


def find_shown(scene: Scene, cohort: str) -> pd.DataFrame:
    """The events under treatment that the filter leaves, of the dosed of the selection in `cohort`, or in any for `all`."""
    return select_at_risk(find_emergent(scene), find_at_risk(scene), TOTAL if cohort == ALL_COHORTS else cohort)


def _find_deaths(scene: Scene, cohort: str, label: str) -> Behind:
    """Who died, whatever the events and their filter say; the rows are fatal events and the milestones of the record."""
    at_risk = read_at_risk(scene, cohort)
    died = at_risk[(scene.analysis.participants["status"] == "died").to_numpy()[at_risk]]
    events = find_events(scene)
    fatal = events[events["fatal"] & events["participant_index"].isin(died)]
    title, amounts = f"{label}, {name_cohort(scene, cohort)}", (count_words(len(died), "death"),)
    choices = f"Deaths are not filtered: everyone who died is counted. {describe_filter(scene)}"
    return Behind(title, PAGE, died, at_risk, DOSED, lambda: [shape_events(fatal), _milestone_rows(scene, died)], amounts, choices)


def _milestone_rows(scene: Scene, people: Ints) -> pd.DataFrame:
    names = scene.analysis.participants["participant"]
    place = {str(names.iloc[person]): person for person in people}
    found = scene.records("milestone")
    found = found[found["participant"].isin(list(place))]
    index = found["participant"].map(place).astype("int64")
    return shape_rows(found, participant_index=index, role="milestone", what=found["term"], note=found["category"].str.lower())


def find_terms(scene: Scene, body_system: str, term: str, cohort: str) -> Behind:
    """Behind a cell of the table of body systems and terms; without a body system that of any event."""
    check_cohort(scene, cohort)
    find_row(table_adverse_event_terms(scene), body_system=body_system, term=term, cohort=cohort)
    events = select_behind(find_emergent(scene), find_at_risk(scene), body_system=body_system, term=term, cohort=group_of(cohort))
    near = tuple(_worst_cells(scene, body_system, term, cohort))
    return of_events(scene, term or body_system or "Any event", cohort, events, near)


def _worst_cells(scene: Scene, body_system: str, term: str, cohort: str) -> list[tuple[str, str]]:
    """The same row split by worst grade: the bars of the figure."""
    grades = table_adverse_event_grades(scene)
    own = grades[(grades["body_system"] == body_system) & (grades["term"] == term) & (grades["cohort"] == cohort)]
    return [
        (
            f"{_name_grade(row.grade, row.scale, 'worst ')}: {count_words(row.n, 'participant')}",
            encode_cell("grades", body_system, term, row.scale, row.grade, cohort),
        )
        for row in each_row(own)
    ]


def find_grades(scene: Scene, body_system: str, term: str, scale: str, grade: str, cohort: str) -> Behind:
    """Behind a number of the table of worst grades, which the bars of the figure draw; an empty grade: not graded."""
    check_cohort(scene, cohort)
    where = {"body_system": body_system, "term": term, "scale": scale, "grade": grade, "cohort": cohort}
    cell = find_row(table_adverse_event_grades(scene), **where)
    events = select_behind(
        find_emergent(scene),
        find_at_risk(scene),
        body_system=body_system,
        term=term,
        cohort=group_of(cohort),
        scale=scale,
        grade=None if pd.isna(cell["grade"]) else int(cell["grade"]),
    )
    label = f"{term or body_system or 'Any event'}, {_name_grade(cell['grade'], scale, 'worst ')}"
    whole = (f"{term or body_system or 'Any event'}, whatever the grade", encode_cell("terms", body_system, term, cohort))
    return of_events(scene, label, cohort, events, (whole,))


def of_events(scene: Scene, label: str, cohort: str, events: pd.DataFrame, near: tuple[tuple[str, str], ...] = ()) -> Behind:
    """The participants at risk with one of `events`, out of those of the cohort."""
    return Behind(
        title=f"{label}, {name_cohort(scene, cohort)}",
        page=PAGE,
        counted=read_people(events),
        group=read_at_risk(scene, cohort),
        group_words=DOSED,
        read=lambda: [shape_events(events)],
        amounts=(count_words(len(events), "event"),),
        choices=describe_filter(scene),
        near=near,
    )


def read_at_risk(scene: Scene, cohort: str) -> Ints:
    """The dosed participants of the selection in `cohort`, or in any for `all`."""
    people = np.sort(find_at_risk(scene).frame["participant_index"].to_numpy(dtype=np.int64))
    chosen: Ints = people[is_in_cohort(scene, people, cohort)]
    return chosen


def shape_events(events: pd.DataFrame) -> pd.DataFrame:
    """ROW_COLUMNS of adverse events (EVENT_COLUMNS), by start."""
    ordered = events.sort_values("start_day", kind="stable")
    return shape_rows(
        ordered,
        role=EVENT,
        what=ordered["term"],
        value_text=[_name_grade(level, "", "") for level in ordered["level"]],
        unit=ordered["scale"].where(ordered["level"].notna(), ""),
        day=ordered["start_day"],
        note=[_describe_event(event) for event in each_row(ordered)],
    )


def _describe_event(event: Any) -> str:
    """How the event is related, how long it lasted and what was done, in words."""
    relation = event.relatedness if event.relatedness in (RELATED, NOT_RELATED) else f"relation {event.relatedness}"
    until = "ongoing" if event.ongoing else "" if pd.isna(event.end_day) else f"to day {event.end_day}"
    start = f"start known to the {event.start_precision} only" if event.partial and event.start_precision else ""
    unknown = "start not recorded" if pd.isna(event.start_day) else ""
    serious, fatal = ("serious" if event.serious == "Y" else ""), ("fatal" if event.fatal else "")
    action = f"dose {event.dose_action}" if event.dose_action in (DISCONTINUED, DELAYED) else ""
    return "; ".join(part for part in (relation, serious, fatal, until, start, unknown, action) if part)


def _name_grade(grade: Any, scale: str, before: str) -> str:
    if pd.isna(grade):
        return "not graded"
    return f"{before}grade {grade}" + (f" ({scale})" if scale else "")


def group_of(cohort: str) -> str:
    """The name of a cohort, or of all of them, among the groups at risk."""
    return TOTAL if cohort == ALL_COHORTS else cohort
