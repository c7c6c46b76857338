"""Where a period begins, ends and stops accepting samples."""

from __future__ import annotations

import numpy as np

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.visits import compute_visit_shift
from dashboard.study.protocol import StudyProtocol


def compute_period_limits(protocol: StudyProtocol, period_key: str) -> tuple[float, float]:
    """Start and horizon of a period in days: 0 and the target of its last visit.

    A period whose first visit lies after day 0 starts at that visit's target instead. KeyError for an unknown period.
    """
    visits = protocol.period_visits(period_key)
    return float(max(0, visits[0].target)), float(visits[-1].target)


def compute_visit_days(analysis: Analysis, visit_key: str) -> tuple[Ints, Ints]:
    """Target and last day of a visit's window for each participant, moved with the dose that the visit follows."""
    visit = analysis.protocol.visit(visit_key)
    position = analysis.protocol.visit_keys.index(visit_key)
    shift = compute_visit_shift(analysis.doses, len(analysis.participants), analysis.protocol)[:, position]
    return visit.target + shift, visit.high + shift


def compute_last_accepted_day(analysis: Analysis, period_key: str) -> Ints:
    """Per participant the upper window limit of the period's last visit: later samples are outside the period."""
    last_day = compute_visit_days(analysis, analysis.protocol.period(period_key).last_visit)[1]
    return np.asarray(last_day, dtype=np.int64)
