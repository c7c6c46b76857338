"""When events begin, counted from the latest dose."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.rates import AtRisk, Entries, count_entries, count_participants, derive_entries, select_at_risk
from dashboard.study.columns import COHORT, DOSE_NUMBER, SOURCE_ROW

ALL_DOSES = 0
# Events that begin low ≤ days since the latest dose ≤ high, after dose `dose_number` (ALL_DOSES: after any), and the participants.
ONSET_COLUMNS: dict[str, str] = {
    DOSE_NUMBER: "int64", "low": "int64", "high": "int64", COHORT: "str", "n": "int64", "events": "int64",
}  # fmt: skip


@dataclass(frozen=True)
class Onsets:
    """Of each event the participant, the number of the latest dose and the days since it (−1 and −1 for an event that has none).

    given has a row for each of `doses`, the numbers of all doses given, ascending: who received it.
    """

    person: Ints = field(repr=False)
    number: Ints = field(repr=False)
    days: Ints = field(repr=False)
    doses: Ints = field(repr=False)
    given: Entries = field(repr=False)


@dataclass(frozen=True)
class OnsetCounts:
    """Events by dose (`doses`: those that an event follows), bin of `bin_days` days and group, and participants `given` the dose."""

    doses: Ints
    bins: int
    events: Ints = field(repr=False)
    given: Ints = field(repr=False)


def derive_onsets(events: pd.DataFrame, analysis: Analysis) -> Onsets:
    """The onsets of EVENT_COLUMNS, in their order."""
    person = analysis.doses["participant_index"].to_numpy(dtype=np.int64)
    doses, place = np.unique(analysis.doses[DOSE_NUMBER].to_numpy(dtype=np.int64), return_inverse=True)
    return Onsets(
        person=events["participant_index"].to_numpy(dtype=np.int64),
        number=events[DOSE_NUMBER].to_numpy(dtype=np.int64, na_value=-1),
        days=events["days_since_dose"].to_numpy(dtype=np.int64, na_value=-1),
        doses=doses,
        given=derive_entries(place, person, len(doses), len(analysis.participants)),
    )


def count_onsets(onsets: Onsets, counted: Flags, at_risk: AtRisk, bin_days: int) -> OnsetCounts:
    """The counts of those at risk, of the events that are `counted`; the bins run without a gap to the last onset."""
    used = np.flatnonzero(counted & (onsets.days >= 0) & (at_risk.cohort_of[onsets.person] >= 0))
    place, cohort = onsets.days[used] // bin_days, at_risk.cohort_of[onsets.person[used]]
    doses, dose = np.unique(onsets.number[used], return_inverse=True)
    bins, width = int(place.max(initial=-1)) + 1, len(at_risk.protocol.cohorts)
    cells = np.bincount((dose * bins + place) * width + cohort, minlength=len(doses) * bins * width).reshape(len(doses), bins, width)
    events = np.concatenate([cells, cells.sum(axis=2, keepdims=True)], axis=2)
    given, _ = count_entries(onsets.given, at_risk)
    return OnsetCounts(doses, bins, events, given[np.searchsorted(onsets.doses, doses)])


def summarise_onset(events: pd.DataFrame, at_risk: AtRisk, bin_days: int = 7) -> pd.DataFrame:
    """ONSET_COLUMNS of the events given (EVENT_COLUMNS), for all doses and for each, in bins of `bin_days` from the day of the dose.

    The bins run without a gap to the last onset. An event whose start is not known to the day, or that began before the first dose,
    is in none: `count_unplaced` says how many there are. ValueError for bins of less than a day.
    """
    if bin_days < 1:
        raise ValueError(f"a bin has at least one day, not {bin_days}")
    used = select_at_risk(events, at_risk)
    used = used[used["days_since_dose"].notna()]
    number = used[DOSE_NUMBER].to_numpy(dtype=np.int64)
    place = used["days_since_dose"].to_numpy(dtype=np.int64) // bin_days
    bins, doses = int(place.max(initial=-1)) + 1, np.r_[ALL_DOSES, np.unique(number)]
    row = np.r_[place, np.searchsorted(doses, number) * bins + place]
    n, hits = count_participants(row, np.tile(used["participant_index"].to_numpy(), 2), bins * len(doses), at_risk)
    groups = len(at_risk.groups)
    low = np.repeat(np.tile(np.arange(bins) * bin_days, len(doses)), groups)
    columns = {DOSE_NUMBER: np.repeat(doses, bins * groups), "low": low, "high": low + bin_days - 1}
    cohorts = np.tile(np.array(at_risk.groups, dtype=object), bins * len(doses))
    return pd.DataFrame({**columns, COHORT: cohorts, "n": n.ravel(), "events": hits.ravel()}).astype(ONSET_COLUMNS)


def summarise_given(analysis: Analysis, at_risk: AtRisk) -> pd.DataFrame:
    """dose_number, cohort and `of`: how many participants at risk received the dose of that number; ALL_DOSES: any. All groups each."""
    doses = analysis.doses[at_risk.cohort_of[analysis.doses["participant_index"]] >= 0]
    number = doses[DOSE_NUMBER].to_numpy(dtype=np.int64)
    numbers = np.r_[ALL_DOSES, np.unique(number)]
    row = np.r_[np.zeros(len(number), dtype=np.int64), np.searchsorted(numbers, number)]
    of, _ = count_participants(row, np.tile(doses["participant_index"].to_numpy(), 2), len(numbers), at_risk)
    groups = at_risk.groups
    columns = {DOSE_NUMBER: np.repeat(numbers, len(groups)), COHORT: np.tile(np.array(groups, dtype=object), len(numbers))}
    return pd.DataFrame({**columns, "of": of.ravel()}).astype({DOSE_NUMBER: "int64", COHORT: "str", "of": "int64"})


def derive_unplaced(events: pd.DataFrame) -> pd.Series:
    """Why each event (EVENT_COLUMNS) has no days since a dose; "" for one that has them."""
    reasons = np.select(
        [events["days_since_dose"].notna(), events["start_day"].isna(), events["partial"]],
        ["", "start not recorded", "start known to the month or year"],
        "began before the first dose",
    )
    return pd.Series(reasons, index=events.index, dtype="str")


def count_unplaced(events: pd.DataFrame, at_risk: AtRisk) -> dict[str, int]:
    """Why events have no days since a dose, with their number; reasons that nothing has are absent."""
    reasons = derive_unplaced(select_at_risk(events, at_risk))
    names, counts = np.unique(reasons[reasons != ""].to_numpy(dtype=object), return_counts=True)
    return {str(name): int(count) for name, count in zip(names, counts, strict=True)}


def list_by_onset(events: pd.DataFrame, at_risk: AtRisk) -> pd.DataFrame:
    """The events given (EVENT_COLUMNS) by days since the latest dose, then dose number and participant; without such days last."""
    used = select_at_risk(events, at_risk)
    return used.iloc[order_by_onset(used)].reset_index(drop=True)


def order_by_onset(events: pd.DataFrame) -> Ints:
    """The positions of the events (EVENT_COLUMNS) in the order of `list_by_onset`."""
    keys = ["days_since_dose", DOSE_NUMBER, "participant", SOURCE_ROW]
    ordered = events[keys].reset_index(drop=True).sort_values(keys, kind="stable")
    positions: Ints = ordered.index.to_numpy(dtype=np.int64)
    return positions
