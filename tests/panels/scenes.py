"""Scenes for panel tests: tiny data with every oddity a delivery can have, under any view."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cache
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.traits import derive_traits
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.panels import NO_SUBJECT, PANELS, Panel
from dashboard.scene import Scene
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.view.state import ViewState, default_view
from tests.endpoints.builders import Value, build_data, build_trial, course, protocol


def open_scene(data: StudyData, **choices: Any) -> Scene:
    """The scene of `data` under the default view of NCT05600920 with `choices`."""
    return scene_of(data, replace(default_view(protocol(), cut=data.snapshot.cut), **choices))


def scene_of(data: StudyData, view: ViewState, *, synthetic: bool = True) -> Scene:
    """The scene of `data` under `view`, on a snapshot that is synthetic or not."""
    snapshot = replace(data.snapshot, synthetic=synthetic)
    return Scene(protocol(), view, snapshot, snapshot, analysis_of(data, view.base), OneCut(data))


@dataclass(frozen=True)
class OneCut:
    """An archive that holds one data cut, and of it only participants, counts and doses."""

    data: StudyData

    def published(self) -> list[Snapshot]:
        return [self.data.snapshot]

    def every(self) -> list[Snapshot]:
        return self.published()

    def withdrawn(self) -> list[Snapshot]:
        return []

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD_TABLES[table][0].items()})

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        return analysis_of(self.data, rule)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        return derive_traits(self.data.participants, self.records(snapshot, "trait"), protocol())

    def recall(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        return make()


_ANALYSES: dict[tuple[int, str], Analysis] = {}


def analysis_of(data: StudyData, rule: str) -> Analysis:
    """The analysis of `data`, derived once per object and rule."""
    key = (id(data), rule)
    if key not in _ANALYSES or _ANALYSES[key].data is not data:
        _ANALYSES[key] = derive_analysis(data, protocol(), rule)
    return _ANALYSES[key]


# Who is in the odd data, and why. Nobody is in cohort 720.
ODD_PEOPLE = {
    "full": "every planned visit",
    "no-baseline": "values after day 0 only",
    "no-dose": "never dosed: values without a day",
    "one-record": "a single value, at week 36",
    "screening-only": "a single value, before the first dose",
    "no-record": "no value at all",
    "zeros": "values of 0 and below the limit",
    "late": "first and last value at the ends of the outer windows, and a dose far outside the plan",
}


@cache
def odd_data() -> StudyData:
    """Eight participants, each of whom a panel could stumble over."""
    full = {-28: 90.0, 0: 110.0, 14: 260.0, 30: 300.0, 84: 210.0, 98: 320.0, 252: 310.0, 336: 250.0, 420: 305.0}
    values: list[Value] = [
        *(row for analyte in protocol().analyte_keys for row in course("full", full, analyte)),
        *course("no-baseline", {14: 250.0, 252: 180.0, 420: 330.0}),
        ("no-dose", "cd4", None, 140.0),
        ("no-dose", "alc", None, 900.0),
        *course("one-record", {252: 260.0}),
        *course("screening-only", {-20: 150.0}),
        *course("zeros", {0: 0.0, 14: 5.0, 30: 0.0, 60: 120.0, 252: 220.0}),
        *course("late", {-60: 80.0, -5: 85.0, 20: 240.0, 290: 350.0, 462: 190.0, 600: 400.0}),
    ]
    people: dict[str, dict[str, Any]] = {name: {"cohort": "480" if name in ("zeros", "late") else "240"} for name in ODD_PEOPLE}
    people["no-dose"] |= {"status": "not dosed", "age": None, "sex": ""}
    doses = {"no-dose": (), "full": (0, 84, 168), "late": (0, 130)}
    below = [place for place, row in enumerate(values) if row[0] == "zeros" and row[2] == 14]
    marked = [place for place, row in enumerate(values) if row[0] == "zeros" and row[2] == 60]
    return build_data(values, doses=doses, people=people, below_loq=below, marked_unscheduled=marked)


@cache
def drawn_trial() -> StudyData:
    """Fifteen participants in three cohorts with every planned visit."""
    return build_trial(15)


def subjects(panel: Panel, participant: str = "full") -> tuple[str, ...]:
    """What a panel can be about in the trial; nothing for one that the definition of the trial has no use for."""
    if panel.by_analyte:
        return protocol().analyte_keys
    if panel.subjects is not None:
        return tuple(panel.subjects(protocol()))
    return (participant,) if panel.key == "participant" else (NO_SUBJECT,)


EVERY_PANEL = [(panel.key, subject) for panel in PANELS.values() for subject in subjects(panel)]
