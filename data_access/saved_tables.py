"""The database tables of saved views and of who opened them."""

from __future__ import annotations

from datetime import date, datetime

from sqlalchemy import CheckConstraint, ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from data_access.tables import SQLITE, Base


class SavedViewRow(Base):
    """One saved view; `headlines` is JSON: label, cohort and text of each headline number."""

    __tablename__ = "saved_view"
    __table_args__ = (
        CheckConstraint("length(id) = 32", name="id"),
        CheckConstraint("length(content_hash) = 64", name="content_hash"),
        CheckConstraint("length(expires) = 10", name="expires"),
        Index("ix_saved_view_study", "study", "created_at"),
        SQLITE,
    )

    id: Mapped[str] = mapped_column(primary_key=True)
    study: Mapped[str]
    content_hash: Mapped[str]
    owner: Mapped[str]
    name: Mapped[str]
    note: Mapped[str]
    created_at: Mapped[datetime]
    expires: Mapped[date | None]
    page: Mapped[str]
    subject: Mapped[str]
    query: Mapped[str]
    code: Mapped[str]
    fingerprint: Mapped[str]
    headlines: Mapped[str]
    revoked_at: Mapped[datetime | None]
    revoked_by: Mapped[str]


class OpeningRow(Base):
    """Somebody opened a saved view."""

    __tablename__ = "saved_view_opening"
    __table_args__ = (Index("ix_saved_view_opening_view", "view_id", "opened_at"), SQLITE)

    id: Mapped[int] = mapped_column(primary_key=True)
    view_id: Mapped[str] = mapped_column(ForeignKey("saved_view.id"))
    opened_at: Mapped[datetime]
    opened_by: Mapped[str]
