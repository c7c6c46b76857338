"""A study as it stood at the end of a period: an archive whose analyses and records end there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.archive import Archive, Made
from dashboard.endpoints.interim.locking import Lock, compute_lock, select_data_until, select_records_until
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.study.snapshot import Snapshot


@dataclass(frozen=True)
class LockedArchive:
    """The `Archive` of one study with nothing after the end of the period called `until`."""

    whole: Archive
    until: str

    def published(self) -> Sequence[Snapshot]:
        """The published data cuts, newest first."""
        return self.whole.published()

    def every(self) -> Sequence[Snapshot]:
        """Every data cut, newest first."""
        return self.whole.every()

    def withdrawn(self) -> Sequence[Snapshot]:
        """The data cuts that the reader saw until they were withdrawn, newest first."""
        return self.whole.withdrawn()

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES` up to the lock."""
        key = (snapshot.content_hash, table, "locked records")
        return self.recall(key, lambda: select_records_until(table, self.whole.records(snapshot, table), self._lock(snapshot)))

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        """The derived records of a snapshot up to the lock, under a baseline rule."""

        def derive() -> Analysis:
            whole = self.whole.analysis(snapshot, rule)
            locked = derive_analysis(select_data_until(whole.data, self._lock(snapshot)), whole.protocol, rule)
            return replace(locked, own_amounts=whole.own_amounts)

        return self.recall((snapshot.content_hash, rule, "locked analysis"), derive)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        """The category of every participant of a snapshot in each grouping: traits have no day."""
        return self.whole.traits(snapshot)

    def recall(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made for `key` under this lock before, else what `make` makes now."""
        return self.whole.recall(("until", self.until, *key), make)

    def _lock(self, snapshot: Snapshot) -> Lock:
        key = (snapshot.content_hash, "lock")
        # The windows move with the doses and not with the baseline rule.
        return self.recall(key, lambda: compute_lock(self.whole.analysis(snapshot, "last"), self.until))
