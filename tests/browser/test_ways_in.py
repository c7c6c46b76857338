"""Without a mouse, on a phone, on a small laptop: the same product."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import ANALYTES, PLOT, STUDY, Check, cut_of, open_view, panel, wait_for_view
from tests.serving import Served

PATHS = (
    "/",
    f"{STUDY}/overview",
    f"{STUDY}/trajectories",
    f"{STUDY}/thresholds",
    f"{STUDY}/participants",
    f"{STUDY}/participants/SYN-240-001",
)


def test_tab_walks_from_the_skip_link_through_pages_controls_and_save_menus(page: Page) -> None:
    open_view(page, "/trajectories")
    wanted = [
        page.get_by_role("link", name="Skip to the figures"),
        page.get_by_role("link", name="Lymphotrace"),
        page.get_by_role("button", name="Copy link"),
        page.get_by_text("Save view", exact=True).first.locator("xpath=ancestor-or-self::summary"),
        *(
            page.get_by_role("link", name=name, exact=True)
            for name in ("Overview", "Trajectories", "Thresholds", "Participants", "Safety", "Exploratory", "Interim", "Data")
        ),
        page.get_by_role("group", name="Dose cohort").get_by_label("240 µg/kg"),
    ]
    for element in wanted:
        page.keyboard.press("Tab")
        expect(element).to_be_focused()
    page.get_by_role("combobox", name="Mark").focus()
    card = panel(page, "ALC by")
    page.keyboard.press("Tab")
    expect(card.get_by_text("not shown").locator("xpath=ancestor-or-self::summary")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.get_by_role("link", name="Where a number comes from")).to_be_focused()
    page.keyboard.press("Tab")
    expect(card.get_by_text("Save", exact=True).locator("xpath=ancestor-or-self::summary")).to_be_focused()
    page.keyboard.press("Enter")
    page.keyboard.press("Tab")
    expect(card.get_by_role("link", name="Count records, CSV")).to_be_focused()
    page.assert_clean()


def test_the_skip_link_leads_past_the_controls(page: Page) -> None:
    open_view(page, "/trajectories")
    address = page.url
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    expect(page.get_by_role("main")).to_be_focused()
    page.keyboard.press("Tab")
    expect(panel(page, "ALC by").get_by_text("not shown").locator("xpath=ancestor-or-self::summary")).to_be_focused()
    wait_for_view(page, address.split("?")[1])
    page.assert_clean()


def test_a_choice_is_made_and_a_page_is_opened_with_keys_alone(page: Page, axe: Check) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    measure = page.get_by_role("combobox", name="Measure")
    measure.focus()
    page.keyboard.press("ArrowDown")
    wait_for_view(page, f"cut={cut}&measure=change")
    expect(measure).to_be_focused()
    page.get_by_role("group", name="Sex").get_by_label("Female").focus()
    page.keyboard.press("Space")
    wait_for_view(page, f"cut={cut}&sex=M&measure=change")
    page.get_by_role("link", name="Thresholds", exact=True).focus()
    page.keyboard.press("Enter")
    expect(panel(page, "CD4 responders by cohort")).to_contain_text("men; n = ")
    axe(page)
    page.assert_clean()


@pytest.mark.parametrize("path", PATHS)
def test_no_page_scrolls_sideways_on_a_phone(new_page: Callable[..., Page], served: Served, axe: Check, path: str) -> None:
    phone = new_page(served.url, width=390, height=844)
    phone.goto(path)
    expect(phone.get_by_role("main")).to_be_visible()
    for plot in phone.locator(PLOT).all():
        expect(plot.locator(".plot-container")).to_be_visible()
    assert phone.evaluate("document.documentElement.scrollWidth") == 390
    axe(phone)
    phone.assert_clean()


def test_the_filters_fold_and_unfold_on_a_phone(new_page: Callable[..., Page], served: Served, axe: Check) -> None:
    phone = new_page(served.url, width=390, height=844)
    open_view(phone, "/trajectories")
    cut = cut_of(phone)
    toggle, box = phone.get_by_role("button", name="Filters and choices"), phone.get_by_label("Male", exact=True)
    expect(toggle).to_have_attribute("aria-expanded", "false")
    expect(box).to_be_hidden()
    toggle.click()
    expect(toggle).to_have_attribute("aria-expanded", "true")
    axe(phone)
    box.uncheck()
    wait_for_view(phone, f"cut={cut}&sex=F")
    expect(box).to_be_visible()
    toggle.click()
    expect(box).to_be_hidden()
    phone.assert_clean()


def test_the_five_figures_are_on_a_small_laptop_without_scrolling(page: Page) -> None:
    open_view(page, "/trajectories")
    for analyte in ANALYTES:
        place = panel(page, f"{analyte} by").locator(PLOT).bounding_box()
        assert place is not None
        assert place["x"] + place["width"] <= 1280
        assert place["y"] + place["height"] <= 800
    page.assert_clean()
