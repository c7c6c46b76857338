"""What a meeting is, what a reader may type into one, and the port to where meetings are kept."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Literal, Protocol

from dashboard.errors import WrongUseError

# 128 random bits, written as 32 hex digits.
ID_BYTES = 16
LONGEST_TITLE, LONGEST_ENTRY, LONGEST_AGENDA = 120, 4_000, 50

Kind = Literal["comment", "decision"]


@dataclass(frozen=True)
class ShownView:
    """A view at which a meeting looks. `query` is canonical; `link` is the saved view of the agenda that it is, "" for another one."""

    content_hash: str
    page: str
    subject: str
    query: str
    fingerprint: str
    link: str = ""


@dataclass(frozen=True)
class Meeting:
    """A meeting of a study. It exists for those who may see the data cut `content_hash`, that of the view with which it was opened.

    `shown` is where the chair's page is. `step` grows with every move, `edition` with every other change.
    """

    id: str
    study: str
    title: str
    content_hash: str
    opened_at: datetime
    opened_by: str
    chair: str
    shown: ShownView
    step: int = 1
    edition: int = 1
    closed_at: datetime | None = None
    closed_by: str = ""

    @property
    def is_open(self) -> bool:
        """Whether it goes on."""
        return self.closed_at is None


@dataclass(frozen=True)
class Person:
    """Somebody whose page was in the meeting: since when, and when it was last heard of."""

    name: str
    joined_at: datetime
    seen_at: datetime


@dataclass(frozen=True)
class Entry:
    """A decision or comment, never changed. `code` is the version of the program, `selection` the filters of the view in words."""

    number: int
    kind: Kind
    author: str
    written_at: datetime
    words: str
    shown: ShownView
    code: str
    selection: str


class MeetingStore(Protocol):
    """Where meetings are kept. What the chair does answers False, and changes nothing, for somebody else and in a closed meeting."""

    def add(self, meeting: Meeting, agenda: Sequence[str]) -> None:
        """Keep a new meeting, and the ids of the saved views on its agenda."""
        ...

    def find(self, meeting_id: str) -> Meeting | None:
        """The meeting of this id, or None."""
        ...

    def list(self, study: str) -> Sequence[Meeting]:
        """Every meeting of a study, the newest first."""
        ...

    def agenda(self, meeting_id: str) -> tuple[str, ...]:
        """The ids of the saved views on the agenda, in order."""
        ...

    def people(self, meeting_id: str) -> Sequence[Person]:
        """Everybody whose page was in the meeting, in the order in which they came."""
        ...

    def entries(self, meeting_id: str) -> Sequence[Entry]:
        """Every decision and comment, in order."""
        ...

    def move(self, meeting_id: str, chair: str, shown: ShownView) -> bool:
        """Let the meeting look at another view."""
        ...

    def set_agenda(self, meeting_id: str, chair: str, agenda: Sequence[str]) -> bool:
        """Put another agenda in the place of the present one."""
        ...

    def hand_over(self, meeting_id: str, chair: str, to: str) -> bool:
        """Let `to` be the chair instead of `chair`."""
        ...

    def close(self, meeting_id: str, chair: str, at: datetime) -> bool:
        """End the meeting."""
        ...

    def see(self, meeting_id: str, name: str, at: datetime) -> None:
        """Write that a page of `name` is in the meeting."""
        ...

    def write(self, meeting_id: str, entry: Entry) -> int | None:
        """Add an entry under the next number, which is returned; None in a closed meeting, and for a decision of another than the chair."""
        ...


def make_meeting_id() -> str:
    """A new id that nobody can guess."""
    return secrets.token_hex(ID_BYTES)


def validate_title(title: str) -> str:
    """The title as it is kept: one line of 1 to LONGEST_TITLE printable characters; WrongUseError otherwise."""
    trimmed = " ".join(title.split())
    if not trimmed:
        raise WrongUseError("A meeting needs a title.")
    if len(trimmed) > LONGEST_TITLE or not trimmed.isprintable():
        raise WrongUseError(f"A title has at most {LONGEST_TITLE} printable characters (this one has {len(trimmed):,}).")
    return trimmed


def validate_entry(words: str) -> str:
    """A decision or comment as it is kept: 1 to LONGEST_ENTRY printable characters and line ends; WrongUseError otherwise."""
    lines = [line.rstrip() for line in words.replace("\t", " ").splitlines()]
    trimmed = "\n".join(lines).strip()
    if not trimmed:
        raise WrongUseError("There is nothing to store: write the decision or comment first.")
    if len(trimmed) > LONGEST_ENTRY or not all(line.isprintable() for line in lines):
        raise WrongUseError(f"A decision or comment has at most {LONGEST_ENTRY:,} printable characters (this one has {len(trimmed):,}).")
    return trimmed


def validate_agenda(agenda: Sequence[str]) -> tuple[str, ...]:
    """The agenda as it is kept: 1 to LONGEST_AGENDA different views; WrongUseError otherwise."""
    if not agenda:
        raise WrongUseError("An agenda needs at least one saved view.")
    if len(agenda) > LONGEST_AGENDA:
        raise WrongUseError(f"An agenda has at most {LONGEST_AGENDA} views (this one has {len(agenda):,}).")
    if len(set(agenda)) < len(agenda):
        raise WrongUseError("A view stands on an agenda only once.")
    return tuple(agenda)


def validate_kind(kind: str) -> Kind:
    """“comment” or “decision”; WrongUseError for another word."""
    if kind == "comment":
        return "comment"
    if kind == "decision":
        return "decision"
    raise WrongUseError(f"What is written in a meeting is a comment or a decision (found {kind[:20]!r}).")
