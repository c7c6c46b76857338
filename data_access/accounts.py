"""Accounts and their roles in a database."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from itertools import groupby
from operator import attrgetter
from typing import Any, cast

from sqlalchemy import Connection, Engine, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from dashboard.access.ports import Account
from dashboard.access.readers import Role
from dashboard.access.sessions import Session
from dashboard.errors import NotFoundError, WrongUseError
from data_access.access_tables import AccountRow, RoleRow, SessionRow
from data_access.repository import utc_now
from data_access.transactions import reading, transaction

WITH_ROLES = (
    select(AccountRow.__table__, RoleRow.study, RoleRow.role)
    .outerjoin(RoleRow, RoleRow.account == AccountRow.name)
    .order_by(AccountRow.name, RoleRow.study, RoleRow.role)
)


def taken(name: str) -> WrongUseError:
    """The error for an account name that exists."""
    return WrongUseError(f"there is an account “{name}” already")


def not_held(name: str, role: str, place: str) -> WrongUseError:
    """The error for a role that cannot be taken away."""
    return WrongUseError(f"“{name}” does not have the role {role} in {place}")


def collect_roles(rows: Iterable[tuple[str, str]]) -> Mapping[str, frozenset[Role]]:
    """Roles by place, from pairs of place and role."""
    roles: dict[str, frozenset[Role]] = {}
    for place, role in rows:
        roles[place] = roles.get(place, frozenset()) | {cast(Role, role)}
    return roles


class SqlAccounts:
    """The AccountStore of SQLite and PostgreSQL. Every method is one transaction."""

    def __init__(self, engine: Engine, clock: Callable[[], datetime] = utc_now) -> None:
        self._engine, self._clock = engine, clock

    def add(self, name: str, password_hash: str) -> Account:
        """A new account without roles; WrongUseError when the name is taken."""
        account = Account(name, self._clock(), password_hash)
        values = {"name": name, "password_hash": password_hash, "disabled": False, "created_at": account.created_at}
        try:
            with transaction(self._engine, write=True) as connection:
                if _find(connection, name) is not None:
                    raise taken(name)
                connection.execute(insert(AccountRow).values(values))
        except IntegrityError as error:
            raise taken(name) from error
        return account

    def find(self, name: str) -> Account | None:
        """The account called `name`, or None."""
        with reading(self._engine) as connection:
            return _one_account(connection.execute(WITH_ROLES.where(AccountRow.name == name)).all())

    def find_by_session(self, session_id: str) -> tuple[Session, Account] | None:
        """The session with this hash and its account, in one statement, since every request asks; None without such a session."""
        wanted = WITH_ROLES.add_columns(*SessionRow.__table__.c).join(SessionRow, SessionRow.account == AccountRow.name)
        with reading(self._engine) as connection:
            rows = connection.execute(wanted.where(SessionRow.id == session_id)).all()
        account = _one_account(rows)
        return None if account is None else (Session(rows[0].id, account.name, rows[0].started_at, rows[0].seen_at), account)

    def list(self) -> Sequence[Account]:
        """Every account, by name."""
        with reading(self._engine) as connection:
            rows = connection.execute(WITH_ROLES)
            return [_account([*of_one]) for _, of_one in groupby(rows, key=attrgetter("name"))]

    def set_password(self, name: str, password_hash: str) -> None:
        """Keep another hash; NotFoundError for an account that does not exist."""
        self._change(name, password_hash=password_hash)

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Keep the account from signing in, or let it again; NotFoundError for an account that does not exist."""
        self._change(name, disabled=disabled)

    def grant(self, name: str, role: Role, place: str, by: str) -> None:
        """Give a role; one that is held stays. NotFoundError for an account that does not exist."""
        with transaction(self._engine, write=True) as connection:
            _require(connection, name)
            if connection.execute(select(RoleRow.__table__).where(_held(name, role, place))).first() is None:
                values = {"account": name, "study": place, "role": role, "granted_at": self._clock(), "granted_by": by}
                connection.execute(insert(RoleRow).values(values))

    def revoke(self, name: str, role: Role, place: str) -> None:
        """Take a role away; WrongUseError when it is not held, NotFoundError for an account that does not exist."""
        with transaction(self._engine, write=True) as connection:
            _require(connection, name)
            if connection.execute(delete(RoleRow).where(_held(name, role, place))).rowcount == 0:
                raise not_held(name, role, place)

    def _change(self, name: str, **values: object) -> None:
        with transaction(self._engine, write=True) as connection:
            _require(connection, name)
            connection.execute(update(AccountRow).where(AccountRow.name == name).values(**values))


def _held(name: str, role: str, place: str) -> Any:
    return (RoleRow.account == name) & (RoleRow.role == role) & (RoleRow.study == place)


def _find(connection: Connection, name: str) -> Any:
    return connection.execute(select(AccountRow.__table__).where(AccountRow.name == name)).one_or_none()


def _require(connection: Connection, name: str) -> None:
    if _find(connection, name) is None:
        raise NotFoundError("account", name)


def _one_account(rows: Sequence[Any]) -> Account | None:
    return _account(rows) if rows else None


def _account(rows: Sequence[Any]) -> Account:
    """The account of the rows of WITH_ROLES, one for each role; one without a role when none is held."""
    first = rows[0]
    roles = collect_roles((row.study, row.role) for row in rows if row.role is not None)
    return Account(first.name, first.created_at, first.password_hash, bool(first.disabled), roles)
