"""Every address and every callback, for every role, own and other study, released and unreleased data cut."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from itertools import product

import pytest
from dash import Dash, Input, Output
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.settings import Settings
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.web.rules import ADDRESSES, CALLBACKS, MissingRuleError, callback_name, require_rules
from data_access.repository import SqlRepository
from tests.web.guarded import OTHER, OWN, PEOPLE, STUDY, House, build_house
from tests.web.opened_page import OpenedPage, canonical

READERS = ("", *PEOPLE)
# What each reader sees, by the issue: released cuts for board and investigators, every published one for statisticians.
SEES = {"ivy": {"interim"}, "dora": {"interim", "final"}, "stan": {"interim", "final"}}
UNKNOWN_JOB = "0" * 32

# One request for each address, with what it is about. {study} and {cut} are filled in.
Ask = tuple[str, str]
OPEN: dict[str, Ask] = {
    "_dash_assets.static": ("GET", "/assets/tokens.css"),
    "/_dash-component-suites/<string:package_name>/<path:fingerprinted_path>": ("GET", "/_dash-component-suites/dash/deps/none.js"),
    "/_favicon.ico": ("GET", "/_favicon.ico"),
    "answer_icon": ("GET", "/favicon.ico"),
    "answer_health": ("GET", "/healthz"),
    "answer_readiness": ("GET", "/readyz"),
    "signing_in.ask": ("GET", "/sign-in"),
    "signing_in.sign_in": ("POST", "/sign-in"),
    "signing_in.sign_out": ("POST", "/sign-out"),
}
PAGES: dict[str, Ask] = {"/<path:path>": ("GET", "/{study}/overview?cut={cut}")}
DOWNLOADS: dict[str, Ask] = {
    "download_table": ("GET", "/{study}/download/grid/-/participants.csv?cut={cut}"),
    "download_package": ("GET", "/{study}/download/package.pdf?cut={cut}&sex=none"),
}
TABLES: dict[str, Ask] = {
    "read_table": ("GET", "/api/v1/{study}/participants.csv?cut={cut}"),
    "read_behind": ("GET", "/api/v1/{study}/behind/none.csv?cut={cut}"),
}
DELIVERING: dict[str, Ask] = {
    "deliveries.describe_limits": ("GET", "/api/v1/{study}/deliveries"),
    "deliveries.receive": ("POST", "/api/v1/{study}/deliveries"),
    "deliveries.answer_state": ("GET", f"/api/v1/{{study}}/deliveries/{UNKNOWN_JOB}"),
    "deliveries.publish": ("POST", f"/api/v1/{{study}}/deliveries/{UNKNOWN_JOB}/publish"),
    "deliveries.discard": ("POST", f"/api/v1/{{study}}/deliveries/{UNKNOWN_JOB}/discard"),
    "deliveries.answer_report": ("GET", "/api/v1/{study}/snapshots/ffffffffff/report"),
    "deliveries.withdraw": ("POST", "/api/v1/{study}/snapshots/ffffffffff/withdraw"),
    "deliveries.publish_cut": ("POST", "/api/v1/{study}/snapshots/ffffffffff/publish"),
    "deliveries.discard_cut": ("POST", "/api/v1/{study}/snapshots/ffffffffff/discard"),
    "deliveries.verify": ("POST", "/api/v1/{study}/snapshots/ffffffffff/verify"),
}
# Signed in is enough; what is in the answer depends on the reader and is tested below.
SIGNED_IN: dict[str, Ask] = {
    "/": ("GET", "/"),
    "/_dash-layout": ("GET", "/_dash-layout"),
    "/_dash-dependencies": ("GET", "/_dash-dependencies"),
    "/_dash-update-component": ("POST", "/_dash-update-component"),
    "/_reload-hash": ("GET", "/_reload-hash"),
    "list_studies": ("GET", "/api/v1/studies"),
    "list_snapshots": ("GET", "/api/v1/{study}/snapshots"),
    "refuse_other": ("GET", "/api/none"),
    "answer_package_progress": ("GET", "/{study}/download/package.json"),
}
# What is saved in a study: hidden with the study; whose view it is, is asked by the address itself.
SAVED: dict[str, Ask] = {
    "saved_views.list_views": ("GET", "/api/v1/{study}/views"),
    "saved_views.save_view": ("POST", "/api/v1/{study}/views"),
    "saved_views.revoke_view": ("POST", "/api/v1/{study}/views/AAAAAAAAAAAAAAAAAAAAAA/revoke"),
    "saved_views.open_view": ("GET", "/v/AAAAAAAAAAAAAAAAAAAAAA"),
}
# What is held in a study: no meeting of this name exists for anybody; who may what in one that does is tested in test_meetings.py.
UNKNOWN_MEETING = "/{study}/meetings/" + "0" * 32
MEETINGS: dict[str, Ask] = {
    "meeting_pages.list_meetings": ("GET", "/{study}/meetings"),
    "meeting_pages.open_meeting": ("POST", "/{study}/meetings"),
    "meeting_pages.show_meeting": ("GET", UNKNOWN_MEETING),
    "meeting_pages.join": ("GET", f"{UNKNOWN_MEETING}/join"),
    "meeting_pages.show_minutes": ("GET", f"{UNKNOWN_MEETING}/minutes"),
    "meeting_pages.download_minutes": ("GET", f"{UNKNOWN_MEETING}/minutes.pdf"),
    "meeting_pages.change_agenda": ("POST", f"{UNKNOWN_MEETING}/agenda"),
    "meeting_pages.hand_over": ("POST", f"{UNKNOWN_MEETING}/chair"),
    "meeting_pages.close": ("POST", f"{UNKNOWN_MEETING}/close"),
    "meetings.look": ("GET", f"/api/v1{UNKNOWN_MEETING}/now"),
    "meetings.read": ("GET", f"/api/v1{UNKNOWN_MEETING}"),
    "meetings.move": ("POST", f"/api/v1{UNKNOWN_MEETING}/move"),
    "meetings.write": ("POST", f"/api/v1{UNKNOWN_MEETING}/entries"),
}
# Whoever may read the audit: a right that belongs to no study.
AUDIT: dict[str, Ask] = {"audit.show": ("GET", "/audit"), "audit.download": ("GET", "/audit.csv")}
# Pooled figures of closed studies; this one is open-label, so nobody is shown any (test_pooled.py has a closed one).
CLOSED: dict[str, Ask] = {
    "closed.show": ("GET", "/{study}/pooled?cut={cut}"),
    "closed.read": ("GET", "/api/v1/{study}/pooled.csv?cut={cut}"),
}
EVERY = CLOSED | AUDIT | SAVED | MEETINGS | OPEN | PAGES | DOWNLOADS | TABLES | DELIVERING | SIGNED_IN
LED_TO_SIGN_IN = {"closed.show", "/", "/<path:path>", "download_table", "download_package", "saved_views.open_view", *AUDIT} | {
    f"meeting_pages.{name}" for name in ("list_meetings", "show_meeting", "join", "show_minutes", "download_minutes")
}


@pytest.fixture(scope="module")
def shared(demo_settings: Settings, demo_repository: SqlRepository) -> House:
    """One house for the tests that change nothing in it."""
    return build_house(demo_settings, demo_repository)


@pytest.fixture(scope="module")
def browsers(shared: House) -> dict[str, FlaskClient]:
    return {name: shared.client(name) for name in READERS}


def send(browser: FlaskClient, ask: Ask, study: str = STUDY, cut: str = "") -> TestResponse:
    method, address = ask
    return browser.open(address.format(study=study, cut=cut), method=method, headers=OWN if method == "POST" else {})


def test_every_address_of_the_server_has_a_rule_and_stands_in_this_matrix(shared: House) -> None:
    endpoints = {rule.endpoint for rule in shared.app.server.url_map.iter_rules()}
    assert endpoints == set(EVERY)
    assert endpoints <= set(ADDRESSES)


def test_every_rule_is_one_of_an_address(shared: House) -> None:
    # The way to an OpenID provider exists only with AUTH=oidc, where test_oidc.py compares the addresses.
    of_provider = {"signing_in.start", "signing_in.finish"}
    assert set(ADDRESSES) - {rule.endpoint for rule in shared.app.server.url_map.iter_rules()} == of_provider


def test_every_callback_has_a_rule(shared: House) -> None:
    assert {callback_name(entry) for entry in shared.app.callback_map.values()} == set(CALLBACKS)


def test_an_address_without_a_rule_stops_the_start(shared: House) -> None:
    app = Dash("other")
    app.server.add_url_rule("/secret", "secret_page", lambda: "rows")
    with pytest.raises(MissingRuleError, match="secret_page"):
        require_rules(app.server, app)


def test_a_callback_without_a_rule_stops_the_start(shared: House) -> None:
    app = Dash("other")

    @app.callback(Output("a", "children"), Input("b", "value"))
    def tell_everything(value: str) -> str:
        return value

    # Dash collects its callbacks when it first serves.
    app.callback_map.update({"a.children": {"callback": tell_everything, "output": "a.children"}})
    with pytest.raises(MissingRuleError, match="tell_everything"):
        require_rules(app.server, app)


@pytest.mark.parametrize(("endpoint", "name"), list(product(OPEN, READERS)))
def test_what_is_open_never_asks_who_it_is(browsers: dict[str, FlaskClient], endpoint: str, name: str) -> None:
    if endpoint == "signing_in.sign_out":
        return
    answer = send(browsers[name], OPEN[endpoint])
    assert answer.status_code in ({401, 429} if endpoint == "signing_in.sign_in" else {200, 204, 404})
    assert STUDY.encode() not in answer.data


@pytest.mark.parametrize("endpoint", sorted(set(EVERY) - set(OPEN)))
def test_nobody_gets_in_without_signing_in(browsers: dict[str, FlaskClient], shared: House, endpoint: str) -> None:
    for study, cut in product((STUDY, OTHER, "none"), (shared.interim.cut, shared.final.cut, "0" * 10)):
        answer = send(browsers[""], EVERY[endpoint], study, cut)
        assert answer.status_code == (303 if endpoint in LED_TO_SIGN_IN else 401), answer.text
        if answer.status_code == 303:
            assert answer.headers["Location"].startswith("/sign-in")
        assert not re.search("cohort|240|participant|Final", answer.get_data(as_text=True).replace("participants.csv", ""))


def expected(endpoint: str, name: str, study: str, cut: str) -> int:
    """The status by the issue's words: a study without a role and a cut without a release are 404, a missing right is 403."""
    if name not in SEES or study != STUDY:
        return 404
    if endpoint in DELIVERING:
        return {"stan": 0}.get(name, 403)
    return 200 if cut in SEES[name] else 404


