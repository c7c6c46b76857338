"""The recovery of a scene: aplasia by visit, and the time until counts are at their levels again."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, compute_codes
from dashboard.endpoints.pooled.recovery import derive_recovery, summarise_aplasia
from dashboard.endpoints.pooled.sightings import DEATH, find_sightings
from dashboard.errors import NotFoundError
from dashboard.scene import Scene
from dashboard.study.columns import COHORT, PARTICIPANT
from dashboard.study.pooled import Aplasia, Recovery, RecoveryLevel
from dashboard.study.protocol import StudyProtocol

# What ended the wait, by cause of `endpoints.pooled.recovery`.
ENDS = ("censored", "recovered", "milestone", "died")
TABLE_COLUMNS = ["participant", "cohort", "analyte", "level", "below_day", "time", "ended_by", "reason"]


def name_level(level: RecoveryLevel) -> str:
    """The name of a level in addresses, such as `cd4-200`."""
    return f"{level.analyte}-{level.level:g}"


def list_levels(protocol: StudyProtocol) -> tuple[str, ...]:
    """The names of the levels of recovery of the definition, in its order."""
    return tuple(name_level(level) for level in protocol.recovery.levels) if protocol.recovery else ()


def list_aplasia(protocol: StudyProtocol) -> tuple[str, ...]:
    """The count whose absence the definition calls aplasia; () without one."""
    return (protocol.recovery.aplasia.analyte,) if protocol.recovery and protocol.recovery.aplasia else ()


def find_level(protocol: StudyProtocol, name: str) -> RecoveryLevel:
    """The level called `name`; NotFoundError otherwise."""
    for level in protocol.recovery.levels if protocol.recovery else ():
        if name_level(level) == name:
            return level
    raise NotFoundError("level of recovery", name, list_levels(protocol))


def find_aplasia(protocol: StudyProtocol) -> Aplasia:
    """What the definition calls aplasia; NotFoundError without it."""
    if protocol.recovery is None or protocol.recovery.aplasia is None:
        raise NotFoundError("aplasia", "in this study", ())
    return protocol.recovery.aplasia


def find_recovery(scene: Scene, level: RecoveryLevel) -> pd.DataFrame:
    """RECOVERY_COLUMNS of `endpoints.pooled.recovery`: everybody in the data cut, whoever is selected."""
    return scene.of_cut(
        "recovery",
        lambda: derive_recovery(scene.analysis, level.analyte, level.level, scene.milestone_days, _find_deaths(scene)),
        name_level(level),
    )


def _find_deaths(scene: Scene) -> np.ndarray:
    survival = scene.protocol.survival
    if survival is None:
        return np.full(len(scene.analysis.participants), np.nan)
    return find_sightings(scene.analysis, scene.records("milestone"), survival).first(DEATH)


@dataclass(frozen=True)
class Waits:
    """`find_recovery` as arrays, one entry per row of participants: times and causes, and the reason of those who do not wait.

    `reason` is the position in `reasons`; the first of them, "", is that of those who wait.
    """

    time: Floats
    cause: Ints
    reason: Ints
    reasons: tuple[str, ...]

    def left_out(self, mask: Flags) -> dict[str, int]:
        """How many of the marked participants do not wait, by reason, the most frequent first."""
        found = self.reason[mask & (self.reason > 0)]
        counts = np.bincount(found, minlength=len(self.reasons))
        known = sorted(dict.fromkeys(found.tolist()), key=lambda reason: -counts[reason])
        return {self.reasons[reason]: int(counts[reason]) for reason in known}


def find_waits(scene: Scene, level: RecoveryLevel) -> Waits:
    """How the wait of everybody in the data cut for recovery ended, whoever is selected."""

    def read() -> Waits:
        rows = find_recovery(scene, level)
        reasons = ("", *sorted(set(rows["reason"]) - {""}))
        return Waits(rows["time"].to_numpy(), rows["cause"].to_numpy(), compute_codes(rows["reason"], reasons, "reasons"), reasons)

    return scene.of_cut("waits for recovery", read, name_level(level))


def select_recovery(scene: Scene, level: RecoveryLevel) -> pd.DataFrame:
    """RECOVERY_COLUMNS with participant and cohort, of the selection."""
    rows = find_recovery(scene, level)
    people = scene.analysis.participants
    rows = rows.assign(participant=people[PARTICIPANT].to_numpy(), cohort=people[COHORT].to_numpy())
    return rows[scene.selection.mask].reset_index(drop=True)


def table_recovery(scene: Scene) -> pd.DataFrame:
    """TABLE_COLUMNS: a row per level of the definition and participant of the selection; `reason` says why one is in no curve."""
    recovery: Recovery | None = scene.protocol.recovery
    tables = [
        select_recovery(scene, level).assign(analyte=level.analyte, level=level.level) for level in (recovery.levels if recovery else ())
    ]
    if not tables:
        return pd.DataFrame(columns=TABLE_COLUMNS)
    rows = pd.concat(tables, ignore_index=True)
    names = np.array([*ENDS[:2], scene.protocol.later or ENDS[2], ENDS[3]], dtype=object)
    ended = np.where(rows["reason"] == "", names[rows["cause"].to_numpy()], "")
    return rows.assign(ended_by=ended)[TABLE_COLUMNS]


def table_aplasia(scene: Scene) -> pd.DataFrame:
    """APLASIA_COLUMNS by cohort (then `all`) and planned visit after day 0 of the period, of the selection."""
    if not list_aplasia(scene.protocol):
        return pd.DataFrame(columns=["cohort", "visit", "n", "of", "proportion", "lower", "upper"])
    return summarise_aplasia(scene.treated, scene.selection.mask, find_aplasia(scene.protocol), list_aplasia_visits(scene), scene.view.ci)


def list_aplasia_visits(scene: Scene) -> tuple[str, ...]:
    """The planned visits after day 0 of the period."""
    return tuple(visit.key for visit in scene.protocol.period_visits(scene.view.period) if visit.target > 0)
