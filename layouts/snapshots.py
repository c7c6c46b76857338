"""The data cuts of a study: what each is, who did what when, and withdrawing, publishing and verifying."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from dash import html
from dash.development.base_component import Component

from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from layouts.attributes import aria, data
from layouts.cards import draw_table
from layouts.frame import page_address

HEADER = ("Data cut", "Cut date", "Status", "Content hash (SHA-256)", "Participants", "Count records", "Delivered", "Published", "")
NOTHING_LOST = "Withdrawing hides a data cut from every page and link; nothing is deleted, and the reason is kept."


def draw_snapshots(scene: Scene, snapshots: Sequence[Snapshot]) -> list[Component]:
    """The card with every data cut of the study, newest first."""
    rows = [_row(scene, snapshot) for snapshot in snapshots]
    body = [
        html.H2("Data cuts", className="card-title"),
        html.P(NOTHING_LOST, className="caption"),
        draw_table(HEADER, rows, "Data cuts", words=True),
    ]
    return [html.Section(body, className="card card-text card-snapshots")]


def _row(scene: Scene, snapshot: Snapshot) -> tuple[object, ...]:
    here = snapshot.content_hash == scene.snapshot.content_hash
    return (
        _name(scene, snapshot, here),
        html.Span(snapshot.cut_date.isoformat(), className="whole"),
        _status(snapshot),
        html.Code(snapshot.content_hash, className="hash"),
        f"{snapshot.participants:,}",
        f"{snapshot.records:,}",
        _when(snapshot.created_at, snapshot.created_by),
        _when(snapshot.published_at, snapshot.published_by),
        _acts(scene.protocol.key, snapshot),
    )


def _name(scene: Scene, snapshot: Snapshot, here: bool) -> Component:
    label = snapshot.label or "no label"
    if snapshot.status != "published":
        return html.Span(label)
    named = html.A(label, href=page_address(scene.protocol.key, "overview", f"cut={snapshot.cut}"))
    return html.Span([named, " (shown here)"]) if here else named


def _status(snapshot: Snapshot) -> str:
    if snapshot.status != "withdrawn":
        return snapshot.status
    return f"withdrawn {_when(snapshot.withdrawn_at, snapshot.withdrawn_by)}: {snapshot.withdrawn_reason}"


def _when(at: datetime | None, by: str) -> str:
    if at is None:
        return "not yet"
    return f"{at:%Y-%m-%d %H:%M} UTC" + (f" by {by}" if by else "")


def _acts(study: str, snapshot: Snapshot) -> Component:
    """What can be done with the data cut; the server decides whether the caller may (assets/snapshots.js shows its sentence)."""
    address = f"/api/v1/{study}/snapshots/{snapshot.cut}"
    acts: dict[str, list[Component]] = {"draft": [_publish(address, snapshot), _act(address, "discard", "Discard")]}
    acts["published"] = [_withdraw(address, snapshot), _act(address, "verify", "Verify")]
    acts["withdrawn"] = [_act(address, "verify", "Verify")]
    return html.Div(acts[snapshot.status], className="snapshot-acts")


def _act(address: str, act: str, words: str) -> Component:
    button = html.Button(words, type="submit", className="action")
    return html.Form([button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/{act}"))


def _withdraw(address: str, snapshot: Snapshot) -> Component:
    # dcc and dbc inputs belong to callbacks; this one is the form's own.
    field = html.Div(className="field", **data(name="reason", label=f"Reason to withdraw {snapshot.label or snapshot.cut}"))
    button = html.Button("Withdraw", type="submit", className="action")
    form = html.Form([field, button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/withdraw"))
    return html.Details([html.Summary("Withdraw", **aria(label=f"Withdraw {snapshot.label or snapshot.cut}")), form])


def _publish(address: str, snapshot: Snapshot) -> Component:
    field = html.Div(className="field", **data(name="label", label="Label that readers see", value=snapshot.label))
    button = html.Button("Publish", type="submit", className="action")
    return html.Form([field, button, html.Output("", className="said")], className="snapshot-act", **data(post=f"{address}/publish"))
