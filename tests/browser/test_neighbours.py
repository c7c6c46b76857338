"""From one participant to the next, by key and by link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, hold_answer, panel, wait_for_view


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


@pytest.mark.parametrize(
    ("keys", "at_last"), [("ArrowRight ArrowRight", "004"), ("ArrowRight ArrowLeft", "002"), ("ArrowLeft ArrowLeft", "001")]
)
def test_who_presses_again_before_the_page_is_there_goes_on_from_it(page: Page, keys: str, at_last: str) -> None:
    page.goto(f"{STUDY}/participants/SYN-240-002")
    wait_for_view(page)
    let_arrive = hold_answer(page)
    for key in keys.split():
        page.keyboard.press(key)
    let_arrive()
    expect(page).to_have_url(re.compile(rf"/SYN-240-{at_last}\?"))
    expect(page.get_by_role("heading", level=1, name=f"Participant SYN-240-{at_last}")).to_be_attached()
    wait_for_view(page)
    expect(panel(page, "Counts of participant")).to_contain_text(f"SYN-240-{at_last}")
    page.assert_clean()


def test_who_goes_back_before_the_page_is_there_stays(page: Page) -> None:
    page.goto(f"{STUDY}/participants")
    page.get_by_role("link", name="SYN-240-002").click()
    wait_for_view(page)
    let_arrive = hold_answer(page)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    page.evaluate("window.history.back()")
    let_arrive()
    expect(page.get_by_role("heading", level=1, name="Participant SYN-240-002")).to_be_attached()
    page.wait_for_timeout(500)
    expect(page).to_have_url(re.compile(r"/SYN-240-002\?"))
    wait_for_view(page)
    page.assert_clean()
