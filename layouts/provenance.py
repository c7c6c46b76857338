"""Where a number comes from: each step of its derivation, down to rows of delivered files."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard.provenance import Choice, ShownStep, ShownTable
from dashboard.study.choices import Who
from layouts.cards import draw_table

Link = Callable[[str], str]
LinkAmong = Callable[[str, Who | None], str]
SOURCE_HEADER = ("File", "Row", "As delivered", "Unit", "Value, cells/µL", "Day")


def draw_steps(title: str, steps: Sequence[ShownStep], address: Link) -> Component:
    """The card of one derivation; `address` gives the address of a reference."""
    items = [html.Li(_step(step, address)) for step in steps]
    return html.Section([html.H2(title, className="card-title"), html.Ol(items, className="steps")], className="card card-text")


def _step(step: ShownStep, address: Link) -> list[Component]:
    rule = [html.P(f"Rule: {step.rule}", className="quiet")] if step.rule else []
    table = [] if step.table is None else [_table(step.table, address)]
    rows = [draw_table(SOURCE_HEADER, step.rows, f"Source rows: {step.title}", words=True)] if step.rows else []
    return [html.H3(step.title), html.P(step.sentence), *rule, *table, *rows]


def _table(table: ShownTable, address: Link) -> Component:
    if not table.links:
        return draw_table(table.header, table.rows, "Details", words=True)
    rows = [(html.A(row[0], href=address(link)), *row[1:]) for row, link in zip(table.rows, table.links, strict=True)]
    return draw_table(table.header, rows, "Details", words=True)


def draw_choice(choice: Choice, address: LinkAmong) -> Component:
    """A card with numbers to ask about, each cell a link; a cell without a reference is plain text."""
    rows = [tuple(html.A(words, href=address(of, choice.who)) if of else words for words, of in row) for row in choice.rows]
    note = [html.P(choice.note, className="caption")] if choice.note else []
    title = html.H2(choice.title, className="card-title")
    return html.Section([title, draw_table(choice.header, rows, choice.title), *note], className="card card-text")


def draw_problem(sentence: str) -> Component:
    """What stands in place of a derivation that does not exist."""
    return html.Section([html.H2("No such number", className="card-title"), html.P(sentence)], className="card card-text")
