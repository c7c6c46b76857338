"""Whatever compares two data cuts names both: readers who do not compare with the same cut have other characters, ETags and addresses."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from typing import Any

import pytest
from flask.testing import FlaskClient

from dashboard import ids
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from layouts.frame import draw_notices
from tests.web.guarded import OWN, STUDY, House
from tests.web.opened_page import OpenedPage

PAGE = f"/{STUDY}/data/changes"
TABLES = [f"/api/v1/{STUDY}/{name}" for name in ("result-changes.csv", "record-changes.json")]


@pytest.fixture
def apart(house: House) -> House:
    """The final cut is released to both roles, the interim cut to the board alone: an investigator has nothing to compare with."""
    house.access.releases.release(house.final, ["investigator"], False, "test")
    house.access.releases.take_back(house.interim, ["investigator"])
    return house


def look(browser: FlaskClient, address: str) -> tuple[str, str, str]:
    """Fingerprint, canonical query and everything else that the page at `address` shows in its main part."""
    page = OpenedPage(browser, address)
    return page.props[ids.FINGERPRINT]["children"], page.props[ids.VIEW]["data"]["query"], json.dumps(page.props[ids.MAIN])


def test_two_readers_with_the_same_fingerprint_read_the_same_changes(apart: House) -> None:
    short, whole = f"{PAGE}?cut={apart.final.cut}", f"{PAGE}?cut={apart.final.cut}&against={apart.interim.cut}"
    dora, stan, ivy = (look(apart.client(name), short) for name in ("dora", "stan", "ivy"))
    assert dora == stan == look(apart.client("dora"), whole)
    assert dora[1] == f"cut={apart.final.cut}&against={apart.interim.cut}"
    assert ivy[1] == f"cut={apart.final.cut}"
    assert ivy[0] != dora[0]
    assert "There is no data cut before Final to compare with" in ivy[2]
    # The board's own link, opened by who does not see the cut before.
    assert look(apart.client("ivy"), whole) == ivy
    assert apart.interim.label not in ivy[2]


def test_what_a_reader_does_not_compare_with_is_said(apart: House) -> None:
    told = f"The data cut {apart.interim.cut}, with which the view compares, is not there."
    for page, marked in ((PAGE, ""), (f"/{STUDY}/trajectories", "&mark=changes")):
        opened = OpenedPage(apart.client("ivy"), f"{page}?cut={apart.final.cut}{marked}&against={apart.interim.cut}")
        assert told in json.dumps(opened.props[ids.NOTICES]), page
    answer = apart.client("ivy").get(f"{TABLES[0]}?cut={apart.final.cut}&against={apart.interim.cut}")
    assert (answer.status_code, answer.get_json()["problems"]) == (400, [told])
    itself = apart.client("dora").get(f"{TABLES[0]}?cut={apart.final.cut}&against={apart.final.cut}")
    assert itself.get_json()["problems"] == [f"The data cut {apart.final.cut} is not compared with itself."]


def test_changes_marked_since_a_cut_that_is_not_seen_have_other_characters(apart: House) -> None:
    address = f"/{STUDY}/trajectories?cut={apart.final.cut}&mark=changes&against={apart.interim.cut}"
    dora, ivy = (look(apart.client(name), address) for name in ("dora", "ivy"))
    assert "against" in dora[1]
    assert "against" not in ivy[1]
    assert dora[0] != ivy[0]


@pytest.mark.parametrize("table", TABLES)
def test_tables_of_different_comparisons_have_different_etags(apart: House, table: str) -> None:
    address = f"{table}?cut={apart.final.cut}"
    dora, ivy = (apart.client(name).get(address) for name in ("dora", "ivy"))
    assert dora.headers["X-View"] == f"cut={apart.final.cut}&against={apart.interim.cut}"
    assert ivy.headers["X-View"] == f"cut={apart.final.cut}"
    assert dora.headers["ETag"] != ivy.headers["ETag"]
    assert dora.data != ivy.data
    for reader, other in (("dora", ivy), ("ivy", dora)):
        again = apart.client(reader).get(address, headers={"If-None-Match": other.headers["ETag"]})
        assert again.status_code == 200
        assert again.data == (dora if reader == "dora" else ivy).data
    # Who asks with the same rights, and who names the other cut, asks for the same.
    for query in ("", f"&against={apart.interim.cut}"):
        same = apart.client("stan").get(f"{address}{query}", headers={"If-None-Match": dora.headers["ETag"]})
        assert same.status_code == 304


@pytest.mark.parametrize("table", TABLES)
def test_another_cut_to_compare_with_is_another_etag(apart: House, table: str) -> None:
    ivy, address = apart.client("ivy"), f"{table}?cut={apart.final.cut}"
    alone = ivy.get(address)
    assert ivy.get(address, headers={"If-None-Match": alone.headers["ETag"]}).status_code == 304
    apart.access.releases.release(apart.interim, ["investigator"], False, "test")
    compared = ivy.get(address, headers={"If-None-Match": alone.headers["ETag"]})
    assert compared.status_code == 200
    assert compared.headers["ETag"] != alone.headers["ETag"]
    assert compared.headers["ETag"] == apart.client("dora").get(address).headers["ETag"]


def test_audit_downloads_and_saved_views_name_the_cut_that_is_compared_with(apart: House) -> None:
    dora, query = apart.client("dora"), f"cut={apart.final.cut}&against={apart.interim.cut}"
    characters = look(dora, f"{PAGE}?cut={apart.final.cut}")[0]
    dora.get(f"{TABLES[0]}?cut={apart.final.cut}")
    file = dora.get(f"/{STUDY}/download/changes/-/result-changes.csv?cut={apart.final.cut}")
    assert f"# View: http://localhost{PAGE}?{query}\n# Fingerprint of the view: {characters}\n" in file.text
    body = {"address": f"{PAGE}?cut={apart.final.cut}", "name": "Changes", "note": "", "expires": "", "fingerprint": characters}
    saved = dora.post(f"/api/v1/{STUDY}/views", json=body, headers=OWN)
    assert (saved.status_code, saved.get_json()["fingerprint"]) == (201, characters)
    assert dora.get(saved.get_json()["address"]).headers["Location"] == f"{PAGE}?{query}"
    written = [(action, detail["query"], detail["view"]) for action, _, _, _, detail in apart.trail.events if "query" in detail]
    assert written == [(action, query, characters) for action in ("view", "table", "export", "share", "open")]


def test_the_page_of_changes_takes_no_further_answer_and_no_other_address_becomes_longer(client: FlaskClient, newest: Snapshot) -> None:
    address = f"{PAGE}?cut={newest.cut}"
    assert client.get(address).status_code == 200
    page = OpenedPage(client, address).set(ids.SIGHT, data={"near": [], "all": True})
    before = page.props[ids.VIEW]["data"]["query"]
    # The panels of a page are asked for once it stands; the view stays, and so does what the browser shows as address.
    answer = page.call(f"{ids.VIEW}.data", f"{ids.SIGHT}.data")
    assert answer.status_code in (200, 204)
    assert not {ids.VIEW, ids.URL, ids.FINGERPRINT} & set((answer.get_json(silent=True) or {"response": {}})["response"])
    assert before.startswith(f"cut={newest.cut}&against=")
    for other in ("overview", "trajectories", "data/quality", "data/provenance"):
        assert look(client, f"/{STUDY}/{other}?cut={newest.cut}")[1] == f"cut={newest.cut}"


def test_the_way_to_a_newer_cut_leads_to_what_changed_since_the_one_before_it(workspace: Workspace, newest: Snapshot) -> None:
    scene, _ = workspace.open(STUDY, f"cut={newest.cut}", compares=True)
    later = replace(newest, content_hash="f" * 64)
    (notice,) = draw_notices(replace(scene, newest=later), "data/changes", ())
    (href,) = re.findall(r'"href": "([^"]+)"', json.dumps(notice.to_plotly_json(), default=_part))
    assert href == f"{PAGE}?cut={'f' * 10}"


def _part(node: Any) -> Any:
    return node.to_plotly_json()
