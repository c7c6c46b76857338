"""A meeting in three real browsers: the chair moves, others follow, leave, stay, rejoin, comment, and read the minutes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field

import pytest
from playwright.sync_api import Locator, Page, expect

from dashboard.settings import Settings
from data_access.repository import SqlRepository
from tests.web.bare_app import on_a_port
from tests.web.guarded import PASSWORD, STUDY, House, build_house
from tests.web.test_meetings import MEETINGS, everyone, no_meeting, save, women

__all__ = ["no_meeting"]
# A page with figures can take a while on a machine that does other things as well.
SOON = 30_000


@dataclass
class Hall:
    """The application on a port, and its browsers."""

    house: House
    url: str
    new_page: Callable[..., Page]
    pages: list[Page] = field(default_factory=list)

    def enter(self, name: str, address: str, **options: int) -> Page:
        """A browser in which `name` signs in on the way to `address`."""
        page = self.new_page(self.url, **options)
        self.pages.append(page)
        page.goto(address)
        page.get_by_label("Name").fill(name)
        page.get_by_label("Password").fill(PASSWORD)
        page.get_by_role("button", name="Sign in").click()
        return page


@pytest.fixture
def hall(demo_settings: Settings, demo_repository: SqlRepository, new_page: Callable[..., Page]) -> Iterator[Hall]:
    house = build_house(demo_settings, demo_repository)
    with on_a_port(house.app) as url:
        opened = Hall(house, url, new_page)
        yield opened
        # Pages in a meeting ask again and again: they end before the server does.
        for page in opened.pages:
            page.close()


def said(page: Page) -> Locator:
    """What the bar says."""
    return page.get_by_role("region", name="Meeting").get_by_role("status").first


def expect_at(page: Page, address: str) -> None:
    """The page has come to `address`, and what it shows is that view."""
    expect(page).to_have_url(re.compile(re.escape(address) + "$"), timeout=SOON)
    query = address.partition("?")[2]
    expect(page.locator(f'.caption[data-view="{query}"]').first).to_be_visible(timeout=SOON)


def fingerprint(page: Page) -> str:
    return page.locator("#fingerprint").inner_text()


def store(page: Page, words: str, kind: str) -> None:
    """Write into the notes of the bar and store."""
    notes = page.get_by_role("region", name="Meeting").locator(".meeting-fold-notes")
    if notes.get_attribute("open") is None:
        notes.locator("summary").click()
    page.get_by_label("Comment or decision").fill(words)
    page.get_by_role("button", name=f"Store {kind}").click()


def convene(hall: Hall, views: Mapping[str, str], check: Callable[[Page], None] | None = None) -> tuple[Page, str]:
    """The chair's page, at the first of these saved views, and the path of the meeting that it leads; `check` sees the pages on the way."""
    browser = hall.house.client("dora")
    for name, address in views.items():
        save(browser, address, name)
        # Views are listed by the time at which they were saved.
        hall.house.clock.move(seconds=1)
    dora = hall.enter("dora", MEETINGS)
    dora.get_by_label("Title").fill("Week-36 review")
    for name in views:
        dora.get_by_role("checkbox", name=name).check()
    if check:
        check(dora)
    dora.get_by_role("button", name="Open the meeting").click()
    expect(dora.get_by_role("heading", level=1)).to_have_text("Week-36 review")
    room = dora.url.removeprefix(hall.url)
    if check:
        check(dora)
    dora.get_by_role("link", name="Lead the meeting").click()
    first, address = next(iter(views.items()))
    expect_at(dora, address)
    expect(said(dora)).to_have_text(f"You lead: item 1 of {len(views)}, {first}.", timeout=SOON)
    return dora, room


def follow(hall: Hall, name: str, room: str, address: str) -> Page:
    """A page that follows the meeting, which is at `address`."""
    page = hall.enter(name, room)
    page.get_by_role("link", name="Follow the meeting").click()
    expect_at(page, address)
    expect(said(page)).to_contain_text("You follow dora:", timeout=SOON)
    return page


def test_others_follow_the_chair_leave_stay_and_rejoin(hall: Hall, axe: Callable[[Page], None]) -> None:
    house = hall.house
    dora, room = convene(hall, {"Women over time": women(house), "Everyone above 300": everyone(house)}, axe)
    ivy = follow(hall, "ivy", room, women(house))
    dora.get_by_role("button", name="Next item").click()
    for page in (dora, ivy):
        expect_at(page, everyone(house))
    expect(said(ivy)).to_have_text("You follow dora: item 2 of 2, Everyone above 300.")
    # What the chair chooses on the page moves the others as well.
    dora.get_by_label("Female").uncheck()
    for page in (dora, ivy):
        expect_at(page, f"{everyone(house)}&sex=M")
    expect(said(ivy)).to_have_text("You follow dora: Thresholds, which is not on the agenda.")
    expect(ivy.locator("#fingerprint")).to_have_text(fingerprint(dora))
    expect(ivy.get_by_role("region", name="Meeting")).to_contain_text("Here: dora, ivy")
    axe(ivy)
    # Who leaves stays, and lands on the present view after rejoining.
    ivy.get_by_role("button", name="Leave").click()
    dora.get_by_role("button", name="Previous item").click()
    expect_at(dora, everyone(house))
    dora.get_by_role("button", name="Previous item").click()
    expect_at(dora, women(house))
    expect(said(ivy)).to_have_text("You left. dora is at item 1 of 2, Women over time.")
    assert ivy.url == f"{hall.url}{everyone(house)}&sex=M"
    ivy.get_by_role("button", name="Rejoin").click()
    expect_at(ivy, women(house))
    # Who goes somewhere alone has left.
    ivy.get_by_role("link", name="Overview").click()
    expect(said(ivy)).to_have_text("You left. dora is at item 1 of 2, Women over time.", timeout=SOON)
    expect(ivy).to_have_url(re.compile("/overview\\?"))


