"""The records of a snapshot up to the end of a period: what comes later does not exist for who looks at it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.observation import ENDED
from dashboard.endpoints.periods import compute_period_limits
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.safety.wording import derive_is_fatal
from dashboard.endpoints.time import derive_doses
from dashboard.endpoints.visits import compute_visit_shift
from dashboard.study.columns import CUT_DAY, DATED_DAY, DAY, LAST_DAY, PARTICIPANT, STATUS
from dashboard.study.safety import Safety
from dashboard.study.snapshot import StudyData


@dataclass(frozen=True)
class Lock:
    """Where the records of a snapshot end, in days since the first dose.

    horizon      target day of the period's last visit: events, doses, visits and states later than it are left out
    last_sample  for each row of participants the upper limit of that visit's window: samples later than it are left out
    died_later   for each row of participants whether the participant died after the horizon
    safety       the words by which an event was fatal
    """

    participants: pd.Series = field(repr=False)
    horizon: float
    last_sample: Ints = field(repr=False)
    died_later: Flags = field(repr=False)
    safety: Safety = field(repr=False)


def compute_lock(analysis: Analysis, period_key: str) -> Lock:
    """The lock at the end of a period; KeyError for an unknown period. Doses after the horizon move no window."""
    protocol, people = analysis.protocol, analysis.participants
    horizon = compute_period_limits(protocol, period_key)[1]
    visit = protocol.visit(protocol.period(period_key).last_visit)
    doses = derive_doses(_select_doses(analysis.data, horizon), protocol.exposure.planned)
    shift = compute_visit_shift(doses, len(people), protocol)[:, protocol.visit_keys.index(visit.key)]
    died = (people[STATUS] == "died").to_numpy(dtype=bool) & ~_is_before(people[LAST_DAY], horizon)
    return Lock(people[PARTICIPANT], horizon, visit.high + shift, died, protocol.safety)


def select_data_until(data: StudyData, lock: Lock) -> StudyData:
    """`data` without what lies after `lock`. Counts without a day stay, because nothing shows that they are later.

    Who ended the study after the horizon is `ongoing` at it. cut_day is at most the horizon; a last_day after the horizon becomes
    the day of the last count or dose kept, at most the horizon. Where the day of the cut was never delivered, a participant seen
    after the horizon counts as under observation up to it: without a calendar nothing else tells a missed visit from one not due.
    """
    counts = data.counts[_is_before(data.counts[DAY], _of(lock, data.counts))].reset_index(drop=True)
    kept = _select_doses(data, lock.horizon)
    records = pd.concat([counts[[PARTICIPANT, DAY]], kept.doses[[PARTICIPANT, DAY]].astype({DAY: "Int64"})])
    last_record = data.participants[PARTICIPANT].map(records.groupby(PARTICIPANT)[DAY].max())
    return replace(kept, participants=_lock_participants(data.participants, last_record, lock.horizon), counts=counts)


def select_records_until(table: str, rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    """The rows of one of `columns.RECORD_TABLES` up to `lock`; rows without a day stay.

    adverse_event, medication  by start; one that ended later is ongoing
    adverse_event              of one that ended later the outcome is not known yet, nor that it led to death (grade 5); nor of one
                               without an end day that was fatal to a participant who died later
    finding, claim             by day, as samples
    attendance                 by start, as samples
    milestone                  by day
    trait                      all: a trait has no day
    dose_adjustment            by day, as doses
    time_to_event              by days: a later event or censoring is not known, so the row is left out
    """
    return _SELECT[table](rows, lock).reset_index(drop=True)


def _select_doses(data: StudyData, horizon: float) -> StudyData:
    return replace(data, doses=data.doses[(data.doses[DAY] <= horizon).to_numpy(dtype=bool)].reset_index(drop=True))


def _lock_participants(people: pd.DataFrame, last_record: pd.Series, horizon: float) -> pd.DataFrame:
    last, cut = (people[name].astype("Float64") for name in (LAST_DAY, CUT_DAY))
    later = (last > horizon).fillna(False).to_numpy(dtype=bool)
    ongoing = later & people[STATUS].isin(ENDED).to_numpy(dtype=bool)
    # Who was seen after the horizon was under observation at it, also where the day of the cut was never delivered.
    ends = cut.mask(cut.isna() & later, horizon)
    return people.assign(
        **{
            DATED_DAY: people[CUT_DAY],
            CUT_DAY: ends.clip(upper=horizon).astype("Int64"),
            LAST_DAY: last.mask(later, last_record.astype("Float64").clip(upper=horizon)).astype("Int64"),
            STATUS: people[STATUS].mask(ongoing, "ongoing"),
        }
    )


def _of(lock: Lock, rows: pd.DataFrame) -> Floats:
    """For each row the last day of its participant's samples; the horizon for a participant who is not among the enrolled."""
    last: Floats = np.append(lock.last_sample.astype(np.float64), lock.horizon)[_find(lock, rows)]
    return last


def _find(lock: Lock, rows: pd.DataFrame) -> Ints:
    """For each row the row of its participant, −1 for none."""
    return np.asarray(pd.Index(lock.participants).get_indexer(pd.Index(rows[PARTICIPANT])), dtype=np.int64)


def _is_before(days: pd.Series, last: Floats | float) -> Flags:
    """Whether each day is at most `last`, or missing."""
    numbers = days.to_numpy(dtype=np.float64, na_value=np.nan)
    before: Flags = np.isnan(numbers) | (numbers <= last)
    return before


def _select_samples(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    return rows[_is_before(rows[DAY], _of(lock, rows))]


def _select_visits(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    kept = rows[_is_before(rows["start_day"], _of(lock, rows))]
    return kept.assign(end_day=kept["end_day"].where(_is_before(kept["end_day"], _of(lock, kept))))


def _select_spans(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    kept = rows[_is_before(rows["start_day"], lock.horizon)]
    later = ~_is_before(kept["end_day"], lock.horizon)
    hidden = {
        "end_day": kept["end_day"].mask(later),
        "end_precision": kept["end_precision"].mask(later, ""),
        "ongoing": kept["ongoing"] | later,
    }
    return kept.assign(**hidden)


def _select_events(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    kept = _select_spans(rows, lock)
    end, fatal = rows["end_day"].reindex(kept.index), derive_is_fatal(kept["outcome"], kept["grade"], lock.safety)
    died_later = fatal & end.isna() & np.append(lock.died_later, False)[_find(lock, kept)]
    unknown = died_later | ~_is_before(end, lock.horizon)
    return kept.assign(
        ongoing=kept["ongoing"] | unknown,
        outcome=kept["outcome"].mask(unknown, ""),
        grade=kept["grade"].mask(unknown & (kept["grade"] == "5"), ""),
    )


def _select_milestones(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    return rows[_is_before(rows[DAY], lock.horizon)]


def _select_times(rows: pd.DataFrame, lock: Lock) -> pd.DataFrame:
    return rows[_is_before(rows["days"], lock.horizon)]


_SELECT: Mapping[str, Callable[[pd.DataFrame, Lock], pd.DataFrame]] = {
    "adverse_event": _select_events,
    "medication": _select_spans,
    "finding": _select_samples,
    "attendance": _select_visits,
    "milestone": _select_milestones,
    "time_to_event": _select_times,
    "claim": _select_samples,
    "trait": lambda rows, lock: rows,
    "dose_adjustment": _select_milestones,
}
