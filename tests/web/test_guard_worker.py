"""What the server refuses before the application sees it is answered in our words too."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from unittest.mock import Mock
from urllib.parse import urlsplit

import pytest
from gunicorn.http import errors
from gunicorn.http.errors import ParseException

from dashboard.web.headers import FIXED_HEADERS
from dashboard.web.worker import FAULTS_OF_OURS, TOO_LARGE, TOO_LONG, UNREADABLE, Worker, find_refusal, write_refusal
from tests.serving import Served

LONG = f"GET /nct05600920/overview?cohort={'x' * 5000} HTTP/1.1\r\nHost: localhost\r\n\r\n"
MANY = "GET / HTTP/1.1\r\nHost: localhost\r\n" + "".join(f"X-{number}: y\r\n" for number in range(150)) + "\r\n"


def ask(url: str, request: str) -> tuple[str, dict[str, str], str]:
    """Status line, headers and body of the answer to raw bytes."""
    where = urlsplit(url)
    with socket.create_connection((where.hostname, where.port), timeout=20) as connection:
        connection.sendall(request.encode())
        received = b""
        while part := connection.recv(65536):
            received += part
    head, _, body = received.decode().partition("\r\n\r\n")
    status, *lines = head.split("\r\n")
    return status, dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(("request_text", "known"), [(LONG, TOO_LONG), (MANY, TOO_LARGE)], ids=["address", "headers"])
def test_an_address_or_headers_that_are_too_long_are_answered_with_a_page_of_ours(
    served: Served, request_text: str, known: tuple[int, str, str]
) -> None:
    status, headers, body = ask(served.url, request_text)
    assert status == f"HTTP/1.1 {known[0]} {known[1]}"
    assert known[2] in body
    assert "x" * 100 not in body
    assert (headers["Cache-Control"], headers["X-Content-Type-Options"]) == ("no-store", "nosniff")
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_the_length_that_is_announced_is_that_of_the_page() -> None:
    head, _, body = write_refusal(*TOO_LONG).partition(b"\r\n\r\n")
    assert f"Content-Length: {len(body)}".encode() in head


TOLD = "/nct05600920/participants/SYN-240-001?sex=F"
HOST = "Host: localhost\r\n"
UNREADABLE_TEXTS = {
    "no version": f"GET {TOLD}\r\n{HOST}\r\n",
    "two spaces": f"GET  {TOLD} HTTP/1.1\r\n{HOST}\r\n",
    "a space in the address": f"GET {TOLD}&search=a b HTTP/1.1\r\n{HOST}\r\n",
    "a version that is none": f"GET {TOLD} HTTP/SYN-240-001\r\n{HOST}\r\n",
    "another version": f"GET {TOLD} HTTP/3.0\r\n{HOST}\r\n",
    "an address that cannot be taken apart": f"GET http://[SYN-240-001{TOLD} HTTP/1.1\r\n{HOST}\r\n",
    "no slash": "GET SYN-240-001 HTTP/1.1\r\nHost: localhost\r\n\r\n",
    "a method that is none": f"syn-240-001 {TOLD} HTTP/1.1\r\n{HOST}\r\n",
    "the name of a header": f"GET {TOLD} HTTP/1.1\r\n{HOST}SYN-240-001@: x\r\n\r\n",
    "a header without a colon": f"GET {TOLD} HTTP/1.1\r\n{HOST}SYN-240-001\r\n\r\n",
    "a folded header": f"GET {TOLD} HTTP/1.1\r\n{HOST}SYN-240-001: x\r\n y\r\n\r\n",
    "two hosts": f"GET {TOLD} HTTP/1.1\r\n{HOST}Host: SYN-240-001\r\n\r\n",
    "a NUL in a cookie": f"GET {TOLD} HTTP/1.1\r\n{HOST}Cookie: lymphotrace=SYN-240-001\0\r\n\r\n",
    "a length that is none": f"POST {TOLD} HTTP/1.1\r\n{HOST}Content-Length: SYN-240-001\r\n\r\n",
}
OTHER_TEXTS = {
    417: f"GET {TOLD} HTTP/1.1\r\n{HOST}Expect: SYN-240-001\r\n\r\n",
    501: f"POST {TOLD} HTTP/1.1\r\n{HOST}Transfer-Encoding: SYN-240-001\r\n\r\n",
}
TEXTS = [*((400, text) for text in UNREADABLE_TEXTS.values()), *OTHER_TEXTS.items()]


@pytest.mark.parametrize(("code", "request_text"), TEXTS, ids=[*UNREADABLE_TEXTS, *map(str, OTHER_TEXTS)])
def test_what_is_no_request_is_answered_with_a_page_of_ours_and_told_to_nobody(served: Served, code: int, request_text: str) -> None:
    before = served.log.stat().st_size
    status, headers, body = ask(served.url, request_text)
    assert status.startswith(f"HTTP/1.1 {code} ")
    assert '<a href="/">All studies</a>' in body
    assert FIXED_HEADERS.items() <= headers.items()
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
    written = served.log.read_bytes()[before:].decode()
    assert f"refused with {code} before reading: " in written
    for told in ("SYN-240-001", "syn-240-001", "participants", "sex=F", "127.0.0.1", "HTTP/3.0"):
        assert told not in f"{status}{headers}{body}{written}"


def every_fault(kind: type[ParseException] = ParseException) -> Iterator[type[ParseException]]:
    yield kind
    for narrower in kind.__subclasses__():
        yield from every_fault(narrower)


def answer_of(fault: Exception) -> tuple[bytes, list[object]]:
    """What the client is sent and what is logged when a request fails with `fault`."""
    worker, client = Worker.__new__(Worker), Mock()
    worker.log = Mock()
    worker.handle_error(None, client, ("198.51.100.7", 4711), fault)
    sent = b"".join(call.args[0] for call in client.sendall.call_args_list)
    return sent, [call.args for call in worker.log.method_calls]


def build_fault(kind: type[ParseException], words: str) -> ParseException:
    """A fault of `kind`; gunicorn's kinds keep what was sent, if they do, as their first argument."""
    return kind() if kind in (errors.InvalidSchemeHeaders, ParseException) else kind(words)


@pytest.mark.parametrize("kind", sorted(set(every_fault()) - set(FAULTS_OF_OURS), key=lambda kind: kind.__name__))
def test_no_fault_of_a_request_that_gunicorn_knows_repeats_what_was_sent(kind: type[ParseException]) -> None:
    sent, logged = answer_of(build_fault(kind, f"GET {TOLD}"))
    (known,) = {find_refusal(build_fault(kind, words)) for words in ("a", "b")}
    assert known is not None
    assert sent == write_refusal(*known)
    assert logged == [("refused with %s before reading: %s", known[0], kind.__name__)]


@pytest.mark.parametrize("kind", [errors.InvalidHeader, errors.InvalidRequestLine, errors.InvalidProxyHeader, errors.InvalidChunkSize])
def test_what_cannot_be_read_is_a_bad_request(kind: type[ParseException]) -> None:
    assert find_refusal(build_fault(kind, "x")) == UNREADABLE


@pytest.mark.parametrize("fault", [ValueError("x"), OSError("x"), *(kind("x") for kind in FAULTS_OF_OURS)], ids=repr)
def test_a_fault_of_ours_is_answered_as_gunicorn_does(fault: Exception) -> None:
    assert find_refusal(fault) is None
    assert answer_of(fault)[0].startswith(b"HTTP/1.1 500 ")
