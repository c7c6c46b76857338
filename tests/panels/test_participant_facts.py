"""The list of everything recorded about a participant, whatever of its dates is unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest

from dashboard.panels import PANELS
from dashboard.panels.participant_facts import describe_entries
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from tests.endpoints.recorded import build_records, everything_recorded
from tests.panels.scenes import OneCut, open_scene

Days = tuple[int | None, int | None]


@dataclass(frozen=True)
class OneEvent(OneCut):
    """An archive with every record table, in which the adverse events have certain first and last days."""

    days: Days

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        rows = build_records()[table]
        if table != "adverse_event":
            return rows
        start, end = (pd.array([day] * len(rows), dtype="Int64") for day in self.days)
        known = "" if self.days[0] is None else "day"
        return rows.assign(start_day=start, end_day=end, start_precision=known, end_precision="day", ongoing=False)


def scene_with(days: Days) -> Scene:
    data = everything_recorded()
    return replace(open_scene(data), archive=OneEvent(data, days))


@pytest.mark.parametrize(
    ("days", "told"), [((3, 9), "3 to 9"), ((3, 3), "3"), ((3, None), "3"), ((None, 9), "unknown to 9"), ((None, None), "no day")]
)
def test_an_event_is_listed_with_what_is_known_of_its_days(days: Days, told: str) -> None:
    _, rows = describe_entries(scene_with(days), "a")
    assert {row[0] for row in rows if row[1] == "adverse event"} == {told}


def test_the_figure_says_how_many_records_are_in_the_list_only() -> None:
    scene = scene_with((None, 9))
    events = int((scene.records("adverse_event")["participant"] == "a").sum())
    summary = PANELS["participant"].summarise(scene, "a")
    undated = f"Without a day, so in the list only: {events} records."
    assert undated in PANELS["participant"].describe(summary, scene).caption
