"""The list of everything recorded about a participant, whatever of its dates is unknown."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pandas as pd
import pytest

from dashboard.panels import PANELS
from dashboard.panels.participant_facts import describe_entries, describe_threshold_times
from dashboard.panels.participants import has_baseline_below_limit, table_participants, table_participants_in_words
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from layouts.participants import column_definitions
from tests.endpoints.builders import build_data, course
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


# a: CD4 baseline 90, then 120 on day 14. b has no value before the first dose; c was never dosed, so no day has a number; d has a
# baseline and nothing after it.
KNOWN = [
    *course("a", {0: 90.0, 14: 120.0}),
    *course("b", {14: 120.0}),
    ("c", "cd4", None, 90.0),
    *course("d", {0: 90.0}),
]


@pytest.mark.parametrize(("name", "baseline", "told"), [("b", "–", "no baseline"), ("c", "–", "not dosed"), ("d", "90", "nothing covered")])
def test_days_above_that_are_unknown_say_why(name: str, baseline: str, told: str) -> None:
    scene = open_scene(build_data(KNOWN, doses={"c": ()}, people={"c": {"status": "not dosed"}}), threshold=(100.0,))
    header, (row,) = describe_threshold_times(scene, name)
    shown = dict(zip(header, row, strict=True))
    assert (shown["Baseline"], shown["Days above"], shown["Bounds"]) == (baseline, told, "–")
    _, (known,) = describe_threshold_times(scene, "a")
    # On the line from 90 on day 0 to 120 on day 14 the threshold of 100 is met after 14 × 10 / 30 = 4.7 days: 9.3 days above.
    assert known[header.index("Days above")] == "9.3"


@pytest.mark.parametrize(("base", "flagged"), [("last", {"a": "<5", "b": "", "c": ""}), ("mean", {"a": "<5", "b": "<5", "c": ""})])
def test_the_grid_tells_what_was_reported_of_a_baseline_below_the_limit(base: str, flagged: dict[str, str]) -> None:
    # a: <5 on day 0, the last before treatment. b: <5 on day −9 and 20 on day 0, so only a mean holds it. c: <5 after treatment alone.
    values = [*course("a", {-9: 20.0, 0: 2.5}), *course("b", {-9: 2.5, 0: 20.0}), *course("c", {0: 20.0, 14: 2.5})]
    data = build_data(values, below_loq=(1, 2, 5))
    texts = data.counts["value_text"].where(~data.counts["below_loq"], "<5")
    scene = open_scene(replace(data, counts=data.counts.assign(value_text=texts)), base=base)
    table = table_participants_in_words(scene).set_index("participant")
    assert table["below_cd4"].to_dict() == flagged
    assert [name for name in table if name.startswith("below_")] == ["below_cd4"]
    assert {name: has_baseline_below_limit(scene, row, "cd4") for row, name in enumerate("abc")} == {
        name: bool(text) for name, text in flagged.items()
    }
    # Files and the table's own filter read the numbers.
    assert "below_cd4" not in table_participants(scene)
    (group,) = [part for part in column_definitions(scene.protocol) if part.get("headerName") == "Baseline, cells/µL"]
    (cd4,) = [part for part in group["children"] if part["field"] == "baseline_cd4"]
    assert "' (' + params.data['below_cd4'] + ')'" in cd4["valueFormatter"]["function"]


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
