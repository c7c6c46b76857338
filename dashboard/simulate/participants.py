"""The persons of the synthetic trial: who they are, when they are first dosed, and their counts before treatment."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy.special import ndtr, ndtri

from dashboard.errors import DefinitionError
from dashboard.simulate import constants as known
from dashboard.simulate.stories import find_recorded, find_story
from dashboard.study.identity import Cohort
from dashboard.study.protocol import StudyProtocol

Floats = NDArray[np.float64]
SUBSETS = ("cd4", "cd8", "b", "nk")

# Enrolment in days since the trial's start (assumptions): cohorts open twelve weeks apart and fill within seven; the last
# fifth of every cohort but the last is enrolled later, while the next cohort is being dosed.
COHORT_GAP, FILLING_TIME, LATE_SHARE, LATE_FROM, LATE_UNTIL = 84, 50, 0.2, 125, 140


def draw_baselines(size: int, stream: np.random.Generator) -> pd.DataFrame:
    """Counts before treatment in cells/µL, columns cd4, cd8, b, nk: log-normal, CD4 truncated to its bounds.

    CD4 and CD8 are joined by a Gaussian copula, so that the truncation of CD4 leaves the distribution of CD8 untouched.
    """
    rank = stream.random(size)
    median, sd = known.CD4_BASELINE
    low, high = (ndtr(np.log(bound / median) / sd) for bound in known.CD4_BOUNDS)
    cd4 = median * np.exp(sd * ndtri(low + rank * (high - low)))
    rho = known.CD4_CD8_CORRELATION
    joint = rho * ndtri(rank) + np.sqrt(1 - rho**2) * stream.standard_normal(size)
    return pd.DataFrame(
        {
            "cd4": cd4,
            "cd8": _log_normal(known.CD8_BASELINE, joint),
            "b": _log_normal(known.B_BASELINE, stream.standard_normal(size)),
            "nk": _log_normal(known.NK_BASELINE, stream.standard_normal(size)),
        }
    )


def sum_lymphocytes(cd4: Floats, cd8: Floats, b: Floats, nk: Floats) -> Floats:
    """ALC in cells/µL from its parts; T cells neither CD4 nor CD8 are a fixed share of the two."""
    return (1 + known.OTHER_T_SHARE) * (cd4 + cd8) + b + nk


def draw_people(protocol: StudyProtocol, per_cohort: int, stream: np.random.Generator) -> pd.DataFrame:
    """One row per enrolled participant, by cohort and number.

    Columns: usubjid, cohort (position), number, story, recorded (both keys of `stories`), dose (planned, µg/kg), start (day of the
    first dose since the trial's start, also planned for those never dosed), sex, age, height (cm), weight and dosing_weight (kg), bmi,
    cd4, cd8, b, nk (cells/µL), amplitude and nk_response (shares of the typical log fold of ALC), hpv, cryptococcosis, antinuclear
    (flags).
    """
    cohorts = [_list_cohort(cohort, place, per_cohort, place + 1 == len(protocol.cohorts)) for place, cohort in enumerate(protocol.cohorts)]
    people = pd.concat(cohorts, ignore_index=True)
    size = len(people)
    people = pd.concat([people, draw_bodies(size, stream), draw_baselines(size, stream)], axis=1)
    shift = stream.integers(0, 4, size)
    return people.assign(
        start=people["start"] + np.where(people["number"] == 1, 0, shift),
        cd4=_told_baselines(people),
        amplitude=draw_amplitudes(size, stream),
        nk_response=stream.uniform(*known.NK_RESPONSE, size),
        hpv=stream.random(size) < known.HPV_SHARE,
        cryptococcosis=stream.random(size) < known.CRYPTOCOCCOSIS_SHARE,
        antinuclear=stream.random(size) < known.ANTINUCLEAR_SHARE,
    )


def draw_amplitudes(size: int, stream: np.random.Generator) -> Floats:
    """How strongly a person responds: factor on the typical log fold, log-normal with mean 1."""
    return np.exp(known.AMPLITUDE_SD * stream.standard_normal(size) - known.AMPLITUDE_SD**2 / 2)


def draw_bodies(size: int, stream: np.random.Generator) -> pd.DataFrame:
    """Columns sex ("M", "F"), age (whole years), height (cm), weight and dosing_weight (kg, one decimal), bmi (kg/m²)."""
    female = stream.random(size) < known.FEMALE_SHARE
    sex = np.where(female, "F", "M")
    age = np.clip(np.round(known.AGE[0] + known.AGE[1] * stream.standard_normal(size)), *known.AGE_BOUNDS)
    centre, spread = (np.where(female, known.HEIGHT["F"][i], known.HEIGHT["M"][i]) for i in (0, 1))
    height = np.round(centre + spread * stream.standard_normal(size))
    aimed = _log_normal(known.BODY_MASS_INDEX, stream.standard_normal(size))
    weight = np.round(aimed * (height / 100) ** 2, 1)
    bmi = weight / (height / 100) ** 2
    dosing = np.where(bmi >= known.OBESE_FROM, adjusted_weight(sex, height, weight), weight)
    columns = {"sex": sex, "age": age.astype(int), "height": height, "weight": weight, "bmi": np.round(bmi, 1), "dosing_weight": dosing}
    return pd.DataFrame(columns)


def adjusted_weight(sex: NDArray[np.str_], height: Floats, weight: Floats) -> Floats:
    """Adjusted body weight in kg, one decimal: ideal + 0.4 (total − ideal), ideal by Devine. An assumption: the record has no formula."""
    at_5_feet = np.where(sex == "F", known.IDEAL_AT_5_FEET["F"], known.IDEAL_AT_5_FEET["M"])
    ideal = at_5_feet + 2.3 * (height / 2.54 - 60)
    return np.round(ideal + known.ADJUSTED_SHARE * (weight - ideal), 1)


def _list_cohort(cohort: Cohort, place: int, per_cohort: int, is_last: bool) -> pd.DataFrame:
    if cohort.dose is None:
        raise DefinitionError(f"cohorts.{cohort.key}.dose: a cohort without a dose cannot be simulated")
    numbers = range(1, per_cohort + 1)
    return pd.DataFrame(
        {
            "usubjid": [f"SYN-{cohort.key}-{number:03d}" for number in numbers],
            "cohort": place,
            "number": numbers,
            "story": [find_story(place, number) for number in numbers],
            "recorded": [find_recorded(place, number) for number in numbers],
            "dose": cohort.dose,
            "start": place * COHORT_GAP + _enrolment_days(per_cohort, 0 if is_last else int(LATE_SHARE * per_cohort)),
        }
    )


def _enrolment_days(per_cohort: int, late: int) -> NDArray[np.int64]:
    early = np.linspace(0, FILLING_TIME, per_cohort - late)
    return np.concatenate([early, np.linspace(LATE_FROM, LATE_UNTIL, late)]).astype(np.int64)


def _told_baselines(people: pd.DataFrame) -> pd.Series:
    """CD4 of those whose story asks for a certain baseline, else the drawn one; spread over the range by cohort."""
    low, high = known.ENROLLED_ABOVE_BOUND
    above = low + (high - low) * people["cohort"] / max(1, people["cohort"].max())
    told = people["cd4"].mask(people["story"] == "above-bound", above)
    return told.mask(people["story"] == "near-limit", known.NEAR_LIMIT_CD4)


def _log_normal(parameters: tuple[float, float], normal: Floats) -> Floats:
    median, sd = parameters
    return median * np.exp(sd * normal)
