"""What the panels of group courses share: the groups' courses from single values, and their cells in the small table."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.summaries import compute_quartiles
from dashboard.figures.courses import GroupCourse
from dashboard.panels.cells import link_cell
from dashboard.study.protocol import Visit
from dashboard.view.words import lower_first

# Below this a group shows its values only.
MIN_GROUP = 5


@dataclass(frozen=True)
class CourseValues:
    """Single values, none of them missing: their group (0 to `groups` − 1), the position of their visit and the participant's row."""

    group: Ints
    visit: Ints
    person: Ints
    value: Floats


def build_courses(values: CourseValues, groups: int, visits: int, names: Sequence[str]) -> tuple[GroupCourse, ...]:
    """The course of each group at `visits` visits, also where n = 0; `names` are those of all participants of the data cut."""
    cell = values.group * visits + values.visit
    found = {name: numbers.reshape(groups, visits) for name, numbers in compute_quartiles(values.value, cell, groups * visits).items()}
    enough = found["n"] >= MIN_GROUP
    median, q1, q3 = (np.where(enough, found[name], np.nan) for name in ("median", "q1", "q3"))
    few = ~enough.ravel()[cell]
    return tuple(
        GroupCourse(
            n=found["n"][group],
            median=median[group],
            q1=q1[group],
            q3=q3[group],
            few_x=values.visit[own].astype(np.float64),
            few=values.value[own],
            few_names=tuple(names[person] for person in values.person[own].tolist()),
            few_rows=values.person[own].astype(np.float64),
        )
        for group in range(groups)
        for own in [np.flatnonzero(few & (values.group == group))]
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


def link_course(course: GroupCourse, place: int, of: str) -> str:
    """`describe_cell`, which leads to what is behind the cell `of` where somebody is."""
    text = describe_cell(course, place)
    return link_cell(text, of) if course.n[place] else text


def _number(value: float) -> str:
    return f"{round(float(value), 1):,g}".replace("-", "−")


def describe_ticks(visits: Sequence[Visit]) -> str:
    """What the short names under the axis stand for, by the first and the last of those after day 0: “D1+14: 14 days after dose 1”."""
    later = [visit for visit in visits if visit.target > 0 and visit.short != visit.label]
    return "; ".join(f"{visit.short}: {lower_first(visit.label)}" for visit in dict.fromkeys([*later[:1], *later[-1:]]))
