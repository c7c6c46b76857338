"""The callbacks of the product: address ↔ controls, page, panels, table, and a click on a line."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from dash import ALL, MATCH, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.pages import build_page, grid_rows
from callbacks.sync import is_from_address, synchronise
from dashboard import ids
from dashboard.panels import PANELS
from dashboard.panels.participants import table_participants
from dashboard.rendering import render_panel
from dashboard.workspace import Workspace
from layouts.cards import card_class, draw_words
from layouts.participants import draw_grid_words


def register_callbacks(app: Dash, workspace: Workspace) -> None:
    """Wire everything. Each callback decodes, asks and draws; what it decides is a plain function elsewhere."""
    _register_page(app, workspace)
    _register_sync(app, workspace)
    _register_panels(app, workspace)
    _register_grid(app, workspace)
    _register_click(app, workspace)


def _register_page(app: Dash, workspace: Workspace) -> None:
    @app.callback(Output(ids.PAGE, "children"), Input(ids.URL, "pathname"), State(ids.URL, "search"), prevent_initial_call=True)
    def show_page(pathname: str, search: str) -> Any:
        return build_page(workspace, pathname, search or "")[0]


def _register_sync(app: Dash, workspace: Workspace) -> None:
    every_control: Any
    every_grid: Any
    every_control, every_grid = ids.control(ALL), ids.grid(ALL)  # type: ignore[arg-type]
    state: dict[str, tuple[Any, str]] = {
        "search": (ids.URL, "search"),
        "control": (every_control, "value"),
        "filter": (every_grid, "filterModel"),
        "order": (every_grid, "columnState"),
    }

    @app.callback(
        {name: Output(*where) for name, where in state.items()}
        | {"view": Output(ids.VIEW, "data"), "notices": Output(ids.NOTICES, "children"), "links": Output(ids.link(ALL), "href")},  # type: ignore[arg-type]
        {name: Input(*where) for name, where in state.items()} | {"view": State(ids.VIEW, "data")},
        prevent_initial_call=True,
    )
    def keep_in_step(search: str, control: list[Any], filter: list[Any], order: list[Any], view: Any) -> dict[str, Any]:
        if not view:
            raise PreventUpdate
        keys = [item["id"]["control"] for item in ctx.args_grouping["control"]]
        links = [item["id"]["link"] for item in ctx.outputs_grouping["links"]]
        return synchronise(
            workspace, is_from_address(ctx.triggered), view, search, dict(zip(keys, control, strict=True)), filter, order, links
        )


def _register_panels(app: Dash, workspace: Workspace) -> None:
    def part(name: str, prop: str) -> Output:
        return Output(ids.panel_part(name, MATCH, MATCH), prop)  # type: ignore[arg-type]

    @app.callback(
        part(ids.FIGURE, "figure"),
        part(ids.TITLE, "children"),
        part(ids.WORDS, "children"),
        part(ids.CARD, "className"),
        Input(ids.VIEW, "data"),
        prevent_initial_call=True,
    )
    def draw_panel(view: dict[str, str]) -> Any:
        where = ctx.outputs_list[0]["id"]
        scene, _ = workspace.open(view["study"], view["query"])
        content = render_panel(workspace, scene, PANELS[where["panel"]], where["subject"])
        return content.figure, content.title, draw_words(content, view["study"]), card_class(content)


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


def _register_click(app: Dash, workspace: Workspace) -> None:
    @app.callback(Output(ids.URL, "pathname"), Input(ids.CLICKED, "data"), State(ids.VIEW, "data"), prevent_initial_call=True)
    def open_participant(clicked: dict[str, float], view: dict[str, str]) -> str:
        scene, _ = workspace.open(view["study"], view["query"])
        name = str(scene.analysis.participants["participant"].iloc[int(clicked["row"])])
        return f"/{view['study']}/participants/{quote(name, safe='')}"