@pytest.mark.parametrize(("endpoint", "name"), list(product(PAGES | DOWNLOADS | TABLES, PEOPLE)))
def test_the_matrix_of_views(browsers: dict[str, FlaskClient], shared: House, endpoint: str, name: str) -> None:
    cuts = {"interim": shared.interim.cut, "final": shared.final.cut, "unknown": "0" * 10}
    for study, (cut, digits) in product((STUDY, OTHER, "none"), cuts.items()):
        if name == "odd" and study == OTHER:
            continue
        answer = send(browsers[name], EVERY[endpoint], study, digits)
        wanted = expected(endpoint, name, study, cut)
        # There is no such cell; what matters is that it is looked for only in a cut that is visible.
        wanted = 404 if endpoint == "read_behind" else wanted
        # A sex that does not exist: making a package takes seconds, and what matters is that the cut is looked at first.
        wanted = 400 if endpoint == "download_package" and wanted == 200 else wanted
        assert answer.status_code == wanted, (study, cut, answer.text[:200])


@pytest.mark.parametrize(("endpoint", "name"), list(product(CLOSED, PEOPLE)))
def test_an_open_label_study_has_no_pooled_figures(browsers: dict[str, FlaskClient], shared: House, endpoint: str, name: str) -> None:
    for study, cut in product((STUDY, OTHER, "none"), (shared.interim.cut, shared.final.cut, "0" * 10)):
        assert send(browsers[name], EVERY[endpoint], study, cut).status_code == 404


