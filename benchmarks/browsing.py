"""A browser for measuring: pages on the product and on the bare application of the same content."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, ViewportSize, sync_playwright

from benchmarks.bare import BOXES, serve_bare
from benchmarks.reader import Reader, open_client
from tests.browsing import CHROMIUM_FLAGS, find_chromium
from tests.serving import serve

TRAJECTORIES = "/nct05600920/trajectories"
LAST_BOX = f'input[value="{BOXES[-1]}"]'
SCRIPT = Path(__file__).with_name("drawn.js")
VIEWPORT: ViewportSize = {"width": 1280, "height": 800}


@dataclass(frozen=True)
class Pair:
    """The addresses of the product and of the bare application with the same `figures` figures."""

    product: str
    bare: str
    figures: int


@contextmanager
def open_browser() -> Iterator[Browser]:
    """One headless Chromium with the flags of the tests."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=find_chromium(), headless=True, args=list(CHROMIUM_FLAGS))
        try:
            yield browser
        finally:
            browser.close()


def open_context(browser: Browser) -> BrowserContext:
    """A profile with an empty cache whose pages note when their figures are drawn."""
    context = browser.new_context(viewport=VIEWPORT, locale="en-GB", timezone_id="UTC")
    context.add_init_script(path=SCRIPT)
    return context


def open_drawn(context: BrowserContext, address: str, figures: int) -> Page:
    """A page with `figures` figures, all drawn."""
    page = context.new_page()
    page.goto(address)
    page.evaluate("count => window.benchmark.settled(count, 0)", figures)
    return page


@contextmanager
def serve_pair(folder: Path, browser: Browser, query: str) -> Iterator[Pair]:
    """The product with the demonstration at a view of the trajectories, and the bare application with its figures."""
    with serve(folder) as served:
        address = f"{served.url}{TRAJECTORIES}?{query}"
        all_ticked, others = _read_contents(served.var, f"{TRAJECTORIES}?{query}")
        sizes = _read_sizes(browser, address, len(all_ticked))
        with serve_bare(folder, all_ticked, others, sizes) as bare:
            yield Pair(address, bare, len(all_ticked))


def _read_contents(var: Path, address: str) -> tuple[list[dict[str, object]], list[dict[str, object]]]:
    """The visible figures with all cohorts, and without the last one, as the product answers them."""
    reader = Reader(open_client(var), address)
    cohorts, contents = reader.value("cohort"), []
    for chosen in (cohorts[:-1], cohorts):
        reader.choose("cohort", chosen)
        contents.append(reader.figures())
    return contents[1], contents[0]


def _read_sizes(browser: Browser, address: str, figures: int) -> list[tuple[float, float]]:
    """Width and height in pixels of each figure as the product lays it out."""
    context = open_context(browser)
    page = open_drawn(context, address, figures)
    sizes = page.evaluate("() => window.benchmark.sizes()")
    context.close()
    return [(float(width), float(height)) for width, height in sizes]
