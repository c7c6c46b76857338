"""The frame of every page: header, page links, notices, filter rail and the place for figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from urllib.parse import quote

from dash import dcc, html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.changes import is_with_the_one_before
from dashboard.errors import NoDataError
from dashboard.panels import page_panels
from dashboard.scene import Scene
from dashboard.view.codec import encode_view, write_values
from dashboard.view.state import CHANGES_PAGE
from layouts.attributes import UNCOUNTED, aria, data
from layouts.cells import BEHIND
from layouts.controls import GROUPS, draw_rail
from layouts.plain import Plain, draw_markup
from layouts.saved_views import draw_save_form

# The one page with a grid; links to it load the document anew, because only its document carries the grid's script.
GRID_PAGE = "participants"
# Links to the review load the document anew, because the server locks its address to a period.
INTERIM_PAGE = "interim"
# Responses are findings too, and have a page of their own.
EXPLORATORY_PAGE = "exploratory"
PAGES = {
    "overview": "Overview",
    "trajectories": "Trajectories",
    "thresholds": "Thresholds",
    "participants": "Participants",
    "safety": "Safety",
    "response": "Response",
    "survival": "Survival",
    "exploratory": "Exploratory",
    "interim": "Interim",
    "data": "Data",
}
SAME_VIEW = "Two people who read out the same eight characters see the same numbers on the same page."
# The pages that show records which a delivery may lack: the table of the records, and what they are in words.
NEEDS = {
    "safety": ("adverse_event", "adverse events"),
    "exploratory": ("finding", "antibodies, concentrations and other findings"),
}
# The pages of a part of the definition that few studies have: the part, what it names, and what the data cut must hold.
OF_DEFINITION = {
    "response": ("response", "no responses", "responses"),
    "survival": ("survival", "no times to events", "events or times to events that the definition names"),
}
# The pages about the data themselves, in the order of their links.
DATA_PAGES = {
    "data": "Deliver",
    "data/quality": "Quality",
    "data/snapshots": "Data cuts",
    CHANGES_PAGE: "Changes",
    "data/provenance": "Where a number comes from",
    "data/views": "Saved views",
}


def offer_pages(scene: Scene) -> dict[str, str]:
    """The pages whose data the scene's data cut has, in the order of their links: key and title."""
    return {page: title for page, title in PAGES.items() if _has_data(scene, page)}


def _has_data(scene: Scene, page: str) -> bool:
    """Whether `page` has something to show: a review is of a study with a milestone."""
    if page == INTERIM_PAGE:
        return bool(scene.protocol.milestones)
    if page in OF_DEFINITION:
        held = scene.has_responses if page == "response" else scene.has_courses
        return held and bool(page_panels(page, scene.protocol))
    if page == EXPLORATORY_PAGE:
        return scene.has_explored
    return page not in NEEDS or scene.holds(NEEDS[page][0])


def require_data(scene: Scene, page: str) -> None:
    """NoDataError when the data cut has nothing that `page` would show."""
    if page == INTERIM_PAGE and not _has_data(scene, page):
        raise NoDataError(page, "The definition of this study names no milestone, so there is nothing to review at one.")
    part, named, lacking = OF_DEFINITION.get(page, ("", "", NEEDS.get(page, ("", ""))[1]))
    if part and getattr(scene.protocol, part) is None:
        raise NoDataError(page, f"The definition of this study names {named}, so there is nothing to show on this page.")
    if page in PAGES and page not in offer_pages(scene):
        raise NoDataError(page, f"The data cut {scene.snapshot.label} has no {lacking}, so there is nothing to show on this page.")


def page_address(study: str, page: str, query: str, participant: str = "") -> str:
    """The address of a page with its view."""
    path = f"/{study}/{page}" + (f"/{quote(participant, safe='')}" if participant else "")
    return f"{path}?{query}" if query else path


def draw_account(name: str, can_sign_out: bool, reads_audit: bool) -> list[Component]:
    """Who is signed in, above every page; with a button to sign out where that is ours to do, and for some a way to the audit.

    No script is needed.
    """
    audit = [html.A("Audit", href="/audit")] if reads_audit else []
    button = html.Button("Sign out", type="submit", className="action")
    form = [html.Form(button, action="/sign-out", method="post")] if can_sign_out else []
    return [html.Div([html.Span(["Signed in as ", html.Strong(name)]), *audit, *form], className="account")]


