"""An address of a withdrawn data cut: who saw the cut is told so everywhere, for everybody else there never was one."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.demonstration import DEMONSTRATION_STUDY, load_demonstration
from dashboard.factory import create_app, open_repository
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.web.addresses import ADDRESS_HEADER
from tests.web.guarded import OWN, STUDY, House, build_house

PATHS = (f"/{STUDY}/interim", f"/{STUDY}/trajectories", f"/api/v1/{STUDY}/participants.json", f"/{STUDY}/download/grid/-/participants.csv")
WHY = "Laboratory B sent wrong units"
UNKNOWN = "0" * 10


@pytest.fixture(scope="module")
def gone(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[House, FlaskClient]]:
    """The interim was released to the board alone and then withdrawn, the final cut to both; and a browser where nobody signs in."""
    settings = Settings(var=tmp_path_factory.mktemp("withdrawn"))
    repository = open_repository(settings)
    load_demonstration(repository, read_definitions()[DEMONSTRATION_STUDY])
    house = build_house(settings, repository)
    house.access.releases.take_back(house.interim, ["investigator"])
    house.access.releases.release(house.final, ["investigator"], False, "test")
    repository.withdraw(STUDY, house.interim.cut, WHY, by="stan")
    yield house, create_app(settings, repository).server.test_client()
    repository.engine.dispose()


def layout(browser: FlaskClient, address: str) -> str:
    return browser.get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_data(as_text=True)


def turn_to(browser: FlaskClient, path: str, query: str) -> str:
    """What a link within the application is answered with."""
    asked = {
        "output": "page.children",
        "outputs": {"id": "page", "property": "children"},
        "inputs": [{"id": "url", "property": "pathname", "value": path}],
        "state": [{"id": "url", "property": "search", "value": f"?{query}"}],
        "changedPropIds": ["url.pathname"],
    }
    return browser.post("/_dash-update-component", json=asked, headers=OWN).get_data(as_text=True)


def read_everywhere(browser: FlaskClient, cut: str) -> list[tuple[str, int, str]]:
    """What is answered to each address of `cut`: as a document or file, as a page, and within the application."""
    found = []
    for path in PATHS:
        answer = browser.get(f"{path}?cut={cut}")
        found.append((path, answer.status_code, answer.get_data(as_text=True)))
    found += [(path, 404, layout(browser, f"{path}?cut={cut}")) for path in PATHS[:2]]
    return found + [(path, 404, turn_to(browser, path, f"cut={cut}")) for path in PATHS[:2]]


def alike(house: House, text: str) -> str:
    """`text` without the digits that were asked for, and without the mark that Dash draws anew for every document."""
    return re.sub(r'"end_id":"[^"]*"', "", text.replace(house.interim.cut, UNKNOWN))


def sentence(house: House) -> str:
    cut = house.interim
    return f"The data cut {cut.label} of {cut.cut_date.isoformat()} ({cut.cut}) was withdrawn on "


@pytest.mark.parametrize(("name", "why"), [("dora", False), ("stan", True), ("", True)])
def test_who_saw_a_withdrawn_cut_is_told_so_in_every_form(gone: tuple[House, FlaskClient], name: str, why: bool) -> None:
    house, open_door = gone
    answers = read_everywhere(house.client(name) if name else open_door, house.interim.cut)
    assert [status for _, status, _ in answers] == [404] * 8
    # The documents are the same for every address: what stands on the page comes with its layout.
    for path, _, text in answers[2:]:
        assert sentence(house) in text, path
        assert (WHY in text) is why, path
        assert f"There are: {house.final.cut}." in text, path
    for _, _, text in answers[4:]:
        assert "This data cut was withdrawn" in text
        assert "does not exist" not in text


def test_who_never_saw_it_cannot_tell_it_from_an_invented_one(gone: tuple[House, FlaskClient]) -> None:
    house, _ = gone
    ivy = house.client("ivy")
    withdrawn, invented = read_everywhere(ivy, house.interim.cut), read_everywhere(ivy, UNKNOWN)
    assert [(path, status, alike(house, text)) for path, status, text in withdrawn] == [
        (path, status, alike(house, text)) for path, status, text in invented
    ]
    assert f"There is no published data cut “{UNKNOWN}”. There are: {house.final.cut}." in invented[4][2]


@pytest.mark.parametrize(("name", "why"), [("dora", False), ("stan", True), ("", True)])
def test_the_review_says_that_the_release_before_was_withdrawn(gone: tuple[House, FlaskClient], name: str, why: bool) -> None:
    house, open_door = gone
    said = layout(house.client(name) if name else open_door, f"/{STUDY}/interim?cut={house.final.cut}&until=to-week-36")
    assert sentence(house) in said
    assert (WHY in said) is why
    assert "No release before this one stands, so nothing is compared." in said
    assert "first data cut released" not in said


def test_the_review_keeps_a_withdrawn_cut_from_who_never_saw_it(gone: tuple[House, FlaskClient]) -> None:
    house, _ = gone
    said = layout(house.client("ivy"), f"/{STUDY}/interim?cut={house.final.cut}&until=to-week-36")
    assert "This is the first data cut released of this study." in said
    assert house.interim.cut not in said
    assert "withdrawn on" not in said


def test_a_link_says_so_where_no_data_cut_is_left(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path)
    repository = open_repository(settings)
    load_demonstration(repository, read_definitions()[DEMONSTRATION_STUDY])
    cuts = repository.list_published(STUDY)
    for cut in cuts:
        repository.withdraw(STUDY, cut.cut, WHY)
    client = create_app(settings, repository).server.test_client()
    said = layout(client, f"/{STUDY}/interim?cut={cuts[0].cut}")
    assert f"({cuts[0].cut}) was withdrawn on " in said
    assert "No data cut of NCT05600920 is published." in said
    assert "withdrawn on" not in layout(client, f"/{STUDY}/interim")
    repository.engine.dispose()
