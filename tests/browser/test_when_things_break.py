"""Answers that come late, not at all, or out of order: the page says so, goes on by itself, and loses no choice.

The answers are held back or refused between browser and server; `tests/drills` breaks the server itself.
"""

from __future__ import annotations

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.journeys import CALLBACK, NO_ANSWER, Check, callback_name, cut_of, forgive, open_view, panel, wait_for_view
from tests.serving import Served

STALE = "What is shown is not what the controls say."
GOES_ON = "this page goes on by itself"
# A page asks again every few seconds.
PATIENCE_MS = 30_000


def male(page: Page) -> Locator:
    return page.get_by_role("group", name="Sex").get_by_label("Male", exact=True)


def refuse_with(status: int) -> Callable[[Route], None]:
    return lambda route: route.fulfill(status=status, content_type="application/json", body='{"error": "later"}')


def refuse_connection(route: Route) -> None:
    route.abort("connectionrefused")


@pytest.mark.parametrize(
    ("refuse", "words"),
    [
        (refuse_connection, "The server cannot be reached."),
        (refuse_with(503), "The server cannot answer at the moment (status 503)."),
        (refuse_with(429), "The server cannot answer at the moment (status 429)."),
    ],
    ids=["no connection", "503", "429"],
)
def test_a_choice_that_was_not_answered_is_asked_again_until_it_is(
    page: Page, axe: Check, refuse: Callable[[Route], None], words: str
) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    page.route(f"**{CALLBACK}**", refuse)
    male(page).uncheck()
    expect(page.get_by_role("alert")).to_contain_text(f"{words} {STALE}")
    expect(page.get_by_role("alert")).to_contain_text(GOES_ON)
    axe(page)
    page.unroute(f"**{CALLBACK}**")
    # No further choice is made, and nothing is reloaded.
    expect(panel(page, "CD4 by")).to_contain_text("women; n = ", timeout=PATIENCE_MS)
    wait_for_view(page, f"cut={cut}&sex=F")
    expect(page.get_by_role("alert")).to_be_hidden()
    expect(male(page)).not_to_be_checked()
    forgive(page, *NO_ANSWER, "status of 50", "answer 50")
    page.assert_clean()


def test_an_answer_that_keeps_the_reader_waiting_is_told_and_used_when_it_comes(page: Page) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    held: list[Route] = []
    page.route(f"**{CALLBACK}**", lambda route: held.append(route), times=1)  # noqa: PLW0108 a bound method of a list cannot be marked
    male(page).uncheck()
    expect(page.get_by_role("alert")).to_contain_text(f"The server has not answered yet. {STALE}")
    held[0].continue_()
    wait_for_view(page, f"cut={cut}&sex=F")
    expect(page.get_by_role("alert")).to_be_hidden()
    page.assert_clean()


def test_of_two_choices_the_first_of_which_failed_the_second_stands(page: Page) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    page.route(f"**{CALLBACK}**", refuse_connection, times=1)
    male(page).uncheck()
    expect(page.get_by_role("alert")).to_contain_text(STALE)
    sent: list[str] = []
    page.on("request", lambda request: sent.append(callback_name(request)) if CALLBACK in request.url else None)
    page.get_by_role("combobox", name="Measure").select_option(label="fold change")
    wait_for_view(page, f"cut={cut}&sex=F&measure=fold")
    expect(page.get_by_role("alert")).to_be_hidden()
    # The first question does not stand any longer: it is not asked again.
    page.get_by_role("combobox", name="Scale").select_option(label="logarithmic")
    wait_for_view(page, f"cut={cut}&sex=F&measure=fold&scale=log")
    assert sent == ["sync", "sync"]
    forgive(page, *NO_ANSWER)
    page.assert_clean()


def test_a_server_that_goes_away_while_a_page_opens_is_waited_for(page: Page, axe: Check) -> None:
    page.route("**/_dash-layout", refuse_connection)
    page.goto("/nct05600920/trajectories?sex=F")
    expect(page.get_by_role("alert")).to_contain_text(f"The server cannot be reached. It is asked again every few seconds, and {GOES_ON}.")
    page.unroute("**/_dash-layout")
    expect(panel(page, "CD4 by")).to_contain_text("women; n = ", timeout=PATIENCE_MS)
    wait_for_view(page)
    expect(page.get_by_role("alert")).to_be_hidden()
    axe(page)
    forgive(page, *NO_ANSWER)
    page.assert_clean()


def test_two_tabs_of_one_reader_each_keep_their_view(page: Page, served: Served) -> None:
    open_view(page, "/trajectories")
    cut, other = cut_of(page), page.context.new_page()
    other.goto(f"/nct05600920/trajectories?cut={cut}&sex=M")
    wait_for_view(other, f"cut={cut}&sex=M")
    page.get_by_role("combobox", name="Measure").select_option(label="fold change")
    wait_for_view(page, f"cut={cut}&measure=fold")
    other.get_by_role("combobox", name="Scale").select_option(label="logarithmic")
    wait_for_view(other, f"cut={cut}&sex=M&scale=log")
    male(page).uncheck()
    wait_for_view(page, f"cut={cut}&sex=F&measure=fold")
    expect(panel(other, "CD4 by")).to_contain_text("men; n = ")
    wait_for_view(other, f"cut={cut}&sex=M&scale=log")
    page.assert_clean()
