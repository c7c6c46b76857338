"""What the reader has in sight is drawn first; the rest of the page is asked for as soon as that stands.

The browser says in a header what it has in sight (assets/sight.js). A request without the header is answered whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal
from urllib.parse import unquote

from layouts.attributes import WAITING

SIGHT_HEADER = "X-Lymphotrace-Sight"
Choice = Literal["draw", "wait", "leave"]


@dataclass(frozen=True)
class Sight:
    """Whether the view is another one than the page shows, and the parts of the page that are in sight; None for all."""

    is_new: bool
    named: frozenset[str] | None = None

    def choose(self, name: str, mark: str | None) -> Choice:
        """What becomes of the part called `name`, which has this mark.

        What is out of sight waits: its old content is not seen until the new one is asked for. What neither waits nor belongs to a new
        view is left as it is.
        """
        if not self.is_new and mark != WAITING:
            return "leave"
        if self.named is None or name in self.named:
            return "draw"
        return "wait" if self.is_new else "leave"


def read_sight(is_new: bool, text: str | None) -> Sight:
    """What a header asks for: the names of what is in sight, separated by commas; everything without a header."""
    return Sight(is_new, None if text is None else frozenset(unquote(name) for name in text.split(",")))


def panel_name(panel: str, subject: str) -> str:
    """The name of a panel among what is in sight."""
    return f"{panel}/{subject}"


def review_name(part: str) -> str:
    """The name of a part of the review among what is in sight."""
    return f"review/{part}"


def mark_after(choice: Choice, mark: str | None) -> str:
    """The mark of a part after that choice: the class of its title, by which the style sheet hides what is below."""
    return (mark or "") if choice == "leave" else WAITING if choice == "wait" else ""
