"""The rows of a snapshot as compressed Arrow parts, beside the rows themselves. Snapshots stored before have none."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_postgresql, freeze_sqlite

revision = "r0003"
down_revision = "r0002"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create `packed_rows` with the triggers of the engine."""
    op.create_table(
        "packed_rows",
        sa.Column("snapshot_id", WHOLE, nullable=False, autoincrement=False),
        sa.Column("table_name", sa.Text(), nullable=False),
        sa.Column("part", WHOLE, nullable=False, autoincrement=False),
        sa.Column("parts", WHOLE, nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("snapshot_id", "table_name", "part"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_packed_rows_snapshot"),
        sqlite_strict=True,
    )
    freeze: Any = freeze_sqlite if op.get_bind().dialect.name == "sqlite" else freeze_postgresql
    for statement in freeze.row_statements("packed_rows"):
        op.get_bind().exec_driver_sql(statement)
