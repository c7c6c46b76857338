"""Who sends or reads slowly waits alone: everybody else is answered meanwhile, and what is slow is whole in the end."""

from __future__ import annotations

import hashlib
import json
import socket
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from urllib.parse import urlsplit

import pytest

from dashboard.web.headers import LARGEST_BODY
from dashboard.web.slow_clients import LARGEST_HEAD, is_whole
from tests.serving import ROOT, Served

# Two processes of four threads: with a thread for each, the ninth slow client would be one too many.
MANY = 24
SECONDS = 20
STUDIES = "/api/v1/studies"
POST = b"POST /_dash-update-component HTTP/1.1\r\nHost: here\r\nContent-Type: application/json\r\n"


@contextmanager
def connected(served: Served, receive_buffer: int = 0) -> Iterator[socket.socket]:
    """A connection to the server; with `receive_buffer` it takes no more bytes than that before it reads."""
    where = urlsplit(served.url)
    with socket.socket() as client:
        if receive_buffer:
            client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)
        client.settimeout(SECONDS)
        client.connect((where.hostname, where.port))
        yield client


def get(path: str, *headers: str) -> bytes:
    return "\r\n".join([f"GET {path} HTTP/1.1", "Host: here", *headers, "", ""]).encode()


def read_answer(client: socket.socket) -> tuple[str, bytes]:
    """Status line and body of one answer that announces its length."""
    received = b""
    while b"\r\n\r\n" not in received:
        received += client.recv(65536)
    head, _, body = received.partition(b"\r\n\r\n")
    (length,) = [int(line.split(b":")[1]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length:")]
    while len(body) < length:
        part = client.recv(65536)
        assert part, f"the answer ends after {len(body)} of {length} bytes"
        body += part
    return head.split(b"\r\n")[0].decode(), body


def bundle(served: Served) -> str:
    """The address of the largest static file."""
    with urllib.request.urlopen(f"{served.url}/", timeout=SECONDS) as page:
        (found,) = {part for part in page.read().decode().split('"') if part.startswith("/assets/vendor/plotly-cartesian.min.js?h=")}
    return found


def send_half_a_head(served: Served, client: socket.socket) -> None:
    client.sendall(get(STUDIES)[:-20])


def send_half_a_body(served: Served, client: socket.socket) -> None:
    client.sendall(POST + b'Content-Length: 200000\r\n\r\n{"output": ')


def send_half_of_a_second_request(served: Served, client: socket.socket) -> None:
    client.sendall(get(STUDIES) + get(STUDIES)[:30])
    assert read_answer(client)[0] == "HTTP/1.1 200 OK"


def read_nothing(served: Served, client: socket.socket) -> None:
    client.sendall(get(bundle(served), "Accept-Encoding: identity"))


def end_without_closing(served: Served, client: socket.socket) -> None:
    client.sendall(get(STUDIES, "Connection: close"))
    assert read_answer(client)[0] == "HTTP/1.1 200 OK"


SLOW = (send_half_a_head, send_half_a_body, send_half_of_a_second_request, read_nothing, end_without_closing)


@pytest.mark.parametrize("be_slow", SLOW, ids=lambda act: act.__name__)
def test_many_slow_clients_keep_nobody_from_being_answered(served: Served, be_slow: Callable[[Served, socket.socket], None]) -> None:
    with ExitStack() as clients:
        for _ in range(MANY):
            be_slow(served, clients.enter_context(connected(served, receive_buffer=4096)))
        for _ in range(10):
            with urllib.request.urlopen(f"{served.url}{STUDIES}", timeout=SECONDS) as answer:
                assert answer.status == 200


def test_a_request_that_comes_byte_by_byte_is_answered_in_the_end(served: Served) -> None:
    body = b'{"output": "nothing"}'
    with connected(served) as client:
        for byte in POST + f"Content-Length: {len(body)}\r\n\r\n".encode() + body:
            client.sendall(bytes([byte]))
        status, told = read_answer(client)
        assert (status, "error" in json.loads(told)) == ("HTTP/1.1 400 BAD REQUEST", True)
        client.sendall(get(STUDIES))
        assert read_answer(client)[0] == "HTTP/1.1 200 OK"


def test_an_answer_that_is_read_late_is_whole(served: Served) -> None:
    with connected(served, receive_buffer=4096) as client:
        client.sendall(get(bundle(served), "Accept-Encoding: identity") + get(STUDIES))
        received = bytearray(client.recv(1))
        while len(received) < 3000:
            received += client.recv(100)
        head, _, body = bytes(received).partition(b"\r\n\r\n")
        whole = (ROOT / "assets" / "vendor" / "plotly-cartesian.min.js").read_bytes()
        while len(body) < len(whole) + 100:
            body += client.recv(65536)
    assert head.startswith(b"HTTP/1.1 200 OK")
    assert hashlib.sha256(body[: len(whole)]).hexdigest() == hashlib.sha256(whole).hexdigest()
    assert body[len(whole) :].startswith(b"HTTP/1.1 200 OK")


def test_a_client_that_waits_for_a_word_before_its_body_gets_it(served: Served) -> None:
    with connected(served) as client:
        client.sendall(POST + b"Content-Length: 2\r\nExpect: 100-continue\r\n\r\n")
        assert client.recv(1000).startswith(b"HTTP/1.1 100 Continue\r\n\r\n")
        client.sendall(b"{}")
        assert read_answer(client)[0] == "HTTP/1.1 400 BAD REQUEST"


@pytest.mark.parametrize(
    ("arrived", "whole"),
    [
        (b"", False),
        (b"GET / HTTP/1.1\r\nHost: here\r\n", False),
        (b"GET / HTTP/1.1\r\nHost: here\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: 3\r\n\r\nab", False),
        (b"POST / HTTP/1.1\r\nCONTENT-LENGTH:3\r\n\r\nabc", True),
        (b"POST / HTTP/1.1\r\nX: content-length: 3\r\n\r\n", True),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % LARGEST_BODY, False),
        (b"POST / HTTP/1.1\r\nContent-Length: %d\r\n\r\n" % (LARGEST_BODY + 1), True),
        (b"POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n", True),
        (b"x" * LARGEST_HEAD, False),
        (b"x" * (LARGEST_HEAD + 1), True),
    ],
    ids=["nothing", "part of a head", "head", "part", "all", "other field", "allowed", "a delivery", "chunks", "long", "too long"],
)
def test_a_thread_gets_a_request_that_is_whole_or_that_only_it_can_judge(arrived: bytes, whole: bool) -> None:
    assert is_whole(arrived) is whole
