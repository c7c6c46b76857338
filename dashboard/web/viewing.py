"""The audit of what was seen: every view of an answer is written before the answer leaves, or it does not leave."""

from __future__ import annotations

import logging
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from flask import Flask, Response, g, has_request_context, request

from dashboard.access.audit_port import AuditTrail
from dashboard.errors import StorageError
from dashboard.scene import Scene
from dashboard.web.addresses import ADDRESS_HEADER, read_address
from dashboard.web.guard import is_known, written_or_refused
from dashboard.web.presence import current_reader
from dashboard.web.rules import ADDRESSES, SIGNED_IN
from layouts.cells import BEHIND

LONGEST_PATH = 200
PACKAGE = "package"

logger = logging.getLogger(__name__)


def notice_scene(scene: Scene) -> None:
    """Remember that the answer to the present request shows `scene`."""
    if has_request_context():
        g.setdefault("scenes", []).append(scene)


def notice_missing(path: str) -> None:
    """Remember that the present request, a callback, was answered with the page that says that there is none at `path`."""
    if has_request_context():
        g.missing = path


def register_viewing(server: Flask, trail: AuditTrail) -> None:
    """Write what each answer of `server` shows, and what was denied; registered last, so that it sees the answer first."""

    @server.after_request
    def write_what_is_seen(response: Response) -> Response:
        if not is_known():
            return response
        if "missing" in g:
            # As if the browser had asked for the address itself.
            _write_denied(trail, "GET", g.missing)
            return response
        if response.status_code in (403, 404) or g.get("not_found"):
            _write_denied(trail, request.method, request.path)
            return response
        event = ADDRESSES.get(request.endpoint or "", SIGNED_IN).after
        if not event or response.status_code >= 300:
            return response
        return written_or_refused(lambda: _write_views(trail, event)) or response


def _write_denied(trail: AuditTrail, method: str, path: str) -> None:
    """What is refused stays refused when the audit fails, so its failure is only logged."""
    study = str((request.view_args or {}).get("study", ""))
    try:
        trail.write("denied", current_reader().name, study, detail={"method": method, "path": path[:LONGEST_PATH]})
    except StorageError as error:
        logger.error("the audit cannot be written: %s", error)


def _write_views(trail: AuditTrail, event: str) -> None:
    written = set()
    for scene in g.get("scenes", []):
        detail = {"view": scene.fingerprint, "query": scene.query, **_describe_place()}
        key = (scene.protocol.key, scene.snapshot.cut, *detail.items())
        if key not in written:
            written.add(key)
            trail.write(event, current_reader().name, scene.protocol.key, scene.snapshot.cut, detail)


def _describe_place() -> dict[str, str]:
    """Which table or page, and which participant or cell: from the address, or from the view that a callback carries."""
    named = {name: str(value) for name, value in (request.view_args or {}).items()}
    if "kind" in named:
        return _describe_file(named)
    for view in _views_of_callback():
        return _page(str(view["page"]), str(view.get("subject", "")))
    path, _ = read_address(request.headers.get(ADDRESS_HEADER, "/"))
    return _page(*_split(path))


def _describe_file(named: Mapping[str, str]) -> dict[str, str]:
    """A table or package by the parts of its address. Only the panel of one participant is about a person."""
    panel, about = named.get("panel", ""), {"format": named["kind"]}
    about |= {name: named[name] for name in ("panel", "table", "cell") if name in named}
    if panel == "participant":
        about["participant"] = named["subject"]
    if panel == BEHIND or "cell" in named:
        about |= {"table": BEHIND, "cell": named.get("cell", named.get("subject", ""))}
    return about if "table" in about else about | {"page": PACKAGE}


def _page(page: str, subject: str) -> dict[str, str]:
    kind = {"participant": "participant", BEHIND: "cell"}.get(page)
    return {"page": page, **({kind: subject} if kind and subject else {})}


def _split(path: str) -> tuple[str, str]:
    """Page and subject of a path."""
    parts = [unquote(part) for part in path.split("/") if part]
    if len(parts) > 2 and parts[1] in ("participants", BEHIND):
        return "participant" if parts[1] == "participants" else BEHIND, "/".join(parts[2:])
    return "/".join(parts[1:]) or "overview", ""


def _views_of_callback() -> Iterator[Mapping[str, Any]]:
    """The views in a callback's body; `show_page` has an address instead."""
    body = request.get_json(silent=True) if request.is_json else None
    for part in [*(body.get("inputs") or []), *(body.get("state") or [])] if isinstance(body, dict) else ():
        value = part.get("value") if isinstance(part, dict) else None
        if isinstance(value, dict) and {"study", "page"} <= set(value):
            yield value
