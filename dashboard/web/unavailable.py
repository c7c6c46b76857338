"""The answer while the database does not answer: 503 in words; a page that opens by itself later, JSON for what a script asks."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, request

from dashboard.errors import StorageError
from dashboard.web.document import build_document
from dashboard.web.refusals import is_document
from dashboard.web.static_files import StaticAssets

NO_RECORDS = "The server cannot reach its records and shows nothing until it can."
BY_ITSELF = "This page tries again every few seconds and opens by itself. Its address keeps what you chose."
SECONDS_TO_NEXT = 5
STYLES = ("tokens.css", "layout.css", "components.css", "sign-in.css")

logger = logging.getLogger(__name__)


def register_unavailable(server: Flask, assets: StaticAssets) -> None:
    """Answer every request that fails with a StorageError nobody else has answered."""

    @server.errorhandler(StorageError)
    def answer_unavailable(error: StorageError) -> Response:
        logger.error("the records cannot be reached for %s: %s", request.endpoint, error)
        answer = Response(build_unavailable_page(assets), mimetype="text/html") if is_document() else jsonify(error=NO_RECORDS)
        answer.status_code = 503
        answer.headers["Retry-After"] = str(SECONDS_TO_NEXT)
        return answer


def build_unavailable_page(assets: StaticAssets) -> str:
    """The page instead of the one that was asked for. It needs no database and no script."""
    body = f"""<main class="sign-in">
<h1>Lymphotrace</h1>
<p class="notice notice-problem" role="alert">{NO_RECORDS}</p>
<p>{BY_ITSELF}</p>
</main>"""
    return build_document(assets, STYLES, "Not available", body, f'<meta http-equiv="refresh" content="{SECONDS_TO_NEXT}">\n')
