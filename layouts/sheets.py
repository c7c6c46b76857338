"""Tables as the browser is sent them: heads and rows as texts, from which assets/tables.js builds the elements and the links.

The elements are the same in every table. Written out for each cell they would be most of what a page sends.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import orjson
from dash.development.base_component import Component

from dashboard.panels.cells import LinkedText
from layouts.cells import link_addresses, name_row, write_link


def write_sheet(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    left: Sequence[bool],
    *,
    stacked: bool = False,
    depths: Sequence[int] = (),
    links: tuple[str, str] | None = None,
) -> str:
    """The text of a table; the first column is the row's name. A cell is text, a number, or whatever a page is made of.

    `left` says which columns hold words. `stacked` and `depths` as in `draw_table`. `links` are the study and the query of the view
    to which each `LinkedText` leads; without it they are text.
    """
    sheet: dict[str, Any] = {"head": header, "left": left, "stacked": stacked, "rows": rows}
    if any(depths):
        sheet["depths"] = depths
    elif depths:
        # Every row is a body of its own, as where some fold.
        sheet["apart"] = True
    if links and any(isinstance(cell, LinkedText) for row in rows for cell in row):
        study, query = links
        written = [[write_link(cell) for cell in row] for row in rows]
        sheet |= {"rows": written, "names": [name_row(row) for row in rows], "to": link_addresses(study), "query": f"?{query}"}
    return orjson.dumps(sheet, default=_take_apart).decode()


def _take_apart(part: Any) -> Any:
    if isinstance(part, Component):
        return part.to_plotly_json()
    raise TypeError(f"{type(part).__name__} is no part of a table")
