"""The text of a table's cell that knows which of its numbers lead to the participants and rows behind them."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class CellPart:
    """A piece of a cell's text; `of` is the address of the cell behind it (`study.cells`), "" for plain text.

    `name` says which number it is, where a cell has several. A piece that is the name of a `participant` leads to that one's page.
    """

    text: str
    of: str = ""
    name: str = ""
    participant: str = ""


class LinkedText(str):
    """The text of a cell, made of parts. To everything that does not ask for the parts it is the plain text."""

    __slots__ = ("parts",)
    parts: tuple[CellPart, ...]

    def __new__(cls, parts: Iterable[CellPart]) -> LinkedText:
        listed = tuple(parts)
        text = super().__new__(cls, "".join(part.text for part in listed))
        text.parts = listed
        return text


def link_cell(text: str, of: str) -> LinkedText:
    """The text of a cell that leads, as a whole, to what is behind the cell `of`."""
    return LinkedText((CellPart(text, of),))


def link_participant(name: str) -> LinkedText:
    """The name of a participant, which leads to the participant's page."""
    return LinkedText((CellPart(name, participant=name),))
