"""The studies page and a study's overview: what the study is, its data, and what a reader must know about the record."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from dash import dcc, html
from dash.development.base_component import Component

from dashboard.panels.reported import ReportedWords
from dashboard.scene import Scene
from dashboard.study.plan import Note
from dashboard.study.protocol import StudyProtocol, Visit
from dashboard.study.snapshot import Snapshot
from layouts.attributes import data
from layouts.cards import draw_table
from layouts.frame import draw_bare, page_address


def draw_studies(studies: Sequence[tuple[StudyProtocol, Snapshot | None]], is_pooled: Callable[[str], bool]) -> Component:
    """The list of studies; one without a published data cut leads to its pooled figures, or says how to load it."""
    cards = html.Div([_study(protocol, newest, is_pooled) for protocol, newest in studies], className="studies")
    return draw_bare([html.H1("Lymphocyte trajectories"), html.P("Choose a study.", className="lead"), cards])


def _study(protocol: StudyProtocol, newest: Snapshot | None, is_pooled: Callable[[str], bool]) -> Component:
    head = [html.H2(protocol.study.short_title, className="card-title"), html.P(protocol.study.title)]
    if newest is None and is_pooled(protocol.key):
        link = html.A(f"Open the pooled figures of {protocol.study.registry_id}", href=page_address(protocol.key, "pooled", ""))
        return html.Section([*head, link], className="card study-card")
    if newest is None:
        how = f"No data cut is published. Load one with: python -m dashboard import {protocol.key} <folder> --publish"
        return html.Section([*head, html.P(how, className="caption")], className="card study-card")
    sizes = f"{newest.participants:,} participants, {newest.records:,} count records."
    date = html.Span(newest.cut_date.isoformat(), className="whole")
    facts: list[str | Component] = [f"{sizes} Data cut {newest.label}, ", date, f", {newest.cut}."]
    synthetic = [html.Strong("SYNTHETIC", className="synthetic")] if newest.synthetic else []
    opened = dcc.Link(
        f"Open {protocol.study.registry_id}", href=page_address(protocol.key, "overview", f"cut={newest.cut}"), className="open-study"
    )
    return html.Section([*synthetic, *head, html.P(facts, className="caption"), opened], className="card study-card")


def draw_overview(
    scene: Scene, snapshots: Sequence[Snapshot], cohort_rows: Sequence[Sequence[str]], reported: ReportedWords | None = None
) -> list[Component]:
    """The overview page. `cohort_rows` are cohort, planned, enrolled, dosed, with a baseline, still under observation."""
    protocol = scene.protocol
    assumed = [note for note in protocol.notes if note.assumed]
    return [
        _card("The study", [_facts(protocol)]),
        _card(
            "Participants in this data cut",
            [draw_table((protocol.study.cohort_word, "Planned", "Enrolled", "Dosed", "With a baseline", "Ongoing"), cohort_rows)],
        ),
        *([_card("Reported figures beside those of this data cut", _reported(scene, reported))] if reported else []),
        _card("Data cuts", [_snapshots(scene, snapshots)]),
        _card("What the reader must know", [_notes([note for note in protocol.notes if not note.assumed])]),
        *([_card("What is assumed", [_notes(assumed)])] if assumed else []),
        _card("Planned visits", [_visits(protocol)]),
    ]


def _card(title: str, body: Sequence[Component]) -> Component:
    return html.Section([html.H2(title, className="card-title"), *body], className="card card-text")


def _facts(protocol: StudyProtocol) -> Component:
    study = protocol.study
    facts = [
        ("Title", study.title),
        ("Registration", ", ".join(member.registry_id for member in protocol.members) or study.registry_id),
        ("Sponsor", study.sponsor),
        ("Intervention", study.intervention),
        ("Population", study.population),
        ("Source", study.source),
    ]
    return html.Dl([part for term, text in facts for part in (html.Dt(term), html.Dd(text))], className="facts")


def _snapshots(scene: Scene, snapshots: Sequence[Snapshot]) -> Component:
    rows = [
        (
            html.A(snapshot.label, href=page_address(scene.protocol.key, "overview", f"cut={snapshot.cut}"), **data(internal="yes")),
            snapshot.cut_date.isoformat(),
            html.Code(snapshot.cut),
            f"{snapshot.participants:,}",
            f"{snapshot.records:,}",
            "shown here" if snapshot.content_hash == scene.snapshot.content_hash else "",
        )
        for snapshot in snapshots
    ]
    return draw_table(("Data cut", "Cut date", "Name in the address", "Participants", "Count records", ""), rows)


def _reported(scene: Scene, words: ReportedWords) -> list[Component]:
    address = f"/{scene.protocol.key}/download/overview/-/reported.csv?{scene.query}"
    quiet = [(doubt, html.Span(f"{figures}: ", className="quiet"), note) for doubt, figures, note in words.doubts]
    marks = [part for doubt, figures, note in quiet for part in (html.Dt(doubt), html.Dd([figures, note]))]
    return [
        html.P(words.caption, className="caption"),
        draw_table(words.header, words.rows, "Reported figures beside those of this data cut", words=True, stacked=True),
        *([html.H3("What the marks mean"), html.Dl(marks, className="facts notes")] if marks else []),
        html.P(html.A("These figures as CSV", href=address, download=""), className="caption"),
    ]


def _notes(notes: Sequence[Note]) -> Component:
    return html.Dl(
        [
            part
            for item in notes
            for part in (html.Dt(item.title), html.Dd([item.text, html.Span(f" Source: {item.source}.", className="quiet")]))
        ],
        className="facts notes",
    )


def _visits(protocol: StudyProtocol) -> Component:
    header = ("Visit", "Target day", "Window, days", "Week", "Clock")
    return draw_table(header, [(v.label, str(v.target), _window(v), f"{v.target / 7:.1f}", _clock(v)) for v in protocol.visits])


def _window(visit: Visit) -> str:
    return f"up to {visit.high}" if visit.low is None else f"{visit.low} to {visit.high}"


def _clock(visit: Visit) -> str:
    return "study day" if visit.moves_with_dose is None else f"moves with dose {visit.moves_with_dose}"
