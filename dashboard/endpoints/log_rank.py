"""The log-rank test, plain or stratified (endpoints, section 7)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.special import chdtrc

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.survival import compute_at_risk


@dataclass(frozen=True)
class LogRank:
    """A log-rank test: chi-squared statistic, degrees of freedom (groups − 1) and p-value; NaN where none exists."""

    statistic: float
    degrees_of_freedom: int
    p_value: float


def compute_log_rank(groups: Sequence[tuple[Floats, Flags]], strata: Sequence[Ints] | None = None) -> LogRank:
    """Log-rank test over groups of (time, event), stratified when `strata` gives the stratum (0, 1, …) of each participant of each group.

    Participants without an event of their stratum while they are at risk say nothing about events and are left out, and so is a group
    without others, as in R's survdiff. Missing with fewer than two groups left, without events, when everyone at risk has the event at
    once, and when no stratum compares some of the groups with the others.
    """
    time = np.concatenate([np.empty(0), *(time for time, _ in groups)])
    event: Flags = np.concatenate([np.empty(0, dtype=bool), *(event for _, event in groups)])
    group = np.repeat(np.arange(len(groups)), [len(time) for time, _ in groups])
    stratum: Ints = np.zeros(len(time), dtype=np.int64) if strata is None else np.concatenate([np.empty(0, dtype=np.int64), *strata])
    told = time >= _first_events(time, event, stratum)[stratum]
    degrees = max(len(np.unique(group[told])) - 1, 0)
    if not degrees or not _are_compared(time[told], event[told], group[told], stratum[told]):
        return LogRank(float("nan"), degrees, float("nan"))
    # statsmodels takes half a second to import, which would be paid at every start.
    from statsmodels.duration.survfunc import survdiff

    statistic, _ = survdiff(time[told], event[told].astype(int), group[told], strata=stratum[told])
    return LogRank(float(statistic), degrees, float(chdtrc(degrees, statistic)))


def _first_events(time: Floats, event: Flags, stratum: Ints) -> Floats:
    """The time of the first event of each stratum, infinity for a stratum without."""
    first = np.full(int(stratum.max(initial=-1)) + 1, np.inf)
    np.minimum.at(first, stratum[event], time[event])
    return first


def _are_compared(time: Floats, event: Flags, group: Ints, stratum: Ints) -> bool:
    """Whether every group is at risk together with the others, directly or over further groups, at an event that not all have."""
    together = {int(code): int(code) for code in np.unique(group)}
    for number in np.unique(stratum):
        inside = stratum == number
        of_event = np.unique(time[inside & event])
        at_risk, events = compute_at_risk(time[inside], of_event), _count_at(time[inside & event], of_event)
        telling = of_event[events < at_risk]
        if len(telling):
            linked = {together[int(code)] for code in np.unique(group[inside & (time >= telling[0])])}
            together = {code: min(linked) if label in linked else label for code, label in together.items()}
    return len(set(together.values())) == 1


def _count_at(time: Floats, times: Floats) -> Ints:
    return np.bincount(np.searchsorted(times, time), minlength=len(times))
