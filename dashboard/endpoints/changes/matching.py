"""Rows of two frames as whole numbers, and the pairing of equal ones, one to one. Nothing here loops over rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from dashboard.endpoints.arrays import Flags, Ints

# Codes of several columns are combined by multiplication; below this product a whole number of 64 bits holds them exactly.
CODE_LIMIT = 1 << 62


@dataclass(frozen=True)
class RowCodes:
    """Columns of two frames as codes: the rows of `before`, then those of `after`. Equal codes mean equal values.

    Missing equals missing. The codes are exact: no two values share one, as two values may share a hash.
    """

    n_before: int
    codes: Mapping[str, NDArray[np.int32]] = field(repr=False)
    levels: Mapping[str, int]

    def differ(self, name: str, before: Ints, after: Ints) -> Flags:
        """Whether column `name` differs between row `before[i]` of the earlier and `after[i]` of the later frame."""
        column = self.codes[name]
        flags: Flags = column[before] != column[self.n_before + after]
        return flags


def encode_columns(before: Mapping[str, pd.Series], after: Mapping[str, pd.Series], n_before: int) -> RowCodes:
    """The codes of every column of `before`, which `after` has as well, of the same type."""
    codes, levels = {}, {}
    for name, column in before.items():
        both = pd.concat([column, after[name]], ignore_index=True)
        found, known = pd.factorize(both, use_na_sentinel=False)
        codes[name], levels[name] = found.astype(np.int32), len(known)
    return RowCodes(n_before, codes, levels)


def match_rows(rows: RowCodes, names: Sequence[str], before: Ints, after: Ints) -> tuple[Ints, Ints]:
    """Pairs of rows that are equal in the columns `names`, one to one: positions in the earlier and in the later frame.

    Only the rows at the positions `before` and `after` take part. Of rows that are equal among themselves the first k of each
    side are paired, in the order given, k being the smaller of their numbers: multisets are intersected, not sets.
    """
    wanted = np.r_[before, rows.n_before + after]
    code, size = np.zeros(len(wanted), dtype=np.int64), 1
    for name in names:
        if size * rows.levels[name] >= CODE_LIMIT:
            code, size = _compress(code)
        code, size = code * rows.levels[name] + rows.codes[name][wanted], size * rows.levels[name]
    code, size = _compress(code)
    of_before, of_after = code[: len(before)], code[len(before) :]
    shared = np.minimum(np.bincount(of_before, minlength=size), np.bincount(of_after, minlength=size))
    return before[_take_first(of_before, shared)], after[_take_first(of_after, shared)]


def _compress(code: Ints) -> tuple[Ints, int]:
    found, known = pd.factorize(code)
    return found.astype(np.int64), len(known)


def _take_first(code: Ints, quota: Ints) -> Ints:
    """Positions of the first `quota[c]` rows of each code c, sorted by code."""
    order = np.argsort(code, kind="stable")
    ordered = code[order]
    count = np.bincount(code, minlength=len(quota))
    place = np.arange(len(code)) - np.repeat(np.cumsum(count) - count, count)
    taken: Ints = order[place < quota[ordered]]
    return taken
