"""Two data cuts on one clock: where the earlier cut lies, and by how many days a newly dated first dose moves every day."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, compute_codes
from dashboard.study.columns import CUT_DAY, DATED_DAY, PARTICIPANT
from dashboard.study.snapshot import StudyData


@dataclass(frozen=True)
class Clock:
    """Per participant of either cut (index: name), days counted in the later delivery:

    cut         day of the earlier data cut (float64, NaN without a first dose)
    shift       days by which every day moved because the first dose was dated anew (Int64, 0 where nothing is known of it)
    dosed_since whether the first dose is dated in the later delivery alone
    in_before, in_after
    """

    people: pd.DataFrame = field(repr=False)

    def look_up(self, participants: pd.Series, name: str) -> pd.Series:
        """Column `name` for each of `participants`; KeyError names those in neither delivery."""
        place = compute_codes(participants, self.people.index.tolist(), "participants of records")
        return self.people[name].take(place).set_axis(participants.index)

    def cut(self, participants: pd.Series) -> Floats:
        """The day of the earlier cut for each of `participants`."""
        return self.look_up(participants, "cut").to_numpy()

    def flags(self, participants: pd.Series, name: str) -> Flags:
        """A column of flags for each of `participants`."""
        return self.look_up(participants, name).to_numpy(dtype=bool)


def compute_advance(before: StudyData, after: StudyData) -> int:
    """Days from the earlier data cut to the later one; negative when they were given the other way round."""
    return (after.snapshot.cut_date - before.snapshot.cut_date).days


def derive_dated(people: pd.DataFrame) -> pd.DataFrame:
    """Participants whose cut_day is the day of the data cut's date, also of those whose records are locked before it."""
    return people.assign(**{CUT_DAY: people.get(DATED_DAY, people[CUT_DAY])})


def derive_clock(before: StudyData, after: StudyData) -> Clock:
    """The clock of everyone in `before` or `after`.

    cut_day is the data cut minus the first dose, so that it tells of a first dose dated anew without any date: it then grows by
    something else than the days between the cuts.
    """
    advance = compute_advance(before, after)
    earlier, later = (derive_dated(data.participants).set_index(PARTICIPANT)[CUT_DAY] for data in (before, after))
    names = earlier.index.union(later.index)
    day_before, day_after = earlier.reindex(names), later.reindex(names)
    cut = (day_after - advance).fillna(day_before).to_numpy(dtype=np.float64, na_value=np.nan)
    people = {
        "cut": cut,
        "shift": (day_after - day_before - advance).fillna(0),
        "dosed_since": (day_before.isna() & day_after.notna()).to_numpy(),
        "in_before": names.isin(earlier.index),
        "in_after": names.isin(later.index),
    }
    return Clock(pd.DataFrame(people, index=names))
