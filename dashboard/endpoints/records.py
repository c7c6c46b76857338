"""The derived records of a snapshot: clocks, visits, analysed days, baseline and change. Everything no filter changes."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from functools import cached_property

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, compute_day_key, encode_integers, encode_names, read_days
from dashboard.endpoints.baseline import compute_baseline, derive_change, derive_stratum
from dashboard.endpoints.time import derive_dose_clock, derive_doses
from dashboard.endpoints.visits import NO_VISIT, compute_analysed, compute_visit, compute_visit_shift
from dashboard.study.choices import Measure
from dashboard.study.columns import AFTER_DOSE, ANALYTE, BELOW_LOQ, COHORT, DAY, MARKED_UNSCHEDULED, PARTICIPANT, VALUE
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import StudyData

NO_DAY = -1
NUMBERS = ("participant_index", DAY, "value", "change", "percent_change", "fold")


@dataclass(frozen=True)
class RowArrays:
    """Rows of `Analysis.counts` or `Analysis.daily` as plain arrays, entry by entry: what a view change reads again and again.

    participant is the row of participants; dose_number is 0 before the first dose; visit is the position in the protocol, −1 for
    none; the numbers in Floats are NaN where missing.
    """

    participant: Ints
    day: Floats
    days_since_dose: Floats
    dose_number: Ints
    visit: Ints
    value: Floats
    change: Floats
    percent_change: Floats
    fold: Floats
    baseline: Floats
    analysed: Flags
    below_loq: Flags
    unscheduled: Flags

    def measure(self, name: Measure) -> Floats:
        """The column of a measure."""
        return {"value": self.value, "change": self.change, "percent": self.percent_change, "fold": self.fold}[name]

    def pick(self, rows: Ints | Flags) -> RowArrays:
        """The named rows alone."""
        return RowArrays(*(getattr(self, part.name)[rows] for part in fields(self)))


@dataclass(frozen=True)
class Schedule:
    """What is derived of a snapshot before a baseline rule is chosen.

    counts, daily and doses are those of `Analysis` without baseline, change, percent_change and fold. count_cell and
    daily_cell number participant and analyte together: participant_index × number of analytes + position of the analyte.
    """

    protocol: StudyProtocol
    data: StudyData
    counts: pd.DataFrame = field(repr=False)
    daily: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    count_cell: Ints = field(repr=False)
    daily_cell: Ints = field(repr=False)


@dataclass(frozen=True)
class Analysis:
    """Snapshot and one baseline rule: everything that does not depend on the reader's other choices.

    participants  PARTICIPANT_COLUMNS, doses (Int64, number given), baseline_<analyte> (float64, cells/µL, NaN for
                  none) for each analyte of the protocol, stratum (key, "" for none); rows as in the data
    counts        COUNT_COLUMNS, days_since_dose and dose_number (Int64, missing before the first dose), visit (key, ""
                  for none), analysed, unscheduled (bool), baseline, change, percent_change, fold (float64),
                  participant_index (row in participants); rows as in the data
    daily         one row per participant_index, analyte and day that has a value: value is the mean of the day's
                  values, below_loq when one of them is, marked like counts; sorted by participant_index, analyte in
                  the order of the protocol, day. A row without a day or a value is in counts only
    doses         DOSE_COLUMNS, planned_dose (Int64, missing for a dose outside the plan), participant_index
    own_amounts   planned amounts by the study's own cohorts, where the participants are split otherwise; else None
    """

    protocol: StudyProtocol
    data: StudyData
    baseline_rule: str
    participants: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    daily: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    own_amounts: Floats | None = field(default=None, repr=False)

    @property
    def planned_amounts(self) -> Floats:
        """For each row of participants the planned amount of one dose (NaN where none is planned): that of the participant's own cohort."""
        if self.own_amounts is not None:
            return self.own_amounts
        plan = np.array([np.nan if cohort.dose is None else cohort.dose for cohort in self.protocol.cohorts])
        amounts: Floats = plan[self.cohort_codes]
        return amounts

    @cached_property
    def cohort_codes(self) -> Ints:
        """For each row of participants the position of the cohort in the protocol."""
        return compute_codes(self.participants[COHORT], self.protocol.cohort_keys, "cohorts")

    @cached_property
    def names(self) -> NDArray[np.object_]:
        """The name of each row of participants."""
        return self.participants[PARTICIPANT].to_numpy(dtype=object)

    @cached_property
    def counts_of(self) -> Mapping[str, pd.DataFrame]:
        """The rows of `counts` by analyte of the protocol; kept, because every view change asks for them."""
        return self._by_analyte(self.counts, self.counts[ANALYTE])

    @cached_property
    def analysed_of(self) -> Mapping[str, pd.DataFrame]:
        """The NUMBERS of the analysed rows of `daily` by analyte; visit_code is the position of the visit in the protocol."""
        analysed = self.daily[self.daily["analysed"]]
        visits = analysed[list(NUMBERS)].assign(visit_code=compute_codes(analysed["visit"], self.protocol.visit_keys, "visits"))
        return self._by_analyte(visits, analysed[ANALYTE])

    @cached_property
    def count_arrays(self) -> RowArrays:
        """The rows of `counts`."""
        return _read_arrays(self.counts, self.protocol)

    @cached_property
    def count_arrays_of(self) -> Mapping[str, RowArrays]:
        """The rows of `counts_of`, by analyte of the protocol."""
        return self._pick_analytes(self.count_arrays, self.counts[ANALYTE])

    @cached_property
    def daily_arrays_of(self) -> Mapping[str, RowArrays]:
        """The rows of `daily` by analyte of the protocol: sorted by participant, then day."""
        return self._pick_analytes(_read_arrays(self.daily, self.protocol), self.daily[ANALYTE])

    @cached_property
    def analysed_arrays_of(self) -> Mapping[str, RowArrays]:
        """The analysed rows of `daily_arrays_of`: those of `analysed_of`."""
        return {key: rows.pick(rows.analysed) for key, rows in self.daily_arrays_of.items()}

    def _pick_analytes(self, rows: RowArrays, analyte: pd.Series) -> dict[str, RowArrays]:
        codes = compute_codes(analyte, self.protocol.analyte_keys, "analytes")
        return {key: rows.pick(np.flatnonzero(codes == code)) for code, key in enumerate(self.protocol.analyte_keys)}

    def _by_analyte(self, rows: pd.DataFrame, analyte: pd.Series) -> dict[str, pd.DataFrame]:
        keys = self.protocol.analyte_keys
        codes = compute_codes(analyte, keys, "analytes")
        return {key: rows[codes == code] for code, key in enumerate(keys)}


