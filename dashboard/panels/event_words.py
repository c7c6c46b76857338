"""What the filter of relation and grade leaves, in words; how an event is named in lists."""

from __future__ import annotations

from collections.abc import Hashable, Mapping
from typing import Any

import pandas as pd

from dashboard.safety import count_filtered_out, find_at_risk, find_filter
from dashboard.scene import Scene
from dashboard.view.words import count_words

NONE_IN_CUT = "No adverse event in this data cut"
NONE_UNDER_TREATMENT = "No adverse event under treatment"
NONE_LEFT = "No adverse event passes the filter"


def describe_filter(scene: Scene) -> str:
    """The choice of relation and grade as a sentence, also where every event passes."""
    kept = describe_kept(scene)
    return f"Filter: {kept}." if kept else "Events of any relation to treatment and any grade."


def describe_kept(scene: Scene) -> str:
    """Which events the choice of relation and grade leaves; "" where every event passes."""
    chosen = find_filter(scene)
    if chosen.is_open:
        return ""
    grade = "any grade" if chosen.min_grade is None else f"grade {chosen.min_grade} or higher on {chosen.scale}"
    return f"only events related to treatment, of {grade}" if chosen.related else f"only events of {grade}, of any relation to treatment"


def describe_filtered_out(scene: Scene) -> tuple[str, ...]:
    """How many events under treatment the filter leaves out, by reason."""
    return tuple(f"{count_words(n, 'event')}: {reason}" for reason, n in count_filtered_out(scene).items())


def describe_nothing(delivered: int, scene: Scene) -> str:
    """Why there is no event to show: `delivered` events in the data cut, none of which is left."""
    if not delivered:
        return NONE_IN_CUT
    return NONE_UNDER_TREATMENT if find_filter(scene).is_open else NONE_LEFT


def count_not_dosed(scene: Scene) -> int:
    """Participants of the selection who received no dose."""
    return scene.n - len(find_at_risk(scene).frame)


def describe_not_dosed(not_dosed: int) -> tuple[str, ...]:
    """That so many are not at risk; nothing when everyone was dosed."""
    return (f"{count_words(not_dosed, 'participant')}: not dosed, so not at risk",) if not_dosed else ()


def describe_grade(level: Any, scale: str) -> str:
    """A grade with its scale, or that there is none."""
    return "not graded" if pd.isna(level) else f"grade {int(level)} ({scale})"


def describe_start(event: Mapping[Hashable, Any]) -> str:
    """The day of the start; of a partial one the first and last possible day."""
    first, last = event["start_day"], event["latest_start"]
    if pd.isna(first):
        return "day not recorded" if pd.isna(last) else f"not recorded, at the latest day {last}"
    return f"day {first}" if event["start_precision"] == "day" else f"{event['start_precision']} known, {describe_possible(event)}"


def describe_possible(event: Mapping[Hashable, Any]) -> str:
    """The first and the last possible day of a start."""
    first, last = event["start_day"], event["latest_start"]
    return f"day {first} or later" if pd.isna(last) else f"day {first} to {last}"
