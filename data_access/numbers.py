"""Texts of a delivery to numbers, dates and cells/µL: exactly, and only where the text says what it means."""

from __future__ import annotations

import re
from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from math import isfinite, nan

import pandas as pd

from dashboard.study.protocol import StudyProtocol

NUMBER = re.compile(r"(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)
COMMA = re.compile(r"[<>]?\s*[+-]?\d+(,\d+)+(\.\d*)?", re.ASCII)
WHOLE = re.compile(r"[+-]?\d{1,6}(\.0+)?", re.ASCII)
_ZONE = r"(\.\d+)?(Z|[+-]\d{2}(:?\d{2})?)?"
_CLOCK = rf"([01]\d|2[0-3]):[0-5]\d(:[0-5]\d)?(?={_ZONE}$)"
# A time may be given to the hour, or with a hyphen for a part that is not known; such a time is not used.
_LOOSE_CLOCK = r"([01]\d|2[0-3]|-)(:([0-5]\d|-)){0,2}"
DATE = re.compile(rf"(\d{{4}}-\d{{2}}-\d{{2}})(T(?:(?P<time>{_CLOCK})|{_LOOSE_CLOCK}){_ZONE})?", re.ASCII)
PARTIAL = re.compile(r"(?P<year>\d{4}|-)(-(?P<month>\d{2}|-))?(-(?P<day>\d{2}|-))?(T[-:\d]*)?", re.ASCII)
# Red cells, the most numerous in blood, are some 5 million/µL: no count of cells lies beyond twice that, and no sum of counts overflows.
MOST_CELLS = 10_000_000
# No dose in any unit, no other result: beyond, it is a slip, and squares and sums of such numbers would overflow.
MOST_AMOUNT, MOST_NUMBER = 1e6, 1e15
EPOCH = date(1970, 1, 1).toordinal()


@dataclass(frozen=True)
class Result:
    """A measured result in cells/µL; `fault` is empty, or the reason why the text is no result."""

    value: float
    below_loq: bool
    fault: str


def read_result(text: str, factor: float) -> Result:
    """A result text times `factor`, exact in decimal arithmetic; `<x` is half of x and below the limit of quantification."""
    below = text.startswith("<")
    number = text[1:].strip() if below else text
    fault = _fault_of_number(number)
    if fault:
        return Result(nan, False, fault)
    value = float(Decimal(number) * Decimal(repr(factor)))
    if not isfinite(value):
        return Result(nan, False, "is no finite number")
    if value > MOST_CELLS:
        return Result(nan, False, f"is more than {MOST_CELLS:,} cells/µL, which no blood holds; a unit or a digit may be wrong")
    return Result(float(Decimal(number) * Decimal(repr(factor)) / 2) if below else value, below, "")


def _fault_of_number(text: str) -> str:
    if NUMBER.fullmatch(text):
        return ""
    if text.startswith("-") and NUMBER.fullmatch(text[1:]):
        return "must not be negative"
    if "," in text:
        return "must be written with a decimal point and no comma"
    if text.startswith(">"):
        return "is above the limit of quantification; the product needs the value"
    return "is no number"


def read_number(text: str) -> tuple[float, str]:
    """A number that may be negative, and the reason why a text that looks like a number is none; NaN without a reason for words."""
    if NUMBER.fullmatch(text.removeprefix("-").removeprefix("+")):
        value = float(text)
        if not isfinite(value):
            return nan, "is no finite number"
        return (value, "") if abs(value) <= MOST_NUMBER else (nan, "lies beyond 10^15, farther than anything measured")
    return nan, "must be written with a decimal point and no comma" if COMMA.fullmatch(text) else ""


def read_amount(text: str) -> float | None:
    """A number that is not negative and at most MOST_NUMBER; None for any other text."""
    value = float(text) if NUMBER.fullmatch(text) else nan
    return value if value <= MOST_NUMBER else None


def read_whole(texts: pd.Series) -> tuple[pd.Series, pd.Series]:
    """Whole numbers (Int64) of texts such as `12`, `-3` or `63.0`, missing for other texts; and which texts are neither that nor empty."""
    known = {text: int(float(text)) for text in texts.unique() if WHOLE.fullmatch(text)}
    numbers = texts.map(known).astype("Int64")
    return numbers, numbers.isna() & (texts != "")


def read_dates(texts: pd.Series) -> pd.DataFrame:
    """ISO 8601 texts as columns `on` (Int64, days since 1970-01-01), `time` (text hh:mm…), `partial` and `faulty` (flags).

    A partial date (`2013-05`, `2013---01`) has no `on`; a text that is no date at all is faulty.
    """
    known = {text: _read_date(text) for text in texts.unique()}
    parts = pd.DataFrame({text: list(found) for text, found in known.items()}, index=["on", "time", "partial", "faulty"], dtype="object").T
    types = {"on": "Int64", "time": "str", "partial": "bool", "faulty": "bool"}
    read = parts.astype(types).reindex(texts.to_numpy())
    return read.set_axis(texts.index, axis=0)


def read_spans(texts: pd.Series) -> pd.DataFrame:
    """ISO 8601 texts, partial or full, as columns `first_on` and `last_on` (Int64: the days the text may mean), `precision` and `faulty`.

    `precision` is one of `study.columns.PRECISIONS`: `2013-05-07` day, `2013-05` month, `2013` and `2013---07` year, else empty.
    """
    known = {text: _read_span(text) for text in texts.unique()}
    found = [known[text] for text in texts]
    names = {"first_on": "Int64", "last_on": "Int64", "precision": "str", "faulty": "bool"}
    columns = {name: pd.Series([span[place] for span in found], texts.index, kind) for place, (name, kind) in enumerate(names.items())}
    return pd.DataFrame(columns, index=texts.index)


def ordinal(day: date) -> int:
    """Days since 1970-01-01."""
    return day.toordinal() - EPOCH


def calendar_date(on: int) -> date:
    """The date that lies `on` days after 1970-01-01."""
    return date.fromordinal(on + EPOCH)


def _read_date(text: str) -> tuple[int | None, str, bool, bool]:
    if not text:
        return None, "", False, False
    match = DATE.fullmatch(text)
    if match is None:
        partial = _read_partial(text) is not None
        return None, "", partial, not partial
    try:
        return ordinal(date.fromisoformat(match[1])), match["time"] or "", False, False
    except ValueError:
        return None, "", False, True


def _read_partial(text: str) -> tuple[int | None, int | None, str] | None:
    """First and last possible day and precision of a text that is a partial date; None for any other text."""
    match = PARTIAL.fullmatch(text)
    if match is None:
        return None
    year, month = match["year"], match["month"] or "-"
    whole = "-" not in (year, month, match["day"] or "-")
    if whole or (month != "-" and not 1 <= int(month) <= 12):
        return None
    if year == "-" or not int(year):
        return (None, None, "") if year == "-" else None
    if month == "-":
        return ordinal(date(int(year), 1, 1)), ordinal(date(int(year), 12, 31)), "year"
    last = monthrange(int(year), int(month))[1]
    return ordinal(date(int(year), int(month), 1)), ordinal(date(int(year), int(month), last)), "month"


def _read_span(text: str) -> tuple[int | None, int | None, str, bool]:
    on, _, _, faulty = _read_date(text)
    if on is not None:
        return on, on, "day", False
    span = _read_partial(text) if text and not faulty else None
    return (None, None, "", faulty) if span is None else (*span, False)


def unit_factors(protocol: StudyProtocol) -> dict[str, float]:
    """Unit name to factor into cells/µL: every name of the definition, and its lower-case form where that is unambiguous."""
    exact = {name: unit.factor for unit in protocol.units for name in unit.names}
    folded: dict[str, set[float]] = {}
    for name, factor in exact.items():
        folded.setdefault(name.casefold(), set()).add(factor)
    return {name: next(iter(factors)) for name, factors in folded.items() if len(factors) == 1} | exact


def find_factors(units: pd.Series, factors: dict[str, float]) -> pd.Series:
    """The factor of every unit text (exact name first, then regardless of case); NaN for an unknown unit."""
    known = {unit: factors.get(unit, factors.get(unit.casefold(), nan)) for unit in units.unique()}
    return units.map(known).astype("float64")
