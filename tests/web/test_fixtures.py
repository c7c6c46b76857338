"""The tools of the other tests do what they promise: a check that cannot fail would hide every fault."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import psycopg
import pytest
from playwright.sync_api import Page, expect
from plotly.offline import get_plotlyjs_version

from tests.web.bare_app import build_app, on_a_port


@pytest.fixture(scope="module")
def bare_url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with on_a_port(build_app(tmp_path_factory.mktemp("bare"))[0]) as url:
        yield url


@pytest.fixture
def bare_page(bare_url: str, new_page: Callable[..., Page]) -> Page:
    page = new_page(bare_url)
    page.goto("/")
    expect(page.locator(".js-plotly-plot .plot-container")).to_be_visible()
    return page


def test_a_page_draws_its_figure_under_the_content_policy_from_this_server_only(bare_page: Page) -> None:
    expect(bare_page.get_by_text("said: nothing")).to_be_visible()
    assert bare_page.evaluate("Plotly.version") == get_plotlyjs_version()
    assert bare_page.evaluate("document.fonts.check('16px Inter', '→ ≥ µ')")
    bare_page.assert_clean()


def test_a_second_visit_takes_every_file_named_by_its_content_from_the_browser(bare_page: Page) -> None:
    bare_page.goto("/")
    expect(bare_page.get_by_text("said: nothing")).to_be_visible()
    loads = bare_page.evaluate("performance.getEntriesByType('resource').map(entry => [entry.name, entry.transferSize])")
    named = [(name, size) for name, size in loads if re.search(r"/assets/.*\?h=|\.v[\w-]+m[0-9a-f]+\.", name)]
    assert len(named) > 5
    assert [name for name, size in named if size > 0] == []


@pytest.mark.parametrize(
    ("script", "found"),
    [
        ("console.error('broken')", "console: broken"),
        ("setTimeout(() => { throw new Error('thrown') })", "script error: thrown"),
        ("fetch('/assets/none.js')", "answer 404: GET"),
        ("document.head.append(Object.assign(document.createElement('script'), {textContent: '1'}))", "Content Security Policy"),
    ],
)
def test_a_page_that_misbehaves_is_not_clean(bare_page: Page, script: str, found: str) -> None:
    bare_page.evaluate(f"() => {{ {script} }}")
    for _ in range(50):
        if any(found in finding for finding in bare_page.watch.findings):
            break
        bare_page.wait_for_timeout(20)
    with pytest.raises(AssertionError, match="the browser noted"):
        bare_page.assert_clean()
    assert any(found in finding for finding in bare_page.watch.findings)
    bare_page.watch.findings.clear()


def test_a_request_to_another_server_is_not_clean(bare_url: str, new_page: Callable[..., Page]) -> None:
    page = new_page("http://localhost:1")
    page.goto(bare_url)
    expect(page.get_by_text("said: nothing")).to_be_visible()
    with pytest.raises(AssertionError, match=f"request to another server: {bare_url}/"):
        page.assert_clean()
    page.close()
    page.watch.findings.clear()


def test_axe_finds_a_control_without_a_name(bare_page: Page, axe: Callable[[Page], None]) -> None:
    with pytest.raises(AssertionError, match=r"label \(critical\): <input"):
        axe(bare_page)


def test_axe_passes_a_page_without_faults(bare_page: Page, axe: Callable[[Page], None]) -> None:
    bare_page.evaluate("document.querySelector('input').setAttribute('aria-label', 'Word')")
    axe(bare_page)


def test_each_database_is_new_and_empty(postgres_database: Callable[[], str]) -> None:
    first, second = postgres_database(), postgres_database()
    with psycopg.connect(first) as connection:
        connection.execute("CREATE TABLE left_behind ()")
    with psycopg.connect(second) as connection:
        tables = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    assert tables == (0,)


def test_tests_are_marked_by_what_they_ask_for(request: pytest.FixtureRequest) -> None:
    markers = {
        item.originalname: {mark.name for mark in item.iter_markers()} & {"browser", "postgres"}
        for item in request.session.items
        if item.path == request.path
    }
    asked = {"test_each_database_is_new_and_empty": {"postgres"}, "test_axe_passes_a_page_without_faults": {"browser"}}
    assert {name: markers[name] for name in asked if name in markers}.items() <= asked.items()
    assert markers[request.node.originalname] == set()
