"""Times to an endpoint as arrays: those of a whole data cut, made once, and those of a selection, which are places in them."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from functools import cached_property

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.responders import ALL_COHORTS

Texts = np.ndarray[tuple[int], np.dtype[np.object_]]


@dataclass(frozen=True)
class Known:
    """The times of one endpoint of a whole data cut, an entry per row of `rows` (TIME_COLUMNS, participant, cohort); made once.

    cohort   position of the participant's cohort in `cohorts`
    in_curve  who has a time
    """

    rows: pd.DataFrame = field(repr=False)
    cohorts: tuple[str, ...]
    time: Floats = field(repr=False)
    event: Flags = field(repr=False)
    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    in_curve: Flags = field(repr=False)
    participant: Texts = field(repr=False)
    ended_by: Texts = field(repr=False)
    reason: Texts = field(repr=False)


@dataclass(frozen=True)
class Times:
    """The times of one endpoint of the selection, one per participant in a curve: the rows `place` of `known`.

    left_out  how many of the selection are in none, by reason
    start     the landmark that days are counted from
    is_reversed  whether an event censors the time under observation (follow-up)
    """

    known: Known = field(repr=False)
    place: Ints = field(repr=False)
    left_out: dict[str, int]
    start: float = 0.0
    is_reversed: bool = False

    @property
    def n(self) -> int:
        """How many participants have a time."""
        return len(self.place)

    @cached_property
    def rows(self) -> pd.DataFrame:
        """TIME_COLUMNS with participant and cohort, of those in a curve."""
        return self.known.rows.iloc[self.place].assign(time=self.days, event=self.event)

    @cached_property
    def days(self) -> Floats:
        """The times, in days."""
        return self.known.time[self.place] - self.start

    @cached_property
    def event(self) -> Flags:
        """Whether each time ended with an event."""
        event = self.known.event[self.place]
        return ~event if self.is_reversed else event

    @property
    def person(self) -> Ints:
        """The row of each participant in the data cut."""
        return self.known.person[self.place]

    @property
    def participant(self) -> Texts:
        """The name of each participant."""
        return self.known.participant[self.place]

    @property
    def ended_by(self) -> Texts:
        """What ended each time."""
        return self.known.ended_by[self.place]

    def where(self, chosen: Flags) -> Times:
        """The times that are `chosen`; who is left out is not said."""
        return replace(self, place=self.place[chosen], left_out={})

    def is_of(self, cohort: str) -> Flags:
        """Which of the times are of a cohort, or of all."""
        if cohort == ALL_COHORTS:
            return np.ones(self.n, dtype=bool)
        of_cohort: Flags = self.known.cohort[self.place] == self.known.cohorts.index(cohort)
        return of_cohort

    def of(self, cohort: str) -> Times:
        """The times of one cohort, or of all."""
        return self if cohort == ALL_COHORTS else self.where(self.is_of(cohort))
