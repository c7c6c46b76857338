"""From a request to a reader: by the session of its cookie, or by the name that a trusted reverse proxy puts into a header."""

from __future__ import annotations

import ipaddress
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from flask import Request, Response

from dashboard.access.audit_port import AuditTrail
from dashboard.access.passwords import Passwords
from dashboard.access.ports import Account, AccountStore, AttemptStore, ReleaseStore, SessionStore, validate_name
from dashboard.access.readers import Reader
from dashboard.access.sessions import Limits, Session, hash_token, make_token
from dashboard.errors import WrongUseError
from dashboard.settings import Settings

HOST_COOKIE, PLAIN_COOKIE = "__Host-lymphotrace", "lymphotrace"
# A token has 43 characters; what is longer is not looked at.
LONGEST_TOKEN = 100


@dataclass(frozen=True)
class Access:
    """What access is kept in, and what tells the time."""

    accounts: AccountStore
    sessions: SessionStore
    attempts: AttemptStore
    releases: ReleaseStore
    trail: AuditTrail
    clock: Callable[[], datetime]
    passwords: Passwords = field(default_factory=Passwords)


class Gate:
    """Knows readers by their requests."""

    def __init__(self, settings: Settings, access: Access) -> None:
        self.settings, self.access = settings, access
        self.limits = Limits(timedelta(minutes=settings.session_idle_minutes), timedelta(hours=settings.session_hours))
        self.cookie = HOST_COOKIE if settings.tls == "yes" else PLAIN_COOKIE

    def identify(self, request: Request) -> Reader | None:
        """The reader who sent `request`; None for nobody we know."""
        account = self._named_by_proxy(request) if self.settings.auth == "proxy" else self._of_session(request)
        return None if account is None or account.disabled else account.reader

    def _of_session(self, request: Request) -> Account | None:
        name, now = self._name_session(request), self.access.clock()
        found = self.access.accounts.find_by_session(name) if name else None
        if found is None:
            return None
        session, account = found
        if not self.limits.is_alive(session, now):
            self.access.sessions.end(session.id)
            return None
        if self.limits.is_due(session, now):
            self.access.sessions.see(session.id, now)
        return account

    def _named_by_proxy(self, request: Request) -> Account | None:
        name = request.headers.get(self.settings.proxy_header, "")
        if not name or not self.is_proxy(request.remote_addr):
            return None
        try:
            return self.access.accounts.find(validate_name(name))
        except WrongUseError:
            return None

    def find_session(self, request: Request) -> Session | None:
        """The session of the request's cookie, alive or not."""
        name = self._name_session(request)
        return self.access.sessions.find(name) if name else None

    def _name_session(self, request: Request) -> str:
        """The name under which the session of the request's cookie would be kept; empty without a cookie that could be ours."""
        token = request.cookies.get(self.cookie, "")
        return hash_token(token, self.settings.secret_key) if 0 < len(token) <= LONGEST_TOKEN else ""

    def start_session(self, response: Response, account: Account) -> None:
        """A new session for `account`, its token in a cookie of `response`; sessions that have ended are forgotten."""
        now, token = self.access.clock(), make_token()
        self.access.sessions.drop(now - self.limits.absolute, now - self.limits.idle)
        self.access.sessions.start(Session(hash_token(token, self.settings.secret_key), account.name, now, now))
        secure = self.settings.tls == "yes"
        response.set_cookie(self.cookie, token, httponly=True, secure=secure, samesite="Lax", path="/")

    def end_session(self, response: Response) -> None:
        """Take the cookie from the browser; the session itself is forgotten by its store."""
        response.delete_cookie(self.cookie, path="/", secure=self.settings.tls == "yes", httponly=True, samesite="Lax")

    def is_proxy(self, address: str | None) -> bool:
        """Whether `address` is one of the setting PROXY_ADDRESSES."""
        try:
            found = ipaddress.ip_address(address or "")
        except ValueError:
            return False
        return any(found in network for network in self.settings.proxies)

    def caller(self, request: Request) -> str:
        """The address of the caller: what the trusted proxy says last, or who is connected."""
        connected = request.remote_addr or ""
        forwarded = request.headers.get("X-Forwarded-For", "").split(",")[-1].strip()
        return forwarded if forwarded and self.is_proxy(connected) else connected
