"""The panel of a syndrome's days: a row per participant, with what was given."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.participant_words import each_row
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.endpoints.safety.syndrome_counts import Courses, compute_spans
from dashboard.figures.syndromes import UNGRADED, DayRow, DaySummary, GivenMarks
from dashboard.panels.cells import link_cell
from dashboard.panels.describe import LEFT_OUT, NO_BREAK, Words, describe_scene
from dashboard.panels.event_words import count_not_dosed, describe_not_dosed
from dashboard.panels.risk_groups import Group, list_groups
from dashboard.panels.syndromes import describe_off_scale, find_nothing
from dashboard.scene import Scene
from dashboard.study.cells import encode_cell
from dashboard.study.syndromes import Syndrome
from dashboard.syndromes import (
    find_all_courses,
    find_all_syndrome_days,
    find_courses,
    find_syndrome,
    find_treatments,
    name_scale,
)
from dashboard.view.words import count_words

# Days beyond it are in the table alone: a syndrome that is ongoing for a year would leave no room for the first weeks.
LAST_DAY = 42
TIME_HEADER = (
    "Cohort", "Participants with it", "Onset, day: median (range)", "with a known onset", "Duration, days: median (range)",
    "with a known duration", "Ongoing",
)  # fmt: skip


@dataclass(frozen=True)
class _Marks:
    """The first days of one treatment, up to LAST_DAY: label, which sign it has, and participant, day and words of each."""

    label: str
    sign: int
    person: Ints = field(repr=False)
    day: Ints = field(repr=False)
    words: np.ndarray = field(repr=False)


@dataclass(frozen=True)
class _Lines:
    """Everybody's days under a syndrome, whoever is selected.

    order: participants with it, as the rows stand; row_of: the row of each participant, None where it has none; person, day, level and
    hover: one entry per day; is_dated: participants with a day; is_shown: those with one up to LAST_DAY.
    """

    order: Ints = field(repr=False)
    row_of: tuple[DayRow | None, ...] = field(repr=False)
    person: Ints = field(repr=False)
    day: Ints = field(repr=False)
    level: Ints = field(repr=False)
    hover: np.ndarray = field(repr=False)
    is_dated: Flags = field(repr=False)
    is_shown: Flags = field(repr=False)
    marks: tuple[_Marks, ...] = field(repr=False)


def summarise_day_panel(scene: Scene, subject: str) -> DaySummary:
    """Participants with the syndrome on a known day, by cohort, worst grade and onset; a column for each day up to LAST_DAY."""
    syndrome, courses, lines = find_syndrome(scene, subject), find_courses(scene, subject), _find_lines(scene, subject)
    mask = scene.selection.mask
    rows, at = _rows(scene, lines, mask)
    seen, drawn = mask[lines.person], lines.day <= LAST_DAY
    first, levels, hover = _lay_out(lines, at, seen & drawn, len(rows))
    return DaySummary(
        rows=rows,
        first_day=first,
        levels=levels,
        hover=hover,
        given=_given(lines, at),
        name=syndrome.short,
        scale=name_scale(scene, syndrome),
        day_zero=scene.protocol.study.day_zero,
        header=(*TIME_HEADER, *(treatment.label for treatment in syndrome.treatments)),
        cells=tuple(_time_cells(subject, group, courses) for group in list_groups(scene)) if len(courses.person) else (),
        people=int((at >= 0).sum()),
        undated=int((courses.has & ~lines.is_dated[courses.person]).sum()),
        later=int((seen & ~drawn).sum()),
        off_scale=int(courses.other_scale.sum()),
        not_dosed=count_not_dosed(scene),
        nothing=find_nothing(courses, syndrome.short) or ("" if rows else f"No day of {syndrome.short} is known in this selection"),
        n_cohorts=len(scene.protocol.cohorts),
        synthetic=scene.snapshot.synthetic,
    )


def _find_lines(scene: Scene, subject: str) -> _Lines:
    return scene.of_cut("lines of syndrome days", lambda: _derive_lines(scene, subject), subject)


def _derive_lines(scene: Scene, subject: str) -> _Lines:
    courses, days = find_all_courses(scene, subject), find_all_syndrome_days(scene, subject)
    had = courses.select(courses.has)
    # By cohort, then the worst grade (none at the end), then the onset (unknown at the end).
    order = np.lexsort((had.onset, -had.grade, had.cohort))
    names, people = scene.analysis.participants["participant"].tolist(), len(scene.analysis.participants)
    row_of: list[DayRow | None] = [None] * people
    for person, cohort in zip(had.person.tolist(), had.cohort.tolist(), strict=True):
        row_of[person] = DayRow(names[person], cohort, person)
    person, day, grade = (days[column].to_numpy(dtype=np.int64) for column in ("participant_index", "day", "grade"))
    hover = [
        f"{names[index]}, day {on}: {f'worst grade {level}' if level else 'not graded'}"
        for index, on, level in zip(person.tolist(), day.tolist(), grade.tolist(), strict=True)
    ]
    return _Lines(
        order=had.person[order],
        row_of=tuple(row_of),
        person=person,
        day=day,
        level=np.where(grade > 0, grade, UNGRADED),
        hover=np.array(hover, dtype=object),
        is_dated=np.bincount(person, minlength=people) > 0,
        is_shown=np.bincount(person[day <= LAST_DAY], minlength=people) > 0,
        marks=_derive_marks(scene, find_syndrome(scene, subject)),
    )


def _derive_marks(scene: Scene, syndrome: Syndrome) -> tuple[_Marks, ...]:
    """The first day of each treatment of the syndrome, up to LAST_DAY."""
    given = find_treatments(scene)
    given = given[given["first_day"] <= LAST_DAY]
    # A treatment has the same sign under every syndrome.
    every = [treatment.key for each in scene.protocol.safety.syndromes for treatment in each.treatments]
    signs, marks = list(dict.fromkeys(every)), []
    for treatment in syndrome.treatments:
        own = given[given["treatment"] == treatment.key]
        words = [f"{row.participant}: {row.name.capitalize()}, day {row.first_day} to {row.last_day}" for row in each_row(own)]
        person, day = (own[column].to_numpy(dtype=np.int64) for column in ("participant_index", "first_day"))
        marks.append(_Marks(treatment.label, signs.index(treatment.key), person, day, np.array(words, dtype=object)))
    return tuple(marks)


def _rows(scene: Scene, lines: _Lines, mask: Flags) -> tuple[tuple[DayRow, ...], Ints]:
    """The rows from top to bottom, and which is that of each participant, −1 for none."""
    rows: list[DayRow] = []
    at = np.full(len(mask), -1, dtype=np.int64)
    for person in lines.order[(mask & lines.is_shown)[lines.order]].tolist():
        row = lines.row_of[person]
        if row is None:
            continue
        if not rows or rows[-1].cohort != row.cohort:
            rows.append(DayRow(scene.protocol.cohorts[row.cohort].label, row.cohort, is_heading=True))
        at[person] = len(rows)
        rows.append(row)
    return tuple(rows), at


def _lay_out(lines: _Lines, at: Ints, drawn: Flags, rows: int) -> tuple[int, np.ndarray, tuple[tuple[str, ...], ...]]:
    """The first day, and the level and the words of each row and day from it."""
    row, day = at[lines.person[drawn]], lines.day[drawn]
    first = min(int(day.min(initial=0)), 0)
    width = int(day.max()) - first + 1 if len(day) else 0
    levels, hover = np.full((rows, width), np.nan), np.full((rows, width), "", dtype=object)
    levels[row, day - first], hover[row, day - first] = lines.level[drawn], lines.hover[drawn]
    return first, levels, tuple(map(tuple, hover.tolist()))


def _given(lines: _Lines, at: Ints) -> tuple[GivenMarks, ...]:
    """The treatments given to participants who have a row."""
    found = []
    for marks in lines.marks:
        row = at[marks.person]
        kept = row >= 0
        if kept.any():
            found.append(GivenMarks(marks.label, marks.sign, row[kept], marks.day[kept], tuple(marks.words[kept].tolist())))
    return tuple(found)


def _time_cells(subject: str, group: Group, courses: Courses) -> tuple[str, ...]:
    """Onset and duration of a group, and to how many each treatment of the syndrome was given under it."""
    has = courses.has & ((courses.cohort == group.place) | (group.key == ALL_COHORTS))
    spans = compute_spans(courses.onset[has], courses.duration[has], courses.ongoing[has])
    return (
        group.label,
        link_cell(str(spans["n"]), encode_cell("syndrome", subject, "any", group.key)),
        _range(spans, "onset"),
        str(spans["n_onset"]),
        _range(spans, "duration"),
        str(spans["n_duration"]),
        str(spans["ongoing"]),
        *map(str, courses.given[has].sum(axis=0).tolist()),
    )


def _range(spans: dict[str, Any], name: str) -> str:
    if not spans[f"n_{name}"]:
        return "–"
    return f"{spans[f'{name}_median']:g} ({spans[f'{name}_min']:g}–{spans[f'{name}_max']:g})".replace(" ", NO_BREAK)


def describe_days(summary: DaySummary, scene: Scene) -> Words:
    """What a cell is, what marks are, and which participants and days are in none."""
    caption = (
        f"Worst grade of {summary.name} on {summary.scale} on each day, from the first possible to the last possible day of an event, an "
        f"ongoing one to the end of observation, up to day {LAST_DAY}. Rows: participants with {summary.name} by cohort, worst grade and "
        "onset; marks: first day of a treatment. Table: onset is the first day, duration counts both its first and its last day; both "
        f"where known to the day. {describe_scene(scene)}"
    )
    undated = (f"{count_words(summary.undated, 'participant')}: no start of it known",) if summary.undated else ()
    later = (f"{count_words(summary.later, 'day')} of participants: after day {LAST_DAY}",) if summary.later else ()
    left_out = (*describe_not_dosed(summary.not_dosed), *describe_off_scale(summary.off_scale, summary.scale), *undated, *later)
    shown = f"{count_words(summary.people, 'participant')} with {summary.name}"
    return Words(caption, shown, left_out, LEFT_OUT, summary.header if summary.cells else (), summary.cells)
