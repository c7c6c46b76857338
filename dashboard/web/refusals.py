"""A refusal in words: a page for a browser that opens one, JSON for what a script asks."""

from __future__ import annotations

from html import escape

from flask import Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from dashboard.web.document import build_document
from dashboard.web.rules import ADDRESSES, SIGNED_IN
from dashboard.web.static_files import StaticAssets

STYLES = ("tokens.css", "layout.css", "components.css", "sign-in.css")
# Under this name the server keeps what its pages are made with.
ASSETS = "lymphotrace-assets"
TITLES = {
    401: "Not signed in",
    403: "Not allowed",
    404: "Nothing here",
    405: "Not possible",
    429: "Too often",
    503: "Not available",
}

SENTENCES = {
    404: "There is nothing at this address.",
    405: "This address cannot be used in this way.",
    413: "What was sent is larger than this address takes.",
    415: "This address reads JSON only.",
}


def register_refusals(server: Flask, assets: StaticAssets) -> None:
    """Let `refuse` answer requests to `server`."""
    server.extensions[ASSETS] = assets


def refuse(sentence: str, status: int) -> Response:
    """The answer that says `sentence` instead of what was asked for, in the form in which it was asked for."""
    if not is_document():
        answer = jsonify(error=sentence)
        answer.status_code = status
        return answer
    page = build_refusal_page(current_app.extensions[ASSETS], TITLES.get(status, "Refused"), sentence)
    return Response(page, status, content_type="text/html; charset=utf-8")


def refuse_plainly(error: HTTPException) -> AnyResponse:
    """The answer to a request that Flask itself refuses, in our words; a redirect, or what has an answer of its own, stays as it is."""
    plain = error.get_response()
    if error.response is not None or (error.code or 0) < 400:
        return plain
    answer = refuse(SENTENCES.get(error.code or 0, error.description or error.name), plain.status_code)
    if "Allow" in plain.headers:
        answer.headers["Allow"] = plain.headers["Allow"]
    return answer


def is_document() -> bool:
    """Whether a browser shows the answer to the present request as a page."""
    return ADDRESSES.get(request.endpoint or "", SIGNED_IN).page and request.method in ("GET", "HEAD")


def build_refusal_page(assets: StaticAssets, title: str, sentence: str) -> str:
    """A page of one sentence. It needs no database and no script."""
    body = f"""<main class="sign-in">
<h1>{escape(title)}</h1>
<p class="notice notice-problem" role="alert">{escape(sentence)}</p>
<p><a href="/">All studies</a></p>
</main>"""
    return build_document(assets, STYLES, title, body)
