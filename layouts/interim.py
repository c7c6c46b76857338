"""The interim page: the sections of a review, with a list of them, and the way to the package."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.interim import Listing, Plan
from layouts.attributes import UNCOUNTED, aria, data
from layouts.cards import draw_table
from layouts.plain import Plain, draw_markup, draw_plain

# A listing longer than this is folded on the page; the package has it whole.
FOLDED_FROM = 12
HEAD = "head"

Words = Mapping[str, Sequence[Plain]]


def draw_review(
    plans: Sequence[Plan], cards: Mapping[tuple[str, str], Component], words: Words, legends: Mapping[str, Component]
) -> list[Component]:
    """The page: `cards` by panel and subject, between the `words` of `draw_head` and `draw_listings` by part.

    `legends` by panel: before the first of these panels in a section stands its legend, as their figures have none.
    """
    page: list[Component] = [_mark(HEAD), draw_markup(words[HEAD], "Section", ids.review(HEAD), className="card card-text")]
    for number, plan in enumerate(plans, 1):
        heading = html.H2(f"{number}. {plan.title}", id=f"section-{number}", className="section-title", **UNCOUNTED)
        listings = draw_markup(words[str(number)], "Div", ids.review(str(number)), className="listings")
        keys = dict.fromkeys(key for key, _ in plan.panels)
        explained = [legends[key] for key in keys if key in legends]
        page += [heading, _mark(str(number)), listings, *explained, *(cards[panel] for panel in plan.panels)]
    return page


def _mark(part: str) -> Component:
    """What has no content of its own: changing the class of a part would draw everything in it anew."""
    return html.Span(id=ids.review_mark(part), **UNCOUNTED)


def draw_listings(listings: Sequence[Listing], files: Callable[[str], str]) -> list[Plain]:
    """The listings of one section; `files` gives the address from which the CSV of a table is saved."""
    return [_draw_listing(listing, files(listing.table) if listing.table else "") for listing in listings]


def draw_head(
    titles: Sequence[str], lock: str, locks: Sequence[tuple[str, str, bool]], packages: Sequence[tuple[str, str]], progress: str
) -> list[Plain]:
    """The head of the review: where its records end, the sections by title, and the package.

    `locks` are name, address and whether shown; `packages` are words and address of each file, `progress` is the address that tells
    how far they are.
    """
    choices = [draw_plain("Li", draw_plain("Strong", name) if shown else draw_plain("A", name, href=href)) for name, href, shown in locks]
    contents = [draw_plain("Li", draw_plain("A", title, href=f"#section-{number}")) for number, title in enumerate(titles, 1)]
    return [
        draw_plain("H2", "Review", className="card-title"),
        draw_plain("P", lock, className="caption"),
        draw_plain("Ul", choices, className="choices", **aria(label="Records")),
        draw_plain("Nav", draw_plain("Ol", contents), className="contents", **aria(label="Sections")),
        _draw_packages(packages, progress),
    ]


def _draw_packages(packages: Sequence[tuple[str, str]], progress: str) -> Plain:
    """The files of the whole review, with a place for how far they are."""
    links = [draw_plain("A", words, href=href, className="action", download="", **data(progress=progress)) for words, href in packages]
    told = [
        draw_plain("Progress", max="1", value="0", hidden=True, **aria(label="The package")),
        draw_plain("Span", className="said", role="status"),
    ]
    return draw_plain("Div", [draw_plain("Strong", "Package"), *links, *told], className="package")


def _draw_listing(listing: Listing, file: str) -> Plain:
    body: list[Plain] = [draw_plain("H3", listing.title, className="card-title")]
    if listing.header:
        body.append(_draw_rows(listing))
    if listing.sentence:
        body.append(draw_plain("P", listing.sentence, className="caption"))
    if file and listing.rows:
        body.append(draw_plain("A", f"{listing.file}, CSV", href=file, className="action", download=""))
    return draw_plain("Section", body, className="card card-text card-listing")


def _draw_rows(listing: Listing) -> Plain:
    if not listing.rows:
        return draw_plain("P", "None.", className="caption")
    table = draw_table(listing.header, listing.rows, listing.title, words=True, stacked=True)
    if len(listing.rows) <= FOLDED_FROM:
        return table
    return draw_plain("Details", [draw_plain("Summary", f"Show {len(listing.rows)} rows"), table])
