"""HTML as plain dictionaries: what Dash writes of its components, without the components.

A table has thousands of cells. Making a component of each and taking it apart again costs a server more than the numbers in it.
"""

from __future__ import annotations

from typing import Any

import orjson
from dash.development.base_component import Component

NAMESPACE = "dash_html_components"

# A dictionary; Dash's own components take it as a child, but declare no type for it.
Plain = Any


def draw_plain(kind: str, children: Any = None, **properties: Any) -> Plain:
    """The HTML component called `kind` ("Td") as Dash sends it to the browser; what is None is left out."""
    shown = {name: value for name, value in properties.items() if value is not None}
    return {"props": shown if children is None else {"children": children, **shown}, "type": kind, "namespace": NAMESPACE}


def write_plain(part: Any) -> str:
    """A part of a page, components and all, as the text from which assets/tables.js builds it."""
    return orjson.dumps(part, default=_take_apart).decode()


def _take_apart(part: Any) -> Any:
    if isinstance(part, Component):
        return part.to_plotly_json()
    raise TypeError(f"{type(part).__name__} is no part of a table")
