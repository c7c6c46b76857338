"""Courses after an infusion as literals: milestones of a small definition of survival, on an analysis with participants alone."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.times import Course, derive_course, derive_times
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import MILESTONE_COLUMNS, TIME_TO_EVENT_COLUMNS, conform
from dashboard.study.pooled import Survival
from tests.endpoints.builders import build_analysis

SURVIVAL = Survival.model_validate(
    {
        "milestones": [
            {"key": "transplant", "label": "Transplant", "codes": ["STEM CELL TRANSPLANT"]},
            {"key": "relapse", "label": "Relapse", "codes": ["RELAPSE"]},
            {"key": "progression", "label": "Progression", "codes": ["PROGRESSIVE DISEASE"]},
            {"key": "death", "label": "Death", "codes": ["DEATH"]},
            {"key": "contact", "label": "Last contact", "codes": ["LAST CONTACT"]},
        ],
        "endpoints": [
            {"key": "pfs", "label": "PFS", "events": ["relapse", "progression", "death"], "parameter": "PFS"},
            {"key": "os", "label": "OS", "events": ["death"], "parameter": "OS"},
        ],
        "relapse": "relapse",
        "censor": "transplant",
        "contact": "contact",
        "landmarks": [28, 90],
    },
    strict=False,
)
TERMS = {part.key: part.codes[0] for part in SURVIVAL.milestones}
# A milestone as (key, day); a third part is the precision of its date.
Told = Sequence[tuple[Any, ...]]


def milestones_of(people: Mapping[str, Told]) -> pd.DataFrame:
    """MILESTONE_COLUMNS of each participant's milestones."""
    rows = [
        {"participant": name, "category": "", "subcategory": "", "term": TERMS[key].title(), "reported_term": "", "day": day,
         "precision": rest[0] if rest else "day", "source_file": "ds.csv", "source_row": place}
        for name, told in people.items() for place, (key, day, *rest) in enumerate(told, 1)
    ]  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(MILESTONE_COLUMNS)), MILESTONE_COLUMNS)


def delivered_times(rows: Sequence[tuple[str, str, float, bool]]) -> pd.DataFrame:
    """TIME_TO_EVENT_COLUMNS from (participant, parameter, days, event)."""
    frame = pd.DataFrame(rows, columns=["participant", "parameter", "days", "event"])
    frame = frame.assign(label="", description="", source_file="adtte.csv", source_row=range(1, len(rows) + 1))
    return conform(frame, TIME_TO_EVENT_COLUMNS)


def analysis_of(people: Mapping[str, Told], **usual: Mapping[str, Any]) -> Analysis:
    """Participants without counts, dosed on day 0 and last seen on day 400, unless `usual` says otherwise of one."""
    doses = {name: () for name, given in usual.items() if given.get("dosed") is False}
    return build_analysis([], people={name: {"last_day": 400, **usual.get(name, {})} for name in people}, doses=doses)


def course_of(people: Mapping[str, Told], **usual: Mapping[str, Any]) -> Course:
    """The course of participants by name, in the order of their names."""
    return derive_course(analysis_of(people, **usual), milestones_of(people), SURVIVAL)


def ends(course: Course, endpoint: str, *, at_censor: bool = False) -> list[tuple[float, bool, str]]:
    """(time, event, ended_by) of each participant at an endpoint of the definition."""
    part = next(part for part in SURVIVAL.endpoints if part.key == endpoint)
    rows = derive_times(course, SURVIVAL, part, at_censor=at_censor)
    return list(zip(rows["time"].tolist(), rows["event"].tolist(), rows["ended_by"].tolist(), strict=True))
