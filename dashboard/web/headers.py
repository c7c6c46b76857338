"""Security headers on every answer, no storing of anything dynamic, and a limit on what may be sent in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from types import MappingProxyType

from flask import Flask, Response, abort, request

LARGEST_BODY = 256 * 1024
NO_OTHERS: Mapping[str, int] = MappingProxyType({})

ONLY_HTTPS = "max-age=31536000; includeSubDomains"
FIXED_HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
}


def describe_content_policy(script_hashes: Sequence[str]) -> str:
    """The Content-Security-Policy; `script_hashes` are the quoted hashes (`'sha256-…'`) of the inline scripts that may run.

    Inline styles stay allowed: Dash's components and plotly.js set them.
    """
    directives = (
        "default-src 'none'",
        " ".join(["script-src 'self'", *script_hashes]),
        "style-src 'self' 'unsafe-inline'",
        "img-src 'self' data: blob:",
        "font-src 'self' data:",
        "connect-src 'self'",
        "worker-src 'self' blob:",
        "frame-ancestors 'none'",
        "base-uri 'none'",
        "form-action 'self'",
    )
    return "; ".join(directives)


def register_security_headers(
    server: Flask, script_hashes: Callable[[], Sequence[str]], largest_bodies: Mapping[str, int] = NO_OTHERS, https: bool = False
) -> None:
    """Add the headers to every answer of `server` and answer a body over 256 KiB with 413, one of unknown length with 411.

    `largest_bodies` names the endpoints that read larger bodies, past Flask's own reading, and how many bytes they take.

    With `https` browsers are told to come by https only, for a year.

    `script_hashes` is asked at every answer, because Dash knows its inline scripts only once all callbacks are
    registered. `Cache-Control: no-store` is the rule for everything; the static layer lifts it for static files.
    """
    server.config["MAX_CONTENT_LENGTH"] = LARGEST_BODY

    @server.before_request
    def refuse_body() -> None:
        # A body without a length would be cut off at the limit without a word.
        if "Transfer-Encoding" in request.headers:
            abort(411)
        if (request.content_length or 0) > largest_bodies.get(request.endpoint or "", LARGEST_BODY):
            abort(413)

    @server.after_request
    def add_headers(response: Response) -> Response:
        response.headers.update(FIXED_HEADERS)
        response.headers["Content-Security-Policy"] = describe_content_policy(script_hashes())
        response.headers["Cache-Control"] = "no-store"
        if https:
            response.headers["Strict-Transport-Security"] = ONLY_HTTPS
        return response
