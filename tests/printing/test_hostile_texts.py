"""Texts of deliveries are shown literally and never become markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from io import BytesIO

import pypdf
import pytest

from dashboard.printing.fonts import read_metrics
from dashboard.printing.package import Package, write_package
from dashboard.printing.svg import draw_svg
from dashboard.printing.words import cut_text, measure_text, number_unknown, read_markup, write_known, write_literal
from tests.printing.documents import hostile_document, plain_figure, read_texts

HOSTILE = {
    "script": '<script>alert("1")</script>',
    "image": "<img src=x onerror=alert(1)>",
    "end of style": "</style></title><b>bold</b>",
    "entities": "&lt;b&gt; &amp; &#60;i&#62;",
    "typst": '#import "x": y #eval("1") $x$ *b* _i_ @ref <label> \\ // /* ',
    "quotes": "\"'`’“”",
    "template": "%{x} {{ 1 }} ${x}",
    "sql": "Robert'); DROP TABLE--",
    "cdata": "]]> <![CDATA[ x",
    "comment": "<!-- x --> -->",
}


class Reader(HTMLParser):
    """The names of all elements and the text between them."""

    def __init__(self) -> None:
        super().__init__()
        self.names: set[str] = set()
        self.text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.names.add(tag)
        assert not [name for name, _ in attrs if name.startswith("on")]

    def handle_data(self, data: str) -> None:
        self.text += data


def read(package: Package) -> tuple[Reader, str]:
    reader = Reader()
    reader.feed(package.html.decode("utf-8"))
    pages = pypdf.PdfReader(BytesIO(package.pdf)).pages
    return reader, " ".join(page.extract_text() for page in pages)


def squeezed(text: str) -> str:
    return re.sub(r"\s", "", text)


@pytest.fixture(scope="module")
def harmless_names() -> set[str]:
    return read(write_package(hostile_document("plain")))[0].names


@pytest.mark.parametrize("kind", HOSTILE)
def test_a_hostile_text_stands_literally_in_every_place_of_both_files(kind: str, harmless_names: set[str]) -> None:
    text = HOSTILE[kind]
    reader, paper = read(write_package(hostile_document(text)))
    assert reader.names == harmless_names
    # Title, running header (three), facts (two), contents (two), headings (two), sentence, list, caption, table (caption, name, cell).
    assert squeezed(reader.text).count(squeezed(text)) >= 16
    # On paper: running header of each page (two), title, facts, contents, headings, sentence, list, figure, table.
    assert squeezed(paper).count(squeezed(text)) >= 14


def test_characters_that_are_invisible_or_forbidden_are_written_as_their_numbers() -> None:
    assert write_literal("a\x00b\x1bc\u202ed\ud800e\u200bf\ufffe") == "a[U+0000]b[U+001B]c[U+202E]d[U+D800]e[U+200B]f[U+FFFE]"
    assert write_literal("one\r\ntwo\nthree\tfour") == "one two three four"


def test_characters_of_no_shipped_font_are_written_as_their_numbers_on_paper_and_stay_in_the_html() -> None:
    assert write_known("中 €µ≥ ł Ω я") == "[U+4E2D] €µ≥ ł Ω я"
    reader, paper = read(write_package(hostile_document("中 x")))
    assert squeezed(paper).count("[U+4E2D]x") >= 14
    assert squeezed(reader.text).count("中x") >= 16


def test_every_character_the_figures_and_words_of_the_product_use_is_in_the_fonts_of_paper() -> None:
    signs = "≥ ≤ ≈ ± µ × − – — … · • ← → ↑ ↓ ◆ ◇ ○ ● ◯ ▲ ▼ ▸ ■ † ‡ ′ ² ³ ₀ ½ € “ ” ‘ ’ ‹ › α β κ ρ"
    assert number_unknown(signs) == signs


def test_control_characters_leave_the_files_well_formed() -> None:
    text = "bell\x07 nul\x00 right\u202eleft"
    reader, paper = read(write_package(hostile_document(text)))
    assert "bell[U+0007]nul[U+0000]right[U+202E]left" in squeezed(reader.text)
    assert "bell[U+0007]nul[U+0000]right[U+202E]left" in squeezed(paper)
    assert not re.search(r"[\x00-\x08\x0b-\x1f]", reader.text)


def test_a_word_of_a_thousand_letters_is_whole_in_both_files() -> None:
    word = "".join(chr(ord("a") + place % 26) for place in range(1000))
    reader, paper = read(write_package(hostile_document(word)))
    assert word in reader.text
    assert word in squeezed(paper)


def test_only_our_own_markup_is_read_in_a_figure() -> None:
    [first, second] = read_markup('<b>bold</b> &lt;b&gt;<br><span style="color:#ff0000">red</span><i>x</i>')
    assert [(run.text, run.bold) for run in first] == [("bold", True), (" <b>", False)]
    assert [(run.text, run.colour) for run in second] == [("red", "#ff0000"), ("<i>x</i>", "")]


def test_markup_that_a_figure_did_not_escape_is_drawn_as_text() -> None:
    figure = plain_figure(mode="text", text=["<script>alert(1)</script>"], textposition="middle center")
    assert "<script>alert(1)</script>" in read_texts(draw_svg(figure, 680, 370, title="<x>"))


def test_widths_are_those_of_the_font() -> None:
    # fonttools 4.68 reads the advances 1292 of “0”, 576 of the space and 1794 of “m”, of 2048 units per em, in the regular weight.
    widths = read_metrics().widths
    assert [round(widths[ord(char)] * 2048) for char in "0 m"] == [1292, 576, 1794]
    assert measure_text("00", 10) == pytest.approx(2 * widths[ord("0")] * 10)
    # “…” is 1770 wide: 8.64 pixels of 35; the rest of 26.36 holds four zeros of 6.31.
    assert cut_text("0000000000", 10, 35) == "0000…"
