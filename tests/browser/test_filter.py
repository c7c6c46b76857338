"""A reader changes one choice after another; address, words and figures follow, and nothing is lost on the way."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.journeys import PLOT, Check, choose, cut_of, fill_and_leave, note_callbacks, open_view, panel, toggle, wait_for_view


@dataclass(frozen=True)
class Change:
    """One change of a control: how it is found and made, what it adds to the address, and words the CD4 card then holds."""

    control: str
    find: Callable[[Page], Locator]
    make: Callable[[Locator], object]
    written: str
    says: str
    start: str = ""


def write(role: str, name: str, text: str) -> tuple[Callable[[Page], Locator], Callable[[Locator], object]]:
    return lambda page: page.get_by_role(role, name=name, exact=True), lambda field: fill_and_leave(field, text)


CHANGES = (
    Change("cohort", *toggle("Dose cohort", "720 µg/kg"), "cohort=240,480", "240 µg/kg and 480 µg/kg; n = 20 of 30"),
    Change("sex", *toggle("Sex", "Male"), "sex=F", "All cohorts; women; n = "),
    Change("age from", *write("spinbutton", "from", "40"), "age=40-", "age 40 or more; n = "),
    Change("age to", *write("spinbutton", "to", "40"), "age=-40", "age up to 40; n = "),
    Change(
        "stratum", *toggle("Baseline stratum", "below 100"), "stratum=100-199,200-299,ge300", "CD4 100 to 199, 200 to 299 or 300 or more"
    ),
    Change("analyte", *toggle("Counts", "ALC"), "analyte=cd4,cd8,b,nk", "All cohorts; n = 30 of 30"),
    Change("measure", *choose("Measure", "percent change"), "measure=percent", "Percent change from baseline (the last value"),
    Change("baseline", *choose("Baseline", "mean of values up to day 0"), "base=mean&measure=change", "(the mean of", "measure=change"),
    Change("period", *choose("Period", "up to week 36 (interim)"), "period=to-week-36", "outside the period (up to week 36 (interim))"),
    Change("time axis", *choose("Time axis", "days since latest dose"), "x=dose", "CD4 by days since the latest dose"),
    Change("scale", *choose("Scale", "logarithmic"), "scale=log", "cells/µL, log"),
    Change("show", *toggle("Show", "mean"), "show=lines,median,mean", "Thick: median and mean by cohort"),
    Change("boxes", *toggle("Show", "box plots"), "show=lines,median,box", "Thick: median by cohort"),
    Change("band", *choose("Band", "95 % interval"), "band=ci95", "shaded: 95 % interval"),
    Change("unscheduled", *choose("Unscheduled visits", "left out"), "unscheduled=no", "unscheduled, left out by choice"),
    Change("thresholds", *write("combobox", "Thresholds (cells/µL)", "250"), "threshold=250", "250/µL"),
)


@pytest.mark.parametrize("change", CHANGES, ids=lambda change: change.control)
def test_a_change_reaches_address_words_and_figures_in_one_round_trip_and_loses_nothing(page: Page, change: Change) -> None:
    open_view(page, f"/trajectories?{change.start}")
    cut = cut_of(page)
    page.evaluate(f"document.querySelectorAll('{PLOT}').forEach((plot, place) => {{ plot.sameNode = place + 1 }})")
    callbacks = note_callbacks(page)
    control = change.find(page)
    change.make(control)
    wait_for_view(page, f"cut={cut}&{change.written}")
    expect(panel(page, "CD4 by")).to_contain_text(change.says)
    expect(control).to_be_focused()
    assert page.evaluate(f"[...document.querySelectorAll('{PLOT}')].map(plot => plot.sameNode)") == [1, 2, 3, 4, 5]
    assert callbacks == ["sync"]
    page.assert_clean()


def test_many_changes_in_a_row_need_one_round_trip_each_and_end_where_the_controls_are(page: Page, axe: Check) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    callbacks = note_callbacks(page)
    sexes, cohorts = page.get_by_role("group", name="Sex"), page.get_by_role("group", name="Dose cohort")
    sexes.get_by_label("Male", exact=True).uncheck()
    cohorts.get_by_label("480 µg/kg").uncheck()
    page.get_by_role("combobox", name="Measure").select_option(label="fold change")
    expect(panel(page, "CD4 by")).to_contain_text("240 µg/kg and 720 µg/kg; women; n = ")
    expect(panel(page, "CD4 by")).to_contain_text("Fold change from baseline")
    wait_for_view(page, f"cut={cut}&cohort=240,720&sex=F&measure=fold")
    sexes.get_by_label("Male", exact=True).check()
    cohorts.get_by_label("480 µg/kg").check()
    page.get_by_role("combobox", name="Measure").select_option(label="count")
    wait_for_view(page, f"cut={cut}")
    expect(panel(page, "CD4 by")).to_contain_text("All cohorts; n = 30 of 30")
    assert callbacks.count("sync") == 6
    axe(page)
    page.assert_clean()


def test_an_answer_that_a_later_one_has_overtaken_changes_nothing(page: Page) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    held: list[Route] = []

    def hold_the_first(route: Route) -> None:
        if not held and "url.search" in (route.request.post_data or ""):
            held.append(route)
        else:
            route.continue_()

    page.route("**/_dash-update-component*", hold_the_first)
    page.get_by_role("combobox", name="Measure").select_option(label="fold change")
    page.get_by_role("group", name="Dose cohort").get_by_label("480 µg/kg").uncheck()
    # Dash draws the panels when every request that could still change the view is answered.
    expect(page).to_have_url(re.compile("cohort=240,720&measure=fold$"))
    held[0].continue_()
    wait_for_view(page, f"cut={cut}&cohort=240,720&measure=fold")
    # Had the late answer (all cohorts) been used, its address would lie between this change and the one before.
    page.get_by_role("combobox", name="Scale").select_option(label="logarithmic")
    wait_for_view(page, f"cut={cut}&cohort=240,720&measure=fold&scale=log")
    page.go_back()
    wait_for_view(page, f"cut={cut}&cohort=240,720&measure=fold")
    expect(panel(page, "CD4 by")).to_contain_text("240 µg/kg and 720 µg/kg; n = ")
    page.assert_clean()


def test_an_analyte_that_is_not_chosen_leaves_and_comes_back_drawn(page: Page) -> None:
    open_view(page, "/trajectories")
    cut, counts = cut_of(page), page.get_by_role("group", name="Counts")
    for name in ("ALC", "CD8", "B", "NK"):
        counts.get_by_label(name, exact=True).uncheck()
    for name in ("ALC", "CD8", "B", "NK"):
        expect(panel(page, f"{name} by")).to_be_hidden()
    expect(panel(page, "CD4 by").locator(PLOT)).to_be_visible()
    counts.get_by_label("NK", exact=True).check()
    expect(panel(page, "NK by").locator(".annotation").get_by_text("SYNTHETIC")).to_be_visible()
    wait_for_view(page, f"cut={cut}&analyte=cd4,nk")
    page.assert_clean()


def test_unticking_the_last_cohort_shows_all_and_says_so(page: Page) -> None:
    open_view(page, "/trajectories?cohort=240")
    cut = cut_of(page)
    # Not `uncheck`, which wants to see the box empty: the answer may tick it again before it looks.
    page.get_by_role("group", name="Dose cohort").get_by_label("240 µg/kg").click()
    expect(page.get_by_role("status")).to_contain_text("Cohort: at least one must be chosen, so all are shown.")
    wait_for_view(page, f"cut={cut}")
    expect(page.get_by_role("group", name="Dose cohort").get_by_label("240 µg/kg")).to_be_checked()
    page.assert_clean()


def test_a_selection_without_participants_says_so_and_how_to_go_on(page: Page, axe: Check) -> None:
    open_view(page, "/trajectories?age=119-120")
    expect(page.get_by_role("status")).to_contain_text("No participant meets these filters. Widen the filters")
    axe(page)
    page.assert_clean()
