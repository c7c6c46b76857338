"""The data cuts of a study: what each is, who did what when, and withdrawing, publishing and verifying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from layouts.attributes import aria, data
from layouts.frame import page_address

NOTHING_LOST = "Withdrawing hides a data cut from every page and link; nothing is deleted, and the reason is kept."


def draw_snapshots(scene: Scene, snapshots: Sequence[Snapshot], delivers: bool) -> list[Component]:
    """The card with every data cut of the study, newest first; what can be done with them for a reader who `delivers` alone."""
    items = [html.Li(_draw_cut(scene, snapshot, delivers)) for snapshot in snapshots]
    body = [
        html.H2("Data cuts", className="card-title"),
        *([html.P(NOTHING_LOST, className="caption")] if delivers else []),
        html.Ul(items, className="snapshots"),
    ]
    return [html.Section(body, className="card card-text card-snapshots")]


def _draw_cut(scene: Scene, snapshot: Snapshot, delivers: bool) -> Component:
    """One data cut: name, status and date; hash; numbers and people; what a reader who `delivers` can do with it."""
    here = snapshot.content_hash == scene.snapshot.content_hash
    state = _whole(snapshot.status, f"data cut {snapshot.cut_date.isoformat()}", "shown here" if here else "")
    return html.Article(
        [
            html.Div([html.H3(_name(scene, snapshot), className="snapshot-name"), *state], className="snapshot-line"),
            html.P(["SHA-256 ", html.Code(snapshot.content_hash)], className="snapshot-hash"),
            html.Div(_facts(snapshot), className="snapshot-line"),
            *_withdrawn(snapshot),
            *(_deeds(scene.protocol.key, snapshot) if delivers else ()),
        ],
        className="snapshot",
        **aria(label=_words(snapshot)),
    )


def _whole(*facts: str) -> list[Component]:
    """Each fact by itself: a line is broken between them, never inside one."""
    return [html.Span(fact, className="whole") for fact in facts if fact]


def _words(snapshot: Snapshot) -> str:
    return snapshot.label or f"{snapshot.status if snapshot.status != 'published' else 'data cut'} without a label"


def _name(scene: Scene, snapshot: Snapshot) -> Component | str:
    if snapshot.status != "published":
        return _words(snapshot)
    return html.A(_words(snapshot), href=page_address(scene.protocol.key, "overview", f"cut={snapshot.cut}"))


def _facts(snapshot: Snapshot) -> list[Component]:
    delivered = _when("delivered", snapshot.created_at, snapshot.created_by)
    published = _when("published", snapshot.published_at, snapshot.published_by)
    sizes = _whole(_count(snapshot.participants, "participant"), _count(snapshot.records, "count record"))
    return [*sizes, delivered, published if snapshot.published_at else html.Span("not published yet")]


def _count(number: int, word: str) -> str:
    return f"{number:,} {word}" if number == 1 else f"{number:,} {word}s"


def _when(what: str, at: datetime | None, by: str) -> Component:
    """The time in one piece; a long name may go on the next line."""
    time = html.Span(f"{what} {at:%Y-%m-%d %H:%M} UTC" if at else what, className="whole")
    return html.Span([time, f" by {by}" if by else ""])


def _withdrawn(snapshot: Snapshot) -> list[Component]:
    if snapshot.status != "withdrawn":
        return []
    return [html.P([_when("withdrawn", snapshot.withdrawn_at, snapshot.withdrawn_by), f": {snapshot.withdrawn_reason}"])]


def _deeds(study: str, snapshot: Snapshot) -> list[Component]:
    return [*_report(study, snapshot), _acts(study, snapshot)]


def _report(study: str, snapshot: Snapshot) -> list[Component]:
    """A place for the report of a draft, which nobody should publish unread; assets/snapshots.js asks for it when it is opened."""
    if snapshot.status != "draft":
        return []
    place = html.Div(className="deliver snapshot-report", **data(report=f"/api/v1/{study}/snapshots/{snapshot.cut}/report"))
    summary = html.Summary("Report of the reading", **aria(label=f"Report of the reading of {_words(snapshot)}"))
    return [html.Details([summary, place], className="shown")]


def _acts(study: str, snapshot: Snapshot) -> Component:
    """What can be done with the data cut; the server asks again whether the caller may (assets/snapshots.js shows its sentence)."""
    address = f"/api/v1/{study}/snapshots/{snapshot.cut}"
    acts: dict[str, list[Component]] = {"draft": [_publish(address, snapshot), _act(address, "discard", "Discard")]}
    acts["published"] = [_act(address, "verify", "Verify"), _withdraw(address, snapshot)]
    acts["withdrawn"] = [_act(address, "verify", "Verify")]
    return html.Div(acts[snapshot.status], className="snapshot-acts")


def _act(address: str, act: str, words: str) -> Component:
    button = html.Button(words, type="submit", className="action")
    return html.Form([button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/{act}"))


def _withdraw(address: str, snapshot: Snapshot) -> Component:
    # dcc and dbc inputs belong to callbacks; this one is the form's own.
    field = html.Div(className="field", **data(name="reason", label=f"Reason to withdraw {_words(snapshot)}"))
    button = html.Button("Withdraw", type="submit", className="action")
    form = html.Form([field, button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/withdraw"))
    return html.Details([html.Summary("Withdraw", **aria(label=f"Withdraw {_words(snapshot)}")), form])


def _publish(address: str, snapshot: Snapshot) -> Component:
    field = html.Div(className="field", **data(name="label", label="Label that readers see", value=snapshot.label))
    button = html.Button("Publish", type="submit", className="action")
    return html.Form([field, button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/publish"))
