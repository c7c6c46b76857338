"""What became of everyone: response, failure, transplant, death or last contact, in days since the infusion.

The abstract gives the medians and ranges of the times observed and the number of transplants. The number of deaths and relapses, their
days, and who had them, are assumptions.
"""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import Floats, Ints, draw_members, fit_ranks, median_ranks
from dashboard.simulate.pooled.failures import draw_failures

DEATHS = 132
# Half of the abstract's 334 survive 567 days. Its median PFS lies 20 days lower, so that of those observed longer than 547 days only as
# many had failed by then as lie between the two medians.
BETWEEN_MEDIANS = 12
# Transplants of participants without a response, who are too few to matter for the days of transplant.
SALVAGE = 12
_NO_RESPONSE = ("SD", "PD")
_RISKS = {"T-ALL": 0.0, "T-LBL": 0.1, "MPAL": 0.3, "AML": 0.9, "PTCL": 0.5}


def draw_courses(people: pd.DataFrame, stream: np.random.Generator) -> pd.DataFrame:
    """One row per row of `people`; days since infusion.

    Columns last (day of death or last contact), died, response (key of RESPONSES), failure and transplant (days, NaN for none), kind
    (RELAPSE or PROGRESSION, empty without failure).
    """
    courses = _draw_observation(stream)
    courses["response"] = _draw_response(courses, stream)
    courses["failure"] = draw_failures(courses, BETWEEN_MEDIANS, stream)
    remission = courses["response"].isin(("CR", "CRi", "NE"))
    courses["kind"] = np.where(courses["failure"].isna(), "", np.where(remission, "RELAPSE", "PROGRESSION"))
    courses["transplant"] = _draw_transplants(courses, stream)
    return courses.iloc[_match(people, courses, stream)].reset_index(drop=True)


def _draw_observation(stream: np.random.Generator) -> pd.DataFrame:
    number, spread = targets.PARTICIPANTS, targets.OS_OBSERVED
    died = np.arange(number) < DEATHS
    potential = stream.uniform(60, 1726, number)
    survival = np.minimum(np.exp(np.log(260) + 0.85 * stream.standard_normal(number)), 1500)
    ranks = median_ranks(number, spread.low, spread.median, spread.high)
    half, middle = number // 2, int(targets.PFS_OBSERVED.median)
    ranks |= {half - BETWEEN_MEDIANS: middle, half - BETWEEN_MEDIANS + 1: middle + 1}
    last = fit_ranks(np.where(died, np.minimum(survival, potential), potential), ranks)
    return pd.DataFrame({"last": last, "died": died})


def _draw_response(courses: pd.DataFrame, stream: np.random.Generator) -> np.ndarray:
    """Who did not respond died soon, as a rule; the others are spread at random."""
    last, died = courses["last"].to_numpy(), courses["died"].to_numpy()
    number = sum(targets.RESPONSES[name] for name in _NO_RESPONSE)
    soon = (last >= 60) & (last <= int(targets.PFS_OBSERVED.median))
    none = draw_members(np.where(soon, np.where(died, 6.0, 1.0) * np.exp(-last / 250), 0.0), number, stream)
    chosen = np.full(len(courses), "", dtype=object)
    chosen[none] = stream.permutation(np.repeat(_NO_RESPONSE, [targets.RESPONSES[name] for name in _NO_RESPONSE]))
    others = [name for name in targets.RESPONSES if name not in _NO_RESPONSE]
    chosen[chosen == ""] = stream.permutation(np.repeat(others, [targets.RESPONSES[name] for name in others]))
    return chosen


def _draw_transplants(courses: pd.DataFrame, stream: np.random.Generator) -> Floats:
    """Days of transplant: before the failure of who responded, before the end of who did not."""
    last = courses["last"].to_numpy(dtype=float)
    responded = courses["response"].isin(("CR", "CRi", "PR")).to_numpy()
    limit = np.where(responded, np.fmin(last, courses["failure"].to_numpy()), last) - 5
    unresponsive = courses["response"].isin(_NO_RESPONSE).to_numpy()
    able = limit > 45
    salvage = draw_members((unresponsive & able & (last > 120)).astype(float), SALVAGE, stream)
    consolidation = draw_members((responded & able).astype(float), targets.TRANSPLANTED - SALVAGE, stream)
    transplant = np.full(len(courses), np.nan)
    chosen = np.concatenate([salvage, consolidation])
    transplant[chosen] = _assign_days(limit[chosen], stream)
    return transplant


def _assign_days(limit: Floats, stream: np.random.Generator) -> Floats:
    """A day of transplant below each limit: the latest days go, at random, to those who were there long enough."""
    spread = targets.TIME_TO_TRANSPLANT
    raw = np.exp(np.log(spread.median) + 0.4 * stream.standard_normal(len(limit)))
    days = np.sort(fit_ranks(raw, median_ranks(len(raw), spread.low, spread.median, spread.high)))[::-1]
    assigned = np.full(len(limit), np.nan)
    for day in days:
        free = np.flatnonzero(np.isnan(assigned) & (limit > day))
        assigned[stream.choice(free)] = day
    return assigned


def _match(people: pd.DataFrame, courses: pd.DataFrame, stream: np.random.Generator) -> Ints:
    """For each participant the course: those at a higher risk tend to have the worse courses."""
    risk = people["disease"].map(_RISKS).to_numpy(dtype=float) + 0.5 * (people["prior"] != "none").to_numpy()
    risk += 0.4 * (people["involvement"] != "marrow").to_numpy() + 0.4 * (people["blasts"] >= 20).to_numpy()
    risk += stream.standard_normal(len(people))
    badness = 1.6 * courses["response"].isin(_NO_RESPONSE).to_numpy() + 0.8 * courses["failure"].notna().to_numpy()
    badness = badness + 0.8 * courses["died"].to_numpy() - courses["last"].to_numpy() / 1500 + 0.9 * stream.standard_normal(len(courses))
    matched = np.empty(len(people), dtype=np.int64)
    matched[np.argsort(risk, kind="stable")] = np.argsort(badness, kind="stable")
    return matched
