"""Signing in at an OpenID Connect provider, with a real one on a loopback port."""

from __future__ import annotations

import base64
import hashlib
import re
import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from html import unescape
from http.cookies import SimpleCookie
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlencode, urlsplit

import pytest
import requests
from flask.testing import FlaskClient
from joserfc.jwk import RSAKey
from werkzeug.test import TestResponse

from dashboard.access.sessions import hash_token
from dashboard.errors import StorageError
from dashboard.settings import Settings
from dashboard.web.addresses import ADDRESS_HEADER
from data_access.repository import SqlRepository
from tests.oidc_provider import CLIENT, DORA, Idp, encode, make_certificate, on_loopback
from tests.oidc_provider import SECRET as CLIENT_SECRET
from tests.web.guarded import OWN, PASSWORD, SECRET, STUDY, House, build_house
from tests.web.test_guard import EVERY

STUDIES, START, CALLBACK = "/api/v1/studies", "/sign-in/start", "/sign-in/callback"
BACK = f"http://localhost{CALLBACK}"
FLOW, SESSION = "lymphotrace-oidc", "lymphotrace"
# What a browser says of the way back, which another site led it.
LED = {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}


@dataclass
class Doorway:
    """The product and its provider."""

    house: House
    idp: Idp

    def go(self, browser: FlaskClient, wanted: str = "") -> str:
        """Begin to sign in; the provider's address to which the browser is sent."""
        answer = browser.get(START, query_string={"next": wanted} if wanted else {})
        assert answer.status_code == 303, answer.text
        return answer.headers["Location"]

    def sign_in_there(self, address: str) -> str:
        """The provider signs its person in; the path of ours to which it sends the browser back."""
        answer = requests.get(address, allow_redirects=False, timeout=5)
        assert answer.status_code == 302, answer.text
        back = answer.headers["Location"]
        assert back.startswith(BACK)
        return back.removeprefix("http://localhost")

    def sign_in(self, browser: FlaskClient, wanted: str = "") -> TestResponse:
        return browser.get(self.sign_in_there(self.go(browser, wanted)))

    def refused(self, status: int, sentence: str, browser: FlaskClient | None = None) -> None:
        """Signing in ends with `status` and `sentence`, with a way on and without a session."""
        expect_refusal(self, self.sign_in(browser or self.house.client()), status, sentence)


def expect_refusal(doorway: Doorway, answer: TestResponse, status: int, sentence: str) -> None:
    assert (answer.status_code, sentence in unescape(answer.text)) == (status, True), answer.text[-900:]
    assert 'href="/sign-in/start' in answer.text
    assert "Traceback" not in answer.text
    assert SESSION not in cookies_of(answer)
    assert list(doorway.house.access.sessions.list()) == []


def cookies_of(answer: TestResponse) -> dict[str, Any]:
    """The cookies that an answer sets, by name."""
    found: dict[str, Any] = {}
    for line in answer.headers.getlist("Set-Cookie"):
        found |= SimpleCookie(line)
    return found


def asked_for(address: str) -> dict[str, str]:
    return {name: value for name, (value,) in parse_qs(urlsplit(address).query).items()}


