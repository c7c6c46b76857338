"""Drawing at random what must add up: exact numbers in each group, exact order statistics."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]


def draw_members(weights: Floats, number: int, stream: np.random.Generator) -> Ints:
    """Places of exactly `number` members, drawn without replacement with chances in proportion to `weights` (0 = never), ascending."""
    with np.errstate(divide="ignore"):
        keys = np.log(weights) + stream.gumbel(size=len(weights))
    if np.isfinite(keys).sum() < number:
        raise ValueError(f"{number} members are wanted and {int(np.isfinite(keys).sum())} can be drawn")
    return np.sort(np.argsort(-keys, kind="stable")[:number])


def fit_ranks(raw: Floats, wanted: Mapping[int, int]) -> Ints:
    """Whole numbers in the order of `raw`; the one with rank r (from 1) is `wanted[r]`, the others lie between their neighbours there.

    `wanted` must give the first and the last rank, and rise with the rank.
    """
    ranks = sorted(wanted)
    if ranks[0] != 1 or ranks[-1] != len(raw) or sorted(wanted.values()) != [wanted[rank] for rank in ranks]:
        raise ValueError(f"ranks 1 and {len(raw)} need a value, and values must rise with ranks (found {dict(wanted)})")
    order = np.argsort(raw, kind="stable")
    values = np.empty(len(raw))
    values[order] = np.interp(raw[order], raw[order][[rank - 1 for rank in ranks]], [wanted[rank] for rank in ranks])
    fitted = np.round(values).astype(np.int64)
    fitted[order[[rank - 1 for rank in ranks]]] = [wanted[rank] for rank in ranks]
    return fitted


def median_ranks(number: int, low: float, median: float, high: float) -> dict[int, int]:
    """Ranks and whole numbers that give this lowest value, median and highest value."""
    half = number // 2
    middle = {half + 1: median} if number % 2 else {half: np.floor(median), half + 1: np.ceil(median)}
    return {rank: int(value) for rank, value in ({1: low} | middle | {number: high}).items()}
