"""A view is saved, listed, opened by its short address and revoked; a saved file that is dropped on a page opens its view again."""

from __future__ import annotations

import base64
import re
import zlib
from collections.abc import Callable
from struct import unpack
from xml.etree import ElementTree

import openpyxl
import pytest
from playwright.sync_api import Page, expect

from tests.browser.journeys import STUDY, Check, cut_of, forgive, open_view, panel, wait_for_view
from tests.browser.test_download import save
from tests.serving import Served

HOSTILE = "<img src=x onerror=\"document.body.dataset.bad='yes'\"><script>alert(1)</script>"
TYPES = {"png": "image/png", "svg": "image/svg+xml", "csv": "text/csv", "pdf": "application/pdf", "txt": "text/plain"}
DROP = """([content, name, type]) => {
  const bytes = Uint8Array.from(atob(content), letter => letter.charCodeAt(0));
  const transfer = new DataTransfer();
  transfer.items.add(new File([bytes], name, { type }));
  return transfer;
}"""


def drop(page: Page, name: str, content: bytes) -> None:
    """Drop a file on the page, as a browser does it."""
    kind = TYPES.get(name.rpartition(".")[2], "application/octet-stream")
    transfer = page.evaluate_handle(DROP, [base64.b64encode(content).decode(), name, kind])
    page.dispatch_event("body", "dragover", {"dataTransfer": transfer})
    page.dispatch_event("body", "drop", {"dataTransfer": transfer})


def save_view(page: Page, name: str, note: str = "", expires: str = "") -> None:
    """Fill in and send the form of the header."""
    page.get_by_text("Save view", exact=True).click()
    page.get_by_label("Name", exact=True).fill(name)
    page.get_by_label(re.compile("^Note")).fill(note)
    page.get_by_label(re.compile("^Last day")).fill(expires)
    page.get_by_role("button", name="Save", exact=True).click()


def test_a_view_is_saved_opened_by_a_colleague_listed_and_revoked(new_page: Callable[..., Page], served: Served, axe: Check) -> None:
    mine = new_page(served.url, permissions=["clipboard-read", "clipboard-write"])
    open_view(mine, "/trajectories?sex=F&measure=change")
    cut = cut_of(mine)
    save_view(mine, f"Women {HOSTILE}", f"First line\n{HOSTILE}", "2999-12-31")
    expect(mine.get_by_text("Saved as “Women")).to_be_visible()
    axe(mine)
    mine.get_by_role("button", name="Copy its address").click()
    expect(mine.get_by_role("button", name="Copied")).to_be_visible()
    address = mine.evaluate("navigator.clipboard.readText()")
    assert re.fullmatch(rf"{served.url}/v/[0-9a-f]{{32}}", address)
    theirs = new_page(served.url)
    theirs.goto(address)
    wait_for_view(theirs, f"cut={cut}&sex=F&measure=change")
    assert theirs.locator("#fingerprint").text_content() == mine.locator("#fingerprint").text_content()
    theirs.goto(f"{STUDY}/data/views")
    entry = theirs.get_by_role("article").filter(has_text="Women <img")
    expect(entry).to_contain_text(f"First line\n{HOSTILE}")
    expect(entry).to_contain_text("opens until the end of 2999-12-31 (UTC)")
    entry.get_by_text("Opened once").click()
    expect(entry.get_by_role("listitem")).to_have_count(1)
    assert theirs.evaluate("document.body.dataset.bad") is None
    axe(theirs)
    entry.get_by_role("button", name=re.compile("^Revoke")).click()
    entry.get_by_role("button", name=re.compile("for good$")).click()
    expect(entry).to_contain_text("Revoked on ")
    answer = mine.goto(address)
    assert answer is not None
    assert answer.status == 410
    expect(mine.get_by_role("heading", name="was revoked")).to_be_visible()
    axe(mine)
    mine.get_by_role("link", name="The study’s overview").click()
    expect(mine.get_by_role("banner")).to_contain_text("NCT05600920")
    forgive(mine, "410")


