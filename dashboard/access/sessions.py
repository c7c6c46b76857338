"""Sessions on the server: how long one lives. Times in, answers out."""

from __future__ import annotations

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta

TOKEN_BYTES = 32
# The time of the last request is written at most this often, so that reading a page is not always writing too.
LONGEST_UNWRITTEN = timedelta(seconds=60)
SHOWN_DIGITS = 10


@dataclass(frozen=True)
class Session:
    """One signed-in browser. `id` is the keyed hash of the token, which the server does not keep."""

    id: str
    account: str
    started_at: datetime
    seen_at: datetime

    @property
    def name(self) -> str:
        """The first digits of `id`, by which an administrator names it."""
        return self.id[:SHOWN_DIGITS]


@dataclass(frozen=True)
class Limits:
    """How long a session lives: without a request (`idle`), and in all (`absolute`)."""

    idle: timedelta
    absolute: timedelta

    def is_alive(self, session: Session, now: datetime) -> bool:
        """Whether `session` still counts at `now`; it ends when a limit is reached."""
        return now - session.seen_at < self.idle and now - session.started_at < self.absolute

    def is_due(self, session: Session, now: datetime) -> bool:
        """Whether the time of the last request must be written again."""
        return now - session.seen_at >= min(LONGEST_UNWRITTEN, self.idle / 4)


def make_token() -> str:
    """A new session token: 256 random bits, fit for a cookie."""
    return secrets.token_urlsafe(TOKEN_BYTES)


def hash_token(token: str, secret: str) -> str:
    """The name under which the server keeps the session of `token`: HMAC-SHA-256 with the key `secret`, in hex."""
    return hmac.new(secret.encode(), token.encode(), hashlib.sha256).hexdigest()
