"""Requests that arrive and answers that leave a byte at a time wait in the worker's main loop, where they cost no thread.

gunicorn gives a connection to a thread as soon as its first byte is there, and the thread then waits for the rest: as many slow
clients as there are threads stop everybody else. Here a thread sees a request only when it is whole, and is free again when its
answer is made; a body that is larger than pages send (a delivery) is read by the thread, after the guard has let it in.
"""

from __future__ import annotations

import re
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable
from functools import partial
from select import select
from typing import Any

from gunicorn import util
from gunicorn.workers.gthread import STOP_KEEPALIVE_LINGER, TConn, ThreadWorker

from dashboard.web.headers import LARGEST_BODY

# A head beyond this is handed on as it is: gunicorn refuses it.
LARGEST_HEAD = 32 * 1024
# Beyond this the thread that makes an answer waits until its client has taken some of it.
MOST_UNSENT = 16 * 1024 * 1024
SECONDS_TO_ARRIVE, SECONDS_TO_LEAVE, SECONDS_TO_TAKE, SECONDS_TO_LINGER = 60.0, 300.0, 30.0, 2.0
PART = 64 * 1024
END_OF_HEAD = b"\r\n\r\n"
LENGTH = re.compile(rb"\r\ncontent-length:[ \t]*([0-9]{1,15})[ \t]*(?:\r\n|$)", re.IGNORECASE)
# Who says these waits for a word of ours, or says only at the end how much comes.
ANSWERED_FIRST = re.compile(rb"\r\n(?:expect|transfer-encoding):", re.IGNORECASE)


def is_whole(arrived: bytes | bytearray) -> bool:
    """Whether a thread can answer a request of which `arrived` is there, without waiting for its client."""
    end = arrived.find(END_OF_HEAD)
    if end < 0:
        return len(arrived) > LARGEST_HEAD
    head = bytes(arrived[:end])
    found = LENGTH.search(head)
    length = int(found[1]) if found else 0
    return length > LARGEST_BODY or len(arrived) - end - len(END_OF_HEAD) >= length or ANSWERED_FIRST.search(head) is not None


class PatientSocket:
    """A client's socket that gives first what has `arrived`, and keeps as `unsent` what the client has not taken yet."""

    def __init__(self, plain: socket.socket) -> None:
        self.plain = plain
        self.arrived = bytearray()
        self._unsent: deque[memoryview] = deque()

    def __getattr__(self, name: str) -> Any:
        return getattr(self.plain, name)

    @property
    def unsent(self) -> int:
        """The number of bytes that the client has not taken yet."""
        return sum(len(part) for part in self._unsent)

    def recv(self, size: int) -> bytes:
        """What has arrived; else as a socket does."""
        if not self.arrived:
            return self.plain.recv(size)
        taken = bytes(self.arrived[:size])
        del self.arrived[:size]
        return taken

    def sendall(self, data: bytes) -> None:
        """Send what the client takes at once and keep the rest; BrokenPipeError for one who takes nothing of a large answer."""
        self._unsent.append(memoryview(bytes(data)))
        self.push()
        while self.unsent > MOST_UNSENT:
            if not select([], [self.plain], [], SECONDS_TO_TAKE)[1]:
                raise BrokenPipeError("the client does not take the answer")
            self.push()

    def send(self, data: bytes) -> int:
        """As `sendall`; everything counts as sent."""
        self.sendall(data)
        return len(data)

    def receive(self) -> bool | None:
        """Read what is there now: True when the request is whole, None when more must come, False when the client has gone."""
        while not is_whole(self.arrived):
            try:
                part = self.plain.recv(PART, socket.MSG_DONTWAIT)
            except BlockingIOError:
                return None
            except OSError:
                return False
            if not part:
                return False
            self.arrived += part
        return True

    def push(self) -> None:
        """Send what the client takes now."""
        while self._unsent:
            try:
                sent = self.plain.send(self._unsent[0], socket.MSG_DONTWAIT)
            except BlockingIOError:
                return
            self._unsent[0] = self._unsent[0][sent:]
            if not self._unsent[0]:
                self._unsent.popleft()

    def take_back(self, parser: Any) -> None:
        """Put before what has arrived what `parser` has read of the next request."""
        if parser is not None:
            self.arrived[:0] = parser.unreader.take_buffered()


