"""The participants grid, and one participant's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.panels.participant_facts import Neighbours
from dashboard.study.protocol import StudyProtocol
from dashboard.view.grid import group_columns, participant_columns, write_filter_model
from dashboard.view.groups import name_split
from dashboard.view.state import ViewState
from layouts.attributes import UNCOUNTED, aria, data
from layouts.cards import draw_table
from layouts.frame import page_address

GRID = "participants"
THEME = (
    "themeQuartz.withParams({fontFamily: 'inherit', fontSize: 13, backgroundColor: 'var(--card)', foregroundColor: 'var(--ink)', "
    "headerBackgroundColor: 'var(--card)', headerTextColor: 'var(--ink)', borderColor: 'var(--rule)', accentColor: 'var(--accent)', "
    "headerFontWeight: 600, cellHorizontalPadding: 8, wrapperBorderRadius: 4, browserColorScheme: 'inherit'})"
)


CAPTION = (
    "Baselines and other counts in cells/µL; behind half of a limit stands what was reported, such as (<5). A row opens the participant."
)
COLUMN_DEFAULTS = {
    "sortable": True,
    "filter": True,
    "resizable": True,
    "minWidth": 62,
    "flex": 1,
    "wrapHeaderText": True,
    "autoHeaderHeight": True,
}
GRID_OPTIONS = {
    "animateRows": False,
    "suppressColumnVirtualisation": True,
    "rowHeight": 30,
    "ensureDomOrder": True,
    "theme": {"function": THEME},
}


def draw_grid(protocol: StudyProtocol, view: ViewState, query: str, rows: list[dict[str, Any]], shown: int) -> list[Component]:
    """The grid with its order and filter from the view, and its downloads; `shown` rows meet the table's own filter."""
    grid = dag.AgGrid(
        id=ids.grid(GRID),
        columnDefs=column_definitions(protocol),
        rowData=rows,
        filterModel=write_filter_model(view.where, participant_columns(protocol)),
        columnState=column_state(protocol, view.sort),
        defaultColDef=COLUMN_DEFAULTS,
        dashGridOptions=GRID_OPTIONS,
        # The grid takes no function for a row click among its options, only as a listener.
        eventListeners={"rowClicked": ["openParticipant(params)"]},
        className="grid",
        style={"height": "calc(100vh - 236px)", "minHeight": "360px"},
    )
    body = [
        html.H2("Participants", className="card-title"),
        html.P(CAPTION, className="caption"),
        grid,
        html.Div(draw_grid_words(protocol, query, len(rows), shown), id=ids.grid_words(GRID), className="words", **UNCOUNTED),
    ]
    return [html.Section(body, className="card card-grid")]


def draw_grid_words(protocol: StudyProtocol, query: str, n: int, shown: int) -> list[Component]:
    """How many participants the selection and the table's own filter leave, and the downloads of the rows shown."""
    links = [
        html.A(
            text,
            href=f"/{protocol.key}/download/grid/-/participants.{kind}?{query}",
            className="action",
            download="",
            **aria(label=f"Download participants as {text}"),
        )
        for kind, text in (("csv", "CSV"), ("xlsx", "Excel"))
    ]
    narrowed = f"; {n - shown} of them left out by the table's own filter" if shown < n else ""
    return [html.P(f"{n} participants in the selection{narrowed}.", className="shown"), html.Div(links, className="actions")]


def column_definitions(protocol: StudyProtocol) -> list[dict[str, Any]]:
    """The grid's columns: the contract's `participants` table."""
    number = {"filter": "agNumberColumnFilter", "type": "rightAligned", "filterParams": {"maxNumConditions": 1}}
    text = {"filter": "agTextColumnFilter", "filterParams": {"maxNumConditions": 1}}
    name = {"headerName": "Identifier", "cellRenderer": "ParticipantLink", "pinned": "left", "width": 124, "flex": None}
    # A number with what was reported behind it just fits the narrowest column.
    count = {"cellStyle": {"paddingLeft": "1px"}, **number}
    baselines = [
        {"field": f"baseline_{a.key}", "headerName": a.short, "valueFormatter": {"function": _write_baseline(a.key)}, **count}
        for a in protocol.analytes
    ]
    return [
        # A group of its own: the pinned part of the header would otherwise hold an empty row, which has no meaning to a screen reader.
        {"headerName": "Participant", "children": [{"field": "participant", **name, **text}]},
        {"field": "cohort", "headerName": protocol.study.cohort_word, "minWidth": 92, **text},
        *(
            {"field": column, "headerName": name_split(protocol, by), "minWidth": 118, "tooltipField": column, **text}
            for by, column in _other_groups(protocol)
        ),
        {"field": "sex", "headerName": "Sex", **text},
        {"field": "age", "headerName": "Age, years", "minWidth": 70, **number},
        {"headerName": "Baseline, cells/µL", "children": baselines},
        {"field": "stratum", "headerName": "Stratum", "minWidth": 96, **text},
        {"field": "doses", "headerName": "Doses given", "minWidth": 74, **number},
        {"field": "last_day", "headerName": "Last day", **number},
        {"field": "status", "headerName": "Status", "minWidth": 100, "tooltipField": "status", **text},
    ]


