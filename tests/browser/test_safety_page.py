"""The safety page in a browser: terms fold and stay open over a change of the filter, and are all there on paper."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, Check

TERMS = "Adverse events by body system and term, at the worst grade"
FILTERED = "Filter: only events related to treatment, of any grade."


def test_terms_open_by_key_stay_open_under_a_new_filter_and_print_whole(page: Page, axe: Check) -> None:
    page.goto(f"{STUDY}/safety")
    card = page.get_by_role("region", name=TERMS)
    fold = card.get_by_role("button", name="Investigations")
    rows = card.locator("tr.fold-row")
    expect(fold).to_have_attribute("aria-expanded", "false")
    expect(rows.filter(visible=True)).to_have_count(0)
    fold.focus()
    page.keyboard.press("Enter")
    expect(fold).to_have_attribute("aria-expanded", "true")
    expect(rows.filter(visible=True).first).to_contain_text("Alanine aminotransferase increased")
    page.get_by_label("Relation to treatment").select_option("yes")
    expect(page).to_have_url(re.compile("related=yes"))
    expect(card.locator(".caption")).to_contain_text(FILTERED)
    expect(card.get_by_role("button", name="Investigations")).to_have_attribute("aria-expanded", "true")
    axe(page)
    page.emulate_media(media="print")
    expect(rows.filter(visible=True)).to_have_count(rows.count())
    page.emulate_media(media="screen")
    card.get_by_role("button", name="Open all rows").click()
    expect(card.get_by_role("button", name="Close all rows")).to_be_visible()
    expect(rows.filter(visible=True)).to_have_count(rows.count())
    page.assert_clean()


def test_every_panel_of_events_follows_the_filter_of_the_rail(page: Page, axe: Check) -> None:
    page.goto(f"{STUDY}/safety?related=yes&grade=2&align=each")
    for name in (TERMS, "Onset of adverse events after the latest dose", "Worst grade by participant and week"):
        caption = page.get_by_role("region", name=name).locator(".caption")
        expect(caption).to_contain_text("Filter: only events related to treatment, of grade 2 or higher on CTCAE v5.0.")
    expect(page.get_by_label("Lowest grade")).to_have_value("2")
    expect(page.get_by_label("Weeks since")).to_have_value("each")
    axe(page)
    page.assert_clean()
