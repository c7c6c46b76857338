"""The participants grid, and one participant's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.study.protocol import StudyProtocol
from dashboard.view.grid import participant_columns, write_filter_model
from dashboard.view.state import ViewState
from layouts.attributes import UNCOUNTED, aria
from layouts.cards import draw_table
from layouts.frame import page_address

GRID = "participants"
THEME = (
    "themeQuartz.withParams({fontFamily: 'inherit', fontSize: 13, backgroundColor: 'var(--card)', foregroundColor: 'var(--ink)', "
    "headerBackgroundColor: 'var(--card)', headerTextColor: 'var(--ink)', borderColor: 'var(--rule)', accentColor: 'var(--accent)', "
    "headerFontWeight: 600, cellHorizontalPadding: 8, wrapperBorderRadius: 4, browserColorScheme: 'inherit'})"
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
        html.P("Baselines and other counts in cells/µL. A row opens the participant.", className="caption"),
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
    shown = {"function": "params.value == null ? 'none' : d3.format(',.4~r')(params.value)"}
    baselines = [{"field": f"baseline_{a.key}", "headerName": a.short, "valueFormatter": shown, **number} for a in protocol.analytes]
    return [
        # A group of its own: the pinned part of the header would otherwise hold an empty row, which has no meaning to a screen reader.
        {"headerName": "Participant", "children": [{"field": "participant", **name, **text}]},
        {"field": "cohort", "headerName": protocol.study.cohort_word, "minWidth": 92, **text},
        {"field": "sex", "headerName": "Sex", **text},
        {"field": "age", "headerName": "Age, years", "minWidth": 70, **number},
        {"headerName": "Baseline, cells/µL", "children": baselines},
        {"field": "stratum", "headerName": "Stratum", "minWidth": 96, **text},
        {"field": "doses", "headerName": "Doses given", "minWidth": 74, **number},
        {"field": "last_day", "headerName": "Last day", **number},
        {"field": "status", "headerName": "Status", "minWidth": 100, "tooltipField": "status", **text},
    ]


def column_state(protocol: StudyProtocol, sort: str) -> list[dict[str, Any]]:
    """The grid's column state for an order as the address writes it."""
    order = dict(part.rsplit(".", 1) for part in sort.split(",")) if sort else {}
    places = {name: place for place, name in enumerate(order)}
    fields = [part["field"] for column in column_definitions(protocol) for part in column.get("children", [column])]
    return [{"colId": field, "sort": order.get(field), "sortIndex": places.get(field)} for field in fields]


def draw_participant_head(facts: Sequence[tuple[str, str]], study: str, query: str) -> Component:
    """Who the participant is, and the way back."""
    listed = html.Dl([part for term, text in facts for part in (html.Div([html.Dt(term), html.Dd(text)]),)], className="person")
    return html.Section(
        [html.A("All participants", href=page_address(study, "participants", query), className="back"), listed],
        className="card card-text",
    )


def draw_threshold_times(header: Sequence[str], rows: Sequence[Sequence[str]], analyte: str) -> Component:
    """The participant's time above each threshold."""
    return html.Section(
        [html.H2(f"Time with {analyte} above the thresholds", className="card-title"), draw_table(header, rows)], className="card card-text"
    )
