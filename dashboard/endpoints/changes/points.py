"""Which points of the later data cut a figure marks as changed."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.changes.reasons import ADDED, AFTER_CUT, REMOVED
from dashboard.endpoints.changes.records import RecordChanges
from dashboard.study.columns import ANALYTE, DAY, PARTICIPANT

POINT_COLUMNS = (PARTICIPANT, ANALYTE, DAY, "change", "reason", "sentence")


def changed_points(records: RecordChanges, *, since_cut: bool = True) -> pd.DataFrame:
    """POINT_COLUMNS: the counts of the later snapshot that were added, corrected or moved with the first dose, one row per
    participant, analyte and day.

    day is that of the later snapshot; a count without a day, or removed, has no point. Of several changes on one day what was there
    before goes before an addition, and the sentences are joined. since_cut False leaves out what was added after the earlier cut, which
    is new rather than changed. Sorted by participant, analyte, day.
    """
    changes = records.changes
    wanted = (changes["table"] == "count") & (changes["change"] != REMOVED) & changes["day_after"].notna()
    if not since_cut:
        wanted &= changes["reason"] != AFTER_CUT
    points = changes[wanted].rename(columns={"day_after": DAY}).astype({DAY: "int64"})
    rank = np.where(points["change"] == ADDED, 1, 0)
    ordered = points.assign(rank=rank).sort_values([PARTICIPANT, ANALYTE, DAY, "rank"], kind="stable")
    several = ordered.duplicated([PARTICIPANT, ANALYTE, DAY], keep=False)
    joined = (
        ordered[several]
        .groupby([PARTICIPANT, ANALYTE, DAY], as_index=False)
        .agg(change=("change", "first"), reason=("reason", "first"), sentence=("sentence", "; ".join))
    )
    both = pd.concat([ordered[~several], joined], ignore_index=True)[list(POINT_COLUMNS)]
    return both.sort_values([PARTICIPANT, ANALYTE, DAY], ignore_index=True)
