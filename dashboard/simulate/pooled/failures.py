"""Days of relapse and progression, such that the median and the range of the observed PFS come out."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.simulate.pooled import targets
from dashboard.simulate.pooled.drawing import Floats, draw_members

# The shortest PFS of the abstract is 45 days, so that nobody failed before: a progression on day 28 does not occur.
EARLIEST = int(targets.PFS_OBSERVED.low) + 1
# Of those who responded and were observed up to the median: the share that relapsed among those who died and among those alive; and the
# number of relapses after the median (assumptions).
_RELAPSED_DEAD, _RELAPSED_ALIVE, _LATE = 0.75, 0.15, 14


def draw_failures(courses: pd.DataFrame, early: int, stream: np.random.Generator) -> Floats:
    """Day of failure of everyone, NaN for none. `early`: how many of those observed longer than the median had failed by then.

    `courses` has last, died and response. The two middle times of PFS are those on either side of the median.
    """
    last, died = courses["last"].to_numpy(dtype=float), courses["died"].to_numpy()
    response = courses["response"].to_numpy()
    middle = np.floor(targets.PFS_OBSERVED.median)
    free = np.isin(response, ("CR", "CRi", "PR")) & (last < targets.PFS_OBSERVED.high)
    failure = _fail_without_response(last, response, stream)
    for group, share in ((died, _RELAPSED_DEAD), (~died, _RELAPSED_ALIVE)):
        able = free & group & (last <= middle) & (last > 95)
        chosen = draw_members(able.astype(float), round(share * able.sum()), stream)
        gap = np.exp(np.log(75) + 0.7 * stream.standard_normal(len(chosen)))
        failure[chosen] = np.round(np.clip(last[chosen] - gap, 60, last[chosen] - 5))
    chosen = draw_members((free & (last > middle)).astype(float), early, stream)
    failure[chosen] = np.round(stream.uniform(150, middle - 5, early))
    failure[chosen[0]] = middle
    late = draw_members((free & np.isnan(failure) & (last > middle + 120)).astype(float), _LATE, stream)
    failure[late] = np.round(middle + 5 + stream.uniform(0, 1, _LATE) * (last[late] - middle - 30))
    failure[late[0]] = middle + 1
    return failure


def _fail_without_response(last: Floats, response: np.ndarray, stream: np.random.Generator) -> Floats:
    """Progression of who did not respond: found at the first assessment (PD), or some weeks later (SD)."""
    failure = np.full(len(last), np.nan)
    at_once = EARLIEST + stream.integers(0, 14, len(last))
    later = EARLIEST + 10 + np.round(stream.gamma(2.0, 25.0, len(last)))
    failure = np.where(response == "PD", at_once, np.where(response == "SD", later, failure))
    return np.minimum(failure, last)
