"""Scenes whose records end with a period, on an archive with every record table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pandas as pd

from dashboard.locking import LockedArchive
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.view.state import default_view
from tests.endpoints.builders import protocol
from tests.endpoints.interim.grown import UNTIL, Recorded
from tests.panels.scenes import OneCut


@dataclass(frozen=True)
class Everything(OneCut):
    """An archive of one data cut with its record tables."""

    tables: Mapping[str, pd.DataFrame]

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return self.tables[table]


def lock_scene(recorded: Recorded, until: str = UNTIL, **choices: Any) -> Scene:
    """The scene of `recorded` locked to a period, as the workspace opens it."""
    cut = recorded.data.snapshot
    archive = LockedArchive(Everything(recorded.data, recorded.records), until)
    last = protocol().period(until).last_visit
    view = replace(default_view(protocol(), cut=cut.cut), **{"until": until, "period": until, "visit": last, **choices})
    return Scene(protocol(), view, cut, cut, archive.analysis(cut, view.base), archive)
