"""Signing in and out, sessions, and the two other ways by which nobody gets in."""

from __future__ import annotations

import re
from http.cookies import SimpleCookie

import pytest
from flask.testing import FlaskClient

from dashboard.access.sessions import hash_token
from dashboard.errors import StorageError
from dashboard.settings import Settings
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.web.signing_in import local_address, sign_in_address
from data_access.audit import SqlAudit
from data_access.repository import SqlRepository
from tests.web.guarded import OTHER, OWN, PASSWORD, SECRET, STUDY, House, build_house

STUDIES = "/api/v1/studies"


def cookie_of(answer: object) -> SimpleCookie:
    return SimpleCookie(answer.headers["Set-Cookie"])  # type: ignore[attr-defined]


def test_signing_in_leads_back_to_the_view_that_was_asked_for(house: House) -> None:
    view = f"/{STUDY}/thresholds?cut={house.interim.cut}&visit=week-36"
    browser = house.client()
    asked = browser.get(view)
    assert asked.status_code == 303
    page = browser.get(asked.headers["Location"])
    assert page.status_code == 200
    (wanted,) = re.findall(r'name="next" value="([^"]*)"', page.text)
    answer = house.sign_in(browser, "dora", next=wanted.replace("&amp;", "&"))
    assert (answer.status_code, answer.headers["Location"]) == (303, view)
    assert browser.get(view).status_code == 200


def test_the_page_says_who_is_signed_in_and_offers_to_sign_out(house: House) -> None:
    layout = house.client("dora").get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/overview"}).get_data(as_text=True)
    assert "Signed in as " in layout
    assert "dora" in layout
    assert '"action":"\\u002fsign-out"' in layout or '"action":"/sign-out"' in layout


def test_without_signing_in_no_page_speaks_of_it(client: FlaskClient) -> None:
    assert "Signed in as" not in client.get("/_dash-layout").get_data(as_text=True)
    for address in ("/sign-in", "/sign-out"):
        assert client.get(address).status_code == 404
        assert client.post(address).status_code == 405
    assert "Set-Cookie" not in client.get("/").headers


@pytest.mark.parametrize(
    ("name", "password"),
    [("dora", "wrong"), ("dora", ""), ("", ""), ("nobody", PASSWORD), ("dora", PASSWORD.upper()), ("dora' OR '1'='1", PASSWORD),
     ("<script>alert(1)</script>", "x"), ("dora\u0000", PASSWORD)],
)  # fmt: skip
def test_a_wrong_name_and_a_wrong_password_are_told_apart_by_nobody(house: House, name: str, password: str) -> None:
    answer = house.sign_in(house.client(), name, password)
    assert answer.status_code == 401
    assert "The name or the password is not right." in answer.text
    assert "Set-Cookie" not in answer.headers
    assert "<script" not in answer.text
    assert password == "" or f'"{password}"' not in answer.text
    assert house.trail.actions == [("sign-in-failed", "dora" if name == "dora" else "")]


@pytest.mark.parametrize("name", ["dora", "DORA", " Dora "])
def test_the_case_of_a_name_does_not_matter(house: House, name: str) -> None:
    assert house.sign_in(house.client(), name).status_code == 303
    assert house.trail.actions == [("sign-in", "dora")]


def test_an_account_without_a_password_cannot_sign_in(house: House) -> None:
    house.access.accounts.add("proxied", "")
    for password in ("", PASSWORD, "a password that nobody has"):
        assert house.sign_in(house.client(), "proxied", password).status_code in (401, 429)


def test_a_disabled_account_cannot_sign_in_and_its_sessions_are_dead(house: House) -> None:
    browser = house.client("dora")
    assert browser.get(STUDIES).status_code == 200
    house.access.accounts.set_disabled("dora", True)
    assert browser.get(STUDIES).status_code == 401
    assert house.sign_in(house.client(), "dora").status_code == 401


def test_a_role_that_is_taken_away_is_gone_at_the_next_request(house: House) -> None:
    browser, address = house.client("dora"), f"/api/v1/{STUDY}/snapshots"
    assert len(browser.get(address).get_json()) == 2
    house.access.accounts.grant("dora", "investigator", STUDY, "test")
    house.access.accounts.revoke("dora", "dsmb", STUDY)
    assert [cut["cut"] for cut in browser.get(address).get_json()] == [house.interim.cut]
    house.access.accounts.revoke("dora", "investigator", STUDY)
    assert browser.get(address).status_code == 404


