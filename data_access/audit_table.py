"""The database table of the audit. What keeps it from being changed stands in the migrations."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from data_access.tables import SQLITE, Base


class AuditRow(Base):
    """One event; `at` is an instant in UTC as text, `detail` canonical JSON."""

    __tablename__ = "audit_event"
    __table_args__ = (
        CheckConstraint("seq >= 1", name="seq"),
        CheckConstraint("length(previous) = 64 AND length(hash) = 64", name="hashes"),
        Index("ix_audit_event_reader", "reader", "seq"),
        Index("ix_audit_event_study_action", "study", "action", "seq"),
        SQLITE,
    )

    seq: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    at: Mapped[str]
    action: Mapped[str]
    reader: Mapped[str]
    study: Mapped[str]
    cut: Mapped[str]
    request: Mapped[str]
    detail: Mapped[str]
    previous: Mapped[str]
    hash: Mapped[str]
