"""Rows of a table that fold under the row above them. assets/folds.js opens and closes them; on paper all are open."""

from __future__ import annotations

from collections.abc import Sequence

from dash import html
from dash.development.base_component import Component

from layouts.attributes import aria, data


def fold_rows(rows: Sequence[Component], depths: Sequence[int]) -> list[Component]:
    """The bodies of a table: each row of depth 0 with the rows of depth 1 under it, which its button opens.

    The first cell of a row is its name. Buttons carry their row's name, by which the browser remembers what is open.
    """
    starts = [place for place, depth in enumerate(depths) if not depth]
    return [_body(rows[start:stop]) for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _body(rows: Sequence[Component]) -> Component:
    head, *folded = rows
    if not folded:
        return html.Tbody([head])
    name = head.children[0]
    name.children = html.Button(
        name.children, type="button", className="fold-toggle", **aria(expanded="false"), **data(fold=str(name.children))
    )
    return html.Tbody([head, *(html.Tr(row.children, className="fold-row") for row in folded)])


def draw_fold_all(what: str) -> Component:
    """The button that opens or closes all folds of the table that follows."""
    return html.Button(f"Open all {what}", type="button", className="action fold-all", **aria(expanded="false"), **data(fold_all=what))
