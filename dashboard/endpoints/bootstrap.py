"""Percentile bootstrap of a mean, with resamples that depend only on the number of values."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from dashboard.endpoints.arrays import Floats

RESAMPLES = 9_999
SEED = 20_221_031
SMALLEST_SIZE = 5
LARGEST_KEPT = 1_000
BLOCK = 303


def compute_bootstrap_interval(values: Floats, level: float = 0.95) -> tuple[float, float]:
    """Percentile interval of the mean from 9,999 resamples of fixed seed; (NaN, NaN) below 5 values.

    `values` hold no NaN and keep their unit. The same values in the same order always give the same interval.
    """
    n = len(values)
    if n < SMALLEST_SIZE:
        return float("nan"), float("nan")
    blocks = _keep_draws(n) if n <= LARGEST_KEPT else _draw_blocks(n)
    means = np.concatenate([block @ values for block in blocks]) / n
    lower, upper = np.quantile(means, [(1 - level) / 2, (1 + level) / 2])
    return float(lower), float(upper)


@lru_cache(maxsize=128)
def _keep_draws(n: int) -> tuple[NDArray[np.uint16], ...]:
    return tuple(_draw_blocks(n))


def _draw_blocks(n: int) -> Iterator[NDArray[np.uint16]]:
    """How often each of n values is drawn in each resample: blocks of (resamples, n), 9,999 rows in all."""
    generator = np.random.default_rng((SEED, n))
    for first in range(0, RESAMPLES, BLOCK):
        rows = min(BLOCK, RESAMPLES - first)
        drawn = generator.integers(0, n, size=(rows, n))
        drawn += n * np.arange(rows)[:, None]
        yield np.bincount(drawn.ravel(), minlength=rows * n).reshape(rows, n).astype(np.uint16)
