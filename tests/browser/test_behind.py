"""From a number to the participants and rows behind it, and from a point to its participant, in a browser."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.journeys import PLOT, STUDY, Check, open_view, panel

OVERVIEW = "Participants with adverse events by cohort"


def test_a_number_opens_its_participants_by_key_and_leads_back(page: Page, axe: Check) -> None:
    page.goto(f"{STUDY}/safety?sex=F")
    cell = panel(page, OVERVIEW).get_by_role("row", name=re.compile("^Serious event")).get_by_role("link").last
    cell.focus()
    n, of = re.findall(r"\d+", cell.inner_text())[:2]
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(rf"{STUDY}/behind/events:serious::all\?"))
    expect(page.get_by_role("heading", level=2, name="Serious event, all shown")).to_be_visible()
    expect(page.locator(".behind-number")).to_contain_text(f"{n} of {of} dosed participants")
    people = page.get_by_role("region", name="Participants", exact=True)
    expect(people.get_by_role("rowheader")).to_have_count(int(n))
    axe(page)
    name = people.get_by_role("link").first.inner_text()
    people.get_by_role("link").first.click()
    expect(page.get_by_role("heading", level=1, name=f"Participant {name}")).to_be_attached()
    page.go_back()
    page.get_by_role("link", name="Back to the page Safety").click()
    expect(page).to_have_url(re.compile(rf"{STUDY}/safety\?.*sex=F"))
    expect(cell).to_contain_text(f"{n}/{of}")
    axe(page)
    page.assert_clean()


@pytest.mark.parametrize("title", ["Concentration by days", "Highest concentration (Cmax)", "Highest fold of a count"])
def test_a_click_on_a_point_opens_its_participant(page: Page, title: str) -> None:
    open_view(page, "/exploratory")
    plot = panel(page, title).locator(PLOT)
    plot.scroll_into_view_if_needed()
    name = hover_a_point(page, plot)
    page.mouse.down()
    page.mouse.up()
    expect(page.get_by_role("heading", level=1, name=f"Participant {name}")).to_be_attached()
    page.assert_clean()


def hover_a_point(page: Page, plot: Locator) -> str:
    """Put the pointer on a point that is a participant's, and return the name that the hover says; means have none."""
    for point in plot.locator(".trace.scatter .points path").all()[:40]:
        box = point.bounding_box()
        assert box
        page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2, steps=4)
        label = plot.locator(".hoverlayer .hovertext").first
        expect(label).to_be_visible()
        if found := re.search(r"SYN-\d+-\d+", label.text_content() or ""):
            return found[0]
    raise AssertionError("no point of a participant was found")


def test_on_a_phone_what_is_behind_a_number_fits(new_page: object, served: object) -> None:
    narrow: Page = new_page(served.url, width=390, height=844)  # type: ignore[operator, attr-defined]
    narrow.goto(f"{STUDY}/behind/terms:::all")
    expect(narrow.get_by_role("heading", level=2, name="Any event, all shown")).to_be_visible()
    assert narrow.evaluate("document.documentElement.scrollWidth") <= 390
