"""Static files: named by their content, compressed once, kept by browsers for a year.

Every answer below `/assets/` and `/_dash-component-suites/` passes through `PrecompressedStatic`. It asks the
application for the plain body each time and looks the compressed form up under the SHA-256 of that body, so that a
changed file can never be answered with the compressed form of another one.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable, Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING

from dash.exceptions import DependencyException
from dash.fingerprint import check_fingerprint
from flask import Flask
from werkzeug.datastructures import Accept
from werkzeug.wrappers import Request, Response

from dashboard.errors import NotFoundError
from dashboard.settings import Settings
from dashboard.web.compression import CODINGS, CompressedBodies

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

# Marks a question of the server to itself at its start. No request from outside can carry it: headers have other names.
OWN_QUESTION = "lymphotrace.own_question"
ASSETS, SUITES = "/assets/", "/_dash-component-suites/"
FOREVER, ASK_AGAIN = "public, max-age=31536000, immutable", "no-cache"
SMALLEST_WORTH_COMPRESSING = 512
TEXTS = frozenset({"application/javascript", "application/json", "image/svg+xml"})
# The application must answer the whole, plain body: these headers are answered here, not there.
NEGOTIATED = ("HTTP_RANGE", "HTTP_IF_RANGE", "HTTP_IF_NONE_MATCH", "HTTP_IF_MODIFIED_SINCE", "HTTP_IF_MATCH", "HTTP_ACCEPT_ENCODING")
ICON = "favicon.svg"
STATIC_LINK = re.compile(rf'(?:src|href)="((?:{ASSETS}|{SUITES})[^"]+)"')


class StaticAssets:
    """The files of the assets folder as they were at the start, the address of each, and the text of the icon."""

    def __init__(self, digests: Mapping[str, str], icon: str = "") -> None:
        self._digests = dict(digests)
        self.icon = icon

    @property
    def names(self) -> tuple[str, ...]:
        """Every file, as a path below the assets folder with `/` between the parts, in alphabetical order."""
        return tuple(sorted(self._digests))

    def url(self, name: str) -> str:
        """The address of asset `name`, carrying 12 hex digits of its SHA-256; NotFoundError when there is no such file."""
        if name not in self._digests:
            raise NotFoundError("asset", name, self.names)
        return f"{ASSETS}{name}?h={self._digests[name][:12]}"


def read_assets(folder: Path) -> StaticAssets:
    """Read every file below `folder` once; hidden files are left out."""
    files = [path for path in folder.rglob("*") if path.is_file() and not path.name.startswith(".")]
    icon = folder / ICON
    digests = {path.relative_to(folder).as_posix(): hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    return StaticAssets(digests, icon.read_text(encoding="utf-8") if icon in files else "")


class PrecompressedStatic:
    """WSGI layer that compresses static answers, gives them an ETag and says how long they may be kept.

    Only 200 answers to GET and HEAD below the two static prefixes are touched. Ranges are not offered, as RFC 9110
    (14.2) allows: a range of a compressed body is of no use to a browser that loads a script.
    """

    def __init__(self, application: WSGIApplication, bodies: CompressedBodies) -> None:
        self._application, self._bodies = application, bodies

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        """Answer one request (the WSGI protocol, PEP 3333)."""
        if environ["REQUEST_METHOD"] not in ("GET", "HEAD") or not environ["PATH_INFO"].startswith((ASSETS, SUITES)):
            return self._application(environ, start_response)
        response = Response.from_app(self._application, _as_plain_request(environ), buffered=True)
        # An HTML answer is a page of the application, not a file: its own headers stand.
        if response.status_code == 200 and response.mimetype != "text/html":
            self._finish(response, Request(environ))
        return response(environ, start_response)

    def _finish(self, response: Response, request: Request) -> None:
        body = response.get_data()
        digest = hashlib.sha256(body).hexdigest()
        coding = "identity"
        if is_worth_compressing(response.mimetype, body):
            response.headers["Vary"] = "Accept-Encoding"
            coding = choose_coding(request.accept_encodings)
        if coding != "identity":
            response.set_data(self._bodies.compress(body, coding))
            response.headers["Content-Encoding"] = coding
        response.headers.pop("Last-Modified", None)
        response.headers["Cache-Control"] = FOREVER if _is_named_by_content(request, digest) else ASK_AGAIN
        response.headers["Accept-Ranges"] = "none"
        response.set_etag(f"{digest[:32]}-{coding}")
        response.make_conditional(request.environ)


def choose_coding(accepted: Accept) -> str:
    """`br`, `gzip` or `identity`: the coding the browser likes best; of two it likes equally, the smaller one.

    A coding with quality 0 is refused by the browser (RFC 9110, 12.5.3).
    """
    quality, _, coding = max((float(accepted.quality(coding)), -rank, coding) for rank, coding in enumerate(CODINGS))
    return coding if quality > 0 else "identity"


def register_static_files(server: Flask, settings: Settings, assets_folder: Path) -> StaticAssets:
    """Put the layer before `server`; compressed forms are kept in `static` below the folder VAR. Returns the asset addresses."""
    server.register_error_handler(DependencyException, _answer_unknown_suite)
    server.wsgi_app = PrecompressedStatic(server.wsgi_app, CompressedBodies(settings.var / "static"))  # type: ignore[method-assign]
    return read_assets(assets_folder)


def precompress(server: Flask) -> tuple[str, ...]:
    """Compress every static file the start page names, before the first reader asks; returns their addresses.

    Asking for the start page also lets Dash finish its set-up, which is not safe to race for by several threads.
    RuntimeError when the start page or one of its files is not answered with 200.
    """
    page = _answer(server, "/", "identity")
    addresses = tuple(dict.fromkeys(STATIC_LINK.findall(page.get_data(as_text=True).replace("&amp;", "&"))))
    with ThreadPoolExecutor(max_workers=2) as pool:
        list(pool.map(lambda address: _answer(server, address, "br"), addresses))
    return addresses


def _answer(server: Flask, address: str, coding: str) -> Response:
    own = {OWN_QUESTION: True}
    response = server.test_client().get(address, headers={"Accept-Encoding": coding}, environ_overrides=own)
    if response.status_code != 200:
        raise RuntimeError(f"{address} answered {response.status}; the server cannot start without it")
    return response


def _as_plain_request(environ: WSGIEnvironment) -> WSGIEnvironment:
    return {name: value for name, value in environ.items() if name not in NEGOTIATED} | {"REQUEST_METHOD": "GET"}


def is_worth_compressing(mimetype: str | None, body: bytes) -> bool:
    """Whether `body` is a text of a size that compression pays for."""
    kind = mimetype or ""
    return (kind in TEXTS or kind.startswith("text/")) and len(body) >= SMALLEST_WORTH_COMPRESSING


def _is_named_by_content(request: Request, digest: str) -> bool:
    if request.path.startswith(ASSETS):
        return request.args.get("h") == digest[:12]
    return bool(check_fingerprint(request.path)[1])


def _answer_unknown_suite(_: Exception) -> tuple[str, int, dict[str, str]]:
    return "There is no such file.", 404, {"Content-Type": "text/plain; charset=utf-8"}
