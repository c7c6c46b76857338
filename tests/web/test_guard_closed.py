"""A study whose interim policy is “closed”: before the final release only the board sees anything of it."""

from __future__ import annotations

import pytest

from dashboard import factory
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.web.addresses import ADDRESS_HEADER
from data_access.repository import SqlRepository
from tests.web.guarded import OWN, STUDY, House, build_house


@pytest.fixture
def closed(demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch) -> House:
    """The demonstration under a closed policy; both cuts are released to the board, the first one to investigators too."""
    protocols = {key: protocol.model_copy(update={"interim": "closed"}) for key, protocol in read_definitions().items()}
    monkeypatch.setattr(factory, "read_definitions", lambda _folder=None: protocols)
    return build_house(demo_settings, demo_repository)


def statuses(house: House, name: str, cut: str) -> set[int]:
    """The answers to the same question on every way in."""
    browser = house.client(name)
    ways = [
        f"/{STUDY}/overview?cut={cut}",
        f"/{STUDY}/participants?cut={cut}",
        f"/api/v1/{STUDY}/responders.csv?cut={cut}",
        f"/api/v1/{STUDY}/participants.csv?cut={cut}",
        f"/{STUDY}/download/grid/-/participants.csv?cut={cut}",
    ]
    return {browser.get(way).status_code for way in ways}


@pytest.mark.parametrize(("name", "status"), [("ivy", 404), ("stan", 404), ("dora", 200)])
def test_before_the_final_release_only_the_board_sees_a_cut(closed: House, name: str, status: int) -> None:
    assert statuses(closed, name, closed.interim.cut) == {status}


@pytest.mark.parametrize("name", ["ivy", "stan"])
def test_no_page_names_a_cohort_or_a_participant_to_others(closed: House, name: str) -> None:
    browser = closed.client(name)
    for path in ("overview", "trajectories", "safety", "data/snapshots", "data/quality", "participants/SYN-240-001", "interim"):
        for cut in ("", f"?cut={closed.interim.cut}"):
            text = browser.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/{path}{cut}"}).get_data(as_text=True)
            told = text.replace("participants/SYN-240-001", "").replace(closed.interim.cut, "", 2)
            assert "SYN-" not in told.replace("participants\\u002fSYN-240-001", "")
            assert "µg/kg" not in told
            assert "\\u00b5g" not in told
            assert closed.interim.label not in told


@pytest.mark.parametrize("name", ["ivy", "stan"])
def test_a_cut_released_as_final_is_open(closed: House, name: str) -> None:
    closed.access.releases.release(closed.interim, ["investigator"], True, "test")
    assert statuses(closed, name, closed.interim.cut) == {200}
    assert statuses(closed, name, closed.final.cut) == {404}


def test_a_statistician_still_delivers_and_withdraws(closed: House) -> None:
    browser = closed.client("stan")
    assert browser.get(f"/api/v1/{STUDY}/deliveries").status_code == 200
    answer = browser.post(f"/api/v1/{STUDY}/snapshots/{closed.interim.cut}/withdraw", json={"reason": ""}, headers=OWN)
    # The guard lets it pass; the desk misses a reason.
    assert answer.status_code == 409