def test_a_release_that_is_taken_back_is_gone_at_the_next_request(house: House) -> None:
    browser, address = house.client("ivy"), f"/api/v1/{STUDY}/participants.csv?cut={house.interim.cut}"
    first = browser.get(address)
    assert first.status_code == 200
    house.access.releases.take_back(house.interim, ["investigator"])
    assert browser.get(address, headers={"If-None-Match": first.headers["ETag"]}).status_code == 404
    assert browser.get(f"/{STUDY}/overview?cut={house.interim.cut}").status_code == 404


def test_the_server_keeps_only_a_hash_of_the_token(house: House) -> None:
    token = cookie_of(house.sign_in(house.client(), "dora"))["lymphotrace"].value
    (session,) = house.access.sessions.list()
    assert session.id == hash_token(token, SECRET)
    assert token not in repr(session)


def test_the_cookie_is_out_of_reach_of_scripts_and_of_other_sites(house: House) -> None:
    cookie = cookie_of(house.sign_in(house.client(), "dora"))["lymphotrace"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"], cookie["secure"]) == (True, "Lax", "/", "", "")
    assert cookie["max-age"] == cookie["expires"] == ""


def test_behind_tls_the_cookie_is_bound_to_the_host_and_to_https(demo_settings: Settings, demo_repository: SqlRepository) -> None:
    house = build_house(demo_settings, demo_repository, tls="yes")
    answer = house.client().post(
        "/sign-in", data={"name": "dora", "password": PASSWORD}, headers={"Origin": "https://localhost", "Sec-Fetch-Site": "same-origin"}
    )
    cookie = cookie_of(answer)["__Host-lymphotrace"]
    assert (cookie["httponly"], cookie["samesite"], cookie["path"], cookie["domain"], cookie["secure"]) == (True, "Lax", "/", "", True)


def test_each_sign_in_gives_another_token_and_ends_the_session_before(house: House) -> None:
    browser = house.client("dora")
    (first,) = house.access.sessions.list()
    browser.set_cookie("lymphotrace", browser.get_cookie("lymphotrace").value)  # type: ignore[union-attr]
    assert house.sign_in(browser, "dora").status_code == 303
    (second,) = house.access.sessions.list()
    assert first.id != second.id


def test_a_token_that_a_stranger_planted_is_never_taken_over(house: House) -> None:
    browser = house.client()
    browser.set_cookie("lymphotrace", "planted-by-somebody-else")
    assert browser.get(STUDIES).status_code == 401
    house.sign_in(browser, "dora")
    assert [found.id for found in house.access.sessions.list()] != [hash_token("planted-by-somebody-else", SECRET)]


def test_a_copied_cookie_dies_when_its_owner_signs_out(house: House) -> None:
    browser, thief = house.client("dora"), house.client()
    thief.set_cookie("lymphotrace", browser.get_cookie("lymphotrace").value)  # type: ignore[union-attr]
    assert thief.get(STUDIES).status_code == 200
    answer = browser.post("/sign-out", headers=OWN)
    assert (answer.status_code, answer.headers["Location"]) == (303, "/sign-in?signed-out=yes")
    assert "Expires=Thu, 01 Jan 1970" in answer.headers["Set-Cookie"]
    assert thief.get(STUDIES).status_code == 401
    assert "You are signed out." in browser.get(answer.headers["Location"]).text
    assert house.trail.actions[-1] == ("sign-out", "dora")


def test_another_site_can_sign_nobody_out(house: House) -> None:
    browser = house.client("dora")
    assert browser.get("/sign-out").status_code in (404, 405)
    assert browser.post("/sign-out", headers={"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert browser.get(STUDIES).status_code == 200


def test_a_session_ends_after_half_an_hour_without_a_request(house: House) -> None:
    browser = house.client("dora")
    for _ in range(3):
        house.clock.move(minutes=29)
        assert browser.get(STUDIES).status_code == 200
    house.clock.move(minutes=30)
    assert browser.get(STUDIES).status_code == 401
    assert list(house.access.sessions.list()) == []


def test_a_session_ends_after_twelve_hours_whatever_is_asked(house: House) -> None:
    browser = house.client("dora")
    for _ in range(12 * 3 - 1):
        house.clock.move(minutes=20)
        assert browser.get(STUDIES).status_code == 200
    house.clock.move(minutes=20)
    assert browser.get(STUDIES).status_code == 401


def test_a_session_that_is_revoked_is_dead_at_the_next_request(house: House) -> None:
    browser = house.client("dora")
    assert house.access.sessions.end_all("dora") == 1
    assert browser.get(STUDIES).status_code == 401


def test_static_files_and_health_ask_for_no_session(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.client("dora")

    def fail(_: str) -> None:
        raise AssertionError("the sessions were read")

    monkeypatch.setattr(house.access.sessions, "find", fail)
    assert browser.get("/assets/tokens.css").status_code == 200
    assert browser.get("/healthz").status_code == 200


def test_failures_from_one_place_slow_that_place_down_and_nobody_else(house: House) -> None:
    attacker, owner = house.client(), house.client()
    attacker.environ_base["REMOTE_ADDR"] = "198.51.100.7"
    owner.environ_base["REMOTE_ADDR"] = "192.0.2.1"
    statuses = [house.sign_in(attacker, "dora", "wrong").status_code for _ in range(5)]
    assert statuses == [401, 401, 401, 429, 429]
    slowed = house.sign_in(attacker, "dora")
    assert (slowed.status_code, slowed.headers["Retry-After"]) == (429, "1")
    assert "Try again in 1 seconds" in slowed.text or "Try again in 1 second" in slowed.text
    assert house.sign_in(owner, "dora").status_code == 303


def test_the_delay_grows_and_the_right_password_ends_it(house: House) -> None:
    browser, waited = house.client(), []
    for _ in range(20):
        answer = house.sign_in(browser, "dora", "wrong")
        if answer.status_code == 429:
            waited.append(int(answer.headers["Retry-After"]))
            house.clock.move(seconds=waited[-1])
    # Three attempts are free; the address itself is slowed down after twenty.
    assert waited == [1, 2, 4, 8, 16, 32, 60, 60, 60]
    house.clock.move(seconds=60)
    assert house.sign_in(browser, "dora").status_code == 303
    assert house.sign_in(browser, "dora", "wrong").status_code == 401


def test_an_attempt_during_the_delay_is_not_looked_at(house: House) -> None:
    browser = house.client()
    for _ in range(3):
        house.sign_in(browser, "dora", "wrong")
    assert house.sign_in(browser, "dora").status_code == 429
    assert [action for action, _ in house.trail.actions] == ["sign-in-failed"] * 3


def test_many_names_from_one_place_are_slowed_down_too(house: House) -> None:
    browser = house.client()
    statuses = [house.sign_in(browser, f"name{number}", "wrong").status_code for number in range(22)]
    assert statuses == [401] * 20 + [429] * 2


@pytest.mark.parametrize("address", ["/", f"/{STUDY}/overview?cut=abc", "/a/b%20c?x=%2F", f"/{STUDY}/participants/P%2F1"])
def test_an_address_of_this_server_is_kept(address: str) -> None:
    assert local_address(address) == address


@pytest.mark.parametrize(
    "address",
    ["", "https://evil.example/", "//evil.example", "///evil.example", "/\\evil.example", "\\\\evil.example", "javascript:alert(1)",
     "/\t/evil.example", "/\n/evil.example", "evil.example", "/sign-in", "/sign-out", "/x" * 2000, "http:/evil.example", " /x"],
)  # fmt: skip
def test_no_other_place_is_ever_led_to(house: House, address: str) -> None:
    assert local_address(address) == "/"
    assert house.sign_in(house.client(), "dora", next=address).headers["Location"] == "/"
    assert house.client().get("/sign-in", query_string={"next": address}).text.count('name="next" value="/"') == 1


def test_the_address_to_sign_in_at_carries_the_whole_view() -> None:
    assert sign_in_address("/", "") == "/sign-in"
    assert sign_in_address("/a/b", "x=1&y=2") == "/sign-in?next=/a/b%3Fx%3D1%26y%3D2"


def test_the_sign_in_page_needs_no_script_and_repeats_names_literally(house: House) -> None:
    text = house.sign_in(house.client(), '"><img src=x onerror=alert(1)>', "x").text
    assert "<img" not in text
    assert "&lt;img src=x" in text
    assert "<script" not in text
    assert " on" not in re.sub(r"&[^;]*;|Sign[^<]*|roles?|onerror=alert\(1\)", "", re.sub(r'value="[^"]*"', "", text)).split("<form")[1]


@pytest.mark.parametrize("address", ["/_dash-layout", f"/api/v1/{STUDY}/participants.csv", f"/{STUDY}/download/grid/-/participants.csv"])
def test_what_cannot_be_written_to_the_audit_is_not_shown(house: House, address: str) -> None:
    browser = house.client("dora")
    headers = {ADDRESS_HEADER: f"/{STUDY}/overview"}
    assert browser.get(address, headers=headers).status_code == 200
    house.trail.broken = True
    answer = browser.get(address, headers=headers)
    assert answer.status_code == 503
    # A download is opened in a browser: its refusal is a page.
    assert "audit" in (answer.text if "/download/" in address else answer.get_json()["error"])
    assert "SYN-" not in answer.text


def test_nothing_is_changed_that_cannot_be_written_to_the_audit(house: House) -> None:
    browser = house.client("stan")
    house.trail.broken = True
    answer = browser.post(f"/api/v1/{STUDY}/snapshots/{house.interim.cut}/withdraw", json={"reason": "x"}, headers=OWN)
    assert answer.status_code == 503
    house.trail.broken = False
    assert browser.get(f"/{STUDY}/overview?cut={house.interim.cut}").status_code == 200


def test_without_the_audit_nobody_signs_in_but_everybody_may_sign_out(house: House) -> None:
    browser = house.client("dora")
    house.trail.broken = True
    assert house.sign_in(house.client(), "ivy").status_code == 503
    assert house.sign_in(house.client(), "ivy", "wrong").status_code == 503
    assert browser.post("/sign-out", headers=OWN).status_code == 303
    assert browser.get(STUDIES).status_code == 401


def test_views_tables_and_exports_are_written_with_page_and_fingerprint_and_without_values(house: House) -> None:
    browser = house.client("dora")
    query = f"cut={house.interim.cut}&sex=F"
    browser.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/participants/SYN-240-001?{query}"})
    browser.get(f"/api/v1/{STUDY}/responders.csv?{query}")
    browser.get(f"/{STUDY}/download/grid/-/participants.csv?{query}")
    view = {"view": "", "query": query}
    seen = [event for event in house.trail.events if event[0] != "sign-in"]
    fingerprint = view["view"] = seen[0][4]["view"]
    assert re.fullmatch("[0-9A-Za-z]{8}", fingerprint)
    assert seen == [
        ("view", "dora", STUDY, house.interim.cut, {**view, "page": "participant", "participant": "SYN-240-001"}),
        ("table", "dora", STUDY, house.interim.cut, {**view, "table": "responders", "format": "csv"}),
        ("export", "dora", STUDY, house.interim.cut, {**view, "panel": "grid", "table": "participants", "format": "csv"}),
    ]


def test_another_view_has_another_fingerprint(house: House) -> None:
    browser = house.client("dora")
    for query in (f"cut={house.interim.cut}", f"cut={house.interim.cut}&sex=F", f"cut={house.final.cut}"):
        browser.get(f"/api/v1/{STUDY}/responders.csv?{query}")
    views = [detail["view"] for action, _, _, _, detail in house.trail.events if action == "table"]
    assert len(set(views)) == 3


def test_what_is_denied_is_written(house: House) -> None:
    browser = house.client("ivy")
    browser.get(f"/api/v1/{OTHER}/snapshots")
    browser.get(f"/api/v1/{STUDY}/participants.csv?cut={house.final.cut}")
    browser.get(f"/{STUDY}/overview?cut={house.final.cut}")
    browser.get(f"/api/v1/{STUDY}/deliveries")
    assert [action for action, reader in house.trail.actions if reader == "ivy"] == ["sign-in"] + ["denied"] * 4


def test_a_database_that_is_gone_shows_nothing_and_says_so(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    browser = house.client("dora")

    def fail(_: str) -> None:
        raise StorageError("the database does not answer")

    monkeypatch.setattr(house.access.sessions, "find", fail)
    for address in (STUDIES, f"/{STUDY}/overview", "/_dash-layout"):
        answer = browser.get(address)
        assert answer.status_code == 503
        # A page for whoever opens one, JSON for a script.
        assert "cannot reach its records" in answer.text
        assert answer.is_json is (address != f"/{STUDY}/overview")
    monkeypatch.undo()
    assert browser.get(STUDIES).status_code == 200


PROXY = {"auth": "proxy", "proxy_addresses": "192.0.2.10, 2001:db8::/64"}


@pytest.fixture
def proxied(demo_settings: Settings, demo_repository: SqlRepository) -> House:
    """Readers are named by a reverse proxy."""
    return build_house(demo_settings, demo_repository, **PROXY)


@pytest.mark.parametrize(
    ("address", "name", "status"),
    [
        ("192.0.2.10", "dora", 200),
        ("192.0.2.10", "Dora", 200),
        ("2001:db8::7", "dora", 200),
        ("192.0.2.11", "dora", 401),
        ("127.0.0.1", "dora", 401),
        ("192.0.2.10", "stranger", 401),
        ("192.0.2.10", "", 401),
        ("192.0.2.10", "dora, stan", 401),
        ("192.0.2.10", "x" * 5000, 401),
    ],
)
def test_the_header_of_a_proxy_is_believed_from_its_addresses_only(proxied: House, address: str, name: str, status: int) -> None:
    browser = proxied.client()
    answer = browser.get(STUDIES, headers={"X-Remote-User": name}, environ_overrides={"REMOTE_ADDR": address})
    assert answer.status_code == status
    assert browser.get("/sign-in").status_code in (401, 404)


def test_behind_a_proxy_a_cookie_opens_nothing(proxied: House) -> None:
    browser = proxied.client()
    browser.set_cookie("lymphotrace", "x" * 43)
    assert browser.get(STUDIES, environ_overrides={"REMOTE_ADDR": "192.0.2.10"}).status_code == 401


def test_behind_a_proxy_other_sites_are_kept_out_as_well(proxied: House) -> None:
    answer = proxied.client().post(
        f"/api/v1/{STUDY}/snapshots/ffffffffff/withdraw",
        json={"reason": "x"},
        headers={"X-Remote-User": "stan", "Origin": "https://evil.example"},
        environ_overrides={"REMOTE_ADDR": "192.0.2.10"},
    )
    assert answer.status_code == 403


@pytest.mark.parametrize(("proxy", "statuses"), [("192.0.2.10", [401, 401, 401, 303]), ("192.0.2.99", [401, 401, 401, 429])])
def test_behind_a_trusted_proxy_the_caller_is_the_one_it_names(
    demo_settings: Settings, demo_repository: SqlRepository, proxy: str, statuses: list[int]
) -> None:
    """Three failures of one caller, then the owner from another: only a trusted proxy can say that they are two."""
    browser = build_house(demo_settings, demo_repository, proxy_addresses="192.0.2.10").client()
    tries = [("198.51.100.7", "wrong")] * 3 + [("203.0.113.5", PASSWORD)]
    answers = [
        browser.post(
            "/sign-in",
            data={"name": "dora", "password": password},
            headers={**OWN, "X-Forwarded-For": f"1.2.3.4, {caller}"},
            environ_overrides={"REMOTE_ADDR": proxy},
        )
        for caller, password in tries
    ]
    assert [answer.status_code for answer in answers] == statuses


ODD = ["/%00", f"/{STUDY}/%0a%0d", f"/{STUDY}/\u202e", "/" + "x" * 3000, f"/{STUDY}/participants/%F0%9F%92%89"]


@pytest.mark.parametrize("path", ODD)
def test_an_odd_address_of_a_reader_is_a_404_that_the_real_audit_takes(
    demo_settings: Settings, demo_repository: SqlRepository, path: str
) -> None:
    house = build_house(demo_settings, demo_repository, trail=SqlAudit(demo_repository.engine))
    browser = house.client("dora")
    for address in (path, f"{path}?cut={house.final.cut}", f"/api/v1/{STUDY}{path}", f"/api/v1{path}/snapshots"):
        assert browser.get(address).status_code in (302, 404)
