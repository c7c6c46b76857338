"""Cells of tables as links to the participants and rows behind them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import lru_cache
from typing import Any
from urllib.parse import quote

from dashboard.panels.cells import CellPart, LinkedText

BEHIND = "behind"
# A part that leads nowhere is its text; of another, the text, which of `link_addresses` begins its address, what follows, and which
# number it is, where a cell has several.
Part = str | tuple[str, int, str] | tuple[str, int, str, str]


def behind_address(study: str, cell: str, query: str) -> str:
    """The address of what is behind a cell (of `study.cells`) in a view."""
    return f"/{study}/{BEHIND}/{_quote_cell(cell)}?{query}"


def link_addresses(study: str) -> tuple[str, str]:
    """How the addresses of what is behind the cells of a study, and those of its participants, begin."""
    return f"/{study}/{BEHIND}/", f"/{study}/participants/"


def write_link(cell: Any) -> Any:
    """A cell as assets/tables.js reads it: a `LinkedText` as its parts, any other as it is."""
    return {"parts": [_write_part(part) for part in cell.parts if part.text]} if isinstance(cell, LinkedText) else cell


def name_row(row: Sequence[Any]) -> str | None:
    """What the links of a row are called by, so that they can be told apart by ear; None for a row without one.

    It is the first text of the row and those that follow in front of a link, without numbers.
    """
    if not any(isinstance(cell, LinkedText) for cell in row):
        return None
    names: list[str] = []
    for place, cell in enumerate(row):
        if place and isinstance(cell, LinkedText):
            break
        names += [str(cell).strip()] if any(char.isalpha() or char == "≥" for char in str(cell)) else []
    return ", ".join(names)


def _write_part(part: CellPart) -> Part:
    if part.participant:
        return part.text, 1, quote(part.participant, safe="")
    if not part.of:
        return part.text
    where = _quote_cell(part.of)
    return (part.text, 0, where, part.name) if part.name else (part.text, 0, where)


@lru_cache(maxsize=16384)
def _quote_cell(cell: str) -> str:
    """The cells of a study are the same in every view."""
    return quote(cell, safe=":,")
