"""What a scene may ask of the snapshots beside its own analysis: further records, other data cuts, and what is costly to derive of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Protocol, TypeVar

import pandas as pd

from dashboard.endpoints.records import Analysis
from dashboard.study.snapshot import Snapshot

Made = TypeVar("Made")


class Archive(Protocol):
    """The published snapshots of one study. Everything made through `recall` is kept, keyed by snapshots that never change."""

    def published(self) -> Sequence[Snapshot]:
        """The published data cuts, newest first."""
        ...

    def every(self) -> Sequence[Snapshot]:
        """Every data cut, drafts and withdrawn ones included, newest first: for those who deliver."""
        ...

    def withdrawn(self) -> Sequence[Snapshot]:
        """The data cuts that the reader saw until they were withdrawn, newest first. Their rows cannot be read."""
        ...

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        """The rows of one of `columns.RECORD_TABLES`."""
        ...

    def analysis(self, snapshot: Snapshot, rule: str) -> Analysis:
        """The derived records of a snapshot under a baseline rule."""
        ...

    def traits(self, snapshot: Snapshot) -> pd.DataFrame:
        """The category of every participant of a snapshot in each grouping, as `derive_traits` gives it."""
        ...

    def recall(self, key: tuple[Any, ...], make: Callable[[], Made]) -> Made:
        """What was made for `key` before, else what `make` makes now."""
        ...


def find_earlier(published: Sequence[Snapshot], snapshot: Snapshot) -> Snapshot | None:
    """The newest of the data cuts before `snapshot` in `published`, which is newest first; None when there is none."""
    names = [cut.cut for cut in published]
    older = published[names.index(snapshot.cut) + 1 :] if snapshot.cut in names else ()
    return older[0] if older else None
