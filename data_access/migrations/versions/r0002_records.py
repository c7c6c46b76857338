"""Adverse events, medications, findings, visits, milestones, times to event and claims; who stored, published and withdrew.

Column types and words are written out here and not taken from `tables`: a revision describes the past and must not move with the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_postgresql, freeze_sqlite

revision = "r0002"
down_revision = "r0001"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
TEXT, NUMBERS, DAYS, FLAGS = "text", "number", "day", "flag"
KINDS: dict[str, tuple[sa.types.TypeEngine[Any], bool]] = {
    TEXT: (sa.Text(), False),
    NUMBERS: (NUMBER, True),
    DAYS: (WHOLE, True),
    FLAGS: (FLAG, False),
}
SPAN = ((DAYS, "start_day"), (TEXT, "start_precision"), (DAYS, "end_day"), (TEXT, "end_precision"), (FLAGS, "ongoing"))
TABLES: dict[str, tuple[tuple[str, str], ...]] = {
    "adverse_event": (
        *((TEXT, name) for name in ("participant", "term", "reported_term", "body_system", "category")), *SPAN,
        *((TEXT, name) for name in ("grade", "severity", "grading_scale", "serious", "relation", "action", "outcome")),
    ),
    "medication": (
        *((TEXT, name) for name in ("participant", "name", "reported_name", "drug_class", "indication", "dose_text")), *SPAN,
    ),
    "finding": (
        *((TEXT, name) for name in ("participant", "domain", "test", "label", "category", "object")), (DAYS, "day"),
        *((TEXT, name) for name in ("time", "timepoint", "visit_label")), (NUMBERS, "value"), (FLAGS, "below_loq"), (NUMBERS, "limit"),
        (FLAGS, "after_dose"), (FLAGS, "marked_unscheduled"), (TEXT, "value_text"), (TEXT, "unit_text"),
    ),
    "attendance": (
        (TEXT, "participant"), (TEXT, "visit_label"), (DAYS, "start_day"), (DAYS, "end_day"), (TEXT, "occurred"), (TEXT, "reason"),
        (FLAGS, "marked_unscheduled"),
    ),
    "milestone": (
        *((TEXT, name) for name in ("participant", "category", "subcategory", "term", "reported_term")), (DAYS, "day"), (TEXT, "precision"),
    ),
    "time_to_event": (
        (TEXT, "participant"), (TEXT, "parameter"), (TEXT, "label"), (NUMBERS, "days"), (FLAGS, "event"), (TEXT, "description"),
    ),
    "claim": (
        (TEXT, "participant"), (TEXT, "analyte"), (DAYS, "day"), (TEXT, "quantity"), (NUMBERS, "value"), (TEXT, "value_text"),
    ),
}  # fmt: skip
PRECISION = "{} IN ('day', 'month', 'year', '')"
SPAN_CHECKS = {
    "start_precision": PRECISION.format("start_precision"),
    "end_precision": PRECISION.format("end_precision"),
    "ongoing": "NOT ongoing OR end_day IS NULL",
}
ANSWER = "{} IN ('', 'Y', 'N')"
CHECKS = {
    "adverse_event": SPAN_CHECKS | {"grade": "grade IN ('', '1', '2', '3', '4', '5')", "serious": ANSWER.format("serious")},
    "medication": SPAN_CHECKS,
    "attendance": {"occurred": ANSWER.format("occurred")},
    "milestone": {"precision": PRECISION.format("precision")},
    "claim": {"quantity": "quantity IN ('baseline', 'change', 'percent_change', 'visit', 'baseline_record')"},
}
FROZEN = (*freeze_sqlite.FROZEN, "created_by", "published_by")


def upgrade() -> None:
    """Create the seven tables with the triggers of the engine, and add three columns to `snapshot`."""
    for table in TABLES:
        _create(table)
    # Plain ALTER TABLE on both engines: rebuilding the table on SQLite would drop its triggers.
    for name in ("created_by", "published_by", "withdrawn_by"):
        op.add_column("snapshot", sa.Column(name, sa.Text(), nullable=False, server_default=""))
    freeze: Any = freeze_sqlite if op.get_bind().dialect.name == "sqlite" else freeze_postgresql
    for statement in freeze.replace_snapshot_update(FROZEN):
        op.get_bind().exec_driver_sql(statement)
    for table in TABLES:
        for statement in freeze.row_statements(table):
            op.get_bind().exec_driver_sql(statement)


def _create(table: str) -> None:
    key = ("snapshot_id", "position")
    columns = [(name, *KINDS[kind]) for kind, name in TABLES[table]]
    op.create_table(
        table,
        *(sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in key),
        *(sa.Column(name, kind, nullable=nullable) for name, kind, nullable in columns),
        sa.Column("source_file", sa.Text(), nullable=False),
        *(sa.Column(name, WHOLE, nullable=False) for name in ("source_row", "checksum")),
        sa.PrimaryKeyConstraint(*key),
        sa.ForeignKeyConstraint(
            ["snapshot_id", "participant"], ["participant.snapshot_id", "participant.participant"], name=f"fk_{table}_participant"
        ),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in CHECKS.get(table, {}).items()),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
