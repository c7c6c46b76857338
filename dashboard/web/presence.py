"""Who asks at the moment: set by the guard at the start of a request, gone at its end."""

from __future__ import annotations

from flask import g, has_request_context

from dashboard.access.readers import Reader
from dashboard.access.visibility import Presence, nobody_asks


def asking() -> Presence:
    """The presence of whoever sent the request; outside of a request, and before anybody is known, that of nobody."""
    if not has_request_context():
        return nobody_asks()
    found: Presence | None = g.get("presence")
    return nobody_asks() if found is None else found


def current_reader() -> Reader:
    """The reader of the present request; nobody's roles are empty."""
    return asking().reader


def enter(reader: Reader) -> None:
    """From here on `reader` asks, to the end of the request."""
    g.presence = Presence(reader)
