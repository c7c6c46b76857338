"""The address is written after the figures; whoever needs it before finds it written, and what was left is not."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from tests.browser.journeys import PLOT, cut_of, open_view, panel, query_of, toggle, wait_for_view

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
