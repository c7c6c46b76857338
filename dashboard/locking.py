"""A study as it stood at the end of a period: an archive whose analyses and records end there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pandas as pd

from dashboard.archive import Archive, Made
from dashboard.endpoints.interim.locking import Lock, compute_lock, select_data_until, select_records_until
from dashboard.endpoints.pooled.event_traits import derive_all_traits
from dashboard.endpoints.pooled.traits import fit_split, regroup_analysis
from dashboard.endpoints.records import Analysis, derive_analysis
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot


@dataclass(frozen=True)
class LockedArchive:
    """The `Archive` of one study with nothing after the end of the period called `until`.

    `whole` is the archive of the study with its own cohorts. `split` is the study as it is split, None for its own cohorts: who is in
    which group may follow from events, so that the split comes after the lock.
    """

    whole: Archive
    until: str
    split: StudyProtocol | None = None

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
        return self._keep(key, lambda: select_records_until(table, self.whole.records(snapshot, table), self._lock(snapshot)))

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        """The derived records of a snapshot up to the lock, under a baseline rule, split by what is known at the lock."""
        own, key = self._own_analysis(snapshot, rule), (snapshot.content_hash, rule, "locked analysis")
        if self.split is None or self.split.by == self.split.study.cohort_key:
            return own
        traits = self.traits(snapshot)
        split = fit_split(self.split, traits)
        return self._keep((*key, split.by, split.cohort_keys), lambda: regroup_analysis(own, split, traits))

    def _own_analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        """As `analysis`, with the study's own cohorts: shared by every split."""

        def derive() -> Analysis:
            whole = self.whole.analysis(snapshot, rule)
            return derive_analysis(select_data_until(whole.data, self._lock(snapshot)), whole.protocol, rule)

        return self._keep((snapshot.content_hash, rule, "locked analysis"), derive)

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        """The category of every participant of a snapshot in each grouping, as `derive_traits` gives it.

        A delivered trait has no day and stays; what follows from events follows from those up to the lock.
        """
        own = self.whole.analysis(snapshot, "last")
        if not any(grouping.derived for grouping in own.protocol.groupings):
            return self.whole.traits(snapshot)
        people = own.data.participants
        key = (snapshot.content_hash, "locked traits")
        return self._keep(key, lambda: derive_all_traits(people, lambda table: self.records(snapshot, table), own.protocol))

    def recall(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made for `key` under this lock and split before, else what `make` makes now."""
        split = () if self.split is None else (self.split.by, self.split.cohort_keys)
        return self._keep(("split", *split, *key), make)

    def _keep(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """As `recall`, shared by every split."""
        return self.whole.recall(("until", self.until, *key), make)

    def _lock(self, snapshot: Snapshot) -> Lock:
        key = (snapshot.content_hash, "lock")
        # The windows move with the doses and not with the baseline rule.
        return self._keep(key, lambda: compute_lock(self.whole.analysis(snapshot, "last"), self.until))
