"""A document made ready for both kinds of file: headings, figures and tables numbered, figures drawn."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from itertools import count

from dashboard.printing.document import Document, Drawing, Listing, Part, Section, Sentence, Table
from dashboard.printing.pages import WIDTH, choose_height, split_rows
from dashboard.printing.svg import draw_svg


@dataclass(frozen=True)
class Heading:
    """A heading of depth 1 or more with its number, as in 3.2."""

    depth: int
    number: str
    text: str


@dataclass(frozen=True)
class Picture:
    """A drawn figure, or some `rows` of one: number, title, caption (of the last part only), SVG and height in pixels."""

    number: int
    title: str
    rows: str
    caption: str
    svg: str
    height: float


@dataclass(frozen=True)
class NumberedTable:
    """A table with its number."""

    number: int
    table: Table


Item = Heading | Sentence | Listing | Picture | NumberedTable
Tell = Callable[[int, int], None]


def lay_out(document: Document, tell: Tell) -> list[Item]:
    """The items of `document` in order; `tell` hears how many of its figures are drawn, and of how many."""
    pictures, tables = count(1), count(1)
    all_figures = sum(isinstance(part, Drawing) for section in document.sections for part in _parts(section))
    items: list[Item] = []
    for place, section in enumerate(document.sections, start=1):
        for item in _walk(section, (place,)):
            if isinstance(item, Drawing):
                number = next(pictures)
                items += _draw(item, number)
                tell(number, all_figures)
            else:
                items.append(NumberedTable(next(tables), item) if isinstance(item, Table) else item)
    return items


def _parts(section: Section) -> Iterator[Part]:
    yield from section.parts
    for inner in section.sections:
        yield from _parts(inner)


def _walk(section: Section, place: tuple[int, ...]) -> Iterator[Heading | Part]:
    yield Heading(len(place), ".".join(map(str, place)), section.heading)
    yield from section.parts
    for number, inner in enumerate(section.sections, start=1):
        yield from _walk(inner, (*place, number))


def _draw(drawing: Drawing, number: int) -> Iterator[Picture]:
    parts = split_rows(drawing.figure)
    for place, (figure, rows) in enumerate(parts, start=1):
        height = choose_height(figure)
        heard = ", ".join(text for text in (drawing.title, rows) if text)
        svg = draw_svg(figure, WIDTH, height, name=f"f{number}p{place}", title=heard)
        yield Picture(number, drawing.title, rows, drawing.caption if place == len(parts) else "", svg, height)
