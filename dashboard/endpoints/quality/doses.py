"""Flags: a dose on another day than planned, a dose that was not given, and an amount that is not the cohort's."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Floats, Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.quality.rows import Evidence, derive_found
from dashboard.endpoints.quality.words import describe_count, describe_day, describe_number
from dashboard.study.columns import AMOUNT, AMOUNT_UNIT, DAY, DOSE_NUMBER, SOURCE_FILE, SOURCE_ROW
from dashboard.study.unit_names import plain_unit

# A week: what the study definitions do not say, and longer than the moves of ± 1 or 2 days that a calendar asks for.
DOSE_TOLERANCE = 7


def derive_dose_day(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every planned dose given more than seven days earlier or later than planned.

    `value` is the day it was given, `expected` the planned day, both since the first dose. A dose outside the plan has no planned
    day and is not flagged.
    """
    doses = evidence.analysis.doses
    number, day = doses["planned_dose"].to_numpy(dtype=np.int64, na_value=0), doses[DAY].to_numpy()
    planned = _planned_days(evidence, number)
    rows = np.flatnonzero(np.abs(day - planned) > DOSE_TOLERANCE)
    sentences = [
        f"Dose {number[row]} was given on {describe_day(int(day[row]))}, {_describe_shift(int(day[row] - planned[row]))} than planned "
        f"({describe_day(int(planned[row]))})."
        for row in rows
    ]
    return _derive_dose_rows(evidence, rows, sentences, day[rows].astype(np.float64), planned[rows])


def derive_missed_dose(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every planned dose that was not given, more than seven days before the cut and under observation.

    Under observation: not ended before the planned day. `day` and `expected` are the planned day. Participants without any dose are
    not dosed, rather than having missed doses.
    """
    planned = sorted(evidence.protocol.exposure.planned, key=lambda dose: dose.day)
    if not planned:
        return derive_found(evidence, np.zeros(0, dtype=np.int64), [])
    until, cut = compute_observed_until(evidence.analysis)
    doses = evidence.analysis.doses
    number = doses["planned_dose"].to_numpy(dtype=np.int64, na_value=0)
    missed = np.zeros((len(until), len(planned)), dtype=bool)
    for place, dose in enumerate(planned):
        missed[:, place] = evidence.dosed & (until >= dose.day) & (cut > dose.day + DOSE_TOLERANCE)
        missed[doses["participant_index"].to_numpy()[number == dose.number], place] = False
    person, which = np.nonzero(missed)
    day = np.array([dose.day for dose in planned], dtype=np.int64)[which]
    absent = [planned[place] for place in which.tolist()]
    sentences = [f"Dose {dose.number}, planned on {describe_day(dose.day)}, was not given." for dose in absent]
    return derive_found(evidence, person, sentences, day=day, expected=day.astype(np.float64))


def derive_dose_amount(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every dose whose amount is not that planned for the participant's cohort, or has another unit.

    `value` is the amount given, `expected` the planned one (missing when the units differ, since they cannot be compared then). The
    units are those of the delivery and of the definition, `u` and `µ` being the same. Nothing is flagged in a cohort without a planned
    dose, nor a dose without an amount. Amounts equal to one part in a million are equal.
    """
    protocol, doses = evidence.protocol, evidence.analysis.doses
    planned = evidence.analysis.planned_amounts[doses["participant_index"].to_numpy()]
    amount, own = doses[AMOUNT].to_numpy(), plain_unit(protocol.exposure.unit)
    comparable = doses[AMOUNT_UNIT].map({unit: plain_unit(unit) == own for unit in doses[AMOUNT_UNIT].unique()}).to_numpy(dtype=bool)
    known = ~np.isnan(amount) & ~np.isnan(planned)
    rows = np.flatnonzero(known & (~comparable | ~np.isclose(amount, planned, rtol=1e-6, atol=0)))
    columns = doses[DOSE_NUMBER].to_numpy(), amount, doses[AMOUNT_UNIT].to_numpy(), planned, comparable
    given = zip(*(column[rows].tolist() for column in columns), strict=True)
    sentences = [_describe_amount(protocol.exposure.unit, *dose) for dose in given]
    return _derive_dose_rows(evidence, rows, sentences, amount[rows], np.where(comparable, planned, np.nan)[rows])


def _planned_days(evidence: Evidence, number: Ints) -> Floats:
    days = {dose.number: float(dose.day) for dose in evidence.protocol.exposure.planned}
    return np.array([days.get(which, np.nan) for which in number.tolist()], dtype=np.float64)


def _describe_shift(days: int) -> str:
    return f"{describe_count(abs(days), 'day')} {'later' if days > 0 else 'earlier'}"


def _describe_amount(plan_unit: str, number: int, amount: float, unit: str, planned: float, comparable: bool) -> str:
    given = f"Dose {number} was {describe_number(amount)} {unit}".rstrip()
    if not comparable:
        return f"{given}; the plan is in {plan_unit}, so the two cannot be compared."
    return f"{given}; the plan of the cohort is {describe_number(planned)} {plan_unit}."


def _derive_dose_rows(evidence: Evidence, rows: Ints, sentences: list[str], value: Floats, expected: Floats) -> pd.DataFrame:
    doses = evidence.analysis.doses.iloc[rows]
    person, day = doses["participant_index"].to_numpy(), doses[DAY].to_numpy()
    source = doses[[SOURCE_FILE, SOURCE_ROW]]
    return derive_found(evidence, person, sentences, day=day, value=value, expected=expected, source=source)
