"""From a flag to its point, from a change to its record, from a number to its source row; and withdrawing a data cut."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, Check, wait_for_view
from tests.serving import Served, serve

DATA = f"{STUDY}/data"
# The first comparison in a process loads both data cuts and the statistics library.
COMPARING_MS = 30_000


def test_a_flag_leads_to_the_participant_whose_points_are_ringed(page: Page, axe: Check) -> None:
    page.goto(f"{DATA}/quality")
    expect(page.get_by_role("heading", name="Quality flags")).to_be_visible()
    axe(page)
    page.get_by_role("link", name="Different values at one time").click()
    listed = page.get_by_role("region", name=re.compile("^Different values at one time"))
    expect(listed.first).to_be_visible()
    axe(page)
    listed.get_by_role("link").filter(has_text="SYN-").first.click()
    wait_for_view(page)
    expect(page).to_have_url(re.compile("mark=flags"))
    expect(page.locator(".caption").first).to_contain_text("Rings:")
    axe(page)
    page.assert_clean()


def test_the_calendar_says_the_state_of_every_planned_visit(page: Page, axe: Check) -> None:
    page.goto(f"{DATA}/quality")
    card = page.get_by_role("region", name="Planned visits by participant")
    expect(card.locator(".plot-container")).to_be_visible()
    expect(card.locator(".caption")).to_contain_text("30 participants × 16 planned visits = 480")
    page.get_by_role("link", name="ALC", exact=True).click()
    expect(card.locator(".caption")).to_contain_text("ALC: 30 participants")
    axe(page)
    page.assert_clean()


def test_changes_lead_from_a_headline_to_the_records_of_a_participant(page: Page, axe: Check) -> None:
    page.goto(f"{DATA}/changes")
    results = page.get_by_role("region", name="Headline results, before → after")
    expect(results.get_by_role("row", name=re.compile("^CD4 ≥ 300 at week 36"))).to_contain_text("→", timeout=COMPARING_MS)
    page.get_by_text("Days with CD4 ≥ 200: ").click()
    expect(page.locator(".reason[open] li").first).to_be_visible()
    axe(page)
    page.get_by_role("region", name="Records that changed").get_by_role("link").first.click()
    wait_for_view(page)
    expect(page).to_have_url(re.compile("mark=changes&against="))
    page.assert_clean()


def test_a_number_on_a_page_leads_to_the_row_of_the_delivered_file(page: Page, axe: Check) -> None:
    page.goto(f"{STUDY}/participants/SYN-240-001")
    wait_for_view(page)
    page.get_by_role("link", name="Where a number comes from").first.click()
    expect(page.get_by_role("heading", name="Participant SYN-240-001", exact=True)).to_be_visible()
    axe(page)
    page.get_by_role("region", name="Numbers of participant SYN-240-001").get_by_role("row", name=re.compile("^Day 11")).get_by_role(
        "link"
    ).nth(1).click()
    source = page.get_by_role("region", name=re.compile("^Source rows")).first
    expect(source.get_by_role("row", name=re.compile("^cp"))).to_be_visible()
    expect(page.get_by_role("heading", level=3).first).to_be_visible()
    axe(page)
    page.assert_clean()


@pytest.fixture(scope="module")
def withdrawing(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose data cuts these tests may withdraw."""
    with serve(tmp_path_factory.mktemp("withdrawing")) as running:
        yield running


def test_a_data_cut_is_verified_and_withdrawn_with_a_reason(new_page: Callable[..., Page], withdrawing: Served, axe: Check) -> None:
    page = new_page(withdrawing.url)
    page.goto(f"{DATA}/snapshots")
    row = page.get_by_role("article", name="Final", exact=True)
    row.get_by_role("button", name="Verify").click()
    expect(row.locator(".said").filter(has_text="The stored rows are the imported rows.")).to_be_visible()
    row.get_by_text("Withdraw").first.click()
    row.get_by_label("Reason to withdraw Final").fill("Laboratory B sent wrong units")
    axe(page)
    row.get_by_role("button", name="Withdraw").click()
    expect(page.get_by_role("article", name="Final", exact=True)).to_contain_text("Laboratory B sent wrong units")
    expect(page.get_by_role("banner")).to_contain_text("Week-36 interim")
    page.assert_clean()