def test_decisions_are_stored_with_the_fingerprint_on_the_page_and_printed(hall: Hall, axe: Callable[[Page], None]) -> None:
    house = hall.house
    dora, room = convene(hall, {"Women over time": women(house), "Everyone above 300": everyone(house)})
    ivy, seen = follow(hall, "ivy", room, women(house)), fingerprint(dora)
    store(dora, "We continue.", "decision")
    expect(dora.get_by_text(f"Decision 1 is stored on view {seen}.")).to_be_visible()
    dora.keyboard.press("Escape")
    ivy.locator(".meeting-fold-notes summary").click()
    expect(ivy.get_by_role("article", name="Decision 1")).to_contain_text(f"view {seen}")
    expect(ivy.get_by_role("button", name="Store decision")).to_be_hidden()
    # A comment belongs to the view on which it was begun.
    ivy.get_by_label("Comment or decision").fill("One is missing.")
    dora.get_by_role("button", name="Next item").click()
    expect_at(ivy, everyone(house))
    expect(ivy.get_by_text(f"Written on view {seen}, which was shown when you began.")).to_be_visible()
    ivy.get_by_role("button", name="Store comment").click()
    expect(ivy.get_by_text(f"Comment 2 is stored on view {seen}.")).to_be_visible()
    axe(ivy)
    # The chair's connection is lost; who comes now lands on the view that was shown last.
    dora.close()
    for _ in range(3):
        # By then the server has answered the last question of the page that was closed.
        ivy.wait_for_event("requestfinished", lambda request: request.url.endswith("/now"))
    house.clock.move(seconds=20)
    lost = "The connection of the chair (dora) is lost. The meeting stays at item 2 of 2, Everyone above 300."
    expect(said(ivy)).to_have_text(lost, timeout=SOON)
    stan = hall.enter("stan", f"{room}/join", width=390, height=844)
    expect_at(stan, everyone(house))
    expect(said(stan)).to_have_text(lost, timeout=SOON)
    axe(stan)
    # The chair comes back and closes; everybody reads the same minutes.
    dora = hall.enter("dora", room)
    dora.get_by_text("Close the meeting").click()
    dora.get_by_role("button", name="Close for good").click()
    expect(dora.get_by_text("Closed 2026-03-01 08:00 UTC by dora.")).to_be_visible()
    expect(said(stan)).to_have_text("The meeting is closed.", timeout=SOON)
    stan.get_by_role("link", name="Minutes").click()
    expect(stan.get_by_role("heading", name="Decision 1")).to_be_visible()
    expect(stan.get_by_text(f"On view {seen}: Trajectories, item 1 of the agenda").first).to_be_visible()
    axe(stan)


@pytest.mark.slow
def test_pages_with_a_document_of_their_own_are_followed_too(hall: Hall) -> None:
    """The table of participants and the review are loaded anew; the bar comes back and the reader is still in the meeting."""
    house = hall.house
    table = f"/{STUDY}/participants?cut={house.interim.cut}"
    dora, room = convene(hall, {"First": women(house), "Table": table})
    ivy = follow(hall, "ivy", room, women(house))
    dora.get_by_role("button", name="Next item").click()
    for page in (dora, ivy):
        expect(page).to_have_url(re.compile(re.escape(table) + "$"), timeout=SOON)
        expect(page.get_by_role("grid").first).to_be_visible(timeout=SOON)
    expect(said(ivy)).to_have_text("You follow dora: item 2 of 2, Table.", timeout=SOON)
    # This link loads a document anew on the chair's side.
    dora.get_by_role("link", name="Interim", exact=True).click()
    for page in (dora, ivy):
        expect(page).to_have_url(re.compile(rf"/{STUDY}/interim\?"), timeout=SOON)
    expect(said(ivy)).to_have_text("You follow dora: Interim, which is not on the agenda.", timeout=SOON)
    expect(ivy.locator("#fingerprint")).to_have_text(fingerprint(dora))


def test_a_view_that_a_follower_may_not_see_is_said_not_to_exist_and_nothing_of_it_is_shown(hall: Hall) -> None:
    house = hall.house
    dora, room = convene(hall, {"Released": women(house), "Board only": f"/{STUDY}/thresholds?cut={house.final.cut}"})
    ivy = follow(hall, "ivy", room, women(house))
    dora.get_by_role("button", name="Next item").click()
    absent = "The meeting is at a view that does not exist. What you see is not what the chair shows."
    expect(said(ivy)).to_have_text(absent, timeout=SOON)
    assert ivy.url == f"{hall.url}{women(house)}"
    ivy.locator(".meeting-fold-agenda summary").click()
    expect(ivy.locator(".meeting-items")).to_contain_text("A view that does not exist")
    assert house.final.cut not in ivy.content()
    assert "Board only" not in ivy.content()
    dora.get_by_role("button", name="Previous item").click()
    expect(said(ivy)).to_have_text("You follow dora: item 1 of 2, Released.", timeout=SOON)
