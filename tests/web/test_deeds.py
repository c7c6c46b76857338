"""A page offers what its reader may do and nothing else; the server asks again whoever sends it."""

from __future__ import annotations

import json

import pytest

from dashboard import factory
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.web.addresses import ADDRESS_HEADER
from data_access.repository import SqlRepository
from tests.web.guarded import OWN, STUDY, House, build_house
from tests.web.opened_page import unfold

EMPTY = "cdiscpilot01"


def read_page(house: House, name: str, path: str) -> str:
    """The whole layout of the page at `path` for one reader, as text; what a browser unfolds is unfolded."""
    layout = house.client(name).get("/_dash-layout", headers={ADDRESS_HEADER: path}).get_json()
    return json.dumps(unfold(layout), ensure_ascii=False)


@pytest.mark.parametrize(("name", "offered"), [("ivy", False), ("dora", False), ("stan", True)])
def test_what_changes_a_data_cut_is_offered_to_who_delivers_alone(house: House, name: str, offered: bool) -> None:
    page = read_page(house, name, f"/{STUDY}/data/snapshots")
    assert house.interim.content_hash in page
    for words in ('"Withdraw"', '"Verify"', "/withdraw", "/verify", "Withdrawing hides"):
        assert (words in page) is offered, words
    sent = house.client(name).post(f"/api/v1/{STUDY}/snapshots/{house.interim.cut}/verify", json={}, headers=OWN)
    assert (sent.status_code != 403) is offered


@pytest.mark.parametrize(("name", "offered"), [("ivy", False), ("dora", False), ("stan", True)])
def test_the_form_that_delivers_is_on_the_page_of_who_delivers_alone(house: House, name: str, offered: bool) -> None:
    page = read_page(house, name, f"/{STUDY}/data")
    assert (f'"data-study": "{STUDY}"' in page) is offered
    assert ("python -m dashboard import" in page) is offered
    assert ("Your role in this study does not allow delivering data cuts." in page) is not offered


@pytest.mark.parametrize(("role", "offered"), [("investigator", False), ("statistician", True)])
def test_a_study_without_a_data_cut_asks_only_who_may_to_deliver_one(house: House, role: str, offered: bool) -> None:
    house.access.accounts.grant("nora", role, EMPTY, "test")
    page = read_page(house, "nora", f"/{EMPTY}/overview")
    assert "no data yet" in page
    assert ("Deliver one here" in page) is offered
    assert (f'"data-study": "{EMPTY}"' in page) is offered
    assert ("that you may see" in page) is not offered


@pytest.fixture
def closed(demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch) -> House:
    protocols = {key: protocol.model_copy(update={"interim": "closed"}) for key, protocol in read_definitions().items()}
    monkeypatch.setattr(factory, "read_definitions", lambda _folder=None: protocols)
    return build_house(demo_settings, demo_repository)


@pytest.mark.parametrize(("name", "offered"), [("ivy", False), ("stan", True)])
def test_who_reads_pooled_figures_alone_is_led_to_deliver_only_where_that_is_allowed(closed: House, name: str, offered: bool) -> None:
    for path, form in (("overview", False), ("data", offered)):
        page = read_page(closed, name, f"/{STUDY}/{path}")
        assert "pooled figures only" in page
        assert ("Deliver a data cut" in page) is offered
        assert (f'"data-study": "{STUDY}"' in page) is form
