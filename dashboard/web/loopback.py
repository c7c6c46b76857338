"""Who may deliver while nobody signs in: only the person at the machine on which the server runs, from the server's own pages.

The server listens on the loopback address, but a page of any other site can make the browser on that machine send requests there
(DNS rebinding, forged requests). So the caller, the name in the address and the page that sends are checked as well.
"""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Request

from dashboard.settings import LOOPBACK

ELSEWHERE = "Deliveries are taken only on the machine on which the server runs, because nobody signs in yet. "
COMMAND = "There, use the command line: python -m dashboard import."
FOREIGN = "This request does not come from a page of this server and was not carried out."
OWN_PAGE, TYPED = "same-origin", "none"


def describe_hindrance(listening: str, caller: str | None, host: str) -> str:
    """Why nobody may deliver this way, in a sentence; the empty text when they may.

    `listening` is the setting HOST, `caller` the caller's address, `host` the Host header as the browser sent it.
    """
    name = _host_name(host)
    if listening not in LOOPBACK:
        return f"{ELSEWHERE}This server listens on {listening}. {COMMAND}"
    if caller not in ("127.0.0.1", "::1", "::ffff:127.0.0.1"):
        return f"{ELSEWHERE}This request comes from elsewhere. {COMMAND}"
    if name not in LOOPBACK:
        return f"{ELSEWHERE}Open the page as http://{LOOPBACK[0]} instead of {name or 'this name'}."
    return ""


def _host_name(host: str) -> str:
    try:
        return urlsplit(f"//{host}").hostname or ""
    except ValueError:
        return ""


def is_foreign(request: Request) -> bool:
    """Whether a page of another site sent the request. What changes something must say where it comes from."""
    site, origin = request.headers.get("Sec-Fetch-Site"), request.headers.get("Origin")
    if request.method in ("GET", "HEAD"):
        return site not in (None, OWN_PAGE, TYPED)
    if site is None and origin is None:
        return True
    return site not in (None, OWN_PAGE) or origin not in (None, request.host_url.rstrip("/"))
