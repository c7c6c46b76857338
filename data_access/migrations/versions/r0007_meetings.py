"""Meetings: the meeting, its agenda, who was there, decisions and comments.

Column types and words are written out here and not taken from `meeting_tables`: a revision describes the past and must not move with
the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_meeting

revision = "r0007"
down_revision = "r0006"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
SHOWN = ("shown_content_hash", "shown_page", "shown_subject", "shown_query", "shown_fingerprint", "shown_link")


def upgrade() -> None:
    """Create the four tables, and the triggers of the engine that keep what was written."""
    op.create_table(
        "meeting",
        *_text("id", "study", "title", "content_hash", "opened_at", "opened_by", "chair", *SHOWN),
        *_whole("step", "edition"),
        sa.Column("closed_at", sa.Text(), nullable=True),
        *_text("closed_by"),
        sa.PrimaryKeyConstraint("id", name="pk_meeting"),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_meeting_id")),
        sa.CheckConstraint("length(content_hash) = 64 AND length(shown_content_hash) = 64", name=op.f("ck_meeting_hashes")),
        sqlite_strict=True,
    )
    op.create_index("ix_meeting_study", "meeting", ["study", "opened_at"])
    agenda = [*_text("meeting_id"), *_whole("place"), *_text("view_id")]
    of_view = sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], name="fk_meeting_agenda_saved_view")
    _create("meeting_agenda", "place", *agenda, of_view)
    _create("meeting_person", "name", *_text("meeting_id", "name", "joined_at", "seen_at"))
    _create_entry()
    for statement in freeze_meeting.statements(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)


def _create_entry() -> None:
    _create(
        "meeting_entry",
        "number",
        *_text("meeting_id"),
        *_whole("number"),
        *_text("kind", "author", "written_at", "words", *SHOWN, "code", "selection"),
        sa.CheckConstraint("kind IN ('comment', 'decision')", name=op.f("ck_meeting_entry_kind")),
        sa.CheckConstraint("number >= 1", name=op.f("ck_meeting_entry_number")),
        sa.CheckConstraint("length(shown_content_hash) = 64", name=op.f("ck_meeting_entry_content_hash")),
    )


def _create(table: str, key: str, *parts: Any) -> None:
    """A table of what belongs to a meeting, named by the meeting and `key`."""
    op.create_table(
        table,
        *parts,
        sa.PrimaryKeyConstraint("meeting_id", key, name=f"pk_{table}"),
        sa.ForeignKeyConstraint(["meeting_id"], ["meeting.id"], name=f"fk_{table}_meeting"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _whole(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in names]
