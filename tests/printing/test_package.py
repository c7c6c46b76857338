"""The two files of a package: complete, paged, readable without a network, and the same bytes for the same document."""

from __future__ import annotations

import hashlib
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime
from io import BytesIO

import pypdf
import pytest
from pypdf.generic import DictionaryObject

from dashboard.panels.describe import Words
from dashboard.printing.columns import SIDEWAYS, UPRIGHT, fit_table
from dashboard.printing.document import Document, Section, Table, document_of_panels
from dashboard.printing.package import Package, write_package
from tests.printing.documents import ABOUT, Shown, panel_document, plain_figure, table_document
from tests.source import ROOT

LONG = Table(
    "Counts",
    ("Participant", "Day", "CD4, cells/µL"),
    tuple((f"P-{row:03}", str(7 * row), f"{1000 + row * 1.5:,.1f}") for row in range(150)),
)


@pytest.fixture(scope="module")
def package() -> Package:
    return write_package(panel_document())


@pytest.fixture(scope="module")
def paper(package: Package) -> pypdf.PdfReader:
    return pypdf.PdfReader(BytesIO(package.pdf))


def pages_of(package: Package) -> list[str]:
    return [page.extract_text() for page in pypdf.PdfReader(BytesIO(package.pdf)).pages]


IN_ANOTHER_PROCESS = """
import hashlib
from dashboard.printing.package import write_package
from tests.printing.documents import panel_document
made = write_package(panel_document())
print(hashlib.sha256(made.html).hexdigest(), hashlib.sha256(made.pdf).hexdigest())
"""


def test_the_same_document_gives_the_same_bytes_in_other_processes_with_other_hashing_time_zone_and_language(package: Package) -> None:
    expected = f"{hashlib.sha256(package.html).hexdigest()} {hashlib.sha256(package.pdf).hexdigest()}"
    for seed, zone, language in (("1", "Pacific/Auckland", "C"), ("2", "America/New_York", "tr_TR.UTF-8")):
        environment = {"PYTHONHASHSEED": seed, "TZ": zone, "LC_ALL": language, "PYTHONPATH": str(ROOT), "HOME": "/nonexistent"}
        done = subprocess.run([sys.executable, "-c", IN_ANOTHER_PROCESS], capture_output=True, text=True, cwd=ROOT, env=environment)
        assert done.returncode == 0, done.stderr
        assert done.stdout.strip() == expected


def test_another_number_gives_other_bytes() -> None:
    first, second = (write_package(table_document(Table("t", ("a", "b"), (("x", number),)))) for number in ("1", "2"))
    assert first.pdf != second.pdf
    assert first.html != second.html


def test_the_pdf_says_its_title_language_and_the_date_of_the_data_cut(paper: pypdf.PdfReader) -> None:
    assert paper.metadata is not None
    assert paper.metadata.title == ABOUT.title
    assert paper.metadata.author == ABOUT.study
    assert paper.metadata.creation_date == datetime(2026, 9, 30, tzinfo=UTC)
    assert paper.root_object["/Lang"] == "en-GB"


def test_the_pdf_is_tagged_and_has_a_text_for_each_figure(paper: pypdf.PdfReader) -> None:
    assert bool(paper.root_object["/MarkInfo"]["/Marked"])
    texts = [str(node["/Alt"]) for node in walk(paper.root_object["/StructTreeRoot"]) if node.get("/S") == "/Figure"]
    assert len(texts) == 3
    assert all("SYNTHETIC" in text for text in texts)
    assert texts[0].startswith("Figure 1. CD4 by weeks since first dose.")


def walk(node: DictionaryObject) -> Iterator[DictionaryObject]:
    yield node
    children = node.get("/K", [])
    for child in children if isinstance(children, list) else [children]:
        if isinstance(found := child.get_object(), DictionaryObject):
            yield from walk(found)


def test_every_page_has_study_cut_fingerprint_the_word_synthetic_and_its_number(paper: pypdf.PdfReader) -> None:
    n = len(paper.pages)
    for number, page in enumerate(paper.pages, start=1):
        text = page.extract_text()
        assert [words for words in (ABOUT.study, ABOUT.cut, ABOUT.fingerprint, "SYNTHETIC DATA") if words not in text] == []
        assert f"Page {number} of {n}" in text


def test_real_data_are_not_called_synthetic() -> None:
    made = write_package(table_document(LONG, replace(ABOUT, synthetic=False)))
    assert not any("SYNTHETIC" in text for text in pages_of(made))
    assert b"SYNTHETIC" not in made.html


def test_the_contents_give_the_page_on_which_each_heading_stands(paper: pypdf.PdfReader) -> None:
    listed = re.findall(r"^(\d(?:\.\d)?) +(.+?) ?\.[. ]*(\d+)$", paper.pages[0].extract_text(), re.MULTILINE)
    assert [number for number, _, _ in listed] == ["1", "1.1", "2", "2.1", "2.2"]
    for number, words, page in listed:
        assert re.search(rf"^{re.escape(number)} +{re.escape(words)}", paper.pages[int(page) - 1].extract_text(), re.MULTILINE)