def test_the_form_says_what_cannot_be_saved_and_escape_closes_it(page: Page) -> None:
    open_view(page, "/thresholds")
    save_view(page, "Too late", expires="2020-01-01")
    expect(page.get_by_text("The last day is over: it is ")).to_be_visible()
    page.get_by_label("Name", exact=True).press("Escape")
    expect(page.get_by_label("Name", exact=True)).to_be_hidden()
    forgive(page, "400")


def test_copy_link_gives_the_canonical_address_of_one_that_was_typed(new_page: Callable[..., Page], served: Served) -> None:
    page = new_page(served.url, permissions=["clipboard-read", "clipboard-write"])
    page.goto(f"{STUDY}/trajectories?scale=linear&measure=change&sex=F")
    expect(panel(page, "CD4 by").locator(".caption")).to_be_visible()
    cut = cut_of(page)
    page.get_by_role("button", name="Copy link").click()
    expect(page.get_by_role("button", name="Copied")).to_be_visible()
    assert page.evaluate("navigator.clipboard.readText()") == f"{served.url}{STUDY}/trajectories?cut={cut}&sex=F&measure=change"


def read_texts(image: bytes) -> dict[str, str]:
    """The texts of a PNG file; every chunk's checksum is compared."""
    place, found = 8, {}
    while place < len(image):
        (length,) = unpack(">I", image[place : place + 4])
        kind, body = image[place + 4 : place + 8], image[place + 8 : place + 8 + length]
        (checksum,) = unpack(">I", image[place + 8 + length : place + 12 + length])
        assert checksum == zlib.crc32(kind + body)
        if kind == b"iTXt":
            keyword, rest = body.split(b"\0", 1)
            found[keyword.decode()] = rest[4:].decode()
        place += 12 + length
    return found


def test_saved_files_say_what_they_are_and_open_their_view_when_dropped(page: Page, served: Served) -> None:
    open_view(page, "/trajectories?cohort=240,480&sex=F")
    address, fingerprint = page.url, str(page.locator("#fingerprint").text_content())
    card = panel(page, "CD4 by")
    files = {kind: save(card, role, name) for kind, role, name in (("png", "button", "Figure, PNG"), ("svg", "button", "Figure, SVG"))}
    files["xlsx"] = save(card, "link", "Count records, Excel")
    texts = read_texts(files["png"].read_bytes())
    assert texts["Source"] == address
    assert "240 µg/kg and 480 µg/kg; women; n = " in texts["Description"]
    assert f"View {fingerprint}. Saved 20" in texts["Comment"]
    drawing = ElementTree.parse(files["svg"]).getroot()  # noqa: S314  (our own file)
    said = {element.tag.rpartition("}")[2]: str(element.text) for element in drawing.iter() if "purl.org/dc" in element.tag}
    assert (said["source"], said["identifier"]) == (address, fingerprint)
    footer = "".join(drawing.itertext())
    assert footer.count(fingerprint) >= 2
    book = openpyxl.load_workbook(files["xlsx"])
    assert book.properties.description == address
    assert "240 µg/kg and 480 µg/kg; women; Participants: n = " in str(book.properties.keywords)
    assert f"Fingerprint of the view: {fingerprint}; Downloaded: 20" in str(book.properties.keywords)
    assert f"View {fingerprint}. 20" in str(book["Rows"].oddFooter.left.text)
    for path in files.values():
        page.goto(f"{STUDY}/overview")
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        drop(page, path.name, path.read_bytes())
        expect(page).to_have_url(address)
        expect(page.locator("#fingerprint")).to_have_text(fingerprint)
    page.assert_clean()  # type: ignore[attr-defined]


def png_of(address: str) -> bytes:
    """The smallest file that says it is a PNG and where it comes from."""
    body = b"iTXtSource\0\0\0\0\0" + address.encode()
    return b"\x89PNG\r\n\x1a\n" + (len(body) - 4).to_bytes(4) + body + zlib.crc32(body).to_bytes(4)


