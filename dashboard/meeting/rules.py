"""Who may do what in a meeting, and who is there: plain functions of the meeting, a name and the time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from dashboard.errors import LymphotraceError
from dashboard.meeting.records import Kind, Meeting, Person, ShownView

# A page says that it is there at most so often, and is gone when it was not heard of for so long.
HEARD_EVERY, GONE_AFTER = timedelta(seconds=4), timedelta(seconds=15)

# Everybody for whom the meeting exists follows, comments and prints; what changes it for others is the chair's.
Act = Literal["comment", "decision", "move", "agenda", "hand-over", "close"]
OF_THE_CHAIR: frozenset[Act] = frozenset({"decision", "move", "agenda", "hand-over", "close"})


class NotChairError(LymphotraceError):
    """Only the chair may do this."""


class ClosedMeetingError(LymphotraceError):
    """The meeting is over: what was stored stays, and nothing is added."""


@dataclass(frozen=True)
class Attendance:
    """Who is there now, by name, and whether the chair's page was not heard of for a while."""

    present: tuple[str, ...]
    chair_lost: bool


def require_act(meeting: Meeting, person: str, act: Act) -> None:
    """ClosedMeetingError or NotChairError unless `person`, for whom the meeting exists, may do `act` in it now."""
    if meeting.closed_at is not None:
        raise ClosedMeetingError(f"The meeting was closed on {meeting.closed_at:%Y-%m-%d at %H:%M} UTC; nothing can be added to it.")
    if act in OF_THE_CHAIR and person != meeting.chair:
        raise NotChairError(f"Only the chair may do this; the chair is {meeting.chair}.")


def require_successor(meeting: Meeting, person: str, to: str, present: Collection[str]) -> None:
    """NotChairError unless `person` may let `to` be the chair.

    The chair hands over to somebody who is there; who opened the meeting may take the chair back at any time.
    """
    takes_back = person == to == meeting.opened_by
    require_act(meeting, meeting.chair if takes_back else person, "hand-over")
    if not takes_back and to not in present:
        raise NotChairError("The chair is handed over only to somebody who is in the meeting now.")


def is_due(person: Person | None, now: datetime) -> bool:
    """Whether it is time to write again that a page of `person` is there."""
    return person is None or now - person.seen_at >= HEARD_EVERY


def describe_attendance(meeting: Meeting, people: Sequence[Person], now: datetime) -> Attendance:
    """Who is there at `now`. A meeting that is closed has lost nobody."""
    present = tuple(person.name for person in people if now - person.seen_at < GONE_AFTER)
    return Attendance(present, meeting.is_open and meeting.chair not in present)


def is_same_view(one: ShownView, other: ShownView) -> bool:
    """Whether both show the same page of the same data cut with the same choices, computed by the same program."""
    return (one.content_hash, one.page, one.subject, one.query, one.fingerprint) == (
        other.content_hash,
        other.page,
        other.subject,
        other.query,
        other.fingerprint,
    )


def describe_kind(kind: Kind, number: int) -> str:
    """“Decision 3”: entries of both kinds are counted together, in the order in which they were made."""
    return f"{kind.capitalize()} {number}"


def reorder(agenda: Sequence[str], view: str, change: Literal["up", "down", "remove", "add"]) -> tuple[str, ...]:
    """The agenda after one change of one view; a view at the end of its way stays where it is."""
    others = [one for one in agenda if one != view]
    if change == "remove":
        return tuple(others)
    place = len(others) if view not in agenda else list(agenda).index(view)
    place = max(0, place - 1) if change == "up" else place + 1 if change == "down" else place
    return (*others[:place], view, *others[place:])
