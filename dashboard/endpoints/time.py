"""The two clocks: days since the first dose (given) and days since the latest dose; and which planned dose a dose is."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes, compute_day_key, encode_integers
from dashboard.study.columns import DAY, DOSE_NUMBER, PARTICIPANT
from dashboard.study.plan import PlannedDose
from dashboard.study.snapshot import StudyData

NOT_PLANNED = 0


def derive_doses(data: StudyData, planned: Sequence[PlannedDose]) -> pd.DataFrame:
    """Dose records with `planned_dose` (Int64, missing for a dose outside the plan) and `participant_index` (int64).

    Sorted by participant_index, day, dose_number; same rows out as in. See `compute_planned_dose` for the rule.
    """
    row = compute_codes(data.doses[PARTICIPANT], data.participants[PARTICIPANT].tolist(), "participants of doses")
    order = np.lexsort((data.doses[DOSE_NUMBER], data.doses[DAY], row))
    doses, row = data.doses.iloc[order].reset_index(drop=True), row[order]
    number = compute_planned_dose(row, doses[DAY].to_numpy(), planned)
    return doses.assign(planned_dose=encode_integers(number, number != NOT_PLANNED), participant_index=row)


def compute_planned_dose(row: Ints, day: Ints, planned: Sequence[PlannedDose]) -> Ints:
    """Number of the planned dose that each dose record is, 0 for a dose outside the plan.

    `row` (participant) and `day` are sorted by row, then day. A participant's first dose is the first planned dose.
    The others keep the order of the plan, and each planned dose is given at most once. A dose may come any number of
    days late, but never counts as a planned dose that lies later than the nearest planned day (an extra dose a week
    after dose 1 is not dose 2). Among the assignments that match the most records, the one with the smallest sum of
    distances to the planned days is taken.
    """
    number = np.full(len(row), NOT_PLANNED, dtype=np.int64)
    if len(row) == 0 or not planned:
        return number
    plan = sorted(planned, key=lambda dose: dose.day)
    numbers = np.array([dose.number for dose in plan], dtype=np.int64)
    starts = np.flatnonzero(np.r_[True, row[1:] != row[:-1]])
    place = np.arange(len(row)) - np.repeat(starts, np.diff(np.r_[starts, len(row)]))
    person = np.cumsum(place == 0) - 1
    days = np.full((len(starts), int(place.max()) + 1), np.nan)
    days[person, place] = day
    chosen = _align_later_doses(days[:, 1:], np.array([dose.day for dose in plan], dtype=np.float64))
    number[place == 0] = numbers[0]
    later = place > 0
    position = chosen[person[later], place[later] - 1]
    number[later] = np.where(position > 0, numbers[position], NOT_PLANNED)
    return number


def _align_later_doses(days: Floats, plan: Floats) -> Ints:
    """Position in `plan` (≥ 1) of each later dose, 0 for none; `days` has a row per participant, NaN-padded at the end."""
    people, records = days.shape
    later = plan[1:]
    if len(later) == 0 or records == 0:
        return np.zeros((people, records), dtype=np.int64)
    nearest = np.abs(np.nan_to_num(days)[:, :, None] - plan).argmin(axis=2)
    distance = np.abs(days[:, :, None] - later)
    allowed = ~np.isnan(distance) & (np.arange(1, len(plan)) <= nearest[:, :, None])
    # One match outweighs every distance together, so that the number of matches is maximised first.
    reward = np.where(allowed, 1e9 - np.nan_to_num(distance), -np.inf)
    best = np.zeros((records + 1, len(later) + 1, people))
    for k in range(1, records + 1):
        for n in range(1, len(later) + 1):
            matched = best[k - 1, n - 1] + reward[:, k - 1, n - 1]
            best[k, n] = np.maximum(np.maximum(best[k - 1, n], best[k, n - 1]), matched)
    return _trace_alignment(best)


def _trace_alignment(best: Floats) -> Ints:
    """The matches behind a filled table of best scores (records + 1, planned + 1, participants)."""
    records, planned, people = best.shape[0] - 1, best.shape[1] - 1, best.shape[2]
    chosen = np.zeros((people, records), dtype=np.int64)
    person, n = np.arange(people), np.full(people, planned)
    for k in range(records, 0, -1):
        for _ in range(planned):
            n = n - ((n > 0) & (best[k, n, person] == best[k, n - 1, person]))
        matched = (n > 0) & (best[k, n, person] > best[k - 1, n, person])
        chosen[matched, k - 1] = n[matched]
        n = n - matched
    return chosen


def compute_latest_dose(row: Ints, day: Ints, doses: pd.DataFrame) -> Ints:
    """Position in `doses` (as `derive_doses` sorts them) of the latest dose on or before each (row, day); −1 for none."""
    if doses.empty:
        return np.full(len(row), -1, dtype=np.int64)
    dose_row = doses["participant_index"].to_numpy()
    position = np.searchsorted(compute_day_key(dose_row, doses[DAY].to_numpy()), compute_day_key(row, day), side="right") - 1
    return np.where((position >= 0) & (dose_row[position] == row), position, -1)


def derive_dose_clock(row: Ints, day: Ints, known: Flags, doses: pd.DataFrame) -> dict[str, pd.api.extensions.ExtensionArray]:
    """Columns days_since_dose and dose_number (Int64): the clock of the latest dose on or before the day.

    Missing where the day is not `known` and before the first dose. A sample on a dosing day counts 0 days after that
    dose, also when it was drawn before it.
    """
    latest = compute_latest_dose(row, day, doses)
    given = known & (latest >= 0)
    since = np.zeros(len(row), dtype=np.int64)
    number = np.zeros(len(row), dtype=np.int64)
    since[given] = day[given] - doses[DAY].to_numpy()[latest[given]]
    number[given] = doses[DOSE_NUMBER].to_numpy()[latest[given]]
    return {"days_since_dose": encode_integers(since, given), "dose_number": encode_integers(number, given)}
