"""HTML as plain dictionaries: what Dash writes of its components, without the components.

A table has thousands of cells. Making a component of each and taking it apart again costs a server more than the numbers in it.
And every component costs the browser time at every change of a view, so what only shows something is one component (`draw_markup`).
"""

from __future__ import annotations

from typing import Any

NAMESPACE = "dash_html_components"
# The components of assets/markup.js.
OWN_NAMESPACE = "lymphotrace"

# A dictionary; Dash's own components take it as a child, but declare no type for it.
Plain = Any


def draw_plain(kind: str, children: Any = None, **properties: Any) -> Plain:
    """The HTML component called `kind` ("Td") as Dash sends it to the browser; what is None is left out."""
    shown = {name: value for name, value in properties.items() if value is not None}
    return {"props": shown if children is None else {"children": children, **shown}, "type": kind, "namespace": NAMESPACE}


def draw_markup(content: Any, element: str | None = None, component_id: Any = None, children: Any = None, **attributes: Any) -> Plain:
    """HTML that only shows something, as one component that the browser draws (assets/markup.js).

    `content` may hold texts, HTML components and plain ones, but nothing a callback reads or writes: that is `content` as a whole, under
    `component_id`, and the components in `children`, which follow it. All stands inside an `element` ("Nav") with the `attributes`, or
    by itself.
    """
    return draw_own("Markup", children, content=content, element=element, id=component_id, attributes=attributes or None)


def draw_own(kind: str, children: Any = None, **properties: Any) -> Plain:
    """A component of assets/markup.js as Dash sends it to the browser; what is None is left out."""
    return {**draw_plain(kind, children, **properties), "namespace": OWN_NAMESPACE}
