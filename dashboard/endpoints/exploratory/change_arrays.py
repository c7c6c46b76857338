"""Changes of findings as arrays, for what every view asks of them."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.records import Analysis

# What a series is called; all but the label tell series apart.
SERIES_NAMES = ("domain", "test", "label", "category", "object")


@dataclass(frozen=True)
class ChangeArrays:
    """Columns of changes (of `derive_finding_changes`), one entry per row.

    visit is its position in the protocol, −1 for none; unit the number of the text; names the values of SERIES_NAMES.
    """

    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    series: Ints = field(repr=False)
    visit: Ints = field(repr=False)
    dated: Flags = field(repr=False)
    analysed: Flags = field(repr=False)
    titred: Flags = field(repr=False)
    level: Floats = field(repr=False)
    change: Floats = field(repr=False)
    unit: Ints = field(repr=False)
    units: tuple[str, ...] = field(repr=False)
    names: tuple[tuple[str, ...], ...] = field(repr=False)

    def list_first(self, rows: Ints) -> dict[int, int]:
        """Of every series among the rows (ascending) its first row, the series in the order of their names there."""
        series, first = np.unique(self.series[rows], return_index=True)
        found = zip(series.tolist(), rows[first].tolist(), strict=True)
        return dict(sorted(found, key=lambda pair: self.names[pair[1]]))


def read_changes(changes: pd.DataFrame, analysis: Analysis) -> ChangeArrays:
    """The arrays of `changes`."""
    person = changes["participant_index"].to_numpy(dtype=np.int64)
    unit, units = pd.factorize(changes["unit_text"])
    return ChangeArrays(
        person=person,
        cohort=analysis.cohort_codes[person],
        series=changes["series"].to_numpy(dtype=np.int64),
        visit=pd.Index(analysis.protocol.visit_keys).get_indexer(pd.Index(changes["visit"])).astype(np.int64),
        dated=changes["day"].notna().to_numpy(dtype=bool),
        analysed=changes["analysed"].to_numpy(dtype=bool),
        titred=(changes["scale"] == "titre").to_numpy(dtype=bool),
        level=changes["level"].to_numpy(dtype=np.float64),
        change=changes["change"].to_numpy(dtype=np.float64),
        unit=unit.astype(np.int64),
        units=tuple(str(text) for text in units),
        names=tuple(tuple(map(str, row)) for row in changes[list(SERIES_NAMES)].itertuples(index=False)),
    )
