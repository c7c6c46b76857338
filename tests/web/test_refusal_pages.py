"""A refusal is a page of ours where a browser opens one, and JSON where a script asks; the corner of the page leads to the audit."""

from __future__ import annotations

import json

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.settings import Settings
from dashboard.web.addresses import ADDRESS_HEADER
from data_access.repository import SqlRepository
from tests.web.guarded import OWN, STUDY, House, build_house

FILE = f"/{STUDY}/download/grid/-/participants.csv"
TABLE = f"/api/v1/{STUDY}/participants.csv"


def expect_page(answer: TestResponse, status: int, words: str) -> None:
    assert (answer.status_code, answer.content_type) == (status, "text/html; charset=utf-8")
    assert answer.text.startswith("<!DOCTYPE html>")
    assert words in answer.text
    assert 'href="/"' in answer.text


def expect_json(answer: TestResponse, status: int, words: str) -> None:
    assert (answer.status_code, answer.content_type) == (status, "application/json")
    assert words in answer.get_json()["error"]


@pytest.fixture(scope="module")
def proxied(demo_settings: Settings, demo_repository: SqlRepository) -> FlaskClient:
    return build_house(demo_settings, demo_repository, auth="proxy", proxy_addresses="192.0.2.10").client()


@pytest.mark.parametrize("address", ["/", f"/{STUDY}/overview", "/audit", FILE])
def test_whom_the_proxy_does_not_name_reads_a_page(proxied: FlaskClient, address: str) -> None:
    expect_page(proxied.get(address), 401, "did not name a reader who has an account here")


@pytest.mark.parametrize("address", [TABLE, "/api/v1/studies", "/_dash-layout"])
def test_a_script_that_the_proxy_does_not_name_reads_json(proxied: FlaskClient, address: str) -> None:
    expect_json(proxied.get(address), 401, "did not name a reader who has an account here")


def test_without_an_audit_a_download_is_refused_with_a_page_and_a_table_with_json(house: House) -> None:
    browser = house.client("dora")
    house.trail.broken = True
    expect_page(browser.get(FILE), 503, "The audit cannot be written")
    expect_json(browser.get(TABLE), 503, "The audit cannot be written")
    expect_json(browser.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/overview"}), 503, "The audit cannot be written")


def test_what_does_not_exist_is_a_page_for_a_browser_and_json_for_a_script(house: House) -> None:
    browser = house.client("dora")
    for address in ("/audit", f"/{STUDY}/pooled", f"/{STUDY}/download/grid/-/none.csv"):
        expect_page(browser.get(address), 404, "There is no")
    expect_json(browser.get(f"/api/v1/{STUDY}/pooled.csv"), 404, "There is no")


def test_an_address_in_a_refusal_is_shown_literally(house: House) -> None:
    text = house.client("dora").get("/<script>alert(1)<%2Fscript>/pooled").text
    assert "<script>alert(1)" not in text


def test_only_who_may_read_the_audit_finds_a_link_to_it(house: House) -> None:
    house.access.accounts.grant("adam", "investigator", STUDY, "test")
    for name, there in (("adam", True), ("dora", False), ("stan", False)):
        for address in ("/", f"/{STUDY}/overview", f"/{STUDY}/none"):
            layout = house.client(name).get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_json()
            assert ('"href": "/audit"' in json.dumps(layout)) is there, (name, address)


MISSING = [f"/{STUDY}/participants/SYN-000-000", f"/{STUDY}/none", f"/{STUDY}/behind/nothing", f"/{STUDY}/overview?cut=0000000000"]


@pytest.mark.parametrize("address", MISSING)
def test_a_page_that_is_not_found_is_no_view(house: House, address: str) -> None:
    browser = house.client("dora")
    house.trail.events.clear()
    assert browser.get(address).status_code == 404
    layout = browser.get("/_dash-layout", headers={ADDRESS_HEADER: address})
    assert layout.status_code == 200
    assert "does not exist" in layout.text
    assert house.trail.actions == [("denied", "dora")]
    found = browser.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/overview"})
    assert found.status_code == 200
    assert house.trail.actions[1:] == [("view", "dora")]


@pytest.mark.parametrize("path", [address.partition("?")[0] for address in MISSING[:3]])
def test_a_page_that_is_not_found_within_the_application_is_no_view_and_is_denied_once(house: House, path: str) -> None:
    browser = house.client("dora")
    house.trail.events.clear()
    answer = go_to(browser, path)
    assert (answer.status_code, "does not exist" in answer.text) == (200, True)
    assert house.trail.events == [("denied", "dora", "", "", {"method": "GET", "path": path})]
    assert go_to(browser, f"/{STUDY}/overview").status_code == 200
    assert house.trail.actions[1:] == [("view", "dora")]


def test_a_study_of_others_and_a_cut_of_others_are_denied_to_who_goes_there_by_a_link(house: House) -> None:
    browser = house.client("ivy")
    house.trail.events.clear()
    assert "does not exist" in go_to(browser, "/ns7car/overview").text
    assert "does not exist" in go_to(browser, f"/{STUDY}/overview", f"?cut={house.final.cut}").text
    assert house.trail.actions == [("denied", "ivy"), ("denied", "ivy")]


def go_to(browser: FlaskClient, path: str, search: str = "") -> TestResponse:
    """What a link within the application asks for."""
    sent = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "state": [{"id": "url", "property": "search", "value": search}],
        "changedPropIds": ["url.pathname"],
    }
    return browser.post("/_dash-update-component", json=sent, headers=OWN)


def test_two_readers_with_the_same_fingerprint_read_the_same_review(house: House) -> None:
    """The board compares with the cut before; an investigator who does not see that cut compares with none, under other characters."""
    house.access.releases.release(house.final, ["investigator"], False, "test")
    house.access.releases.take_back(house.interim, ["investigator"])
    shown = {}
    for name, address in (
        ("dora", f"/{STUDY}/interim?cut={house.final.cut}"),
        ("stan", f"/{STUDY}/interim?cut={house.final.cut}"),
        ("ivy", f"/{STUDY}/interim?cut={house.final.cut}"),
        # The board's own link, opened by who does not see the cut before.
        ("ivy again", f"/{STUDY}/interim?cut={house.final.cut}&until=to-week-36&against={house.interim.cut}"),
    ):
        layout = house.client(name.split()[0]).get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_json()
        shown[name] = (find(layout, "fingerprint")["children"], find(layout, "view")["data"]["query"], json.dumps(find(layout, "main")))
    assert f"against={house.interim.cut}" in shown["dora"][1]
    assert shown["dora"] == shown["stan"]
    assert "against" not in shown["ivy"][1]
    assert shown["ivy"] == shown["ivy again"]
    assert shown["ivy"][0] != shown["dora"][0]
    assert shown["ivy"][2] != shown["dora"][2]
    assert house.interim.cut not in shown["ivy"][2]


def find(node: object, name: str) -> dict:
    """The properties of the component called `name`."""
    if isinstance(node, dict):
        props = node.get("props")
        if isinstance(props, dict) and props.get("id") == name:
            return props
        return next((found for value in node.values() if (found := find(value, name))), {})
    return next((found for value in node if (found := find(value, name))), {}) if isinstance(node, list) else {}
