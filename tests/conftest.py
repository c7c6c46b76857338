"""Fixtures for tests that need a real server: PostgreSQL, the product as the Procfile starts it, and a browser.

What a test asks for says what kind of test it is, so the markers `browser` and `postgres` are added here and cannot be
forgotten. A tool that is missing fails the test and is named; nothing is skipped.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright

from tests.browsing import CHROMIUM_FLAGS, Watch, find_chromium
from tests.postgres import StartedPostgres, started_postgres
from tests.serving import Served, serve

NEEDS_BROWSER, NEEDS_POSTGRES = "chromium", "postgres_server"
# Of the waits for something on a page, in milliseconds.
LONGEST_MS = 20_000
# The drills: every statement and every file call failing in turn, processes killed at random moments.
DRILLS = Path(__file__).parent / "data_access" / "faults"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark each test by the real servers it asks for, before `-m` chooses."""
    for item in items:
        asked_for = getattr(item, "fixturenames", ())
        if NEEDS_BROWSER in asked_for:
            item.add_marker("browser")
        if NEEDS_POSTGRES in asked_for:
            item.add_marker("postgres")
        if DRILLS in item.path.parents:
            item.add_marker("slow")


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[StartedPostgres]:
    """An own PostgreSQL server in a temporary folder, stopped and deleted at the end."""
    with started_postgres() as server:
        yield server


@pytest.fixture(scope="session")
def postgres_database(postgres_server: StartedPostgres) -> Callable[[], str]:
    """Makes a new empty database at each call and returns its address."""
    return postgres_server.database_maker()


@pytest.fixture
def postgres_url(postgres_database: Callable[[], str]) -> str:
    """Address of a new empty PostgreSQL database."""
    return postgres_database()


@pytest.fixture(scope="session")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The product with the demonstration studies, started as the Procfile says."""
    with serve(tmp_path_factory.mktemp("served")) as running:
        yield running


@pytest.fixture(scope="session")
def chromium() -> Path:
    """Path of the browser; the test fails when there is none."""
    return find_chromium()


@pytest.fixture(scope="session")
def browser(chromium: Path) -> Iterator[Browser]:
    """One headless browser for all tests; each page has its own profile. What a test expects may take long on a busy machine."""
    expect.set_options(timeout=LONGEST_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=chromium, headless=True, args=CHROMIUM_FLAGS)
        try:
            yield started
        finally:
            started.close()


@pytest.fixture
def new_page(browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a watched page on a server: `new_page(url, width=1280, height=800, **context options)`.

    Each page has `page.watch` and `page.assert_clean()`. At the end of the test every page must be clean; a test that
    causes an error on purpose looks at `page.watch.findings` and empties it.
    """
    contexts: list[BrowserContext] = []
    watches: list[Watch] = []

    def open_page(url: str, width: int = 1280, height: int = 800, **options: object) -> Page:
        viewport = {"width": width, "height": height}
        contexts.append(browser.new_context(base_url=url, viewport=viewport, locale="en-GB", timezone_id="UTC", **options))
        page = contexts[-1].new_page()
        watches.append(Watch(page, url))
        return page

    yield open_page
    for context in contexts:
        context.close()
    for watch in watches:
        watch.assert_clean()


@pytest.fixture
def page(new_page: Callable[..., Page], served: Served) -> Page:
    """A page on the served product: `page.goto("/nct05600920/overview")`; see `new_page`."""
    return new_page(served.url)


@pytest.fixture(scope="session")
def axe() -> Callable[[Page], None]:
    """`axe(page)` fails when axe-core finds a serious or critical fault of accessibility (WCAG 2.2 A and AA)."""
    rules = {"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa"], "resultTypes": ["violations"]}
    checker = Axe()

    def check(page: Page) -> None:
        violations = checker.run(page, options=rules).response["violations"]
        grave = [fault for fault in violations if fault["impact"] in {"serious", "critical"}]
        lines = [f"{fault['id']} ({fault['impact']}): {node['html'][:200]}" for fault in grave for node in fault["nodes"]]
        assert not lines, "accessibility faults:\n" + "\n".join(lines)

    return check
