"""Saved views over HTTP: who saves, opens, lists and revokes; what is said when the numbers are not those that were saved."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete
from werkzeug.test import TestResponse

from dashboard.delivering.person import read_person
from dashboard.demonstration import DEMONSTRATION_STUDY, load_demonstration
from dashboard.factory import create_app, open_repository
from dashboard.saved.headlines import summarise_headlines
from dashboard.saved.views import SavedView, make_view_id
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.workspace import Workspace
from data_access.repository import SqlRepository
from data_access.saved_tables import OpeningRow, SavedViewRow
from data_access.saved_views import SqlSavedViews
from tests.web.guarded import OTHER, OWN, PEOPLE, STUDY, House, build_house

VIEWS = f"/api/v1/{STUDY}/views"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"


@pytest.fixture(autouse=True)
def empty_store(demo_repository: SqlRepository) -> None:
    """Nothing is saved when a test begins."""
    with demo_repository.engine.begin() as connection:
        connection.execute(delete(OpeningRow))
        connection.execute(delete(SavedViewRow))


@pytest.fixture
def store(demo_repository: SqlRepository) -> SqlSavedViews:
    return SqlSavedViews(demo_repository.engine)


def fingerprint_of(browser: FlaskClient, address: str) -> str:
    """What the header of the page says."""
    text = browser.get("/_dash-layout", headers={"X-Lymphotrace-Address": address}).get_data(as_text=True)
    found = re.search(r'"children":"([0-9A-Z]{8})","id":"fingerprint"', text)
    assert found, text[:300]
    return found[1]


def save(browser: FlaskClient, address: str, study: str = STUDY, **fields: str) -> TestResponse:
    """Save what the page at `address` shows, as the page does."""
    body = {"address": address, "name": "Board", "note": "", "expires": "", **fields}
    if "fingerprint" not in body:
        body["fingerprint"] = fingerprint_of(browser, address)
    return browser.post(f"/api/v1/{study}/views", json=body, headers=OWN)


def saved(browser: FlaskClient, address: str, **fields: str) -> str:
    """The short address of a view that is saved."""
    answer = save(browser, address, **fields)
    assert answer.status_code == 201, answer.text
    short: str = answer.get_json()["address"]
    return short


def listed(browser: FlaskClient) -> list[dict[str, Any]]:
    answer = browser.get(VIEWS)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.get_json()
    return found


def revoke(browser: FlaskClient, short: str) -> TestResponse:
    return browser.post(f"{VIEWS}/{short.removeprefix('/v/')}/revoke", json={}, headers=OWN)


def interim_view(house: House, query: str = "&sex=F") -> str:
    return f"/{STUDY}/trajectories?cut={house.interim.cut}{query}"


def test_the_same_numbers_are_reached_by_a_redirect_to_the_canonical_address(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, f"/{STUDY}/trajectories?sex=F&scale=linear&cut={house.interim.cut}", name="Women")
    assert re.fullmatch(r"/v/[0-9a-f]{32}", short)
    answer = house.client("ivy").get(short)
    assert (answer.status_code, answer.headers["Location"]) == (302, interim_view(house))


@pytest.mark.parametrize(
    "page", ["overview", "thresholds", "participants", "participants/SYN-240-001", "safety", "data/changes", "data/views", "exploratory"]
)
def test_every_page_can_be_saved_and_comes_back(house: House, page: str) -> None:
    dora = house.client("dora")
    address = f"/{STUDY}/{page}?cut={house.interim.cut}&sex=F"
    assert dora.get(saved(dora, address)).headers["Location"] == address


def test_a_saved_review_comes_back_locked(house: House) -> None:
    dora = house.client("dora")
    answer = dora.get(saved(dora, f"/{STUDY}/interim?cut={house.interim.cut}&until=to-week-36"))
    locked = "period=to-week-36&until=to-week-36&visit=week-36"
    assert answer.headers["Location"] == f"/{STUDY}/interim?cut={house.interim.cut}&{locked}"


def test_what_is_stored_is_all_that_the_issue_names(house: House, store: SqlSavedViews) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), name="  Women ", note="for\nthe board", expires="2026-03-02")
    view = store.find(short.removeprefix("/v/"))
    assert view is not None
    assert (view.owner, view.name, view.note, view.created_at) == ("dora", "Women", "for\nthe board", house.clock.now)
    assert (view.study, view.content_hash, str(view.expires)) == (STUDY, house.interim.content_hash, "2026-03-02")
    assert (view.page, view.subject, view.query) == ("trajectories", "", f"cut={house.interim.cut}&sex=F")
    assert (view.fingerprint, len(view.code)) == (fingerprint_of(dora, interim_view(house)), 64)


def test_headline_numbers_are_those_of_the_tables_of_the_same_view(house: House, store: SqlSavedViews) -> None:
    """The second road: the HTTP table of responders of the same view, at its own visit, thresholds and participants."""
    dora = house.client("dora")
    query = f"cut={house.interim.cut}&cohort=240,480&sex=F&threshold=250&visit=dose-2-day-30&who=everyone&n=dosed"
    view = store.find(saved(dora, f"/{STUDY}/thresholds?{query}").removeprefix("/v/"))
    assert view is not None
    told = {(one.label, one.cohort): one.text for one in view.headlines}
    label = read_definitions()[STUDY].visit("dose-2-day-30").label
    headline = f"CD4 ≥ 250 at {label[:1].lower()}{label[1:]}"
    rows = dora.get(f"/api/v1/{STUDY}/responders.json?{query}").get_json()
    names = {"240": "240 µg/kg", "480": "480 µg/kg", "all": "All selected"}
    assert {row["cohort"] for row in rows} >= set(names)
    for row in rows:
        if row["cohort"] in names:
            assert told[headline, names[row["cohort"]]] == f"{row['responders']}/{row['denominator']}"
    people = dora.get(f"/api/v1/{STUDY}/participants.json?{query}").get_json()
    assert told["enrolled", "All selected"] == str(len(people))
    assert {one.cohort for one in view.headlines} == set(names.values())


def test_nobody_who_is_not_signed_in_hears_more_than_where_to_sign_in(house: House) -> None:
    short = saved(house.client("dora"), interim_view(house))
    answer = house.client().get(short)
    assert (answer.status_code, answer.headers["Location"]) == (303, f"/sign-in?next={short}")
    browser = house.client()
    signed = house.sign_in(browser, "dora", next=short)
    assert signed.headers["Location"] == short
    assert browser.get(short).headers["Location"] == interim_view(house)


def test_who_has_no_right_gets_what_is_told_of_an_address_that_does_not_exist(house: House) -> None:
    stan = house.client("stan")
    board = saved(stan, f"/{STUDY}/trajectories?cut={house.final.cut}")
    absent = f"/v/{make_view_id()}"
    for name in PEOPLE:
        browser = house.client(name)
        nothing, hidden = browser.get(absent), browser.get(board)
        assert nothing.status_code == 404
        assert b"does not exist" in nothing.data
        if name in ("dora", "stan"):
            assert hidden.status_code == 302
        else:
            assert (hidden.status_code, hidden.data) == (404, nothing.data), name
    assert listed(house.client("ivy")) == []


def test_who_has_no_right_does_not_hear_that_a_view_was_revoked_or_has_expired(house: House) -> None:
    dora = house.client("dora")
    revoked = saved(dora, f"/{STUDY}/trajectories?cut={house.final.cut}")
    expired = saved(dora, f"/{STUDY}/overview?cut={house.final.cut}", expires="2026-03-01")
    assert revoke(dora, revoked).status_code == 200
    house.clock.move(hours=16)
    for name in ("ivy", "nora", "adam", "odd"):
        browser = house.client(name)
        assert [browser.get(short).status_code for short in (revoked, expired)] == [404, 404]


def test_a_data_cut_that_is_no_longer_released_does_not_exist(house: House) -> None:
    ivy = house.client("ivy")
    short = saved(ivy, interim_view(house))
    house.access.releases.take_back(house.interim, ["investigator"])
    assert ivy.get(short).status_code == 404
    assert house.client("dora").get(short).status_code == 302


def test_a_view_opens_until_the_last_second_of_its_last_day_in_utc(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), name="Short-lived", expires="2026-03-01")
    # The clock stands at 08:00; 15:59:59 later it is 23:59:59, and one second more is the next day.
    house.clock.move(hours=15, minutes=59, seconds=59)
    assert house.client("dora").get(short).status_code == 302
    house.clock.move(seconds=1)
    answer = house.client("dora").get(short)
    assert answer.status_code == 410
    assert "“Short-lived” has expired" in answer.text
    assert "until the end of 2026-03-01 (UTC)" in answer.text
    assert f'href="/{STUDY}/overview"' in answer.text
    assert listed(house.client("dora"))[0]["expired"] is True


def test_a_revoked_view_answers_410_with_the_date_and_a_way_on(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house))
    house.clock.move(minutes=5)
    assert revoke(dora, short).get_json()["revoked_by"] == "dora"
    answer = house.client("ivy").get(short)
    assert answer.status_code == 410
    assert "dora revoked it on 2026-03-01 at 08:05 UTC" in answer.text
    assert f'href="/{STUDY}/data/views"' in answer.text
    assert house.interim.cut not in answer.text


@pytest.mark.parametrize(("name", "status"), [("dora", 200), ("adam", 200), ("ivy", 403), ("stan", 403), ("nora", 404), ("odd", 404)])
def test_the_owner_and_an_administrator_may_revoke(house: House, name: str, status: int) -> None:
    short = saved(house.client("dora"), interim_view(house))
    answer = revoke(house.client(name), short)
    assert answer.status_code == status, answer.text
    assert house.client("dora").get(short).status_code == (410 if status == 200 else 302)
    if status == 403:
        assert answer.get_json()["error"] == "Only the owner of a saved view, or an administrator, can revoke it."


def test_revoking_again_keeps_the_first_date_and_an_unknown_view_is_404(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house))
    first = revoke(dora, short).get_json()
    house.clock.move(minutes=1)
    assert revoke(house.client("adam"), short).get_json() == first
    assert revoke(dora, f"/v/{make_view_id()}").status_code == 404
    other = house.client("adam").post(f"/api/v1/{OTHER}/views/{short.removeprefix('/v/')}/revoke", json={}, headers=OWN)
    assert other.status_code == 404


def test_the_list_says_who_saved_what_and_who_opened_it_when(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), name="Women", note="n", expires="2026-04-01")
    house.client("ivy").get(short)
    house.clock.move(minutes=1)
    house.client("stan").get(short)
    house.client("stan").head(short)
    house.client("nora").get(short)
    (entry,) = listed(dora)
    assert entry["openings"] == [{"at": "2026-03-01 08:01 UTC", "by": "stan"}, {"at": "2026-03-01 08:00 UTC", "by": "ivy"}]
    assert (entry["opened"], entry["owner"], entry["name"], entry["note"], entry["expires"]) == (2, "dora", "Women", "n", "2026-04-01")
    assert (entry["page"], entry["created_at"], entry["may_revoke"]) == ("Trajectories", "2026-03-01 08:00 UTC", True)
    assert listed(house.client("ivy"))[0]["may_revoke"] is False
    assert house.client("nora").get(VIEWS).status_code == 404
    assert house.client().get(VIEWS).status_code == 401


def test_sharing_opening_and_revoking_are_in_the_audit(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), name="Women", expires="2026-04-01")
    house.client("ivy").get(short)
    revoke(dora, short)
    link, cut = short.removeprefix("/v/"), house.interim.cut
    events = [event for event in house.trail.events if event[0] in ("share", "open", "revoke")]
    seen = {"view": fingerprint_of(dora, interim_view(house)), "query": f"cut={cut}&sex=F", "page": "trajectories", "link": link}
    assert events == [
        ("share", "dora", STUDY, cut, {**seen, "name": "Women", "expires": "2026-04-01"}),
        ("open", "ivy", STUDY, cut, seen),
        ("revoke", "dora", STUDY, cut, {"link": link}),
    ]


def test_without_the_audit_nothing_is_saved_opened_or_revoked(house: House, store: SqlSavedViews) -> None:
    dora, ivy = house.client("dora"), house.client("ivy")
    address = interim_view(house)
    short, fingerprint = saved(dora, address), fingerprint_of(dora, address)
    house.trail.broken = True
    refused = save(dora, address, fingerprint=fingerprint)
    assert refused.status_code == 503
    assert "disk" not in refused.text
    assert ivy.get(short).status_code == 503
    assert revoke(dora, short).status_code == 503
    house.trail.broken = False
    (entry,) = listed(dora)
    assert (entry["opened"], entry["revoked_at"]) == (0, None)


def change(store: SqlSavedViews, repository: SqlRepository, short: str, **values: Any) -> SavedView:
    """The view as another time or another program would have saved it, under a new id."""
    view = store.find(short.removeprefix("/v/"))
    assert view is not None
    other = replace(view, id=make_view_id(), **values)
    store.add(other)
    return other


def test_changed_code_is_said_with_every_number_that_differs(house: House, store: SqlSavedViews, demo_repository: SqlRepository) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), name="Women")
    headlines = store.find(short.removeprefix("/v/")).headlines  # type: ignore[union-attr]
    first = replace(headlines[0], text="99")
    older = change(store, demo_repository, short, code="0" * 64, fingerprint="00000000", headlines=(first, *headlines[1:]))
    answer = dora.get(f"/v/{older.id}")
    assert answer.status_code == 200
    assert "Location" not in answer.headers
    assert "the version was 00000000 then and is " in answer.text
    assert f"1 of {len(headlines)} headline numbers differ" in answer.text
    row = f"<td>{headlines[0].cohort}</td><td>99</td><td>{headlines[0].text}</td>"
    assert row in answer.text
    way = interim_view(house).replace("&", "&amp;")
    assert f'<a href="{way}">Open what is there now' in answer.text


def test_changed_code_with_the_same_numbers_says_that_no_headline_differs(
    house: House, store: SqlSavedViews, demo_repository: SqlRepository
) -> None:
    dora = house.client("dora")
    older = change(store, demo_repository, saved(dora, interim_view(house)), code="0" * 64, fingerprint="00000000")
    answer = dora.get(f"/v/{older.id}")
    assert answer.status_code == 200
    assert "No headline number differs" in answer.text


def test_an_address_of_which_a_part_is_no_longer_known_is_said(house: House, store: SqlSavedViews, demo_repository: SqlRepository) -> None:
    dora = house.client("dora")
    older = change(store, demo_repository, saved(dora, interim_view(house)), query=f"cut={house.interim.cut}&forgotten=1")
    answer = dora.get(f"/v/{older.id}")
    assert answer.status_code == 200
    assert "forgotten” is not something this page can show" in answer.text


def test_a_second_data_cut_that_is_gone_is_said(house: House, store: SqlSavedViews, demo_repository: SqlRepository) -> None:
    """The view compares with a cut that this reader does not see: the board saved it, an investigator opens it."""
    dora = house.client("dora")
    short = saved(dora, f"/{STUDY}/data/changes?cut={house.interim.cut}&against={house.final.cut}")
    assert dora.get(short).status_code == 302
    answer = house.client("ivy").get(short)
    assert answer.status_code == 200
    assert f"The data cut {house.final.cut}, with which the view compares, is not there." in answer.text


@pytest.mark.parametrize("field", ["name", "note"])
def test_hostile_texts_are_shown_literally(house: House, store: SqlSavedViews, demo_repository: SqlRepository, field: str) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), **{field: HOSTILE})
    assert listed(dora)[0][field] == HOSTILE
    older = change(store, demo_repository, short, fingerprint="00000000", owner=HOSTILE)
    for answer in (dora.get(f"/v/{older.id}"), _revoked(house, store, older)):
        assert answer.status_code in (200, 410)
        assert "<script" not in answer.text
        assert "<img" not in answer.text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;" in answer.text


def _revoked(house: House, store: SqlSavedViews, view: SavedView) -> TestResponse:
    store.revoke(view.id, HOSTILE, house.clock.now)
    return house.client("dora").get(f"/v/{view.id}")


REFUSED = {
    "no name": ({"name": " "}, "A saved view needs a name."),
    "a long name": ({"name": "x" * 121}, "A name has at most 120 printable characters (this one has 121)."),
    "a long note": ({"note": "x" * 2_001}, "A note has at most 2,000 printable characters (this one has 2,001)."),
    "a day that is over": ({"expires": "2026-02-28"}, "The last day is over: it is 2026-03-01 (UTC) today."),
    "no date": ({"expires": "soon"}, "The last day is no date as YYYY-MM-DD (found 'soon')."),
}


@pytest.mark.parametrize("case", REFUSED)
def test_what_cannot_be_saved_is_said(house: House, case: str) -> None:
    fields, sentence = REFUSED[case]
    answer = save(house.client("dora"), interim_view(house), **fields)
    assert (answer.status_code, answer.get_json()["error"]) == (400, sentence)


def test_a_view_that_is_not_what_the_reader_saw_is_not_saved(house: House) -> None:
    dora = house.client("dora")
    answer = save(dora, interim_view(house), fingerprint="00000000")
    assert answer.status_code == 409
    assert "you see 00000000" in answer.get_json()["error"]
    assert listed(dora) == []


@pytest.mark.parametrize(
    ("address", "status"),
    [
        ("/{study}/trajectories?sex=x", 400),
        ("/{study}/nothing", 404),
        ("/{study}/participants/NOBODY", 404),
        ("/{study}/overview?cut=0123456789", 404),
        ("/cdiscpilot01/overview", 400),
        ("https://elsewhere.example/{study}/overview", 400),
        ("//elsewhere.example/overview", 400),
        ("", 400),
        ("/", 400),
        ("/{study}/overview?" + "x" * 3_000, 400),
    ],
)
def test_only_an_address_of_a_page_of_the_study_is_saved(house: House, address: str, status: int) -> None:
    dora = house.client("dora")
    assert save(dora, address.format(study=STUDY), fingerprint="00000000").status_code == status
    assert listed(dora) == []


def test_requests_of_another_shape_kind_or_site_are_refused(house: House) -> None:
    dora = house.client("dora")
    assert dora.post(VIEWS, json={"name": "x"}, headers=OWN).status_code == 400
    assert dora.post(VIEWS, json=[1], headers=OWN).status_code == 400
    assert dora.post(VIEWS, data="x", headers=OWN).status_code == 415
    assert save(dora, interim_view(house), name=7).status_code == 400  # type: ignore[arg-type]
    foreign = {"Origin": "https://elsewhere.example", "Sec-Fetch-Site": "cross-site"}
    assert dora.post(VIEWS, json={}, headers=foreign).status_code == 403
    assert save(house.client("nora"), interim_view(house), fingerprint="0").status_code == 404
    assert save(house.client("ivy"), f"/{STUDY}/overview?cut={house.final.cut}", fingerprint="0").status_code == 404


@pytest.mark.parametrize("odd", ["", "x", "0" * 31, "0" * 33, "../data", "%00", "%ff" * 8, "a" * 2_000])
def test_an_odd_id_is_404(house: House, odd: str) -> None:
    assert house.client("dora").get(f"/v/{odd}").status_code == 404


@pytest.fixture
def own(tmp_path: Path) -> Iterator[tuple[Settings, SqlRepository]]:
    """A database of the test's own, in which it may withdraw."""
    settings = Settings(var=tmp_path)
    repository = open_repository(settings)
    load_demonstration(repository, read_definitions()[DEMONSTRATION_STUDY])
    yield settings, repository
    repository.engine.dispose()


