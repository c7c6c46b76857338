"""Saved views over HTTP: the short address, and saving, listing and revoking as JSON, refused requests with `error`, a sentence."""

from __future__ import annotations

import logging
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, Flask, Response, jsonify, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from callbacks.behind_page import load_behind
from callbacks.pages import Address, read_path
from dashboard.errors import LymphotraceError, NotFoundError, StorageError, WrongUseError
from dashboard.interim import choose_lock
from dashboard.saved.desk import Listed, NoRightError, SavedViews, Wish
from dashboard.saved.opening import Same
from dashboard.saved.views import ChangedViewError, SavedView
from dashboard.scene import Scene
from dashboard.settings import Settings
from dashboard.view.state import CHANGES_PAGE
from dashboard.web.loopback import FOREIGN, describe_hindrance, is_foreign
from dashboard.web.saved_html import build_absent_page, build_failed_page, build_found_page, name_page
from dashboard.web.static_files import StaticAssets
from dashboard.workspace import Workspace
from layouts.cells import BEHIND
from layouts.frame import INTERIM_PAGE, page_address, require_data

ELSEWHERE = "Views are saved and revoked only on the machine on which the server runs, because nobody signs in."
NOT_YOURS = "Only the owner of a saved view, or an administrator, can revoke it."
HTML = "text/html; charset=utf-8"
FIELDS = frozenset({"address", "name", "note", "expires", "fingerprint"})
NO_RECORDS = "The server cannot write its records, so nothing was saved and nothing was changed. Try again in a minute."
STATUS: tuple[tuple[type[LymphotraceError], int], ...] = ((WrongUseError, 400), (ChangedViewError, 409))

logger = logging.getLogger(__name__)

Answer = Response | tuple[Response, int]


def register_saved_views(server: Flask, settings: Settings, views: SavedViews, assets: StaticAssets) -> None:
    """Add `/v/<id>` and the addresses below `/api/v1/<study>/views` to `server`."""
    routes = Blueprint("saved_views", __name__)
    _register_refusals(routes, settings)

    @routes.get("/v/<view_id>")
    def open_view(view_id: str) -> AnyResponse:
        return _open(views, assets, view_id)

    @routes.get("/api/v1/<study>/views")
    def list_views(study: str) -> Answer:
        return jsonify([_describe(views, listed) for listed in views.list(study)])

    @routes.post("/api/v1/<study>/views")
    def save_view(study: str) -> Answer:
        sent = read_object(FIELDS)
        address, scene = open_address(views.workspace, study, sent["address"])
        wish = Wish(sent["name"], sent["note"], sent["expires"], sent["fingerprint"])
        view = views.save(scene, address.page, address.subject, wish)
        return jsonify(id=view.id, address=f"/v/{view.id}", name=view.name, fingerprint=view.fingerprint), 201

    @routes.post("/api/v1/<study>/views/<view_id>/revoke")
    def revoke_view(study: str, view_id: str) -> Answer:
        read_object(frozenset())
        view = views.revoke(study, view_id)
        return jsonify(id=view.id, revoked_at=_instant(view.revoked_at), revoked_by=view.revoked_by)

    server.register_blueprint(routes)


def _register_refusals(routes: Blueprint, settings: Settings) -> None:
    @routes.before_request
    def refuse_strangers() -> Answer | None:
        # Where readers sign in, the guard in front of all addresses asks for more than this.
        if settings.auth == "none" and request.method == "POST":
            if describe_hindrance(settings.host, request.remote_addr, request.host):
                return _refuse(ELSEWHERE, 403)
            if is_foreign(request):
                return _refuse(FOREIGN, 403)
        if request.method == "POST" and request.mimetype != "application/json":
            return _refuse("This address takes application/json only.", 415)
        return None

    @routes.errorhandler(NoRightError)
    def answer_no_right(_error: NoRightError) -> Answer:
        return _refuse(NOT_YOURS, 403)

    @routes.errorhandler(StorageError)
    def answer_no_records(error: StorageError) -> Answer:
        logger.error("saved views: %s", error)
        return _refuse(NO_RECORDS, 503)

    for kind, status in STATUS:
        routes.register_error_handler(kind, lambda error, status=status: _refuse(_sentence(str(error)), status))


