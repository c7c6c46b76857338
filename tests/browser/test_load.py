"""A reader opens the product, chooses the study and sees on every page that the data are simulated."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import ANALYTES, PLOT, STUDY, Check, captions, open_view, panel, panels

PAGES = ("Overview", "Trajectories", "Thresholds", "Participants", "Exploratory", "Data")


def test_the_study_is_one_click_from_the_first_page_and_synthetic_on_both(page: Page, axe: Check) -> None:
    page.goto("/")
    expect(page.get_by_role("heading", name="Lymphocyte trajectories")).to_be_visible()
    card = page.locator("section").filter(has=page.get_by_role("link", name="Open NCT05600920"))
    expect(card.get_by_text("SYNTHETIC", exact=True)).to_be_visible()
    axe(page)
    card.get_by_role("link", name="Open NCT05600920").click()
    expect(page.get_by_role("heading", name="What the reader must know")).to_be_visible()
    expect(page.get_by_role("banner").get_by_text("SYNTHETIC", exact=True)).to_be_visible()
    axe(page)
    page.assert_clean()


@pytest.mark.parametrize("name", PAGES)
def test_each_page_opens_by_its_link_and_says_synthetic_on_screen_and_on_paper(page: Page, axe: Check, name: str) -> None:
    start = "Trajectories" if name == "Overview" else "Overview"
    page.goto(f"{STUDY}/{start.lower()}")
    page.get_by_role("navigation", name="Pages").get_by_role("link", name=name, exact=True).click()
    expect(page.get_by_role("heading", level=1, name=f"{name}, NCT05600920")).to_be_attached()
    expect(page).to_have_title(f"{name} · NCT05600920 · Lymphotrace")
    for medium in ("print", "screen"):
        page.emulate_media(media=medium)
        expect(page.get_by_role("banner").get_by_text("SYNTHETIC", exact=True)).to_be_visible()
    axe(page)
    page.assert_clean()


@pytest.mark.parametrize(("path", "figures"), [("/trajectories", 5), ("/thresholds", 5), ("/participants/SYN-240-001", 1)])
def test_synthetic_is_drawn_inside_every_figure_and_said_in_every_caption(page: Page, axe: Check, path: str, figures: int) -> None:
    open_view(page, path)
    plots = panels(page).locator(PLOT)
    expect(plots).to_have_count(figures)
    for plot in plots.all():
        expect(plot.locator(".annotation").get_by_text("SYNTHETIC", exact=True)).to_be_visible()
    assert all("SYNTHETIC data." in caption for caption in captions(page))
    axe(page)
    page.assert_clean()


def test_paper_holds_figures_and_captions_and_no_controls(page: Page) -> None:
    open_view(page, "/trajectories")
    page.emulate_media(media="print")
    for analyte in ANALYTES:
        card = panel(page, f"{analyte} by")
        expect(card.locator(PLOT)).to_be_visible()
        expect(card.get_by_text("SYNTHETIC data.")).to_be_visible()
    for hidden in (
        page.get_by_role("navigation", name="Pages"),
        page.get_by_role("combobox", name="Measure"),
        page.get_by_text("Save").first,
    ):
        expect(hidden).to_be_hidden()
    page.assert_clean()
