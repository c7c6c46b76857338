"""Saved views, and who opened them.

Column types are written out here and not taken from `saved_tables`: a revision describes the past and must not move with the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0006"
down_revision = "r0005"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `saved_view` and `saved_view_opening`; nothing that exists is touched."""
    op.create_table(
        "saved_view",
        *_text("id", "study", "content_hash", "owner", "name", "note", "created_at"),
        *_text("expires", missing=True),
        *_text("page", "subject", "query", "code", "fingerprint", "headlines"),
        *_text("revoked_at", missing=True),
        *_text("revoked_by"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view"),
        sa.CheckConstraint("length(id) = 32", name=op.f("ck_saved_view_id")),
        sa.CheckConstraint("length(content_hash) = 64", name=op.f("ck_saved_view_content_hash")),
        sa.CheckConstraint("length(expires) = 10", name=op.f("ck_saved_view_expires")),
        sqlite_strict=True,
    )
    op.create_index("ix_saved_view_study", "saved_view", ["study", "created_at"])
    op.create_table(
        "saved_view_opening",
        sa.Column("id", WHOLE, nullable=False, autoincrement=True),
        *_text("view_id", "opened_at", "opened_by"),
        sa.PrimaryKeyConstraint("id", name="pk_saved_view_opening"),
        sa.ForeignKeyConstraint(["view_id"], ["saved_view.id"], name="fk_saved_view_opening_saved_view"),
        sqlite_strict=True,
    )
    op.create_index("ix_saved_view_opening_view", "saved_view_opening", ["view_id", "opened_at"])


def _text(*names: str, missing: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=missing) for name in names]
