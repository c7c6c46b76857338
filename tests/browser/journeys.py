"""What the journeys have in common: opening a page, waiting for what a reader waits for, and reading what is drawn."""

from __future__ import annotations

import csv
import io
import json
import re
import urllib.request
from collections.abc import Callable
from typing import Any
from urllib.parse import urlsplit

from playwright.sync_api import Locator, Page, Request, Route, expect

STUDY = "/nct05600920"
ANALYTES = ("ALC", "CD4", "CD8", "B", "NK")
PLOT = ".js-plotly-plot"
CALLBACK = "/_dash-update-component"
# What the browser and Dash write into the console when a callback is not answered.
NO_ANSWER = (
    "answer 500",
    "status of 500",
    "answer 429",
    "status of 429",
    "ERR_CONNECTION_REFUSED",
    "Callback error updating",
    "Callback failed: the server did not respond",
)

# Numbers travel as base64 of float32; a gap between two lines is NaN, which JSON does not know.
READ_FIGURE = """plot => {
  const read = value => {
    if (!value || typeof value !== 'object') return value ?? null;
    if (Array.isArray(value)) return value.map(read);
    if (ArrayBuffer.isView(value)) return Array.from(value, one => Number.isFinite(one) ? one : null);
    if (!('bdata' in value)) return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, read(part)]));
    const bytes = Uint8Array.from(atob(value.bdata), letter => letter.charCodeAt(0));
    const numbers = Array.from(new Float32Array(bytes.buffer), one => Number.isFinite(one) ? one : null);
    return value.shape ? {shape: value.shape, numbers} : numbers;
  };
  return plot.data.map(read);
}"""
# The address is written after the figures are drawn, and a way back changes it before; in between, the two differ.
AGREED = """async () => {
  const say = () => [
    window.location.search.slice(1),
    ...Array.from(document.querySelectorAll('.caption[data-view]'), caption => caption.getAttribute('data-view')),
  ];
  const agree = said => said.length > 1 && new Set(said).size === 1;
  const end = Date.now() + 10000;
  while (!agree(say()) && Date.now() < end) await new Promise(resolve => window.setTimeout(resolve, 20));
  return say();
}"""


def query_of(page: Page) -> str:
    """The query of the page's address."""
    return urlsplit(page.url).query


def cut_of(page: Page) -> str:
    """The data cut the address names."""
    found = re.search(r"(?:^|&)cut=([0-9a-f]{10})(?:&|$)", query_of(page))
    assert found, f"no data cut in {page.url}"
    return found[1]


def open_view(page: Page, path: str) -> None:
    """Open an address of the demonstration study and wait until its panels show it."""
    page.goto(f"{STUDY}{path}")
    wait_for_view(page)


def wait_for_view(page: Page, query: str | None = None) -> None:
    """Return when the address has `query` (else: whatever it has), every panel says that it shows it, and all are drawn.

    Without `query` the view before a choice will do as well: whoever waits for the answer to one names it.
    """
    if query is not None:
        expect(page).to_have_url(re.compile(rf"\?{re.escape(query)}(#main)?$"))
    expect(panels(page).first).to_be_visible()
    said = page.evaluate(AGREED)
    assert len(said) > 1, "no caption says which view it shows"
    assert len(set(said)) == 1, f"address and captions differ: {said}"
    assert query is None or said[0] == query
    for card in panels(page).all():
        expect(card.locator(PLOT).locator(".plot-container")).to_be_visible()


def panels(page: Page) -> Locator:
    """The cards that hold a figure and are shown."""
    return page.get_by_role("region").filter(has=page.locator(".figure")).filter(visible=True)


def panel(page: Page, title: str) -> Locator:
    """The card whose title begins with `title`."""
    return page.get_by_role("region", name=re.compile(f"^{re.escape(title)}"))


def captions(page: Page) -> list[str]:
    """The captions of the panels that are shown."""
    return panels(page).locator(".caption").all_text_contents()


def read_figures(page: Page) -> list[Any]:
    """The traces of every figure that is shown, in order."""
    return [plot.evaluate(READ_FIGURE) for plot in panels(page).locator(PLOT).all()]


def read_table(url: str, table: str, query: str, study: str = STUDY) -> list[dict[str, str]]:
    """The rows of an HTTP table."""
    with urllib.request.urlopen(f"{url}/api/v1{study}/{table}.csv?{query}", timeout=30) as answer:
        return list(csv.DictReader(io.TextIOWrapper(answer, "utf-8")))


def fill_and_leave(field: Locator, text: str) -> None:
    """Type into a field and confirm with Enter, so that the focus stays where it is."""
    field.fill(text)
    field.press("Enter")


def toggle(group: str, name: str) -> tuple[Callable[[Page], Locator], Callable[[Locator], object]]:
    """How the box `name` of a group is found, and how it is ticked or unticked by key."""
    return lambda page: page.get_by_role("group", name=group).get_by_label(name, exact=True), lambda box: box.press(" ")


def choose(name: str, label: str) -> tuple[Callable[[Page], Locator], Callable[[Locator], object]]:
    """How the list `name` is found, and how the entry `label` is chosen in it."""
    return lambda page: page.get_by_role("combobox", name=name, exact=True), lambda field: (field.focus(), field.select_option(label=label))


def note_callbacks(page: Page) -> list[str]:
    """A list that grows by the name of every callback the page starts from now on."""
    noted: list[str] = []

    def note(request: Request) -> None:
        if CALLBACK in request.url:
            noted.append(callback_name(request))

    page.on("request", note)
    return noted


def callback_name(request: Request) -> str:
    """“sync” for the callback that keeps address, controls and panels in step, else the outputs."""
    sent = json.loads(request.post_data or "{}")
    return "sync" if "view.data" in sent["output"] else str(sent["output"])


def hold_answer(page: Page) -> Callable[[], None]:
    """Hold the next answer on its way; calling what this returns lets it arrive."""
    held: list[Route] = []
    page.route(f"**{CALLBACK}**", lambda route: held.append(route), times=1)  # noqa: PLW0108 a bound method of a list cannot be marked

    def let_arrive() -> None:
        for _ in range(500):
            if held:
                break
            page.wait_for_timeout(20)
        assert len(held) == 1
        held[0].continue_()

    return let_arrive


def forgive(page: Page, *words: str) -> None:
    """Strike out the findings that a test caused on purpose: those that hold one of `words`. The others stay."""
    watch: Any = page.watch  # type: ignore[attr-defined]
    watch.findings[:] = [finding for finding in watch.findings if not any(word in finding for word in words)]


Check = Callable[[Page], None]
