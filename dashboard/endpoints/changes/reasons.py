"""Why a record differs between two data cuts: because time went on, or because somebody changed it."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.changes.clock import Clock
from dashboard.endpoints.changes.pairing import Pairing
from dashboard.endpoints.changes.rules import PARTICIPANTS, TableRule
from dashboard.study.columns import CUT_DAY, DOSED, PARTICIPANT, STATUS

AFTER_CUT, NEW_PARTICIPANT, LATE_ENTRY, NO_DAY = "after the earlier cut", "new participant", "late entry", "day not known"
CORRECTION, REDATED, REMOVAL, GONE = "correction", "first dose dated", "removal", "participant removed"
ADDED, REMOVED, CORRECTED, SHIFTED, FOLLOWED = "added", "removed", "corrected", "shifted", "followed"
# The verb of a sentence: what somebody corrected is told apart from what merely moved on.
VERBS: Mapping[str, str] = {
    ADDED: "added",
    REMOVED: "removed",
    CORRECTED: "corrected",
    SHIFTED: "moved with the first dose",
    FOLLOWED: "followed further",
}
# In the order in which a reader should meet them.
REASONS = (CORRECTION, REMOVAL, LATE_ENTRY, REDATED, GONE, NEW_PARTICIPANT, NO_DAY, AFTER_CUT)


def explain_corrections(rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, pairing: Pairing, clock: Clock) -> np.ndarray:
    """Of each pair that differs: AFTER_CUT when only the course since the earlier cut is told, REDATED, else CORRECTION."""
    cut = clock.cut(after[PARTICIPANT])
    since = np.zeros(len(after), dtype=bool)
    if rule.progress:
        last = after[rule.days[-1]].to_numpy(dtype=np.float64, na_value=np.nan)
        since = _only(rule, pairing.changed, rule.progress) & (last > cut)
    if rule is PARTICIPANTS:
        started = clock.flags(after[PARTICIPANT], "dosed_since") & (cut < 0)
        since |= started & _only(rule, pairing.changed, (*rule.progress, CUT_DAY, DOSED, STATUS))
    return np.select([since, pairing.redated], [AFTER_CUT, REDATED], CORRECTION)


def name_difference(reason: np.ndarray) -> np.ndarray:
    """SHIFTED, FOLLOWED or CORRECTED for each reason of `explain_corrections`."""
    return np.select([reason == REDATED, reason == AFTER_CUT], [SHIFTED, FOLLOWED], CORRECTED)


def describe_kind(change: str, reason: str) -> str:
    """A change and its reason in as few words as tell both: “corrected”, “added, late entry”."""
    if change == ADDED:
        return f"{VERBS[change]}, {reason}"
    return "removed with the participant" if reason == GONE else VERBS[change]


def _only(rule: TableRule, changed: Ints, names: tuple[str, ...]) -> Flags:
    """Pairs that differ in none but the columns `names`."""
    allowed = sum(1 << place for place, name in enumerate(rule.content) if name in names)
    flags: Flags = (changed & ~np.int64(allowed)) == 0
    return flags


def explain_additions(rule: TableRule, rows: pd.DataFrame, clock: Clock) -> np.ndarray:
    """Of each added row: AFTER_CUT, NEW_PARTICIPANT, NO_DAY or LATE_ENTRY, the first that applies."""
    new = ~clock.flags(rows[PARTICIPANT], "in_before")
    if not rule.days or rule is PARTICIPANTS:
        return np.where(new, NEW_PARTICIPANT, NO_DAY)
    day = rows[rule.days[0]].to_numpy(dtype=np.float64, na_value=np.nan)
    cut = clock.cut(rows[PARTICIPANT])
    return np.select([day > cut, new, np.isnan(day) | np.isnan(cut)], [AFTER_CUT, NEW_PARTICIPANT, NO_DAY], LATE_ENTRY)


def explain_removals(rule: TableRule, rows: pd.DataFrame, clock: Clock) -> np.ndarray:
    """Of each removed row: GONE for a record of a participant who is gone as well, else REMOVAL."""
    gone = ~clock.flags(rows[PARTICIPANT], "in_after")
    return np.where(gone & (rule is not PARTICIPANTS), GONE, REMOVAL)
