"""What the audit is asked, and who answers: by command, and on the page /audit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Protocol

from dashboard.access.audit_port import NOTHING
from dashboard.audit.chain import Head, Record
from dashboard.audit.events import ACTIONS, SEEING
from dashboard.errors import WrongUseError

# After these somebody has something of the records as a file: downloads and backups, packages, HTTP tables, printed minutes.
EXPORTS = ("export", "package", "table", "minutes")
DENIED = ("denied", "sign-in-failed")
# What a date may be written as; the second and third with the time in UTC.
FORMS = "YYYY-MM-DD, YYYY-MM-DDTHH:MM or YYYY-MM-DDTHH:MM:SS"


@dataclass(frozen=True)
class Question:
    """Which rows are wanted: every part that is not empty narrows them. Times are in UTC, from `since` on and before `until`."""

    study: str = ""
    user: str = ""
    actions: tuple[str, ...] = ()
    cut: str = ""
    since: datetime | None = None
    until: datetime | None = None


class AuditStore(Protocol):
    """Where the audit is kept. StorageError when it cannot be written or read."""

    def write(self, action: str, reader: str, study: str = "", cut: str = "", detail: Mapping[str, str] = NOTHING) -> None:
        """Write one event; see `dashboard.access.audit_port.AuditTrail`."""
        ...

    def head(self) -> Head:
        """The newest row."""
        ...

    def find(self, question: Question, before: int | None = None) -> Iterator[Record]:
        """The rows that `question` means, newest first; with `before` those with smaller numbers."""
        ...

    def every(self) -> Iterator[Record]:
        """Every row, oldest first."""
        ...

    def list_participants(self, study: str) -> frozenset[str]:
        """Everybody in a snapshot of `study`, of whatever status."""
        ...

    def list_cuts(self, study: str) -> Sequence[str]:
        """The content hash of every snapshot of `study`, of all studies when it is empty, oldest first."""
        ...

    def list_users(self) -> frozenset[str]:
        """Every account, and every reader of a row."""
        ...


def ask_user(user: str, since: datetime | None, until: datetime | None) -> Question:
    """What did this user do and see between two times?"""
    return Question(user=user, since=since, until=until)


def ask_cut(study: str, cut: str, before: datetime | None) -> Question:
    """Who saw this data cut before a time?"""
    return Question(study=study, cut=cut, actions=SEEING, until=before)


def validate_action(text: str) -> tuple[str, ...]:
    """The action named by `text`, none for the empty text; WrongUseError for a word that is no action."""
    if text and text not in ACTIONS:
        raise WrongUseError(f"the audit has no action {text[:40]!r}; there are: {', '.join(ACTIONS)}")
    return (text,) if text else ()


def read_since(text: str) -> datetime | None:
    """The instant from which rows are wanted; None for the empty text, WrongUseError for a text that is no date."""
    return _read_time(text, timedelta(0)) if text else None


def read_until(text: str) -> datetime | None:
    """The instant before which rows are wanted: a day is wanted whole. None for the empty text, WrongUseError for no date."""
    return _read_time(text, timedelta(days=1)) if text else None


def _read_time(text: str, of_a_day: timedelta) -> datetime:
    """An instant in UTC; of a day without a time, its beginning and `of_a_day`."""
    stripped = text.strip()
    try:
        if len(stripped) == len("YYYY-MM-DD"):
            day = date.fromisoformat(stripped)
            return datetime(day.year, day.month, day.day, tzinfo=UTC) + of_a_day
        found = datetime.fromisoformat(stripped)
        return found.astimezone(UTC) if found.tzinfo else found.replace(tzinfo=UTC)
    except (ValueError, OverflowError) as error:
        raise WrongUseError(f"a time is written as {FORMS}, in UTC (found {text[:40]!r})") from error
