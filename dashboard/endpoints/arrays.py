"""Array types, and the codes and orders that more than one derivation needs."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pandas as pd
from numpy.typing import NDArray

Flags = NDArray[np.bool_]
Floats = NDArray[np.float64]
Ints = NDArray[np.int64]

# One participant's days lie within ± DAY_REACH, so that participant and day fit one whole number that sorts like the pair.
DAY_REACH = 1 << 20


def compute_codes(names: pd.Series, known: Sequence[str], what: str) -> Ints:
    """Position of each name in `known`; KeyError lists names that are not there, calling them `what`."""
    codes = pd.Index(pd.Series(known, dtype="str")).get_indexer(pd.Index(names)).astype(np.int64)
    if (codes < 0).any():
        strange = sorted({str(name) for name in names.to_numpy()[codes < 0]})
        raise KeyError(f"{what} unknown: {', '.join(strange)}")
    return codes


def compute_day_key(row: Ints, day: Ints) -> Ints:
    """One whole number per (row, day) that sorts by row, then day; days lie within ± 1,048,575."""
    key: Ints = row * (2 * DAY_REACH) + (day + DAY_REACH)
    return key


def read_days(days: pd.Series) -> tuple[Ints, Flags]:
    """Days as int64 (0 where missing) and the flags of the days that are there."""
    known: Flags = days.notna().to_numpy(dtype=bool)
    return days.to_numpy(dtype=np.int64, na_value=0), known


def encode_integers(values: Ints, known: Flags) -> pd.api.extensions.ExtensionArray:
    """Whole numbers as Int64, missing where not `known`."""
    return pd.arrays.IntegerArray(values.astype(np.int64), ~known)


def encode_names(codes: Ints, names: Sequence[str]) -> pd.api.extensions.ExtensionArray:
    """Names by code as `str`; code −1 gives the empty string."""
    return pd.array([*names, ""], dtype="str").take(codes)
