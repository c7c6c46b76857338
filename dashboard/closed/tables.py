"""Tables of pooled groups, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.closed.cells import join_small

WITHHELD = "not shown"
Partition = tuple[str, Sequence[tuple[str, int]]]


@dataclass(frozen=True)
class Table:
    """A table as it is shown: `key` names it in files, `rows` are texts under `header`, a sentence stands below."""

    key: str
    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    sentence: str = ""


def tabulate_groups(key: str, title: str, partitions: Sequence[Partition], of: int, minimum: int) -> Table:
    """Each partition of the same `of` participants by its joined groups; one that leaves nothing to tell says so."""
    rows: list[tuple[str, ...]] = []
    for name, counts in partitions:
        groups = join_small(counts, minimum)
        rows += [(name, ", or ".join(group.labels), describe_share(group.n, of)) for group in groups]
        rows += [] if groups else [(name, WITHHELD, "")]
    return Table(key, title, ("", "Group", "Participants"), tuple(rows))


def describe_share(n: int, of: int) -> str:
    """n of N with the percentage."""
    return f"{n} of {of} ({100 * n / of:.0f} %)"
