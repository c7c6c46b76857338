"""Commands on accounts, roles, sessions and releases. Passwords are read from a prompt or from standard input, never as arguments."""

from __future__ import annotations

import argparse
import getpass
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import cast

from dashboard.access.audit_port import AuditTrail
from dashboard.access.passwords import SHORTEST, Passwords, validate_password
from dashboard.access.ports import Account, validate_name, validate_place
from dashboard.access.readers import EVERYWHERE, RELEASE_ROLES, Role
from dashboard.commands.terminal import describe_snapshot, find_protocol, opened_repository, say
from dashboard.delivering.person import read_person
from dashboard.errors import NotFoundError, WrongUseError
from dashboard.settings import Settings
from data_access.accounts import SqlAccounts
from data_access.audit import SqlAudit
from data_access.releases import SqlReleases
from data_access.repository import SqlRepository
from data_access.sessions import SqlSessions


@dataclass(frozen=True)
class Office:
    """Where accounts, sessions and releases are kept, for the time of one command."""

    repository: SqlRepository
    accounts: SqlAccounts
    sessions: SqlSessions
    releases: SqlReleases
    trail: AuditTrail

    def note(self, action: str, study: str = "", cut: str = "", **detail: str) -> None:
        """Write an event in the name of whoever gives the command, before it is carried out."""
        self.trail.write(action, read_person(), study, cut, detail)

    def account(self, name: str) -> Account:
        """The account called `name`; NotFoundError names those there are."""
        found = self.accounts.find(validate_name(name))
        if found is None:
            raise NotFoundError("account", name, [account.name for account in self.accounts.list()])
        return found


@contextmanager
def opened_office(settings: Settings) -> Iterator[Office]:
    """The office of the configured database."""
    with opened_repository(settings) as repository:
        engine = repository.engine
        yield Office(repository, SqlAccounts(engine), SqlSessions(engine), SqlReleases(engine), SqlAudit(engine))


def read_password(account: str) -> str:
    """A new password for `account`: asked for twice at a terminal, else the first line of standard input; checked."""
    if not sys.stdin.isatty():
        return validate_password(sys.stdin.readline().rstrip("\r\n"), account)
    given = getpass.getpass(f"New password for {account} (at least {SHORTEST} characters): ")
    if getpass.getpass("The same again: ") != given:
        raise WrongUseError("the two passwords are not the same")
    return validate_password(given, account)


def run_account(parsed: argparse.Namespace, settings: Settings) -> None:
    """Add an account, list accounts, set a password, disable or enable an account."""
    with opened_office(settings) as office:
        {
            "add": _add_account,
            "list": _list_accounts,
            "password": _set_password,
            "disable": _disable_account,
            "enable": _enable_account,
        }[parsed.act](office, parsed)


def _add_account(office: Office, parsed: argparse.Namespace) -> None:
    name = validate_name(parsed.name)
    if office.accounts.find(name) is not None:
        raise WrongUseError(f"there is an account “{name}” already")
    kept = "" if parsed.without_password else Passwords().hash(read_password(name))
    office.note("account-added", account=name)
    office.accounts.add(name, kept)
    say(f"{name}: added without a role. Give it one: python -m dashboard role grant {name} ROLE STUDY")


def _list_accounts(office: Office, parsed: argparse.Namespace) -> None:
    for account in office.accounts.list():
        roles = [f"{role} in {place}" if place != EVERYWHERE else role for place, held in account.roles.items() for role in sorted(held)]
        state = "disabled" if account.disabled else "enabled"
        way = "password" if account.password_hash else "no password"
        print("  ".join([account.name, state, way, ", ".join(roles) or "no role"]))


def _set_password(office: Office, parsed: argparse.Namespace) -> None:
    name = office.account(parsed.name).name
    kept = Passwords().hash(read_password(name))
    office.note("password-changed", account=name)
    office.accounts.set_password(name, kept)
    say(f"{name}: the password is changed; {office.sessions.end_all(name)} sessions ended")