@dataclass(frozen=True)
class _Rows:
    """The counts as arrays. `of_day` is the row of the daily frame that a count belongs to, NO_DAY for none."""

    participant: Ints
    cell: Ints
    day: Ints
    known: Flags
    value: Floats
    of_day: Ints
    first_of_day: Ints


def derive_schedule(data: StudyData, protocol: StudyProtocol) -> Schedule:
    """Clocks, visits, analysed and unscheduled flags of a snapshot; KeyError for a participant or analyte nobody declared."""
    rows = _read_rows(data, protocol)
    doses = derive_doses(data, protocol.exposure.planned)
    shift = compute_visit_shift(doses, len(data.participants), protocol)
    first = rows.first_of_day
    cell, participant, day = rows.cell[first], rows.participant[first], rows.day[first]
    visit, distance = compute_visit(participant, day, shift, protocol.visits)
    analysed = compute_analysed(cell, visit, distance, day, len(protocol.visits))
    counts = _derive_counts(data, protocol, rows, doses, visit, analysed)
    daily = _derive_daily(counts, rows)
    return Schedule(protocol, data, counts, daily, doses, rows.cell, cell)


def derive_analysis(data: StudyData, protocol: StudyProtocol, baseline_rule: str, schedule: Schedule | None = None) -> Analysis:
    """The analysis of a snapshot under `last` or `mean`; a `schedule` of the same snapshot is reused when given."""
    schedule = schedule or derive_schedule(data, protocol)
    people, analytes = len(data.participants), protocol.analyte_keys
    day, known = read_days(data.counts[DAY])
    value = data.counts[VALUE].to_numpy()
    eligible = known & ~data.counts[AFTER_DOSE].to_numpy() & ~np.isnan(value)
    baseline = compute_baseline(schedule.count_cell, day, value, eligible, people * len(analytes), baseline_rule)
    of_count = np.where(known, baseline[schedule.count_cell], np.nan)
    counts = schedule.counts.assign(**derive_change(value, of_count))
    daily = schedule.daily.assign(**derive_change(schedule.daily[VALUE].to_numpy(), baseline[schedule.daily_cell]))
    columns = {f"baseline_{key}": baseline[place :: len(analytes)] for place, key in enumerate(analytes)}
    given = np.bincount(schedule.doses["participant_index"], minlength=people)
    participants = data.participants.assign(
        doses=encode_integers(given, np.ones(people, dtype=bool)),
        **columns,
        stratum=derive_stratum(columns[f"baseline_{protocol.endpoint.analyte}"], protocol.strata),
    )
    return Analysis(protocol, data, baseline_rule, participants, counts, daily, schedule.doses)


