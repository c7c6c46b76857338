"""Accounts, sessions, attempts and releases in memory: for tests of other rooms; the same behaviour as the database."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from dashboard.access.delays import Failures
from dashboard.access.ports import Account, Release
from dashboard.access.readers import Role
from dashboard.access.sessions import Session
from dashboard.errors import NotFoundError
from dashboard.study.snapshot import Snapshot
from data_access.accounts import not_held, taken
from data_access.memory import InMemoryRepository
from data_access.releases import validate_release
from data_access.repository import utc_now


class InMemoryAccounts:
    """An AccountStore without a database."""

    def __init__(self, sessions: InMemorySessions, clock: Callable[[], datetime] = utc_now) -> None:
        self._held: dict[str, Account] = {}
        self._sessions, self._clock = sessions, clock

    def add(self, name: str, password_hash: str) -> Account:
        """A new account without roles; WrongUseError when the name is taken."""
        if name in self._held:
            raise taken(name)
        self._held[name] = Account(name, self._clock(), password_hash)
        return self._held[name]

    def find(self, name: str) -> Account | None:
        """The account called `name`, or None."""
        return self._held.get(name)

    def find_by_session(self, session_id: str) -> tuple[Session, Account] | None:
        """The session with this hash and its account, or None."""
        session = self._sessions.find(session_id)
        return None if session is None else (session, self._require(session.account))

    def list(self) -> Sequence[Account]:
        """Every account, by name."""
        return [self._held[name] for name in sorted(self._held)]

    def set_password(self, name: str, password_hash: str) -> None:
        """Keep another hash; NotFoundError for an account that does not exist."""
        self._held[name] = replace(self._require(name), password_hash=password_hash)

    def set_disabled(self, name: str, disabled: bool) -> None:
        """Keep the account from signing in, or let it again; NotFoundError for an account that does not exist."""
        self._held[name] = replace(self._require(name), disabled=disabled)

    def grant(self, name: str, role: Role, place: str, by: str) -> None:
        """Give a role; one that is held stays. NotFoundError for an account that does not exist."""
        account = self._require(name)
        held = account.roles.get(place, frozenset()) | {role}
        self._held[name] = replace(account, roles={**account.roles, place: held})

    def revoke(self, name: str, role: Role, place: str) -> None:
        """Take a role away; WrongUseError when it is not held, NotFoundError for an account that does not exist."""
        account = self._require(name)
        if role not in account.roles.get(place, frozenset()):
            raise not_held(name, role, place)
        left = {**account.roles, place: account.roles[place] - {role}}
        self._held[name] = replace(account, roles={where: roles for where, roles in left.items() if roles})

    def _require(self, name: str) -> Account:
        if name not in self._held:
            raise NotFoundError("account", name)
        return self._held[name]


class InMemorySessions:
    """A SessionStore without a database."""

    def __init__(self) -> None:
        self._held: dict[str, Session] = {}

    def start(self, session: Session) -> None:
        """Keep a new session."""
        self._held[session.id] = session

    def find(self, session_id: str) -> Session | None:
        """The session with this hash, or None."""
        return self._held.get(session_id)

    def see(self, session_id: str, at: datetime) -> None:
        """Write the time of the last request."""
        if session_id in self._held:
            self._held[session_id] = replace(self._held[session_id], seen_at=at)

    def end(self, session_id: str) -> None:
        """Forget a session; one that is gone already is no error."""
        self._held.pop(session_id, None)

    def end_all(self, account: str) -> int:
        """Forget every session of an account; returns how many there were."""
        ended = [session for session in self._held.values() if session.account == account]
        for session in ended:
            self.end(session.id)
        return len(ended)

    def list(self) -> Sequence[Session]:
        """Every session, the newest first."""
        return sorted(sorted(self._held.values(), key=lambda held: held.id), key=lambda held: held.started_at, reverse=True)

    def drop(self, started_before: datetime, seen_before: datetime) -> None:
        """Forget the sessions that started, or were last seen, before these times."""
        kept = [held for held in self._held.values() if held.started_at >= started_before and held.seen_at >= seen_before]
        self._held = {held.id: held for held in kept}


class InMemoryAttempts:
    """An AttemptStore without a database."""

    def __init__(self) -> None:
        self._held: dict[str, Failures] = {}

    def find(self, key: str) -> Failures | None:
        """What is counted under `key`, or None."""
        return self._held.get(key)

    def count(self, key: str, at: datetime) -> None:
        """One attempt more."""
        before = self._held.get(key)
        self._held[key] = Failures(1 if before is None else before.count + 1, at)

    def forget(self, key: str) -> None:
        """The attempt was right."""
        self._held.pop(key, None)


class InMemoryReleases:
    """A ReleaseStore beside a repository in memory."""

    def __init__(self, repository: InMemoryRepository) -> None:
        self._repository = repository
        self._held: dict[tuple[str, str], Release] = {}

    def read(self, study: str) -> Mapping[str, Release]:
        """The releases of a study by content hash."""
        return {content_hash: held for (of, content_hash), held in self._held.items() if of == study and held.roles}

    def release(self, snapshot: Snapshot, roles: Sequence[Role], final: bool, by: str) -> None:
        """Let `roles` see a published data cut; a final release stays final. SnapshotStateError for a cut that is not published."""
        validate_release(snapshot.cut, self._repository.find_any(snapshot.study, snapshot.content_hash).status)
        before, given = self._held.get((snapshot.study, snapshot.content_hash), Release()), frozenset(roles)
        after = Release(before.roles | given, before.final | (given if final else frozenset()))
        self._held[(snapshot.study, snapshot.content_hash)] = after

    def take_back(self, snapshot: Snapshot, roles: Sequence[Role]) -> None:
        """Hide the data cut from `roles` again."""
        self._repository.find_any(snapshot.study, snapshot.content_hash)
        before, taken_back = self._held.get((snapshot.study, snapshot.content_hash), Release()), frozenset(roles)
        self._held[(snapshot.study, snapshot.content_hash)] = Release(before.roles - taken_back, before.final - taken_back)