@pytest.mark.parametrize(("endpoint", "name"), list(product(DELIVERING, PEOPLE)))
def test_the_matrix_of_deliveries(browsers: dict[str, FlaskClient], endpoint: str, name: str) -> None:
    for study in (STUDY, OTHER, "none"):
        if name == "odd" and study == OTHER:
            continue
        answer = send(browsers[name], DELIVERING[endpoint], study)
        wanted = expected(endpoint, name, study, "")
        # A statistician passes the guard; what the address itself says of this request is another test.
        assert answer.status_code == wanted or (wanted == 0 and answer.status_code in (200, 404, 415)), answer.text


@pytest.mark.parametrize(("endpoint", "name"), list(product(SAVED, PEOPLE)))
def test_the_matrix_of_saved_views(browsers: dict[str, FlaskClient], endpoint: str, name: str) -> None:
    for study in (STUDY, OTHER, "none"):
        if name == "odd" and study == OTHER:
            continue
        answer = send(browsers[name], SAVED[endpoint], study)
        seen = name in SEES and study == STUDY
        # There is no such saved view for anybody; a view that is sent without a body is refused where the study is seen.
        wanted = {"saved_views.list_views": {200}, "saved_views.save_view": {400, 415}}.get(endpoint, {400, 404, 415})
        assert answer.status_code in (wanted if seen else {404} if endpoint != "saved_views.revoke_view" else {400, 404, 415}), answer.text


