"""The HTTP tables: exactly the rows behind the figures of the view with the same query."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from urllib.parse import quote

import pandas as pd
from flask import Flask, Response, jsonify, request

from dashboard import __version__
from dashboard.behind import find_behind, table_behind
from dashboard.behind.words import describe_content
from dashboard.errors import NotFoundError
from dashboard.exports import describe_file, write_annotated_csv, write_csv, write_json, write_workbook
from dashboard.panels import PANELS
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.tables import PARTICIPANT_TABLES, TABLES, is_comparison
from dashboard.workspace import Workspace

# What each panel offers to download; the grid and the list of flags are no panels, but have tables.
PANEL_TABLES = {key: panel.tables for key, panel in PANELS.items()} | {
    "grid": ("participants",),
    "quality": ("quality-flags", "quality-summary"),
    "changes": ("result-changes", "record-changes"),
    "behind": ("behind",),
    # Offered beside the listings of a review and the figures of a source, which are no panels either.
    "interim": ("quality-summary", "result-changes", "exposure", "adverse-events", "quality-flags", "participants"),
    "overview": ("reported",),
}
CONTENT_TYPES = {
    "csv": "text/csv; charset=utf-8",
    "json": "application/json",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}


def register_tables_api(server: Flask, workspace: Workspace, code_version: str) -> None:
    """Add `/api/v1/...` and the downloads to `server`. `code_version` is part of every ETag."""

    @server.get("/api/v1/studies")
    def list_studies() -> Response:
        return jsonify(
            [{"study": key, "title": p.study.title, "published": workspace.has_data(key)} for key, p in sorted(workspace.protocols.items())]
        )

    @server.get("/api/v1/<study>/snapshots")
    def list_snapshots(study: str) -> Response:
        workspace.protocol(study)
        return jsonify([_describe_snapshot(snapshot) for snapshot in workspace.repository.list_published(study)])

    @server.get("/api/v1/<study>/<table>.<any(csv, json):kind>")
    def read_table(study: str, table: str, kind: str) -> Response:
        return _table_response(workspace, code_version, study, table, kind)

    @server.get("/api/v1/<study>/behind/<path:cell>.<any(csv, json):kind>")
    def read_behind(study: str, cell: str, kind: str) -> Response:
        return _table_response(workspace, code_version, study, f"behind/{cell}", kind, lambda scene: table_behind(scene, cell))

    @server.get("/api/")
    @server.get("/api/<path:rest>")
    def refuse_other(rest: str = "") -> Response:
        raise NotFoundError("HTTP table", rest, [f"v1/<study>/{name}.csv" for name in sorted(TABLES)])

    @server.get("/<study>/download/<panel>/<path:subject>/<table>.<any(csv, xlsx):kind>")
    def download_table(study: str, panel: str, subject: str, table: str, kind: str) -> Response:
        return _download_response(workspace, study, panel, subject, table, kind)


def _describe_snapshot(snapshot: Snapshot) -> dict[str, object]:
    return {
        "cut": snapshot.cut,
        "content_hash": snapshot.content_hash,
        "label": snapshot.label,
        "cut_date": snapshot.cut_date.isoformat(),
        "synthetic": snapshot.synthetic,
        "participants": snapshot.participants,
        "records": snapshot.records,
    }


Make = Callable[[Scene], pd.DataFrame]


def _table_response(workspace: Workspace, code_version: str, study: str, table: str, kind: str, make: Make | None = None) -> Response:
    """The answer with the rows of `make`, or of the table of that name."""
    if make is None and table not in TABLES:
        raise NotFoundError("table", table, sorted(TABLES))
    scene, problems = workspace.open(study, request.query_string.decode("utf-8", "replace"), compares=is_comparison(table))
    if problems:
        return _bad_request(problems)
    headers = {"X-Snapshot": scene.snapshot.content_hash, "X-View": scene.query, "ETag": _etag(scene, table, kind, code_version)}
    if scene.snapshot.synthetic:
        headers["X-Data"] = "SYNTHETIC"
    if request.if_none_match.contains_weak(headers["ETag"].strip('"')):
        return Response(status=304, headers=headers)
    rows = (make or TABLES[table].make)(scene)
    body = {"csv": write_csv, "json": write_json}[kind](rows)
    return Response(body, headers=headers, content_type=CONTENT_TYPES[kind])


def _bad_request(problems: tuple[str, ...]) -> Response:
    response = jsonify({"error": "Some choices cannot be applied.", "problems": problems})
    response.status_code = 400
    return response


def _etag(scene: Scene, table: str, kind: str, code_version: str) -> str:
    parts = "\n".join((scene.snapshot.content_hash, scene.query, table, kind, __version__, code_version))
    return f'"{hashlib.sha256(parts.encode()).hexdigest()[:32]}"'


def _download_response(workspace: Workspace, study: str, panel: str, subject: str, table: str, kind: str) -> Response:
    offered = PANEL_TABLES.get(panel)
    if offered is None:
        raise NotFoundError("panel", panel, sorted(PANEL_TABLES))
    if table not in offered:
        raise NotFoundError("table", table, offered)
    scene, problems = workspace.open(study, request.query_string.decode("utf-8", "replace"), compares=is_comparison(table))
    if problems:
        return _bad_request(problems)
    narrowed = narrow(scene, panel, subject)
    rows, title, population = _make_rows(narrowed, panel, subject, table)
    now = datetime.now(UTC)
    address = f"{request.host_url}{study}/{_page(panel, subject)}?{scene.query}"
    # The fingerprint is that of the address beside it, not of the one panel.
    about = describe_file(scene, title, address, now.date(), len(rows), population)
    body = write_workbook(rows, about, now.replace(tzinfo=None, microsecond=0)) if kind == "xlsx" else write_annotated_csv(rows, about)
    name = "-".join(part for part in (study, scene.snapshot.cut, "" if subject == "-" else subject, table) if part)
    synthetic = "SYNTHETIC-" if scene.snapshot.synthetic else ""
    headers = {"Content-Disposition": f'attachment; filename="{synthetic}{_safe(name)}.{kind}"'}
    return Response(body, headers=headers, content_type=CONTENT_TYPES[kind])


def _make_rows(scene: Scene, panel: str, subject: str, table: str) -> tuple[pd.DataFrame, str, str]:
    """The rows of a download, its title, and whom it is about where the filters do not say so."""
    if panel == "behind":
        return table_behind(scene, subject), describe_content(find_behind(scene, subject)), ""
    title, population = TABLES[table].describe(scene), TABLES[table].population(scene)
    return PARTICIPANT_TABLES[table](scene, subject) if panel == "participant" else TABLES[table].make(scene), title, population


def _page(panel: str, subject: str) -> str:
    """The page of a panel, or of what is offered for download beside the panels."""
    others = {"grid": "participants", "quality": "data/quality", "changes": "data/changes", "interim": "interim", "overview": "overview"}
    others |= {"participant": f"participants/{quote(subject, safe='')}", "behind": f"behind/{quote(subject, safe=':,')}"}
    return others[panel] if panel in others else PANELS[panel].page


def _safe(name: str) -> str:
    return "".join(char if char.isalnum() or char in "-_." else "_" for char in name)


def narrow(scene: Scene, panel: str, subject: str) -> Scene:
    """The scene of one panel's download; NotFoundError for an analyte or a participant that does not exist."""
    if panel == "trajectory":
        if subject not in scene.protocol.analyte_keys:
            raise NotFoundError("analyte", subject, scene.protocol.analyte_keys)
        return replace(scene, view=replace(scene.view, analyte=(subject,)))
    if panel == "participant" and scene.participant(subject) is None:
        raise NotFoundError("participant", subject)
    return scene
