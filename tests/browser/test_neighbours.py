"""From one participant to the next, by key and by link."""

from __future__ import annotations

import re

from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, wait_for_view


def test_the_arrow_keys_lead_to_the_neighbours_unless_a_control_has_the_focus(page: Page) -> None:
    page.goto(f"{STUDY}/participants/SYN-240-002")
    wait_for_view(page)
    expect(page.get_by_role("link", name="Next: SYN-240-003")).to_be_visible()
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("heading", level=1, name="Participant SYN-240-003")).to_be_attached()
    page.keyboard.press("ArrowLeft")
    expect(page.get_by_role("heading", level=1, name="Participant SYN-240-002")).to_be_attached()
    page.get_by_role("combobox", name="Scale").focus()
    page.keyboard.press("ArrowRight")
    expect(page).to_have_url(re.compile(r"/SYN-240-002\?.*scale=log"))
    page.get_by_role("link", name="Next: SYN-240-003").click()
    expect(page).to_have_url(re.compile(r"/SYN-240-003\?.*scale=log"))
    page.assert_clean()
