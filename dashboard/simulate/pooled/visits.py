"""The visits at which counts were drawn: planned days, how far from them, and which were missed."""

from __future__ import annotations

import numpy as np
import pandas as pd

# Label of the delivery, planned day, and the earliest and latest day drawn (all assumed: the abstract gives no visits).
VISITS = (
    ("BASELINE", -1, -2, -1),
    ("DAY 4", 4, 3, 5),
    ("DAY 7", 7, 6, 8),
    ("DAY 11", 11, 10, 12),
    ("DAY 14", 14, 13, 15),
    ("DAY 21", 21, 20, 23),
    ("DAY 28", 28, 26, 31),
    ("MONTH 2", 60, 55, 66),
    ("MONTH 3", 91, 84, 100),
    ("MONTH 6", 182, 170, 200),
    ("MONTH 12", 365, 350, 385),
    ("MONTH 18", 547, 530, 565),
    ("MONTH 24", 730, 710, 750),
)
TARGETS = tuple(target for _, target, _, _ in VISITS)
# Of the visits after day 28.
MISSED_SHARE = 0.015


def draw_visits(last: np.ndarray, stream: np.random.Generator) -> pd.DataFrame:
    """One row per visit that took place, by participant and day: columns person, number (from 1), visit, day.

    `last` is the last day of everyone. A visit planned by then took place by then, unless it was missed.
    """
    low, high = (np.array([visit[place] for visit in VISITS]) for place in (2, 3))
    days = low + np.floor(stream.uniform(0, 1, (len(last), len(VISITS))) * (high - low + 1)).astype(np.int64)
    days = np.minimum(days, last[:, None])
    came = np.array(TARGETS) <= last[:, None]
    came &= (stream.uniform(0, 1, came.shape) >= MISSED_SHARE) | (np.array(TARGETS) <= 28)
    person, place = np.nonzero(came)
    labels = np.array([visit[0] for visit in VISITS], dtype=object)
    return pd.DataFrame({"person": person, "number": place + 1, "visit": labels[place], "day": days[person, place]})
