"""Accrual and disposition: how many were enrolled, dosed, got how far, and where they are now."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.periods import compute_visit_days
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS
from dashboard.study.columns import DOSED, STATUS, STATUSES

ACCRUAL_COLUMNS: dict[str, str] = {"step": "str", "label": "str", "cohort": "str", "n": "int64", "of": "Int64", "percent": "float64"}
ENROLLED, DOSED_STEP, REACHED, HAS_VALUE = "enrolled", "dosed", "reached", "with-value"
STATUS_LABELS = {
    "ongoing": "Under observation",
    "completed": "Completed the study",
    "withdrawn": "Withdrew",
    "lost to follow-up": "Lost to follow-up",
    "died": "Died",
    "not dosed": "Never dosed",
}


def summarise_accrual(analysis: Analysis, selected: Flags, visit_key: str) -> pd.DataFrame:
    """ACCRUAL_COLUMNS: one row per step and cohort of the protocol, then `all`.

    enrolled    of those planned, where the definition says how many (else `of` is missing)
    dosed       of those enrolled
    dose-<k>    received planned dose k, of those dosed
    reached     under observation at the target day of `visit_key`, of those dosed
    with-value  has an analysed value of the endpoint analyte at that visit, of those dosed
    status:<s>  the state at the data cut (or at the lock), of those enrolled; the states add up to enrolled
    """
    codes, cohorts = analysis.cohort_codes, len(analysis.protocol.cohorts)
    enrolled = _count(selected, codes, cohorts)
    dosed_flags = selected & analysis.participants[DOSED].to_numpy(dtype=bool)
    dosed = _count(dosed_flags, codes, cohorts)
    steps = [(ENROLLED, "Enrolled", enrolled, _planned(analysis)), (DOSED_STEP, "Dosed", dosed, enrolled)]
    steps += [(f"dose-{k}", f"Received dose {k}", _count(flags, codes, cohorts), dosed) for k, flags in _doses(analysis, dosed_flags)]
    label = analysis.protocol.visit(visit_key).label
    steps.append((REACHED, f"Reached {label}", _count(dosed_flags & _reached(analysis, visit_key), codes, cohorts), dosed))
    steps.append((HAS_VALUE, f"With a value at {label}", _count(dosed_flags & _has_value(analysis, visit_key), codes, cohorts), dosed))
    status = analysis.participants[STATUS].to_numpy()
    steps += [(f"status:{name}", STATUS_LABELS[name], _count(selected & (status == name), codes, cohorts), enrolled) for name in STATUSES]
    return _compose(analysis, steps)


def _count(flags: Flags, codes: Ints, cohorts: int) -> Ints:
    """How many by cohort, and at the end in all."""
    by_cohort = np.bincount(codes[flags], minlength=cohorts)
    return np.r_[by_cohort, by_cohort.sum()].astype(np.int64)


def _planned(analysis: Analysis) -> Ints | None:
    planned = [cohort.planned for cohort in analysis.protocol.cohorts]
    if any(number is None for number in planned):
        return None
    numbers = [number or 0 for number in planned]
    return np.array([*numbers, sum(numbers)], dtype=np.int64)


def _doses(analysis: Analysis, dosed: Flags) -> list[tuple[int, Flags]]:
    doses, found = analysis.doses, []
    for dose in analysis.protocol.exposure.planned:
        received = np.zeros(len(dosed), dtype=bool)
        received[doses["participant_index"].to_numpy()[(doses["planned_dose"] == dose.number).fillna(False).to_numpy(dtype=bool)]] = True
        found.append((dose.number, received & dosed))
    return found


def _reached(analysis: Analysis, visit_key: str) -> Flags:
    until = compute_observed_until(analysis)[0]
    reached: Flags = until >= compute_visit_days(analysis, visit_key)[0]
    return reached


def _has_value(analysis: Analysis, visit_key: str) -> Flags:
    rows = analysis.analysed_of[analysis.protocol.endpoint.analyte]
    at_visit = rows[rows["visit_code"] == analysis.protocol.visit_keys.index(visit_key)]
    flags = np.zeros(len(analysis.participants), dtype=bool)
    flags[at_visit["participant_index"].to_numpy()] = True
    return flags


def _compose(analysis: Analysis, steps: list[tuple[str, str, Ints, Ints | None]]) -> pd.DataFrame:
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    rows = [
        (key, label, cohort, int(n[place]), pd.NA if of is None else int(of[place]), _percent(n[place], None if of is None else of[place]))
        for key, label, n, of in steps
        for place, cohort in enumerate(cohorts)
    ]
    return pd.DataFrame(rows, columns=list(ACCRUAL_COLUMNS)).astype(ACCRUAL_COLUMNS)


def _percent(n: int, of: int | None) -> float:
    return 100 * n / of if of else float("nan")
