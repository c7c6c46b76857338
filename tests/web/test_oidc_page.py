"""Signing in at an OpenID Connect provider and out again, with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.settings import Settings
from data_access.repository import SqlRepository
from tests.oidc_provider import CLIENT, SECRET, Idp, on_loopback
from tests.web.bare_app import on_a_port
from tests.web.guarded import STUDY, House, build_house


@pytest.fixture(scope="module")
def door(demo_settings: Settings, demo_repository: SqlRepository) -> Iterator[tuple[House, Idp, str]]:
    """The product and the provider, each on a port of its own."""
    with on_loopback(Idp(lambda: None, "")) as idp:  # type: ignore[arg-type, return-value]
        given = {"oidc_issuer": idp.issuer, "oidc_client_id": CLIENT, "oidc_client_secret": SECRET}
        house = build_house(demo_settings, demo_repository, auth="oidc", **given)
        house.access.accounts.add("dora@example.org", "")
        house.access.accounts.grant("dora@example.org", "dsmb", STUDY, "test")
        with on_a_port(house.app) as url:
            idp.clock, idp.back = house.clock, f"{url}/sign-in/callback"
            yield house, idp, url


def test_a_reader_comes_from_the_provider_to_the_view_of_the_link_and_goes_out_again(
    door: tuple[House, Idp, str], new_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    house, idp, url = door
    page = new_page(url)
    view = f"/{STUDY}/overview?cut={house.interim.cut}"
    page.goto(view)
    way_in = page.get_by_role("link", name="Sign in at 127.0.0.1")
    expect(way_in).to_be_visible()
    axe(page)
    idp.person["email"] = "stranger@example.org"
    way_in.click()
    expect(page.get_by_role("alert")).to_contain_text("there is no open account here for “stranger@example.org”")
    axe(page)
    idp.person["email"] = "dora@example.org"
    way_in.click()
    expect(page.get_by_text("Signed in as dora@example.org")).to_be_visible(timeout=30_000)
    assert page.url == url + view
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    axe(page)
    page.get_by_role("link", name="Sign out at 127.0.0.1 as well").click()
    expect(page.get_by_text("You left.")).to_be_visible()
    page.goto(f"{url}{view}")
    expect(way_in).to_be_visible()
    # The refusal is an answer of status 403, and the provider is another server; nothing else is to be noted.
    assert [found for found in page.watch.findings if "403" not in found and idp.issuer not in found] == []
    page.watch.findings.clear()