def test_a_withdrawn_data_cut_is_said_instead_of_showing_other_numbers(own: tuple[Settings, SqlRepository]) -> None:
    settings, repository = own
    house = build_house(settings, repository)
    house.access.releases.take_back(house.final, ["dsmb"])
    dora, stan = house.client("dora"), house.client("stan")
    board = saved(dora, interim_view(house), name="Women")
    unseen = saved(stan, f"/{STUDY}/overview?cut={house.final.cut}")
    repository.withdraw(STUDY, house.interim.cut, "Laboratory B sent wrong units", by="stan")
    told = stan.get(board)
    assert told.status_code == 200
    assert "was withdrawn on" in told.text
    assert "Laboratory B sent wrong units" in told.text
    assert f"cut={house.final.cut}&amp;sex=F" in told.text
    # Who never saw the final cut hears of the withdrawal, not of its reason, and of no other data cut.
    member = dora.get(board)
    assert member.status_code == 200
    assert "was withdrawn on" in member.text
    assert "No other data cut of the study is there" in member.text
    assert "Laboratory B" not in member.text
    assert house.final.cut not in member.text
    assert house.client("nora").get(board).status_code == 404
    repository.withdraw(STUDY, house.final.cut, "Too early", by="stan")
    assert dora.get(unseen).status_code == 404


