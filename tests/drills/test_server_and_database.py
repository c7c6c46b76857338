"""The server and its database break while a signed-in reader looks at a page: the page says so, goes on by itself, loses no choice.

`tests/browser/test_when_things_break.py` has the cases that need no broken server.
"""

from __future__ import annotations

import http.client
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import urlencode, urlsplit

import psycopg
import pytest
from playwright.sync_api import Page, expect

from dashboard.web.unavailable import NO_RECORDS
from tests.browser.journeys import cut_of, forgive, panel, wait_for_view
from tests.postgres import StartedPostgres, started_postgres
from tests.readers import PASSWORD, run, serve_readers, sign_in
from tests.serving import Served

# The first test of an engine waits for its server.
pytestmark = [pytest.mark.slow, pytest.mark.timeout(300)]

STUDY = "/nct05600920"
STALE = "What is shown is not what the controls say."
# What the browser says of a connection that breaks and of an answer that is refused for now.
BROKEN = ("ERR_", "status of 503", "answer 503", "request failed", "Failed to load resource")
PATIENCE_MS = 60_000
SECONDS_STOPPED, SECONDS_LOCKED, SECONDS_TO_RELOAD = 30, 5, 90
LOCK_SQLITE = (
    "import sqlite3, sys\n"
    "connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)\n"
    "connection.execute('BEGIN EXCLUSIVE')\n"
    "print('locked', flush=True)\n"
    "sys.stdin.read()\n"
)


@dataclass(frozen=True)
class Installation:
    """A server with readers, how its database is held by another program, how it is made to answer nobody at all, and the statuses that
    the document of a page may have then."""

    served: Served
    locked: Callable[[], AbstractContextManager[None]]
    stopped: Callable[[], AbstractContextManager[None]]
    while_stopped: tuple[int, ...]


@pytest.fixture(scope="module")
def mortal_server(postgres_server: StartedPostgres) -> Iterator[StartedPostgres]:
    """A PostgreSQL server of this module's own, which may be stopped. Started after the shared one, whose package it uses."""
    assert postgres_server.url
    with started_postgres() as server:
        yield server


