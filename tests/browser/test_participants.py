"""From a line to the participant behind it, and the table of all of them."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import ANALYTES, PLOT, STUDY, Check, captions, cut_of, open_view, panel, query_of, read_table, wait_for_view
from tests.serving import Served

HIGHEST_POINT = """plot => {
  const best = {y: -Infinity};
  plot._fullData.forEach((trace, place) => {
    if (!trace.text || !trace.customdata) return;
    trace.y.forEach((y, at) => { if (y > best.y) Object.assign(best, {y, x: trace.x[at], name: trace.text[at]}); });
  });
  const {xaxis, yaxis} = plot._fullLayout, box = plot.getBoundingClientRect();
  return {name: best.name, x: box.x + xaxis._offset + xaxis.c2p(best.x), y: box.y + yaxis._offset + yaxis.c2p(best.y)};
}"""


def test_a_click_on_a_line_opens_the_participant_and_back_returns_to_the_view(page: Page, axe: Check) -> None:
    open_view(page, "/trajectories?sex=F")
    address, words = page.url, captions(page)
    point = panel(page, "ALC by").locator(PLOT).evaluate(HIGHEST_POINT)
    page.mouse.move(point["x"], point["y"])
    expect(panel(page, "ALC by").locator(".hoverlayer")).to_contain_text(point["name"])
    page.mouse.click(point["x"], point["y"])
    expect(page.get_by_role("heading", level=1, name=f"Participant {point['name']}")).to_be_attached()
    wait_for_view(page)
    assert f"{STUDY}/participants/{point['name']}?" in page.url
    figure = panel(page, "Counts of participant").locator(PLOT)
    for analyte in ANALYTES:
        expect(figure.locator(".ytitle, .y2title, .y3title, .y4title, .y5title").filter(has_text=analyte).first).to_be_visible()
    given = (panel(page, "Counts of participant").locator(".caption").text_content() or "").count("dose ")
    assert given
    for dose in range(1, given + 1):
        expect(figure.get_by_text(f"D{dose}", exact=True)).to_be_visible()
    times = page.get_by_role("region", name="Table").get_by_role("row")
    expect(times).to_have_count(3)
    expect(times.nth(1)).to_contain_text("≥ 200")
    axe(page)
    page.go_back()
    expect(panel(page, "ALC by")).to_be_visible()
    wait_for_view(page, address.split("?")[1])
    assert (page.url, captions(page)) == (address, words)
    page.assert_clean()


def test_order_and_filter_of_the_table_are_in_the_address_and_survive_in_another_browser(
    page: Page, new_page: Callable[..., Page], served: Served, axe: Check
) -> None:
    cut = _open_grid(page)
    _sort_by_age(page)
    _filter(page, "Sex", "F")
    assert query_of(page) == f"cut={cut}&sort=age.asc&where=sex.has.F"
    rows = read_table(served.url, "participants", query_of(page))
    expect(_names_of(page)).to_have_count(len(rows))
    shown = _names(page)
    assert {row["sex"] for row in rows} == {"F"}
    assert shown == [row["participant"] for row in sorted(rows, key=lambda row: int(row["age"]))]
    axe(page)
    theirs = new_page(served.url, height=1500)
    theirs.goto(page.url)
    expect(_names_of(theirs)).to_have_count(len(rows))
    assert _names(theirs) == shown
    theirs.assert_clean()
    page.assert_clean()


def test_back_and_forward_walk_through_order_and_filter_of_the_table(page: Page) -> None:
    cut = _open_grid(page)
    steps = [(f"cut={cut}", _names(page))]
    _sort_by_age(page)
    steps.append((f"cut={cut}&sort=age.asc", _names(page)))
    _filter(page, "Sex", "M")
    steps.append((f"cut={cut}&sort=age.asc&where=sex.has.M", _names(page)))
    assert len({tuple(names) for _, names in steps}) == 3
    for query, names in reversed(steps[:-1]):
        page.go_back()
        _expect_names(page, query, names)
    for query, names in steps[1:]:
        page.go_forward()
        _expect_names(page, query, names)
    page.assert_clean()


def _expect_names(page: Page, query: str, names: list[str]) -> None:
    expect(page).to_have_url(re.compile(rf"\?{re.escape(query)}$"))
    expect(_names_of(page)).to_have_count(len(names))
    # The rows keep their nodes and move: the first one tells when they have moved.
    expect(page.get_by_role("row", name=re.compile(names[0])).first).to_have_attribute("row-index", "0")
    assert _names(page) == names


@pytest.mark.parametrize("way", ["link", "row", "keyboard"])
def test_a_participant_opens_from_the_table(page: Page, way: str) -> None:
    _open_grid(page)
    name = page.get_by_role("link", name="SYN-240-003")
    if way == "link":
        name.click()
    elif way == "row":
        # The participant is the only one of 27 years.
        page.get_by_role("gridcell", name="27", exact=True).click()
    else:
        page.get_by_role("columnheader", name="Identifier").focus()
        for key in ("ArrowDown", "ArrowDown", "ArrowDown", "Enter"):
            page.keyboard.press(key)
    expect(page.get_by_role("heading", level=1, name="Participant SYN-240-003")).to_be_attached()
    wait_for_view(page)
    page.go_back()
    expect(name).to_be_visible()
    page.assert_clean()


@pytest.mark.parametrize(("column", "text"), [("Sex", "F"), ("Stratum", "below"), ("Dose cohort", "480 µg/kg")])
def test_the_downloaded_table_holds_the_rows_of_the_filtered_table(page: Page, served: Served, column: str, text: str) -> None:
    _open_grid(page)
    _filter(page, column, text)
    link = page.get_by_role("link", name="Download participants as CSV")
    expect(link).to_have_attribute("href", re.compile(r"&where="))
    with page.expect_download() as download:
        link.click()
    saved = Path(download.value.path()).read_text(encoding="utf-8")
    rows = list(csv.DictReader(line for line in saved.splitlines() if not line.startswith("# ")))
    assert 0 < len(rows) < 30
    assert [row["participant"] for row in rows] == _names(page)
    assert rows == read_table(served.url, "participants", query_of(page))
    page.assert_clean()


@pytest.fixture
def page(new_page: Callable[..., Page], served: Served) -> Page:
    """A page so tall that the table draws every row."""
    return new_page(served.url, height=1500)


def _open_grid(page: Page) -> str:
    page.goto(f"{STUDY}/participants")
    expect(_names_of(page)).to_have_count(30)
    return cut_of(page)


def _names_of(page: Page) -> Locator:
    return page.get_by_role("gridcell").get_by_role("link")


def _names(page: Page) -> list[str]:
    """The participants in the order they stand on the screen; the grid's own order of nodes is the order of drawing."""
    return _names_of(page).evaluate_all(
        "links => links.sort((a, b) => a.getBoundingClientRect().y - b.getBoundingClientRect().y).map(link => link.textContent)"
    )


def _sort_by_age(page: Page) -> None:
    page.get_by_role("columnheader", name="Age, years").click()
    expect(page).to_have_url(re.compile(r"sort=age\.asc"))


def _filter(page: Page, column: str, text: str) -> None:
    page.get_by_role("columnheader", name=column).locator(".ag-header-cell-filter-button").click()
    page.get_by_role("textbox", name="Filter Value").fill(text)
    page.keyboard.press("Escape")
    expect(page).to_have_url(re.compile(r"&where="))
