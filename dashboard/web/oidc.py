"""Signing in at an OpenID Connect provider: there with a code challenge, back with a code, then a session like every other."""

from __future__ import annotations

import hmac
import logging
from dataclasses import dataclass
from html import escape
from urllib.parse import quote, urlencode

from flask import Blueprint, Flask, Response, redirect, request
from werkzeug.wrappers import Response as AnyResponse

from dashboard.access.claims import read_account_name
from dashboard.access.delays import FREE_FOR_CALLER, compute_wait, describe_network, name_caller
from dashboard.access.ports import Account
from dashboard.errors import StorageError, WrongUseError
from dashboard.web.gate import Gate
from dashboard.web.oidc_flow import Flow, Flows
from dashboard.web.oidc_provider import NotConfirmedError, Provider, ProviderDownError
from dashboard.web.signing_in import NO_STORE, SIGN_IN, SIGN_OUT, SIGNED_OUT, TOO_MANY, begin, build_frame, local_address, sign_out
from dashboard.web.static_files import StaticAssets

START, CALLBACK = f"{SIGN_IN}/start", f"{SIGN_IN}/callback"
LONGEST_CODE = 4_000
NOT_BEGUN = "This sign-in was not begun in this browser, was overtaken by another one, or took longer than ten minutes. Sign in again."
BROKEN_OFF = "The provider ended the sign-in without saying who you are. Sign in again."
NO_ACCOUNT = "You signed in at {}, but there is no open account here for {}. Ask whoever runs this server for one."

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Door:
    """What the addresses need."""

    gate: Gate
    provider: Provider
    flows: Flows
    assets: StaticAssets


class RefusedError(Exception):
    """A sign-in that ends with a sentence; `account` is whose it was, where that is known."""

    def __init__(self, sentence: str, status: int, account: str = "") -> None:
        super().__init__(sentence)
        self.status, self.account = status, account


def register_oidc(server: Flask, gate: Gate, assets: StaticAssets) -> None:
    """Add the addresses to `server`. The provider is first asked when somebody signs in."""
    door = Door(gate, Provider(gate.settings, gate.access.clock), Flows(gate.settings), assets)
    routes = Blueprint("signing_in", __name__)
    routes.add_url_rule(SIGN_IN, "ask", lambda: _ask(door), methods=["GET"])
    routes.add_url_rule(START, "start", lambda: _start(door), methods=["GET"])
    routes.add_url_rule(CALLBACK, "finish", lambda: _finish(door), methods=["GET"])
    routes.add_url_rule(SIGN_OUT, "sign_out", lambda: sign_out(gate), methods=["POST"])
    server.register_blueprint(routes)


def _ask(door: Door) -> AnyResponse:
    """The page before going to the provider. It waits for a click: pages of several tabs would overtake each other."""
    wanted = local_address(request.args.get("next", "/"))
    if "signed-out" not in request.args:
        return _page(door, wanted)
    return _page(door, wanted, word=SIGNED_OUT, end_session=door.provider.end_session_address())


def _start(door: Door) -> AnyResponse:
    wanted = local_address(request.args.get("next", "/"))
    flow, value = door.flows.begin(wanted, door.gate.access.clock())
    try:
        response = redirect(door.provider.authorization_address(flow, _back(door)), 303)
    except ProviderDownError as error:
        return _page(door, wanted, str(error), 503)
    door.flows.keep(response, value)
    return response


def _back(door: Door) -> str:
    """The address, registered at the provider, to which the browser returns."""
    scheme = "https" if door.gate.settings.tls == "yes" else request.scheme
    return f"{scheme}://{request.host}{CALLBACK}"


def _finish(door: Door) -> AnyResponse:
    flow = _find_flow(door)
    wanted = flow.next if flow else "/"
    try:
        response = _conclude(door, flow)
    except ProviderDownError as error:
        response = _page(door, wanted, str(error), 503)
    except StorageError as error:
        logger.error("signing in: %s", error)
        response = _page(door, wanted, NO_STORE, 503)
    if flow is not None:
        door.flows.forget(response)
    return response


def _find_flow(door: Door) -> Flow | None:
    """The flow that this request ends; one that another page of the browser has begun stays as it is."""
    flow = door.flows.find(request, door.gate.access.clock())
    given = request.args.get("state", "")
    return flow if flow is not None and hmac.compare_digest(given.encode(), flow.state.encode()) else None


def _conclude(door: Door, flow: Flow | None) -> AnyResponse:
    """A session, or a page that says why there is none. Attempts are counted before they are looked at, as with passwords."""
    access, secret, now = door.gate.access, door.gate.settings.secret_key, door.gate.access.clock()
    caller = door.gate.caller(request)
    key = name_caller(caller, secret)
    wanted = flow.next if flow else "/"
    wait = compute_wait(access.attempts.find(key), FREE_FOR_CALLER, now)
    if wait:
        return _page(door, wanted, TOO_MANY.format(wait), 429, wait)
    access.attempts.count(key, now)
    try:
        account = _identify(door, flow)
    except RefusedError as error:
        access.trail.write("sign-in-failed", error.account, detail={"caller": describe_network(caller)})
        return _page(door, wanted, str(error), error.status)
    access.attempts.forget(key)
    return begin(door.gate, account, wanted)


def _identify(door: Door, flow: Flow | None) -> Account:
    """The account of whoever signed in at the provider; RefusedError otherwise."""
    if flow is None:
        raise RefusedError(NOT_BEGUN, 400)
    code, issuer = request.args.get("code", ""), door.gate.settings.oidc_issuer
    # A provider that names itself (RFC 9207) must be the one we sent the browser to.
    if not 0 < len(code) <= LONGEST_CODE or "error" in request.args or request.args.get("iss", issuer) != issuer:
        raise RefusedError(BROKEN_OFF, 401)
    try:
        claims = door.provider.fetch_claims(code, flow, _back(door))
        name = read_account_name(claims, door.gate.settings.oidc_claim)
    except NotConfirmedError as error:
        raise RefusedError(str(error), 401) from error
    except WrongUseError as error:
        raise RefusedError(str(error), 403) from error
    account = door.gate.access.accounts.find(name)
    if account is None or account.disabled:
        raise RefusedError(NO_ACCOUNT.format(door.provider.name, f"“{name}”"), 403, "" if account is None else account.name)
    return account


def _page(
    door: Door, wanted: str, problem: str = "", status: int = 200, retry: int = 0, word: str = "", end_session: str = ""
) -> AnyResponse:
    """The page with the way to the provider; after signing out also with the way to sign out there."""
    start = START if wanted == "/" else f"{START}?{urlencode({'next': wanted}, quote_via=quote, safe='/')}"
    name = escape(door.provider.name)
    leave = f'<p><a href="{escape(end_session)}">Sign out at {name} as well</a></p>' if end_session else ""
    inner = f'{leave}<p><a class="way-in" href="{escape(start)}">Sign in at {name}</a></p>'
    page = build_frame(door.assets, inner, problem, word)
    response = Response(page, status, content_type="text/html; charset=utf-8")
    if retry:
        response.headers["Retry-After"] = str(retry)
    return response
