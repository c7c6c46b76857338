"""`aria-*` and `data-*` attributes, whose names are no Python identifiers."""

from __future__ import annotations

from typing import Any


def aria(**named: str) -> Any:
    """`aria(label="Pages")` as keyword arguments of a component."""
    return {f"aria-{name}": value for name, value in named.items()}


def data(**named: str) -> Any:
    """`data(copy_link="yes")` as keyword arguments of a component: `data-copy-link`."""
    return {f"data-{name.replace('_', '-')}": value for name, value in named.items()}


# Dash counts the clicks on every HTML component with an id, and each count redraws everything inside it: one click on a control would
# redraw the whole page. Nothing here asks for the counts.
UNCOUNTED: Any = {"disable_n_clicks": True}

# The class of a part of a page that has not been drawn for the view: what it showed before is not to be seen.
WAITING = "waiting"
