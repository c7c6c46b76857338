"""The audit: one table whose rows are only added.

Column types and words are written out here and not taken from `audit_table`: a revision describes the past and must not move with
the code.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_audit

revision = "r0005"
down_revision = "r0004"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
TEXTS = ("at", "action", "reader", "study", "cut", "request", "detail", "previous", "hash")


def upgrade() -> None:
    """Create `audit_event` with the triggers of the engine."""
    op.create_table(
        "audit_event",
        sa.Column("seq", WHOLE, nullable=False, autoincrement=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in TEXTS),
        sa.PrimaryKeyConstraint("seq", name="pk_audit_event"),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_audit_event_seq")),
        sa.CheckConstraint("length(previous) = 64 AND length(hash) = 64", name=op.f("ck_audit_event_hashes")),
        sqlite_strict=True,
    )
    op.create_index("ix_audit_event_reader", "audit_event", ["reader", "seq"])
    op.create_index("ix_audit_event_study_action", "audit_event", ["study", "action", "seq"])
    for statement in freeze_audit.statements(op.get_bind().dialect.name):
        op.get_bind().exec_driver_sql(statement)
