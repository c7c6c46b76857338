"""The CDISC pilot, imported as SDTM while the server runs, opens in the same pages."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import PLOT, Check, panel, panels, query_of, read_table, wait_for_view
from tests.serving import Served

PILOT = "/cdiscpilot01"


@pytest.fixture
def page(new_page: Callable[..., Page], served_with_pilot: Served) -> Page:
    """A page on the server that has the pilot."""
    return new_page(served_with_pilot.url)


def test_the_imported_study_appears_without_a_restart_and_is_not_called_synthetic(page: Page, axe: Check) -> None:
    page.goto("/")
    page.get_by_role("link", name="Open CDISCPILOT01").click()
    table = page.get_by_role("table").filter(has_text="Planned").first
    # The pilot's report: 254 randomised, placebo 86, low dose 84, high dose 84.
    for treatment, n in (("Placebo", "86"), ("Xanomeline low dose", "84"), ("Xanomeline high dose", "84")):
        expect(table.get_by_role("row", name=treatment).get_by_role("cell").nth(1)).to_have_text(n)
    expect(page.get_by_text("SYNTHETIC")).to_have_count(0)
    axe(page)
    page.assert_clean()


def test_the_pilot_is_drawn_with_its_one_analyte_and_three_treatments(page: Page, served_with_pilot: Served, axe: Check) -> None:
    page.goto(f"{PILOT}/trajectories")
    wait_for_view(page)
    expect(panels(page)).to_have_count(1)
    expect(panel(page, "ALC by")).to_contain_text("All cohorts; n = 254 of 254")
    expect(panel(page, "ALC by")).not_to_contain_text("SYNTHETIC")
    for label in ("Placebo", "Xanomeline low dose", "Xanomeline high dose"):
        expect(page.get_by_role("group", name="Treatment").get_by_label(label)).to_be_checked()
    rows = read_table(served_with_pilot.url, "trajectories", query_of(page), PILOT)
    assert {row["cohort"] for row in rows} == {"placebo", "low", "high"}
    page.get_by_role("group", name="Treatment").get_by_label("Placebo").uncheck()
    expect(panel(page, "ALC by")).to_contain_text("Xanomeline low dose and Xanomeline high dose; n = 168 of 254")
    axe(page)
    page.assert_clean()


def test_thresholds_participants_and_one_participant_of_the_pilot_open(page: Page, axe: Check) -> None:
    page.goto(f"{PILOT}/thresholds")
    wait_for_view(page)
    expect(panel(page, "ALC responders by")).to_contain_text("n = 254 of 254")
    page.get_by_role("link", name="Participants", exact=True).click()
    expect(page.get_by_text("254 participants in the selection")).to_be_visible()
    first = page.get_by_role("gridcell").get_by_role("link").first
    name = first.text_content()
    axe(page)
    first.click()
    expect(page.get_by_role("heading", level=1, name=f"Participant {name}")).to_be_attached()
    wait_for_view(page)
    expect(panel(page, "Counts of participant").locator(PLOT)).to_be_visible()
    axe(page)
    page.assert_clean()
