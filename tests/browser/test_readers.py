"""One journey each of an investigator, a member of the board, a statistician, an administrator and a stranger, and their tabs.

One served product with AUTH=password; accounts, roles and releases are made with its commands. The interim cut is released to
investigators and the board, the final one to the board alone.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, Check, fill_and_leave, forgive, panel, panels, wait_for_view
from tests.readers import cuts, serve_readers, sign_in
from tests.serving import Served

# The first test waits for the server and its accounts.
pytestmark = pytest.mark.timeout(300)
PATIENCE_MS = 30_000
NOT_FOUND = ("answer 404", "status of 404")
SIGNED_OUT = ("answer 401", "status of 401")

Enter = Callable[[str, str], Page]


@pytest.fixture(scope="module")
def house(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """The product with its readers."""
    with serve_readers(tmp_path_factory.mktemp("readers")) as served:
        yield served


@pytest.fixture(scope="module")
def final(house: Served) -> str:
    return cuts(house)[0]


@pytest.fixture(scope="module")
def interim(house: Served) -> str:
    return cuts(house)[1]


@pytest.fixture
def enter(house: Served, new_page: Callable[..., Page]) -> Enter:
    """`enter(name, path)`: a browser of its own in which `name` opens `path` and signs in."""

    def arrive(name: str, path: str) -> Page:
        page = new_page(house.url)
        page.goto(path)
        sign_in(page, name)
        expect(page.get_by_text(f"Signed in as {name}")).to_be_visible(timeout=PATIENCE_MS)
        return page

    return arrive


def test_an_investigator_sees_what_is_released_and_nothing_else(enter: Enter, axe: Check, interim: str, final: str) -> None:
    page = enter("ivy", f"{STUDY}/trajectories?sex=F")
    # The link did not name a cut: the newest that is released to investigators.
    wait_for_view(page, f"cut={interim}&sex=F")
    expect(panel(page, "CD4 by")).to_contain_text("women; n = ")
    axe(page)
    page.goto("/")
    expect(page.get_by_role("link", name=re.compile("^Open "))).to_have_count(1)
    for address, words in ((f"{STUDY}/overview?cut={final}", "This published data cut does not exist"), ("/audit", "Nothing here")):
        answer = page.goto(address)
        assert answer is not None
        assert answer.status == 404
        expect(page.get_by_role("heading", level=1)).to_have_text(words)
    page.goto(f"{STUDY}/data")
    expect(page.get_by_text("Your role in this study does not allow delivering data cuts.")).to_be_visible()
    forgive(page, *NOT_FOUND)
    page.assert_clean()  # type: ignore[attr-defined]


def test_a_member_of_the_board_reviews_the_interim_and_saves_what_it_shows(enter: Enter, axe: Check, interim: str) -> None:
    page = enter("dora", f"{STUDY}/interim?cut={interim}")
    expect(page).to_have_url(re.compile(rf"cut={interim}&until=to-week-36$"))
    expect(page.get_by_role("heading", name=re.compile("Accrual|Disposition|accrual"))).not_to_have_count(0, timeout=PATIENCE_MS)
    page.goto(f"{STUDY}/thresholds?cut={interim}&until=to-week-36")
    expect(panels(page).first).to_be_visible(timeout=PATIENCE_MS)
    shown = page.locator("#fingerprint").inner_text()
    page.get_by_text("Save view", exact=True).first.click()
    page.get_by_label("Name", exact=True).fill("Responders at week 36")
    with page.expect_response(f"**/api/v1{STUDY}/views") as saved:
        page.get_by_role("button", name="Save", exact=True).click()
    page.goto(f"/v/{saved.value.json()['id']}")
    expect(page.locator("#fingerprint")).to_have_text(shown)
    axe(page)
    page.assert_clean()  # type: ignore[attr-defined]


def test_a_statistician_sees_every_cut_and_may_deliver(enter: Enter, axe: Check, interim: str, final: str) -> None:
    page = enter("stan", f"{STUDY}/data/snapshots")
    for cut in (interim, final):
        expect(page.get_by_role("main").get_by_text(re.compile(f"SHA-256 {cut}"))).to_be_visible()
    page.get_by_role("link", name="Deliver", exact=True).click()
    expect(page.get_by_role("button", name="Read the delivery")).to_be_visible()
    expect(page.get_by_text("does not allow")).to_have_count(0)
    axe(page)
    page.assert_clean()  # type: ignore[attr-defined]


def test_an_administrator_reads_who_saw_what_and_sees_no_study(enter: Enter, axe: Check, final: str) -> None:
    ivy = enter("ivy", f"{STUDY}/overview?cut={final}")
    forgive(ivy, *NOT_FOUND)
    page = enter("adam", "/")
    expect(page.get_by_role("link", name=re.compile("^Open "))).to_have_count(0)
    page.get_by_role("link", name="Audit").click()
    axe(page)
    fill_and_leave(page.get_by_label("User"), "ivy")
    rows = page.get_by_role("region", name="Rows of the audit").get_by_role("row")
    expect(rows.filter(has_text="signed in").first).to_be_visible()
    page.get_by_role("link", name="All refused").click()
    expect(rows.filter(has_text="ivy").filter(has_text=f"{STUDY}/overview").first).to_contain_text("was refused")
    answer = page.goto(f"{STUDY}/overview")
    assert answer is not None
    assert answer.status == 404
    expect(page.get_by_role("heading", level=1)).to_have_text("This study does not exist")
    forgive(page, *NOT_FOUND)
    page.assert_clean()  # type: ignore[attr-defined]


@pytest.mark.parametrize("path", ["/", f"{STUDY}/interim", "/nobody/overview", "/audit", "/v/AAAAAAAAAAAAAAAAAAAAAA"])
def test_a_stranger_is_asked_to_sign_in_wherever_the_link_leads(
    house: Served, new_page: Callable[..., Page], axe: Check, path: str
) -> None:
    page = new_page(house.url)
    page.goto(path)
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    # What exists and what does not have one answer, and it names nothing.
    expect(page.get_by_role("main")).not_to_contain_text(re.compile("NCT|cut|does not exist"))
    axe(page)
    assert page.request.get(f"/api/v1{STUDY}/participants.csv").status == 401
    page.assert_clean()  # type: ignore[attr-defined]


def test_a_stranger_does_not_get_in_by_guessing(house: Served, new_page: Callable[..., Page]) -> None:
    page = new_page(house.url)
    page.goto(f"{STUDY}/overview")
    sign_in(page, "nobody", "quiet meadow turbine kettle")
    expect(page.get_by_role("alert")).to_have_text("The name or the password is not right. Check both and try again.")
    forgive(page, *SIGNED_OUT)
    page.assert_clean()  # type: ignore[attr-defined]


def test_signing_out_in_one_tab_is_told_in_the_other_and_signing_in_again_goes_on_there(enter: Enter, axe: Check, interim: str) -> None:
    page = enter("dora", f"{STUDY}/trajectories?cut={interim}")
    wait_for_view(page)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    alert = page.get_by_role("alert")
    # Nothing was clicked on this page.
    expect(alert).to_contain_text("You are signed out.")
    axe(page)
    page.get_by_label("Male", exact=True).uncheck()
    expect(alert).to_contain_text("You are signed out. What is shown is not what the controls say.")
    with page.context.expect_page() as opened:
        alert.get_by_role("link", name="Sign in").click()
    sign_in(opened.value, "dora")
    expect(opened.value.get_by_text("Signed in as dora")).to_be_visible(timeout=PATIENCE_MS)
    expect(panel(page, "CD4 by")).to_contain_text("women; n = ", timeout=PATIENCE_MS)
    wait_for_view(page, f"cut={interim}&sex=F")
    expect(alert).to_be_hidden()
    forgive(page, *SIGNED_OUT)
    page.assert_clean()  # type: ignore[attr-defined]


def test_a_page_does_not_go_on_under_the_name_of_another_reader(enter: Enter, interim: str) -> None:
    page = enter("dora", f"{STUDY}/trajectories?cut={interim}")
    wait_for_view(page)
    other = page.context.new_page()
    other.goto("/")
    other.get_by_role("button", name="Sign out").click()
    sign_in(other, "ivy")
    expect(other.get_by_text("Signed in as ivy")).to_be_visible(timeout=PATIENCE_MS)
    expect(page.get_by_role("alert")).to_contain_text("“ivy” has signed in in this browser; this page was opened by “dora”.")
    page.get_by_label("Male", exact=True).uncheck()
    expect(page.get_by_role("alert")).to_contain_text("What is shown is not what the controls say.")
    expect(panel(page, "CD4 by")).to_contain_text("n = 30 of 30")
    page.reload()
    expect(page.get_by_text("Signed in as ivy")).to_be_visible(timeout=PATIENCE_MS)
    wait_for_view(page, f"cut={interim}")
    expect(page.get_by_role("alert")).to_be_hidden()
    forgive(page, *SIGNED_OUT)
    page.assert_clean()  # type: ignore[attr-defined]
