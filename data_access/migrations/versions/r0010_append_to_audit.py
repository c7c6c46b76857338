"""PostgreSQL adds a row to the audit by itself."""

from __future__ import annotations

from alembic import op

from data_access.migrations import append_audit

revision = "r0010"
down_revision = "r0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Create the function `append_to_audit`; SQLite needs none, it is in the program's own process."""
    if op.get_bind().dialect.name == "postgresql":
        op.get_bind().exec_driver_sql(append_audit.CREATE)
