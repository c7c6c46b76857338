"""Meetings in a database."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Engine, delete, func, insert, select, update
from sqlalchemy.dialects import postgresql, sqlite

from dashboard.meeting.records import Entry, Meeting, Person, ShownView
from data_access.meeting_tables import AgendaRow, EntryRow, MeetingRow, PersonRow
from data_access.transactions import transaction

SHOWN = "shown_"


class SqlMeetings:
    """The MeetingStore of SQLite and PostgreSQL. Every method is one transaction.

    What the chair does is decided by the statement that does it, so that two at once cannot both be right.
    """

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def add(self, meeting: Meeting, agenda: Sequence[str]) -> None:
        """Keep a new meeting with its agenda; StorageError for an id that is taken or a view that does not exist."""
        with transaction(self._engine, write=True) as connection:
            connection.execute(insert(MeetingRow).values(_columns(meeting)))
            _write_agenda(connection, meeting.id, agenda)

    def find(self, meeting_id: str) -> Meeting | None:
        """The meeting of this id, or None."""
        with transaction(self._engine) as connection:
            row = connection.execute(select(MeetingRow.__table__).where(MeetingRow.id == meeting_id)).one_or_none()
            return None if row is None else Meeting(**_fields(row))

    def list(self, study: str) -> Sequence[Meeting]:
        """Every meeting of a study, the newest first."""
        wanted = select(MeetingRow.__table__).where(MeetingRow.study == study)
        with transaction(self._engine) as connection:
            rows = connection.execute(wanted.order_by(MeetingRow.opened_at.desc(), MeetingRow.id))
            return [Meeting(**_fields(row)) for row in rows]

    def agenda(self, meeting_id: str) -> tuple[str, ...]:
        """The ids of the saved views on the agenda, in order."""
        wanted = select(AgendaRow.view_id).where(AgendaRow.meeting_id == meeting_id).order_by(AgendaRow.place)
        with transaction(self._engine) as connection:
            return tuple(connection.scalars(wanted))

    def people(self, meeting_id: str) -> Sequence[Person]:
        """Everybody whose page was in the meeting, in the order in which they came."""
        wanted = select(PersonRow.name, PersonRow.joined_at, PersonRow.seen_at).where(PersonRow.meeting_id == meeting_id)
        with transaction(self._engine) as connection:
            return [Person(*row) for row in connection.execute(wanted.order_by(PersonRow.joined_at, PersonRow.name))]

    def entries(self, meeting_id: str) -> Sequence[Entry]:
        """Every decision and comment, in order."""
        wanted = select(EntryRow.__table__).where(EntryRow.meeting_id == meeting_id).order_by(EntryRow.number)
        with transaction(self._engine) as connection:
            return [Entry(**_fields(row, without="meeting_id")) for row in connection.execute(wanted)]

    def move(self, meeting_id: str, chair: str, shown: ShownView) -> bool:
        """Let the meeting look at another view; False for another than the chair and in a closed meeting, as for all that follow."""
        with transaction(self._engine, write=True) as connection:
            return _change(connection, meeting_id, chair, step=MeetingRow.step + 1, **_prefixed(shown))

    def set_agenda(self, meeting_id: str, chair: str, agenda: Sequence[str]) -> bool:
        """Put another agenda in the place of the present one; StorageError for a view that does not exist."""
        with transaction(self._engine, write=True) as connection:
            done = _change(connection, meeting_id, chair)
            if done:
                connection.execute(delete(AgendaRow).where(AgendaRow.meeting_id == meeting_id))
                _write_agenda(connection, meeting_id, agenda)
            return done

    def hand_over(self, meeting_id: str, chair: str, to: str) -> bool:
        """Let `to` be the chair instead of `chair`."""
        with transaction(self._engine, write=True) as connection:
            return _change(connection, meeting_id, chair, chair=to)

    def close(self, meeting_id: str, chair: str, at: datetime) -> bool:
        """End the meeting."""
        with transaction(self._engine, write=True) as connection:
            return _change(connection, meeting_id, chair, closed_at=at, closed_by=chair)

    def see(self, meeting_id: str, name: str, at: datetime) -> None:
        """Write that a page of `name` is in the meeting; StorageError for a meeting that does not exist."""
        with transaction(self._engine, write=True) as connection:
            kind: Any = sqlite if connection.dialect.name == "sqlite" else postgresql
            added = kind.insert(PersonRow).values(meeting_id=meeting_id, name=name, joined_at=at, seen_at=at)
            keys = [PersonRow.meeting_id, PersonRow.name]
            connection.execute(added.on_conflict_do_update(index_elements=keys, set_={"seen_at": at}))

    def write(self, meeting_id: str, entry: Entry) -> int | None:
        """Add an entry under the next number, whatever number it has; None where the meeting does not take it."""
        with transaction(self._engine, write=True) as connection:
            # The changed row of the meeting keeps others waiting until this entry has its number.
            if not _change(connection, meeting_id, entry.author if entry.kind == "decision" else None):
                return None
            newest = connection.scalar(select(func.max(EntryRow.number)).where(EntryRow.meeting_id == meeting_id))
            number = (newest or 0) + 1
            connection.execute(insert(EntryRow).values({**_columns(entry), "meeting_id": meeting_id, "number": number}))
            return number


def _change(connection: Connection, meeting_id: str, by: str | None, **values: Any) -> bool:
    """Change a row that is open and, where somebody is named, has this chair; every change but a move is another edition."""
    wanted = update(MeetingRow).where(MeetingRow.id == meeting_id, MeetingRow.closed_at.is_(None))
    if by is not None:
        wanted = wanted.where(MeetingRow.chair == by)
    edition = {} if "step" in values else {"edition": MeetingRow.edition + 1}
    return bool(connection.execute(wanted.values({**values, **edition})).rowcount)


def _write_agenda(connection: Connection, meeting_id: str, agenda: Sequence[str]) -> None:
    rows = [{"meeting_id": meeting_id, "place": place, "view_id": view} for place, view in enumerate(agenda, start=1)]
    if rows:
        connection.execute(insert(AgendaRow), rows)


def _prefixed(shown: ShownView) -> dict[str, Any]:
    return {f"{SHOWN}{name}": value for name, value in vars(shown).items()}


def _columns(record: Meeting | Entry) -> dict[str, Any]:
    """A record with the view it holds spread over its columns."""
    return {name: value for name, value in vars(record).items() if name != "shown"} | _prefixed(record.shown)


def _fields(row: Any, without: str = "") -> dict[str, Any]:
    """The other way round."""
    found: Mapping[str, Any] = row._mapping
    shown = {name.removeprefix(SHOWN): value for name, value in found.items() if name.startswith(SHOWN)}
    rest = {name: value for name, value in found.items() if not name.startswith(SHOWN) and name != without}
    return rest | {"shown": ShownView(**shown)}
