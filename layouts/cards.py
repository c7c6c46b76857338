"""A panel as a card: title, figure, caption, what is shown and what is not, small table, and quiet actions."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc

from dashboard import ids
from dashboard.panels.describe import Words
from dashboard.rendering import PanelContent
from dashboard.study.references import Reference, encode_reference
from dashboard.tables import TABLES
from layouts.attributes import aria, data
from layouts.plain import Plain, draw_own, draw_plain
from layouts.sheets import write_sheet

# plotly.js offers to send a chart to a third party unless told otherwise, and shows a logo that links away.
GRAPH_CONFIG: Any = {
    "displayModeBar": False,
    "displaylogo": False,
    "showSendToCloud": False,
    "plotlyServerURL": "",
    "responsive": True,
    "doubleClick": "reset",
    "scrollZoom": False,
}


# A figure with a row per participant gets the height of the first step that holds its rows (see components.css).
ROW_STEPS = (15, 30, 60, 90)
# The courses of a pooled study, headings of groups included.
COURSE_STEPS = (15, 30, 60, 90, 130, 200, 280, 360, 480, 640)
# A participant's figure, in units of 20 pixels.
PARTICIPANT_STEPS = (8, 16, 24, 30, 36, 42, 48, 54, 60, 72, 90, 120)
# Body systems and terms, of which two neighbours may each need two lines.
TERM_STEPS = (15, 30, 45, 60, 90)
STEPS = {"participant": PARTICIPANT_STEPS, "response-courses": COURSE_STEPS, "events-terms": TERM_STEPS}


def draw_graph(component_id: Any, figure: dict[str, Any]) -> dcc.Graph:
    """The one way a figure is put on a page."""
    return dcc.Graph(id=component_id, figure=figure, config=GRAPH_CONFIG, responsive=True, className="graph")


def draw_card(content: PanelContent, study: str) -> Plain:
    """The card of one panel."""
    key, subject = content.panel.key, content.subject
    return draw_own(
        "Card",
        draw_graph(ids.panel_part(ids.FIGURE, key, subject), content.figure),
        id=ids.panel_part(ids.CARD, key, subject),
        panel=key,
        subject=subject,
        shown=describe_card(content.title, card_class(content)),
        words=draw_words(content, study),
    )


def describe_card(title: str, kind: str, mark: str = "") -> dict[str, str]:
    """What a card shows besides figure and words: its title, its classes, and its mark, the class of a title whose rest still waits."""
    return {"title": title, "kind": kind, "mark": mark}


def card_class(content: PanelContent) -> str:
    """The card's classes: its kind, and whether it is hidden by choice or failed."""
    steps = STEPS.get(content.panel.key, ROW_STEPS)
    tall = next((f" card-rows-{most}" for most in steps if content.rows <= most), f" card-rows-{steps[-1]}") if content.rows else ""
    extra = tall + (" card-hidden" if content.hidden else "") + (" card-failed" if content.failure else "")
    return f"card card-{content.panel.key}{extra}"


def draw_words(content: PanelContent, study: str) -> list[Plain]:
    """Everything under the figure. `data-view` echoes the query the server answered."""
    if content.hidden:
        return []
    if content.failure:
        return [draw_plain("P", content.words.caption, className="failure", role="alert")]
    words = content.words
    return [
        draw_plain("P", words.caption, className="caption", **data(view=content.query)),
        *([draw_table(words.header, words.rows, depths=words.depths, links=(study, content.query))] if words.header else []),
        draw_plain("Div", [_shown(words), _derivation(content, study), _downloads(content, study)], className="foot"),
    ]


def _derivation(content: PanelContent, study: str) -> Plain:
    """The way from the panel's numbers to their source rows; a document of its own, because the server writes it."""
    is_person = content.panel.key == "participant"
    of = encode_reference(Reference("participant", participant=content.subject)) if is_person else ""
    address = f"/{study}/data/provenance?{content.query}{f'&of={quote(of)}' if of else ''}"
    return draw_plain("A", "Where a number comes from", href=address, className="derivation")


def _shown(words: Words) -> Plain:
    if not words.not_shown:
        return draw_plain("P", f"{words.shown}; none left out", className="shown")
    reasons = draw_plain("Ul", [draw_plain("Li", reason) for reason in words.not_shown])
    return draw_plain("Details", [draw_plain("Summary", f"{words.shown}; {words.left_out}"), reasons], className="shown")


def draw_table(
    header: Sequence[str],
    rows: Sequence[Sequence[Any]],
    name: str = "Table",
    *,
    words: bool = False,
    stacked: bool = False,
    depths: Sequence[int] = (),
    links: tuple[str, str] | None = None,
) -> Plain:
    """A small table called `name` for those who hear it; the first column is the row's name.

    Columns are set to the right, as numbers are; with `words`, those that hold words or links are set to the left. With `stacked`
    each row becomes a block on a narrow screen, a line per column that begins with the column's name. Rows whose depth is 1 fold.
    `links` are study and query of the view whose cells a `LinkedText` leads behind.
    """
    left = [words and any(_is_words(row[place]) for row in rows) for place in range(len(header))]
    sheet = write_sheet(header, rows, left, stacked=stacked, depths=depths, links=links)
    return draw_own("Table", name=name, sheet=sheet)


def _is_words(cell: Any) -> bool:
    return not isinstance(cell, str | int | float) or any(map(str.isalpha, str(cell)))


def _downloads(content: PanelContent, study: str) -> Plain:
    links = [
        _download(_address(content, study, table, kind), f"{TABLES[table].title}, {word}")
        for table in content.panel.tables
        for kind, word in (("csv", "CSV"), ("xlsx", "Excel"))
    ]
    images = [
        draw_plain(
            "Button",
            f"Figure, {kind.upper()}",
            className="action",
            type="button",
            **aria(label=f"Figure, {kind.upper()}: {content.title}"),
            **data(image=kind),
        )
        for kind in ("png", "svg")
    ]
    return draw_plain(
        "Details", [draw_plain("Summary", "Save"), draw_plain("Div", [*links, *images], className="actions")], className="download"
    )


def _download(href: str, text: str) -> Plain:
    return draw_plain("A", text[:1].upper() + text[1:], href=href, className="action", download="")


def _address(content: PanelContent, study: str, table: str, kind: str) -> str:
    return f"/{study}/download/{content.panel.key}/{quote(content.subject, safe='')}/{table}.{kind}?{content.query}"
