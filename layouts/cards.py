"""A panel as a card: title, figure, caption, what is shown and what is not, small table, and quiet actions."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.panels.describe import Words
from dashboard.rendering import PanelContent
from dashboard.study.references import Reference, encode_reference
from dashboard.tables import TABLES
from layouts.attributes import UNCOUNTED, aria, data
from layouts.cells import link_rows
from layouts.folds import draw_fold_all, fold_rows
from layouts.plain import NAMESPACE, Plain, draw_plain, write_plain

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
STEPS = {"participant": PARTICIPANT_STEPS, "response-courses": COURSE_STEPS}


def draw_graph(component_id: Any, figure: dict[str, Any]) -> dcc.Graph:
    """The one way a figure is put on a page."""
    return dcc.Graph(id=component_id, figure=figure, config=GRAPH_CONFIG, responsive=True, className="graph")


def draw_card(content: PanelContent, study: str) -> Component:
    """The card of one panel."""
    key, subject = content.panel.key, content.subject
    title_id = f"title-{key}-{subject}"
    return html.Section(
        [
            _card_title(content, title_id),
            html.Div(
                draw_graph(ids.panel_part(ids.FIGURE, key, subject), content.figure),
                className=f"figure figure-{key}",
                role="img",
                **aria(labelledby=title_id),
            ),
            html.Div(draw_words(content, study), id=ids.panel_part(ids.WORDS, key, subject), className="words", **UNCOUNTED),
        ],
        id=ids.panel_part(ids.CARD, key, subject),
        className=card_class(content),
        **UNCOUNTED,
        **aria(labelledby=title_id),
    )


def _card_title(content: PanelContent, title_id: str) -> Component:
    words = html.Span(content.title, id=ids.panel_part(ids.TITLE, content.panel.key, content.subject), **UNCOUNTED)
    return html.H2(words, id=title_id, className="card-title", **UNCOUNTED)


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
        *([draw_table(words.header, _link_rows(content, study), depths=words.depths)] if words.header else []),
        draw_plain("Div", [_shown(words), _derivation(content, study), _downloads(content, study)], className="foot"),
    ]


def _link_rows(content: PanelContent, study: str) -> Sequence[Sequence[Any]]:
    """The rows of the panel's table, each number a link to what is behind it in the same view."""
    return link_rows(content.words.header, content.words.rows, study, content.query)


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
) -> Plain:
    """A small table called `name` for those who hear it; the first column is the row's name.

    Columns are set to the right, as numbers are; with `words`, those that hold words or links are set to the left. With `stacked`
    each row becomes a block on a narrow screen, a line per column that begins with the column's name. Rows whose depth is 1 fold.
    """
    left = [words and any(_is_words(row[place]) for row in rows) for place in range(len(header))]
    kinds = ["column-words" if is_left else None for is_left in left]
    columns = [draw_plain("Th", text, scope="col", className=kind) for text, kind in zip(header, kinds, strict=True)]
    labels = [data(label=label) for label in header] if stacked else [{}] * len(header)
    below = [labels[place] if kind is None else {"className": kind, **labels[place]} for place, kind in enumerate(kinds)]
    lines = [draw_plain("Tr", _cells(row, kinds[0], below)) for row in rows]
    bodies = fold_rows(lines, depths) if depths else [draw_plain("Tbody", lines)]
    table = draw_plain(
        "Table", [draw_plain("Thead", draw_plain("Tr", columns)), *bodies], className="table table-stacked" if stacked else "table"
    )
    content = [draw_fold_all("rows"), table] if any(depths) else table
    return draw_plain("Div", className="table-scroll", tabIndex="0", role="region", **aria(label=name), **data(table=write_plain(content)))


def _cells(row: Sequence[Any], kind: str | None, attributes: Sequence[Mapping[str, Any]]) -> list[Plain]:
    """The cells of a row; the `attributes` of each column are its kind and, where rows are stacked, its name."""
    rest = zip(row[1:], attributes[1:], strict=True)
    # Written out, because a page has thousands of them.
    named = draw_plain("Th", row[0], scope="row", className=kind)
    return [named, *({"props": {"children": cell, **own}, "type": "Td", "namespace": NAMESPACE} for cell, own in rest)]


def _is_words(cell: Any) -> bool:
    return not isinstance(cell, str | int | float) or any(char.isalpha() for char in str(cell))


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