def draw_root(page: Component, path: str, query: str, account: Sequence[Component] = ()) -> Component:
    """What never changes: the address (as it was opened), who is signed in and the place of the page."""
    url = dcc.Location(id=ids.URL, refresh=False, pathname=path, search=f"?{query}" if query else "")
    return html.Div([url, dcc.Store(id=ids.CLICKED), dcc.Store(id=ids.SIGHT), *account, html.Div(page, id=ids.PAGE, **UNCOUNTED)])


def draw_frame(
    scene: Scene, page: str, problems: Sequence[str], body: Sequence[Component], subject: str = "", current: str = ""
) -> Component:
    """A study's page: everything but what `body` holds. `page` is a key of PAGES, “participant” or “behind”.

    `current` is the page whose link stands out, where that is another one.
    """
    texts = write_values(scene.view)
    rail = [draw_rail(page, texts, scene.protocol, scene.view)] if GROUPS[page] else []
    return html.Div(
        [
            draw_markup(html.A("Skip to the figures", href=f"#{ids.MAIN}", className="skip")),
            _header(scene),
            _navigation(scene, current or page),
            html.Div(id=ids.STALE, className="stale", role="alert", hidden=True, **UNCOUNTED),
            draw_markup(draw_notices(scene, page, problems, subject), "Div", ids.NOTICES, className="notices", role="status"),
            html.Div(
                [
                    *rail,
                    html.Main(
                        [_heading(scene, page, subject), *_data_navigation(scene, page), *body],
                        id=ids.MAIN,
                        className=f"main main-{page.replace('/', '-')}",
                        tabIndex="-1",
                        **UNCOUNTED,
                    ),
                ],
                className="work" + ("" if rail else " work-wide"),
            ),
            dcc.Store(id=ids.VIEW, data={"query": scene.query, "study": scene.protocol.key, "page": page, "subject": subject}),
        ],
        className=f"study study-{page.replace('/', '-')}",
    )


def _heading(scene: Scene, page: str, subject: str) -> Component:
    """The page's first heading, for those who hear the page; the header and the page links say the same to the eye."""
    others = {"participant": f"Participant {subject}", BEHIND: "Behind a number"} | PAGES
    words = others.get(page) or f"Data: {DATA_PAGES[page]}"
    return html.H1(f"{words}, {scene.protocol.study.registry_id}", className="visually-hidden")


def _header(scene: Scene) -> Component:
    snapshot = scene.snapshot
    synthetic = (
        [html.Strong("SYNTHETIC", className="synthetic", title="Simulated participants. No real person's data.")]
        if snapshot.synthetic
        else []
    )
    cut = html.Span(
        [html.Span("Data cut ", className="quiet"), f"{snapshot.label} · {snapshot.cut_date.isoformat()} · ", html.Code(snapshot.cut)],
        className="cut",
    )
    name = html.Span(
        [html.Span(scene.protocol.study.registry_id, className="registry"), " ", scene.protocol.study.short_title], className="study-name"
    )
    copy = html.Button("Copy link", id=ids.COPY_LINK, className="action", type="button", **data(copy_link="yes"))
    return html.Header(
        [
            draw_markup([_brand(), name, cut]),
            html.Span(
                [draw_markup(html.Span("View ", className="quiet")), _fingerprint(scene.fingerprint)],
                className="view-name",
                title=SAME_VIEW,
            ),
            draw_markup([*synthetic, copy, draw_save_form(scene.protocol.key)]),
        ],
        className="header",
    )


def _brand() -> Component:
    return html.A("Lymphotrace", href="/", className="brand", **data(internal="yes"))


def _fingerprint(characters: str) -> Component:
    return html.Code(characters, id=ids.FINGERPRINT, **UNCOUNTED)