def _disable_account(office: Office, parsed: argparse.Namespace) -> None:
    name = office.account(parsed.name).name
    office.note("account-disabled", account=name)
    office.accounts.set_disabled(name, True)
    say(f"{name}: disabled; {office.sessions.end_all(name)} sessions ended")


def _enable_account(office: Office, parsed: argparse.Namespace) -> None:
    name = office.account(parsed.name).name
    office.note("account-enabled", account=name)
    office.accounts.set_disabled(name, False)
    say(f"{name}: enabled")


def run_role(parsed: argparse.Namespace, settings: Settings) -> None:
    """Grant or revoke a role."""
    place = validate_place(parsed.role, parsed.study or "")
    if place != EVERYWHERE:
        find_protocol(settings, place)
    with opened_office(settings) as office:
        name, role, study = office.account(parsed.name).name, parsed.role, parsed.study or ""
        office.note(f"role-{'granted' if parsed.act == 'grant' else 'revoked'}", study, account=name, role=role)
        if parsed.act == "grant":
            office.accounts.grant(name, role, place, read_person())
        else:
            office.accounts.revoke(name, role, place)
        where = f" in {study}" if study else ""
        say(f"{name}: {'has' if parsed.act == 'grant' else 'no longer has'} the role {role}{where}")


def run_session(parsed: argparse.Namespace, settings: Settings) -> None:
    """List sessions, or end those that an account or the first digits of a session's name mean."""
    with opened_office(settings) as office:
        if parsed.act == "list":
            for session in office.sessions.list():
                times = f"since {session.started_at:%Y-%m-%d %H:%M}  seen {session.seen_at:%Y-%m-%d %H:%M} UTC"
                print(f"{session.name}  {session.account}  {times}")
            return
        wanted = parsed.which.strip().casefold()
        ended = [found for found in office.sessions.list() if wanted in (found.account, found.name)]
        if not ended:
            raise NotFoundError("session or account with a session", parsed.which)
        for session in ended:
            office.note("session-revoked", account=session.account)
            office.sessions.end(session.id)
        say(f"{len(ended)} {'session' if len(ended) == 1 else 'sessions'} ended")


def run_release(parsed: argparse.Namespace, settings: Settings) -> None:
    """Let roles see a published snapshot, or hide it from them again."""
    find_protocol(settings, parsed.study)
    shown, hidden = _read_roles(parsed.to), _read_roles(parsed.no_longer_to)
    if not shown and not hidden:
        raise WrongUseError(f"say to which roles: --to {','.join(RELEASE_ROLES)}")
    with opened_office(settings) as office:
        snapshot = office.repository.find_any(parsed.study, parsed.id)
        if hidden:
            office.note("release-taken-back", parsed.study, snapshot.cut, roles=",".join(hidden))
            office.releases.take_back(snapshot, hidden)
        if shown:
            office.note("release", parsed.study, snapshot.cut, roles=",".join(shown), final="yes" if parsed.final else "no")
            office.releases.release(snapshot, shown, parsed.final, read_person())
        seen = office.releases.read(parsed.study).get(snapshot.content_hash)
        roles = ", ".join(f"{role} (final)" if role in seen.final else role for role in sorted(seen.roles)) if seen else ""
        say(f"{describe_snapshot(snapshot)}\nstatisticians see every published snapshot; released to: {roles or 'nobody'}")


def _read_roles(text: str) -> list[Role]:
    """The roles named in a list with commas; WrongUseError for a word that is none to which data cuts are released."""
    words = [word.strip() for word in text.split(",") if word.strip()]
    for word in words:
        if word not in RELEASE_ROLES:
            raise WrongUseError(f"snapshots are released to {' and '.join(RELEASE_ROLES)} (found {word!r})")
    return [cast(Role, word) for word in words]
