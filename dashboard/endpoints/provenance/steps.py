"""What a derivation is made of: source rows, steps in words, and the number that each step ends with."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class SourceRow:
    """A row of the delivery: file and row (first data row = 1), text and unit as delivered, and what the product reads in it.

    `value` is in cells/µL for a count, in the product's unit of the claim for a claim, and for a finding the number or dilution that it
    reads as; None where the row holds no such number.
    `day` counts from the first dose; None where the row has none.
    """

    file: str
    row: int
    text: str
    unit: str
    value: float | None
    day: int | None


@dataclass(frozen=True)
class Table:
    """A small table of texts; every row has as many cells as the header.

    `links`, when given, has one encoded reference (see `references`) per row: the derivation of what the row shows.
    """

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    links: tuple[str, ...] = ()


@dataclass(frozen=True)
class Step:
    """One step of a derivation: a sentence with its numbers put in, the definition it follows, and the rows it used.

    `result` is the unrounded number the step ends with, None where it ends with none; the sentence shows it rounded.
    """

    title: str
    sentence: str
    rule: str = ""
    rows: tuple[SourceRow, ...] = ()
    result: float | None = None
    table: Table | None = None


@dataclass(frozen=True)
class Trace:
    """A derivation from source rows to the number the product shows, which is the result of its last step."""

    title: str
    steps: tuple[Step, ...]

    @property
    def result(self) -> float | None:
        """The number the product shows; None where it shows none."""
        return self.steps[-1].result

    @property
    def rows(self) -> tuple[SourceRow, ...]:
        """Every source row of every step, each once, in the order of the steps."""
        return tuple(dict.fromkeys(row for step in self.steps for row in step.rows))
