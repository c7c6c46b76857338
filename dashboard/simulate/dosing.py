"""What was given at every dose: as planned, or less, and why it was less or late."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from dashboard.simulate.domains import Trial

Floats = NDArray[np.float64]
# What is recorded of a participant: number of the dose, and the share of the planned amount that was given (assumptions).
SHARES = {"interrupted-dose": (2, 0.6), "reduced-dose": (3, 0.75)}
# By story, or by what is recorded: number of the dose, and the reason for its adjustment (EXADJ).
REASONS = {
    "delayed-dose": (2, "DELAYED BECAUSE OF AN ADVERSE EVENT: HERPES ZOSTER"),
    "interrupted-dose": (2, "INTERRUPTED BECAUSE OF AN ADVERSE EVENT: HYPERSENSITIVITY"),
    "reduced-dose": (3, "REDUCED BECAUSE OF AN ADVERSE EVENT: ALANINE AMINOTRANSFERASE INCREASED"),
}


def compute_dose_levels(trial: Trial) -> Floats:
    """Dose level given in the unit of the protocol (µg/kg), shape (persons, planned doses); that of a dose not given is the planned one."""
    levels = np.repeat(trial.people["dose"].to_numpy(dtype=float)[:, None], len(trial.protocol.exposure.planned), axis=1)
    for person, key in enumerate(trial.people["recorded"]):
        number, share = SHARES.get(key, (0, 1.0))
        if 0 < number <= levels.shape[1]:
            levels[person, number - 1] *= share
    return levels


def compute_amounts(trial: Trial) -> Floats:
    """Amount in mg of every dose, shape (persons, planned doses): dose level × dosing weight."""
    weight = trial.people["dosing_weight"].to_numpy(dtype=float)
    amounts: Floats = compute_dose_levels(trial) * weight[:, None] / 1000
    return amounts


def find_reason(trial: Trial, person: int, number: int) -> str:
    """Why dose `number` (from 1) of this person was late or less than planned; empty when it was neither."""
    for column in ("story", "recorded"):
        adjusted, reason = REASONS.get(str(trial.people[column].iat[person]), (0, ""))
        if adjusted == number:
            return reason
    return ""
