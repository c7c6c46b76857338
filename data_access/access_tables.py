"""The database tables of access: accounts, roles, sessions, failed attempts to sign in, and releases of data cuts."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import CheckConstraint, ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from dashboard.access.readers import EVERYWHERE, RELEASE_ROLES, ROLES
from data_access.tables import SQLITE, SQLITE_ROWS, Base


def _list(words: tuple[str, ...]) -> str:
    return ", ".join(repr(word) for word in words)


class AccountRow(Base):
    """One account; an empty hash means that no password is right."""

    __tablename__ = "account"
    __table_args__ = (CheckConstraint("length(name) BETWEEN 1 AND 100", name="name"), SQLITE)

    name: Mapped[str] = mapped_column(primary_key=True)
    password_hash: Mapped[str]
    disabled: Mapped[bool]
    created_at: Mapped[datetime]


class RoleRow(Base):
    """One role of an account in a study; the role admin is held everywhere."""

    __tablename__ = "account_role"
    __table_args__ = (
        CheckConstraint(f"role IN ({_list(ROLES)})", name="role"),
        CheckConstraint(f"(role = 'admin') = (study = '{EVERYWHERE}')", name="place"),
        SQLITE_ROWS,
    )

    account: Mapped[str] = mapped_column(ForeignKey("account.name"), primary_key=True)
    study: Mapped[str] = mapped_column(primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    granted_at: Mapped[datetime]
    granted_by: Mapped[str]


class SessionRow(Base):
    """One signed-in browser, named by the keyed hash of its token."""

    __tablename__ = "session"
    __table_args__ = (CheckConstraint("length(id) = 64", name="id"), SQLITE_ROWS)

    id: Mapped[str] = mapped_column(primary_key=True)
    account: Mapped[str] = mapped_column(ForeignKey("account.name"), index=True)
    started_at: Mapped[datetime]
    seen_at: Mapped[datetime]


class AttemptRow(Base):
    """Failed attempts in a row, under a keyed hash of account and caller."""

    __tablename__ = "sign_in_attempt"
    __table_args__ = (CheckConstraint("failures > 0", name="failures"), SQLITE_ROWS)

    key: Mapped[str] = mapped_column(primary_key=True)
    failures: Mapped[int]
    last_at: Mapped[datetime]


class ReleaseRow(Base):
    """One role that may see a published data cut."""

    __tablename__ = "snapshot_release"
    __table_args__ = (CheckConstraint(f"role IN ({_list(RELEASE_ROLES)})", name="role"), SQLITE_ROWS)

    snapshot_id: Mapped[int] = mapped_column(ForeignKey("snapshot.id"), primary_key=True)
    role: Mapped[str] = mapped_column(primary_key=True)
    final: Mapped[bool]
    released_at: Mapped[datetime]
    released_by: Mapped[str]
