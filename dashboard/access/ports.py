"""What the rules on access need to be kept: accounts, sessions, failed attempts, releases."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Protocol

from dashboard.access.delays import Failures
from dashboard.access.readers import EVERYWHERE, Reader, Role
from dashboard.access.sessions import Session
from dashboard.errors import WrongUseError
from dashboard.study.snapshot import Snapshot

NAME = re.compile(r"[a-z0-9][a-z0-9._@+-]{0,99}")


@dataclass(frozen=True)
class Account:
    """One person who may sign in. Without a `password_hash` no password is right: the name comes from elsewhere."""

    name: str
    created_at: datetime
    password_hash: str = field(default="", repr=False)
    disabled: bool = False
    roles: Mapping[str, frozenset[Role]] = field(default_factory=dict)

    @property
    def reader(self) -> Reader:
        """Who this account is to the pages."""
        return Reader(self.name, self.roles)


@dataclass(frozen=True)
class Release:
    """Who may see a published data cut: the roles, and those to which it was released as final."""

    roles: frozenset[Role] = frozenset()
    final: frozenset[Role] = frozenset()


NOT_RELEASED = Release()


def validate_name(name: str) -> str:
    """An account's name in lower case; WrongUseError unless it has 1 to 100 letters, digits and `.` `_` `@` `+` `-`."""
    lower = name.strip().lower()
    # Before the letters are made small: some letters of other alphabets become those of a to z, and would name somebody else.
    if not name.isascii() or NAME.fullmatch(lower) is None:
        raise WrongUseError(f"an account’s name has 1 to 100 letters (a to z), digits and . _ @ + - (found {name[:100]!r})")
    return lower


def validate_place(role: Role, study: str) -> str:
    """Where a role is held: EVERYWHERE for admin, a study for the others; WrongUseError otherwise."""
    if role == "admin" and study:
        raise WrongUseError("the role admin belongs to no study: leave the study out")
    if role != "admin" and study in ("", EVERYWHERE):
        raise WrongUseError(f"the role {role} needs a study")
    return study or EVERYWHERE


class AccountStore(Protocol):
    """Accounts and their roles. NotFoundError for an account that does not exist."""

    def add(self, name: str, password_hash: str) -> Account:
        """A new account without roles; WrongUseError when the name is taken."""
        ...

    def find(self, name: str) -> Account | None:
        """The account called `name`, or None."""
        ...

    def find_by_session(self, session_id: str) -> tuple[Session, Account] | None:
        """The session with this hash and its account, or None."""
        ...

    def list(self) -> Sequence[Account]:
        """Every account, by name."""
        ...

    def set_password(self, name: str, password_hash: str) -> None:
        """Keep another hash."""
        ...

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Keep the account from signing in, or let it again."""
        ...

    def grant(self, name: str, role: Role, place: str, by: str) -> None:
        """Give a role in a place (a study, or EVERYWHERE); a role that is held stays."""
        ...

    def revoke(self, name: str, role: Role, place: str) -> None:
        """Take a role away; WrongUseError when it is not held."""
        ...


class SessionStore(Protocol):
    """Sessions by the hash of their token."""

    def start(self, session: Session) -> None:
        """Keep a new session."""
        ...

    def find(self, session_id: str) -> Session | None:
        """The session with this hash, or None."""
        ...

    def see(self, session_id: str, at: datetime) -> None:
        """Write the time of the last request."""
        ...

    def end(self, session_id: str) -> None:
        """Forget a session; one that is gone already is no error."""
        ...

    def end_all(self, account: str) -> int:
        """Forget every session of an account; returns how many there were."""
        ...

    def list(self) -> Sequence[Session]:
        """Every session, the newest first."""
        ...

    def drop(self, started_before: datetime, seen_before: datetime) -> None:
        """Forget the sessions that ended by themselves."""
        ...


class AttemptStore(Protocol):
    """Failed attempts by the keys of `delays`."""

    def find(self, key: str) -> Failures | None:
        """What is counted under `key`, or None."""
        ...

    def count(self, key: str, at: datetime) -> None:
        """One attempt more; counted before the password is looked at, so that attempts side by side are all counted."""
        ...

    def forget(self, key: str) -> None:
        """The attempt was right."""
        ...


class ReleaseStore(Protocol):
    """To which roles each published data cut is released."""

    def read(self, study: str) -> Mapping[str, Release]:
        """The releases of a study by content hash; a cut that is not released is not in it."""
        ...

    def release(self, snapshot: Snapshot, roles: Sequence[Role], final: bool, by: str) -> None:
        """Let `roles` see a published data cut, once more as final when they saw it before; SnapshotStateError for another state."""
        ...

    def take_back(self, snapshot: Snapshot, roles: Sequence[Role]) -> None:
        """Hide the data cut from `roles` again."""
        ...
