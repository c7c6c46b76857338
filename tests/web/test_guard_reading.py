"""Another site may lead a reader to a page of ours; it may not read anything with the reader's session, nor show it in a frame."""

from __future__ import annotations

import pytest
from flask.testing import FlaskClient

from dashboard.settings import Settings
from dashboard.web.same_origin import FOREIGN
from data_access.repository import SqlRepository
from tests.web.guarded import STUDY, House, build_house

READ = {"page": "/", "studies": "/api/v1/studies", "table": f"/api/v1/{STUDY}/participants.csv", "layout": "/_dash-layout"}
FOR_ALL = ("/healthz", "/readyz", "/sign-in", "/assets/tokens.css", "/favicon.ico", "/_favicon.ico")


def fetched(site: str, mode: str, dest: str, **further: str) -> dict[str, str]:
    """What a browser says of a request."""
    return {"Sec-Fetch-Site": site, "Sec-Fetch-Mode": mode, "Sec-Fetch-Dest": dest, **further}


REFUSED = {
    "a script of another site": fetched("cross-site", "cors", "empty", Origin="https://evil.example"),
    "a script that asks for no answer": fetched("cross-site", "no-cors", "empty"),
    "a picture": fetched("cross-site", "no-cors", "image"),
    "a script element": fetched("cross-site", "no-cors", "script"),
    "a frame": fetched("cross-site", "navigate", "iframe"),
    "a frame of a frameset": fetched("cross-site", "navigate", "frame"),
    "an embedded page": fetched("cross-site", "navigate", "embed"),
    "an object": fetched("cross-site", "navigate", "object"),
    "a script of a sister site": fetched("same-site", "cors", "empty", Origin="http://sister.localhost"),
    "a frame of a sister site": fetched("same-site", "navigate", "iframe"),
    "a browser that sends the origin alone": {"Origin": "https://evil.example"},
    "a frame in a browser that says little": {"Origin": "null"},
    "another port": {"Origin": "http://localhost:9999"},
    "another site under a false flag": {"Origin": "https://evil.example", "Sec-Fetch-Site": "same-origin"},
    "a browser that names the site alone": {"Sec-Fetch-Site": "cross-site"},
}
ALLOWED = {
    "a link in an e-mail read in the browser": fetched("cross-site", "navigate", "document"),
    "a link on a sister site": fetched("same-site", "navigate", "document"),
    "an address that was typed": fetched("none", "navigate", "document"),
    "a script of the page": fetched("same-origin", "cors", "empty"),
    "a script of the page that names its origin": fetched("same-origin", "cors", "empty", Origin="http://localhost"),
    "a browser that sends the origin alone": {"Origin": "http://localhost"},
    "a browser that does not say what it wants": {"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "navigate"},
    "a program": {},
}


@pytest.fixture(scope="module")
def entered(demo_settings: Settings, demo_repository: SqlRepository) -> tuple[House, FlaskClient]:
    """A house, and a browser in which a statistician is signed in."""
    house = build_house(demo_settings, demo_repository)
    return house, house.client("stan")


@pytest.mark.parametrize("origin", REFUSED)
def test_another_site_reads_nothing_and_frames_nothing(entered: tuple[House, FlaskClient], client: FlaskClient, origin: str) -> None:
    house, browser = entered
    house.trail.events.clear()
    for asked in (browser, client):
        for address in READ.values():
            for answer in (asked.get(address, headers=REFUSED[origin]), asked.head(address, headers=REFUSED[origin])):
                assert answer.status_code == 403, address
                assert "no-store" in answer.headers["Cache-Control"]
        assert FOREIGN in asked.get(READ["page"], headers=REFUSED[origin]).text
        assert asked.get(READ["studies"], headers=REFUSED[origin]).get_json() == {"error": FOREIGN}
    # Nobody has seen anything, so nothing is written of it.
    assert house.trail.events == []


@pytest.mark.parametrize("origin", ALLOWED)
def test_links_to_our_pages_and_our_own_pages_read(entered: tuple[House, FlaskClient], client: FlaskClient, origin: str) -> None:
    for asked in (entered[1], client):
        answers = {name: asked.get(address, headers=ALLOWED[origin]).status_code for name, address in READ.items()}
        assert answers == dict.fromkeys(READ, 200)


@pytest.mark.parametrize("origin", REFUSED)
def test_what_anybody_may_see_is_answered_as_before(entered: tuple[House, FlaskClient], origin: str) -> None:
    browser = entered[0].client()
    for address in FOR_ALL:
        assert browser.get(address, headers=REFUSED[origin]).status_code == browser.get(address).status_code != 403, address


def test_who_is_not_signed_in_is_still_led_from_a_link_to_the_page_that_asks_who_it_is(house: House) -> None:
    answer = house.client().get(READ["page"], headers=fetched("cross-site", "navigate", "document"))
    assert (answer.status_code, answer.headers["Location"].partition("?")[0]) == (303, "/sign-in")


def test_behind_tls_our_own_origin_is_the_one_by_https(demo_settings: Settings, demo_repository: SqlRepository) -> None:
    client = build_house(demo_settings, demo_repository, tls="yes").client()
    # 401: nobody is signed in; 403: not even asked who it is.
    assert client.get(READ["studies"], headers={"Origin": "https://localhost"}).status_code == 401
    assert client.get(READ["studies"], headers={"Origin": "http://localhost"}).status_code == 403
