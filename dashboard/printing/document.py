"""What is printed: a document of sections with sentences, lists, tables and figures, numbered in the order in which they stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Protocol

from dashboard.figures.style import Figure


@dataclass(frozen=True)
class About:
    """What stands on the first page and above every page. `made_on` is the date of the data cut: no clock is asked.

    `study`, `cut` and `fingerprint` are the words of the running header; `facts` are names and values for the first page.
    `language` is a tag such as en-GB. `address` is where the view stands, for programs that read the properties of a file.
    """

    title: str
    study: str
    cut: str
    fingerprint: str
    made_on: date
    synthetic: bool
    facts: tuple[tuple[str, str], ...] = ()
    language: str = "en-GB"
    address: str = ""


@dataclass(frozen=True)
class Sentence:
    """A paragraph of plain text."""

    text: str


@dataclass(frozen=True)
class Linked:
    """A text that ends with the address at which its link leads: what is read on paper and what is followed are the same.

    ValueError for an address that is not one of the web.
    """

    before: str
    address: str

    def __post_init__(self) -> None:
        if not self.address.startswith(("http://", "https://")):
            raise ValueError(f"a link leads to an address that begins with http:// or https:// (found {self.address[:40]!r})")


@dataclass(frozen=True)
class Listing:
    """Texts below each other, one point each."""

    items: tuple[str | Linked, ...]


@dataclass(frozen=True)
class Table:
    """A table: title, names of the columns, and rows of texts, as many as there are names."""

    title: str
    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def __post_init__(self) -> None:
        for number, row in enumerate(self.rows, start=1):
            if len(row) != len(self.header):
                raise ValueError(f"table {self.title!r}, row {number}: {len(row)} cells under {len(self.header)} names of columns")


@dataclass(frozen=True)
class Drawing:
    """A figure of dashboard.figures with its title, and the sentence under it, which is also read out in its place."""

    title: str
    figure: Figure
    caption: str = ""


Part = Sentence | Listing | Table | Drawing


@dataclass(frozen=True)
class Section:
    """A heading, what stands under it, and sections within it."""

    heading: str
    parts: tuple[Part, ...] = ()
    sections: tuple[Section, ...] = ()


@dataclass(frozen=True)
class Document:
    """A document to print."""

    about: About
    sections: tuple[Section, ...]


class PanelWords(Protocol):
    """The words under a panel."""

    @property
    def caption(self) -> str: ...
    @property
    def shown(self) -> str: ...
    @property
    def not_shown(self) -> tuple[str, ...]: ...
    @property
    def left_out(self) -> str: ...
    @property
    def header(self) -> tuple[str, ...]: ...
    @property
    def rows(self) -> tuple[tuple[str, ...], ...]: ...


class PrintedPanel(Protocol):
    """What is printed of a panel that a page shows."""

    @property
    def title(self) -> str: ...
    @property
    def figure(self) -> Figure: ...
    @property
    def words(self) -> PanelWords: ...
    @property
    def hidden(self) -> bool: ...
    @property
    def failure(self) -> str: ...


def document_of_panels(about: About, groups: Sequence[tuple[str, Sequence[PrintedPanel]]]) -> Document:
    """A document with a section per group (heading and panels) and in it a section per panel; panels hidden by choice are left out."""
    return Document(
        about,
        tuple(Section(heading, (), tuple(section_of_panel(panel) for panel in panels if not panel.hidden)) for heading, panels in groups),
    )


def section_of_panel(panel: PrintedPanel) -> Section:
    """Figure, counts, reasons and table of a panel. One that could not be computed is its sentence, with the reference of the failure."""
    words = panel.words
    if panel.failure:
        return Section(panel.title, (Sentence(words.caption),))
    counts = f"{words.shown}; {words.left_out if words.not_shown else 'none left out'}."
    parts: list[Part] = [Drawing(panel.title, panel.figure, words.caption), Sentence(counts)]
    if words.not_shown:
        parts.append(Listing(tuple(words.not_shown)))
    if words.header:
        parts.append(Table(panel.title, tuple(words.header), tuple(tuple(row) for row in words.rows)))
    return Section(panel.title, tuple(parts))
