"""Documents for tests of printing: small ones by hand, and one of the panels of a drawn trial."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from xml.parsers import expat

from dashboard.figures.style import Figure, base_layout
from dashboard.panels import PANELS
from dashboard.panels.describe import Words
from dashboard.printing.document import About, Document, Drawing, Listing, Section, Sentence, Table, document_of_panels
from tests.figures.drawings import draw
from tests.panels.scenes import drawn_trial, open_scene

ABOUT = About(
    title="Week-36 interim report",
    study="NCT05600920: an example",
    cut="Data cut week-36, 2026-09-30, 2f563ad9e8",
    fingerprint="3f2a9c1d",
    made_on=date(2026, 9, 30),
    synthetic=True,
    facts=(("Study", "an example"), ("Delivered by", "A. Statistician")),
)


@dataclass(frozen=True)
class Shown:
    """A panel as a page shows it."""

    title: str
    figure: Figure
    words: Words
    hidden: bool = False
    failure: str = ""


def plain_figure(**trace: object) -> Figure:
    """A figure of one scatter trace on plain axes from 0 to 10."""
    layout = base_layout(synthetic=False, key="plain")
    layout["margin"] = {"l": 60, "r": 20, "t": 30, "b": 40}
    layout["xaxis"], layout["yaxis"] = {"range": [0, 10]}, {"range": [0, 10]}
    return {"data": [{"type": "scatter", "mode": "markers", "x": [5], "y": [5], **trace}], "layout": layout}


def panel_document() -> Document:
    """Three panels of a drawn trial of 15, and a section by hand."""
    scene = open_scene(drawn_trial())
    shown = []
    for key, subject in (("trajectory", "cd4"), ("responders", "-"), ("ribbon", "-")):
        panel = PANELS[key]
        words = panel.describe(panel.summarise(scene, subject), scene)
        shown.append(Shown(panel.title(scene.protocol, subject, scene.view.x), draw(key, subject, scene), words))
    return document_of_panels(ABOUT, [("Counts", shown[:1]), ("Thresholds", shown[1:])])


def table_document(table: Table, about: About = ABOUT) -> Document:
    """A document with one table."""
    return Document(about, (Section("Listing", (table,)),))


def hostile_document(text: str) -> Document:
    """A document that has `text` in every place a text can have."""
    about = About(text, text, text, text, date(2026, 1, 1), synthetic=True, facts=((text, text),))
    figure = plain_figure(name=text.replace("&", "&amp;").replace("<", "&lt;"))
    parts = (Sentence(text), Listing((text,)), Drawing(text, figure, text), Table(text, (text, "n"), ((text, "1"),)))
    return Document(about, (Section(text, parts, (Section(text),)),))


def read_texts(svg: str) -> list[str]:
    """The texts of an SVG file, in order; fails when it is not well-formed XML."""
    texts: list[str] = []
    depth: list[str] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda name, attributes: (depth.append(name), texts.append("") if name == "text" else None)
    parser.EndElementHandler = lambda name: depth.pop()
    parser.CharacterDataHandler = lambda data: texts.append(texts.pop() + data) if "text" in depth else None
    parser.Parse(svg, True)
    return texts


def read_elements(svg: str, name: str) -> Iterator[dict[str, str]]:
    """The attributes of every element called `name`."""
    found: list[dict[str, str]] = []
    parser = expat.ParserCreate()
    parser.StartElementHandler = lambda tag, attributes: found.append(attributes) if tag == name else None
    parser.Parse(svg, True)
    yield from found
