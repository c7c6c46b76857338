"""The package of a review over HTTP: one PDF, one HTML file, and how far they are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from flask import Flask, Response, jsonify, request

from dashboard.errors import NoDataError, StorageError
from dashboard.interim import choose_lock
from dashboard.package import PackageShelf, compose_package
from dashboard.scene import Scene
from dashboard.workspace import Workspace

CONTENT_TYPES = {"pdf": "application/pdf", "html": "text/html; charset=utf-8"}


def register_packages(server: Flask, workspace: Workspace, folder: Path) -> None:
    """Add `/<study>/download/package.<pdf|html>` and its progress to `server`; files are kept in `folder`."""
    shelf = PackageShelf(folder)

    @server.get("/<study>/download/package.<any(pdf, html):kind>")
    def download_package(study: str, kind: str) -> Response | tuple[Response, int]:
        return _answer(workspace, study, lambda scene, address: _send(shelf, workspace, scene, address, kind))

    @server.get("/<study>/download/package.json")
    def answer_package_progress(study: str) -> Response | tuple[Response, int]:
        return _answer(workspace, study, lambda scene, address: jsonify(vars(shelf.look(scene, address))))


def _answer(workspace: Workspace, study: str, write: Callable[[Scene, str], Response]) -> Response | tuple[Response, int]:
    scene, problems = workspace.open(study, request.query_string.decode("utf-8", "replace"))
    if problems:
        return jsonify(error="Some choices cannot be applied.", problems=problems), 400
    if not scene.protocol.milestones:
        raise NoDataError("interim", "The definition of this study names no milestone, so there is nothing to review at one.")
    locked = workspace.scene(scene.protocol, choose_lock(scene.protocol, scene.view))
    try:
        return write(locked, f"{request.host_url}{study}/interim?{locked.query}")
    except StorageError as error:
        return jsonify(error=f"{error}."), 503


def _send(shelf: PackageShelf, workspace: Workspace, scene: Scene, address: str, kind: str) -> Response:
    body = shelf.fetch(scene, address, kind, lambda: compose_package(workspace, scene, address))
    synthetic = "SYNTHETIC-" if scene.snapshot.synthetic else ""
    name = f"{synthetic}{scene.protocol.key}-{scene.snapshot.cut}-{scene.view.until}-{scene.fingerprint}.{kind}"
    return Response(body, headers={"Content-Disposition": f'attachment; filename="{name}"'}, content_type=CONTENT_TYPES[kind])
