"""Cells of tables as links to the participants and rows behind them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import quote

from dashboard.panels.cells import CellPart, LinkedText
from layouts.plain import NAMESPACE, Plain

BEHIND = "behind"


def behind_address(study: str, cell: str, query: str) -> str:
    """The address of what is behind a cell (of `study.cells`) in a view."""
    return f"/{study}/{BEHIND}/{quote(cell, safe=':,')}?{query}"


def participant_address(study: str, name: str, query: str) -> str:
    """The address of a participant's page in a view."""
    return f"/{study}/participants/{quote(name, safe='')}?{query}"


def link_rows(header: Sequence[str], rows: Sequence[Sequence[Any]], study: str, query: str) -> list[tuple[Any, ...]]:
    """The rows of a table with each `LinkedText` as links to what is behind it in the view of `query`.

    A link is called by its text, the name of its row and of its column, so that it can be told from the others by ear.
    """

    def address(part: CellPart) -> str:
        return participant_address(study, part.participant, query) if part.participant else behind_address(study, part.of, query)

    return [_link_row(header, row, address) for row in rows]


def _link_row(header: Sequence[str], row: Sequence[Any], address: Callable[[CellPart], str]) -> tuple[Any, ...]:
    if not any(isinstance(cell, LinkedText) for cell in row):
        return tuple(row)
    name = _name_row(row)
    return tuple(
        _draw_cell(cell, f"{name}, {column}", address) if isinstance(cell, LinkedText) else cell
        for cell, column in zip(row, header, strict=True)
    )


def _draw_cell(cell: LinkedText, where: str, address: Callable[[CellPart], str]) -> Any:
    several = sum(bool(part.of) for part in cell.parts) > 1
    drawn = [_draw_part(part, where, address, several) for part in cell.parts if part.text]
    return drawn[0] if len(drawn) == 1 else drawn


def _name_row(row: Sequence[Any]) -> str:
    """The first text of the row and those that follow in front of a link, without numbers."""
    names: list[str] = []
    for place, cell in enumerate(row):
        if place and isinstance(cell, LinkedText):
            break
        names += [str(cell).strip()] if any(char.isalpha() or char == "≥" for char in str(cell)) else []
    return ", ".join(names)


def _draw_part(part: CellPart, where: str, address: Callable[[CellPart], str], is_one_of_several: bool) -> Plain | str:
    if not (part.of or part.participant):
        return part.text
    label = f"{part.text} {part.name}: {where}" if part.name else f"{part.text}: {where}"
    kind = "cell-link cell-part" if is_one_of_several else "cell-link"
    # Written out, because a page has hundreds of them.
    properties = {"children": part.text, "href": address(part), "className": kind, "aria-label": label, "data-internal": "yes"}
    return {"props": properties, "type": "A", "namespace": NAMESPACE}
