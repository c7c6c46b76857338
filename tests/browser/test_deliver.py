"""Delivering on the data page: choose, send, follow, read the report or the refusals, publish, discard."""

from __future__ import annotations

import csv
import re
from collections.abc import Callable, Iterator
from itertools import count
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, Route, expect
from sqlalchemy import Engine

from data_access.engine import create_database_engine
from data_access.locking import import_lock
from tests.browser.journeys import STUDY, Check, forgive
from tests.data_access.deliveries import LB, write_sdtm
from tests.serving import Served, serve

# A test that only reads never meets what these tests publish, because they have a server of their own.
DATA = f"{STUDY}/data"
COUNTS = count(100)
PROCESS_MS = 60_000
DESK = "**/api/v1/nct05600920/deliveries"


@pytest.fixture(scope="module")
def delivering(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    """A server whose data these tests may change."""
    with serve(tmp_path_factory.mktemp("delivering")) as running:
        yield running


@pytest.fixture
def page(new_page: Callable[..., Page], delivering: Served) -> Page:
    return new_page(delivering.url)


@pytest.fixture
def database(delivering: Served) -> Iterator[Engine]:
    """The database of the server."""
    engine = create_database_engine(f"sqlite:///{delivering.var / 'lymphotrace.sqlite'}")
    yield engine
    engine.dispose()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A delivery that can be read; each has another count in it, so that each makes another snapshot."""
    return write_sdtm(tmp_path / "delivery", lb=[{**LB, "LBORRES": str(next(COUNTS))}])


def desk(page: Page) -> Locator:
    """The card on which one delivers."""
    return page.locator(".card-deliver")


def open_desk(page: Page) -> Locator:
    """The card, ready for files."""
    page.goto(DATA)
    card = desk(page)
    expect(card.get_by_role("button", name="Read the delivery")).to_be_visible()
    return card


def expect_said(card: Locator, words: str) -> None:
    """Wait until the card says `words`; a process of its own reads the delivery, and it has to start first."""
    expect(card.get_by_role("status")).to_contain_text(words, timeout=PROCESS_MS)


def choose(card: Locator, folder: Path) -> None:
    """Choose every file of a folder."""
    card.get_by_label("Choose files").set_input_files(sorted(folder.iterdir()))
    expect(card.get_by_role("status")).to_contain_text(f"{len(list(folder.iterdir()))} files chosen")


def read(card: Locator, folder: Path) -> None:
    """Choose the files of a folder and have them read."""
    choose(card, folder)
    card.get_by_role("button", name="Read the delivery").click()


def test_a_delivery_is_chosen_read_and_published_and_readers_see_it(page: Page, axe: Check, folder: Path) -> None:
    card = open_desk(page)
    axe(page)
    choose(card, folder)
    expect(card.get_by_role("list", name="Chosen files")).to_contain_text("lb.csv")
    card.get_by_label("Label").fill("Draft label")
    axe(page)
    card.get_by_role("button", name="Read the delivery").click()
    expect_said(card, "stored as a draft, which readers do not see")
    expect(card.get_by_role("region", name="Rows").get_by_role("row", name=re.compile("^counts"))).to_contain_text("none left out")
    expect(card.get_by_role("definition").first).to_contain_text("2024-03-04, the latest date delivered")
    axe(page)
    card.get_by_label("Label").fill("Published in the browser")
    card.get_by_role("button", name="Publish").click()
    expect_said(card, "readers see it")
    axe(page)
    card.get_by_role("link", name="Open the data cut").click()
    expect(page.get_by_role("banner")).to_contain_text("Published in the browser · 2024-03-04")
    page.assert_clean()


def test_a_refused_delivery_is_a_table_that_can_be_saved(page: Page, axe: Check, tmp_path: Path) -> None:
    bad = write_sdtm(tmp_path / "bad", lb=[LB, {**LB, "LBORRES": "=1+1"}])
    card = open_desk(page)
    read(card, bad)
    expect_said(card, "refused as a whole; nothing was stored")
    row = card.get_by_role("region", name="Reasons for refusing").get_by_role("row", name=re.compile("^lb.csv 2 LBORRES"))
    expect(row).to_contain_text("is no number")
    axe(page)
    with page.expect_download() as download:
        card.get_by_role("button", name="Download as CSV").click()
    saved = list(csv.DictReader(Path(download.value.path()).read_text(encoding="utf-8").splitlines()))
    (found,) = [line for line in saved if line["column"] == "LBORRES"]
    # A spreadsheet must not calculate what a delivery holds.
    assert (found["file"], found["row"], found["value"]) == ("lb.csv", "2", "'=1+1")
    card.get_by_role("button", name="Deliver again").click()
    expect(card.get_by_role("button", name="Read the delivery")).to_be_visible()
    page.assert_clean()


def test_a_reason_about_the_whole_delivery_says_so_and_explains_no_rows(page: Page, axe: Check, tmp_path: Path) -> None:
    card = open_desk(page)
    read(card, write_sdtm(tmp_path / "late", lb=[{**LB, "LBDTC": "2999-03-01"}]))
    expect_said(card, "refused as a whole; nothing was stored")
    reasons = card.get_by_role("region", name="Reasons for refusing")
    expect(reasons.get_by_role("rowheader")).to_have_text("whole delivery")
    expect(reasons.get_by_role("columnheader")).to_have_text(["File", "Value", "Rule"])
    expect(card.get_by_text("Row 1 is the first row below the header.")).to_be_hidden()
    axe(page)
    card.get_by_role("button", name="Deliver again").click()
    page.assert_clean()


def test_the_flags_are_seen_before_publishing_with_their_rows(page: Page, axe: Check, tmp_path: Path) -> None:
    # The second of three counts is ten times its neighbours.
    dated = (("120", "2024-03-01"), ("1200", "2024-03-20"), ("120", "2024-04-10"))
    card = open_desk(page)
    read(card, write_sdtm(tmp_path / "slip", lb=[{**LB, "LBORRES": value, "LBDTC": day} for value, day in dated]))
    expect_said(card, "stored as a draft")
    row = card.get_by_role("region", name="Quality flags").get_by_role("row", name=re.compile("^Probably a unit slip"))
    expect(row.get_by_role("cell").nth(0)).to_have_text("1")
    card.locator("summary").filter(has_text="Probably a unit slip").click()
    listed = card.get_by_role("region", name="Rows: Probably a unit slip")
    expect(listed.get_by_role("row", name=re.compile("^lb 2 P1"))).to_contain_text("1,200 cells/µL")
    expect(card.get_by_role("button", name="Publish")).to_be_visible()
    axe(page)
    card.get_by_role("button", name="Discard").click()
    expect_said(card, "discarded")
    page.assert_clean()


def test_the_field_of_the_cut_date_says_how_the_report_writes_dates(page: Page) -> None:
    expect(open_desk(page).locator("label").filter(has_text="Cut date")).to_contain_text("YYYY-MM-DD in the report")


@pytest.mark.slow
def test_a_new_tab_finds_a_delivery_that_a_closed_tab_has_sent(page: Page, axe: Check, database: Engine, folder: Path) -> None:
    card = open_desk(page)
    with import_lock(database):
        read(card, folder)
        expect_said(card, "Another import is running")
        other = page.context.new_page()
        page.close()
        second = open_desk(other)
        sent = second.get_by_role("list", name="Deliveries on their way")
        expect(sent).to_contain_text("dm.csv and 2 more files: Another import is running")
    expect(sent).to_contain_text("stored as a draft", timeout=PROCESS_MS)
    axe(other)
    second.get_by_role("button", name="Show the delivery of dm.csv").click()
    expect_said(second, "stored as a draft")
    third_page = other.context.new_page()
    third = open_desk(third_page)
    expect(third.get_by_role("list", name="Deliveries on their way")).to_contain_text("stored as a draft")
    second.get_by_role("button", name="Discard").click()
    expect_said(second, "discarded")
    expect(third.get_by_role("list", name="Deliveries on their way")).to_have_count(0)


def test_a_draft_that_is_left_is_under_data_cuts_with_its_report(page: Page, axe: Check, folder: Path) -> None:
    card = open_desk(page)
    read(card, folder)
    expect_said(card, "stored as a draft")
    card.get_by_role("button", name="Leave it as a draft").click()
    expect_said(card, "The draft stays under Data cuts")
    card.get_by_role("list", name="Deliveries on their way").locator("..").get_by_role("link", name="Data cuts").click()
    draft = page.get_by_role("article", name="draft without a label")
    expect(draft.get_by_role("heading", name="draft without a label")).to_be_visible()
    draft.get_by_text("Report of the reading").click()
    expect(draft.get_by_role("region", name="Rows", exact=True).get_by_role("row", name=re.compile("^counts"))).to_contain_text("1")
    expect(draft.get_by_role("region", name="Quality flags")).to_be_visible()
    axe(page)
    draft.get_by_role("button", name="Discard").click()
    expect(draft).to_have_count(0)
    page.assert_clean()


@pytest.mark.parametrize("width", [390, 1280])
def test_what_can_be_done_with_a_data_cut_is_in_reach(new_page: Callable[..., Page], delivering: Served, width: int) -> None:
    page = new_page(delivering.url, width=width, height=800)
    page.goto(f"{DATA}/snapshots")
    final = page.get_by_role("article", name="Final", exact=True)
    final.locator("summary").filter(has_text="Withdraw").click()
    expect(final.get_by_label("Reason to withdraw Final")).to_be_visible()
    for part in (*final.get_by_role("button").all(), *final.locator(".whole").all()):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= width
    # A time is one line: no higher than one and a half of its letters' lines.
    assert final.locator(".whole").evaluate_all("all => all.every(one => one.getClientRects().length === 1)")
    page.assert_clean()


@pytest.mark.slow
def test_another_cut_date_reads_the_same_files_again(page: Page, folder: Path) -> None:
    card = open_desk(page)
    read(card, folder)
    expect_said(card, "stored as a draft")
    expect(card.get_by_role("definition").first).to_contain_text("2024-03-04, the latest date delivered")
    card.get_by_label("Cut date").fill("2024-04-01")
    card.get_by_role("button", name="Read again with this cut date").click()
    expect(card.get_by_role("definition").first).to_contain_text("2024-04-01, as given", timeout=PROCESS_MS)
    card.get_by_role("button", name="Discard").click()
    expect_said(card, "The delivery was discarded; nothing of it is kept.")
    page.assert_clean()


def test_a_delivery_waits_for_another_import_and_is_found_again_after_a_reload(page: Page, database: Engine, folder: Path) -> None:
    card = open_desk(page)
    with import_lock(database):
        read(card, folder)
        expect_said(card, "Another import is running")
        page.reload()
        expect_said(card, "Another import is running")
    expect_said(card, "stored as a draft")
    card.get_by_role("button", name="Read again with this cut date").click()
    expect(card.get_by_role("alert")).to_contain_text("no longer holds the files")
    card.get_by_role("button", name="Discard").click()
    expect_said(card, "discarded")
    page.assert_clean()


def test_a_reading_can_be_discarded(page: Page, database: Engine, folder: Path) -> None:
    card = open_desk(page)
    with import_lock(database):
        read(card, folder)
        expect_said(card, "Another import is running")
        card.get_by_role("button", name="Discard").click()
        expect_said(card, "discarded")
    page.assert_clean()


def test_two_tabs_deliver_beside_each_other(new_page: Callable[..., Page], delivering: Served, folder: Path) -> None:
    cards = [open_desk(new_page(delivering.url)) for _ in range(2)]
    for card in cards:
        read(card, folder)
    for card in cards:
        expect_said(card, "stored as a draft")
    cards[0].get_by_label("Label").fill("From one tab")
    cards[0].get_by_role("button", name="Publish").click()
    expect_said(cards[0], "readers see it")
    cards[1].get_by_role("button", name="Discard").click()
    expect(cards[1].get_by_role("alert")).to_contain_text("withdraw it with a reason")
    cards[1].page.reload()
    expect_said(cards[1], "The same content was published already, as “From one tab”.")
    forgive(cards[1].page, "answer 409", "status of 409")


def test_a_server_that_cannot_be_reached_is_told_in_words(page: Page, axe: Check, folder: Path) -> None:
    card = open_desk(page)
    choose(card, folder)

    def refuse(route: Route) -> None:
        route.abort("connectionrefused")

    page.route(DESK, refuse)
    card.get_by_role("button", name="Read the delivery").click()
    expect(card.get_by_role("alert")).to_contain_text("The server cannot be reached. The files did not arrive")
    axe(page)
    page.unroute(DESK)
    page.route(f"{DESK}/*", refuse)
    card.get_by_role("button", name="Read the delivery").click()
    expect(card.get_by_role("alert")).to_contain_text("A reading that has begun goes on there. This page goes on asking.")
    page.unroute(f"{DESK}/*")
    expect_said(card, "stored as a draft")
    expect(card.get_by_role("alert")).to_be_empty()
    card.get_by_role("button", name="Discard").click()
    expect_said(card, "discarded")
    forgive(page, "ERR_CONNECTION_REFUSED")
    page.assert_clean()


def test_everything_can_be_done_with_the_keyboard(page: Page, folder: Path) -> None:
    card = open_desk(page)
    choose(card, folder)
    card.get_by_role("button", name="Read the delivery").press("Enter")
    expect_said(card, "stored as a draft")
    card.get_by_label("Label").press("Tab")
    expect(card.get_by_label("Cut date")).to_be_focused()
    card.get_by_role("button", name="Discard").press("Space")
    expect_said(card, "discarded")
    # The focus is where the next step begins, not lost.
    assert card.evaluate("card => card.contains(document.activeElement)")
    page.assert_clean()


def test_a_delivery_on_a_phone_is_not_wider_than_the_page(new_page: Callable[..., Page], delivering: Served, folder: Path) -> None:
    page = new_page(delivering.url, width=390, height=844)
    card = open_desk(page)
    read(card, folder)
    expect_said(card, "stored as a draft")
    assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
    card.get_by_role("button", name="Discard").click()
    expect_said(card, "discarded")
    page.assert_clean()
