"""A long page is answered in two parts: what the reader has in sight, then the rest; together they are the whole answer."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

import pytest
from flask.testing import FlaskClient

from callbacks.sight import SIGHT_HEADER
from dashboard import ids
from dashboard.study.snapshot import Snapshot
from dashboard.web.addresses import ADDRESS_HEADER
from layouts.attributes import WAITING
from tests.web.built_tables import build_table
from tests.web.opened_page import OpenedPage, canonical, walk

STUDY = "/nct05600920"
ROOT = Path(__file__).resolve().parents[2]
FIRST = "events-overview"
SIGHT_CHANGED = f"{ids.SIGHT}.data"
Told = dict[str, dict[str, Any]]


def ask(client: FlaskClient, page: OpenedPage, changed: str, seen: str | None) -> Told:
    """What the page is told when its reader has `seen` in sight; the page then shows it."""
    client.environ_base.pop(f"HTTP_{SIGHT_HEADER.upper().replace('-', '_')}", None)
    if seen is not None:
        client.environ_base[f"HTTP_{SIGHT_HEADER.upper().replace('-', '_')}"] = seen
    answer = page.call("url.search", changed)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told: Told = answer.get_json()["response"]
    for name, props in told.items():
        page.props[name].update(props)
    return told


def choose(client: FlaskClient, page: OpenedPage, seen: str | None) -> Told:
    page.set(ids.control("cohort"), value=["240"])
    return ask(client, page, f"{canonical(ids.control('cohort'))}.value", seen)


def of_panels(told: Told, part: str, prop: str) -> dict[str, Any]:
    names = {name: json.loads(name) for name in told if name.startswith("{")}
    return {name["panel"]: told[text][prop] for text, name in names.items() if name.get("part") == part and prop in told[text]}


def marks_of(told: Told) -> dict[str, str]:
    return {panel: shown["mark"] for panel, shown in of_panels(told, ids.CARD, "shown").items()}


@pytest.fixture
def safety(client: FlaskClient, newest: Snapshot) -> OpenedPage:
    return OpenedPage(client, f"{STUDY}/safety?cut={newest.cut}")


def seen_panel(panel: str) -> str:
    return quote(f"{panel}/-", safe="")


def test_only_what_is_in_sight_is_drawn_and_everything_else_is_marked_as_waiting(client: FlaskClient, safety: OpenedPage) -> None:
    told = choose(client, safety, seen_panel(FIRST))
    panels = {props["id"]["panel"] for _, props in walk(safety.layout) if isinstance(props.get("id"), dict) and "panel" in props["id"]}
    assert set(of_panels(told, ids.FIGURE, "figure")) == set(of_panels(told, ids.CARD, "words")) == {FIRST}
    assert marks_of(told) == dict.fromkeys(panels - {FIRST}, WAITING)


def test_the_rest_takes_every_mark_away_and_makes_the_answer_whole(client: FlaskClient, safety: OpenedPage, newest: Snapshot) -> None:
    first = choose(client, safety, seen_panel(FIRST))
    rest = ask(client, safety, SIGHT_CHANGED, None)
    whole = choose(client, OpenedPage(client, f"{STUDY}/safety?cut={newest.cut}"), None)
    for part, prop in ((ids.FIGURE, "figure"), (ids.CARD, "words")):
        assert of_panels(first, part, prop) | of_panels(rest, part, prop) == of_panels(whole, part, prop)
        assert not set(of_panels(first, part, prop)) & set(of_panels(rest, part, prop))
    assert set(marks_of(rest).values()) == {""}


def test_the_rest_changes_neither_address_nor_controls(client: FlaskClient, safety: OpenedPage) -> None:
    choose(client, safety, seen_panel(FIRST))
    rest = ask(client, safety, SIGHT_CHANGED, None)
    assert not {ids.URL, ids.VIEW, canonical(ids.control("cohort"))} & set(rest)


def test_a_new_choice_hides_again_what_the_rest_had_not_reached(client: FlaskClient, safety: OpenedPage) -> None:
    choose(client, safety, seen_panel(FIRST))
    safety.set(ids.control("cohort"), value=["240", "480"])
    told = ask(client, safety, f"{canonical(ids.control('cohort'))}.value", seen_panel("exposure"))
    assert set(of_panels(told, ids.FIGURE, "figure")) == {"exposure"}
    marks = {props["id"]["panel"]: props["shown"]["mark"] for props in safety.props.values() if is_card(props["id"])}
    assert {panel for panel, mark in marks.items() if mark == WAITING} == set(marks) - {"exposure"}


def is_card(component: Any) -> bool:
    return isinstance(component, dict) and component.get("part") == ids.CARD


def test_a_way_back_that_the_rest_has_overtaken_is_followed(client: FlaskClient, safety: OpenedPage, newest: Snapshot) -> None:
    choose(client, safety, seen_panel(FIRST))
    safety.set(ids.URL, search=f"?cut={newest.cut}")
    told = ask(client, safety, SIGHT_CHANGED, None)
    assert told["view"]["data"]["query"] == f"cut={newest.cut}"
    assert told[canonical(ids.control("cohort"))]["value"] == ["240", "480", "720"]


def test_a_choice_that_the_rest_has_overtaken_is_followed(client: FlaskClient, safety: OpenedPage, newest: Snapshot) -> None:
    choose(client, safety, seen_panel(FIRST))
    safety.set(ids.control("cohort"), value=["480"])
    told = ask(client, safety, SIGHT_CHANGED, None)
    assert told["view"]["data"]["query"] == f"cut={newest.cut}&cohort=480"
    assert told["url"]["search"] == f"?cut={newest.cut}&cohort=480"


def test_listings_of_the_review_out_of_sight_wait_and_come_with_the_rest(client: FlaskClient, newest: Snapshot) -> None:
    review = OpenedPage(client, f"{STUDY}/interim?cut={newest.cut}&until=to-week-36")
    told = choose(client, review, quote("review/head", safe=""))
    listings = {canonical(ids.review(part)) for part in ("head", *map(str, range(1, 12)))}
    assert listings & set(told) == {canonical(ids.review("head"))}
    assert {told[canonical(ids.review_mark(str(part)))]["className"] for part in range(1, 12)} == {WAITING}
    rest = ask(client, review, SIGHT_CHANGED, None)
    assert listings & set(rest) == listings - {canonical(ids.review("head"))}
    assert {rest[canonical(ids.review_mark(str(part)))]["className"] for part in range(1, 12)} == {""}


@pytest.mark.parametrize("page", ["", "safety", "interim", "thresholds", "data/changes", "data/quality", "data/provenance"])
def test_the_browser_knows_how_to_build_every_part_of_a_table(client: FlaskClient, newest: Snapshot, page: str) -> None:
    known = set(re.findall(r'"([A-Z]+)"', re.search(r"var KINDS = \[(.*?)\]", (ROOT / "assets" / "tables.js").read_text(), re.S)[1]))  # type: ignore[index]
    layout = client.get("/_dash-layout", headers={ADDRESS_HEADER: f"{STUDY}/{page}?cut={newest.cut}"}).get_json()
    tables = [build_table(props["sheet"]) for _, props in walk(layout) if "sheet" in props]
    parts = [part for table in tables for part in walk(table)]
    assert tables
    assert {kind.upper() for kind, _ in parts} <= known
    assert all(props["href"].startswith("/") for _, props in parts if "href" in props)
