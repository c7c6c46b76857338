"""Accounts, roles, sessions, failed attempts to sign in, and releases of data cuts.

Column types and words are written out here and not taken from `access_tables`: a revision describes the past and must not move with
the code.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "r0004"
down_revision = "r0003"
branch_labels = None
depends_on = None

WHOLE = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
FLAG = sa.Boolean().with_variant(sa.Integer(), "sqlite")


def upgrade() -> None:
    """Create the five tables; nothing that exists is touched."""
    _create(
        "account",
        [*_text("name", "password_hash"), sa.Column("disabled", FLAG, nullable=False), *_text("created_at")],
        key=("name",),
        checks={"name": "length(name) BETWEEN 1 AND 100"},
        with_rowid=True,
    )
    _create(
        "account_role",
        _text("account", "study", "role", "granted_at", "granted_by"),
        key=("account", "study", "role"),
        checks={
            "role": "role IN ('investigator', 'dsmb', 'statistician', 'admin')",
            "place": "(role = 'admin') = (study = '*')",
        },
        refers={"account": "account.name"},
    )
    _create(
        "session",
        _text("id", "account", "started_at", "seen_at"),
        key=("id",),
        checks={"id": "length(id) = 64"},
        refers={"account": "account.name"},
    )
    op.create_index("ix_session_account", "session", ["account"])
    attempt = [*_text("key"), sa.Column("failures", WHOLE, nullable=False), *_text("last_at")]
    _create("sign_in_attempt", attempt, key=("key",), checks={"failures": "failures > 0"})
    _create_release()


def _create_release() -> None:
    columns = [
        sa.Column("snapshot_id", WHOLE, nullable=False, autoincrement=False),
        *_text("role"),
        sa.Column("final", FLAG, nullable=False),
        *_text("released_at", "released_by"),
    ]
    checks = {"role": "role IN ('investigator', 'dsmb')"}
    _create("snapshot_release", columns, key=("snapshot_id", "role"), checks=checks, refers={"snapshot_id": "snapshot.id"})


def _text(*names: str) -> list[sa.Column[Any]]:
    return [sa.Column(name, sa.Text(), nullable=False) for name in names]


def _create(
    table: str,
    columns: list[sa.Column[Any]],
    key: tuple[str, ...],
    checks: dict[str, str],
    refers: dict[str, str] | None = None,
    with_rowid: bool = False,
) -> None:
    op.create_table(
        table,
        *columns,
        sa.PrimaryKeyConstraint(*key, name=op.f(f"pk_{table}")),
        *(sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}")) for name, rule in checks.items()),
        *(
            sa.ForeignKeyConstraint([column], [target], name=op.f(f"fk_{table}_{target.split('.')[0]}"))
            for column, target in (refers or {}).items()
        ),
        sqlite_strict=True,
        **({} if with_rowid else {"sqlite_with_rowid": False}),
    )
