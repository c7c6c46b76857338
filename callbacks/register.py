"""The callbacks of the product: address ↔ controls, page, panels, table, and a click on a line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import ALL, MATCH, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.interim_page import rewrite_review
from callbacks.pages import build_page, grid_rows, participant_head
from callbacks.panels import draw_panels
from callbacks.sync import is_from_address, synchronise
from dashboard import ids
from dashboard.panels.participants import table_participants
from dashboard.workspace import Workspace
from layouts.participants import draw_grid_words

Places = dict[str, tuple[Any, str]]


def register_callbacks(app: Dash, workspace: Workspace) -> None:
    """Wire everything. Each callback decodes, asks and draws; what it decides is a plain function elsewhere."""
    _register_page(app, workspace)
    _register_sync(app, workspace)
    _register_grid(app, workspace)
    _register_click(app, workspace)
    _register_person(app, workspace)


def _register_page(app: Dash, workspace: Workspace) -> None:
    @app.callback(Output(ids.PAGE, "children"), Input(ids.URL, "pathname"), State(ids.URL, "search"), prevent_initial_call=True)
    def show_page(pathname: str, search: str) -> Any:
        return build_page(workspace, pathname, search or "")[0]


def _register_sync(app: Dash, workspace: Workspace) -> None:
    """One round trip per change: address, controls and table in step, and the panels of the new view."""
    every_control: Any = ids.control(ALL)  # type: ignore[arg-type]
    every_grid: Any = ids.grid(ALL)  # type: ignore[arg-type]
    every_part: Any = ids.review(ALL)  # type: ignore[arg-type]
    chosen: Places = {
        "search": (ids.URL, "search"),
        "control": (every_control, "value"),
        "filter": (every_grid, "filterModel"),
        "order": (every_grid, "columnState"),
    }
    shown: Places = {"title": (_part(ids.TITLE), "children"), "card": (_part(ids.CARD), "className")}
    drawn: Places = {"figure": (_part(ids.FIGURE), "figure"), "words": (_part(ids.WORDS), "children")}
    told: Places = {"view": (ids.VIEW, "data"), "notices": (ids.NOTICES, "children")}
    named: Places = {"fingerprint": (ids.FINGERPRINT, "children")}
    written: Places = {"review": (every_part, "children")}

    @app.callback(
        {name: Output(*where) for name, where in (chosen | shown | drawn | told | named | written).items()},
        {name: Input(*where) for name, where in chosen.items()} | {name: State(*where) for name, where in (shown | told).items()},
        prevent_initial_call=True,
    )
    def keep_in_step(
        search: str, control: list[Any], filter: list[Any], order: list[Any], title: list[str], card: list[str], view: Any, notices: Any
    ) -> dict[str, Any]:
        if not view:
            raise PreventUpdate
        controls = dict(zip(_keys("control", ctx.args_grouping["control"]), control, strict=True))
        answer = synchronise(workspace, is_from_address(ctx.triggered), view, search, controls, filter, order, notices)
        panels = [item["id"] for item in ctx.outputs_grouping["figure"]]
        parts = [item["id"]["review"] for item in ctx.outputs_grouping["review"]]
        review = rewrite_review(workspace, answer["view"], parts)
        return answer | draw_panels(workspace, answer["view"], panels, title, card) | {"review": review}


def _part(name: str) -> Any:
    return ids.panel_part(name, ALL, ALL)  # type: ignore[arg-type]


def _keys(name: str, items: list[Any]) -> list[str]:
    return [item["id"][name] for item in items]


def _register_grid(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        Output(ids.grid(MATCH), "rowData"),  # type: ignore[arg-type]
        Output(ids.grid_words(MATCH), "children"),  # type: ignore[arg-type]
        Input(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    def fill_grid(view: dict[str, str]) -> Any:
        scene, _ = workspace.open(view["study"], view["query"])
        rows = grid_rows(scene)
        return rows, draw_grid_words(scene.protocol, scene.query, len(rows), len(table_participants(scene)))


def _register_person(app: Dash, workspace: Workspace) -> None:
    @app.callback(
        Output(ids.person(MATCH), "children"),  # type: ignore[arg-type]
        Input(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    def describe_person(view: dict[str, str]) -> Any:
        scene, _ = workspace.open(view["study"], view["query"])
        return participant_head(scene, view["subject"])


def _register_click(app: Dash, workspace: Workspace) -> None:
    @app.callback(Output(ids.URL, "pathname"), Input(ids.CLICKED, "data"), State(ids.VIEW, "data"), prevent_initial_call=True)
    def open_participant(clicked: dict[str, float], view: dict[str, str]) -> str:
        scene, _ = workspace.open(view["study"], view["query"])
        name = str(scene.analysis.participants["participant"].iloc[int(clicked["row"])])
        return f"/{view['study']}/participants/{quote(name, safe='')}"