def test_numbers_of_the_newest_cut_stand_beside_those_of_a_withdrawn_one(own: tuple[Settings, SqlRepository]) -> None:
    settings, repository = own
    browser = create_app(settings, repository).server.test_client()
    final, interim = repository.list_published(STUDY)[:2]
    workspace = Workspace(read_definitions(), repository)
    then, now = (summarise_headlines(workspace.open(STUDY, f"cut={cut.cut}&sex=F")[0]) for cut in (interim, final))
    short = saved(browser, f"/{STUDY}/trajectories?cut={interim.cut}&sex=F")
    repository.withdraw(STUDY, interim.cut, "Wrong units")
    answer = browser.get(short)
    differing = [(old, new) for old, new in zip(then, now, strict=True) if old != new]
    assert f"{len(differing)} of {len(then)} headline numbers differ" in answer.text
    for old, new in differing:
        assert f"<td>{old.cohort}</td><td>{old.text}</td><td>{new.text}</td>" in answer.text
    assert "Wrong units" in answer.text


def test_without_sign_in_the_owner_is_the_person_at_the_machine(demo_settings: Settings, demo_repository: SqlRepository) -> None:
    browser = create_app(demo_settings, demo_repository).server.test_client()
    cut = demo_repository.find(STUDY, None).cut
    short = saved(browser, f"/{STUDY}/overview?cut={cut}")
    assert browser.get(short).headers["Location"] == f"/{STUDY}/overview?cut={cut}"
    (entry,) = listed(browser)
    assert (entry["owner"], entry["openings"][0]["by"], entry["may_revoke"]) == (read_person(), read_person(), True)
    assert revoke(browser, short).get_json()["revoked_by"] == read_person()
    assert browser.get(short).status_code == 410


def test_without_sign_in_only_the_machine_itself_saves(demo_settings: Settings, demo_repository: SqlRepository) -> None:
    browser = create_app(demo_settings, demo_repository).server.test_client()
    body = {"address": f"/{STUDY}/overview", "name": "x", "note": "", "expires": "", "fingerprint": "x"}
    elsewhere = browser.post(VIEWS, json=body, headers=OWN, environ_overrides={"REMOTE_ADDR": "10.0.0.7"})
    assert (elsewhere.status_code, "only on the machine" in elsewhere.get_json()["error"]) == (403, True)
    assert browser.post(VIEWS, json=body, headers={"Origin": "https://elsewhere.example"}).status_code == 403
    assert browser.post(VIEWS, json=body).status_code == 403


def test_an_expired_view_of_any_age_is_listed_with_its_openings(house: House) -> None:
    dora = house.client("dora")
    short = saved(dora, interim_view(house), expires="2026-03-01")
    dora.get(short)
    house.clock.now += timedelta(days=400)
    (entry,) = listed(house.client("dora"))
    assert (entry["expired"], entry["opened"]) == (True, 1)
