"""Address, controls and figures say the same, also for those who are quicker than the server; what was left is not brought back."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import CALLBACK, PLOT, choose, cut_of, forgive, hold_answer, open_view, panel, query_of, toggle, wait_for_view

# What the page writes as its address, and what stands there before and after somebody reaches for something.
REACH = """kind => {
  const before = window.location.search;
  window.history.pushState({}, '', before + '&sex=F');
  const meanwhile = window.location.search;
  document.body.dispatchEvent(new Event(kind, {bubbles: true}));
  const after = window.location.search;
  window.history.back();
  return [meanwhile === before, after === before + '&sex=F'];
}"""
TWICE = """() => {
  const before = window.location.search, length = window.history.length;
  for (const sex of ['F', 'M']) window.history.pushState({}, '', before + '&sex=' + sex);
  document.body.dispatchEvent(new Event('click', {bubbles: true}));
  return [window.location.search.slice(before.length), window.history.length - length];
}"""
LEFT = """async () => {
  const before = window.location.search;
  window.history.pushState({}, '', before + '&sex=F');
  window.dispatchEvent(new PopStateEvent('popstate'));
  await new Promise(resolve => window.setTimeout(resolve, 500));
  return window.location.search === before;
}"""


def test_who_reaches_for_something_finds_the_address_written(page: Page) -> None:
    open_view(page, "/trajectories")
    for kind in ("pointerover", "focusin", "keydown", "click"):
        assert page.evaluate(REACH, kind) == [True, True], kind
    page.assert_clean()


def test_each_of_two_changes_one_after_another_is_in_the_history(page: Page) -> None:
    open_view(page, "/trajectories")
    assert page.evaluate(TWICE) == ["&sex=M", 2]


def test_a_view_that_is_left_before_it_was_written_stays_left(page: Page) -> None:
    open_view(page, "/trajectories")
    assert page.evaluate(LEFT)


def test_a_figure_is_made_when_it_is_first_asked_for_and_stays(page: Page) -> None:
    open_view(page, "/trajectories?analyte=cd4")
    expect(page.locator(PLOT)).to_have_count(1)
    cut = cut_of(page)
    find, press = toggle("Counts", "NK")
    press(find(page))
    wait_for_view(page, f"cut={cut}&analyte=cd4,nk")
    expect(page.locator(PLOT)).to_have_count(2)
    panel(page, "NK by").locator(PLOT).evaluate("plot => { plot.sameNode = true }")
    for query in ("analyte=cd4", "analyte=cd4,nk"):
        press(find(page))
        wait_for_view(page, f"cut={cut}&{query}")
    assert panel(page, "NK by").locator(PLOT).evaluate("plot => plot.sameNode")
    assert query_of(page).endswith("analyte=cd4,nk")
    page.assert_clean()


CHANGE_AND_GO_BACK = """wait => {
  const field = document.getElementById('{"control":"measure"}');
  Object.getOwnPropertyDescriptor(HTMLSelectElement.prototype, 'value').set.call(field, 'fold');
  field.dispatchEvent(new Event('change', {bubbles: true}));
  window.setTimeout(() => window.history.back(), wait);
}"""


def measure_of(query: str) -> str:
    """The measure that a query names; empty for the count."""
    found = re.search("measure=([a-z]+)", query)
    return found[1] if found else ""


@pytest.mark.parametrize("milliseconds", [0, 8, 15, 30])
def test_who_goes_back_while_an_answer_arrives_sees_one_view_everywhere(page: Page, milliseconds: int) -> None:
    open_view(page, "/trajectories")
    find, make = choose("Measure", "change")
    cut = cut_of(page)
    make(find(page))
    wait_for_view(page, f"cut={cut}&measure=change")
    page.evaluate(CHANGE_AND_GO_BACK, milliseconds)
    # Long enough for both answers, of which either may be the last.
    page.wait_for_timeout(1500)
    wait_for_view(page)
    assert find(page).input_value() == (measure_of(query_of(page)) or "value")
    page.assert_clean()


def test_a_link_that_is_clicked_before_the_answer_leads_to_the_choice_just_made(page: Page) -> None:
    open_view(page, "/trajectories")
    cut, (find, make) = cut_of(page), choose("Measure", "fold change")
    let_arrive = hold_answer(page)
    make(find(page))
    page.get_by_role("link", name="Thresholds", exact=True).click()
    let_arrive()
    expect(page).to_have_url(re.compile(rf"/thresholds\?cut={cut}&measure=fold$"))
    wait_for_view(page)
    page.go_back()
    expect(page).to_have_url(re.compile(rf"/trajectories\?cut={cut}&measure=fold$"))
    wait_for_view(page)
    page.assert_clean()


def test_a_download_that_is_clicked_before_the_answer_holds_the_choice_just_made(page: Page) -> None:
    open_view(page, "/trajectories?analyte=cd4")
    (find, make), card = toggle("Sex", "Male"), panel(page, "CD4 by")
    card.get_by_text("Save", exact=True).click()
    let_arrive = hold_answer(page)
    make(find(page))
    with page.expect_download() as started:
        card.get_by_role("link", name="Count records, CSV").click()
        let_arrive()
    assert "women" in Path(started.value.path()).read_text(encoding="utf-8-sig")
    wait_for_view(page)
    page.assert_clean()


def test_an_answer_that_breaks_off_is_said_and_the_next_one_heals_it(page: Page) -> None:
    open_view(page, "/trajectories")
    cut, stale = cut_of(page), page.locator("#stale")
    page.route(f"**{CALLBACK}**", lambda route: route.fulfill(status=200, content_type="application/json", body='{"multi": true, "resp'))
    find, press = toggle("Sex", "Male")
    press(find(page))
    expect(stale).to_contain_text("The answer of the server broke off. What is shown is not what the controls say.")
    page.unroute(f"**{CALLBACK}**")
    press(find(page))
    expect(stale).to_be_hidden()
    wait_for_view(page, f"cut={cut}")
    forgive(page, "Callback error updating")
    page.assert_clean()