@pytest.fixture(scope="module", params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def installation(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """The product on either engine."""
    folder = tmp_path_factory.mktemp(request.param)
    if request.param == "sqlite":
        with serve_readers(folder) as served:
            # SQLite has no server that could stop: that its file is held by another process is the worst that happens to it. It can be
            # read then, so that the document is answered; its figures are not, because the audit cannot be written.
            locked = partial(locked_by_a_process, served.var / "lymphotrace.sqlite")
            yield Installation(served, locked, locked, (200, 503))
        return
    server: StartedPostgres = request.getfixturevalue("mortal_server")
    url = server.database_maker("drill")()
    with serve_readers(folder, DATABASE_URL=url.replace("postgresql://", "postgresql+psycopg://")) as served:
        yield Installation(served, partial(locked_by_a_connection, url), partial(stopped, server), (503,))


@contextmanager
def locked_by_a_process(file: Path) -> Iterator[None]:
    """Another process holds the SQLite database for itself."""
    words = [sys.executable, "-c", LOCK_SQLITE, str(file)]
    with subprocess.Popen(words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        assert process.stdout.readline() == "locked\n"
        try:
            yield
        finally:
            process.stdin.close()


@contextmanager
def locked_by_a_connection(url: str) -> Iterator[None]:
    """Another program holds the tables without which nobody is known and nothing is written."""
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        connection.execute("LOCK TABLE account, audit_event IN ACCESS EXCLUSIVE MODE")
        yield


@contextmanager
def stopped(server: StartedPostgres) -> Iterator[None]:
    """PostgreSQL does not run."""
    server.stop()
    try:
        yield
    finally:
        server.start()


@pytest.fixture
def reading(installation: Installation, new_page: Callable[..., Page]) -> Iterator[Page]:
    """A member of the board at the trajectories. At the end the page must be as its controls say, and the audit unbroken."""
    page = new_page(installation.served.url)
    page.set_default_timeout(PATIENCE_MS)
    page.goto(f"{STUDY}/trajectories")
    sign_in(page, "dora")
    expect(page.get_by_text("Signed in as dora")).to_be_visible(timeout=PATIENCE_MS)
    wait_for_view(page)
    yield page
    run("audit", "verify", served=installation.served)


def leave_out_men(page: Page) -> None:
    page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()


def expect_recovery(page: Page, cut: str) -> None:
    """The page shows the choice that was made while things were broken; nothing was clicked or reloaded."""
    expect(panel(page, "CD4 by")).to_contain_text("women; n = ", timeout=PATIENCE_MS)
    wait_for_view(page, f"cut={cut}&sex=F")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(page.get_by_text("Signed in as dora")).to_be_visible()
    forgive(page, *BROKEN)
    page.assert_clean()  # type: ignore[attr-defined]


def workers(served: Served) -> list[int]:
    """The processes that answer requests."""
    master = served.process.pid
    return [int(word) for word in Path(f"/proc/{master}/task/{master}/children").read_text().split()]


def test_a_worker_killed_in_the_middle_of_an_answer_costs_no_choice(installation: Installation, reading: Page) -> None:
    cut = cut_of(reading)
    # While the tables are held by another program, the answer is certainly in the middle.
    with installation.locked():
        with reading.expect_request("**/_dash-update-component**"):
            leave_out_men(reading)
        for number in workers(installation.served):
            os.kill(number, signal.SIGKILL)
        expect(reading.get_by_role("alert")).to_contain_text(STALE)
    expect_recovery(reading, cut)


def test_a_database_held_by_another_program_is_told_and_waited_for(installation: Installation, reading: Page) -> None:
    cut = cut_of(reading)
    with installation.locked():
        leave_out_men(reading)
        expect(reading.get_by_role("alert")).to_contain_text(f"The server has not answered yet. {STALE}")
        reading.wait_for_timeout(1000 * SECONDS_LOCKED)
        expect(panel(reading, "CD4 by")).to_contain_text("n = 30 of 30")
        expect(reading.locator("body")).to_have_class("is-stale")
    expect_recovery(reading, cut)


def test_a_database_stopped_for_half_a_minute_is_told_and_waited_for(installation: Installation, reading: Page) -> None:
    cut, late = cut_of(reading), reading.context.new_page()
    with installation.stopped():
        leave_out_men(reading)
        expect(reading.get_by_role("alert")).to_contain_text(STALE)
        answer = late.goto(f"{STUDY}/overview?cut={cut}&sex=F")
        assert answer is not None
        assert answer.status in installation.while_stopped
        assert (NO_RECORDS in answer.text()) is (answer.status == 503)
        expect(late.get_by_role("alert")).to_be_visible(timeout=PATIENCE_MS)
        time.sleep(SECONDS_STOPPED)
        expect(reading.get_by_role("alert")).to_contain_text(STALE)
    expect_recovery(reading, cut)
    # The page that could not be opened opens by itself, at the same view.
    expect(late.get_by_text("Signed in as dora")).to_be_visible(timeout=PATIENCE_MS)
    assert late.url.endswith(f"{STUDY}/overview?cut={cut}&sex=F")


def sign_in_without_a_page(served: Served) -> str:
    """The cookie of a new session."""
    where = urlsplit(served.url)
    connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
    headers = {"Content-Type": "application/x-www-form-urlencoded", "Origin": served.url, "Sec-Fetch-Site": "same-origin"}
    connection.request("POST", "/sign-in", urlencode({"name": "dora", "password": PASSWORD}), headers)
    answer = connection.getresponse()
    cookie = str(answer.headers["Set-Cookie"]).split(";")[0]
    connection.close()
    assert answer.status == 303
    return cookie


def reload_all_workers(served: Served) -> None:
    """Ask for a reload; returns when none of the processes answers any longer that answered before."""
    before, end = set(workers(served)), time.monotonic() + SECONDS_TO_RELOAD
    os.kill(served.process.pid, signal.SIGHUP)
    while before & set(workers(served)):
        assert time.monotonic() < end, "workers from before the reload are still there"
        time.sleep(0.2)


def test_a_reload_under_load_loses_no_answer_and_no_session(installation: Installation, reading: Page) -> None:
    served, cut, cookie = installation.served, cut_of(reading), sign_in_without_a_page(installation.served)
    where, go_on = urlsplit(served.url), [True]

    def read() -> list[int]:
        statuses = []
        while go_on[0]:
            connection = http.client.HTTPConnection(where.hostname or "", where.port, timeout=60)
            headers = {"Cookie": cookie, "X-Lymphotrace-Address": f"{STUDY}/overview?cut={cut}"}
            connection.request("GET", "/_dash-layout", headers=headers)
            answer = connection.getresponse()
            answer.read()
            statuses.append(answer.status)
            connection.close()
        return statuses

    with ThreadPoolExecutor(4) as pool:
        readers = [pool.submit(read) for _ in range(4)]
        for _ in range(2):
            reload_all_workers(served)
        leave_out_men(reading)
        go_on[0] = False
        statuses = [status for reader in readers for status in reader.result()]
    assert len(statuses) >= 8
    assert set(statuses) == {200}
    expect_recovery(reading, cut)
