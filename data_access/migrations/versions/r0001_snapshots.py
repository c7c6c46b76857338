"""Snapshots and their rows; triggers that freeze what is published.

Column types are written out here and not taken from `tables`: a revision describes the past and must not move with the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

from data_access.migrations import freeze_postgresql, freeze_sqlite

revision = "r0001"
down_revision = None
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
NUMBER: sa.types.TypeEngine[float] = sa.Double().with_variant(sa.REAL(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")
STATUSES = "'ongoing', 'completed', 'withdrawn', 'lost to follow-up', 'died', 'not dosed'"


def upgrade() -> None:
    """Create the four tables and the triggers of the engine."""
    _create_snapshot()
    _create_participant()
    _create_count()
    _create_dose()
    freeze = freeze_sqlite if op.get_bind().dialect.name == "sqlite" else freeze_postgresql
    for statement in freeze.statements():
        op.get_bind().exec_driver_sql(statement)


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _whole(*names: str, nullable: bool = False) -> list[sa.Column[Any]]:
    return [sa.Column(name, WHOLE, nullable=nullable) for name in names]


def _flag(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, FLAG, nullable=False) for name in names]


def _key() -> list[Any]:
    names = ("snapshot_id", "position")
    return [*(sa.Column(name, WHOLE, nullable=False, autoincrement=False) for name in names), sa.PrimaryKeyConstraint(*names)]


def _of_participant(table: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint(
        ["snapshot_id", "participant"], ["participant.snapshot_id", "participant.participant"], name=f"fk_{table}_participant"
    )


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def _create_snapshot() -> None:
    op.create_table(
        "snapshot",
        sa.Column("id", WHOLE, nullable=False),
        *_text("study", "content_hash", "label", "cut_date", "status"),
        *_flag("synthetic"),
        *_text("created_at"),
        sa.Column("published_at", sa.Text()),
        sa.Column("withdrawn_at", sa.Text()),
        *_text("withdrawn_reason"),
        *_whole("participants", "records"),
        *_text("definition_hash", "report"),
        sa.PrimaryKeyConstraint("id", name="pk_snapshot"),
        sa.UniqueConstraint("study", "content_hash", name="uq_snapshot_study_content_hash"),
        _check("snapshot", "status", "status IN ('draft', 'published', 'withdrawn')"),
        _check("snapshot", "content_hash", "length(content_hash) = 64"),
        _check("snapshot", "cut_date", "length(cut_date) = 10"),
        _check("snapshot", "published_at", "status = 'draft' OR published_at IS NOT NULL"),
        _check("snapshot", "withdrawn", "status <> 'withdrawn' OR (withdrawn_at IS NOT NULL AND withdrawn_reason <> '')"),
        _check("snapshot", "sizes", "participants >= 0 AND records >= 0"),
        sqlite_strict=True,
    )


def _create_participant() -> None:
    op.create_table(
        "participant",
        *_key(),
        *_text("participant", "cohort", "sex"),
        *_whole("age", nullable=True),
        *_flag("dosed"),
        *_whole("cut_day", "last_day", nullable=True),
        *_text("status"),
        *_whole("checksum"),
        sa.ForeignKeyConstraint(["snapshot_id"], ["snapshot.id"], name="fk_participant_snapshot"),
        sa.UniqueConstraint("snapshot_id", "participant", name="uq_participant_snapshot_id_participant"),
        _check("participant", "sex", "sex IN ('F', 'M', 'U')"),
        _check("participant", "age", "age BETWEEN 0 AND 90"),
        _check("participant", "last_day", "last_day <= cut_day"),
        _check("participant", "status", f"status IN ({STATUSES})"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_count() -> None:
    op.create_table(
        "count",
        *_key(),
        *_text("participant", "analyte"),
        *_whole("day", nullable=True),
        sa.Column("value", NUMBER, nullable=False),
        *_flag("below_loq", "after_dose", "marked_unscheduled"),
        *_text("visit_label", "value_text", "unit_text", "source_file"),
        *_whole("source_row", "checksum"),
        _of_participant("count"),
        _check("count", "value", "value >= 0"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )


def _create_dose() -> None:
    op.create_table(
        "dose",
        *_key(),
        *_text("participant"),
        *_whole("dose_number", "day"),
        sa.Column("amount", NUMBER),
        *_text("amount_unit", "source_file"),
        *_whole("source_row", "checksum"),
        _of_participant("dose"),
        sa.UniqueConstraint("snapshot_id", "participant", "dose_number", name="uq_dose_snapshot_id_participant_dose_number"),
        _check("dose", "dose_number", "dose_number >= 1"),
        _check("dose", "amount", "amount >= 0"),
        sqlite_strict=True,
        sqlite_with_rowid=False,
    )
