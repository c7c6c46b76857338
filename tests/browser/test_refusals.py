"""Wrong addresses, hostile ones, and answers that do not come: the page says what is wrong and how to go on."""

from __future__ import annotations

from urllib.parse import quote

import pytest
from playwright.sync_api import Page, Request, Route, expect

from tests.browser.journeys import (
    CALLBACK,
    NO_ANSWER,
    STUDY,
    Check,
    callback_name,
    cut_of,
    forgive,
    note_callbacks,
    open_view,
    panel,
    wait_for_view,
)

HOSTILE = "<img src=x onerror=\"document.title='broken'\"><b>'--"
NOT_FOUND = ("answer 404", "status of 404")


@pytest.mark.parametrize(
    ("path", "kind", "named"),
    [
        ("/nobody/overview", "study", "nobody"),
        (f"{STUDY}/nowhere", "page", "nowhere"),
        (f"{STUDY}/trajectories?cut=0000000000", "published data cut", "0000000000"),
        (f"{STUDY}/participants/NOBODY", "participant", "NOBODY"),
        (f"{STUDY}/participants/{quote(HOSTILE, safe='')}", "participant", HOSTILE),
        (f"/{quote(HOSTILE, safe='')}", "study", HOSTILE),
    ],
)
def test_an_address_of_what_does_not_exist_answers_404_names_it_and_leads_on(
    page: Page, axe: Check, path: str, kind: str, named: str
) -> None:
    answer = page.goto(path)
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text(f"This {kind} does not exist")
    expect(page.get_by_role("main")).to_contain_text(f"“{named}”")
    axe(page)
    forgive(page, *NOT_FOUND)
    page.get_by_role("link", name="All studies").click()
    expect(page.get_by_role("link", name="Open NCT05600920")).to_be_visible()
    page.assert_clean()


def test_choices_that_cannot_be_applied_are_named_one_by_one_and_the_page_is_shown(page: Page, axe: Check) -> None:
    answer = page.goto(f"{STUDY}/trajectories?sex=X&age=90-20&threshold=many&colour=red&scale=log&scale=linear")
    assert answer is not None
    assert answer.status == 200
    notices = page.get_by_role("status")
    for sentence in (
        "Sex “X” was not applied: the values are F, M",
        "Age (years) “90-20” was not applied: the first age must not exceed the second.",
        "Thresholds (cells/µL) “many” was not applied",
        "“colour” is not something this page can show",
        "“scale” stands more than once",
    ):
        expect(notices).to_contain_text(sentence)
    expect(panel(page, "CD4 by")).to_contain_text("n = 30 of 30")
    axe(page)
    cut = cut_of(page)
    page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()
    wait_for_view(page, f"cut={cut}&sex=F")
    expect(notices).to_be_empty()
    page.assert_clean()


def test_a_hostile_value_is_shown_letter_by_letter_and_never_run(page: Page, axe: Check) -> None:
    page.goto(f"{STUDY}/trajectories?cohort={quote(HOSTILE)}&{quote(HOSTILE)}=1")
    notices = page.get_by_role("status")
    # A sentence quotes at most forty characters.
    expect(notices).to_contain_text(f"Cohort “{HOSTILE[:40]}…” was not applied")
    expect(notices).to_contain_text(f"“{HOSTILE[:40]}…” is not something this page can show")
    expect(page.get_by_role("img", name="x")).to_have_count(0)
    expect(page).to_have_title("Trajectories · NCT05600920 · Lymphotrace")
    axe(page)
    page.assert_clean()


def test_a_query_beyond_the_limit_is_refused_in_words(page: Page) -> None:
    page.goto(f"{STUDY}/trajectories?sex={'F' * 2_100}")
    expect(page.get_by_role("status")).to_contain_text("The address is longer than 2,000 characters; none of its choices was applied.")
    expect(panel(page, "CD4 by")).to_contain_text("n = 30 of 30")
    page.assert_clean()


def test_a_query_beyond_what_the_server_reads_answers_414(page: Page) -> None:
    answer = page.goto(f"{STUDY}/trajectories?sex={'F' * 6_000}")
    assert answer is not None
    assert answer.status == 414
    forgive(page, "answer 414", "status of 414", "favicon.ico")
    page.assert_clean()


def _break(page: Page, name: str, how: str) -> None:
    """Let the next answers for the callback `name` fail: “status 500” or “no connection”."""

    def answer(route: Route, request: Request) -> None:
        if callback_name(request) != name:
            route.continue_()
        elif how == "status 500":
            route.fulfill(status=500, content_type="application/json", body="{}")
        else:
            route.abort("connectionrefused")

    page.route(f"**{CALLBACK}**", answer)


@pytest.mark.parametrize("how", ["status 500", "no connection"])
def test_while_one_answer_is_missing_the_page_says_that_it_does_not_show_what_the_controls_say(page: Page, axe: Check, how: str) -> None:
    open_view(page, "/trajectories")
    cut = cut_of(page)
    _break(page, "sync", how)
    callbacks = note_callbacks(page)
    page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()
    alert = page.get_by_role("alert")
    expect(alert).to_be_visible()
    expect(alert).to_contain_text("What is shown is not what the controls say.")
    # A server that cannot be reached is asked again, one that failed is not.
    assert set(callbacks) == {"sync"}
    axe(page)
    page.unroute(f"**{CALLBACK}**")
    page.get_by_role("group", name="Dose cohort").get_by_label("720 µg/kg").uncheck()
    wait_for_view(page, f"cut={cut}&cohort=240,480&sex=F")
    expect(panel(page, "CD4 by")).to_contain_text("240 µg/kg and 480 µg/kg; women; n = ")
    expect(alert).to_be_hidden()
    forgive(page, *NO_ANSWER)
    page.assert_clean()


def test_a_failure_on_one_page_is_not_reported_on_the_next(page: Page) -> None:
    open_view(page, "/trajectories")
    _break(page, "sync", "no connection")
    page.get_by_role("group", name="Sex").get_by_label("Male", exact=True).uncheck()
    expect(page.get_by_role("alert")).to_be_visible()
    page.unroute(f"**{CALLBACK}**")
    page.get_by_role("link", name="Thresholds", exact=True).click()
    # The address, which is the state, never learned of the choice: the next page shows everyone, controls and figures alike.
    expect(panel(page, "CD4 responders by cohort")).to_contain_text("All cohorts; n = 30 of 30")
    expect(page.get_by_role("group", name="Sex").get_by_label("Male", exact=True)).to_be_checked()
    expect(page.get_by_role("alert")).to_be_hidden()
    forgive(page, *NO_ANSWER)
    page.assert_clean()
