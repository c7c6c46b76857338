"""The composition root: the one module that may import every room."""

from __future__ import annotations

import hashlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path

from dash import Dash, dcc, html
from dash.development.base_component import Component
from flask import Flask, has_request_context, request

from callbacks.pages import build_page
from callbacks.register import register_callbacks
from callbacks.sight import SIGHT_HEADER
from dashboard import ids
from dashboard.access.visibility import VisibleSnapshots, VisibleStudies
from dashboard.closed.desk import PooledDesk
from dashboard.delivering.desk import Deliveries
from dashboard.delivering.person import read_person
from dashboard.logs import configure_logging
from dashboard.meeting.desk import Meetings
from dashboard.saved.desk import SavedViews
from dashboard.settings import Settings
from dashboard.study.definitions import definition_fingerprint, read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import SnapshotRepository
from dashboard.web.addresses import ADDRESS_HEADER, is_grid_address, read_address, register_addresses
from dashboard.web.answers import register_answer_compression
from dashboard.web.audit_page import register_audit_page
from dashboard.web.callback_shape import register_callback_shape
from dashboard.web.closed_page import register_closed_page
from dashboard.web.deliveries import register_deliveries, upload_limits
from dashboard.web.gate import Access, Gate
from dashboard.web.guard import register_guard
from dashboard.web.headers import register_security_headers
from dashboard.web.health import Readiness, register_health
from dashboard.web.index import build_index
from dashboard.web.meeting_pages import register_meeting_pages
from dashboard.web.meetings import register_meetings
from dashboard.web.packages import register_packages
from dashboard.web.presence import asking, current_reader
from dashboard.web.refusals import register_refusals
from dashboard.web.request_log import current_request_id, register_request_log
from dashboard.web.rules import require_rules
from dashboard.web.saved_views import register_saved_views
from dashboard.web.signing_in import register_signing_in
from dashboard.web.static_files import StaticAssets, read_assets, register_static_files
from dashboard.web.tables_api import register_tables_api
from dashboard.web.unavailable import register_unavailable
from dashboard.web.viewing import notice_missing, notice_scene, register_viewing
from dashboard.workspace import Memory, Workspace
from data_access import opening
from data_access.accounts import SqlAccounts
from data_access.audit import SqlAudit
from data_access.meetings import SqlMeetings
from data_access.migrations import read_revisions
from data_access.releases import SqlReleases
from data_access.repository import SqlRepository, utc_now
from data_access.saved_views import SqlSavedViews
from data_access.sessions import SqlAttempts, SqlSessions
from data_access.statement_limit import limit_statements
from layouts.frame import draw_account, draw_root
from layouts.plain import draw_markup

ASSETS = Path(__file__).resolve().parent.parent / "assets"


def open_repository(settings: Settings) -> SqlRepository:
    """The repository of the configured database, its schema brought to the newest revision. Connects and may write."""
    return opening.open_repository(settings.database)


def create_app(settings: Settings, repository: SqlRepository, access: Access | None = None) -> Dash:
    """The application of `settings`, reading from `repository`; `access` stands for what its database holds of accounts."""
    limit_statements(repository.engine, settings.statement_seconds)
    access = None if settings.auth == "none" else access or open_access(repository)
    app = assemble_app(settings, repository, lambda: _readiness(settings, repository), access)
    deliveries = Deliveries(settings, repository) if access is None else Deliveries(settings, repository, lambda: current_reader().name)
    # What a server that was stopped in the middle has left.
    deliveries.clean_up()
    register_deliveries(app.server, settings, _studies(settings, access), deliveries)
    if access is not None:
        _register_audit(app.server, settings, repository)
    require_rules(app.server, app)
    return app


def _register_audit(server: Flask, settings: Settings, repository: SqlRepository) -> None:
    """The page of the audit. Who saw a participant is found with every published data cut, whatever the reader sees."""
    store = SqlAudit(repository.engine, utc_now, current_request_id)
    register_audit_page(server, store, Workspace(read_definitions(settings.studies), repository), read_assets(ASSETS))


def open_access(repository: SqlRepository) -> Access:
    """Accounts, sessions and releases in the database of `repository`."""
    engine = repository.engine
    audit = SqlAudit(engine, utc_now, current_request_id)
    return Access(SqlAccounts(engine), SqlSessions(engine), SqlAttempts(engine), SqlReleases(engine), audit, utc_now)


