"""Scenes of the pooled study NS7CAR: a few participants of several trials, with responses, milestones and traits."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from functools import cache
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.traits import derive_traits, list_reported, regroup_analysis
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.scene import Scene
from dashboard.study.columns import COUNT_COLUMNS, DOSE_COLUMNS, PARTICIPANT_COLUMNS, RECORD_TABLES, TRAIT_COLUMNS, conform
from dashboard.study.definitions import BUILT_IN, read_definition
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.view.state import default_view
from tests.endpoints.pooled.answered import findings, milestones
from tests.endpoints.safety.trial import build_events, build_medications, event
from tests.panels.scenes import OneCut

TRIALS = ("nct04572308", "nct05626400", "nct04916860", "nct04928105", "nct04938115")


@cache
def pooled_protocol() -> StudyProtocol:
    return read_definition(BUILT_IN / "ns7car.toml")


@dataclass(frozen=True)
class Person:
    """A participant: trial (position in TRIALS), disease, best response as delivered ("": none), and what else is known."""

    name: str
    trial: int = 0
    disease: str = "t-all"
    best: str = "CR"
    traits: Mapping[str, str | float] = field(default_factory=dict)
    infused: bool = True
    status: str = "ongoing"
    last_day: int = 100
    sizes: Sequence[tuple[int, float]] = ()
    milestones: Sequence[tuple[str, int]] = ()
    # Adverse events and medications as `tests.endpoints.safety.trial` builds them, without the participant.
    events: Sequence[Mapping[str, Any]] = ()
    given: Sequence[tuple[str, int, int]] = ()


@dataclass(frozen=True)
class PooledCut(OneCut):
    """An archive of one data cut of people."""

    people: Sequence[Person] = ()
    kept: dict[Any, Any] = field(default_factory=dict)

    def recall(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        if key not in self.kept:
            self.kept[key] = make()
        return self.kept[key]

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        if table == "finding":
            best = [(p.name, "BESTRESP", 28, p.best) for p in self.people if p.best]
            return findings(*best, *((p.name, "SPDCHG", day, change) for p in self.people for day, change in p.sizes))
        if table == "milestone":
            return milestones(*((p.name, term, day) for p in self.people for term, day in p.milestones))
        if table == "trait":
            return _traits(self.people)
        if table == "adverse_event":
            return build_events([event(p.name, **told) for p in self.people for told in p.events])
        if table == "medication":
            return build_medications([(p.name, *told) for p in self.people for told in p.given])
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD_TABLES[table][0].items()})

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        return self.recall(("traits",), lambda: derive_traits(self.data.participants, self.records(snapshot, "trait"), pooled_protocol()))

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        return derive_analysis(self.data, pooled_protocol(), rule)


def _traits(people: Sequence[Person]) -> pd.DataFrame:
    rows = []
    for person in people:
        for key, value in {"trial": TRIALS[person.trial].upper(), **person.traits}.items():
            is_number = isinstance(value, float)
            rows.append((person.name, key, value if is_number else None, f"{value:g}" if is_number else value, "dm.csv", 1))
    return pd.DataFrame(rows, columns=list(TRAIT_COLUMNS)).astype(TRAIT_COLUMNS)


def build_people(people: Sequence[Person], counts: pd.DataFrame | None = None) -> StudyData:
    rows = [
        {"participant": p.name, "cohort": p.disease, "sex": "F", "age": 30, "dosed": p.infused, "cut_day": 500 if p.infused else None,
         "last_day": p.last_day if p.infused else None, "status": p.status if p.infused else "not dosed"}
        for p in people
    ]  # fmt: skip
    doses = [(p.name, 1, 0, 1.0, "10^6 cells/kg", "ex.csv", place) for place, p in enumerate(people, 1) if p.infused]
    snapshot = Snapshot("ns7car", "cd" * 32, "test", date(2026, 1, 1), "published", True, datetime(2026, 1, 2, tzinfo=UTC))
    none = pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in COUNT_COLUMNS.items()})
    return StudyData(
        snapshot,
        conform(pd.DataFrame(rows), PARTICIPANT_COLUMNS),
        conform(none if counts is None else counts, COUNT_COLUMNS),
        conform(pd.DataFrame(doses, columns=list(DOSE_COLUMNS)), DOSE_COLUMNS),
    )


def open_pooled(people: Sequence[Person], by: str = "disease", counts: pd.DataFrame | None = None, **choices: Any) -> Scene:
    """The scene of `people` under the default view of NS7CAR with `choices`, split by `by`."""
    ordered = sorted(people, key=lambda person: person.name)
    data = build_people(ordered, counts)
    archive = PooledCut(data, ordered)
    traits, whole = archive.traits(data.snapshot), pooled_protocol()
    protocol = whole.grouped(by, list_reported(traits, whole))
    analysis = derive_analysis(data, whole, "last")
    if by != whole.study.cohort_key:
        analysis = regroup_analysis(analysis, protocol, traits)
    view = replace(default_view(protocol, cut=data.snapshot.cut), **{"by": by} | choices)
    return Scene(protocol, view, data.snapshot, data.snapshot, analysis, archive)


def build_simpson() -> list[Person]:
    """Two trials; in each the low dose responds more often (2 of 2 against 6 of 8; 4 of 8 against 0 of 2), pooled less often.

    Low dose: 2/2 and 4/8, 6/10. High dose: 6/8 and 0/2... every trial favours the low dose.
    """
    counts = {(0, "5e5"): (9, 10), (0, "1e6"): (68, 80), (1, "5e5"): (40, 80), (1, "1e6"): (4, 10)}
    return [
        Person(f"{dose}-{trial}-{number:03d}", trial, best="CR" if number < n else "SD", traits={"dose": dose})
        for (trial, dose), (n, of) in counts.items()
        for number in range(of)
    ]
