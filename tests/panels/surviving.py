"""Scenes of the third study with courses after the infusion: milestones, responses, delivered times and trials as literals."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.traits import derive_traits, regroup_analysis
from dashboard.endpoints.records import derive_analysis
from dashboard.scene import Scene
from dashboard.study.columns import FINDING_COLUMNS, TRAIT_COLUMNS, conform
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot
from dashboard.view.state import default_view
from tests.endpoints.builders import build_data
from tests.endpoints.pooled.courses import Told, delivered_times, milestones_of
from tests.endpoints.test_survival import times_of
from tests.panels.scenes import OneCut
from tests.study.third import third


@cache
def study() -> StudyProtocol:
    with tempfile.TemporaryDirectory() as folder:
        return third(Path(folder))


@dataclass(frozen=True)
class Person:
    """A participant: milestones, disease, trial ("" for none), days of a complete remission, and properties as in the data."""

    told: Told
    disease: str = "leukaemia"
    trial: str = "T-1"
    responded: int | None = None
    given: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Recorded(OneCut):
    """An archive of one data cut with some record tables."""

    tables: Mapping[str, pd.DataFrame]
    kept: dict[Any, Any] = field(default_factory=dict)

    def recall(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return self.tables[table] if table in self.tables else super().records(snapshot, table)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        return derive_traits(self.data.participants, self.tables["trait"], study())


def open_survival(people: Mapping[str, Person], delivered: Sequence[tuple[str, str, float, bool]] = (), **choices: Any) -> Scene:
    """The scene of `people` under the third study, with times as delivered where some are given."""
    usual = {name: {"cohort": person.disease, "last_day": 400, "cut_day": 2_000, **person.given} for name, person in people.items()}
    doses = {name: () for name, given in usual.items() if given.get("dosed") is False}
    data = build_data([], people=usual, doses=doses)
    data = replace(data, snapshot=replace(data.snapshot, study=study().key))
    tables = {
        "milestone": milestones_of({name: person.told for name, person in people.items()}),
        "finding": _findings(people),
        "time_to_event": delivered_times(delivered),
        "trait": _traits(people),
    }
    view = replace(default_view(study(), cut=data.snapshot.cut), **choices)
    archive, analysis = Recorded(data, tables), derive_analysis(data, study(), view.base)
    if view.by != study().study.cohort_key:
        analysis = regroup_analysis(analysis, study().grouped(view.by), archive.traits(data.snapshot))
    return Scene(analysis.protocol, view, data.snapshot, data.snapshot, analysis, archive)


def aml_people() -> dict[str, Person]:
    """The data set aml: the maintained with leukaemia, the others with lymphoma; every second one in trial 2."""
    cases = {"leukaemia": "aml-maintained", "lymphoma": "aml-nonmaintained"}
    return {
        f"{disease[:2]}-{place:02}": Person([("death" if event else "contact", int(time))], disease, f"T-{place % 2 + 1}")
        for disease, case in cases.items()
        for place, (time, event) in enumerate(zip(*times_of(case), strict=True))
    }


def _findings(people: Mapping[str, Person]) -> pd.DataFrame:
    rows = [
        {"participant": name, "domain": "RS", "test": test, "label": "Response", "category": "", "object": "", "day": person.responded,
         "time": "", "timepoint": "", "visit_label": "", "value": float("nan"), "below_loq": False, "limit": float("nan"),
         "after_dose": False, "marked_unscheduled": False, "value_text": "CR", "unit_text": "", "source_file": "rs.csv", "source_row": row}
        for row, (name, person) in enumerate(people.items(), 1) if person.responded is not None for test in ("BESTRESP", "OVRLRESP")
    ]  # fmt: skip
    return conform(pd.DataFrame(rows, columns=list(FINDING_COLUMNS)), FINDING_COLUMNS)


def _traits(people: Mapping[str, Person]) -> pd.DataFrame:
    rows = [
        (name, "trial", float("nan"), person.trial, "dm.csv", row) for row, (name, person) in enumerate(people.items(), 1) if person.trial
    ]
    return conform(pd.DataFrame(rows, columns=list(TRAIT_COLUMNS)), TRAIT_COLUMNS)
