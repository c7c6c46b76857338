"""The composition root: the one module that may import every room."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable
from pathlib import Path

from dash import Dash, dcc, html
from dash.development.base_component import Component
from flask import Flask, has_request_context, request

from callbacks.pages import build_page
from callbacks.register import register_callbacks
from dashboard import ids
from dashboard.delivering.desk import Deliveries
from dashboard.settings import Settings
from dashboard.study.definitions import definition_fingerprint, read_definitions
from dashboard.study.snapshot import SnapshotRepository
from dashboard.web.addresses import ADDRESS_HEADER, is_grid_address, read_address, register_addresses
from dashboard.web.answers import register_answer_compression
from dashboard.web.deliveries import register_deliveries, upload_limits
from dashboard.web.headers import register_security_headers
from dashboard.web.health import Readiness, register_health
from dashboard.web.index import build_index
from dashboard.web.static_files import StaticAssets, register_static_files
from dashboard.web.tables_api import register_tables_api
from dashboard.workspace import Workspace
from data_access import opening
from data_access.migrations import read_revisions
from data_access.repository import SqlRepository
from layouts.frame import draw_root

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def open_repository(settings: Settings) -> SqlRepository:
    """The repository of the configured database, its schema brought to the newest revision. Connects and may write."""
    return opening.open_repository(settings.database)


def create_app(settings: Settings, repository: SqlRepository) -> Dash:
    """The application of `settings`, reading from `repository`."""
    app = assemble_app(settings, repository, lambda: _readiness(settings, repository))
    deliveries = Deliveries(settings, repository)
    # What a server that was stopped in the middle has left.
    deliveries.clean_up()
    register_deliveries(app.server, settings, read_definitions(settings.studies), deliveries)
    return app


def assemble_app(settings: Settings, repository: SnapshotRepository, readiness: Callable[[], Readiness]) -> Dash:
    """The application on any repository; `readiness` is asked by /readyz."""
    logging.basicConfig(level=settings.log_level.upper(), format="%(asctime)s %(levelname)s %(name)s: %(message)s")
    workspace = Workspace(read_definitions(settings.studies), repository)
    server = Flask("lymphotrace", static_folder=None)
    assets = register_static_files(server, settings, ASSETS)
    app = _create_dash(server, assets)
    app.layout = lambda: _first_page(workspace)
    app.validation_layout = _all_static_ids()  # type: ignore[assignment]
    register_callbacks(app, workspace)
    register_addresses(server, workspace)
    register_tables_api(server, workspace, _code_version(workspace))
    register_health(server, readiness)
    register_security_headers(server, app.csp_hashes, upload_limits(settings))
    register_answer_compression(server)
    return app


def _readiness(settings: Settings, repository: SqlRepository) -> Readiness:
    found, head = read_revisions(repository.engine)
    cuts = [cut for study in read_definitions(settings.studies) for cut in repository.list_published(study)]
    newest = max(cuts, key=lambda cut: cut.published_at or cut.created_at, default=None)
    return Readiness(found, head, newest.content_hash if newest else None)


def _create_dash(server: Flask, assets: StaticAssets) -> Dash:
    class Application(Dash):
        """Dash with the product's own index page: hashed local assets, nothing from another origin."""

        def interpolate_index(self, **parts: str) -> str:  # type: ignore[override]
            return build_index(assets, parts, with_grid=not has_request_context() or is_grid_address(request.path))

    return Application(
        "lymphotrace",
        server=server,  # type: ignore[arg-type]
        assets_folder=str(ASSETS),
        assets_ignore=".*",
        serve_locally=True,
        suppress_callback_exceptions=False,
        update_title=None,  # type: ignore[arg-type]
        title="Lymphotrace",
        # Dash turns every callback into an event-loop task as soon as asgiref can be imported.
        use_async=False,
        enable_mcp=False,
    )


def _first_page(workspace: Workspace) -> Component:
    """The layout a browser asks for when it opens an address: already the whole page, figures included."""
    path, query = read_address(request.headers.get(ADDRESS_HEADER, "/")) if has_request_context() else ("/", "")
    return draw_root(build_page(workspace, path, query)[0], path, query)


def _all_static_ids() -> Component:
    """What Dash checks the callbacks' ids against; everything else has an id of a pattern."""
    stores = [dcc.Store(id=name) for name in (ids.VIEW, ids.CLICKED)]
    return html.Div([dcc.Location(id=ids.URL), *stores, html.Div(id=ids.PAGE), html.Div(id=ids.NOTICES), html.Div(id=ids.STALE)])


def _code_version(workspace: Workspace) -> str:
    """Changes whenever the program or a study definition does: part of every ETag."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    parts = [source.read_bytes() for source in sources]
    parts += [definition_fingerprint(protocol).encode() for protocol in workspace.protocols.values()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
