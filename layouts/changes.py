"""What changed between two data cuts, from headline results down to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from dash import html
from dash.development.base_component import Component

from dashboard.changes import ChangesPage
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.view.codec import encode_view
from layouts.cards import draw_table
from layouts.frame import page_address


def draw_no_other(scene: Scene, others: Sequence[Snapshot]) -> list[Component]:
    """The page of a data cut that has no earlier one."""
    words = f"There is no data cut before {scene.snapshot.label or scene.snapshot.cut} to compare with."
    return [html.Section([html.H2("Changes", className="card-title"), html.P(words), _choice(scene, others)], className="card card-text")]


def draw_changes(scene: Scene, other: Snapshot, others: Sequence[Snapshot], page: ChangesPage) -> list[Component]:
    """The comparison of `other` with the scene's data cut; `others` are the cuts that could be compared."""
    title = f"From {_named(other)} to {_named(scene.snapshot)}"
    backwards = (
        [html.P("The first data cut is the later one: what was added since appears as removed.", className="notice")]
        if other.cut_date > scene.snapshot.cut_date
        else []
    )
    return [
        _card(title, [html.P(page.population, className="caption"), *backwards, _results(page), _choice(scene, others)]),
        _card("Why the results changed", _reasons(page)),
        _card("Records", [_tallies(page)]),
        _card("Every record that changed", [*_records(scene, other, page), _downloads(scene, other)]),
    ]


def _card(title: str, body: Sequence[Component]) -> Component:
    return html.Section([html.H2(title, className="card-title"), *body], className="card card-text")


def _named(snapshot: Snapshot) -> str:
    return f"{snapshot.label or 'data cut'} ({snapshot.cut_date.isoformat()}, {snapshot.cut})"


def _results(page: ChangesPage) -> Component:
    rows = [(result.label, *(html.Strong(words) if differs else words for words, differs in result.cells)) for result in page.results]
    return draw_table(("Headline result", *page.columns), rows, "Headline results, before → after", stacked=True)


def _choice(scene: Scene, others: Sequence[Snapshot]) -> Component:
    if not others:
        return html.P("No other data cut is published.", className="caption")
    links = [part for cut in others for part in (html.A(_named(cut), href=_address(scene, "data/changes", cut)), " · ")][:-1]
    return html.P(["Compare with: ", *links], className="caption")


def _address(scene: Scene, page: str, other: Snapshot, participant: str = "", mark: str = "none") -> str:
    query = encode_view(replace(scene.view, against=other.cut, mark=mark), scene.protocol)
    return page_address(scene.protocol.key, page, query, participant)


def _reasons(page: ChangesPage) -> list[Component]:
    if not page.reasons:
        return [html.P("No participant's part of a headline result changed.")]
    return [
        html.Details(
            [
                html.Summary(f"{reason.label}: {reason.participants} participant{'' if reason.participants == 1 else 's'}"),
                html.Ul([html.Li(line) for line in reason.lines]),
            ],
            className="reason",
        )
        for reason in page.reasons
    ]


def _tallies(page: ChangesPage) -> Component:
    header = (
        "Kind of record",
        "Before",
        "After",
        "Unchanged",
        "Corrected",
        "Moved with the first dose",
        "Followed further",
        "Added",
        "Of these, recorded after the earlier cut",
        "Removed",
    )
    return draw_table(header, page.tallies, "Records by kind", stacked=True)


def _records(scene: Scene, other: Snapshot, page: ChangesPage) -> list[Component]:
    if not page.records:
        return [html.P("No record changed.")]
    rows = [
        (
            html.A(record.participant, href=_address(scene, "participants", other, record.participant, "changes"))
            if record.present
            else record.participant,
            record.sentence,
            record.kind,
            record.place,
        )
        for record in page.records
    ]
    more = [html.P(f"{page.more_records:,} more; the downloads hold all of them.", className="caption")] if page.more_records else []
    header = ("Participant", "What changed", "Kind", "File and row")
    return [draw_table(header, rows, "Records that changed", words=True, stacked=True), *more]


def _downloads(scene: Scene, other: Snapshot) -> Component:
    query = encode_view(replace(scene.view, against=other.cut), scene.protocol)
    links = [
        html.A(
            f"{words}, {written}",
            href=f"/{scene.protocol.key}/download/changes/-/{table}.{kind}?{query}",
            className="action",
            download="",
        )
        for words, table in (("Results", "result-changes"), ("Records", "record-changes"))
        for kind, written in (("csv", "CSV"), ("xlsx", "Excel"))
    ]
    return html.Div(links, className="actions")
