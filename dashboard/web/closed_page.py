"""The pooled figures of a closed study over HTTP: the page `/<study>/pooled` and its tables as files.

They are shown to readers who see nothing else of the study before its final release; for everybody else there is no such address.
"""

from __future__ import annotations

import csv
import io
import json

from flask import Blueprint, Flask, Response, jsonify, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.access.audit_port import AuditTrail
from dashboard.closed.desk import PAGE, Pooled, PooledDesk
from dashboard.web.closed_html import build_account, build_pooled_page
from dashboard.web.guard import written_or_refused
from dashboard.web.presence import current_reader
from dashboard.web.static_files import StaticAssets

COLUMNS = ("table", "row", "column", "value")
NO_CHOICE = "This page has no choices but the data cut; what the address chooses is not applied."


def register_closed_page(server: Flask, desk: PooledDesk, trail: AuditTrail, assets: StaticAssets, can_sign_out: bool) -> None:
    """Add the page and the files to `server`; whether signing out is ours to offer."""
    routes = Blueprint("closed", __name__)

    @routes.get(f"/<study>/{PAGE}")
    def show(study: str) -> AnyResponse:
        pooled, reader = _open(desk, study), current_reader()
        problem = NO_CHOICE if set(request.args) - {"cut"} else ""

        def build() -> AnyResponse:
            account = build_account(reader.name, can_sign_out, reader.may("audit", ""))
            page = build_pooled_page(assets, pooled, desk.list(study), problem, account)
            return Response(page, content_type="text/html; charset=utf-8")

        return _note(trail, pooled, "view", {"page": PAGE}) or build()

    @routes.get(f"/api/v1/<study>/{PAGE}.<any(csv, json):kind>")
    def read(study: str, kind: str) -> AnyResponse | tuple[AnyResponse, int]:
        pooled = _open(desk, study)
        if unknown := sorted(set(request.args) - {"cut"}):
            return jsonify(error=NO_CHOICE, problems=[f"“{name[:40]}” is no choice here" for name in unknown]), 400
        return _note(trail, pooled, "table", {"page": PAGE, "table": PAGE, "format": kind}) or _send(pooled, kind)

    server.register_blueprint(routes)


def _open(desk: PooledDesk, study: str) -> Pooled:
    return desk.open(study, request.args.get("cut"))


def _note(trail: AuditTrail, pooled: Pooled, event: str, place: dict[str, str]) -> AnyResponse | None:
    cut = pooled.snapshot.cut
    detail = {"view": pooled.fingerprint, "query": f"cut={cut}", **place}
    return written_or_refused(lambda: trail.write(event, current_reader().name, pooled.protocol.key, cut, detail))


def list_cells(pooled: Pooled) -> list[tuple[str, str, str, str]]:
    """Every number of the page: table, row, column and what stands there. The rows of a course are its visits."""
    cells = [
        (table.key, f"{place}. {row[0]}", name or "group", text)
        for table in pooled.review.tables
        for place, row in enumerate(table.rows, start=1)
        for name, text in list(zip(table.header, row, strict=True))[1:]
    ]
    for course in pooled.review.courses:
        for point in course.points:
            numbers = {"participants": point.n, "q1": str(point.q1), "median": str(point.median), "q3": str(point.q3)}
            cells += [(course.analyte, point.visit, name, text) for name, text in numbers.items()]
    return cells


def _send(pooled: Pooled, kind: str) -> Response:
    cells = list_cells(pooled)
    if kind == "json":
        body, form = json.dumps([dict(zip(COLUMNS, cell, strict=True)) for cell in cells], ensure_ascii=False), "application/json"
    else:
        written = io.StringIO()
        csv.writer(written, lineterminator="\n").writerows([COLUMNS, *cells])
        body, form = written.getvalue(), "text/csv"
    answer = Response(body, content_type=f"{form}; charset=utf-8")
    answer.headers["X-View"] = f"cut={pooled.snapshot.cut}"
    answer.set_etag(pooled.fingerprint)
    return answer
