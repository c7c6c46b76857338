"""How a pooled number is told so that no small group can be read from it, nor computed by subtraction.

Every number of participants belongs to a partition of the same participants. A category that holds fewer than the minimum is joined
with its neighbour, so whatever is shown, and whatever differs between two shown numbers, is the sum of groups of at least the minimum.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Group:
    """Categories that are told together, with the number of participants in one of them."""

    labels: tuple[str, ...]
    n: int


def join_small(counts: Sequence[tuple[str, int]], minimum: int) -> tuple[Group, ...]:
    """The categories of a partition, neighbours joined until each group has `minimum` participants.

    No group when only one would be left: it says nothing. What remains at the end joins the group before it; if the two had exactly
    `minimum` participants one could tell that the rest is empty, so they join the next group before, too.
    """
    groups: list[Group] = []
    waiting: list[tuple[str, int]] = []
    for category in counts:
        waiting.append(category)
        if sum(n for _, n in waiting) >= minimum:
            groups.append(_join(waiting))
            waiting = []
    if waiting and groups:
        groups.append(_merge(groups.pop(), _join(waiting)))
        if groups[-1].n == minimum and len(groups) > 1:
            last = groups.pop()
            groups.append(_merge(groups.pop(), last))
    return tuple(groups) if len(groups) > 1 else ()


def _join(categories: Sequence[tuple[str, int]]) -> Group:
    return Group(tuple(label for label, _ in categories), sum(n for _, n in categories))


def _merge(first: Group, second: Group) -> Group:
    return Group((*first.labels, *second.labels), first.n + second.n)


def describe_size(n: int, of: int, minimum: int) -> str:
    """How many of `of` participants a summary is of, in words; "" when they are too few for one.

    The number itself only where at least `minimum` participants are not among them; else those who are missing could be counted.
    """
    if n < minimum:
        return ""
    return str(n) if of - n >= minimum else f"at least {max(of - minimum + 1, minimum)}"


def coarsen(value: float, step: int) -> int:
    """`value` to the nearest multiple of `step`, halves up: a median can be one participant's own value, and must not show it."""
    return step * math.floor(value / step + 0.5)
