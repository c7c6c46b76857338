"""The pages behind a short address that does not simply open: what differs, revoked or expired, and nothing there. No script."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from html import escape

from dashboard.meeting.records import ShownView
from dashboard.saved.headlines import ComparedNumber
from dashboard.saved.opening import Differs, Ended
from dashboard.saved.views import SavedView
from dashboard.web.document import build_document
from dashboard.web.static_files import StaticAssets
from layouts.cells import BEHIND
from layouts.frame import DATA_PAGES, PAGES

STYLES = ("tokens.css", "layout.css", "components.css", "saved.css")
ABSENT = "There is no saved view at this address, or it is not one that you may see."
FAILED = "The server cannot reach its records, so the view is not opened. Try again in a minute."

AddressOf = Callable[[SavedView, str], str]


def name_page(view: SavedView | ShownView) -> str:
    """The page of a view in words: “Trajectories”, “Participant SYN-240-001”."""
    one = {"participant": f"Participant {view.subject}", BEHIND: "Behind a number"}
    return one.get(view.page) or PAGES.get(view.page) or f"Data: {DATA_PAGES.get(view.page, view.page)}"


def build_absent_page(assets: StaticAssets) -> str:
    """The page of what does not exist, or not for this reader."""
    return _build(assets, "This saved view does not exist", f"<p>{ABSENT}</p>{_ways([('All studies', '/')])}")


def build_failed_page(assets: StaticAssets) -> str:
    """The page of a database that does not answer."""
    return _build(assets, "Not opened", f'<p class="notice notice-problem" role="alert">{FAILED}</p>')


def build_found_page(assets: StaticAssets, found: Differs | Ended, address_of: AddressOf) -> tuple[str, int]:
    """The page of a view that is not shown under its old name, and its status."""
    if isinstance(found, Ended):
        return _build_ended(assets, found.view), 410
    return _build_differing(assets, found, address_of), 200


def _build_ended(assets: StaticAssets, view: SavedView) -> str:
    """410: the date comes first, the way on last."""
    if view.revoked_at is not None:
        told = f"{view.owner} saved this view; {view.revoked_by} revoked it on {view.revoked_at:%Y-%m-%d} at {view.revoked_at:%H:%M} UTC."
    else:
        told = f"{view.owner} saved this view to be opened until the end of {view.expires} (UTC). That day is over."
    verb = "was revoked" if view.revoked_at is not None else "has expired"
    ways = [("The study’s overview", f"/{view.study}/overview"), ("Its saved views", f"/{view.study}/data/views"), ("All studies", "/")]
    return _build(assets, f"The saved view “{view.name}” {verb}", f"<p>{escape(told)}</p>{_ways(ways)}")


def _build_differing(assets: StaticAssets, found: Differs, address_of: AddressOf) -> str:
    view = found.view
    differing = [one for one in found.headlines if one.differs]
    alike = [one for one in found.headlines if not one.differs]
    count = f"{len(differing)} of {len(found.headlines)} headline numbers differ" if differing else "No headline number differs"
    ways = [("The study’s saved views", f"/{view.study}/data/views")]
    if found.query is not None:
        ways.insert(0, (f"Open what is there now: view {found.fingerprint}", address_of(view, found.query)))
    parts = [
        '<p><strong class="synthetic">SYNTHETIC</strong></p>' if found.cut.synthetic else "",
        "".join(f"<p>{escape(sentence)}</p>" for sentence in _describe(found)),
        f'<p class="saved-note">{escape(view.note)}</p>' if view.note else "",
        '<p class="notice notice-problem" role="alert">What stands at this address now is not what was saved.</p>',
        f"<h2>What differs</h2><ul>{''.join(f'<li>{escape(reason)}</li>' for reason in found.reasons)}<li>{count}.</li></ul>",
        _table("Then and now", differing) if differing else "",
        f"<details><summary>The same then and now: {len(alike)} numbers</summary>{_table('The same', alike)}</details>" if alike else "",
        _ways(ways),
    ]
    return _build(assets, view.name, "".join(parts))


def _describe(found: Differs) -> tuple[str, str]:
    """What was saved by whom, and of whom and which data cut it is."""
    view, cut = found.view, found.cut
    expires = f", opens until the end of {view.expires} (UTC)" if view.expires else ""
    selection = f"{found.selection[:1].upper()}{found.selection[1:]}"
    return (
        f"{name_page(view)}, saved by {view.owner} on {view.created_at:%Y-%m-%d %H:%M} UTC as view {view.fingerprint}{expires}.",
        f"{selection}. Data cut {cut.label or 'without a label'}, {cut.cut_date.isoformat()}, {cut.cut}.",
    )


def _table(caption: str, numbers: Sequence[ComparedNumber]) -> str:
    heads = "".join(f'<th scope="col">{word}</th>' for word in ("Number", "Participants", "Then", "Now"))
    rows = "".join(
        f'<tr><th scope="row">{escape(one.label[:1].upper() + one.label[1:])}</th>'
        f"<td>{escape(one.cohort)}</td><td>{escape(one.then)}</td><td>{escape(one.now)}</td></tr>"
        for one in numbers
    )
    table = f'<table class="table saved-table"><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>'
    return f'<div class="table-scroll" tabindex="0" role="region" aria-label="{caption}">{table}</div>'


def _ways(ways: Sequence[tuple[str, str]]) -> str:
    return f'<ul class="saved-ways">{"".join(f"""<li><a href="{escape(href)}">{escape(words)}</a></li>""" for words, href in ways)}</ul>'


def _build(assets: StaticAssets, title: str, body: str) -> str:
    body = f"""<header class="header"><a class="brand" href="/">Lymphotrace</a></header>
<main class="saved-page">
<h1>{escape(title)}</h1>
{body}
</main>"""
    return build_document(assets, STYLES, title, body)