@pytest.mark.parametrize(("endpoint", "name"), list(product(MEETINGS, PEOPLE)))
def test_the_matrix_of_meetings(browsers: dict[str, FlaskClient], endpoint: str, name: str) -> None:
    for study in (STUDY, OTHER, "none"):
        if name == "odd" and study == OTHER:
            continue
        answer = send(browsers[name], MEETINGS[endpoint], study)
        seen = name in SEES and study == STUDY
        # A study is hidden with its meetings. A meeting that is opened without a title, or a message without JSON, is refused as such.
        wanted = {"meeting_pages.list_meetings": {200}, "meeting_pages.open_meeting": {400}}.get(endpoint, {400, 404, 415})
        assert answer.status_code in (wanted if seen else {404}), answer.text


@pytest.mark.parametrize(("endpoint", "name"), list(product(AUDIT, PEOPLE)))
def test_the_audit_exists_for_administrators_alone(browsers: dict[str, FlaskClient], endpoint: str, name: str) -> None:
    assert send(browsers[name], AUDIT[endpoint]).status_code == (200 if name == "adam" else 404)


@pytest.mark.parametrize("name", PEOPLE)
def test_lists_hold_only_what_the_reader_sees(browsers: dict[str, FlaskClient], shared: House, name: str) -> None:
    studies = browsers[name].get("/api/v1/studies").get_json()
    assert [entry["study"] for entry in studies] == ([STUDY] if name in SEES else [OTHER] if name == "odd" else [])
    answer = browsers[name].get(f"/api/v1/{STUDY}/snapshots")
    if name not in SEES:
        assert answer.status_code == 404
        return
    cuts = {"interim": shared.interim.cut, "final": shared.final.cut}
    assert {entry["cut"] for entry in answer.get_json()} == {cuts[cut] for cut in SEES[name]}


