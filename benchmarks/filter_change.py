"""From the click on a filter to the last figure drawn, in a browser, beside a bare application with the same figures."""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, Page

from benchmarks.browsing import LAST_BOX, Pair, open_browser, open_context, open_drawn, serve_pair
from benchmarks.measuring import Measurement

LARGEST_RATIO = 1.3
TIMES, UNCOUNTED = 20, 4


def measure_filter_change(folder: Path) -> list[Measurement]:
    """One panel and five, 30 participants; the product and the bare application take turns."""
    with open_browser() as browser:
        return [
            _measure(folder, browser, "filter change to drawn, one panel", "analyte=cd4"),
            _measure(folder, browser, "filter change to drawn, five panels", ""),
        ]


def _measure(folder: Path, browser: Browser, name: str, query: str) -> Measurement:
    inside = folder / (query or "all")
    inside.mkdir()
    with serve_pair(inside, browser, query) as pair:
        product, bare = _take_turns(browser, pair)
    return Measurement(name, "ms", product, LARGEST_RATIO, bare)


def _take_turns(browser: Browser, pair: Pair) -> tuple[tuple[float, ...], tuple[float, ...]]:
    contexts = [open_context(browser), open_context(browser)]
    pages = [open_drawn(context, address, pair.figures) for context, address in zip(contexts, (pair.product, pair.bare), strict=True)]
    turns = [[_change(page, pair.figures) for page in pages] for _ in range(UNCOUNTED + TIMES)][UNCOUNTED:]
    for context in contexts:
        context.close()
    product, bare = zip(*turns, strict=True)
    return product, bare


def _change(page: Page, figures: int) -> float:
    page.bring_to_front()
    return float(page.evaluate("([box, count]) => window.benchmark.change(box, count)", [LAST_BOX, figures]))
