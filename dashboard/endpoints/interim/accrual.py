"""Accrual and disposition: how many were enrolled, dosed, got how far, and where they are now."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.responders import ALL_COHORTS, compute_responses
from dashboard.study.columns import DOSED, STATUS, STATUSES

ACCRUAL_COLUMNS: dict[str, str] = {"step": "str", "label": "str", "cohort": "str", "n": "int64", "of": "Int64", "percent": "float64"}
# Of how many each step is counted: by cohort of the protocol, then in all.
Counts = Mapping[str, list[int | None]]
PLANNED = "planned"
ENROLLED, DOSED_STEP, REACHED, HAS_VALUE = "enrolled", "dosed", "reached", "with-value"
STATUS_LABELS = {
    "ongoing": "Under observation",
    "completed": "Completed the study",
    "withdrawn": "Withdrew",
    "lost to follow-up": "Lost to follow-up",
    "died": "Died",
    "not dosed": "Never dosed",
}


@dataclass(frozen=True)
class Step:
    """A step or state: its key and label, who is at it, and of whom it is counted: PLANNED, or the key of an earlier step."""

    key: str
    label: str
    flags: Flags = field(repr=False)
    of: str


def summarise_accrual(analysis: Analysis, selected: Flags, visit_key: str) -> pd.DataFrame:
    """ACCRUAL_COLUMNS: one row per step and cohort of the protocol, then `all`.

    enrolled    of those planned, where the definition says how many (else `of` is missing)
    dosed       of those enrolled
    dose-<k>    received planned dose k, of those dosed
    reached     under observation at the target day of `visit_key`, or with a value at that visit, of those dosed: who counts as
                having reached it is the same as in `derive_responses`
    with-value  has an analysed value of the endpoint analyte at that visit, of those dosed
    status:<s>  the state at the data cut (or at the lock), of those enrolled; the states add up to enrolled
    """
    steps = derive_steps(analysis, visit_key)
    n, of = count_steps(steps, analysis, selected)
    cohorts = (*analysis.protocol.cohort_keys, ALL_COHORTS)
    rows = [
        (step.key, step.label, cohort, n[step.key][place], of[step.key][place], _percent(n[step.key][place], of[step.key][place]))
        for step in steps
        for place, cohort in enumerate(cohorts)
    ]
    return pd.DataFrame(rows, columns=list(ACCRUAL_COLUMNS)).astype(ACCRUAL_COLUMNS)


def derive_steps(analysis: Analysis, visit_key: str) -> tuple[Step, ...]:
    """Who of everybody is at each step and state of `summarise_accrual`, in their order."""
    people, label = analysis.participants, analysis.protocol.visit(visit_key).label
    dosed, status = people[DOSED].to_numpy(dtype=bool), people[STATUS].to_numpy()
    # A response at a visit looks at no period.
    at_visit = compute_responses(analysis, analysis.protocol.endpoint.analyte, "at-visit", visit_key, "").flags
    return (
        Step(ENROLLED, "Enrolled", np.ones(len(people), dtype=bool), PLANNED),
        Step(DOSED_STEP, "Dosed", dosed, ENROLLED),
        *(Step(f"dose-{k}", f"Received dose {k}", flags, DOSED_STEP) for k, flags in _doses(analysis, dosed)),
        Step(REACHED, f"Reached {label}", at_visit["reached"], DOSED_STEP),
        Step(HAS_VALUE, f"With a value at {label}", at_visit["observed"], DOSED_STEP),
        *(Step(f"status:{name}", STATUS_LABELS[name], np.asarray(status == name, dtype=bool), ENROLLED) for name in STATUSES),
    )


def count_steps(steps: Sequence[Step], analysis: Analysis, selected: Flags) -> tuple[Counts, Counts]:
    """By the key of a step how many of the selected are at it, and of how many; by cohort of the protocol, then in all.

    Where the definition does not say how many are planned, that is None.
    """
    codes, cohorts = analysis.cohort_codes, len(analysis.protocol.cohorts)
    n: Counts = {step.key: _count(selected & step.flags, codes, cohorts) for step in steps}
    whole = {**n, PLANNED: _planned(analysis)}
    return n, {step.key: whole[step.of] for step in steps}


def _count(flags: Flags, codes: Ints, cohorts: int) -> list[int | None]:
    """How many by cohort, and at the end in all."""
    by_cohort = np.bincount(codes[flags], minlength=cohorts)
    return [*by_cohort.tolist(), int(by_cohort.sum())]


def _planned(analysis: Analysis) -> list[int | None]:
    planned = [cohort.planned for cohort in analysis.protocol.cohorts]
    numbers = [number for number in planned if number is not None]
    return [*numbers, sum(numbers)] if len(numbers) == len(planned) else [None] * (len(planned) + 1)


def _doses(analysis: Analysis, dosed: Flags) -> list[tuple[int, Flags]]:
    doses, found = analysis.doses, []
    for dose in analysis.protocol.exposure.planned:
        received = np.zeros(len(dosed), dtype=bool)
        received[doses["participant_index"].to_numpy()[(doses["planned_dose"] == dose.number).fillna(False).to_numpy(dtype=bool)]] = True
        found.append((dose.number, received & dosed))
    return found


def _percent(n: int | None, of: int | None) -> float:
    return 100 * n / of if n is not None and of else float("nan")
