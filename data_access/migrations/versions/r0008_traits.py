"""Traits of participants: to which category of each grouping of the study they belong, as delivered.

Column types are written out here and not taken from `tables`: a revision describes the past and must not move with the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_postgresql, freeze_sqlite

revision = "r0008"
down_revision = "r0007"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")


def upgrade() -> None:
    """Create `trait` with the triggers of the engine; nothing that exists is touched."""
    key = ("snapshot_id", "position")
    op.create_table(
        "trait",
        *(sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in key),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("participant", "trait")),
        sa.Column("value", NUMBER, nullable=True),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("value_text", "source_file")),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("source_row", "checksum")),
        sa.PrimaryKeyConstraint(*key),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "participant"], ["participant.snapshot_id", "participant.participant"], name="fk_trait_participant"
        ),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
    freeze: Any = freeze_sqlite if op.get_bind().dialect.name == "sqlite" else freeze_postgresql
    for statement in freeze.row_statements("trait"):
        op.get_bind().exec_driver_sql(statement)
