"""The OpenID Connect provider as the server meets it: its description, the exchange of a code, the check of an ID token.

Requests go to the origin of the setting OIDC_ISSUER and nowhere else: no redirect is followed, no proxy of the environment is used.
"""

from __future__ import annotations

import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode, urlsplit

from authlib.integrations.base_client import OAuthError
from authlib.integrations.requests_client import OAuth2Session
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet
from requests import RequestException
from requests.adapters import HTTPAdapter

from dashboard.errors import LymphotraceError
from dashboard.settings import Settings
from dashboard.web.oidc_flow import Flow

DISCOVERY = "/.well-known/openid-configuration"
SCOPE = "openid email"
# Only signatures with a key pair: “none” proves nothing, and HS256 is keyed with a text that others may know.
ALGORITHMS = ("RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "Ed25519", "EdDSA")
SECONDS_TO_WAIT = 5
SECONDS_OF_LEEWAY = 60
DESCRIPTION_LIVES = timedelta(hours=1)
# A provider that does not answer is not asked again at once: each attempt keeps a thread of the server waiting.
FAILURE_LIVES = timedelta(seconds=10)
DOWN = "The server at which you sign in does not answer as it should. Try again in a minute."
NOT_CONFIRMED = "The provider did not confirm this sign-in. Sign in again; if that does not help, tell whoever runs this server."

logger = logging.getLogger(__name__)


class ProviderDownError(LymphotraceError):
    """The provider does not answer, or not as the standard says."""


class NotConfirmedError(LymphotraceError):
    """The provider refused the code, or its ID token does not prove who signed in."""


@dataclass(frozen=True)
class Description:
    """What the provider says of itself. `end_session` is empty when it has no such address."""

    authorization: str
    token: str
    keys: str
    end_session: str
    client_auth: str


class Provider:
    """One provider, asked over the network. ProviderDownError whenever it does not answer as it should."""

    def __init__(self, settings: Settings, clock: Callable[[], datetime]) -> None:
        self._settings, self._clock = settings, clock
        self._lock = threading.Lock()
        self._known: tuple[datetime, Description | ProviderDownError] | None = None

    @property
    def name(self) -> str:
        """The host name of the provider, by which readers know it."""
        return urlsplit(self._settings.oidc_issuer).hostname or ""

    def describe(self) -> Description:
        """The provider's description; read again after an hour, after a failure at the earliest ten seconds later."""
        with self._lock:
            now = self._clock()
            if self._known is None or now >= self._known[0]:
                self._known = self._ask(now)
            found = self._known[1]
        if isinstance(found, ProviderDownError):
            raise ProviderDownError(DOWN) from found
        return found

    def _ask(self, now: datetime) -> tuple[datetime, Description | ProviderDownError]:
        try:
            return now + DESCRIPTION_LIVES, self._read_description()
        except ProviderDownError as error:
            return now + FAILURE_LIVES, error

    def _read_description(self) -> Description:
        issuer = self._settings.oidc_issuer
        found = self._get(issuer.rstrip("/") + DISCOVERY)
        if found.get("issuer") != issuer:
            raise _down(f"it calls itself {str(found.get('issuer'))[:200]!r}, OIDC_ISSUER is {issuer!r}")
        token, keys = (self._own(found, name) for name in ("token_endpoint", "jwks_uri"))
        return Description(_web(found, "authorization_endpoint"), token, keys, _end_session(found), self._client_auth(found))

    def _own(self, found: Mapping[str, Any], name: str) -> str:
        """An address that the server itself will ask."""
        address, issuer = urlsplit(_web(found, name)), urlsplit(self._settings.oidc_issuer)
        if (address.scheme, address.netloc) != (issuer.scheme, issuer.netloc):
            raise _down(f"its {name} is on {address.netloc!r}, and the server asks nobody but {issuer.netloc!r}")
        return address.geturl()

    def _client_auth(self, found: Mapping[str, Any]) -> str:
        if not self._settings.oidc_client_secret:
            return "none"
        offered = found.get("token_endpoint_auth_methods_supported") or ["client_secret_basic"]
        return "client_secret_basic" if "client_secret_basic" in offered else "client_secret_post"

    def authorization_address(self, flow: Flow, back: str) -> str:
        """Where the browser goes to sign in; from there it comes to `back`."""
        address, _ = self._session().create_authorization_url(
            self.describe().authorization, state=flow.state, nonce=flow.nonce, code_verifier=flow.verifier, redirect_uri=back
        )
        return str(address)

    def end_session_address(self) -> str:
        """Where readers end their session at the provider; empty when it has no such address or does not answer."""
        try:
            address = self.describe().end_session
        except ProviderDownError:
            return ""
        joint = "&" if "?" in address else "?"
        return f"{address}{joint}{urlencode({'client_id': self._settings.oidc_client_id})}" if address else ""

    def fetch_claims(self, code: str, flow: Flow, back: str) -> Mapping[str, Any]:
        """What the provider says of who signed in, in exchange for `code`; NotConfirmedError unless the ID token proves it."""
        description = self.describe()
        token = self._fetch_token(description, code, flow, back)
        keys = self._get(description.keys)
        try:
            return self._validate(token, keys, flow)
        except (JoseError, ValueError, KeyError, TypeError) as error:
            logger.warning("an ID token was refused: %s", f"{type(error).__name__}: {error}"[:300])
            raise NotConfirmedError(NOT_CONFIRMED) from error

    def _fetch_token(self, description: Description, code: str, flow: Flow, back: str) -> str:
        """The ID token, not yet checked."""
        with self._session(description.client_auth) as session:
            try:
                answer = session.fetch_token(
                    description.token,
                    grant_type="authorization_code",
                    code=code,
                    redirect_uri=back,
                    code_verifier=flow.verifier,
                    timeout=SECONDS_TO_WAIT,
                    allow_redirects=False,
                )
            except OAuthError as error:
                logger.warning("the provider refused a code: %s", str(error.error)[:60])
                raise NotConfirmedError(NOT_CONFIRMED) from error
            except (RequestException, ValueError) as error:
                raise _down(error) from error
        return str(answer.get("id_token", ""))

    def _validate(self, token: str, keys: Mapping[str, Any], flow: Flow) -> Mapping[str, Any]:
        """The claims of `token`; JoseError or ValueError when a signature or a claim is not as OpenID Connect (3.1.3.7) wants it."""
        client = self._settings.oidc_client_id
        found = jwt.decode(token, KeySet.import_key_set(dict(keys)), algorithms=list(ALGORITHMS)).claims  # type: ignore[arg-type]
        registry = jwt.JWTClaimsRegistry(
            now=int(self._clock().timestamp()),
            leeway=SECONDS_OF_LEEWAY,
            iss={"essential": True, "value": self._settings.oidc_issuer},
            aud={"essential": True, "value": client},
            nonce={"essential": True, "value": flow.nonce},
            sub={"essential": True},
            exp={"essential": True},
            iat={"essential": True},
        )
        registry.validate(found)
        if found.get("azp", client) != client or (isinstance(found["aud"], list) and len(found["aud"]) > 1 and "azp" not in found):
            raise ValueError("the token was made for another client")
        return found

    def _session(self, client_auth: str = "none") -> OAuth2Session:
        session = OAuth2Session(
            self._settings.oidc_client_id,
            self._settings.oidc_client_secret or None,
            token_endpoint_auth_method=client_auth,
            scope=SCOPE,
            code_challenge_method="S256",
            trust_env=False,
        )
        session.mount("https://", SystemTrust())
        return session

    def _get(self, address: str) -> Mapping[str, Any]:
        with self._session() as session:
            try:
                answer = session.get(address, withhold_token=True, timeout=SECONDS_TO_WAIT, allow_redirects=False)
                if answer.status_code != 200:
                    raise _down(f"{urlsplit(address).path} answered {answer.status_code}")
                found = answer.json()
            except (RequestException, ValueError) as error:
                raise _down(error) from error
        if not isinstance(found, dict):
            raise _down(f"{urlsplit(address).path} is no JSON object")
        return found


class SystemTrust(HTTPAdapter):
    """Believes the certificates that the machine believes, a hospital's own among them, beside the public ones."""

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        """Called by requests."""
        super().init_poolmanager(*given, **named, ssl_context=ssl.create_default_context())


def _web(found: Mapping[str, Any], name: str) -> str:
    address = found.get(name)
    if not isinstance(address, str) or not address.startswith(("https://", "http://")):
        raise _down(f"its description has no {name}")
    return address


def _end_session(found: Mapping[str, Any]) -> str:
    return _web(found, "end_session_endpoint") if found.get("end_session_endpoint") else ""


def _down(reason: object) -> ProviderDownError:
    """The error for the reader, after a line in the log for whoever runs the server."""
    logger.error("the OpenID Connect provider: %s", str(reason)[:300])
    return ProviderDownError(DOWN)
