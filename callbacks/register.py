"""The callbacks of the product: address ↔ controls, page, panels, table, and a click on a line."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from urllib.parse import quote

from dash import MATCH, Dash, Input, Output, State, ctx
from dash.exceptions import PreventUpdate

from callbacks.pages import build_page, grid_rows, participant_head
from callbacks.stepping import CHOSEN, DRAWN, SHOWN, WOKEN, Page, answer_change
from dashboard import ids
from dashboard.panels.participants import table_participants
from dashboard.workspace import Workspace
from layouts.participants import draw_grid_words


def register_callbacks(
    app: Dash, workspace: Workspace, read_seen: Callable[[], str | None], notice_missing: Callable[[str], None] = lambda path: None
) -> None:
    """Wire everything. Each callback decodes, asks and draws; what it decides is a plain function elsewhere.

    `read_seen` gives what the reader of the moment has in sight, as `callbacks.sight` reads it. `notice_missing` hears of every
    address to which somebody went and at which there is no page for that reader.
    """
    _register_page(app, workspace, notice_missing)
    _register_sync(app, workspace, read_seen)
    _register_grid(app, workspace)
    _register_click(app, workspace)
    _register_person(app, workspace)


def _register_page(app: Dash, workspace: Workspace, notice_missing: Callable[[str], None]) -> None:
    @app.callback(Output(ids.PAGE, "children"), Input(ids.URL, "pathname"), State(ids.URL, "search"), prevent_initial_call=True)
    def show_page(pathname: str, search: str) -> Any:
        page, status = build_page(workspace, pathname, search or "")
        if status != 200:
            notice_missing(pathname)
        return page


def _register_sync(app: Dash, workspace: Workspace, read_seen: Callable[[], str | None]) -> None:
    """A round trip per change: address, controls and table in step, and the panels in sight; another one for the rest."""

    @app.callback(
        {name: Output(*where) for name, where in (CHOSEN | SHOWN | DRAWN).items()},
        {name: Input(*where) for name, where in (CHOSEN | WOKEN).items()} | {name: State(*where) for name, where in SHOWN.items()},
        prevent_initial_call=True,
    )
    def keep_in_step(**asked: Any) -> dict[str, Any]:
        if not asked["view"]:
            raise PreventUpdate
        page = Page(
            controls=_keys("control", ctx.args_grouping["control"]),
            panels=[item["id"] for item in ctx.outputs_grouping["figure"]],
            parts=_keys("review", ctx.outputs_grouping["review"]),
            triggered=ctx.triggered,
        )
        return answer_change(workspace, page, asked, read_seen())


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
