"""Flag: a visit that was due at the data cut and has no count."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.observation import compute_observed_until
from dashboard.endpoints.quality.calendar import ANY, derive_calendar
from dashboard.endpoints.quality.rows import Evidence, derive_found
from dashboard.endpoints.quality.words import describe_day, describe_window


def derive_absent_visits(evidence: Evidence) -> pd.DataFrame:
    """FOUND_COLUMNS for every cell of the calendar of all analytes together that is `missed`; `day` is the day it was due.

    A visit at which some analyte was counted is not absent; nor is one whose label stands on a record of another day (flagged as
    such). See `derive_calendar` for who is under observation and what is due.
    """
    missed = (derive_calendar(evidence.analysis, ANY)["state"] == "missed").to_numpy()
    person, visit = np.divmod(np.flatnonzero(missed), len(evidence.protocol.visits))
    until, cut = compute_observed_until(evidence.analysis)
    not_given = _find_missing_doses(evidence)
    sentences = []
    for who, which in zip(person.tolist(), visit.tolist(), strict=True):
        observed = "at the data cut" if until[who] == cut[who] else f"until {describe_day(int(until[who]))}"
        due = f"due on {describe_day(int(evidence.visit_days.target[who, which]))} ({_describe_limits(evidence, who, which, cut[who])})"
        dose = f"; dose {not_given[who, which]} was not given" if not_given[who, which] else ""
        sentences.append(f"{evidence.protocol.visits[which].label}: no count, {due}, under observation {observed}{dose}.")
    return derive_found(evidence, person, sentences, visit=visit, day=evidence.visit_days.target[person, visit])


def _describe_limits(evidence: Evidence, person: int, visit: int, cut: float) -> str:
    low, high = (int(days[person, visit]) for days in (evidence.visit_days.low, evidence.visit_days.high))
    still_open = f", still open at the cut on {describe_day(int(cut))}" if cut < high else ""
    return f"window {describe_window(low, high)}{still_open}"


def _find_missing_doses(evidence: Evidence) -> Ints:
    """Number of the dose that a visit follows and that was not given, 0 for none: (participants, visits)."""
    doses, people = evidence.analysis.doses, len(evidence.analysis.participants)
    missing = np.zeros((people, len(evidence.protocol.visits)), dtype=np.int64)
    for position, visit in enumerate(evidence.protocol.visits):
        if visit.moves_with_dose is not None:
            given = (doses["planned_dose"] == visit.moves_with_dose).to_numpy(dtype=bool, na_value=False)
            missing[:, position] = visit.moves_with_dose
            missing[doses["participant_index"].to_numpy()[given], position] = 0
    return missing
