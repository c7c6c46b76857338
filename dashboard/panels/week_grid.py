"""The weeks under observation of all dosed participants, whoever is selected, as the panel of weekly grades draws and counts them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.safety.weeks import Alignment, PlacedEvents, WeeklyGrades, count_weekly, place_events
from dashboard.figures.weeks import NO_EVENT, NOT_GRADED, DoseMark, WeekRow
from dashboard.safety import find_dosed, find_events, find_filter, find_refusals, find_scale
from dashboard.scene import Scene
from dashboard.view.words import count_words

DAYS = 7
# As the table has them: no event, then the mildest grade first; those that are not graded at the end.
LEVELS = (NO_EVENT, 1, 2, 3, 4, 5, NOT_GRADED)


@dataclass(frozen=True)
class WeekGrid:
    """The weeks of everybody dosed on one scale, by participant, dose and week.

    One entry per week: participant, position of the dose among `doses`, week, level (NO_EVENT, NOT_GRADED or a grade), whether every
    event has a day known in part, and its words. order: participants with a week, as the rows stand. last: the last week of each
    participant after each dose, −1 for none. counted: weeks of each participant by LEVELS.
    """

    person: Ints = field(repr=False)
    dose: Ints = field(repr=False)
    week: Ints = field(repr=False)
    level: Ints = field(repr=False)
    partial: Flags = field(repr=False)
    hover: np.ndarray = field(repr=False)
    doses: tuple[int, ...]
    order: Ints = field(repr=False)
    last: Ints = field(repr=False)
    counted: Ints = field(repr=False)


@dataclass(frozen=True)
class GivenDoses:
    """Every dose given: participant, place on the axis of weeks since the first dose, and words."""

    person: Ints = field(repr=False)
    place: tuple[float, ...] = field(repr=False)
    words: tuple[str, ...] = field(repr=False)

    def mark(self, at: Ints) -> tuple[DoseMark, ...]:
        """The marks of the participants with a row; `at` has the row of each, −1 for none."""
        rows = at[self.person]
        return tuple(DoseMark(row, self.place[dose], self.words[dose]) for dose, row in enumerate(rows.tolist()) if row >= 0)


@dataclass(frozen=True)
class ScaleTallies:
    """The events under treatment that the filter leaves, of each participant (first axis) by scale (second axis, by name)."""

    scales: tuple[str, ...]
    events: Ints = field(repr=False)

    def count_others(self, mask: Flags, scale: str) -> dict[str, int]:
        """Events of those marked on each other scale."""
        counts = self.events[mask].sum(axis=0).tolist()
        return {name: n for name, n in zip(self.scales, counts, strict=True) if n and name != scale}


def find_grid(scene: Scene) -> WeekGrid:
    """The grid on the grading scale of the view, of the events that the filter leaves."""
    aligned: Alignment = "latest-dose" if scene.view.align == "each" else "first-dose"
    scale, chosen = find_scale(scene), find_filter(scene)
    return scene.of_cut("grid of weeks", lambda: _derive_grid(scene, scale, _find_placed(scene, aligned)), chosen, scale, aligned)


def _find_placed(scene: Scene, aligned: Alignment) -> PlacedEvents:
    """The weeks of everybody dosed with every event of the data cut, on whatever scale."""
    return scene.of_cut("events in weeks", lambda: place_events(find_events(scene), find_dosed(scene), scene.analysis, aligned), aligned)


def _derive_grid(scene: Scene, scale: str, placed: PlacedEvents) -> WeekGrid:
    people, weeks, counted = len(scene.analysis.participants), placed.weeks, find_refusals(scene).passes
    found = count_weekly(placed, scale, counted & find_events(scene)["emergent"].to_numpy(dtype=bool))
    person, week = (weeks[name].to_numpy(dtype=np.int64) for name in ("participant_index", "week"))
    doses, dose = np.unique(weeks["dose_number"].to_numpy(dtype=np.int64), return_inverse=True)
    level = np.where(found.events == 0, NO_EVENT, np.where(found.worst == 0, NOT_GRADED, found.worst))
    last = np.full((people, len(doses)), -1, dtype=np.int64)
    np.maximum.at(last, (person, dose), week)
    has, cohort_of = np.unique(person), find_dosed(scene).cohort_of
    return WeekGrid(
        person=person,
        dose=dose,
        week=week,
        level=level,
        partial=found.partial,
        hover=_describe_weeks(scene, person, week, level, found),
        doses=tuple(doses.tolist()),
        order=has[np.argsort(cohort_of[has], kind="stable")],
        last=last,
        counted=np.column_stack([np.bincount(person[level == key], minlength=people) for key in LEVELS]),
    )


def _describe_weeks(scene: Scene, person: Ints, week: Ints, level: Ints, found: WeeklyGrades) -> np.ndarray:
    names = scene.analysis.participants["participant"].tolist()
    words: np.ndarray = np.array([f"{name}: no event" for name in names], dtype=object)[person]
    marked = np.flatnonzero(found.events)
    columns = (marked, person[marked], week[marked], level[marked], found.events[marked], found.partial[marked])
    for at, index, on, worst, events, partial in zip(*(column.tolist() for column in columns), strict=True):
        grade = "not graded" if worst == NOT_GRADED else f"worst grade {worst}"
        words[at] = f"{names[index]}, week {on}: {grade}, {count_words(events, 'event')}{', day known in part' if partial else ''}"
    return words


def find_week_rows(scene: Scene) -> tuple[WeekRow, ...]:
    """The row of every participant."""

    def name() -> tuple[WeekRow, ...]:
        names = scene.analysis.participants["participant"].tolist()
        return tuple(WeekRow(name, cohort) for name, cohort in zip(names, scene.cohort_positions.tolist(), strict=True))

    return scene.of_cut("rows of weeks", name)


def find_given(scene: Scene) -> GivenDoses:
    """Every dose given in the data cut."""

    def derive() -> GivenDoses:
        doses = scene.analysis.doses
        day, names, numbers = (doses[name].tolist() for name in ("day", "participant", "dose_number"))
        words = [f"{name}: dose {number} on day {on}" for name, number, on in zip(names, numbers, day, strict=True)]
        return GivenDoses(doses["participant_index"].to_numpy(dtype=np.int64), tuple(on / DAYS for on in day), tuple(words))

    return scene.of_cut("marks of doses", derive)


def find_scale_tallies(scene: Scene) -> ScaleTallies:
    """How many events under treatment each participant has on which scale, of those the filter leaves."""

    def derive() -> ScaleTallies:
        events, people = find_events(scene), len(scene.analysis.participants)
        scales, scale = np.unique(events["scale"].to_numpy(dtype=object), return_inverse=True)
        counted = find_refusals(scene).passes & events["emergent"].to_numpy(dtype=bool)
        cell = events["participant_index"].to_numpy(dtype=np.int64)[counted] * len(scales) + scale[counted]
        counts = np.bincount(cell, minlength=people * len(scales)).reshape(people, len(scales))
        return ScaleTallies(tuple(scales.tolist()), counts)

    return scene.of_cut("scales of events", derive, find_filter(scene))
