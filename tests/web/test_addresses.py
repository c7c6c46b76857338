"""Addresses of pages: status, the pinned data cut, the way on, and no failure whatever the query."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from dashboard.study.snapshot import Snapshot
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.workspace import Workspace
from tests.web.hostile import LISTED, queries

STUDY = "/nct05600920"
PAGES = (
    "overview",
    "trajectories",
    "thresholds",
    "participants",
    "participants/SYN-240-001",
    "safety",
    "exploratory",
    "data",
    "data/quality",
    "data/snapshots",
    "data/changes",
    "data/provenance",
    "data/views",
)
EACH_CLIENT = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def layout(client: FlaskClient, address: str) -> str:
    """The page a browser at `address` is given, as JSON text."""
    answer = client.get("/_dash-layout", headers={ADDRESS_HEADER: address})
    assert answer.status_code == 200
    return json.dumps(answer.get_json(), ensure_ascii=False)


def follow(client: FlaskClient, address: str) -> list[str]:
    """The addresses a browser goes through, at most five of them."""
    gone = [address]
    while (answer := client.get(gone[-1])).status_code == 302 and len(gone) < 5:
        gone.append(answer.headers["Location"])
    return gone


def test_the_root_lists_the_studies(client: FlaskClient) -> None:
    assert client.get("/").status_code == 200
    page = layout(client, "/")
    assert "NT-I7 in idiopathic CD4 lymphopenia" in page
    assert "python -m dashboard import cdiscpilot01" in page


@pytest.mark.parametrize("page", PAGES)
def test_a_page_with_a_data_cut_answers_200(client: FlaskClient, newest: Snapshot, page: str) -> None:
    assert client.get(f"{STUDY}/{page}?cut={newest.cut}").status_code == 200


@pytest.mark.parametrize("page", PAGES)
def test_a_page_without_a_data_cut_is_redirected_to_the_newest_one(client: FlaskClient, newest: Snapshot, page: str) -> None:
    answer = client.get(f"{STUDY}/{page}")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{STUDY}/{page}?cut={newest.cut}")


def test_the_redirect_keeps_the_other_choices_as_typed(client: FlaskClient, newest: Snapshot) -> None:
    answer = client.get(f"{STUDY}/trajectories?scale=log&cohort=480%2C240&colour=red")
    assert answer.headers["Location"] == f"{STUDY}/trajectories?cut={newest.cut}&scale=log&cohort=480%2C240&colour=red"


def test_an_older_data_cut_is_shown_as_asked_and_names_the_newer_one(client: FlaskClient, newest: Snapshot, interim: Snapshot) -> None:
    address = f"{STUDY}/overview?cut={interim.cut}"
    assert client.get(address).status_code == 200
    assert "Newer data exist: Final, 2026-09-30." in layout(client, address)


@pytest.mark.parametrize(
    "query", ["cut", "cut=", "cut=zz", "%63ut=zz", "c%75t=", "cut=zz&cut=yy", "cut=zz&scale=log", "?cut=zz", "cut=&CUT=1"]
)
def test_an_unreadable_data_cut_never_turns_in_circles(client: FlaskClient, query: str) -> None:
    gone = follow(client, f"{STUDY}/overview?{query}")
    assert len(gone) <= 2
    assert client.get(gone[-1]).status_code == 200


def test_an_unreadable_data_cut_is_named_in_a_notice(client: FlaskClient) -> None:
    gone = follow(client, f"{STUDY}/overview?cut=zz")
    assert "Data cut “zz” was not applied" in layout(client, gone[-1])


@pytest.mark.parametrize(
    ("address", "words", "way_on"),
    [
        ("/nothing/overview", "There is no study “nothing”. There are: cdiscpilot01, nct05600920, ns7car.", '"href": "/"'),
        (
            f"{STUDY}/nothing",
            "There is no page “nothing”. There are: overview, trajectories, thresholds, participants, safety, exploratory, interim, data,",
            f"{STUDY}/overview",
        ),
        (f"{STUDY}/overview?cut=ffffffffff", "“ffffffffff”", f"{STUDY}/overview"),
        (f"{STUDY}/participants/nobody", "There is no participant “nobody”", f"{STUDY}/participants"),
        (f"{STUDY}/participants/a/b/c", "There is no page", f"{STUDY}/participants"),
        ("/cdiscpilot01/overview", "cdiscpilot01", '"href": "/"'),
    ],
)
def test_what_does_not_exist_answers_404_with_the_way_on(client: FlaskClient, address: str, words: str, way_on: str) -> None:
    assert client.get(address).status_code == 404
    page = layout(client, address)
    assert words in page
    assert way_on in page


@pytest.mark.parametrize("query", LISTED)
@pytest.mark.parametrize(
    "page",
    [
        "overview",
        "trajectories",
        "thresholds",
        "participants",
        "safety",
        "exploratory",
        "interim",
        "data/quality",
        "data/changes",
        "data/provenance",
    ],
)
def test_a_hostile_query_never_fails(client: FlaskClient, page: str, query: str) -> None:
    gone = follow(client, f"{STUDY}/{page}?{query}")
    assert client.get(gone[-1]).status_code in (200, 404, 414)
    assert client.get("/_dash-layout", headers={ADDRESS_HEADER: gone[-1].replace("\n", "")}).status_code == 200


@EACH_CLIENT
@given(query=queries())
def test_no_query_makes_a_page_fail_or_turn_in_circles(client: FlaskClient, query: str) -> None:
    gone = follow(client, f"{STUDY}/participants?{query}")
    assert len(gone) <= 2
    assert client.get(gone[-1]).status_code in (200, 404)


@EACH_CLIENT
@given(path=st.text(max_size=60).map(lambda text: text.encode("utf-8", "replace").decode()))
def test_no_path_makes_the_server_fail(client: FlaskClient, path: str) -> None:
    for asked in (f"/{path}", f"{STUDY}/participants/{path}", f"{STUDY}/download/trajectory/{path}/trajectories.csv"):
        # As a server hands it on: the test client itself would take what follows two slashes for a host.
        given = {"PATH_INFO": asked.encode().decode("latin-1"), "REQUEST_URI": quote(asked), "RAW_URI": quote(asked)}
        assert client.get("/", environ_overrides=given).status_code < 500


@pytest.mark.parametrize("address", ["", "nowhere", "//", "http://[", "/%00", "/nct05600920/overview?%", "\\", "/..%2f..%2fetc/passwd"])
def test_the_first_layout_answers_any_address_header(client: FlaskClient, address: str) -> None:
    assert client.get("/_dash-layout", headers={ADDRESS_HEADER: address}).status_code == 200


def test_the_first_layout_is_already_the_page_of_the_address(client: FlaskClient, newest: Snapshot) -> None:
    page = layout(client, f"{STUDY}/trajectories?cut={newest.cut}&scale=log")
    assert page.count('"type": "Graph"') == 5
    assert f"cut={newest.cut}&scale=log" in page
    assert "CD4 by weeks since first dose" in page


def test_the_first_layout_names_what_was_not_applied(client: FlaskClient) -> None:
    page = layout(client, f"{STUDY}/trajectories?cohort=960&colour=red")
    assert "Cohort “960” was not applied: the values are 240, 480, 720" in page
    assert "“colour” is not something this page can show" in page


@pytest.mark.parametrize("key", ["where", "sort"])
def test_a_column_the_table_does_not_have_is_named_in_a_notice(client: FlaskClient, key: str) -> None:
    value = {"where": "weight.ge.3", "sort": "weight.asc"}[key]
    page = layout(client, f"{STUDY}/participants?{key}={value}")
    assert "was not applied" in page
    assert "weight" in page


def test_text_of_an_address_is_data_in_the_page_and_never_markup(client: FlaskClient) -> None:
    answer = client.get(f"{STUDY}/overview?cohort=%3Cscript%3Ealert(1)%3C/script%3E", follow_redirects=True)
    assert answer.status_code == 200
    assert "<script>alert(1)" not in answer.get_data(as_text=True)


def test_a_redirect_stays_on_this_host(client: FlaskClient) -> None:
    for path in ("//nct05600920/overview", "/nct05600920//overview", "/nct05600920/overview/", "///nct05600920/overview"):
        target = client.get(path).headers.get("Location", "/")
        assert urlsplit(target).netloc in ("", "localhost"), path


@pytest.mark.parametrize("method", ["post", "put", "delete", "patch"])
def test_a_page_cannot_be_written_to(client: FlaskClient, method: str) -> None:
    answer = getattr(client, method)(f"{STUDY}/overview")
    assert (answer.status_code, answer.get_json()) == (405, {"error": "This address cannot be used in this way."})
    assert set(answer.headers["Allow"].split(", ")) == {"GET", "HEAD", "OPTIONS"}


@pytest.mark.parametrize(
    ("address", "sent", "status", "words"),
    [
        ("/_dash-update-component", {"json": "x" * 262_145}, 413, "What was sent is larger than this address takes."),
        ("/_dash-update-component", {"data": b"a=1", "content_type": "text/plain"}, 415, "This address reads JSON only."),
        ("/assets/none.js", None, 404, "There is nothing at this address."),
    ],
)
def test_what_the_framework_refuses_is_said_in_our_words(client: FlaskClient, address: str, sent: Any, status: int, words: str) -> None:
    answer = client.get(address) if sent is None else client.post(address, **sent)
    assert (answer.status_code, answer.get_json()) == (status, {"error": words})


def test_head_and_get_answer_alike(client: FlaskClient, newest: Snapshot) -> None:
    for address in (f"{STUDY}/overview", f"{STUDY}/overview?cut={newest.cut}", "/nothing/overview"):
        assert client.head(address).status_code == client.get(address).status_code


def test_a_study_alone_means_its_overview(client: FlaskClient, newest: Snapshot) -> None:
    assert client.get(f"{STUDY}?cut={newest.cut}").status_code == 200
    assert "What the reader must know" in layout(client, f"{STUDY}?cut={newest.cut}")


def test_every_participant_has_an_address(client: FlaskClient, newest: Snapshot, workspace: Workspace) -> None:
    scene, _ = workspace.open("nct05600920", "")
    names = scene.analysis.participants["participant"].tolist()
    assert len(names) == newest.participants
    assert {client.get(f"{STUDY}/participants/{name}?cut={newest.cut}").status_code for name in names} == {200}
