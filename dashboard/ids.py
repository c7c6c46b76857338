"""The name of every component a callback or a test refers to."""

from __future__ import annotations

URL = "url"
PAGE = "page"
VIEW = "view"
NOTICES = "notices"
RAIL_TOGGLE = "rail-toggle"
RAIL = "rail"
STALE = "stale"
CLICKED = "clicked"
SIGHT = "sight"
MAIN = "main"
COPY_LINK = "copy-link"
FINGERPRINT = "fingerprint"

Id = dict[str, str]


def control(key: str) -> Id:
    """The control of a query key (age has two: `age-from` and `age-to`)."""
    return {"control": key}


def grid(name: str) -> Id:
    """A table whose order and filter are part of the address."""
    return {"grid": name}


def grid_words(name: str) -> Id:
    """What stands under a table: how many rows, and its downloads."""
    return {"grid-words": name}


def person(name: str) -> Id:
    """The head of a participant's page, which follows the view."""
    return {"person": name}


def review(part: str) -> Id:
    """Words and listings of the review, which follow the view: its head, or a section by number."""
    return {"review": part}


def review_mark(part: str) -> Id:
    """What says that a part of the review has still to be written for the view."""
    return {"review-mark": part}


def panel_part(part: str, panel: str, subject: str) -> Id:
    """A part of a panel: its figure, or the card around it."""
    return {"part": part, "panel": panel, "subject": subject}


CARD, FIGURE = "card", "figure"
