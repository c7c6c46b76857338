"""The review in a browser: a change of the filter keeps the lock and rewrites listings, links and figures together."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, Check

# Milliseconds: nothing of a review has been computed when it is opened first, and all of it is on one page.
FIRST_DRAWING = 30_000


def test_a_filter_keeps_the_lock_and_changes_listings_and_links(page: Page) -> None:
    page.goto(f"{STUDY}/interim")
    expect(page).to_have_url(re.compile("cut=[0-9a-f]{10}&until=to-week-36&against=[0-9a-f]{10}$"))
    serious = page.get_by_role("region", name="Serious adverse events")
    expect(serious).to_contain_text("SYN-240-009", timeout=FIRST_DRAWING)
    page.get_by_label("240 µg/kg").first.uncheck()
    expect(page).to_have_url(re.compile("cohort=480,720.*until=to-week-36"), timeout=FIRST_DRAWING)
    expect(serious).not_to_contain_text("SYN-240-009", timeout=FIRST_DRAWING)
    expect(serious).to_contain_text("SYN-480-007")
    expect(
        page.get_by_role("region", name="Accrual and disposition by cohort").get_by_role("columnheader", name="240 µg/kg")
    ).to_have_count(0)
    page.get_by_role("link", name="up to week 60").click()
    expect(page).to_have_url(re.compile("cohort=480,720&until=to-week-60"))
    expect(page.get_by_text("doses, events and states up to day 420")).to_be_visible(timeout=FIRST_DRAWING)
    page.assert_clean()


def test_a_phone_shows_the_review_without_scrolling_sideways(new_page: object, served: object, axe: Check) -> None:
    page: Page = new_page(served.url, width=390, height=844)  # type: ignore[operator, attr-defined]
    page.goto(f"{STUDY}/interim")
    expect(page.get_by_role("heading", name="11. Listings")).to_be_attached(timeout=FIRST_DRAWING)
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    axe(page)
