"""An address in a printed document is read as it stands and leads where it says, on paper and in the file."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO

import pypdf
import pytest

from dashboard.printing.document import Document, Linked, Listing, Section
from dashboard.printing.package import Package, write_package
from tests.printing.documents import ABOUT

# Longer than a line, with what means something in HTML, in Typst and in an address.
ADDRESS = f"https://trial.example/nct05600920/trajectories?cut=2f563ad9e8&sex=F&who=%3Cb%3E*_{'cohort=240&' * 30}#meeting"


class Links(HTMLParser):
    """Where the links of a page lead, with the words of each."""

    def __init__(self) -> None:
        super().__init__()
        self.found: dict[str, str] = {}
        self.open = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.open = dict(attrs).get("href") or "" if tag == "a" else ""

    def handle_data(self, data: str) -> None:
        if self.open:
            self.found[self.open] = self.found.get(self.open, "") + data

    def handle_endtag(self, tag: str) -> None:
        self.open = ""


@pytest.fixture(scope="module")
def package() -> Package:
    return write_package(Document(ABOUT, (Section("Decisions", (Listing(("Before", Linked("Address: ", ADDRESS), "After")),)),)))


def test_a_link_of_the_html_file_leads_to_the_address_that_it_shows(package: Package) -> None:
    text = package.html.decode("utf-8")
    links = Links()
    links.feed(text)
    assert links.found[ADDRESS] == ADDRESS
    assert '<li>Before</li><li>Address: <a href="https://trial.example/' in text
    assert "</a></li><li>After</li>" in text


def test_each_line_of_an_address_in_the_pdf_leads_to_the_whole_of_it(package: Package) -> None:
    pages = pypdf.PdfReader(BytesIO(package.pdf)).pages
    notes = [note.get_object() for page in pages for note in page.get("/Annots", [])]
    led = [note for note in notes if note["/Subtype"] == "/Link" and "/A" in note and "/URI" in note["/A"]]
    assert {note["/A"]["/URI"] for note in led} == {ADDRESS}
    # Eight numbers, the corners of a rectangle, for each line.
    assert sum(len(note.get("/QuadPoints", [0] * 8)) for note in led) >= 5 * 8
    printed = re.sub(r"\s", "", "".join(page.extract_text() for page in pages))
    assert f"Address:{ADDRESS}" in printed


@pytest.mark.parametrize("address", ["javascript:alert(1)", "data:text/html,x", "/nct05600920/overview", "", " https://trial.example"])
def test_nothing_but_an_address_of_the_web_becomes_a_link(address: str) -> None:
    with pytest.raises(ValueError, match="begins with http:// or https://"):
        Linked("Address: ", address)
