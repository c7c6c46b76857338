"""What a saved view is, what a reader may type into one, and the port to where they are kept."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol

from dashboard.errors import LymphotraceError, WrongUseError

# 128 random bits, written as 32 hex digits.
ID_BYTES = 16
LONGEST_NAME, LONGEST_NOTE = 120, 2_000
LAST_DAY = date(2999, 12, 31)
# Of these, a list shows no more for one view.
OPENINGS_SHOWN = 50


class ChangedViewError(LymphotraceError):
    """What was to be saved is not what the reader saw when asking for it."""


@dataclass(frozen=True)
class HeadlineNumber:
    """One headline of a view among its selected participants: “CD4 ≥ 300 at week 36”, “240 µg/kg”, “3/9”."""

    label: str
    cohort: str
    text: str


@dataclass(frozen=True)
class SavedView:
    """A view as it was saved. `query` is canonical, `expires` the last day (in UTC) on which it opens, `code` the version of the code."""

    id: str
    study: str
    content_hash: str
    owner: str
    name: str
    note: str
    created_at: datetime
    expires: date | None
    page: str
    subject: str
    query: str
    code: str
    fingerprint: str
    headlines: tuple[HeadlineNumber, ...]
    revoked_at: datetime | None = None
    revoked_by: str = ""

    def is_expired(self, now: datetime) -> bool:
        """Whether its last day is over, in UTC."""
        return self.expires is not None and now.astimezone(UTC).date() > self.expires

    def is_open(self, now: datetime) -> bool:
        """Whether it is neither revoked nor expired."""
        return self.revoked_at is None and not self.is_expired(now)


@dataclass(frozen=True)
class Opening:
    """Somebody opened a saved view."""

    at: datetime
    by: str


@dataclass(frozen=True)
class Openings:
    """Who opened a saved view: how often in all, and the newest of them, newest first."""

    total: int = 0
    newest: tuple[Opening, ...] = ()


class SavedViewStore(Protocol):
    """Where saved views are kept. They are never changed but for being revoked, and never deleted."""

    def add(self, view: SavedView) -> None:
        """Keep a new view."""
        ...

    def find(self, view_id: str) -> SavedView | None:
        """The view of this id, or None."""
        ...

    def list(self, study: str) -> Sequence[SavedView]:
        """Every view of a study, the newest first."""
        ...

    def revoke(self, view_id: str, by: str, at: datetime) -> None:
        """Revoke a view; one that is revoked already keeps its first date."""
        ...

    def note_opening(self, view_id: str, by: str, at: datetime) -> None:
        """Write that somebody opened a view."""
        ...

    def openings(self, study: str) -> Mapping[str, Openings]:
        """Who opened the views of a study, by id; at most OPENINGS_SHOWN of each."""
        ...


def make_view_id() -> str:
    """A new id that nobody can guess."""
    return secrets.token_hex(ID_BYTES)


def validate_view_name(name: str) -> str:
    """The name as it is kept: one line of 1 to LONGEST_NAME printable characters; WrongUseError otherwise."""
    trimmed = " ".join(name.split())
    if not trimmed:
        raise WrongUseError("A saved view needs a name.")
    if len(trimmed) > LONGEST_NAME or not trimmed.isprintable():
        raise WrongUseError(f"A name has at most {LONGEST_NAME} printable characters (this one has {len(trimmed):,}).")
    return trimmed


def validate_note(note: str) -> str:
    """The note as it is kept: at most LONGEST_NOTE printable characters and line ends; WrongUseError otherwise."""
    lines = [line.rstrip() for line in note.replace("\t", " ").splitlines()]
    trimmed = "\n".join(lines).strip()
    if len(trimmed) > LONGEST_NOTE or not all(line.isprintable() for line in lines):
        raise WrongUseError(f"A note has at most {LONGEST_NOTE:,} printable characters (this one has {len(trimmed):,}).")
    return trimmed


def read_expiry(text: str, now: datetime) -> date | None:
    """The last day on which a view opens, None for the empty text; WrongUseError for no date, a day that is over, or one too far."""
    if not text:
        return None
    try:
        day = date.fromisoformat(text)
    except ValueError as error:
        raise WrongUseError(f"The last day is no date as YYYY-MM-DD (found {text[:40]!r}).") from error
    today = now.astimezone(UTC).date()
    if day < today:
        raise WrongUseError(f"The last day is over: it is {today.isoformat()} (UTC) today.")
    if day > LAST_DAY:
        raise WrongUseError(f"The last day is at most {LAST_DAY.isoformat()}; leave it empty for a view that does not expire.")
    return day
