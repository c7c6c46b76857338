"""Signing in and out: one page without scripts, and three addresses."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode, urlsplit

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.access.delays import FREE_FOR_CALLER, FREE_FOR_PAIR, compute_wait, describe_network, name_caller, name_pair
from dashboard.access.ports import Account, validate_name
from dashboard.errors import StorageError, WrongUseError
from dashboard.web.document import build_document
from dashboard.web.gate import Gate
from dashboard.web.static_files import StaticAssets

SIGN_IN, SIGN_OUT = "/sign-in", "/sign-out"
LONGEST_NEXT = 2_500
STYLES = ("tokens.css", "layout.css", "components.css", "sign-in.css")
WRONG = "The name or the password is not right. Check both and try again."
SIGNED_OUT = "You are signed out."
TOO_MANY = "Too many attempts failed. Try again in {} seconds."
NO_STORE = "Signing in is not possible at the moment: the server cannot reach its records. Try again later."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Form:
    """What the page shows: the name typed, where to go afterwards, a problem or a word of confirmation."""

    name: str = ""
    next: str = "/"
    problem: str = ""
    word: str = ""


def local_address(text: str) -> str:
    """`text` when it is an address of this server that is worth going to, else the start page.

    A text that a browser could read as another server (`//host`, a backslash, a control character) is none.
    """
    if not text.startswith("/") or text.startswith("//") or len(text) > LONGEST_NEXT or not text.isprintable() or "\\" in text:
        return "/"
    try:
        parts = urlsplit(text)
    except ValueError:
        return "/"
    leads_back = parts.path in (SIGN_IN, SIGN_OUT) or parts.path.startswith(f"{SIGN_IN}/")
    return "/" if parts.scheme or parts.netloc or leads_back else text


def sign_in_address(path: str, query: str) -> str:
    """The address at which to sign in, leading back to `path` with `query` afterwards."""
    wanted = local_address(f"{path}?{query}" if query else path)
    return SIGN_IN if wanted == "/" else f"{SIGN_IN}?{urlencode({'next': wanted}, quote_via=quote, safe='/')}"


def register_signing_in(server: Flask, gate: Gate, assets: StaticAssets) -> None:
    """Add the addresses to `server`."""
    routes = Blueprint("signing_in", __name__)

    @routes.get(SIGN_IN)
    def ask() -> AnyResponse:
        word = SIGNED_OUT if "signed-out" in request.args else ""
        return _page(assets, Form(next=local_address(request.args.get("next", "/")), word=word))

    @routes.post(SIGN_IN)
    def sign_in() -> AnyResponse:
        return _sign_in(gate, assets)

    @routes.post(SIGN_OUT, endpoint="sign_out")
    def leave() -> AnyResponse:
        return sign_out(gate)

    server.register_blueprint(routes)


def _sign_in(gate: Gate, assets: StaticAssets) -> AnyResponse:
    typed = request.form.get("name", "")[:100]
    form = Form(typed, local_address(request.form.get("next", "/")))
    try:
        wait, account = _try(gate, typed, request.form.get("password", ""))
        if wait:
            return _page(assets, Form(typed, form.next, TOO_MANY.format(wait)), 429, wait)
        if account is None:
            return _page(assets, Form(typed, form.next, WRONG), 401)
        return begin(gate, account, form.next)
    except StorageError:
        return _page(assets, Form(typed, form.next, NO_STORE), 503)


def _try(gate: Gate, typed: str, password: str) -> tuple[int, Account | None]:
    """Seconds to wait before a further attempt is looked at, or the account that the name and the password belong to.

    An attempt is counted before it is looked at. A name that does not exist takes as long as a wrong password.
    """
    access, secret, now = gate.access, gate.settings.secret_key, gate.access.clock()
    caller = gate.caller(request)
    keys = ((name_pair(typed.casefold(), caller, secret), FREE_FOR_PAIR), (name_caller(caller, secret), FREE_FOR_CALLER))
    wait = max(compute_wait(access.attempts.find(key), free, now) for key, free in keys)
    if wait:
        return wait, None
    for key, _ in keys:
        access.attempts.count(key, now)
    account = _find(gate, typed)
    if not access.passwords.is_right(account.password_hash if account else "", password) or account is None or account.disabled:
        access.trail.write("sign-in-failed", account.name if account else "", detail={"caller": describe_network(caller)})
        return 0, None
    for key, _ in keys:
        access.attempts.forget(key)
    return 0, account


def _find(gate: Gate, typed: str) -> Account | None:
    try:
        return gate.access.accounts.find(validate_name(typed))
    except WrongUseError:
        return None


def begin(gate: Gate, account: Account, wanted: str) -> AnyResponse:
    """A session with a new token; the one the browser had before is forgotten."""
    gate.access.trail.write("sign-in", account.name)
    before = gate.find_session(request)
    if before is not None:
        gate.access.sessions.end(before.id)
    response = redirect(wanted, 303)
    gate.start_session(response, account)  # type: ignore[arg-type]
    return response


def sign_out(gate: Gate) -> AnyResponse:
    """End the session of the present request's browser."""
    try:
        session = gate.find_session(request)
        if session is not None:
            gate.access.sessions.end(session.id)
            gate.access.trail.write("sign-out", session.account)
    except StorageError as error:
        # Once the session is gone, a failing audit must not keep the reader in.
        logger.error("signing out: %s", error)
    response = redirect(f"{SIGN_IN}?signed-out=yes", 303)
    gate.end_session(response)  # type: ignore[arg-type]
    return response


def _page(assets: StaticAssets, form: Form, status: int = 200, retry: int = 0) -> Response:
    response = Response(build_sign_in_page(assets, form), status, content_type="text/html; charset=utf-8")
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response


def build_sign_in_page(assets: StaticAssets, form: Form) -> str:
    """The page at which readers sign in with a password: a form, no script."""
    inner = f"""<form method="post" action="{SIGN_IN}">
<input type="hidden" name="next" value="{escape(form.next)}">
<label for="name">Name</label>
<input id="name" name="name" value="{escape(form.name)}" autocomplete="username" autocapitalize="none" spellcheck="false" required>
<label for="password">Password</label>
<input id="password" name="password" type="password" autocomplete="current-password" required>
<button type="submit">Sign in</button>
</form>"""
    return build_frame(assets, inner, form.problem, form.word)


def build_frame(assets: StaticAssets, inner: str, problem: str = "", word: str = "") -> str:
    """A page about signing in around `inner`, which is HTML; `problem` and `word` are texts above it. No script."""
    alert = f'<p class="notice notice-problem" role="alert">{escape(problem)}</p>' if problem else ""
    status = f'<p class="notice" role="status">{escape(word)}</p>' if word else ""
    body = f"""<main class="sign-in">
<h1>Lymphotrace</h1>
<p>Sign in to see the studies in which you have a role.</p>
{status}{alert}
{inner}
</main>"""
    return build_document(assets, STYLES, "Sign in", body)
