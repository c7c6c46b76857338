"""The participants grid, and one participant's page."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import dash_ag_grid as dag
from dash import html
from dash.development.base_component import Component

from dashboard import ids
from dashboard.study.protocol import StudyProtocol
from dashboard.view.grid import write_filter_model
from dashboard.view.state import ViewState
from layouts.attributes import aria
from layouts.cards import draw_table
from layouts.frame import page_address

GRID = "participants"
THEME = (
    "themeQuartz.withParams({fontFamily: 'inherit', fontSize: 13, backgroundColor: 'var(--card)', foregroundColor: 'var(--ink)', "
    "headerBackgroundColor: 'var(--card)', headerTextColor: 'var(--ink)', borderColor: 'var(--rule)', accentColor: 'var(--accent)', "
    "headerFontWeight: 600, cellHorizontalPadding: 8, wrapperBorderRadius: 4, browserColorScheme: 'inherit'})"
)


def draw_grid(protocol: StudyProtocol, view: ViewState, query: str, rows: list[dict[str, Any]]) -> list[Component]:
    """The grid with its order and filter from the view, and its downloads."""
    columns = column_definitions(protocol)
    grid = dag.AgGrid(
        id=ids.grid(GRID),
        columnDefs=columns,
        rowData=rows,
        filterModel=write_filter_model(view.where),
        columnState=column_state(protocol, view.sort),
        defaultColDef={
            "sortable": True,
            "filter": True,
            "resizable": True,
            "minWidth": 74,
            "flex": 1,
            "wrapHeaderText": True,
            "autoHeaderHeight": True,
        },
        dashGridOptions={
            "animateRows": False,
            "suppressColumnVirtualisation": True,
            "rowHeight": 30,
            "ensureDomOrder": True,
            "theme": {"function": THEME},
            "onRowClicked": {"function": "openParticipant(params)"},
        },
        className="grid",
        style={"height": "calc(100vh - 236px)", "minHeight": "360px"},
    )
    return [
        html.Section(
            [
                html.H2("Participants", className="card-title"),
                html.P("Baselines and other counts in cells/µL. A row opens the participant.", className="caption"),
                grid,
                html.Div(draw_grid_words(protocol, query, len(rows)), id=ids.grid_words(GRID), className="words"),
            ],
            className="card card-grid",
        )
    ]


def draw_grid_words(protocol: StudyProtocol, query: str, n: int) -> list[Component]:
    """How many rows the filters leave, and the downloads of the table as filtered."""
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
    return [
        html.P(f"{n} participants in the selection; the table's own filters narrow it further.", className="shown"),
        html.Div(links, className="actions"),
    ]


def column_definitions(protocol: StudyProtocol) -> list[dict[str, Any]]:
    """The grid's columns: the contract's `participants` table."""
    number = {"filter": "agNumberColumnFilter", "type": "rightAligned", "filterParams": {"maxNumConditions": 1}}
    text = {"filter": "agTextColumnFilter", "filterParams": {"maxNumConditions": 1}}
    name = {"pinned": "left", "width": 124, "flex": None}
    shown = {"function": "params.value == null ? 'none' : d3.format(',.4~r')(params.value)"}
    baselines = [
        {"field": f"baseline_{a.key}", "headerName": a.short, "minWidth": 70, "valueFormatter": shown, **number} for a in protocol.analytes
    ]
    return [
        {"field": "participant", "headerName": "Participant", "cellRenderer": "ParticipantLink", **name, **text},
        {"field": "cohort", "headerName": protocol.study.cohort_word, "minWidth": 96, **text},
        {"field": "sex", "headerName": "Sex", **text},
        {"field": "age", "headerName": "Age, years", **number},
        {"headerName": "Baseline, cells/µL", "children": baselines},
        {"field": "stratum", "headerName": "Stratum", "minWidth": 100, **text},
        {"field": "doses", "headerName": "Doses given", **number},
        {"field": "last_day", "headerName": "Last day", **number},
        {"field": "status", "headerName": "Status", "minWidth": 110, **text},
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
