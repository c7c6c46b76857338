"""Time above a threshold for very many participants: the computation alone."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from benchmarks.measuring import Measurement, repeat
from dashboard.endpoints.intervals import Points
from dashboard.endpoints.time_above import compute_time_above

LONGEST_SECONDS = 1
TIMES = 5
PARTICIPANTS, VISITS, DAYS_APART = 100_000, 16, 28
THRESHOLD, GAP_CAP, SEED = 200.0, 91, 1


def measure_time_above(_folder: Path) -> list[Measurement]:
    """One threshold, straight lines between values, a gap cap: days above, bounds, coverage and episodes of everybody."""
    points = _draw_points()
    horizon = float(VISITS * DAYS_APART)
    times = repeat(TIMES, lambda: compute_time_above(points, PARTICIPANTS, THRESHOLD, "linear", GAP_CAP, 0.0, horizon))
    seconds = tuple(time / 1000 for time in times)
    return [Measurement(f"time above, {PARTICIPANTS:,} participants × {VISITS} visits", "s", seconds, LONGEST_SECONDS)]


def _draw_points() -> Points:
    """Visits every four weeks, each a few days early or late; values around the threshold."""
    random = np.random.default_rng(SEED)
    day = np.arange(VISITS) * DAYS_APART + random.integers(-3, 4, (PARTICIPANTS, VISITS))
    day[:, 0] = 0
    value = random.lognormal(np.log(THRESHOLD), 0.5, (PARTICIPANTS, VISITS))
    return Points(np.repeat(np.arange(PARTICIPANTS), VISITS), day.astype(np.float64).ravel(), value.ravel())
