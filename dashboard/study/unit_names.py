"""Units of doses as deliveries write them."""

from __future__ import annotations


def plain_unit(unit: str) -> str:
    """A unit's name without what makes no difference: case, blanks, and how the micro sign is written.

    The micro sign and the Greek letter mu are two characters that look alike; deliveries write u or mc for both.
    """
    return unit.replace("\u00b5", "u").replace("\u03bc", "u").casefold().replace("mcg", "ug").replace(" ", "")
