"""Why rows of a selection are not in a figure: each is counted under the first reason that applies."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np

from dashboard.endpoints.arrays import Flags, Ints


@dataclass(frozen=True)
class FirstReasons:
    """Why rows are not in a figure: of each the place of the first of the `reasons` that applies, their number where none does."""

    reasons: tuple[str, ...]
    place: Ints

    def count(self, rows: Ints) -> dict[str, int]:
        """How many of these rows each reason leaves out, each counted under the first that applies."""
        counts = np.bincount(self.place[rows], minlength=len(self.reasons)).tolist()
        return {reason: n for reason, n in zip(self.reasons, counts, strict=False) if n}


def find_first(refused: Mapping[str, Flags]) -> FirstReasons:
    """The first of the reasons that applies to each row; `refused` flags the rows of each."""
    place = np.full(len(next(iter(refused.values()))), len(refused), dtype=np.int64)
    for at, flags in reversed(list(enumerate(refused.values()))):
        place[flags] = at
    return FirstReasons(tuple(refused), place)
