"""A sign-in that is on its way through the provider: bound to one browser by a signed cookie that lives ten minutes."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime

from flask import Request
from itsdangerous import BadSignature, URLSafeSerializer
from werkzeug.wrappers import Response

from dashboard.access.sessions import make_token
from dashboard.settings import Settings
from dashboard.web.signing_in import local_address

HOST_COOKIE, PLAIN_COOKIE = "__Host-lymphotrace-oidc", "lymphotrace-oidc"
SECONDS = 600
# Browsers drop a cookie of more than 4096 bytes, its name and attributes included.
LONGEST_VALUE = 3_900


@dataclass(frozen=True)
class Flow:
    """`state` returns with the browser, `nonce` in the ID token; `verifier` proves that we began (PKCE); `next` comes afterwards."""

    state: str
    nonce: str
    verifier: str
    next: str


class Flows:
    """Begins flows and finds them again.

    The cookie holds a random seed, the time and where to go afterwards. State, nonce and verifier are keyed hashes of the seed, so
    that the cookie alone tells nobody what they are and no server-side record is needed.
    """

    def __init__(self, settings: Settings) -> None:
        self._secret, self._secure = settings.secret_key, settings.tls == "yes"
        self.cookie = HOST_COOKIE if self._secure else PLAIN_COOKIE
        self._signed = URLSafeSerializer(self._secret, salt="lymphotrace oidc", signer_kwargs={"digest_method": hashlib.sha256})

    def begin(self, wanted: str, now: datetime) -> tuple[Flow, str]:
        """A new flow that leads to `wanted`, and the value of its cookie."""
        seed, began = make_token(), int(now.timestamp())
        kept = local_address(wanted)
        value = str(self._signed.dumps([seed, began, kept]))
        if len(value) > LONGEST_VALUE:
            kept = "/"
            value = str(self._signed.dumps([seed, began, kept]))
        return self._derive(seed, kept), value

    def keep(self, response: Response, value: str) -> None:
        """Give the browser the cookie, for as long as a person needs at the provider."""
        response.set_cookie(self.cookie, value, max_age=SECONDS, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def forget(self, response: Response) -> None:
        """Take the cookie from the browser."""
        response.delete_cookie(self.cookie, path="/", secure=self._secure, httponly=True, samesite="Lax")

    def find(self, request: Request, now: datetime) -> Flow | None:
        """The flow of the request's cookie; None without one, for one that we did not write, and after ten minutes."""
        value = request.cookies.get(self.cookie, "")
        if not value or len(value) > LONGEST_VALUE:
            return None
        try:
            seed, began, wanted = self._signed.loads(value)
        except BadSignature:
            return None
        return self._derive(seed, wanted) if 0 <= now.timestamp() - began < SECONDS else None

    def _derive(self, seed: str, wanted: str) -> Flow:
        return Flow(self._hash("state", seed), self._hash("nonce", seed), self._hash("verifier", seed), wanted)

    def _hash(self, purpose: str, seed: str) -> str:
        """43 characters, fit for an address and for a verifier (RFC 7636, 4.1)."""
        digest = hmac.new(self._secret.encode(), f"oidc {purpose}\n{seed}".encode(), hashlib.sha256).digest()
        return base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
