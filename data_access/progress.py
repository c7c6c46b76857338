"""How a long import tells its progress, to whoever wants to know."""

from __future__ import annotations

from typing import Protocol


class Progress(Protocol):
    """Called again and again while a delivery is read and stored."""

    def __call__(self, step: str, done: int, total: int | None) -> None:
        """`step` is a phrase such as “reading lb.csv”; `done` of `total` units are finished (None: the total is not known)."""
        ...


def silent(step: str, done: int, total: int | None) -> None:
    """Tells nobody."""