class Connection(TConn):
    """gunicorn's connection on a PatientSocket. A polite end is left to `linger`: gunicorn's own waits for the client."""

    def __init__(self, cfg: Any, plain: socket.socket, client: Any, server: Any, linger: Callable[[PatientSocket], None]) -> None:
        super().__init__(cfg, PatientSocket(plain), client, server)
        self.linger = linger
        # A thread gets what is whole: there is nothing to wait for.
        self.data_ready = True

    def close(self, graceful: bool = False) -> None:
        """Close; `graceful`: after the client has read everything."""
        if graceful:
            self.linger(self.sock)
        else:
            super().close()


class PatientWorker(ThreadWorker):
    """gunicorn's worker with threads, whose main loop does the waiting for clients."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # Each with the instant at which it is given up, the earliest first.
        self.arriving: dict[Connection, float] = {}
        self.leaving: dict[Connection, float] = {}
        self.lingering: dict[PatientSocket, float] = {}

    def accept(self, listener: socket.socket) -> None:
        """Take a new connection."""
        try:
            client, address = listener.accept()
        except (BlockingIOError, ConnectionAbortedError):
            return
        self.nr_conns += 1
        self.enqueue_req(Connection(self.cfg, client, address, listener.getsockname(), self.linger))

    def enqueue_req(self, conn: Connection) -> None:
        """Give the next request of `conn` to a thread as soon as it is whole."""
        conn.sock.take_back(conn.parser)
        conn.sock.setblocking(False)
        self.arriving[conn] = time.monotonic() + SECONDS_TO_ARRIVE
        self.poller.register(conn.sock, selectors.EVENT_READ, partial(self._receive, conn))
        self._receive(conn, conn.sock)

    def _receive(self, conn: Connection, _sock: PatientSocket) -> None:
        whole = conn.sock.receive()
        if whole is None:
            return
        self.poller.unregister(conn.sock)
        del self.arriving[conn]
        if whole:
            super().enqueue_req(conn)
        else:
            self._forget(conn)

    def finish_request(self, conn: Connection, fs: Any) -> None:
        """After an answer is made: let the client take it, then go on as gunicorn does."""
        if not conn.sock.unsent:
            self._go_on(conn, fs)
            return
        conn.sock.setblocking(False)
        self.leaving[conn] = time.monotonic() + SECONDS_TO_LEAVE
        self.poller.register(conn.sock, selectors.EVENT_WRITE, partial(self._push, conn, fs))

    def _push(self, conn: Connection, fs: Any, _sock: PatientSocket) -> None:
        try:
            conn.sock.push()
        except OSError:
            self._give_up(self.leaving, conn)
            return
        if not conn.sock.unsent:
            self.poller.unregister(conn.sock)
            del self.leaving[conn]
            self._go_on(conn, fs)

    def _go_on(self, conn: Connection, fs: Any) -> None:
        if conn.sock.arrived and conn.parser is not None:
            # Where gunicorn looks for the beginning of a further request.
            conn.parser.unreader.unread(conn.parser.unreader.take_buffered() + bytes(conn.sock.arrived))
            conn.sock.arrived.clear()
        super().finish_request(conn, fs)

    def linger(self, sock: PatientSocket) -> None:
        """Tell the client that nothing follows, and close when it has closed too, or soon after."""
        try:
            sock.shutdown(socket.SHUT_WR)
        except OSError:
            util.close(sock)
            return
        sock.setblocking(False)
        self.lingering[sock] = time.monotonic() + SECONDS_TO_LINGER
        self.poller.register(sock, selectors.EVENT_READ, self._drain)

    def _drain(self, sock: PatientSocket) -> None:
        try:
            ended = not sock.plain.recv(PART, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return
        except OSError:
            ended = True
        if ended:
            self._end(sock)

    def _end(self, sock: PatientSocket) -> None:
        del self.lingering[sock]
        self.poller.unregister(sock)
        util.close(sock)

    def murder_pending(self) -> None:
        """Give up who takes too long."""
        super().murder_pending()
        now = time.monotonic()
        for waiting in (self.arriving, self.leaving):
            for conn in [conn for conn, until in waiting.items() if until <= now]:
                self._give_up(waiting, conn)
        for sock in [sock for sock, until in self.lingering.items() if until <= now]:
            self._end(sock)

    def _give_up(self, waiting: dict[Connection, float], conn: Connection) -> None:
        del waiting[conn]
        self.poller.unregister(conn.sock)
        self._forget(conn)

    def _forget(self, conn: Connection) -> None:
        self.nr_conns -= 1
        conn.close()

    def _cap_keepalive(self, deadline: float) -> None:
        """A worker that stops waits as briefly for requests on their way as for the next one of an open connection."""
        super()._cap_keepalive(deadline)
        latest = time.monotonic() + STOP_KEEPALIVE_LINGER
        self.arriving = {conn: min(until, latest) for conn, until in self.arriving.items()}