def assemble_app(
    settings: Settings, repository: SnapshotRepository, readiness: Callable[[], Readiness], access: Access | None = None
) -> Dash:
    """The application on any repository; `readiness` is asked by /readyz. `access` is needed unless AUTH is none."""
    configure_logging(settings.log_level, settings.log_lines)
    gate = _open_gate(settings, access)
    studies = _studies(settings, access)
    pooled = _open_pooled(settings, repository, access)
    workspace = _open_workspace(settings, repository, access, pooled)
    server = Flask("lymphotrace", static_folder=None)
    # At a terminal a line for each request would only hide the others.
    register_request_log(server, logging.INFO if settings.log_lines == "json" else logging.DEBUG)
    assets = register_static_files(server, settings, ASSETS)
    register_refusals(server, assets)
    register_guard(server, settings, gate, studies)
    app = _create_dash(server, assets)
    app.layout = lambda: _first_page(workspace, settings)
    app.validation_layout = _all_static_ids()  # type: ignore[assignment]
    register_callbacks(app, workspace, lambda: request.headers.get(SIGHT_HEADER), notice_missing)
    register_addresses(server, workspace)
    register_unavailable(server, assets)
    register_tables_api(server, workspace, workspace.code)
    register_packages(server, workspace, settings.var / "packages")
    _register_saved_views(server, settings, repository, access, workspace, assets)
    register_health(server, readiness)
    if gate is not None and settings.auth == "password":
        register_signing_in(server, gate, assets)
    if gate is not None and settings.auth == "oidc":
        # Keys, tokens and an HTTP client: a quarter of a second that nobody else waits for.
        from dashboard.web.oidc import register_oidc

        register_oidc(server, gate, assets)
    register_callback_shape(server, app.callback_map)
    register_security_headers(server, app.csp_hashes, upload_limits(settings), https=settings.tls == "yes")
    register_answer_compression(server)
    if gate is not None and pooled is not None:
        register_closed_page(server, pooled, gate.access.trail, assets, can_sign_out=settings.auth != "proxy")
        register_viewing(server, gate.access.trail)
    require_rules(server, app)
    return app


def _register_saved_views(
    server: Flask, settings: Settings, repository: SnapshotRepository, access: Access | None, workspace: Workspace, assets: StaticAssets
) -> None:
    """Views are saved, and meetings held, in the database; an application on another repository has none."""
    if not isinstance(repository, SqlRepository):
        return
    store = SqlSavedViews(repository.engine)
    if access is None:
        views = SavedViews(store, workspace, utc_now, read_person, lambda: None)
    else:
        views = SavedViews(store, workspace, access.clock, lambda: current_reader().name, current_reader, access.trail)
    register_saved_views(server, settings, views, assets)
    meetings = Meetings(SqlMeetings(repository.engine), views)
    register_meetings(server, settings, meetings)
    register_meeting_pages(server, settings, meetings, assets)


def _open_gate(settings: Settings, access: Access | None) -> Gate | None:
    if settings.auth == "none":
        return None
    if access is None:
        raise ValueError("an application whose readers sign in needs accounts and sessions")
    return Gate(settings, access)


def _studies(settings: Settings, access: Access | None) -> Mapping[str, StudyProtocol]:
    """The studies that exist for whoever asks."""
    protocols = read_definitions(settings.studies)
    return protocols if access is None else VisibleStudies(protocols, asking)


def _open_pooled(settings: Settings, repository: SnapshotRepository, access: Access | None) -> PooledDesk | None:
    """Where readers sign in, the pooled figures of closed studies."""
    if access is None:
        return None
    # A store of its own: what is made for those who see no cohorts never lies beside what is made for others.
    kept = Memory(64)
    return PooledDesk(read_definitions(settings.studies), repository, access.releases, asking, _code_version(settings), kept.recall)


def _open_workspace(settings: Settings, repository: SnapshotRepository, access: Access | None, pooled: PooledDesk | None) -> Workspace:
    """Where readers sign in, a workspace that holds nothing but what the asking reader may see."""
    code, protocols = _code_version(settings), read_definitions(settings.studies)
    if access is None or pooled is None:
        return Workspace(protocols, repository, code=code)
    visible = VisibleSnapshots(protocols, repository, access.releases, asking)
    studies = VisibleStudies(protocols, asking, pooled.hand_out)
    return Workspace(studies, visible, visible.audience, notice_scene, code, lambda study: bool(pooled.list(study)), _may_deliver)


def _may_deliver(study: str) -> bool:
    return current_reader().may("deliver", study)


def _readiness(settings: Settings, repository: SqlRepository) -> Readiness:
    found, head = read_revisions(repository.engine)
    # Anybody may ask whether the server is ready; which data it holds is for readers.
    if settings.auth != "none":
        return Readiness(found, head, None)
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


def _first_page(workspace: Workspace, settings: Settings) -> Component:
    """The layout a browser asks for when it opens an address: already the whole page, figures included."""
    reader, can_sign_out = current_reader(), settings.auth in ("password", "oidc")
    account = draw_account(reader.name, can_sign_out, reader.may("audit", "")) if settings.auth != "none" else []
    path, query = read_address(request.headers.get(ADDRESS_HEADER, "/")) if has_request_context() else ("/", "")
    return draw_root(build_page(workspace, path, query)[0], path, query, account)


def _all_static_ids() -> Component:
    """What Dash checks the callbacks' ids against; everything else has an id of a pattern."""
    stores = [dcc.Store(id=name) for name in (ids.VIEW, ids.CLICKED, ids.SIGHT)]
    places = [html.Div(id=ids.PAGE), draw_markup([], "Div", ids.NOTICES), html.Div(id=ids.STALE)]
    return html.Div([dcc.Location(id=ids.URL), *stores, *places, html.Code(id=ids.FINGERPRINT)])


def _code_version(settings: Settings) -> str:
    """Changes whenever the program or a study definition does: part of every ETag."""
    sources = sorted(Path(__file__).parent.rglob("*.py"))
    parts = [source.read_bytes() for source in sources]
    parts += [definition_fingerprint(protocol).encode() for protocol in read_definitions(settings.studies).values()]
    return hashlib.sha256(b"\0".join(parts)).hexdigest()
