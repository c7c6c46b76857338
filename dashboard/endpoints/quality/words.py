"""Numbers, days and windows as a sentence says them."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

OPEN = -(1 << 40)
UNIT = "cells/µL"


def describe_number(value: float) -> str:
    """At least three significant digits and at most two decimals beyond them, thousands separated; `none` for NaN."""
    if np.isnan(value):
        return "none"
    size = abs(value)
    decimals = 2 if size >= 1 or size == 0 else 2 - int(np.floor(np.log10(size)))
    text = f"{size:,.{decimals}f}"
    return ("−" if value < 0 else "") + (text.rstrip("0").rstrip(".") if "." in text else text)


def describe_day(day: int) -> str:
    """`day 98`, `day −5`."""
    return f"day {_whole(day)}"


def describe_window(low: int, high: int) -> str:
    """`day 225 to 293`, `day 0`, `up to day −10`; `low` is OPEN for a window without a lower end."""
    if low <= OPEN // 2:
        return f"up to {describe_day(high)}"
    return describe_day(low) if low == high else f"{describe_day(low)} to {_whole(high)}"


def describe_count(number: int, one: str) -> str:
    """`1 day`, `21 days`."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"


def describe_list(words: Sequence[str]) -> str:
    """`a`, `a and b`, `a, b and c`."""
    return " and ".join((", ".join(words[:-1]), words[-1])) if len(words) > 1 else "".join(words)


def _whole(number: int) -> str:
    return f"−{-number}" if number < 0 else str(number)
