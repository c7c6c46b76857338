"""What the server refuses before the application sees it is answered in our words too."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import pytest

from dashboard.web.worker import TOO_LARGE, TOO_LONG, write_refusal
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
