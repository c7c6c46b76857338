"""Why doses were adjusted, as delivered.

Column types are written out here and not taken from `tables`: a revision describes the past and must not move with the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_postgresql, freeze_sqlite

revision = "r0009"
down_revision = "r0008"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `dose_adjustment` with the triggers of the engine; nothing that exists is touched."""
    key = ("snapshot_id", "position")
    op.create_table(
        "dose_adjustment",
        *(sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in key),
        sa.Column("participant", sa.Text(), nullable=False),
        sa.Column("day", WHOLE, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("reason", "source_file")),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("source_row", "checksum")),
        sa.PrimaryKeyConstraint(*key),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "participant"], ["participant.snapshot_id", "participant.participant"], name="fk_dose_adjustment_participant"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    freeze: Any = freeze_sqlite if op.get_bind().dialect.name == "sqlite" else freeze_postgresql
    for statement in freeze.row_statements("dose_adjustment"):
        op.get_bind().exec_driver_sql(statement)