def _write_baseline(analyte: str) -> str:
    """How the grid writes a baseline: a number, and behind one that enters as half of the limit what was reported."""
    reported = f"params.data['below_{analyte}']"
    return f"params.value == null ? 'none' : d3.format(',.4~r')(params.value) + ({reported} ? ' (' + {reported} + ')' : '')"


def _other_groups(protocol: StudyProtocol) -> list[tuple[str, str]]:
    """The columns of the ways to split the participants, but the one of the view: that is the column of cohorts."""
    return [(by, column) for by, column in group_columns(protocol).items() if by != protocol.by]


def column_state(protocol: StudyProtocol, sort: str) -> list[dict[str, Any]]:
    """The grid's column state for an order as the address writes it."""
    order = dict(part.rsplit(".", 1) for part in sort.split(",")) if sort else {}
    places = {name: place for place, name in enumerate(order)}
    fields = [part["field"] for column in column_definitions(protocol) for part in column.get("children", [column])]
    return [{"colId": field, "sort": order.get(field), "sortIndex": places.get(field)} for field in fields]


def draw_person(study: str, name: str, head: Sequence[Component]) -> Component:
    """The head of a participant's page in a place of its own: it follows the view."""
    return html.Div(list(head), id=ids.person(name), className="person-head", **UNCOUNTED)


def draw_participant_head(facts: Sequence[tuple[str, str]], study: str, query: str, neighbours: Neighbours) -> Component:
    """Who the participant is, the way back, and the ways to the neighbours in the selection."""
    listed = html.Dl([html.Div([html.Dt(term), html.Dd(text)]) for term, text in facts], className="person")
    place = f"{neighbours.place} of {neighbours.of}" if neighbours.place else f"not among the {neighbours.of}"
    ways = [
        html.A("All participants", href=page_address(study, "participants", query), className="back"),
        *_way(study, query, "previous", neighbours.before, "← {}"),
        *_way(study, query, "next", neighbours.after, "{} →"),
        html.Span(f"{place} in the selection", className="place"),
        html.Button("Print", className="action action-print", type="button", **data(print="yes")),
    ]
    return html.Section(
        [html.Nav(ways, className="neighbours", **aria(label="Neighbours in the selection")), listed], className="card card-text"
    )


def _way(study: str, query: str, step: str, name: str, words: str) -> list[Component]:
    """The link to a neighbour; the arrow keys follow it (actions.js)."""
    if not name:
        return []
    address = page_address(study, "participants", query, name)
    return [
        html.A(
            words.format(name),
            href=address,
            className="action",
            **data(internal="yes", follows_view="yes", step=step),
            **aria(label=f"{step.capitalize()}: {name}"),
        )
    ]


def draw_threshold_times(
    header: Sequence[str], rows: Sequence[Sequence[str]], analyte: str, history: Sequence[str], ranges: Sequence[Sequence[str]]
) -> Component:
    """The participant's time above each threshold with the response by every rule, and the own history of every count."""
    own = html.Details(
        [html.Summary("Own history before treatment"), draw_table(history, ranges, "Own history", words=True)],
        className="entries",
        **data(print_open="yes"),
    )
    title = html.H2(f"Time with {analyte} above the thresholds, and response", className="card-title")
    return html.Section([title, draw_table(header, rows), own], className="card card-text")


def draw_entries(header: Sequence[str], rows: Sequence[Sequence[str]]) -> Component:
    """Everything recorded about the participant, folded away."""
    words = html.Summary(f"Everything recorded: {len(rows)} rows")
    folded = html.Details([words, draw_table(header, rows, "Everything recorded")], className="entries", **data(print_open="yes"))
    return html.Section([folded], className="card card-text card-entries")
