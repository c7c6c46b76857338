"""From the text and unit of the delivery to cells/µL, shown as arithmetic."""

from __future__ import annotations

import re
from decimal import Decimal
from math import isclose

from dashboard.endpoints.provenance.steps import SourceRow, Step, Table
from dashboard.endpoints.provenance.wording import UNIT, write_count, write_mean, write_number, write_place
from dashboard.study.protocol import StudyProtocol

NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
BELOW = "<"
DELIVERED = "delivery: every row keeps its file, row, text and unit"


def find_factor(unit: str, protocol: StudyProtocol) -> float | None:
    """The definition's factor from `unit` to cells/µL; None for none.

    The exact name counts first, then the name regardless of case where that leaves one factor.
    """
    exact = {name: part.factor for part in protocol.units for name in part.names}
    folded = {factor for name, factor in exact.items() if name.casefold() == unit.casefold()}
    return exact.get(unit, next(iter(folded)) if len(folded) == 1 else None)


def describe_conversion(row: SourceRow, protocol: StudyProtocol) -> str:
    """The arithmetic from the delivered text to the value of `row`, as a clause: “0.41 × 1000 = 410 cells/µL”.

    The stored value is what the product shows. Where the definition of today does not lead to it, the clause says so.
    """
    if row.value is None:
        return "no value"
    text, below = row.text.removeprefix(BELOW).strip(), row.text.startswith(BELOW)
    factor, stored = find_factor(row.unit, protocol), f"{write_number(row.value)} {UNIT}"
    if factor is None:
        return f"{stored}, stored at import; the definition of today has no factor for the unit “{row.unit}”"
    if not NUMBER.fullmatch(text):
        return f"{stored}, stored at import; the text is no number"
    computed = float(Decimal(text) * Decimal(repr(factor)) / (2 if below else 1))
    shown = f"{text} × {write_number(factor)}{' / 2' if below else ''} = {write_number(computed)} {UNIT}"
    if not isclose(computed, row.value, rel_tol=1e-12):
        return f"{stored}, stored at import; the definition of today would give {shown}"
    return f"{shown}, half of the limit of quantification" if below else shown


def trace_delivered(rows: tuple[SourceRow, ...], remarks: tuple[str, ...]) -> Step:
    """What the delivery holds: text and unit of each row, then `remarks` (visit label, marks) as further sentences."""
    if len(rows) == 1:
        sentence = f"In {write_place(rows[0])} the delivery says {_quote(rows[0])}."
        return Step("As delivered", " ".join((sentence, *remarks)), DELIVERED, rows)
    table = Table(("File and row", "Text", "Unit"), tuple((write_place(row), row.text, row.unit) for row in rows))
    sentence = f"The delivery has {write_count(len(rows), 'row')} {'without a day' if rows[0].day is None else 'for this day'}."
    return Step("As delivered", " ".join((sentence, *remarks)), DELIVERED, rows, None, table)


def trace_conversion(rows: tuple[SourceRow, ...], protocol: StudyProtocol) -> Step:
    """The value of each row in cells/µL; the result is that of a single row, or the mean of several of one day."""
    values = [row.value for row in rows if row.value is not None]
    rule = "unit: the definition's factor to cells/µL; below the limit of quantification, half of the limit"
    joined = bool(values) and (len(values) == 1 or rows[0].day is not None)
    result = sum(values) / len(values) if joined else None
    if len(rows) == 1:
        return Step(f"In {UNIT}", f"{describe_conversion(rows[0], protocol)}.", rule, rows, result)
    table = Table(("File and row", "Arithmetic"), tuple((write_place(row), describe_conversion(row, protocol)) for row in rows))
    mean = f", mean {write_mean(values)} {UNIT}" if joined else ""
    sentence = f"{write_count(len(values), 'value')}{mean}."
    return Step(f"In {UNIT}", sentence, rule, rows, result, table)


def _quote(row: SourceRow) -> str:
    return f"“{row.text}” with the unit “{row.unit}”" if row.unit else f"“{row.text}” without a unit"
