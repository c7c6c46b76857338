"""What the panels of group courses share: a group's course from its summary and values, and its cells in the small table."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.figures.courses import GroupCourse
from dashboard.study.protocol import Visit
from dashboard.view.words import lower_first

# Below this a group shows its values only.
MIN_GROUP = 5


def build_course(summary: pd.DataFrame, values: pd.DataFrame, visits: Sequence[str]) -> GroupCourse:
    """The course of one group: `summary` (visit and STATISTICS) and `values` (participant, row, visit, value), at `visits`.

    `row` is the participant's row of the data cut. A visit without a row has n = 0. Missing values stand for nobody.
    """
    table = summary[["visit", "n", "median", "q1", "q3"]].set_index("visit").reindex(list(visits))
    n = table["n"].fillna(0).to_numpy(dtype=np.int64)
    median, q1, q3 = (np.where(n >= MIN_GROUP, table[name].to_numpy(dtype=np.float64), np.nan) for name in ("median", "q1", "q3"))
    place = pd.Index(list(visits)).get_indexer(pd.Index(values["visit"]))
    rows = values[["participant", "row", "value"]].assign(place=place)[(place >= 0) & values["value"].notna().to_numpy()]
    few = rows[n[rows["place"].to_numpy()] < MIN_GROUP]
    return GroupCourse(
        n=n,
        median=median,
        q1=q1,
        q3=q3,
        few_x=few["place"].to_numpy(dtype=np.float64),
        few=few["value"].to_numpy(dtype=np.float64),
        few_names=tuple(str(name) for name in few["participant"]),
        few_rows=few["row"].to_numpy(dtype=np.float64),
    )


def describe_cell(course: GroupCourse, place: int) -> str:
    """“312 (201 to 402), n = 12”; of a small group every value: “120, 340; n = 2”."""
    n = int(course.n[place])
    if not n:
        return "–"
    if n >= MIN_GROUP:
        median, low, high = (_number(numbers[place]) for numbers in (course.median, course.q1, course.q3))
        return f"{median} ({low} to {high}), n = {n}"
    own = np.sort(course.few[course.few_x == place])
    return f"{', '.join(_number(value) for value in own)}; n = {n}"


def _number(value: float) -> str:
    return f"{round(float(value), 1):,g}".replace("-", "−")


def describe_ticks(visits: Sequence[Visit]) -> str:
    """What the short names under the axis stand for, by the first and the last of those after day 0: “D1+14: 14 days after dose 1”."""
    later = [visit for visit in visits if visit.target > 0 and visit.short != visit.label]
    return "; ".join(f"{visit.short}: {lower_first(visit.label)}" for visit in dict.fromkeys([*later[:1], *later[-1:]]))