def _read_arrays(rows: pd.DataFrame, protocol: StudyProtocol) -> RowArrays:
    numbers = ("value", "change", "percent_change", "fold", "baseline")
    visit = compute_codes(rows["visit"], (*protocol.visit_keys, ""), "visits")
    return RowArrays(
        rows["participant_index"].to_numpy(dtype=np.int64),
        rows[DAY].to_numpy(dtype=np.float64, na_value=np.nan),
        rows["days_since_dose"].to_numpy(dtype=np.float64, na_value=np.nan),
        rows["dose_number"].to_numpy(dtype=np.int64, na_value=0),
        np.where(visit == len(protocol.visit_keys), NO_VISIT, visit),
        *(rows[name].to_numpy(dtype=np.float64) for name in numbers),
        *(rows[name].to_numpy(dtype=bool) for name in ("analysed", BELOW_LOQ, "unscheduled")),
    )


def _read_rows(data: StudyData, protocol: StudyProtocol) -> _Rows:
    counts = data.counts
    participant = compute_codes(counts[PARTICIPANT], data.participants[PARTICIPANT].tolist(), "participants of counts")
    cell = participant * len(protocol.analyte_keys) + compute_codes(counts[ANALYTE], protocol.analyte_keys, "analytes")
    day, known = read_days(counts[DAY])
    value = counts[VALUE].to_numpy()
    placed = np.flatnonzero(known & ~np.isnan(value))
    _, first, inverse = np.unique(compute_day_key(cell[placed], day[placed]), return_index=True, return_inverse=True)
    of_day = np.full(len(counts), NO_DAY, dtype=np.int64)
    of_day[placed] = inverse
    return _Rows(participant, cell, day, known, value, of_day, placed[first])


def _derive_counts(
    data: StudyData, protocol: StudyProtocol, rows: _Rows, doses: pd.DataFrame, visit: Ints, analysed: Flags
) -> pd.DataFrame:
    """Counts with both clocks, visit and flags; unscheduled = in no visit, or marked so at source and not analysed."""
    row_visit = np.r_[visit, NO_VISIT][rows.of_day]
    row_analysed = np.r_[analysed, False][rows.of_day]
    return data.counts.assign(
        **derive_dose_clock(rows.participant, rows.day, rows.known, doses),
        visit=encode_names(row_visit, protocol.visit_keys),
        analysed=row_analysed,
        unscheduled=(row_visit == NO_VISIT) | (data.counts[MARKED_UNSCHEDULED].to_numpy() & ~row_analysed),
        participant_index=rows.participant,
    )


def _derive_daily(counts: pd.DataFrame, rows: _Rows) -> pd.DataFrame:
    """One row per day with a value; a day is unscheduled when every value of it is."""
    days, placed = len(rows.first_of_day), rows.of_day != NO_DAY
    of_day = rows.of_day[placed]
    size = np.bincount(of_day, minlength=days)
    below = np.bincount(of_day, counts[BELOW_LOQ].to_numpy()[placed], days) > 0
    unscheduled = np.bincount(of_day, counts["unscheduled"].to_numpy()[placed], days) == size
    shared = counts[["participant_index", ANALYTE, DAY, "visit", "analysed", "days_since_dose", "dose_number"]]
    daily = shared.iloc[rows.first_of_day].reset_index(drop=True)
    return daily.assign(value=np.bincount(of_day, rows.value[placed], days) / size, below_loq=below, unscheduled=unscheduled)