@pytest.mark.parametrize(("name", "path"), list(product(PEOPLE, ("overview", "data/snapshots", "data/changes", "trajectories", "none"))))
def test_no_page_names_what_the_reader_must_not_see(browsers: dict[str, FlaskClient], shared: House, name: str, path: str) -> None:
    address = f"/{STUDY}/{path}" if path != "none" else f"/{STUDY}/overview?cut=0000000000"
    text = browsers[name].get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_data(as_text=True)
    hidden = {"interim", "final"} - SEES.get(name, set())
    for cut in hidden:
        snapshot = {"interim": shared.interim, "final": shared.final}[cut]
        assert snapshot.cut not in text
        assert snapshot.label not in text
    if name not in SEES:
        assert "SYN-" not in text
        assert "NT-I7" not in text


def read_all(browser: FlaskClient, query: str) -> list[str]:
    """The pages and tables of a view that depend on other data cuts."""
    pages = [f"/{STUDY}/data/changes?{query}", f"/{STUDY}/trajectories?{query}&mark=changes", f"/{STUDY}/overview?{query}"]
    tables = [f"/api/v1/{STUDY}/{table}.csv?{query}" for table in ("result-changes", "record-changes")]
    shown = [browser.get("/_dash-layout", headers={ADDRESS_HEADER: page}).get_data(as_text=True) for page in pages]
    return shown + [browser.get(table).get_data(as_text=True) for table in tables]


@pytest.mark.parametrize("against", ["", "&against={}"])
def test_what_was_computed_for_the_board_is_not_shown_to_others(
    demo_settings: Settings, demo_repository: SqlRepository, against: str
) -> None:
    """An investigator reads the same after the board has read, also about a cut that the board alone sees."""
    before, after = (build_house(demo_settings, demo_repository) for _ in range(2))
    query = f"cut={before.interim.cut}{against.format(before.final.cut)}"
    alone = read_all(before.client("ivy"), query)
    board = read_all(after.client("dora"), query)
    second = read_all(after.client("ivy"), query)
    name = re.compile("dora|ivy")
    assert [name.sub("", text) for text in second] == [name.sub("", text) for text in alone]
    assert any(before.final.label in text for text in board)
    assert not any(before.final.label in text for text in second)
    assert board != second


def test_a_callback_reads_only_what_its_sender_sees(shared: House) -> None:
    page = OpenedPage(shared.client("dora"), f"/{STUDY}/overview?cut={shared.final.cut}")
    assert page.set("view", data={**page.props["view"]["data"]}).props["view"]["data"]["study"] == STUDY
    sent = {**page.props["view"]["data"], "query": f"cut={shared.final.cut}"}
    for name, status in (("dora", 200), ("stan", 200), ("ivy", 404), ("nora", 404), ("adam", 404), ("odd", 404), ("", 401)):
        page.client = own_pages(shared.client(name))
        page.set("view", data=sent).set("url", search=f"?cut={shared.final.cut}&sex=F")
        answer = page.call("view.data", "url.search")
        assert answer.status_code == status, (name, answer.text[:300])
        if status == 404 and name == "ivy":
            assert shared.final.label not in answer.text


def own_pages(browser: FlaskClient) -> FlaskClient:
    """The same browser, which says of every request that it comes from a page of the server."""
    browser.environ_base["HTTP_ORIGIN"] = OWN["Origin"]
    return browser


