"""The quality flags of a delivery as its report holds them: how much each kind raises, and the first rows of the grave ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class FlaggedRow:
    """One flagged row of a file (the first data row is 1), and what is said of it."""

    file: str
    row: int
    participant: str
    sentence: str

    def describe(self) -> str:
        """The row as one line."""
        return f"{self.file}, row {self.row}: {self.participant}: {self.sentence}"


@dataclass(frozen=True)
class ReportFlag:
    """One kind of flag that is raised: `rows` records of `participants` people; `listed` has the first rows of a grave kind."""

    code: str
    title: str
    sentence: str
    rows: int
    participants: int
    listed: tuple[FlaggedRow, ...] = ()

    def describe(self) -> list[str]:
        """The flag as a line, followed by its listed rows."""
        rows, people = _count(self.rows, "row"), _count(self.participants, "participant")
        more = self.rows - len(self.listed)
        lines = [f"  {self.code}: {rows} of {people}", *(f"    {row.describe()}" for row in self.listed)]
        return [*lines, f"    and {more:,} more; the page Data, Quality lists all"] if self.listed and more else lines


def describe_flags(flags: Sequence[ReportFlag], claims: int) -> list[str]:
    """The flags as lines of text, and how many of the `claims` derived values delivered disagree with the product's own."""
    lines = ["quality flags: nothing is refused for them" if flags else "quality flags: nothing is flagged"]
    lines += [line for flag in flags for line in flag.describe()]
    disagree = sum(flag.rows for flag in flags if flag.code == "claim-disagrees")
    return [*lines, f"derived values delivered: {claims}; {disagree} disagree with the product's own, which are shown"] if claims else lines


def read_flag(content: Mapping[str, Any]) -> ReportFlag:
    """A flag as JSON has it."""
    return ReportFlag(**{**content, "listed": tuple(FlaggedRow(**row) for row in content["listed"])})


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"
