"""The interim page: the sections of a review, with a list of them, and the way to the package."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.interim import Listing, Section
from layouts.attributes import UNCOUNTED, aria, data
from layouts.cards import draw_table

# A listing longer than this is folded on the page; the package has it whole.
FOLDED_FROM = 12
HEAD = "head"

Words = Mapping[str, Sequence[Component]]


def draw_review(sections: Sequence[Section], cards: Mapping[tuple[str, str], Component], words: Words) -> list[Component]:
    """The page: `cards` by panel and subject, between the `words` of `draw_review_words`."""
    page: list[Component] = [html.Section(words[HEAD], id=ids.review(HEAD), className="card card-text", **UNCOUNTED)]
    for number, section in enumerate(sections, 1):
        heading = html.H2(f"{number}. {section.title}", id=f"section-{number}", className="section-title", **UNCOUNTED)
        listings = html.Div(words[str(number)], id=ids.review(str(number)), className="listings", **UNCOUNTED)
        page += [heading, listings, *(cards[panel] for panel in section.panels)]
    return page


def draw_review_words(
    sections: Sequence[Section],
    lock: str,
    locks: Sequence[tuple[str, str, bool]],
    files: Mapping[str, str],
    packages: Sequence[tuple[str, str]],
    progress: str,
) -> dict[str, list[Component]]:
    """Everything of the page that is no panel, by part: the head, then the listings of each section by its number.

    `locks` are name, address and whether shown; `files` the CSV of each HTTP table; `packages` are words and address of each file,
    `progress` is the address that tells how far they are.
    """
    listings = {
        str(number): [_draw_listing(listing, files.get(listing.table, "")) for listing in section.listings]
        for number, section in enumerate(sections, 1)
    }
    return {HEAD: _draw_head(sections, lock, locks, _draw_packages(packages, progress)), **listings}


def _draw_head(sections: Sequence[Section], lock: str, locks: Sequence[tuple[str, str, bool]], package: Component) -> list[Component]:
    choices = [html.Li(html.Strong(name) if shown else html.A(name, href=href)) for name, href, shown in locks]
    contents = [html.Li(html.A(section.title, href=f"#section-{number}")) for number, section in enumerate(sections, 1)]
    return [
        html.H2("Review", className="card-title"),
        html.P(lock, className="caption"),
        html.Ul(choices, className="choices", **aria(label="Records")),
        html.Nav(html.Ol(contents), className="contents", **aria(label="Sections")),
        package,
    ]


def _draw_packages(packages: Sequence[tuple[str, str]], progress: str) -> Component:
    """The files of the whole review, with a place for how far they are."""
    links = [html.A(words, href=href, className="action", download="", **data(progress=progress)) for words, href in packages]
    told = [html.Progress(max="1", value="0", hidden=True, **aria(label="The package")), html.Span(className="said", role="status")]
    return html.Div([html.Strong("Package"), *links, *told], className="package")


def _draw_listing(listing: Listing, file: str) -> Component:
    body: list[Component] = [html.H3(listing.title, className="card-title")]
    if listing.header:
        body.append(_draw_rows(listing))
    if listing.sentence:
        body.append(html.P(listing.sentence, className="caption"))
    if file and listing.rows:
        body.append(html.A(f"{listing.file}, CSV", href=file, className="action", download=""))
    return html.Section(body, className="card card-text card-listing")


def _draw_rows(listing: Listing) -> Component:
    if not listing.rows:
        return html.P("None.", className="caption")
    table = draw_table(listing.header, listing.rows, listing.title, words=True, stacked=True)
    if len(listing.rows) <= FOLDED_FROM:
        return table
    return html.Details([html.Summary(f"Show {len(listing.rows)} rows"), table])
