"""The database tables of meetings: the meeting, its agenda, who was there, decisions and comments."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data_access.tables import SQLITE, SQLITE_ROWS, Base


class MeetingRow(Base):
    """One meeting; `shown_…` is the view at which it is."""

    __tablename__ = "meeting"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id"),
        CheckConstraint("length(content_hash) = 64 AND length(shown_content_hash) = 64", name="hashes"),
        Index("ix_meeting_study", "study", "opened_at"),
        SQLITE,
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    study: Mapped[str]
    title: Mapped[str]
    content_hash: Mapped[str]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
    chair: Mapped[str]
    shown_content_hash: Mapped[str]
    shown_page: Mapped[str]
    shown_subject: Mapped[str]
    shown_query: Mapped[str]
    shown_fingerprint: Mapped[str]
    shown_link: Mapped[str]
    step: Mapped[int]
    edition: Mapped[int]
    closed_at: Mapped[datetime | None]
    closed_by: Mapped[str]


class AgendaRow(Base):
    """One saved view on the agenda of a meeting, at its place."""

    __tablename__ = "meeting_agenda"
    __table_args__ = (SQLITE_ROWS,)

    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    place: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    view_id: Mapped[str] = mapped_column(ForeignKey("saved_view.id"))


class PersonRow(Base):
    """One person whose page was in a meeting."""

    __tablename__ = "meeting_person"
    __table_args__ = (SQLITE_ROWS,)

    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    joined_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class EntryRow(Base):
    """One decision or comment and the view on which it was made; rows are only added."""

    __tablename__ = "meeting_entry"
    __table_args__ = (
        CheckConstraint("kind IN ('comment', 'decision')", name="kind"),
        CheckConstraint("number >= 1", name="number"),
        CheckConstraint("length(shown_content_hash) = 64", name="content_hash"),
        SQLITE_ROWS,
    )

    meeting_id: Mapped[str] = mapped_column(ForeignKey("meeting.id"), primary_key=True)
    number: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    kind: Mapped[str]
    author: Mapped[str]
    written_at: Mapped[datetime]
    words: Mapped[str]
    shown_content_hash: Mapped[str]
    shown_page: Mapped[str]
    shown_subject: Mapped[str]
    shown_query: Mapped[str]
    shown_fingerprint: Mapped[str]
    shown_link: Mapped[str]
    code: Mapped[str]
    selection: Mapped[str]
