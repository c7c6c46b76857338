"""An address is a view: sent to a colleague, walked back and forward, and pinned to the data it was made with."""

from __future__ import annotations

import re
from collections.abc import Callable

from playwright.sync_api import Page, expect

from tests.browser.journeys import (
    STUDY,
    Check,
    captions,
    cut_of,
    open_view,
    panel,
    query_of,
    read_figures,
    read_table,
    wait_for_view,
)
from tests.serving import Served


def test_a_copied_link_shows_a_colleague_the_same_words_figures_and_rows(new_page: Callable[..., Page], served: Served, axe: Check) -> None:
    mine = new_page(served.url, permissions=["clipboard-read", "clipboard-write"])
    open_view(mine, "/trajectories")
    cut = cut_of(mine)
    mine.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()
    mine.get_by_role("combobox", name="Measure").select_option(label="change")
    wait_for_view(mine, f"cut={cut}&sex=F&measure=change")
    expect(mine.get_by_role("link", name="Thresholds", exact=True)).to_have_attribute(
        "href", re.compile(rf"\?cut={cut}&sex=F&measure=change$")
    )
    mine.get_by_role("button", name="Copy link").click()
    expect(mine.get_by_role("button", name="Copied")).to_be_visible()
    address = mine.evaluate("navigator.clipboard.readText()")
    theirs = new_page(served.url)
    theirs.goto(address)
    wait_for_view(theirs, query_of(mine))
    assert captions(theirs) == captions(mine)
    assert read_figures(theirs) == read_figures(mine)
    rows = read_table(served.url, "trajectories", query_of(theirs))
    assert rows
    assert rows == read_table(served.url, "trajectories", f"cut={cut}&sex=F&measure=change")
    axe(mine)
    mine.assert_clean()
    theirs.assert_clean()


def test_back_and_forward_restore_controls_figures_and_address_at_every_step(page: Page, axe: Check) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    sex = page.get_by_role("group", name="Sex").get_by_label("Male", exact=True)
    measure = page.get_by_role("combobox", name="Measure")
    steps = [_seen(page, f"cut={cut}")]
    sex.uncheck()
    steps.append(_seen(page, f"cut={cut}&sex=F"))
    measure.select_option(label="fold change")
    steps.append(_seen(page, f"cut={cut}&sex=F&measure=fold"))
    page.get_by_role("combobox", name="Time axis").select_option(label="planned visits")
    steps.append(_seen(page, f"cut={cut}&sex=F&measure=fold&x=visit"))
    for step in reversed(steps[:-1]):
        page.go_back()
        assert _seen(page, step["query"]) == step
    for step in steps[1:]:
        page.go_forward()
        assert _seen(page, step["query"]) == step
    axe(page)
    page.assert_clean()


def _seen(page: Page, query: str) -> dict[str, object]:
    wait_for_view(page, query)
    return {
        "query": query,
        "men": page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).is_checked(),
        "measure": page.get_by_role("combobox", name="Measure").input_value(),
        "axis": page.get_by_role("combobox", name="Time axis").input_value(),
        "captions": captions(page),
        "figures": read_figures(page),
    }


def test_the_view_goes_along_from_page_to_page_and_back(page: Page) -> None:
    open_view(page, "/trajectories")
    cut, query = cut_of(page), f"cut={cut_of(page)}&cohort=240,480"
    cohorts = page.get_by_role("group", name="Dose cohort")
    cohorts.get_by_label("720 µg/kg").uncheck()
    wait_for_view(page, query)
    page.get_by_role("link", name="Thresholds", exact=True).click()
    expect(panel(page, "CD4 responders by cohort")).to_contain_text("240 µg/kg and 480 µg/kg; n = 20 of 30")
    wait_for_view(page, query)
    cohorts.get_by_label("480 µg/kg").uncheck()
    wait_for_view(page, f"cut={cut}&cohort=240")
    page.get_by_role("link", name="Participants", exact=True).click()
    expect(page.get_by_text("10 participants in the selection")).to_be_visible()
    page.go_back()
    wait_for_view(page, f"cut={cut}&cohort=240")
    expect(panel(page, "CD4 responders by cohort")).to_contain_text("240 µg/kg; n = 10 of 30")
    page.go_back()
    wait_for_view(page, query)
    expect(cohorts.get_by_label("480 µg/kg")).to_be_checked()
    page.go_back()
    expect(panel(page, "CD4 by")).to_contain_text("240 µg/kg and 480 µg/kg; n = 20 of 30")
    wait_for_view(page, query)
    page.assert_clean()


def test_an_interim_link_keeps_its_numbers_and_offers_the_newer_data(page: Page, served: Served, axe: Check) -> None:
    page.goto(f"{STUDY}/overview")
    final = cut_of(page)
    page.get_by_role("link", name="Week-36 interim").click()
    expect(page.get_by_role("status")).to_contain_text("Newer data exist: Final")
    interim = cut_of(page)
    before = read_table(served.url, "trajectories", f"cut={interim}&sex=F")
    page.get_by_role("link", name="Trajectories", exact=True).click()
    page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()
    wait_for_view(page, f"cut={interim}&sex=F")
    expect(panel(page, "CD4 by")).to_contain_text(f"Data cut Week-36 interim, 2026-01-28, {interim}.")
    axe(page)
    page.get_by_role("link", name="Switch to the newest data cut").click()
    wait_for_view(page, f"cut={final}&sex=F")
    expect(panel(page, "CD4 by")).to_contain_text(f"Data cut Final, 2026-09-30, {final}.")
    expect(page.get_by_role("banner")).to_contain_text(f"Final · 2026-09-30 · {final}")
    expect(page.get_by_text("Newer data exist")).to_have_count(0)
    after = read_table(served.url, "trajectories", f"cut={interim}&sex=F")
    assert before == after
    assert len(read_table(served.url, "trajectories", f"cut={final}&sex=F")) > len(after)
    page.go_back()
    wait_for_view(page, f"cut={interim}&sex=F")
    expect(page.get_by_role("banner")).to_contain_text(f"Week-36 interim · 2026-01-28 · {interim}")
    page.assert_clean()
