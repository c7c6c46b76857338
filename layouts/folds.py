"""Rows of a table that fold under the row above them. assets/folds.js opens and closes them; on paper all are open."""

from __future__ import annotations

from collections.abc import Sequence

from layouts.attributes import aria, data
from layouts.plain import Plain, draw_plain


def fold_rows(rows: Sequence[Plain], depths: Sequence[int]) -> list[Plain]:
    """The bodies of a table: each row of depth 0 with the rows of depth 1 under it, which its button opens.

    The first cell of a row is its name. Buttons carry their row's name, by which the browser remembers what is open.
    """
    starts = [place for place, depth in enumerate(depths) if not depth]
    return [_body(rows[start:stop]) for start, stop in zip(starts, [*starts[1:], len(rows)], strict=True)]


def _body(rows: Sequence[Plain]) -> Plain:
    head, *folded = rows
    if not folded:
        return draw_plain("Tbody", [head])
    return draw_plain("Tbody", [_with_button(head), *(draw_plain("Tr", row["props"]["children"], className="fold-row") for row in folded)])


def _with_button(row: Plain) -> Plain:
    name, *rest = row["props"]["children"]
    words = name["props"]["children"]
    button = draw_plain("Button", words, type="button", className="fold-toggle", **aria(expanded="false"), **data(fold=str(words)))
    return draw_plain("Tr", [{**name, "props": {**name["props"], "children": button}}, *rest])


def draw_fold_all(what: str) -> Plain:
    """The button that opens or closes all folds of the table that follows."""
    return draw_plain(
        "Button", f"Open all {what}", type="button", className="action fold-all", **aria(expanded="false"), **data(fold_all=what)
    )