def _refuse(sentence: str, status: int) -> tuple[Response, int]:
    return jsonify(error=sentence), status


def _sentence(words: str) -> str:
    return f"{words[:1].upper()}{words[1:].rstrip('.')}."


def _open(views: SavedViews, assets: StaticAssets, view_id: str) -> AnyResponse:
    """The address of the view, or a page that says why not. What does not exist and what may not be seen have one answer."""
    try:
        found = views.open(view_id, noted=request.method == "GET")
    except NotFoundError:
        return Response(build_absent_page(assets), 404, content_type=HTML)
    except StorageError as error:
        logger.error("a saved view is not opened: %s", error)
        return Response(build_failed_page(assets), 503, content_type=HTML)
    if isinstance(found, Same):
        return redirect(address_of(found.view, found.view.query), 302)
    page, status = build_found_page(assets, found, address_of)
    return Response(page, status, content_type=HTML)


def address_of(view: SavedView, query: str) -> str:
    """The address of the page of `view` with `query`."""
    return view_address(view.study, view.page, view.subject, query)


def view_address(study: str, page: str, subject: str, query: str) -> str:
    """The address of a page as saved views name it: that of one participant is “participant”."""
    return page_address(study, "participants" if page == "participant" else page, query, subject)


def open_address(workspace: Workspace, study: str, text: str) -> tuple[Address, Scene]:
    """The page and the scene of an address of this study; NotFoundError for what does not exist, WrongUseError for other addresses."""
    workspace.protocol(study)
    parts = urlsplit(text) if text.startswith(f"/{study}/") else urlsplit("")
    address = read_path(parts.path)
    if address.study != study:
        raise WrongUseError("only the address of a page of this study can be saved")
    scene, problems = workspace.open(study, parts.query, compares=address.page == CHANGES_PAGE)
    if problems:
        raise WrongUseError(f"the address cannot be saved: {' '.join(problems)}")
    require_data(scene, address.page)
    if address.page == INTERIM_PAGE:
        scene = workspace.scene(scene.protocol, choose_lock(scene.protocol, scene.view))
    if address.page == "participant" and scene.participant(address.subject) is None:
        raise NotFoundError("participant", address.subject)
    if address.page == BEHIND:
        load_behind(workspace, scene, address.subject)
    return address, scene


def read_object(names: frozenset[str]) -> dict[str, str]:
    """The request's JSON object, which holds exactly the texts `names`; WrongUseError otherwise."""
    body: Any = request.get_json(silent=True)
    if not isinstance(body, dict) or set(body) != names or not all(isinstance(value, str) for value in body.values()):
        wanted = f"the texts {', '.join(sorted(names))}" if names else "nothing in it"
        raise WrongUseError(f"the request must be a JSON object with {wanted}")
    return body


def _describe(views: SavedViews, listed: Listed) -> dict[str, object]:
    """A saved view for the list of a study."""
    view, cut = listed.view, listed.snapshot
    return {
        **{name: getattr(view, name) for name in ("id", "name", "note", "owner", "fingerprint", "revoked_by")},
        "address": f"/v/{view.id}",
        "page": name_page(view),
        "cut": f"{cut.label or 'data cut'}, {cut.cut_date.isoformat()}, {cut.cut}" + (", withdrawn" if cut.status == "withdrawn" else ""),
        "created_at": _instant(view.created_at),
        "expires": view.expires.isoformat() if view.expires else None,
        "expired": view.is_expired(views.clock()),
        "revoked_at": _instant(view.revoked_at),
        "may_revoke": listed.may_revoke and view.revoked_at is None,
        "opened": listed.openings.total,
        "openings": [{"by": opening.by, "at": _instant(opening.at)} for opening in listed.openings.newest],
    }


def _instant(at: Any) -> str | None:
    return None if at is None else f"{at:%Y-%m-%d %H:%M} UTC"