def test_the_header_of_a_table_stands_on_each_of_its_pages_and_every_cell_is_printed_once() -> None:
    pages = pages_of(write_package(table_document(LONG)))[1:]
    assert len(pages) >= 3
    assert all("CD4, cells/µL" in text for text in pages)
    cells = " ".join(pages).split()
    assert [row for row in LONG.rows if cells.count(row[0]) != 1 or row[2] not in cells] == []


def test_every_number_of_every_table_of_the_panels_is_in_both_files(package: Package, paper: pypdf.PdfReader) -> None:
    text = re.sub(r"\s", "", " ".join(page.extract_text() for page in paper.pages))
    page = re.sub(r"\s", "", re.sub(r"<[^>]+>", "", package.html.decode("utf-8")))
    tables = [
        part for section in panel_document().sections for inner in section.sections for part in inner.parts if isinstance(part, Table)
    ]
    cells = {re.sub(r"\s", "", cell) for table in tables for row in table.rows for cell in row}
    assert len(cells) >= 15
    assert [cell for cell in cells if cell not in text] == []
    assert [cell for cell in cells if cell not in page] == []


def test_the_figures_of_the_pdf_are_vectors_with_text(paper: pypdf.PdfReader) -> None:
    assert not any(list(page.images) for page in paper.pages)
    text = " ".join(page.extract_text() for page in paper.pages)
    assert "cells/µL" in text
    assert "weeks since first dose" in text


def test_the_fonts_of_the_pdf_are_the_shipped_ones(paper: pypdf.PdfReader) -> None:
    fonts = {str(font.get_object()["/BaseFont"]) for page in paper.pages for font in page["/Resources"]["/Font"].values()}
    assert {name.split("+")[1].split("-")[0] for name in fonts} == {"Inter"}


def test_the_html_file_holds_all_it_needs_and_no_script(package: Package) -> None:
    text = package.html.decode("utf-8")
    assert "<script" not in text
    assert {found.split(":")[0] for found in re.findall(r'(?:src|href)=["\']?([^"\' >]+)', text) if not found.startswith("#")} == set()
    assert {found.split(",")[0] for found in re.findall(r"url\([\"']?([^\"')]+)", text) if not found.startswith("#")} == {
        "data:font/woff2;base64"
    }
    assert '<html lang="en-GB">' in text
    assert f"<title>{ABOUT.title}</title>" in text


def test_ids_in_the_html_file_are_unique_and_every_reference_leads_to_one(package: Package) -> None:
    text = package.html.decode("utf-8")
    names = re.findall(r' id="([^"]+)"', text)
    assert len(names) == len(set(names))
    assert set(re.findall(r"url\(#([^)]+)\)", text)) | set(re.findall(r'href="#([^"]+)"', text)) <= set(names)


def test_a_wide_table_lies_on_a_page_turned_sideways_and_a_wider_one_is_printed_in_parts_with_its_first_column() -> None:
    def table(n: int) -> Table:
        return Table("Wide", tuple(f"Column-{place:03}" for place in range(n)), (tuple(f"{place}.25" for place in range(n)),))

    [small], [turned], parts = (fit_table(table(n)) for n in (5, 13, 60))
    assert (small.sideways, turned.sideways) == (False, True)
    assert sum(small.widths) <= UPRIGHT
    assert sum(turned.widths) <= SIDEWAYS
    assert len(parts) > 1
    assert {part.header[0] for part in parts} == {"Column-000"}
    assert [name for part in parts for name in part.header[1:]] == [f"Column-{place:03}" for place in range(1, 60)]
    text = " ".join(pages_of(write_package(table_document(table(60)))))
    assert [place for place in range(60) if f"{place}.25" not in text] == []
    assert f"columns 2 to {len(parts[0].header)} of 60" in text


def test_a_panel_that_failed_is_its_sentence_and_one_that_is_hidden_is_left_out() -> None:
    document = panel_document()
    words = document.sections[0].sections[0].parts
    assert len(words) >= 2
    failed = Shown("Counts", plain_figure(), replace(shown_words(), caption="It failed. Reference ab12."), failure="ab12")
    hidden = Shown("Hidden", plain_figure(), shown_words(), hidden=True)
    [section] = document_of_panels(ABOUT, [("All", [failed, hidden])]).sections
    assert [inner.heading for inner in section.sections] == ["Counts"]
    made = write_package(Document(ABOUT, (section,)))
    assert "It failed. Reference ab12." in " ".join(pages_of(made))
    assert b"<svg" not in made.html


def shown_words() -> Words:
    return Words("caption", "3 records")


def test_progress_is_told_from_the_first_figure_to_the_end() -> None:
    heard: list[tuple[str, float]] = []
    write_package(panel_document(), lambda words, share: heard.append((words, share)))
    assert heard[0][0] == "figure 1 of 3 drawn"
    # Drawing is two fifths of the work; each of three figures a third of it.
    assert [share for _, share in heard] == pytest.approx([0.4 / 3, 0.8 / 3, 0.4, 0.4, 1.0])
    assert heard[-1][1] == 1.0


def test_a_document_without_sections_is_its_first_page() -> None:
    made = write_package(Document(replace(ABOUT, made_on=date(2026, 1, 1)), ()))
    assert ABOUT.title in pages_of(made)[0]


def test_an_empty_table_is_its_header() -> None:
    text = " ".join(pages_of(write_package(Document(ABOUT, (Section("None", (Table("Nothing", ("Term", "n"), ()),)),)))))
    assert "Term n" in text
