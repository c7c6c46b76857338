"""The first visit on a slow line: time to the first figure and bytes, beside a default Dash application with the same figures."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

from playwright.sync_api import Browser, Page

from benchmarks.browsing import open_browser, open_context, serve_pair
from benchmarks.measuring import Measurement

LARGEST_RATIO = 1 / 3
LARGEST_KILOBYTES = 900
TIMES = 5
# 10 Mbit/s in both directions, 40 ms from request to answer.
LINE = {"offline": False, "latency": 40, "downloadThroughput": 10e6 / 8, "uploadThroughput": 10e6 / 8}


@dataclass(frozen=True)
class Load:
    """One first visit: milliseconds to the first figure drawn, and kilobytes transferred until all are drawn."""

    first: float
    kilobytes: float


def measure_cold_load(folder: Path) -> list[Measurement]:
    """The trajectories page with five figures; every visit with an empty cache, the two applications take turns."""
    with open_browser() as browser, serve_pair(folder, browser, "") as pair:
        turns = [[_visit(browser, address, pair.figures) for address in (pair.product, pair.bare)] for _ in range(TIMES)]
    product, bare = zip(*turns, strict=True)
    kilobytes = tuple(load.kilobytes for load in product)
    return [
        Measurement(
            "cold load to first figure, 10 Mbit/s",
            "ms",
            tuple(load.first for load in product),
            LARGEST_RATIO,
            tuple(load.first for load in bare),
        ),
        Measurement("cold load, transferred", "kB", kilobytes, LARGEST_KILOBYTES),
        Measurement("  of the default Dash application", "kB", tuple(load.kilobytes for load in bare)),
    ]


def _visit(browser: Browser, address: str, figures: int) -> Load:
    context = open_context(browser)
    page = context.new_page()
    received = _slow_down(page)
    page.goto(address)
    first = page.evaluate("count => window.benchmark.first(count)", figures)
    page.wait_for_load_state("networkidle")
    context.close()
    return Load(float(first), sum(received) / 1000)


def _slow_down(page: Page) -> list[float]:
    """Put the line on `page`; the list fills with the bytes of each answer as they came over it, headers included."""
    received: list[float] = []

    def note(event: dict[str, Any]) -> None:
        received.append(event["encodedDataLength"])

    session = page.context.new_cdp_session(page)
    session.on("Network.loadingFinished", note)
    session.send("Network.enable")
    session.send("Network.emulateNetworkConditions", LINE)
    return received