ShapeChange = Callable[[dict[str, object]], object]
SPOILED: dict[str, ShapeChange] = {
    "nothing": lambda body: {},
    "a list": lambda body: [body],
    "a number": lambda body: 7,
    "an output of nobody": lambda body: {**body, "output": "everything.children"},
    "no output": lambda body: {key: body[key] for key in body if key != "output"},
    "an output that is no text": lambda body: {**body, "output": ["page.children"]},
    "no inputs": lambda body: {**body, "inputs": []},
    "inputs that are no list": lambda body: {**body, "inputs": {"id": "url"}},
    "an input of another component": lambda body: {**body, "inputs": [{"id": "other", "property": "pathname", "value": "/"}]},
    "an input of another property": lambda body: {**body, "inputs": [{"id": "url", "property": "href", "value": "/"}]},
    "a path that is no text": lambda body: {**body, "inputs": [{"id": "url", "property": "pathname", "value": {"$ne": 1}}]},
    "a path that is missing": lambda body: {**body, "inputs": [{"id": "url", "property": "pathname"}]},
    "a query that is a list": lambda body: {**body, "state": [{"id": "url", "property": "search", "value": ["x"]}]},
    "no states": lambda body: {**body, "state": []},
    "an unknown part": lambda body: {**body, "cancelJob": "1"},
    "outputs that are no ids": lambda body: {**body, "outputs": "page.children"},
    "changes that are no texts": lambda body: {**body, "changedPropIds": [1]},
}


def show_page(path: str = f"/{STUDY}/overview") -> dict[str, object]:
    """What a browser sends when its path has changed."""
    return {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "state": [{"id": "url", "property": "search", "value": ""}],
        "changedPropIds": ["url.pathname"],
    }


@pytest.mark.parametrize("spoiled", SPOILED)
def test_a_callback_of_another_shape_is_answered_with_400(browsers: dict[str, FlaskClient], client: FlaskClient, spoiled: str) -> None:
    for browser in (browsers["dora"], client):
        answer = browser.post("/_dash-update-component", json=SPOILED[spoiled](show_page()), headers=OWN)
        assert answer.status_code == 400
        assert "shape" in answer.get_json()["error"]


@pytest.mark.parametrize("text", ["", "{", "null", "NaN", '{"output": ', "[" * 10_000])
def test_a_callback_that_is_no_json_object_is_answered_with_400(browsers: dict[str, FlaskClient], text: str) -> None:
    answer = browsers["dora"].post("/_dash-update-component", data=text, content_type="application/json", headers=OWN)
    assert answer.status_code == 400


def test_a_view_of_another_shape_is_answered_with_400(shared: House) -> None:
    page = OpenedPage(own_pages(shared.client("dora")), f"/{STUDY}/participants?cut={shared.final.cut}")
    good = page.props["view"]["data"]
    (grid,) = (written for written in page.props if written.startswith('{"grid":'))
    matched = json.loads(grid) | {"grid-words": json.loads(grid)["grid"]}
    for bad in ({**good, "query": 5}, {"study": STUDY}, [good], "view", {**good, "more": "x"}):
        answer = page.set("view", data=bad).call(f"{canonical({'grid': ['MATCH']})}.rowData", "view.data", matched)
        assert answer.status_code == 400, bad
    assert page.set("view", data=good).call(f"{canonical({'grid': ['MATCH']})}.rowData", "view.data", matched).status_code == 200