def _navigation(scene: Scene, page: str) -> Plain:
    current = "participants" if page == "participant" else page.split("/", maxsplit=1)[0]
    links = [_page_link(scene, key, title, key == current) for key, title in offer_pages(scene).items()]
    return draw_markup(links, "Nav", className="pages", **aria(label="Pages"))


def _data_navigation(scene: Scene, page: str) -> list[Plain]:
    """The links between the pages about the data; documents of their own, because what they show is written by the server."""
    if page not in DATA_PAGES:
        return []
    links = [
        html.A(
            title,
            href=page_address(scene.protocol.key, key, scene.query),
            className="page-link page-link-current" if key == page else "page-link",
            **data(follows_view="yes"),
        )
        for key, title in DATA_PAGES.items()
    ]
    return [draw_markup(links, "Nav", className="pages data-pages", **aria(label="Data pages"))]


def _page_link(scene: Scene, key: str, title: str, is_current: bool) -> Component:
    """The browser keeps the query of these links in step with its address (actions.js), so that no answer has to."""
    name = "page-link page-link-current" if is_current else "page-link"
    in_place = {} if key in (GRID_PAGE, INTERIM_PAGE) else data(internal="yes")
    address = page_address(scene.protocol.key, key, scene.query)
    return html.A(title, href=address, className=name, **in_place, **data(follows_view="yes"))


def draw_notices(scene: Scene, page: str, problems: Sequence[str], subject: str = "") -> list[Component]:
    """What the reader must know before the figures: newer data, choices not applied, an empty selection."""
    notices: list[Component] = [html.P(problem, className="notice notice-problem") for problem in problems]
    # What a board reviews stays as it is, whatever is published afterwards.
    if scene.snapshot.content_hash != scene.newest.content_hash and page != INTERIM_PAGE:
        notices.insert(0, _newer(scene, page, subject))
    if scene.view.locked and page != INTERIM_PAGE:
        notices.append(_locked(scene, page, subject))
    if scene.n == 0 and page != "participant":
        notices.append(html.P("No participant meets these filters. Widen the filters on the left to see figures.", className="notice"))
    return notices


def _locked(scene: Scene, page: str, subject: str) -> Component:
    words = f"This view is locked: it shows the records {scene.protocol.period(scene.view.until).label} and none after them. "
    query = encode_view(replace(scene.view, until="none"), scene.protocol)
    address = page_address(scene.protocol.key, "participants" if page == "participant" else page, query, subject)
    return html.P([words, html.A("Show all records of the data cut", href=address)], className="notice")


def _newer(scene: Scene, page: str, subject: str) -> Component:
    newest = scene.newest
    # The newest data cut has another one before it.
    asked = replace(scene.view, against="") if page == CHANGES_PAGE and is_with_the_one_before(scene) else scene.view
    query = encode_view(asked, scene.protocol).replace(f"cut={scene.snapshot.cut}", f"cut={newest.cut}")
    address = page_address(scene.protocol.key, "participants" if page == "participant" else page, query, subject)
    return html.P(
        [
            f"This page shows the data cut {scene.snapshot.label} of {scene.snapshot.cut_date.isoformat()}. Newer data exist: "
            f"{newest.label}, {newest.cut_date.isoformat()}. ",
            html.A("Switch to the newest data cut", href=address),
        ],
        className="notice notice-newer",
    )


def draw_bare(body: Sequence[Component]) -> Component:
    """A page without a study: the product's name over `body`. It has no view, and says so to the callbacks."""
    return html.Div(
        [
            html.Header([draw_markup(_brand()), _fingerprint("")], className="header"),
            html.Div(id=ids.STALE, className="stale", role="alert", hidden=True, **UNCOUNTED),
            draw_markup([], "Div", ids.NOTICES, className="notices", role="status"),
            html.Main(list(body), id=ids.MAIN, className="message", **UNCOUNTED),
            dcc.Store(id=ids.VIEW),
        ]
    )


def draw_message_page(title: str, sentence: str, ways_on: Sequence[tuple[str, str]], *further: Component) -> Component:
    """A page that only says something, with links that lead on and what else stands between."""
    links = html.Ul([html.Li(html.A(text, href=href)) for text, href in ways_on])
    return draw_bare([html.H1(title), html.P(sentence), *further, links])
