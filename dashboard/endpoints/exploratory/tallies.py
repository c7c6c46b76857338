"""Participants counted in cells. Which cell a row belongs to does not change with the selection, so that counting is one pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import prod

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.records import Analysis


@dataclass(frozen=True)
class Tally:
    """Rows that count, each in one cell of an array of `shape`, whose last axis is the cohort of the protocol.

    person is the row of `Analysis.participants` that each belongs to, cell its place in the flat array.
    """

    person: Ints = field(repr=False)
    cell: Ints = field(repr=False)
    shape: tuple[int, ...]


def derive_tally(analysis: Analysis, person: Ints, places: Sequence[Ints], sizes: Sequence[int], counts: Flags | None = None) -> Tally:
    """The tally of rows of `person` by their `places` on axes of these `sizes`, then by cohort; only of the rows that `counts` flags."""
    cell = np.zeros(len(person), dtype=np.int64)
    cohorts = len(analysis.protocol.cohort_keys)
    for place, size in zip([*places, analysis.cohort_codes[person]], [*sizes, cohorts], strict=True):
        cell = cell * size + place
    kept = np.ones(len(person), dtype=bool) if counts is None else counts
    return Tally(person[kept], cell[kept], (*sizes, cohorts))


def count_cells(tally: Tally, selected: Flags) -> Ints:
    """How many rows of the selected participants each cell holds: an array of `shape` with the cohorts together as its last cohort."""
    cell = tally.cell[selected[tally.person]]
    counts = np.bincount(cell, minlength=prod(tally.shape)).reshape(tally.shape)
    found: Ints = np.concatenate([counts, counts.sum(axis=-1, keepdims=True)], axis=-1)
    return found
