"""Numbers, days and lists as the sentences of a derivation write them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from math import isnan

from dashboard.endpoints.provenance.steps import SourceRow

NONE = "–"
UNIT = "cells/µL"
MINUS = "\u2212"
MANY = 6


def write_number(value: float | None) -> str:
    """A number with at most two decimals (three significant digits when that would hide it), a true minus sign, “–” for none."""
    if value is None or isnan(value):
        return NONE
    text = f"{value:.2f}" if abs(value) >= 0.01 or value == 0 else f"{value:.3g}"
    if "." in text and "e" not in text:
        text = text.rstrip("0").rstrip(".")
    return "0" if text == "-0" else text.replace("-", MINUS)


def write_count(n: int, word: str) -> str:
    """“1 value”, “2 values”, “1,200 values”; “body” becomes “bodies”."""
    plural = f"{word[:-1]}ies" if re.search(r"[^aeiou]y$", word) else f"{word}s"
    return f"{n:,} {word if n == 1 else plural}"


def write_list(words: Sequence[str], link: str = "and") -> str:
    """“a”, “a and b”, “a, b and c”; empty for none."""
    return words[0] if len(words) == 1 else f" {link} ".join(filter(None, (", ".join(words[:-1]), *words[-1:])))


def write_place(row: SourceRow) -> str:
    """“lb.csv row 14”."""
    return f"{row.file} row {row.row}"


def write_places(rows: Iterable[SourceRow]) -> str:
    """“lb.csv rows 3 and 9; cp.csv row 2”; beyond six rows of a file their number and range."""
    by_file: dict[str, list[int]] = {}
    for row in rows:
        by_file.setdefault(row.file, []).append(row.row)
    return "; ".join(_write_rows(file, sorted(numbers)) for file, numbers in by_file.items())


def _write_rows(file: str, numbers: list[int]) -> str:
    if len(numbers) > MANY:
        return f"{file}, {len(numbers)} rows from {numbers[0]} to {numbers[-1]}"
    return f"{file} row{'' if len(numbers) == 1 else 's'} {write_list([str(number) for number in numbers])}"


def write_window(low: float | None, high: float) -> str:
    """“91 to 105”, or “up to −10” for a window without a low end."""
    return f"up to {write_number(high)}" if low is None else f"{write_number(low)} to {write_number(high)}"


def write_sum(values: Sequence[float]) -> str:
    """“3 + 4 = 7”; the parts are left out beyond six."""
    total = write_number(sum(values))
    return total if not 1 < len(values) <= MANY else f"{' + '.join(write_number(value) for value in values)} = {total}"


def write_mean(values: Sequence[float]) -> str:
    """“(3 + 5) / 2 = 4”; one value is its own mean, and the parts are left out beyond six."""
    mean = write_number(sum(values) / len(values))
    if len(values) == 1:
        return mean
    parts = " + ".join(write_number(value) for value in values) if len(values) <= MANY else f"sum {write_number(sum(values))}"
    return f"({parts}) / {len(values)} = {mean}"
