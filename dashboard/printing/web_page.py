"""A document as one HTML file that needs no network and runs no script."""

from __future__ import annotations

import base64
from collections.abc import Sequence
from functools import singledispatch
from html import escape
from pathlib import Path

from dashboard.printing.columns import is_numeric
from dashboard.printing.document import About, Linked, Listing, Sentence
from dashboard.printing.laid_out import Heading, Item, NumberedTable, Picture
from dashboard.printing.pdf import name_picture, name_table
from dashboard.printing.words import write_literal

HERE = Path(__file__).resolve().parent
FONT = HERE.parent.parent / "assets" / "vendor" / "inter-subset.woff2"
# Nothing but the styles and the font inside the file may be used; a script could not run even if one were here.
POLICY = "default-src 'none'; style-src 'unsafe-inline'; font-src data:; base-uri 'none'; form-action 'none'"


def write_web_page(about: About, items: Sequence[Item]) -> bytes:
    """The HTML file of the laid-out items in UTF-8; equal inputs give equal bytes, and every text is escaped."""
    font = base64.b64encode(FONT.read_bytes()).decode("ascii")
    style = (HERE / "page.css").read_text("utf-8").replace("FONT", f"data:font/woff2;base64,{font}")
    head = (
        f'<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="{POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f'<meta name="fingerprint" content="{_text(about.fingerprint)}"><title>{_text(about.title)}</title><style>{style}</style>'
    )
    mark = '<p class="synthetic">SYNTHETIC DATA</p>' if about.synthetic else ""
    running = f"<header>{mark}<p>{_text(about.study)}</p><p>{_text(about.cut)}</p><p>{_text(about.fingerprint)}</p></header>"
    body = "\n".join(write_item(item) for item in items)
    page = (
        f'<!DOCTYPE html>\n<html lang="{escape(about.language)}"><head>{head}</head><body>{running}<main>'
        f"<h1>{_text(about.title)}</h1>{_facts(about)}{_contents(items)}\n{body}\n</main></body></html>\n"
    )
    return page.encode("utf-8")


def _text(text: str) -> str:
    return escape(write_literal(text))


def _facts(about: About) -> str:
    return f"<dl>{''.join(f'<dt>{_text(name)}</dt><dd>{_text(value)}</dd>' for name, value in about.facts)}</dl>" if about.facts else ""


def _contents(items: Sequence[Item]) -> str:
    heads = [item for item in items if isinstance(item, Heading) and item.depth <= 2]
    lines = "".join(f'<li class="depth-{head.depth}"><a href="#s{head.number}">{head.number} {_text(head.text)}</a></li>' for head in heads)
    return f'<nav aria-label="Contents"><h2>Contents</h2><ul>{lines}</ul></nav>'


@singledispatch
def write_item(item: Item) -> str:
    """An item as HTML."""
    raise TypeError(f"{type(item).__name__} cannot be printed")


@write_item.register
def _(item: Heading) -> str:
    name = f"h{min(item.depth + 1, 6)}"
    return f'<{name} id="s{item.number}">{item.number} {_text(item.text)}</{name}>'


@write_item.register
def _(item: Sentence) -> str:
    return f"<p>{_text(item.text)}</p>"


@write_item.register
def _(item: Listing) -> str:
    return f"<ul>{''.join(f'<li>{_point(point)}</li>' for point in item.items)}</ul>"


def _point(point: str | Linked) -> str:
    if isinstance(point, str):
        return _text(point)
    return f'{_text(point.before)}<a href="{escape(point.address)}">{_text(point.address)}</a>'


@write_item.register
def _(item: Picture) -> str:
    caption = f"<strong>{_text(name_picture(item))}</strong> {_text(item.caption)}".rstrip()
    return f"<figure>{item.svg}<figcaption>{caption}</figcaption></figure>"


@write_item.register
def _(item: NumberedTable) -> str:
    table = item.table
    kinds = [place > 0 and is_numeric([row[place] for row in table.rows]) for place in range(len(table.header))]
    marks = [' class="number"' if kind else "" for kind in kinds]
    head = "".join(f'<th scope="col"{mark}>{_text(name)}</th>' for name, mark in zip(table.header, marks, strict=True))
    rows = "".join(f"<tr>{_row(row, marks)}</tr>\n" for row in table.rows)
    caption = f"<caption>{_text(name_table(item))}</caption>"
    return f'<div class="table"><table>{caption}<thead><tr>{head}</tr></thead><tbody>{rows}</tbody></table></div>'


def _row(row: tuple[str, ...], marks: list[str]) -> str:
    rest = "".join(f"<td{mark}>{_text(cell)}</td>" for cell, mark in zip(row[1:], marks[1:], strict=True))
    return f'<th scope="row">{_text(row[0])}</th>{rest}'
