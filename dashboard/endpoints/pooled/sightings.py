"""The milestones of a definition as a delivery gives them: first and last days by participant, and the row behind each."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import DAY, LAST_DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, STATUS
from dashboard.study.pooled import Survival

# By convention the milestone with this key is the death of the participant.
DEATH = "death"
CONTACT = "contact"
# The most days that the first possible day of a date in the month or year of day 0 can lie before it.
SPANS = {"month": -31, "year": -366}


@dataclass(frozen=True)
class Sightings:
    """Milestones of every participant.

    keys          of the milestones, in the order of the definition
    rows          one per delivered milestone: participant_index, key, day (float64, NaN without a day), partial, source_file, source_row
    last_contact  of every participant the last day that a record shows the participant alive (NaN: unknown)
    """

    keys: tuple[str, ...]
    rows: pd.DataFrame = field(repr=False)
    last_contact: Floats = field(repr=False)

    def first(self, key: str, *, after_day_zero: bool = False) -> Floats:
        """Of every participant the first day of milestone `key` from day 0 on (after it, when asked for); NaN for none."""
        rows = self.rows[(self.rows["key"] == key) & (self.rows["day"] > (0 if after_day_zero else -1))]
        return self._by_participant(rows.groupby("participant_index")["day"].min())

    def first_of(self, keys: Sequence[str]) -> tuple[Floats, Ints]:
        """Of every participant the first day of any of `keys`, and the position in `self.keys` of the one that it is (the length for none).

        Of milestones on one day the one named first in `keys` counts.
        """
        days = np.stack([np.where(np.isnan(day := self.first(key)), np.inf, day) for key in keys])
        which, day = days.argmin(axis=0), days.min(axis=0)
        place = np.array([self.keys.index(key) if key in self.keys else len(self.keys) for key in keys])
        return np.where(np.isinf(day), np.nan, day), np.where(np.isinf(day), len(self.keys), place[which])

    def rows_of(self, key: pd.Series, day: pd.Series) -> pd.DataFrame:
        """The row behind milestone `key` on `day` of each participant in turn: partial, source_file, source_row; empty where none is."""
        wanted = pd.DataFrame({"participant_index": range(len(key)), "key": key.to_numpy(), "day": day.to_numpy()})
        known = self.rows[self.rows["day"].notna()].drop_duplicates(["participant_index", "key", "day"])
        found = wanted.merge(known, on=["participant_index", "key", "day"], how="left", validate="one_to_one")
        partial = found["partial"].astype("boolean").fillna(False).astype(bool)
        return pd.DataFrame({"partial": partial, SOURCE_FILE: found[SOURCE_FILE].fillna(""), SOURCE_ROW: found[SOURCE_ROW]})

    def _by_participant(self, values: pd.Series) -> Floats:
        days: Floats = values.reindex(range(len(self.last_contact))).to_numpy(dtype=np.float64, na_value=np.nan)
        return days


def find_sightings(analysis: Analysis, milestones: pd.DataFrame, survival: Survival) -> Sightings:
    """The milestones whose term is one of a code of the definition, compared without case.

    A participant whose status is `died` without a death among the milestones died on the last day under observation. The last contact
    is that of `survival.contact` or any later milestone, else the last day under observation. A date known to the month or year only
    counts from its first possible day, but not before day 0 when it may lie after it, and a death not before the last contact.
    """
    keys = tuple(part.key for part in survival.milestones)
    meant = {code.strip().casefold(): part.key for part in survival.milestones for code in part.codes}
    rows = milestones.assign(key=milestones["term"].str.strip().str.casefold().map(meant))
    place = pd.Index(analysis.participants[PARTICIPANT]).get_indexer(pd.Index(rows[PARTICIPANT]))
    rows = rows.assign(participant_index=place.astype(np.int64), partial=rows["precision"].isin(["month", "year"]))
    rows = rows[rows["key"].notna() & (place >= 0)].assign(day=rows[DAY].astype("float64"))
    # In the month or year of day 0 the first possible day lies before it.
    around = (rows["day"] < 0) & (rows["day"] > rows["precision"].map(SPANS).astype("float64").fillna(0))
    kept = rows.assign(day=rows["day"].mask(around, 0.0))[["participant_index", "key", "day", "partial", SOURCE_FILE, SOURCE_ROW]]
    every = pd.concat([kept, _read_deaths(analysis, kept, keys)], ignore_index=True)
    last = _find_last_contact(analysis, every, survival)
    late = every["partial"] & (every["key"] == DEATH) & (every["day"] >= 0)
    every = every.assign(day=every["day"].mask(late, np.fmax(every["day"], last[every["participant_index"].to_numpy(dtype=np.int64)])))
    every = every.sort_values(["participant_index", "day"], kind="stable", ignore_index=True).astype({"key": "str", SOURCE_FILE: "str"})
    return Sightings(keys, every, last)


def _read_deaths(analysis: Analysis, rows: pd.DataFrame, keys: tuple[str, ...]) -> pd.DataFrame:
    """A row for each participant whom the status alone calls dead; without a source row."""
    people = analysis.participants
    told = set(rows.loc[rows["key"] == DEATH, "participant_index"])
    died = [at for at in np.flatnonzero(people[STATUS] == "died").tolist() if at not in told] if DEATH in keys else []
    days = people[LAST_DAY].to_numpy(dtype=np.float64, na_value=np.nan)[died]
    told_by = {"key": DEATH, "day": days, "partial": False, SOURCE_FILE: "", SOURCE_ROW: 0}
    return pd.DataFrame({"participant_index": np.array(died, dtype=np.int64), **told_by}) if died else rows.iloc[:0]


def _find_last_contact(analysis: Analysis, rows: pd.DataFrame, survival: Survival) -> Floats:
    count = len(analysis.participants)
    contacts = rows[rows["key"] == survival.contact]
    contact, alive = (
        part.groupby("participant_index")["day"].max().reindex(range(count)).to_numpy(dtype=np.float64)
        for part in (contacts, rows[rows["key"] != DEATH])
    )
    observed = analysis.participants[LAST_DAY].to_numpy(dtype=np.float64, na_value=np.nan)
    last: Floats = np.fmax(np.where(np.isnan(contact), observed, contact), alive)
    return last
