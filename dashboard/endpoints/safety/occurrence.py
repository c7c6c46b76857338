"""Which event stands for a participant: the first, and the worst, of all events, of a body system and of a term."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.study.columns import SOURCE_FILE, SOURCE_ROW

# What is counted once per participant, and the columns that tell one from the other (ADaM: AOCCFL, AOCCSFL, AOCCPFL).
GROUPS: dict[str, tuple[str, ...]] = {"any": (), "in_system": ("body_system",), "in_term": ("body_system", "term")}


def derive_occurrence(events: pd.DataFrame, counted: Flags | None = None) -> dict[str, Flags]:
    """Flags first_… and worst_… for `any`, `in_system` and `in_term`, at most one event for each participant and group.

    Only emergent events that are `counted` (all when absent) are flagged. The first is the earliest start, an absent start last, ties
    by file and row. The worst has the highest level on its own scale, so each scale has its own; events without a level come last,
    ties go to the first.
    """
    used = events["emergent"].to_numpy() & (True if counted is None else counted)
    start = events["start_day"].to_numpy(dtype=np.float64, na_value=np.inf)
    level = events["level"].to_numpy(dtype=np.float64, na_value=0)
    earliest: Ints = np.lexsort((events[SOURCE_ROW], _encode(events[[SOURCE_FILE]]), start))
    worst: Ints = earliest[np.argsort(-level[earliest], kind="stable")]
    flags = {}
    for name, columns in GROUPS.items():
        flags[f"first_{name}"] = _flag_first(events, earliest, used, ("participant_index", *columns))
        flags[f"worst_{name}"] = _flag_first(events, worst, used, ("participant_index", "scale", *columns))
    return flags


def _flag_first(events: pd.DataFrame, order: Ints, used: Flags, columns: tuple[str, ...]) -> Flags:
    """Flags the first used event, in `order`, of each combination of `columns`."""
    kept = order[used[order]]
    flags = np.zeros(len(events), dtype=bool)
    flags[kept[~events.iloc[kept].duplicated(list(columns)).to_numpy()]] = True
    return flags


def _encode(frame: pd.DataFrame) -> Ints:
    codes: Ints = np.asarray(frame.groupby(list(frame.columns), sort=True).ngroup(), dtype=np.int64)
    return codes
