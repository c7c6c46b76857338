"""How long each participant was under observation."""

from __future__ import annotations

import numpy as np

from dashboard.endpoints.arrays import Floats
from dashboard.endpoints.records import Analysis
from dashboard.study.columns import CUT_DAY, LAST_DAY, STATUS

ENDED = ("completed", "withdrawn", "lost to follow-up", "died")


def compute_observed_until(analysis: Analysis) -> tuple[Floats, Floats]:
    """Last day under observation, and the day of the cut, of every participant.

    Observation ends with the last day of who died, withdrew, was lost or completed, else with the cut. An unknown day of the cut
    (days delivered without dates) counts as the last day; NaN where neither is known.
    """
    people = analysis.participants
    last, cut = (people[name].to_numpy(dtype=np.float64, na_value=np.nan) for name in (LAST_DAY, CUT_DAY))
    cut = np.where(np.isnan(cut), last, cut)
    ended = people[STATUS].isin(ENDED).to_numpy(dtype=bool)
    return np.where(ended & ~np.isnan(last), last, cut), cut
