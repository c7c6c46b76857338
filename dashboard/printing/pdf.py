"""A document as PDF: paged, with contents, running header, vector figures and tables whose heads repeat. Typst sets the pages."""

from __future__ import annotations

from collections.abc import Sequence
from functools import singledispatch
from typing import Any

from dashboard.printing.columns import BREAK, break_words, fit_table
from dashboard.printing.document import About, Linked, Listing, Sentence
from dashboard.printing.laid_out import Heading, Item, NumberedTable, Picture
from dashboard.printing.pages import WIDTH
from dashboard.printing.typeset import typeset
from dashboard.printing.words import number_unknown, write_known

# Millimetres: the width of the text, and the greatest height of a figure that leaves room for its caption.
TEXT_WIDTH, TALLEST = 174.0, 196.0
NAMES = ("title", "study", "cut", "fingerprint")


def write_pdf(about: About, items: Sequence[Item]) -> bytes:
    """The PDF of the laid-out items; equal inputs give equal bytes, with the date of the data cut as the date of the file.

    Every text goes in as data, so none can become markup; characters that no shipped font has are written as their number.
    """
    data = {**_describe(about), "parts": [part for item in items for part in encode_item(item)]}
    return typeset(data)


def encode_text(text: str) -> str | dict[str, list[str]]:
    """A text as the template reads it: in pieces where a long word may be broken."""
    return encode_broken(break_words(write_known(text)))


def encode_broken(text: str) -> str | dict[str, list[str]]:
    """A text that names its breaks with `columns.BREAK`, in pieces where it has any."""
    return {"pieces": text.split(BREAK)} if BREAK in text else text


def _describe(about: About) -> dict[str, Any]:
    language, _, region = about.language.partition("-")
    return {
        **{name: encode_text(getattr(about, name)) for name in NAMES},
        # What stands in the properties of the file is text alone.
        "plain": {name: write_known(getattr(about, name)) for name in (*NAMES, "address")},
        "made_on": [about.made_on.year, about.made_on.month, about.made_on.day],
        "facts": [[encode_text(name), encode_text(value)] for name, value in about.facts],
        "language": language,
        "region": region or None,
        "synthetic": about.synthetic,
        "synthetic_words": "SYNTHETIC DATA",
        "contents_word": "Contents",
        "page_word": "Page",
        "of_word": "of",
    }


@singledispatch
def encode_item(item: Item) -> list[dict[str, Any]]:
    """An item as the template reads it; most become one part."""
    raise TypeError(f"{type(item).__name__} cannot be printed")


@encode_item.register
def _(item: Heading) -> list[dict[str, Any]]:
    return [{"kind": "heading", "depth": item.depth, "number": item.number, "text": encode_text(item.text)}]


@encode_item.register
def _(item: Sentence) -> list[dict[str, Any]]:
    return [{"kind": "sentence", "text": encode_text(item.text)}]


@encode_item.register
def _(item: Listing) -> list[dict[str, Any]]:
    return [{"kind": "list", "items": [_encode_point(point) for point in item.items]}]


def _encode_point(point: str | Linked) -> Any:
    """A point of a list as the template reads it; the address of a link also whole, as the link leads to it."""
    if isinstance(point, str):
        return encode_text(point)
    return {"before": encode_text(point.before), "link": encode_text(point.address), "address": point.address}


@encode_item.register
def _(item: Picture) -> list[dict[str, Any]]:
    title = name_picture(item)
    width = min(TEXT_WIDTH, TALLEST * WIDTH / item.height)
    alt = f"{title} {item.caption}".strip()
    words = {"title": encode_text(title), "caption": encode_text(item.caption), "alt": write_known(alt)}
    return [{"kind": "picture", **words, "svg": number_unknown(item.svg), "width": width}]


@encode_item.register
def _(item: NumberedTable) -> list[dict[str, Any]]:
    return [
        {
            "kind": "table",
            "title": encode_text(name_table(item, part.words)),
            "header": [encode_broken(name) for name in part.header],
            "rows": [[encode_broken(cell) for cell in row] for row in part.rows],
            "widths": part.widths,
            "numeric": part.numeric,
            "size": part.size,
            "sideways": part.sideways,
        }
        for part in fit_table(item.table)
    ]


def name_picture(picture: Picture) -> str:
    """Number and title of a figure, with the rows that a part of one shows."""
    return f"Figure {picture.number}. {picture.title}{f', {picture.rows}' if picture.rows else ''}."


def name_table(numbered: NumberedTable, words: str = "") -> str:
    """Number and title of a table, with the columns that a part of one shows."""
    return f"Table {numbered.number}. {numbered.table.title}{f', {words}' if words else ''}"
