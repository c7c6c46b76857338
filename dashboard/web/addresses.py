"""Addresses of pages over HTTP: the right status, a pinned data cut, and errors in the reader's words."""

from __future__ import annotations

import logging
import secrets
from urllib.parse import parse_qsl, quote, urlsplit

from flask import Flask, Response, g, jsonify, redirect, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from callbacks.behind_page import load_behind
from callbacks.pages import read_path
from dashboard.errors import AlteredAuditError, AlteredSnapshotError, NotFoundError
from dashboard.interim import choose_lock
from dashboard.view.codec import MAX_QUERY, decode_view
from dashboard.view.state import ViewState
from dashboard.web.refusals import refuse, refuse_plainly
from dashboard.workspace import Workspace
from layouts.cells import BEHIND
from layouts.frame import GRID_PAGE, INTERIM_PAGE, require_data

# The browser tells the server which address it is opening when it asks for the first layout.
ADDRESS_HEADER = "X-Lymphotrace-Address"
# The routes of Dash that answer with the document of a page, whatever its address; all others are no pages.
DOCUMENTS = ("/", "/<path:path>")
NOT_PAGES = ("/_dash-", "/_reload-hash", "/assets/", "/api/", "/healthz", "/readyz", "/favicon.ico")

logger = logging.getLogger(__name__)


def read_address(text: str) -> tuple[str, str]:
    """Path and query of an address as the browser sends it; the root for text that is no address."""
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/", ""
    return parts.path or "/", parts.query


def is_grid_address(path: str) -> bool:
    """Whether the page at `path` holds the participants grid."""
    parts = path.strip("/").split("/")
    return len(parts) == 2 and parts[1] == GRID_PAGE


def register_addresses(server: Flask, workspace: Workspace) -> None:
    """Give pages their status and pin the data cut; turn errors into answers."""

    @server.before_request
    def check_page() -> AnyResponse | None:
        if request.method not in ("GET", "HEAD") or request.path.startswith(NOT_PAGES) or request.endpoint not in DOCUMENTS:
            return None
        return _check(workspace, raw_path(), request.query_string.decode("ascii", "replace"))

    @server.get("/favicon.ico")
    def answer_icon() -> tuple[str, int]:
        return "", 204

    @server.after_request
    def give_status(response: Response) -> Response:
        if response.status_code == 200 and g.get("not_found"):
            response.status_code = 404
        return response

    @server.errorhandler(NotFoundError)
    def answer_not_found(error: NotFoundError) -> Response:
        return refuse(str(error), 404)

    # Rows that were altered do not heal by waiting, as a database that is away does.
    @server.errorhandler(AlteredSnapshotError)
    @server.errorhandler(AlteredAuditError)
    @server.errorhandler(Exception)
    def answer_failure(error: Exception) -> AnyResponse | tuple[Response, int]:
        if isinstance(error, HTTPException):
            return refuse_plainly(error)
        reference = secrets.token_hex(4)
        logger.error("reference %s: %s failed", reference, request.endpoint, exc_info=error)
        return jsonify(error="The server could not answer.", reference=reference), 500


def raw_path() -> str:
    """The path as the browser sent it, still quoted: only there is a slash inside a name different from one between names."""
    sent = request.environ.get("RAW_URI") or quote(request.path)
    return urlsplit(sent).path


def _check(workspace: Workspace, path: str, query: str) -> AnyResponse | None:
    """A redirect that pins the newest data cut into an address without one; marks addresses of what does not exist."""
    try:
        address = read_path(path)
        if not address.study:
            return None
        protocol = workspace.protocol(address.study)
        scene = workspace.scene(protocol, decode_view(query, protocol)[0])
        require_data(scene, address.page)
        if address.page == "participant" and scene.participant(address.subject) is None:
            raise NotFoundError("participant", address.subject)
        if address.page == BEHIND:
            load_behind(workspace, scene, address.subject)
    except NotFoundError:
        g.not_found = True
        return None
    review = workspace.scene(protocol, choose_lock(protocol, scene.view)).view if address.page == INTERIM_PAGE else scene.view
    pinned = _pin_address(query, address.page == INTERIM_PAGE, review, scene.snapshot.cut)
    # Choices are worth more than a pinned address: one that would become too long to be read stays as it is.
    return redirect(f"{path}?{pinned}", 302) if pinned != query and len(pinned) <= MAX_QUERY else None


def _pin_address(query: str, is_review: bool, view: ViewState, cut: str) -> str:
    """`query` with the data cut, and on the review the lock and the data cut before, where it names none.

    A cut or lock that cannot be read stays in the address: the page says that it was not applied.
    """
    names = [name for name, _ in parse_qsl(query, keep_blank_values=True)]
    first = "" if "cut" in names else f"cut={cut}"
    last = "" if not is_review or "until" in names else f"until={view.until}"
    other = f"against={view.against}" if is_review and view.against and "against" not in names else ""
    return "&".join(part for part in (first, query, last, other) if part)
