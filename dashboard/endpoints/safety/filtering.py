"""Which adverse events a reader's choices leave, and why the others are left out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.safety.wording import NOT_RECOGNISED, NOT_RECORDED

_UNRELATED: Mapping[str, str] = {
    NOT_RECORDED: "relation to treatment not recorded",
    NOT_RECOGNISED: "relation to treatment in words the study definition does not know",
}


@dataclass(frozen=True)
class EventFilter:
    """`related`: only events that the delivery calls related. `min_grade`: the lowest grade on `scale` (a label), None for any.

    Grades of two scales are not comparable, so with a lowest grade the events on other scales and those without a grade are left out.
    """

    related: bool = False
    min_grade: int | None = None
    scale: str = ""

    @property
    def is_open(self) -> bool:
        """Whether every event passes."""
        return not self.related and self.min_grade is None


def derive_refusals(events: pd.DataFrame, chosen: EventFilter) -> pd.Series:
    """For each event (EVENT_COLUMNS) why the filter leaves it out, the relation before the grade; "" for an event that passes."""
    reason = pd.Series("", index=events.index, dtype="object")
    if chosen.min_grade is not None:
        other = events["scale"] != chosen.scale
        low = (events["level"] < chosen.min_grade).fillna(False).to_numpy(dtype=bool)
        reason = reason.mask(low, f"below grade {chosen.min_grade}")
        reason = reason.mask(other, "graded on another scale, " + events["scale"].astype(object))
        reason = reason.mask(events["level"].isna(), "not graded")
    if chosen.related:
        relation = events["relatedness"].map(lambda word: _UNRELATED.get(word, "not related")).astype(object)
        reason = reason.where(events["related"], relation)
    return reason.astype("str")


@dataclass(frozen=True)
class Refusals:
    """Why a filter leaves out each of some events: `reason` is a position in `reasons` (sorted; "" passes), one entry per event."""

    reasons: tuple[str, ...]
    reason: Ints = field(repr=False)

    @property
    def passes(self) -> Flags:
        """The events that the filter leaves."""
        is_open = np.array([reason == "" for reason in self.reasons], dtype=bool)
        flags: Flags = is_open[self.reason]
        return flags

    def count(self, counted: Flags) -> dict[str, int]:
        """How many of the events marked are left out for each reason; reasons that nothing has are absent. Passed + refused = all."""
        counts = np.bincount(self.reason[counted], minlength=len(self.reasons)).tolist()
        return {reason: count for reason, count in zip(self.reasons, counts, strict=True) if reason and count}


def code_refusals(events: pd.DataFrame, chosen: EventFilter) -> Refusals:
    """The reasons of `derive_refusals` for the events (EVENT_COLUMNS), emergent or not, in their order."""
    refusals = np.full(len(events), "", dtype=object) if chosen.is_open else derive_refusals(events, chosen).to_numpy(dtype=object)
    reasons, reason = np.unique(refusals, return_inverse=True)
    return Refusals(tuple(reasons.tolist()), reason.astype(np.int64))