ORIGINS: dict[str, tuple[dict[str, str], bool]] = {
    "the page itself": ({"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}, True),
    "a form of the page, which sends no referrer": ({"Origin": "null", "Sec-Fetch-Site": "same-origin"}, True),
    "a browser that sends the origin alone": ({"Origin": "http://localhost"}, True),
    "another site": ({"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}, False),
    "another site that sends the origin alone": ({"Origin": "https://evil.example"}, False),
    "a sandboxed frame": ({"Origin": "null", "Sec-Fetch-Site": "cross-site"}, False),
    "a frame in a browser that says little": ({"Origin": "null"}, False),
    "a sister site": ({"Origin": "http://evil.localhost", "Sec-Fetch-Site": "same-site"}, False),
    "the same name on another port": ({"Origin": "http://localhost:9999", "Sec-Fetch-Site": "same-site"}, False),
    "the same name by https": ({"Origin": "https://localhost"}, False),
    "a bookmark that posts": ({"Sec-Fetch-Site": "none"}, False),
    "a program that says nothing": ({}, False),
}


@pytest.mark.parametrize("origin", ORIGINS)
def test_only_pages_of_this_server_may_change_anything(house: House, origin: str) -> None:
    headers, allowed = ORIGINS[origin]
    browser = house.client("stan")
    for address in ("/_dash-update-component", f"/api/v1/{STUDY}/snapshots/ffffffffff/withdraw", "/sign-in", "/sign-out"):
        answer = browser.post(address, json={}, headers=headers)
        assert (answer.status_code != 403) is allowed, (address, answer.text)
    assert bool(browser.get("/api/v1/studies").status_code == 200) is not allowed


def test_without_signing_in_a_program_may_post_but_another_site_may_not(client: FlaskClient) -> None:
    good = show_page()
    assert client.post("/_dash-update-component", json=good).status_code == 200
    for headers in ({"Origin": "https://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Sec-Fetch-Site": "same-site"}):
        assert client.post("/_dash-update-component", json=good, headers=headers).status_code == 403


def test_a_large_body_is_refused_before_it_is_read_and_only_a_delivery_may_be_large(house: House) -> None:
    browser, large = house.client("stan"), b'"' + b"x" * 300_000 + b'"'
    json_headers = {**OWN, "Content-Type": "application/json"}
    assert browser.post("/_dash-update-component", data=large, headers=json_headers).status_code == 413
    assert browser.post(f"/api/v1/{STUDY}/snapshots/ffffffffff/withdraw", data=large, headers=json_headers).status_code == 413
    multipart = {**OWN, "Content-Type": "multipart/form-data; boundary=x"}
    assert browser.post(f"/api/v1/{STUDY}/deliveries", data=large, headers=multipart).status_code == 400


def test_tables_are_limited_for_one_reader_and_not_for_another(house: House) -> None:
    first, second = house.client("dora"), house.client("stan")
    address = f"/api/v1/{STUDY}/none.csv"
    statuses = [first.get(address).status_code for _ in range(130)]
    assert set(statuses[:120]) == {404}
    assert statuses[-1] == 429
    answer = first.get(address)
    assert int(answer.headers["Retry-After"]) >= 1
    assert " s." in answer.get_json()["error"]
    assert second.get(address).status_code == 404


def test_views_are_limited_for_one_reader_and_not_for_another(house: House) -> None:
    first, second, question = house.client("dora"), house.client("stan"), {"json": {}, "headers": OWN}
    statuses = [first.post("/_dash-update-component", **question).status_code for _ in range(700)]
    assert 429 not in statuses[:600]
    assert statuses[-1] == 429
    answer = first.get("/_dash-layout", headers=OWN)
    assert (answer.status_code, answer.headers["Retry-After"]) == (429, "1")
    assert answer.get_json()["error"] == "Too many views were asked for in a short time. Try again in 1 s."
    assert second.post("/_dash-update-component", **question).status_code != 429


def test_every_answer_carries_the_headers_signed_in_or_not(house: House) -> None:
    for browser in (house.client(), house.client("dora")):
        for address in ("/", "/sign-in", "/api/v1/studies", f"/{STUDY}/overview", "/none", "/_dash-layout", "/healthz"):
            headers = browser.get(address).headers
            assert headers["Cache-Control"] == "no-store"
            assert headers["X-Content-Type-Options"] == "nosniff"
            assert headers["Referrer-Policy"] == "no-referrer"
            assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
            assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]
            assert "Strict-Transport-Security" not in headers


def test_behind_tls_browsers_are_told_to_stay_there(demo_settings: Settings, demo_repository: SqlRepository) -> None:
    house = build_house(demo_settings, demo_repository, tls="yes")
    assert house.client().get("/sign-in").headers["Strict-Transport-Security"].startswith("max-age=31536000")


def test_readiness_names_no_data_to_strangers(shared: House) -> None:
    assert shared.client().get("/readyz").get_json()["snapshot"] is None
