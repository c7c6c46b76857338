"""Signing in and out with a real browser."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest
from playwright.sync_api import Page, expect

from dashboard.settings import Settings
from data_access.repository import SqlRepository
from tests.web.bare_app import on_a_port
from tests.web.guarded import PASSWORD, STUDY, House, build_house


@pytest.fixture(scope="module")
def door(demo_settings: Settings, demo_repository: SqlRepository) -> Iterator[tuple[House, str]]:
    """The application with readers who sign in, on a port."""
    house = build_house(demo_settings, demo_repository)
    with on_a_port(house.app) as url:
        yield house, url


def fill(page: Page, name: str, password: str = PASSWORD) -> None:
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()


def test_a_reader_signs_in_to_the_view_of_the_link_and_out_again(
    door: tuple[House, str], new_page: Callable[..., Page], axe: Callable[[Page], None]
) -> None:
    house, url = door
    page = new_page(url)
    view = f"/{STUDY}/overview?cut={house.interim.cut}"
    page.goto(view)
    expect(page.get_by_role("heading", name="Lymphotrace")).to_be_visible()
    axe(page)
    fill(page, "ivy", "not the password")
    expect(page.get_by_role("alert")).to_contain_text("The name or the password is not right.")
    expect(page.get_by_label("Name")).to_have_value("ivy")
    page.watch.findings.clear()
    fill(page, "ivy")
    expect(page.get_by_text("Signed in as ivy")).to_be_visible(timeout=30_000)
    assert page.url == url + view
    axe(page)
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("You are signed out.")
    axe(page)


def test_after_signing_out_in_another_tab_a_page_says_so_and_shows_nothing_new(
    door: tuple[House, str], new_page: Callable[..., Page]
) -> None:
    house, url = door
    page = new_page(url)
    page.goto(f"/{STUDY}/thresholds?cut={house.interim.cut}")
    fill(page, "ivy")
    expect(page.locator(".js-plotly-plot .plot-container").first).to_be_visible(timeout=30_000)
    house.access.sessions.end_all("ivy")
    page.get_by_label("Female").uncheck()
    expect(page.locator("#stale")).to_contain_text("You are signed out.")
    page.reload()
    expect(page.get_by_role("button", name="Sign in")).to_be_visible()
    page.watch.findings.clear()
