"""The range of an axis that the figure leaves open, found as plotly.js finds it (`plots/cartesian/autorange.js`)."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

# Data get this share of the axis as room at the ends when a trace asks for it; padding never leaves them less than a tenth.
EXTRA, LEAST = 0.05, 0.1


@dataclass(frozen=True)
class Extreme:
    """A level that must be shown, with its padding in pixels; `extra` asks for room in proportion to the axis, too."""

    level: float
    pad: float = 0.0
    extra: bool = False


@dataclass
class Extremes:
    """What an axis must show at either end."""

    lows: list[Extreme] = field(default_factory=list)
    highs: list[Extreme] = field(default_factory=list)

    def add(self, levels: np.ndarray, *, below: float = 0.0, above: float = 0.0, extra: bool = False, zero: bool = False) -> None:
        """Ask for all of `levels` (NaN is nothing) with padding in pixels; `zero`: and for 0, tightly."""
        known = levels[np.isfinite(levels)]
        if not len(known):
            return
        low, high = float(known.min()), float(known.max())
        low, high = (min(low, 0.0), max(high, 0.0)) if zero else (low, high)
        self.lows.append(Extreme(low) if zero and low == 0 else Extreme(low, below, extra))
        self.highs.append(Extreme(high) if zero and high == 0 else Extreme(high, above, extra))


def find_range(extremes: Extremes, length: float, *, to_zero: bool) -> tuple[float, float]:
    """The range that shows every extreme with its padding on an axis of `length` pixels; (-1, 6) when there is none, as plotly does.

    A level that plain padding does not reach decides: of all pairs the one that needs the widest range.
    """
    if not extremes.lows:
        return (-1.0, 6.0)
    lowest, highest = min(e.level for e in extremes.lows), max(e.level for e in extremes.highs)
    if lowest == highest:
        return _around(lowest, max(_pad(e, length) for e in (extremes.highs if lowest > 0 else extremes.lows)), length, to_zero)
    low, high = _widest(extremes, length)
    if to_zero:
        low = Extreme(0.0) if low.level >= 0 else low
        high = Extreme(0.0) if high.level <= 0 else high
    before, after = _pad(low, length), _pad(high, length)
    scale = (high.level - low.level) / (length - before - after)
    return low.level - scale * before, high.level + scale * after


def _pad(extreme: Extreme, length: float) -> float:
    return extreme.pad + (EXTRA * length if extreme.extra else 0.0)


def _widest(extremes: Extremes, length: float) -> tuple[Extreme, Extreme]:
    best, chosen = 0.0, (extremes.lows[0], extremes.highs[0])
    for low in extremes.lows:
        for high in extremes.highs:
            span, room = high.level - low.level, length - _pad(low, length) - _pad(high, length)
            pair = (low, high) if room > LEAST * length else (Extreme(low.level), Extreme(high.level))
            need = span / (room if room > LEAST * length else length)
            if need > best:
                best, chosen = need, pair
    return chosen


def _around(level: float, pad: float, length: float, to_zero: bool) -> tuple[float, float]:
    if not to_zero:
        return level - 1, level + 1
    if level == 0:
        return 0.0, 1.0
    end = level / (1 - min(0.5, pad / length))
    return (0.0, end) if level > 0 else (end, 0.0)
