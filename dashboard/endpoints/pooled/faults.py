"""What keeps a participant out of every survival curve: records that contradict each other, in words."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.pooled.sightings import DEATH, Sightings
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import CUT_DAY, DOSED
from dashboard.study.pooled import Survival


def find_faults(analysis: Analysis, sightings: Sightings, survival: Survival) -> pd.Series:
    """Of every participant the first fault that applies, in words, "" for none.

    In this order: no day 0; an event without any day; an event, or the last contact, before day 0; two days of death; a milestone after
    the death; a milestone after the data cut. A transplant before day 0 is history and no fault.
    """
    people = analysis.participants
    labels = {part.key: part.label for part in survival.milestones}
    events = {key for endpoint in survival.endpoints for key in endpoint.events}
    day_zero = analysis.protocol.study.day_zero
    faults: pd.Series = pd.Series("", index=range(len(people)), dtype=object)
    faults = faults.mask(~people[DOSED].to_numpy(dtype=bool), f"no {day_zero}")
    rows = sightings.rows
    ends = rows["key"].isin(events | {survival.contact})
    words = [
        (_undated(rows[rows["key"].isin(events)]), "{label} without a day"),
        (rows[ends & (rows["day"] < 0)], f"{{label}} before the {day_zero}"),
        (_died_twice(rows), "two different days of death"),
        (rows[rows["day"] > _last_days(rows, len(people))], "{label} after the death"),
        (rows[rows["day"] > _cut_days(people, rows)], "{label} after the data cut"),
    ]
    for found, sentence in words:
        first = found.drop_duplicates("participant_index").set_index("participant_index")["key"].map(labels)
        named = first.map(lambda label, text=sentence: text.format(label=label)).reindex(faults.index)
        faults = faults.mask((faults == "") & named.notna(), named)
    return faults


def _undated(rows: pd.DataFrame) -> pd.DataFrame:
    """Events that never have a day in this participant."""
    dated = rows[rows["day"].notna()].set_index(["participant_index", "key"]).index
    return rows[rows["day"].isna() & ~pd.MultiIndex.from_frame(rows[["participant_index", "key"]]).isin(dated)]


def _died_twice(rows: pd.DataFrame) -> pd.DataFrame:
    deaths = rows[rows["key"] == DEATH]
    return deaths[deaths.groupby("participant_index")["day"].transform("nunique") > 1]


def _last_days(rows: pd.DataFrame, people: int) -> np.ndarray:
    """For each row the day of its participant's death, infinity for none; a death on a date known in part ends with no certain day."""
    deaths = rows[(rows["key"] == DEATH) & rows["day"].notna() & ~rows["partial"]]
    day = deaths.groupby("participant_index")["day"].max().reindex(range(people)).fillna(np.inf).to_numpy()
    return np.asarray(day[rows["participant_index"].to_numpy()], dtype=np.float64)


def _cut_days(people: pd.DataFrame, rows: pd.DataFrame) -> np.ndarray:
    cut = people[CUT_DAY].to_numpy(dtype=np.float64, na_value=np.inf)
    return np.asarray(cut[rows["participant_index"].to_numpy()], dtype=np.float64)
