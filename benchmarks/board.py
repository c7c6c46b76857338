"""A monitoring board at work: 25 members, signed in, each changing what they look at every few seconds for a minute."""

from __future__ import annotations

import http.client
import json
import random
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from email.message import Message
from pathlib import Path
from statistics import quantiles
from typing import Any
from urllib.parse import urlencode, urlsplit

from benchmarks.measuring import Measurement
from benchmarks.reader import Reader
from tests.postgres import started_postgres
from tests.readers import PASSWORD, STUDY, serve_readers

MEMBERS, SECONDS = 25, 60
SHORTEST_THOUGHT, LONGEST_THOUGHT = 3.0, 8.0
SLOWEST_MS = 400
# In the order in which members are given a page; the review, on which a board works, comes as often as the rest together.
PAGES = ("interim", "trajectories", "interim", "thresholds", "interim", "safety")
# Panels on a screen of 1280 × 800; the rest of a page is asked for afterwards.
IN_SIGHT, FEWEST_IN_SIGHT = {"trajectories": 5}, 2
NAMES = tuple(f"member{number:02}" for number in range(MEMBERS))


@dataclass(frozen=True)
class Answer:
    """An answer as Flask's test client gives it, as far as a Reader looks at it."""

    status_code: int
    headers: Message
    data: bytes

    def get_json(self) -> Any:
        """The body as JSON."""
        return json.loads(self.data)

    def get_data(self, as_text: bool = False) -> Any:
        """The body."""
        return self.data.decode() if as_text else self.data


@dataclass
class Browser:
    """One member's connection to the server, with the cookie of the session."""

    url: str
    cookie: str = ""
    _connection: http.client.HTTPConnection = field(init=False)

    def __post_init__(self) -> None:
        where = urlsplit(self.url)
        self._connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=120)

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Answer:
        """GET `path`."""
        return self._ask("GET", path, None, headers or {})

    def post(self, path: str, json: Any, headers: Mapping[str, str]) -> Answer:
        """POST JSON to `path`."""
        return self._ask("POST", path, _write(json), {"Content-Type": "application/json"} | dict(headers))

    def sign_in(self, name: str) -> None:
        """Keep the cookie of a new session."""
        sent = urlencode({"name": name, "password": PASSWORD}).encode()
        answer = self._ask("POST", "/sign-in", sent, {"Content-Type": "application/x-www-form-urlencoded"})
        assert answer.status_code == 303, answer.data
        self.cookie = answer.headers["Set-Cookie"].split(";")[0]

    def _ask(self, method: str, path: str, body: bytes | None, headers: Mapping[str, str]) -> Answer:
        own = {"Cookie": self.cookie, "Origin": self.url, "Sec-Fetch-Site": "same-origin"}
        try:
            self._connection.request(method, path, body, own | dict(headers))
            answer = self._connection.getresponse()
        except ConnectionError:
            # The server closes connections that were not used for a while; a browser opens another one.
            self._connection.close()
            self._connection.request(method, path, body, own | dict(headers))
            answer = self._connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())


def _write(body: Any) -> bytes:
    return json.dumps(body).encode()


def measure_board(folder: Path) -> list[Measurement]:
    """The times of all view changes of a minute, and their 95th percentile, on either engine."""
    with started_postgres() as server:
        urls = {"SQLite": {}, "PostgreSQL": {"DATABASE_URL": server.database_maker("board")()}}
        return [row for engine, given in urls.items() for row in _measure(folder / engine, engine, given)]


def _measure(folder: Path, engine: str, given: Mapping[str, str]) -> list[Measurement]:
    folder.mkdir()
    with serve_readers(folder, NAMES, **given) as served, ThreadPoolExecutor(MEMBERS) as pool:
        readers = list(pool.map(_open, [served.url] * MEMBERS, range(MEMBERS)))
        end = time.monotonic() + SECONDS
        times = [one for found in pool.map(_work, readers, range(MEMBERS), [end] * MEMBERS) for one in found]
    slowest = quantiles(times, n=20)[-1]
    return [
        Measurement(f"view change among {MEMBERS} members, {engine}", "ms", tuple(times)),
        Measurement(f"  95th percentile, {engine}", "ms", (slowest,), SLOWEST_MS),
    ]


def _open(url: str, number: int) -> Reader:
    browser = Browser(url)
    browser.sign_in(NAMES[number])
    return Reader(browser, f"/{STUDY}/{PAGES[number % len(PAGES)]}")


def _work(reader: Reader, number: int, end: float) -> list[float]:
    """Milliseconds of each view change until `end`, up to what is in sight; each member chooses differently, and the same in every run."""
    mind, times, panels = random.Random(number), [], reader.panels()
    seen = panels[: IN_SIGHT.get(PAGES[number % len(PAGES)], FEWEST_IN_SIGHT)]
    while time.monotonic() + LONGEST_THOUGHT < end:
        time.sleep(mind.uniform(SHORTEST_THOUGHT, LONGEST_THOUGHT))
        times.append(sum(reader.choose("age-from", str(mind.randint(18, 60)), seen).values()))
        if len(seen) < len(panels):
            # Nobody waits for it, but the server makes it.
            reader.draw_rest()
    return times
