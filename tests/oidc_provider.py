"""A small OpenID Connect provider on a loopback port: discovery, authorization code with PKCE (S256), token, keys.

It keeps the rules of the standard itself (a code lives once, for one address and one verifier), so that what the product gets wrong
is refused here. What a bad provider would do is set on `Idp.spoil`.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import secrets
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from flask import Flask, Response, jsonify, redirect, request
from joserfc import jwt
from joserfc.jwk import KeySet, RSAKey
from werkzeug.serving import make_server

CLIENT, SECRET = "lymphotrace", "a secret between the two servers"
DORA = {"sub": "00u1dora", "email": "dora@example.org", "email_verified": True}
Spoil = Callable[[dict[str, Any]], dict[str, Any]]


def same(claims: dict[str, Any]) -> dict[str, Any]:
    """Claims as they should be."""
    return claims


def encode(given: bytes) -> str:
    """Base64 for addresses, without padding (RFC 7515, 2)."""
    return base64.urlsafe_b64encode(given).rstrip(b"=").decode()


@dataclass
class Idp:
    """The provider. `person` is who sits at its keyboard; `asked` are the paths that were asked for, `forms` what was sent for tokens."""

    clock: Callable[[], datetime]
    back: str
    secret: str = SECRET
    issuer: str = ""
    person: dict[str, Any] = field(default_factory=lambda: dict(DORA))
    spoil: Spoil = same
    describe: Spoil = same
    algorithm: str = "RS256"
    key: RSAKey = field(default_factory=lambda: RSAKey.generate_key(2048, {"use": "sig"}, auto_kid=True))
    signing: RSAKey | None = None
    known_to_others: bytes = b""
    published: dict[str, Any] = field(default_factory=dict)
    broken: dict[str, tuple[int, str]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    forms: list[dict[str, str]] = field(default_factory=list)
    codes: dict[str, dict[str, str]] = field(default_factory=dict)

    def description(self) -> dict[str, Any]:
        places = {"authorization_endpoint": "authorize", "token_endpoint": "token", "jwks_uri": "keys", "end_session_endpoint": "leave"}
        addresses = {name: f"{self.issuer}/{path}" for name, path in places.items()}
        return self.describe({"issuer": self.issuer, **addresses, "code_challenge_methods_supported": ["S256"]})

    def keys(self) -> dict[str, Any]:
        return {"keys": [self.published]} if self.published else dict(KeySet([self.key]).as_dict())

    def authorize(self) -> Any:
        """Sign `person` in and send the browser back with a code."""
        asked = request.args
        wanted = {"client_id": CLIENT, "redirect_uri": self.back, "response_type": "code", "code_challenge_method": "S256"}
        wrong = [name for name, value in wanted.items() if asked.get(name) != value]
        if wrong or "openid" not in asked.get("scope", "").split() or len(asked.get("code_challenge", "")) != 43:
            return Response(f"not as it should be: {wrong}", 400)
        code = secrets.token_urlsafe(16)
        self.codes[code] = {name: asked[name] for name in ("redirect_uri", "code_challenge", "nonce")}
        return redirect(f"{self.back}?{urlencode({'code': code, 'state': asked['state']})}", 302)

    def exchange(self) -> Any:
        """An ID token for a code; each code is taken once, whatever becomes of it (RFC 6749, 4.1.2)."""
        form = dict(request.form)
        self.forms.append(form)
        if not self._is_client(form):
            return jsonify(error="invalid_client"), 401
        kept = self.codes.pop(form.get("code", ""), None)
        verifier = form.get("code_verifier", "")
        challenge = encode(hashlib.sha256(verifier.encode()).digest())
        if kept is None or form.get("redirect_uri") != kept["redirect_uri"] or challenge != kept["code_challenge"]:
            return jsonify(error="invalid_grant"), 400
        return jsonify(access_token="of no use", token_type="Bearer", expires_in=300, id_token=self.make_token(kept["nonce"]))  # noqa: S106

    def _is_client(self, form: dict[str, str]) -> bool:
        if not self.secret:
            return form.get("client_id") == CLIENT and request.authorization is None
        given = request.authorization
        basic = (given.username, given.password) if given else (form.get("client_id"), form.get("client_secret"))
        return basic == (CLIENT, self.secret)

    def make_token(self, nonce: str) -> str:
        now = int(self.clock().timestamp())
        claims = self.spoil({"iss": self.issuer, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce, **self.person})
        header = {"alg": self.algorithm, "kid": self.key.kid}
        if self.algorithm == "RS256":
            return jwt.encode(header, claims, self.signing or self.key)
        # No library makes these: without a signature, or keyed with a text that others know.
        body = f"{encode(json.dumps(header).encode())}.{encode(json.dumps(claims).encode())}"
        mac = hmac.new(self.known_to_others, body.encode(), hashlib.sha256).digest()
        return f"{body}.{encode(mac) if self.algorithm == 'HS256' else ''}"

    def app(self) -> Flask:
        """The provider's addresses."""
        server = Flask("provider")

        @server.before_request
        def note() -> Any:
            self.asked.append(request.path)
            status, text = self.broken.get(request.path, (0, ""))
            headers = {"Location": text} if 300 <= status < 400 else {}
            return Response(text, status, headers) if status else None

        server.add_url_rule("/.well-known/openid-configuration", "describe", lambda: jsonify(self.description()))
        server.add_url_rule("/authorize", "authorize", self.authorize)
        server.add_url_rule("/token", "token", self.exchange, methods=["POST"])
        server.add_url_rule("/keys", "keys", lambda: jsonify(self.keys()))
        server.add_url_rule("/leave", "leave", lambda: "You left.")
        server.add_url_rule("/favicon.ico", "icon", lambda: ("", 204))
        return server


def make_certificate(folder: Path) -> tuple[str, str]:
    """A certificate for 127.0.0.1 that only its own signature vouches for, and its key, as files in `folder`."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a hospital")])
    builder = x509.CertificateBuilder(name, name, key.public_key(), 1, datetime(2020, 1, 1), datetime(2100, 1, 1))
    here = x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))])
    made = builder.add_extension(here, critical=False).sign(key, hashes.SHA256())
    certificate, private = folder / "certificate.pem", folder / "key.pem"
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    plain = serialization.NoEncryption()
    private.write_bytes(key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, plain))
    return str(certificate), str(private)


@contextmanager
def on_loopback(idp: Idp, certificate: tuple[str, str] | None = None) -> Iterator[Idp]:
    """Serve `idp` on a free port, by https with the files of a certificate and its key; its issuer is then known."""
    server = make_server("127.0.0.1", 0, idp.app(), threaded=True, ssl_context=certificate)
    idp.issuer = f"{'https' if certificate else 'http'}://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    try:
        yield idp
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
