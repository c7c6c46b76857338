"""How wide the columns of a printed table are, and a table too wide for a page in parts."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from dashboard.printing.document import Table
from dashboard.printing.words import measure_text, write_known

# Points: the width of text on a page and on a page turned sideways; the room beside a text in its cell; the widest column asked for.
UPRIGHT, SIDEWAYS = 493.0, 739.0
INSET, WIDEST = 6.0, 210.0
SIZES = (7.5, 6.5)
# A longer word may be broken after each so many characters.
WORD = 16
BREAK = "\u200b"


@dataclass(frozen=True)
class PaperTable:
    """A table, or some columns of one, as it is set: font size and widths in points, and which columns hold numbers."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    widths: tuple[float, ...]
    numeric: tuple[bool, ...]
    size: float
    sideways: bool
    words: str = ""


def break_words(text: str) -> str:
    """`text` with BREAK at each place where a very long word may be broken; `write_known` has left none in a text of a delivery."""
    return re.sub(rf"\S{{{WORD + 1},}}", lambda found: BREAK.join(re.findall(rf".{{1,{WORD}}}", found.group())), text)


def fit_table(table: Table) -> list[PaperTable]:
    """`table` on an upright page, else on one turned sideways, else in smaller type; else its columns in parts, each with the first."""
    header, rows = _known(table.header), tuple(_known(row) for row in table.rows)
    for size in SIZES:
        wants = [_wants(column, size) for column in zip(header, *rows, strict=True)]
        for room in (UPRIGHT, SIDEWAYS):
            if sum(least for least, _ in wants) <= room:
                return [_set(header, rows, wants, range(len(header)), size, room)]
    return _in_parts(header, rows, [_wants(column, SIZES[-1]) for column in zip(header, *rows, strict=True)])


def _known(row: Sequence[str]) -> tuple[str, ...]:
    return tuple(break_words(write_known(cell)) for cell in row)


def _wants(cells: Sequence[str], size: float) -> tuple[float, float]:
    """The least width of a column, and the one at which no cell needs a second line."""
    words = {word for cell in cells for word in re.split(rf"[\s{BREAK}]+", cell)}
    least = max(measure_text(word, size, bold=True) for word in words) + INSET
    widest = max(measure_text(cell, size, bold=True) for cell in set(cells)) + INSET
    return min(least, WIDEST), max(min(widest, WIDEST), min(least, WIDEST))


def _in_parts(header: tuple[str, ...], rows: tuple[tuple[str, ...], ...], wants: list[tuple[float, float]]) -> list[PaperTable]:
    groups: list[list[int]] = [[]]
    for place in range(1, len(header)):
        taken = sum(wants[other][0] for other in (0, *groups[-1]))
        if groups[-1] and taken + wants[place][0] > SIDEWAYS:
            groups.append([])
        groups[-1].append(place)
    return [
        _set(header, rows, wants, [0, *group], SIZES[-1], SIDEWAYS, f"columns {group[0] + 1} to {group[-1] + 1} of {len(header)}")
        for group in groups
    ]


def _set(
    header: tuple[str, ...],
    rows: tuple[tuple[str, ...], ...],
    wants: list[tuple[float, float]],
    places: Sequence[int],
    size: float,
    room: float,
    words: str = "",
) -> PaperTable:
    chosen = [wants[place] for place in places]
    least, widest = sum(low for low, _ in chosen), sum(high for _, high in chosen)
    share = 1.0 if widest <= room else (room - least) / (widest - least)
    picked = tuple(tuple(row[place] for place in places) for row in rows)
    numeric = tuple(place > 0 and is_numeric([row[place] for row in rows]) for place in places)
    widths = tuple(round(low + share * (high - low), 2) for low, high in chosen)
    return PaperTable(tuple(header[place] for place in places), picked, widths, numeric, size, room > UPRIGHT, words)


def is_numeric(cells: Sequence[str]) -> bool:
    """Whether a column holds numbers or counts, and so stands to the right: it has a digit, and hardly any letter."""
    text = "".join(cells)
    return any(char.isdigit() for char in text) and not re.search(r"[^\W\d_]{3,}", text)