def build_doorway(idp: Idp, settings: Settings, repository: SqlRepository, **further: Any) -> Doorway:
    """The product as a client of `idp`; accounts have the names of e-mail addresses, and no password."""
    given = {"auth": "oidc", "oidc_issuer": idp.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": idp.secret}
    house = build_house(settings, repository, **{**given, **further})
    for name in ("dora@example.org", "00u1dora"):
        house.access.accounts.add(name, "")
        house.access.accounts.grant(name, "dsmb", STUDY, "test")
    idp.clock = house.clock
    return Doorway(house, idp)


@pytest.fixture(scope="module")
def running() -> Iterator[Idp]:
    """One provider on a port for all tests of this file; `doorway` brings it into order."""
    with on_loopback(Idp(lambda: None, BACK)) as idp:  # type: ignore[arg-type, return-value]
        yield idp


@pytest.fixture
def idp(running: Idp) -> Idp:
    """The provider as it should be."""
    fresh = Idp(running.clock, BACK, issuer=running.issuer, key=running.key)
    for name, value in vars(fresh).items():
        setattr(running, name, value)
    return running


@pytest.fixture(scope="module")
def built(running: Idp, demo_settings: Settings, demo_repository: SqlRepository) -> Doorway:
    """One product for the tests that have no settings of their own; `doorway` brings it into order."""
    return build_doorway(running, demo_settings, demo_repository)


@pytest.fixture
def doorway(built: Doorway, idp: Idp) -> Iterator[Doorway]:
    """The product as nobody has used it yet, after everything it remembered of the provider has grown old."""
    house, stores = built.house, (built.house.access.accounts, built.house.access.sessions, built.house.access.attempts)
    before = [dict(store._held) for store in stores]  # type: ignore[attr-defined]
    house.clock.move(hours=2)
    idp.clock = house.clock
    yield built
    for store, held in zip(stores, before, strict=True):
        store._held = held  # type: ignore[attr-defined]
    house.trail.events.clear()
    house.trail.broken = False


def test_a_reader_signs_in_at_the_provider_and_gets_to_the_view_that_was_asked_for(doorway: Doorway) -> None:
    browser, view = doorway.house.client(), f"/{STUDY}/thresholds?cut={doorway.house.interim.cut}&visit=week-36"
    asked = browser.get(view)
    assert asked.status_code == 303
    page = browser.get(asked.headers["Location"])
    (link,) = re.findall(r'class="way-in" href="([^"]*)"', page.text)
    there = browser.get(unescape(link)).headers["Location"]
    answer = browser.get(doorway.sign_in_there(there), headers=LED)
    assert (answer.status_code, answer.headers["Location"]) == (303, view)
    assert browser.get(view, headers=LED).status_code == 200
    layout = browser.get("/_dash-layout", headers={ADDRESS_HEADER: view}).text
    assert "Signed in as " in layout
    assert "dora@example.org" in layout
    assert "/sign-out" in layout or "\\u002fsign-out" in layout
    assert doorway.house.trail.actions[0] == ("sign-in", "dora@example.org")
    assert [cut["cut"] for cut in browser.get(f"/api/v1/{STUDY}/snapshots").get_json()] != []


def test_the_provider_is_asked_for_a_code_bound_to_a_verifier_by_s256(doorway: Doorway) -> None:
    browser = doorway.house.client()
    address = doorway.go(browser)
    asked = asked_for(address)
    assert address.startswith(f"{doorway.idp.issuer}/authorize?")
    assert (asked["response_type"], asked["client_id"], asked["redirect_uri"]) == ("code", CLIENT, BACK)
    assert (asked["code_challenge_method"], set(asked["scope"].split())) == ("S256", {"openid", "email"})
    assert browser.get(doorway.sign_in_there(address)).status_code == 303
    (form,) = doorway.idp.forms
    assert encode(hashlib.sha256(form["code_verifier"].encode()).digest()) == asked["code_challenge"]
    assert len({asked["state"], asked["nonce"], asked["code_challenge"], form["code_verifier"]}) == 4
    assert CLIENT_SECRET not in address


def test_each_sign_in_has_its_own_state_nonce_and_verifier(doorway: Doorway) -> None:
    first, second = (asked_for(doorway.go(doorway.house.client())) for _ in range(2))
    for name in ("state", "nonce", "code_challenge"):
        assert len(first[name]) == 43
        assert first[name] != second[name]


def test_the_cookie_of_the_way_there_is_short_lived_and_tells_neither_state_nor_nonce_nor_verifier(doorway: Doorway) -> None:
    browser = doorway.house.client()
    answer = browser.get(START, query_string={"next": f"/{STUDY}/overview"})
    cookie = cookies_of(answer)[FLOW]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"], cookie["max-age"]) == (True, "Lax", "/", "", "600")
    back = doorway.sign_in_there(answer.headers["Location"])
    finished = browser.get(back)
    asked, (form,) = asked_for(answer.headers["Location"]), doorway.idp.forms
    part = cookie.value.split(".")[0]
    plain = cookie.value + base64.urlsafe_b64decode(part + "=" * (-len(part) % 4)).decode("latin-1")
    assert not [text for text in (asked["state"], asked["nonce"], form["code_verifier"], SECRET, CLIENT_SECRET) if text in plain]
    gone = cookies_of(finished)[FLOW]
    assert (gone.value, gone["expires"]) == ("", "Thu, 01 Jan 1970 00:00:00 GMT")


def test_the_session_is_like_one_of_a_password(doorway: Doorway) -> None:
    cookie = cookies_of(doorway.sign_in(doorway.house.client()))[SESSION]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"], cookie["secure"]) == (True, "Lax", "/", "", "")
    assert cookie["max-age"] == cookie["expires"] == ""
    (session,) = doorway.house.access.sessions.list()
    assert (session.id, session.account) == (hash_token(cookie.value, SECRET), "dora@example.org")


def test_behind_tls_both_cookies_are_bound_to_the_host_and_the_way_back_is_https(
    idp: Idp, demo_settings: Settings, demo_repository: SqlRepository
) -> None:
    idp.back = f"https://localhost{CALLBACK}"
    doorway = build_doorway(idp, demo_settings, demo_repository, tls="yes")
    browser = doorway.house.client()
    answer = browser.get(START, base_url="https://localhost")
    assert cookies_of(answer)["__Host-lymphotrace-oidc"]["secure"] is True
    back = requests.get(answer.headers["Location"], allow_redirects=False, timeout=5).headers["Location"]
    finished = browser.get(back.removeprefix("https://localhost"), base_url="https://localhost")
    cookie = cookies_of(finished)["__Host-lymphotrace"]
    assert (cookie["secure"], cookie["httponly"], cookie["path"], cookie["samesite"]) == (True, True, "/", "Lax")


def test_a_public_client_sends_no_secret(idp: Idp, demo_settings: Settings, demo_repository: SqlRepository) -> None:
    idp.secret = ""
    doorway = build_doorway(idp, demo_settings, demo_repository)
    assert doorway.sign_in(doorway.house.client()).status_code == 303
    assert "client_secret" not in idp.forms[0]


def test_a_provider_that_wants_the_secret_in_the_form_gets_it_there(doorway: Doorway) -> None:
    doorway.idp.describe = lambda found: {**found, "token_endpoint_auth_methods_supported": ["client_secret_post"]}
    assert doorway.sign_in(doorway.house.client()).status_code == 303
    assert doorway.idp.forms[0]["client_secret"] == CLIENT_SECRET


def test_the_description_is_read_once_an_hour_and_the_keys_at_each_sign_in(doorway: Doorway) -> None:
    discovery = "/.well-known/openid-configuration"
    for _ in range(3):
        doorway.sign_in(doorway.house.client())
    assert (doorway.idp.asked.count(discovery), doorway.idp.asked.count("/keys")) == (1, 3)
    doorway.house.clock.move(minutes=61)
    doorway.sign_in(doorway.house.client())
    assert doorway.idp.asked.count(discovery) == 2


def test_a_key_that_the_provider_changed_is_taken_at_once(doorway: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    assert doorway.sign_in(doorway.house.client()).status_code == 303
    monkeypatch.setattr(doorway.idp, "key", RSAKey.generate_key(2048, auto_kid=True))
    assert doorway.sign_in(doorway.house.client()).status_code == 303


NOT_BEGUN = "This sign-in was not begun in this browser"
NOT_CONFIRMED = "The provider did not confirm this sign-in."


@pytest.mark.parametrize("state", ["", "x", "ü", "x" * 43])
def test_a_wrong_state_signs_nobody_in_and_asks_the_provider_nothing(doorway: Doorway, state: str) -> None:
    browser = doorway.house.client()
    back = doorway.sign_in_there(doorway.go(browser))
    spoiled = f"{CALLBACK}?{urlencode({'code': asked_for(back)['code'], 'state': state})}"
    expect_refusal(doorway, browser.get(spoiled), 400, NOT_BEGUN)
    assert doorway.idp.forms == []
    assert doorway.house.trail.actions == [("sign-in-failed", "")]
    # What the browser has begun itself is not lost by it.
    assert browser.get(back).status_code == 303


def test_a_link_with_somebody_elses_code_opens_nothing_in_another_browser(doorway: Doorway) -> None:
    """Signing a victim in as the attacker: the way back belongs to the browser that went."""
    back = doorway.sign_in_there(doorway.go(doorway.house.client()))
    victim = doorway.house.client()
    expect_refusal(doorway, victim.get(back), 400, NOT_BEGUN)
    doorway.go(victim)
    expect_refusal(doorway, victim.get(back), 400, NOT_BEGUN)


def test_a_stolen_code_is_worth_nothing_without_its_verifier(doorway: Doorway) -> None:
    stolen = asked_for(doorway.sign_in_there(doorway.go(doorway.house.client())))["code"]
    thief = doorway.house.client()
    own = asked_for(doorway.go(thief))["state"]
    answer = thief.get(CALLBACK, query_string={"code": stolen, "state": own})
    expect_refusal(doorway, answer, 401, NOT_CONFIRMED)


@pytest.mark.parametrize("verifier", [{}, {"code_verifier": ""}, {"code_verifier": "x" * 43}])
def test_the_provider_itself_gives_nothing_without_the_verifier(doorway: Doorway, verifier: dict[str, str]) -> None:
    code = asked_for(doorway.sign_in_there(doorway.go(doorway.house.client())))["code"]
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": BACK, **verifier}
    answer = requests.post(f"{doorway.idp.issuer}/token", data=form, auth=(CLIENT, CLIENT_SECRET), timeout=5)
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


def test_a_code_is_used_once(doorway: Doorway) -> None:
    browser = doorway.house.client()
    address = doorway.go(browser)
    cookie = browser.get_cookie(FLOW)
    back = doorway.sign_in_there(address)
    assert browser.get(back).status_code == 303
    doorway.house.access.sessions.end_all("dora@example.org")
    expect_refusal(doorway, browser.get(back), 400, NOT_BEGUN)
    # Somebody who copied the cookie of the way as well.
    thief = doorway.house.client()
    thief.set_cookie(FLOW, cookie.value)  # type: ignore[union-attr]
    expect_refusal(doorway, thief.get(back), 401, NOT_CONFIRMED)


def test_ten_minutes_after_its_beginning_a_sign_in_is_over(doorway: Doorway) -> None:
    browser = doorway.house.client()
    back = doorway.sign_in_there(doorway.go(browser))
    doorway.house.clock.move(minutes=10)
    expect_refusal(doorway, browser.get(back), 400, NOT_BEGUN)


@pytest.mark.parametrize("value", ["", "x", "WyJhIiwxLCIvIl0.AAAA", "x" * 4000, "é"])
def test_a_cookie_that_we_did_not_write_is_none(doorway: Doorway, value: str) -> None:
    browser = doorway.house.client()
    back = doorway.sign_in_there(doorway.go(browser))
    browser.set_cookie(FLOW, quote(value))
    expect_refusal(doorway, browser.get(back), 400, NOT_BEGUN)


SPOILED: dict[str, Callable[[dict[str, Any]], dict[str, Any]]] = {
    "a wrong nonce": lambda claims: {**claims, "nonce": "x" * 43},
    "no nonce": lambda claims: {key: claims[key] for key in claims if key != "nonce"},
    "a wrong audience": lambda claims: {**claims, "aud": "another client"},
    "no audience": lambda claims: {key: claims[key] for key in claims if key != "aud"},
    "several audiences without saying for whom": lambda claims: {**claims, "aud": [CLIENT, "another client"]},
    "several audiences for another one": lambda claims: {**claims, "aud": [CLIENT, "another client"], "azp": "another client"},
    "a wrong issuer": lambda claims: {**claims, "iss": "https://evil.example"},
    "an issuer with a slash too many": lambda claims: {**claims, "iss": claims["iss"] + "/"},
    "no issuer": lambda claims: {key: claims[key] for key in claims if key != "iss"},
    "an expired token": lambda claims: {**claims, "iat": claims["iat"] - 400, "exp": claims["iat"] - 61},
    "no expiry": lambda claims: {key: claims[key] for key in claims if key != "exp"},
    "an expiry that is no number": lambda claims: {**claims, "exp": "tomorrow"},
    "a token from the future": lambda claims: {**claims, "iat": claims["iat"] + 3600, "exp": claims["exp"] + 3600},
    "no subject": lambda claims: {key: claims[key] for key in claims if key != "sub"},
}


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_token_with_a_wrong_claim_signs_nobody_in(doorway: Doorway, spoiled: str) -> None:
    doorway.idp.spoil = SPOILED[spoiled]
    doorway.refused(401, NOT_CONFIRMED)
    assert doorway.house.trail.actions == [("sign-in-failed", "")]
    doorway.idp.spoil = lambda claims: claims
    assert doorway.sign_in(doorway.house.client()).status_code == 303


def test_a_token_for_several_clients_that_names_us_is_taken(doorway: Doorway) -> None:
    doorway.idp.spoil = lambda claims: {**claims, "aud": ["another client", CLIENT], "azp": CLIENT}
    assert doorway.sign_in(doorway.house.client()).status_code == 303


def test_an_unsigned_token_signs_nobody_in(doorway: Doorway) -> None:
    doorway.idp.algorithm = "none"
    doorway.refused(401, NOT_CONFIRMED)


@pytest.mark.parametrize("key", ["the secret", "the public key", "a key that the provider publishes"])
def test_a_token_signed_with_what_others_know_signs_nobody_in(doorway: Doorway, key: str) -> None:
    """HS256 with the client's secret, with the public key taken for a secret (a well-known confusion), and with a published secret."""
    text = doorway.idp.key.as_pem(private=False).decode() if key == "the public key" else CLIENT_SECRET
    doorway.idp.algorithm, doorway.idp.known_to_others = "HS256", text.encode()
    if key == "a key that the provider publishes":
        doorway.idp.published = {"kty": "oct", "k": encode(text.encode()), "kid": doorway.idp.key.kid}
    doorway.refused(401, NOT_CONFIRMED)


def test_a_token_signed_with_another_key_signs_nobody_in(doorway: Doorway) -> None:
    doorway.idp.signing = RSAKey.generate_key(2048)
    doorway.refused(401, NOT_CONFIRMED)


def test_an_answer_without_an_id_token_signs_nobody_in(doorway: Doorway) -> None:
    doorway.idp.broken["/token"] = (200, '{"access_token": "x", "token_type": "Bearer"}')
    doorway.refused(401, NOT_CONFIRMED)


@pytest.mark.parametrize("given", [{"error": "access_denied"}, {}, {"code": ""}, {"code": "x" * 5000}, {"iss": "https://evil.example"}])
def test_a_provider_that_sends_no_code_of_its_own_signs_nobody_in(doorway: Doorway, given: dict[str, str]) -> None:
    browser = doorway.house.client()
    state = asked_for(doorway.go(browser))["state"]
    code = {"code": "abc"} if "iss" in given else {}
    answer = browser.get(CALLBACK, query_string={"state": state, **code, **given, "error_description": "<b>call 555</b>"})
    expect_refusal(doorway, answer, 401, "The provider ended the sign-in without saying who you are.")
    assert "555" not in answer.text
    assert doorway.idp.forms == []


@pytest.mark.parametrize("code", ["a b&c=d", "<script>", "%00", "\u202e", "a\r\nb"])
def test_a_code_that_the_provider_did_not_give_signs_nobody_in(doorway: Doorway, code: str) -> None:
    browser = doorway.house.client()
    state = asked_for(doorway.go(browser))["state"]
    expect_refusal(doorway, browser.get(CALLBACK, query_string={"state": state, "code": code}), 401, NOT_CONFIRMED)
    assert doorway.idp.forms[0]["code"] == code


NOT_VERIFIED = "The provider has not verified your e-mail address"


@pytest.mark.parametrize("verified", [False, None, "true", "false", 1, [True]])
def test_an_address_that_nobody_verified_is_no_name(doorway: Doorway, verified: object) -> None:
    doorway.idp.person["email_verified"] = verified
    doorway.refused(403, NOT_VERIFIED)
    del doorway.idp.person["email_verified"]
    doorway.refused(403, NOT_VERIFIED)


@pytest.mark.parametrize("email", ["DORA@Example.org", "dora@example.org"])
def test_the_case_of_an_address_does_not_matter(doorway: Doorway, email: str) -> None:
    doorway.idp.person["email"] = email
    assert doorway.sign_in(doorway.house.client()).status_code == 303


@pytest.mark.parametrize(
    "email", ["dora@example.org ", "dora@exa\u017fmple.org", "\u212aate@example.org", "a b@example.org", "<b>@x", "x" * 200]
)
def test_an_address_that_only_looks_like_a_name_is_none(doorway: Doorway, email: str) -> None:
    doorway.house.access.accounts.add("kate@example.org", "")
    doorway.idp.person["email"] = email
    doorway.refused(403, "cannot be the name of an account here")


@pytest.mark.parametrize("email", ["", None, 7, ["dora@example.org"]])
def test_without_an_address_there_is_no_name(doorway: Doorway, email: object) -> None:
    doorway.idp.person["email"] = email
    doorway.refused(403, "it sent no “email”")


def test_an_account_that_does_not_exist_is_not_made(doorway: Doorway) -> None:
    doorway.idp.person = {"sub": "1", "email": "nobody@example.org", "email_verified": True}
    doorway.refused(403, "there is no open account here for “nobody@example.org”")
    assert doorway.house.access.accounts.find("nobody@example.org") is None
    assert doorway.house.trail.events == [("sign-in-failed", "", "", "", {"caller": "127.0.0.1"})]


def test_a_disabled_account_cannot_sign_in_and_its_sessions_are_dead(doorway: Doorway) -> None:
    browser = doorway.house.client()
    doorway.sign_in(browser)
    assert browser.get(STUDIES).status_code == 200
    doorway.house.access.accounts.set_disabled("dora@example.org", True)
    assert browser.get(STUDIES).status_code == 401
    doorway.house.access.sessions.end_all("dora@example.org")
    doorway.refused(403, "there is no open account here")
    assert doorway.house.trail.actions[-1] == ("sign-in-failed", "dora@example.org")


@pytest.mark.parametrize(
    ("subject", "name"),
    [("00u1dora", "00u1dora"), ("00U1dora", "00u+1dora"), ("AbC", "a+bc+"), ("248289761001", "248289761001")],
)
def test_accounts_can_be_named_by_the_subject_and_capitals_make_another_one(
    idp: Idp, demo_settings: Settings, demo_repository: SqlRepository, subject: str, name: str
) -> None:
    doorway = build_doorway(idp, demo_settings, demo_repository, oidc_claim="sub")
    if doorway.house.access.accounts.find(name) is None:
        idp.person = {"sub": subject}
        doorway.refused(403, f"no open account here for “{name}”")
        doorway.house.access.accounts.add(name, "")
    idp.person = {"sub": subject}
    assert doorway.sign_in(doorway.house.client()).status_code == 303
    (session,) = doorway.house.access.sessions.list()
    assert session.account == name


@pytest.mark.parametrize("subject", ["a+b", "-x", "a b", "é"])
def test_a_subject_that_could_be_taken_for_another_is_no_name(
    idp: Idp, demo_settings: Settings, demo_repository: SqlRepository, subject: str
) -> None:
    doorway = build_doorway(idp, demo_settings, demo_repository, oidc_claim="sub")
    idp.person = {**DORA, "sub": subject}
    doorway.refused(403, "cannot be the name of an account here")


@pytest.mark.parametrize(
    "wanted",
    ["https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)", "/\t/evil.example", "/sign-in", "/sign-out",
     START, f"{CALLBACK}?code=x&state=y", "/x" * 2000],
)  # fmt: skip
def test_no_other_place_is_ever_led_to(doorway: Doorway, wanted: str) -> None:
    browser = doorway.house.client()
    assert doorway.sign_in(browser, wanted).headers["Location"] == "/"
    page = browser.get("/sign-in", query_string={"next": wanted})
    assert 'class="way-in" href="/sign-in/start"' in page.text


def test_the_longest_address_survives_the_way_and_its_cookie_fits_a_browser(doorway: Doorway) -> None:
    browser, view = doorway.house.client(), f"/{STUDY}/overview?note={'0123456789' * 240}"
    answer = browser.get(START, query_string={"next": view})
    assert len(answer.headers["Set-Cookie"]) < 4096
    assert browser.get(doorway.sign_in_there(answer.headers["Location"])).headers["Location"] == view


DOWN = "The server at which you sign in does not answer as it should."


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/keys"])
@pytest.mark.parametrize(
    ("status", "text"), [(500, ""), (503, "<h1>busy</h1>"), (200, "no JSON"), (200, "[]"), (404, ""), (302, "/elsewhere")]
)
def test_a_provider_that_fails_gives_a_page_with_the_way_on(doorway: Doorway, path: str, status: int, text: str) -> None:
    doorway.idp.broken[path] = (status, text)
    browser, view = doorway.house.client(), f"/{STUDY}/overview"
    answer = browser.get(START, query_string={"next": view})
    if answer.status_code == 303:
        answer = browser.get(doorway.sign_in_there(answer.headers["Location"]))
    expect_refusal(doorway, answer, 503, DOWN)
    assert f'href="/sign-in/start?next={view}"' in answer.text
    assert "/elsewhere" not in doorway.idp.asked
    doorway.idp.broken.clear()
    doorway.house.clock.move(seconds=10)
    assert doorway.sign_in(browser, view).headers["Location"] == view


def test_a_provider_that_cannot_be_reached_gives_a_page_with_the_way_on(
    doorway: Doorway, demo_settings: Settings, demo_repository: SqlRepository
) -> None:
    with socket.socket() as taken:
        # Bound and not listening: whoever connects is refused.
        taken.bind(("127.0.0.1", 0))
        issuer = f"http://127.0.0.1:{taken.getsockname()[1]}"
        lonely = build_doorway(doorway.idp, demo_settings, demo_repository, oidc_issuer=issuer)
        expect_refusal(lonely, lonely.house.client().get(START), 503, DOWN)
        assert lonely.house.client().get("/sign-in").status_code == 200
        assert "Sign out at" not in lonely.house.client().get("/sign-in?signed-out=yes").text


def test_a_provider_that_is_silent_is_not_waited_for_forever(
    doorway: Doorway, demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("dashboard.web.oidc_provider.SECONDS_TO_WAIT", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        issuer = f"http://127.0.0.1:{silent.getsockname()[1]}"
        lonely = build_doorway(doorway.idp, demo_settings, demo_repository, oidc_issuer=issuer)
        expect_refusal(lonely, lonely.house.client().get(START), 503, DOWN)


def test_a_provider_that_failed_is_left_alone_for_ten_seconds(doorway: Doorway) -> None:
    doorway.idp.broken["/.well-known/openid-configuration"] = (500, "")
    for _ in range(5):
        assert doorway.house.client().get(START).status_code == 503
    assert len(doorway.idp.asked) == 1


DESCRIBED: dict[str, dict[str, object]] = {
    "another issuer": {"issuer": "https://evil.example"},
    "an issuer with a slash": {"issuer": "http://127.0.0.1/"},
    "tokens elsewhere": {"token_endpoint": "https://evil.example/token"},
    "keys elsewhere": {"jwks_uri": "http://169.254.169.254/keys"},
    "keys on another port": {"jwks_uri": "http://127.0.0.1:1/keys"},
    "keys in a file": {"jwks_uri": "file:///etc/passwd"},
    "no address to sign in at": {"authorization_endpoint": None},
    "a script to sign in with": {"authorization_endpoint": "javascript:alert(1)"},
    "a script to sign out with": {"end_session_endpoint": "javascript:alert(1)"},
}


@pytest.mark.parametrize("described", DESCRIBED)
def test_the_server_asks_nobody_but_the_issuer(doorway: Doorway, described: str) -> None:
    doorway.idp.describe = lambda found: {**found, **DESCRIBED[described]}
    expect_refusal(doorway, doorway.house.client().get(START), 503, DOWN)
    assert doorway.idp.asked == ["/.well-known/openid-configuration"]


def test_a_certificate_is_believed_only_when_the_machine_believes_it(
    tmp_path: Path,
    demo_settings: Settings,
    demo_repository: SqlRepository,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    certificate, key = make_certificate(tmp_path)
    with on_loopback(Idp(lambda: None, BACK), (certificate, key)) as secure:  # type: ignore[arg-type, return-value]
        doorway = build_doorway(secure, demo_settings, demo_repository)
        assert secure.issuer.startswith("https://")
        expect_refusal(doorway, doorway.house.client().get(START), 503, DOWN)
        assert secure.asked == []
        monkeypatch.setenv("SSL_CERT_FILE", certificate)
        doorway.house.clock.move(seconds=10)
        assert doorway.house.client().get(START).status_code == 303
    assert "CERTIFICATE_VERIFY_FAILED" in caplog.text


def test_no_proxy_of_the_environment_is_used(doorway: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = doorway.house.client()
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")
    address = doorway.go(browser)
    monkeypatch.undo()
    back = doorway.sign_in_there(address)
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    assert browser.get(back).status_code == 303


def test_a_copied_cookie_dies_when_its_owner_signs_out_and_the_provider_is_offered(doorway: Doorway) -> None:
    browser, thief = doorway.house.client(), doorway.house.client()
    doorway.sign_in(browser)
    thief.set_cookie(SESSION, browser.get_cookie(SESSION).value)  # type: ignore[union-attr]
    assert thief.get(STUDIES).status_code == 200
    answer = browser.post("/sign-out", headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?signed-out=yes")
    assert [client.get(STUDIES).status_code for client in (browser, thief)] == [401, 401]
    page = browser.get(answer.headers["Location"]).text
    assert "You are signed out." in page
    assert f'href="{doorway.idp.issuer}/leave?client_id={CLIENT}"' in page
    assert doorway.house.trail.actions[-1] == ("sign-out", "dora@example.org")


def test_a_provider_without_an_address_to_leave_is_not_offered(doorway: Doorway) -> None:
    doorway.idp.describe = lambda found: {key: found[key] for key in found if key != "end_session_endpoint"}
    page = doorway.house.client().get("/sign-in?signed-out=yes").text
    assert "You are signed out." in page
    assert "Sign out at" not in page


def test_a_session_lives_as_long_as_one_of_a_password(doorway: Doorway) -> None:
    browser = doorway.house.client()
    doorway.sign_in(browser)
    doorway.house.clock.move(minutes=29)
    assert browser.get(STUDIES).status_code == 200
    doorway.house.clock.move(minutes=30)
    assert browser.get(STUDIES).status_code == 401


def test_a_new_sign_in_ends_the_session_that_the_browser_had(doorway: Doorway) -> None:
    browser = doorway.house.client()
    doorway.sign_in(browser)
    (first,) = doorway.house.access.sessions.list()
    doorway.sign_in(browser)
    (second,) = doorway.house.access.sessions.list()
    assert first.id != second.id


def test_passwords_open_nothing_where_a_provider_signs_in(doorway: Doorway) -> None:
    answer = doorway.house.sign_in(doorway.house.client(), "dora", PASSWORD)
    assert answer.status_code == 401
    assert cookies_of(answer) == {}
    assert list(doorway.house.access.sessions.list()) == []
    assert 'type="password"' not in doorway.house.client().get("/sign-in").text


def test_many_failures_from_one_place_slow_it_down_and_write_no_more_events(doorway: Doorway) -> None:
    browser = doorway.house.client()
    statuses = [browser.get(CALLBACK).status_code for _ in range(22)]
    assert statuses == [400] * 20 + [429] * 2
    assert len(doorway.house.trail.events) == 20
    answer = browser.get(CALLBACK)
    assert answer.headers["Retry-After"] == "1"
    assert "Too many attempts failed." in answer.text
    doorway.house.clock.move(seconds=1)
    assert doorway.sign_in(browser).status_code == 303


def test_without_the_audit_nobody_signs_in(doorway: Doorway) -> None:
    browser = doorway.house.client()
    back = doorway.sign_in_there(doorway.go(browser))
    doorway.house.trail.broken = True
    expect_refusal(doorway, browser.get(back), 503, "the server cannot reach its records")


def test_without_the_accounts_nobody_signs_in(doorway: Doorway, monkeypatch: pytest.MonkeyPatch) -> None:
    def fail(_: str) -> None:
        raise StorageError("the database does not answer")

    monkeypatch.setattr(doorway.house.access.accounts, "find", fail)
    doorway.refused(503, "the server cannot reach its records")


def test_the_log_tells_the_operator_why_and_no_secret(doorway: Doorway, caplog: pytest.LogCaptureFixture) -> None:
    doorway.idp.spoil = SPOILED["a wrong audience"]
    doorway.refused(401, NOT_CONFIRMED)
    assert "an ID token was refused" in caplog.text
    assert "aud" in caplog.text
    hidden = [CLIENT_SECRET, SECRET, "dora@example.org", *(form["code"] for form in doorway.idp.forms)]
    assert not [text for text in hidden if text in caplog.text]


def test_the_addresses_are_those_of_the_matrix_with_two_of_the_provider_instead_of_the_form(doorway: Doorway) -> None:
    endpoints = {rule.endpoint for rule in doorway.house.app.server.url_map.iter_rules()}
    assert endpoints - set(EVERY) == {"signing_in.start", "signing_in.finish"}
    assert set(EVERY) - endpoints == {"signing_in.sign_in"}


def test_every_page_needs_no_script_and_is_never_kept(doorway: Doorway) -> None:
    browser = doorway.house.client()
    for address in ("/sign-in", "/sign-in?signed-out=yes", START, CALLBACK, '/sign-in?next=/"><script>'):
        answer = browser.get(address)
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert "<script" not in answer.text
