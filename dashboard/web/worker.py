"""The server's worker, with answers of our own to what it refuses before the application sees it."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from gunicorn import util
from gunicorn.http.errors import (
    ConfigurationProblem,
    ExpectationFailed,
    ForbiddenProxyRequest,
    InvalidResponseHeader,
    InvalidResponseHeaderName,
    LimitRequestHeaders,
    LimitRequestLine,
    ParseException,
    UnsupportedTransferCoding,
)

from dashboard.web.headers import FIXED_HEADERS
from dashboard.web.slow_clients import PatientWorker

Refusal = tuple[int, str, str]

TOO_LONG: Refusal = (
    414,
    "URI Too Long",
    "This address is longer than the server reads. Open the page without choices and make them again, or use a shorter link.",
)
TOO_LARGE: Refusal = (
    431,
    "Request Header Fields Too Large",
    "The browser sends more beside the address than the server reads. Delete the cookies of this site, then open the address again.",
)
WAY_ON = "Open the address again in a browser, or begin with all studies. A program must write its requests as HTTP/1.1 asks for."
UNREADABLE: Refusal = (400, "Bad Request", f"What was sent is not a request that the server can read. {WAY_ON}")
NOT_TRUSTED: Refusal = (403, "Forbidden", f"The server takes no requests that are passed on from there. {WAY_ON}")
NOT_MET: Refusal = (417, "Expectation Failed", f"The request expects what the server does not do. {WAY_ON}")
NOT_DECODED: Refusal = (501, "Not Implemented", f"The request is encoded in a way that the server does not read. {WAY_ON}")
OTHERS: Mapping[type[Exception], Refusal] = MappingProxyType(
    {
        LimitRequestLine: TOO_LONG,
        LimitRequestHeaders: TOO_LARGE,
        ForbiddenProxyRequest: NOT_TRUSTED,
        ExpectationFailed: NOT_MET,
        UnsupportedTransferCoding: NOT_DECODED,
    }
)
# gunicorn counts them among what cannot be read, but no client is at fault.
FAULTS_OF_OURS = (InvalidResponseHeader, InvalidResponseHeaderName, ConfigurationProblem)


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


def find_refusal(fault: Exception) -> Refusal | None:
    """Status, reason and sentence for a request that could not be read; None for a fault that is not the request's."""
    if not isinstance(fault, ParseException) or isinstance(fault, FAULTS_OF_OURS):
        return None
    return OTHERS.get(type(fault), UNREADABLE)


class Worker(PatientWorker):
    """gunicorn's worker with threads that wait for no client; a request that cannot be read is answered in our words."""

    def handle_error(self, req: Any, client: Any, addr: Any, exc: Exception) -> None:
        """Answer what could not be read as a request; everything else as gunicorn does."""
        known = find_refusal(exc)
        if known is None:
            super().handle_error(req, client, addr, exc)
            return
        # The words of the fault repeat what was sent, which may name a participant.
        self.log.warning("refused with %s before reading: %s", known[0], type(exc).__name__)
        try:
            util.write_nonblock(client, write_refusal(*known))
        except OSError:
            self.log.debug("the answer could not be sent")