OWN = f"{STUDY}/trajectories?cut=0123456789"
REFUSED = {
    "another server": (png_of(f"https://elsewhere.example{OWN}"), "was saved from another server (elsewhere.example)"),
    "another server with our name in front": (png_of(f"http://127.0.0.1@elsewhere.example{OWN}"), "another server (elsewhere.example)"),
    "a script": (png_of("javascript:alert(1)"), "was saved from another server ()"),
    "no address": (png_of("not an address"), "does not say which view it shows"),
    "nothing": (b"", "does not say which view it shows"),
    "a photograph": (b"\x89PNG\r\n\x1a\n" + b"\0" * 64, "does not say which view it shows"),
    "a damaged workbook": (b"PK\x03\x04" + b"\xff" * 64, "does not say which view it shows"),
    "a note": (b"the view is lost", "does not say which view it shows"),
    "a hostile drawing": (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'><script>alert(1)</script></svg>", "does not say"),
}
# Paths of this server that are no pages of a study.
NO_PAGES = (
    "/sign-out",
    "/v/0123",
    "/api/v1/nct05600920/snapshots?cut=0123456789",
    f"{STUDY}/overview",
    f"{STUDY}/download/x?cut=0123456789",
    f"/%2e%2e/api{OWN}",
)


@pytest.mark.parametrize("case", REFUSED)
def test_a_file_that_names_no_view_of_this_server_is_said_and_not_followed(page: Page, case: str) -> None:
    content, words = REFUSED[case]
    page.goto(f"{STUDY}/overview")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    before = page.url
    drop(page, "<b>figure</b>.png", content)
    said = page.get_by_role("alert").filter(has_text="<b>figure</b>.png")
    expect(said).to_contain_text(words)
    assert page.url == before
    said.get_by_role("button", name="Close").click()
    expect(said).to_have_count(0)


def test_an_address_of_this_server_that_is_no_page_of_a_study_is_not_followed(page: Page, served: Served) -> None:
    page.goto(f"{STUDY}/overview")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    before = page.url
    for path in NO_PAGES:
        drop(page, f"{NO_PAGES.index(path)}.png", png_of(f"{served.url}{path}"))
        expect(page.get_by_role("alert").filter(has_text=f"“{NO_PAGES.index(path)}.png” names an address that is no page")).to_be_visible()
        assert page.url == before


def test_an_address_that_stands_in_the_clear_in_another_file_is_found(page: Page, served: Served) -> None:
    page.goto(f"{STUDY}/overview")
    cut = cut_of(page)
    for name, content in {
        "package.pdf": f"%PDF-1.7\n/URI ({served.url}{STUDY}/trajectories?cut={cut}&sex=F)",
        "package.html": f'<a href="{served.url}{STUDY}/trajectories?cut={cut}&amp;sex=F">view</a>',
        "rows.csv": f"# View: {served.url}{STUDY}/trajectories?cut={cut}&sex=F\nparticipant\n",
    }.items():
        page.goto(f"{STUDY}/overview")
        expect(page.get_by_role("heading", level=1)).to_be_attached()
        drop(page, name, content.encode())
        expect(page).to_have_url(f"{served.url}{STUDY}/trajectories?cut={cut}&sex=F")


@pytest.mark.parametrize("kind", ["pdf", "html"])
def test_a_package_that_was_made_here_opens_its_review_again(page: Page, served: Served, kind: str) -> None:
    page.goto(f"{STUDY}/overview")
    expect(page.get_by_role("heading", level=1)).to_be_attached()
    cut = cut_of(page)
    made = page.request.get(f"{served.url}{STUDY}/download/package.{kind}?cut={cut}&until=to-week-36", timeout=60_000)
    assert made.status == 200
    drop(page, f"package.{kind}", made.body())
    expect(page).to_have_url(re.compile(f"{STUDY}/interim[?]cut={cut}&.*until=to-week-36"))
    name = re.search(r"-([0-9A-Z]{8})[.]", made.headers["content-disposition"])
    assert name is not None
    expect(page.locator("#fingerprint")).to_have_text(name[1], timeout=30_000)
