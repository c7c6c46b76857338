"""Concentrations as arrays, for what every view asks of them; and the groups in which they are summarised."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints
from dashboard.endpoints.exploratory.concentrations import ASSAY
from dashboard.endpoints.proportions import SMALLEST_TOTAL
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.summaries import compute_geometric_means, compute_quartiles
from dashboard.study.columns import BELOW_LOQ, DOSE_NUMBER, VALUE

NO_ASSAY = -1


@dataclass(frozen=True)
class SampleArrays:
    """Columns of concentrations (of `derive_concentrations`), one entry per row; `assays` are the values of ASSAY by number.

    dose is the number of the dose, 0 before the first; visit its position in the protocol, −1 for none; `cell` numbers cohort, dose,
    whether a day or more has passed since the dose, and visit together, in that order.
    """

    assays: tuple[tuple[str, ...], ...]
    labels: tuple[str, ...] = field(repr=False)
    person: Ints = field(repr=False)
    cohort: Ints = field(repr=False)
    assay: Ints = field(repr=False)
    dose: Ints = field(repr=False)
    dose_row: Ints = field(repr=False)
    visit: Ints = field(repr=False)
    elapsed: Floats = field(repr=False)
    value: Floats = field(repr=False)
    below: Flags = field(repr=False)
    above: Flags = field(repr=False)
    in_lane: Flags = field(repr=False)
    lane_value: Floats = field(repr=False)
    cell: Ints = field(repr=False)

    def choose_assay(self, rows: Ints) -> int:
        """The number of the assay with the most of these rows, the first of equals in the order of ASSAY; NO_ASSAY without rows."""
        return int(np.bincount(self.assay[rows]).argmax()) if len(rows) else NO_ASSAY


def read_samples(concentrations: pd.DataFrame, analysis: Analysis) -> SampleArrays:
    """The arrays of `concentrations`."""
    person = concentrations["participant_index"].to_numpy(dtype=np.int64)
    dose = concentrations[DOSE_NUMBER].to_numpy(dtype=np.int64, na_value=0)
    elapsed, visits = concentrations["elapsed_days"].to_numpy(dtype=np.float64), analysis.protocol.visit_keys
    visit = pd.Index(visits).get_indexer(pd.Index(concentrations["visit"])).astype(np.int64)
    cohort = analysis.cohort_codes[person]
    numbers = cohort * (dose.max(initial=0) + 1) + dose
    keys = concentrations[["assay", *ASSAY]].drop_duplicates("assay").sort_values("assay")[ASSAY]
    return SampleArrays(
        assays=tuple(tuple(map(str, key)) for key in keys.itertuples(index=False)),
        labels=tuple(str(label) for label in concentrations["label"]),
        person=person,
        cohort=cohort,
        assay=concentrations["assay"].to_numpy(dtype=np.int64),
        dose=dose,
        dose_row=concentrations["dose_row"].to_numpy(dtype=np.int64),
        visit=visit,
        elapsed=elapsed,
        value=concentrations[VALUE].to_numpy(dtype=np.float64),
        below=concentrations[BELOW_LOQ].to_numpy(dtype=bool),
        above=concentrations["above_limit"].to_numpy(dtype=bool),
        in_lane=concentrations["in_lane"].to_numpy(dtype=bool),
        lane_value=concentrations["lane_value"].to_numpy(dtype=np.float64),
        cell=(numbers * 2 + (elapsed >= 1)) * (len(visits) + 1) + visit,
    )


@dataclass(frozen=True)
class SampleGroups:
    """Samples by assay, cohort, dose, whether a day or more has passed since it, and planned visit, in that order.

    rows and group tell the group of each sample; of each group first is its first row, elapsed the median, below how many lie below the
    limit, means n, gmean, gmean_lower, gmean_upper and log_sd of the values; no interval of fewer than SMALLEST_TOTAL.
    """

    rows: Ints = field(repr=False)
    group: Ints = field(repr=False)
    first: Ints
    elapsed: Floats
    below: Ints
    means: Mapping[str, Floats]


def group_samples(arrays: SampleArrays, rows: Ints) -> SampleGroups:
    """The groups of those of the rows that come after a dose, in a planned visit and with a value; one below the limit counts as half."""
    rows = rows[(arrays.dose_row[rows] >= 0) & (arrays.visit[rows] >= 0) & ~np.isnan(arrays.value[rows])]
    key = arrays.assay[rows] * (arrays.cell.max(initial=0) + 1) + arrays.cell[rows]
    _, first, group = np.unique(key, return_index=True, return_inverse=True)
    return SampleGroups(
        rows=rows,
        group=group,
        first=rows[first],
        elapsed=compute_quartiles(arrays.elapsed[rows], group, len(first))["median"],
        below=np.bincount(group[arrays.below[rows]], minlength=len(first)),
        means=summarise_means(arrays.value[rows], group, len(first)),
    )


def summarise_means(values: Floats, groups: Ints, n_groups: int) -> dict[str, Any]:
    """The numbers of `compute_geometric_means`; a group of fewer than SMALLEST_TOTAL has no interval, which would span decades."""
    found = compute_geometric_means(values, groups, n_groups)
    few = found["n"] < SMALLEST_TOTAL
    return found | {name: np.where(few, np.nan, found[name]) for name in ("gmean_lower", "gmean_upper")}


def find_second_samples(arrays: SampleArrays) -> Ints:
    """The row of the second sample after each dose, of each assay; a dose with one sample has none."""
    order = np.lexsort((arrays.elapsed, arrays.dose_row, arrays.assay))
    order = order[arrays.dose_row[order] >= 0]
    fresh = np.r_[True, (np.diff(arrays.assay[order]) != 0) | (np.diff(arrays.dose_row[order]) != 0)][: len(order)]
    # The second is the one after a first that is none itself.
    second: Ints = order[1:][fresh[:-1] & ~fresh[1:]]
    return second
