"""A small trial with one of each oddity that the quality page and the marks tell apart, and an earlier data cut of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import cache
from typing import Any

import pandas as pd

from dashboard.endpoints.pooled.traits import derive_traits
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.scene import Scene
from dashboard.study.columns import RECORD_TABLES
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.view.state import default_view
from tests.endpoints.builders import build_data, course, protocol

# a (240): four planned visits seen, that of day 14 below the limit, that of day 30 with an alternative on day 35; day 470 lies in no
# window (the last ends on day 462). b (480) was never dosed: one value without a day.
VALUES = {-28: 100.0, 0: 110.0, 14: 2.0, 30: 260.0, 35: 270.0, 470: 280.0}


@cache
def odd_visits() -> StudyData:
    values = [*course("a", VALUES), ("b", "cd4", None, 140.0)]
    people = {"b": {"cohort": "480", "status": "not dosed"}}
    return build_data(values, doses={"b": ()}, people=people, below_loq=[2])


@dataclass(frozen=True)
class TwoCuts:
    """An archive of two data cuts, newest first, that hold participants, counts and doses."""

    cuts: tuple[StudyData, ...]

    def published(self) -> list[Snapshot]:
        return [data.snapshot for data in self.cuts]

    def every(self) -> list[Snapshot]:
        return self.published()

    def withdrawn(self) -> list[Snapshot]:
        return []

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in RECORD_TABLES[table][0].items()})

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        (data,) = (data for data in self.cuts if data.snapshot == snapshot)
        return derive_analysis(data, protocol(), rule)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        return derive_traits(
            next(data for data in self.cuts if data.snapshot == snapshot).participants, self.records(snapshot, "trait"), protocol()
        )

    def recall(self, key: tuple[Any, ...], make: Callable[[], Any]) -> Any:
        return make()


def later_scene(before: StudyData, after: StudyData, days: int = 0, **choices: Any) -> Scene:
    """The scene of `after`, whose archive also holds `before` as the data cut `days` earlier."""
    cut_date = before.snapshot.cut_date - timedelta(days=days)
    earlier = replace(before, snapshot=replace(before.snapshot, content_hash="cd" * 32, label="earlier", cut_date=cut_date))
    archive = TwoCuts((after, earlier))
    view = replace(default_view(protocol(), cut=after.snapshot.cut), **choices)
    return Scene(protocol(), view, after.snapshot, after.snapshot, derive_analysis(after, protocol(), view.base), archive)
