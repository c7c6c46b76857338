"""The server's worker, with answers of our own to what it refuses before the application sees it."""

from __future__ import annotations

from typing import Any

from gunicorn import util
from gunicorn.http.errors import LimitRequestHeaders, LimitRequestLine

from dashboard.web.headers import FIXED_HEADERS
from dashboard.web.slow_clients import PatientWorker

TOO_LONG = (
    414,
    "URI Too Long",
    "This address is longer than the server reads. Open the page without choices and make them again, or use a shorter link.",
)
TOO_LARGE = (
    431,
    "Request Header Fields Too Large",
    "The browser sends more beside the address than the server reads. Delete the cookies of this site, then open the address again.",
)


def write_refusal(status: int, reason: str, sentence: str) -> bytes:
    """A whole answer of HTTP/1.1: a page that says what is wrong and what to do, with the headers of every other answer."""
    body = (
        '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>Lymphotrace</title></head><body><main>'
        f'<h1>{reason}</h1><p>{sentence}</p><p><a href="/">All studies</a></p></main></body></html>'
    ).encode()
    headers = {
        **FIXED_HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Length": str(len(body)),
        "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
        "Cache-Control": "no-store",
        "Connection": "close",
    }
    head = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    return f"HTTP/1.1 {status} {reason}\r\n{head}\r\n".encode("latin-1") + body


class Worker(PatientWorker):
    """gunicorn's worker with threads that wait for no client; addresses and headers that are too long are answered in our words."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what could not be read as a request; everything else as gunicorn does."""
        known = {LimitRequestLine: TOO_LONG, LimitRequestHeaders: TOO_LARGE}.get(type(exc))
        if known is None:
            super().handle_error(req, client, addr, exc)
            return
        self.log.warning("refused with %s before reading", known[0])
        try:
            util.write_nonblock(client, write_refusal(*known))
        except OSError:
            self.log.debug("the answer could not be sent")
