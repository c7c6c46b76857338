"""The names that a question to the audit may hold, as statements."""

from __future__ import annotations

from typing import Any

from sqlalchemy import CompoundSelect, Select, select, union

from data_access.access_tables import AccountRow
from data_access.audit_table import AuditRow
from data_access.tables import ParticipantRow, SnapshotRow


def select_participants(study: str) -> Select[Any]:
    """Everybody in a snapshot of `study`, of whatever status: who delivers sees drafts too."""
    of_study = select(SnapshotRow.id).where(SnapshotRow.study == study)
    return select(ParticipantRow.participant).where(ParticipantRow.snapshot_id.in_(of_study)).distinct()


def select_cuts(study: str) -> Select[Any]:
    """The content hash of every snapshot of `study`, of all studies when it is empty, oldest first."""
    wanted = select(SnapshotRow.content_hash).order_by(SnapshotRow.id)
    return wanted.where(SnapshotRow.study == study) if study else wanted


def select_users() -> CompoundSelect[Any]:
    """Every account, and every reader of a row."""
    return union(select(AccountRow.name), select(AuditRow.reader).where(AuditRow.reader != ""))
