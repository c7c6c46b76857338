"""Meetings over HTTP: for whom one exists, who moves, comments, decides and closes, what is stored, and the minutes."""

from __future__ import annotations

import logging
import re
from collections.abc import Iterator
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import delete, update
from werkzeug.test import TestResponse

from dashboard.meeting.records import make_meeting_id
from dashboard.settings import Settings
from data_access.meeting_tables import AgendaRow, MeetingRow
from data_access.meetings import SqlMeetings
from data_access.repository import SqlRepository
from data_access.saved_tables import OpeningRow, SavedViewRow
from tests.web.guarded import OTHER, OWN, PEOPLE, STUDY, House, build_house

MEETINGS, API = f"/{STUDY}/meetings", f"/api/v1/{STUDY}/meetings"
HOSTILE = "<script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
ABSENT = "There is no meeting at this address, or it is not one that you may see."


@pytest.fixture(autouse=True)
def no_meeting(demo_repository: SqlRepository) -> Iterator[None]:
    """No view is saved when a test begins, and afterwards none is held by an agenda. Meetings stay: what was decided is never removed."""
    yield
    with demo_repository.engine.begin() as connection:
        for row in (AgendaRow, OpeningRow, SavedViewRow):
            connection.execute(delete(row))
        connection.execute(update(MeetingRow).values(study="over"))


@pytest.fixture
def store(demo_repository: SqlRepository) -> SqlMeetings:
    return SqlMeetings(demo_repository.engine)


def fingerprint_of(browser: FlaskClient, address: str) -> str:
    """What the header of the page says; read once from each application, since it is the same for everybody."""
    known: dict[str, str] = browser.application.extensions.setdefault("fingerprints", {})
    if address not in known:
        text = browser.get("/_dash-layout", headers={"X-Lymphotrace-Address": address}).get_data(as_text=True)
        found = re.search(r'"children":"([0-9A-Z]{8})","id":"fingerprint"', text)
        assert found, text[:300]
        known[address] = found[1]
    return known[address]


def save(browser: FlaskClient, address: str, name: str) -> str:
    """The id of a view that is saved as the page does it."""
    body = {"address": address, "name": name, "note": "", "expires": "", "fingerprint": fingerprint_of(browser, address)}
    answer = browser.post(f"/api/v1/{STUDY}/views", json=body, headers=OWN)
    assert answer.status_code == 201, answer.text
    saved: str = answer.get_json()["id"]
    return saved


def women(house: House) -> str:
    return f"/{STUDY}/trajectories?cut={house.interim.cut}&sex=F"


def everyone(house: House) -> str:
    return f"/{STUDY}/thresholds?cut={house.interim.cut}"


def boards(house: House) -> str:
    """A view that the board and statisticians see, and investigators do not."""
    return f"/{STUDY}/overview?cut={house.final.cut}"


def open_meeting(browser: FlaskClient, *links: str, title: str = "Week 36") -> str:
    """The id of a new meeting."""
    answer = browser.post(MEETINGS, data={"title": title, "view": list(links)}, headers=OWN)
    assert answer.status_code == 303, answer.text
    return answer.headers["Location"].rpartition("/")[2]


def begin(house: House, *addresses: str) -> tuple[FlaskClient, str]:
    """The board member's browser and a meeting of views of these addresses, which the board member has opened."""
    dora = house.client("dora")
    links = [save(dora, address, f"View {place}") for place, address in enumerate(addresses or (women(house), everyone(house)), 1)]
    return dora, open_meeting(dora, *links)


def now(browser: FlaskClient, room: str) -> dict[str, Any]:
    answer = browser.get(f"{API}/{room}/now")
    assert answer.status_code == 200, answer.text
    found: dict[str, Any] = answer.get_json()
    return found


def whole(browser: FlaskClient, room: str) -> dict[str, Any]:
    found: dict[str, Any] = browser.get(f"{API}/{room}").get_json()
    return found


def move(browser: FlaskClient, room: str, address: str, link: str = "") -> TestResponse:
    return browser.post(f"{API}/{room}/move", json={"address": address, "link": link}, headers=OWN)


def write(browser: FlaskClient, room: str, address: str, words: str, kind: str = "comment", fingerprint: str = "") -> TestResponse:
    body = {"address": address, "fingerprint": fingerprint or fingerprint_of(browser, address), "kind": kind, "words": words}
    return browser.post(f"{API}/{room}/entries", json=body, headers=OWN)


def change(browser: FlaskClient, room: str, what: str, **fields: str) -> TestResponse:
    return browser.post(f"{MEETINGS}/{room}/{what}", data=fields, headers=OWN)


def test_a_meeting_begins_with_the_first_view_of_its_agenda_and_who_opened_it_leads(house: House) -> None:
    dora, room = begin(house)
    found = now(dora, room)
    assert (found["title"], found["chair"], found["you"], found["leads"], found["open"]) == ("Week 36", "dora", "dora", True, True)
    assert (found["address"], found["page"], found["fingerprint"]) == (women(house), "Trajectories", fingerprint_of(dora, women(house)))
    items = whole(dora, room)["agenda"]
    assert [(item["place"], item["name"], item["state"], item["address"]) for item in items] == [
        (1, "View 1", "open", women(house)),
        (2, "View 2", "open", everyone(house)),
    ]


def test_where_the_chair_goes_everybody_is_led_by_the_canonical_address(house: House) -> None:
    dora, room = begin(house)
    ivy, stan = house.client("ivy"), house.client("stan")
    answer = move(dora, room, f"/{STUDY}/thresholds?who=everyone&scale=linear&cut={house.interim.cut}")
    assert (answer.status_code, answer.get_json()["step"]) == (200, 2)
    for browser in (ivy, stan, dora):
        found = now(browser, room)
        assert (found["address"], found["link"], found["step"]) == (f"{everyone(house)}&who=everyone", "", 2)
    assert now(ivy, room)["leads"] is False


def test_a_view_of_the_agenda_is_recognised_however_the_chair_came_there(house: House) -> None:
    dora, room = begin(house)
    link = whole(dora, room)["agenda"][1]["link"]
    move(dora, room, f"/{STUDY}/thresholds?cut={house.interim.cut}&scale=linear")
    assert now(dora, room)["link"] == link


def test_where_two_items_are_the_same_view_the_chair_says_which_is_meant(house: House) -> None:
    dora, room = begin(house, women(house), women(house))
    first, second = (item["link"] for item in whole(dora, room)["agenda"])
    move(dora, room, women(house), second)
    assert now(dora, room)["link"] == second
    move(dora, room, women(house))
    assert now(dora, room)["link"] == second
    move(dora, room, women(house), first)
    assert now(dora, room)["link"] == first
    move(dora, room, everyone(house), first)
    assert now(dora, room)["link"] == ""


def test_to_stay_where_the_meeting_is_is_no_move(house: House) -> None:
    dora, room = begin(house)
    assert move(dora, room, women(house)).get_json()["step"] == 1
    assert [action for action, _ in house.trail.actions].count("meeting-moved") == 0


@pytest.mark.parametrize("name", ["ivy", "stan"])
def test_only_the_chair_moves_decides_hands_over_and_closes_and_everybody_comments(house: House, name: str) -> None:
    _, room = begin(house)
    browser = house.client(name)
    refused = [
        move(browser, room, everyone(house)),
        write(browser, room, women(house), "stop", "decision"),
        change(browser, room, "agenda", view="x", change="remove"),
        change(browser, room, "chair", to=name),
        change(browser, room, "close"),
    ]
    assert [answer.status_code for answer in refused] == [403] * 5
    assert "the chair is dora" in refused[0].get_json()["error"]
    assert write(browser, room, women(house), "noted").status_code == 201
    assert now(browser, room)["address"] == women(house)


def test_for_whom_the_study_or_the_data_cut_is_hidden_the_meeting_does_not_exist(house: House) -> None:
    """A meeting on a cut that the board and statisticians see: to all others every address answers as for a meeting that never was."""
    dora, room = begin(house, boards(house))
    for name in PEOPLE:
        browser = house.client(name)
        never = make_meeting_id()
        for answer, ghost in zip(ask_everything(browser, room), ask_everything(browser, never), strict=True):
            assert ghost.status_code == 404, ghost.text
            if name in ("dora", "stan"):
                assert answer.status_code != 404, answer.text
            else:
                assert (answer.status_code, answer.text.replace(room, never)) == (404, ghost.text), name
    for name in ("ivy", "nora", "adam", "odd"):
        assert "Week 36" not in house.client(name).get(MEETINGS).text
    assert "Week 36" in dora.get(MEETINGS).text


def ask_everything(browser: FlaskClient, room: str) -> list[TestResponse]:
    """One request for each address of a meeting; those that would change it are sent so that nothing is changed."""
    return [
        *(browser.get(f"{MEETINGS}/{room}{path}") for path in ("", "/join", "/minutes")),
        *(browser.get(f"{API}/{room}{path}") for path in ("", "/now")),
        browser.post(f"{API}/{room}/move", json={}, headers=OWN),
        browser.post(f"{API}/{room}/entries", json={}, headers=OWN),
        change(browser, room, "agenda"),
        change(browser, room, "chair"),
    ]


def test_a_view_that_a_reader_may_not_see_shows_as_one_that_does_not_exist(house: House) -> None:
    """The meeting exists for the investigator; the second view, of a cut released to the board alone, does not."""
    dora, room = begin(house, women(house), boards(house))
    ivy = house.client("ivy")
    assert write(dora, room, boards(house), "Secret of the board", "decision").status_code == 201
    assert move(dora, room, boards(house)).status_code == 200
    found = now(ivy, room)
    assert (found["address"], found["fingerprint"], found["page"], found["link"]) == (None, None, None, "")
    assert now(dora, room)["address"] == boards(house)
    seen = whole(ivy, room)
    assert seen["agenda"][1] == {"place": 2, "state": "absent"}
    assert seen["entries"] == []
    told = [ivy.get(f"{MEETINGS}/{room}").text, ivy.get(f"{MEETINGS}/{room}/minutes").text, str(seen), str(found)]
    for text in told:
        assert not re.search(f"{house.final.cut}|{house.final.label}|View 2|Secret|{fingerprint_of(dora, boards(house))}", text)
    assert "A view that does not exist" in told[0]
    assert "at a view that does not exist" in told[0]
    assert ivy.get(f"{MEETINGS}/{room}/join").headers["Location"] == f"/{STUDY}/overview#meeting={room}"
    assert write(ivy, room, boards(house), "I saw it", fingerprint="AAAAAAAA").status_code == 404


def test_a_right_that_is_taken_away_in_the_middle_ends_what_is_seen(house: House) -> None:
    _, room = begin(house)
    ivy = house.client("ivy")
    assert now(ivy, room)["address"] == women(house)
    house.access.releases.take_back(house.interim, ["investigator"])
    assert ivy.get(f"{API}/{room}/now").status_code == 404
    house.access.releases.release(house.interim, ["investigator"], False, "test")
    assert now(ivy, room)["address"] == women(house)


def test_the_way_in_leads_to_where_the_meeting_is_and_names_it_behind_the_hash(house: House) -> None:
    dora, room = begin(house)
    move(dora, room, f"/{STUDY}/participants/SYN-240-001?cut={house.interim.cut}")
    answer = house.client("ivy").get(f"{MEETINGS}/{room}/join")
    way = f"/{STUDY}/participants/SYN-240-001?cut={house.interim.cut}#meeting={room}"
    assert (answer.status_code, answer.headers["Location"]) == (303, way)


def test_an_address_that_is_no_page_of_the_study_is_no_move(house: House) -> None:
    dora, room = begin(house)
    for address, status in (
        ("", 400),
        ("https://evil.example/", 400),
        (f"/{OTHER}/overview", 400),
        (f"/{STUDY}/none", 404),
        (f"/{STUDY}/overview?cut=0000000000", 404),
        (f"/{STUDY}/overview?cut={house.interim.cut}&sex=X", 400),
        (f"/{STUDY}/participants/NOBODY?cut={house.interim.cut}", 404),
    ):
        assert move(dora, room, address).status_code == status, address
    assert now(dora, room)["step"] == 1


def test_what_is_stored_is_the_view_on_which_it_was_made(house: House, store: SqlMeetings) -> None:
    dora, room = begin(house)
    ivy = house.client("ivy")
    seen = fingerprint_of(ivy, women(house))
    house.clock.move(minutes=3)
    move(dora, room, everyone(house))
    assert write(ivy, room, women(house), "Two of them\nare < 18?").get_json() == {"kind": "comment", "number": 1, "fingerprint": seen}
    assert write(dora, room, everyone(house), "We continue.", "decision").status_code == 201
    comment, decision = store.entries(room)
    assert (comment.number, comment.kind, comment.author, comment.written_at) == (1, "comment", "ivy", house.clock.now)
    assert (comment.words, comment.selection) == (
        "Two of them\nare < 18?",
        f"All cohorts; women; {count_of(ivy, women(house))} participants",
    )
    shown = comment.shown
    assert (shown.content_hash, shown.page, shown.query) == (house.interim.content_hash, "trajectories", f"cut={house.interim.cut}&sex=F")
    assert (shown.fingerprint, shown.link, len(comment.code)) == (seen, whole(dora, room)["agenda"][0]["link"], 64)
    assert (decision.kind, decision.author, decision.shown.page) == ("decision", "dora", "thresholds")


def count_of(browser: FlaskClient, address: str) -> int:
    """The second road to n: the rows of the HTTP table of participants of the same view."""
    return len(browser.get(f"/api/v1/{STUDY}/participants.json?{address.partition('?')[2]}").get_json())


def test_what_was_made_on_other_numbers_than_the_reader_sees_is_refused(house: House, store: SqlMeetings) -> None:
    dora, room = begin(house)
    answer = write(dora, room, women(house), "We continue.", "decision", fingerprint="AAAAAAAA")
    assert answer.status_code == 409
    assert "you see AAAAAAAA, this is " in answer.get_json()["error"]
    assert list(store.entries(room)) == []


@pytest.mark.parametrize(("words", "kind", "status"), [("", "comment", 400), ("x", "vote", 400), ("x" * 4_001, "comment", 400)])
def test_what_is_no_comment_or_decision_is_refused(house: House, words: str, kind: str, status: int) -> None:
    dora, room = begin(house)
    assert write(dora, room, women(house), words, kind).status_code == status


def test_who_is_there_is_known_and_a_chair_who_is_not_heard_of_is_said_to_be_lost(house: House) -> None:
    dora, room = begin(house)
    ivy = house.client("ivy")
    assert now(ivy, room)["chair_lost"] is True
    assert now(dora, room)["present"] == ["dora", "ivy"]
    house.clock.move(seconds=10)
    assert (now(ivy, room)["present"], now(ivy, room)["chair_lost"]) == (["dora", "ivy"], False)
    house.clock.move(seconds=10)
    assert (now(ivy, room)["present"], now(ivy, room)["chair_lost"]) == (["ivy"], True)
    assert now(dora, room)["chair_lost"] is False
    assert now(ivy, room)["present"] == ["dora", "ivy"]


def test_who_has_what_is_new_already_gets_no_body(house: House) -> None:
    dora, room = begin(house)
    now(dora, room)
    first = dora.get(f"{API}/{room}/now")
    mark = {"If-None-Match": first.headers["ETag"]}
    again = dora.get(f"{API}/{room}/now", headers=mark)
    assert (again.status_code, again.data) == (304, b"")
    move(dora, room, everyone(house))
    assert dora.get(f"{API}/{room}/now", headers=mark).status_code == 200


def test_the_chair_is_handed_over_to_somebody_who_is_there_and_taken_back_by_who_opened(house: House) -> None:
    dora, room = begin(house)
    ivy = house.client("ivy")
    assert change(dora, room, "chair", to="ivy").status_code == 403
    now(ivy, room)
    assert change(dora, room, "chair", to="ivy").status_code == 303
    assert now(ivy, room)["leads"] is True
    assert move(ivy, room, everyone(house)).status_code == 200
    assert move(dora, room, women(house)).status_code == 403
    assert change(dora, room, "chair", to="dora").status_code == 303
    assert move(dora, room, women(house)).status_code == 200
    assert move(ivy, room, everyone(house)).status_code == 403


def test_the_agenda_is_changed_by_one_view_at_a_time(house: House) -> None:
    dora, room = begin(house)
    first, second = (item["link"] for item in whole(dora, room)["agenda"])
    third = save(dora, boards(house), "View 3")
    changes = [("add", third, [first, second, third]), ("up", third, [first, third, second]), ("remove", first, [third, second])]
    for what, link, after in changes:
        assert change(dora, room, "agenda", change=what, view=link).status_code == 303
        assert [item["link"] for item in whole(dora, room)["agenda"]] == after
    for what, link, status in (("shuffle", third, 400), ("up", first, 404), ("add", make_meeting_id(), 404)):
        assert change(dora, room, "agenda", change=what, view=link).status_code == status
    assert change(dora, room, "agenda", change="remove", view=third).status_code == 303
    assert change(dora, room, "agenda", change="remove", view=second).status_code == 400


def test_a_saved_view_that_has_ended_or_that_the_reader_may_not_see_stands_on_no_new_agenda(house: House) -> None:
    dora, ivy = house.client("dora"), house.client("ivy")
    board, ended = save(dora, boards(house), "Board"), save(dora, women(house), "Outdated")
    assert dora.post(f"/api/v1/{STUDY}/views/{ended}/revoke", json={}, headers=OWN).status_code == 200
    refused = ivy.post(MEETINGS, data={"title": "x", "view": [board]}, headers=OWN)
    assert refused.status_code == 404
    assert "Board" not in refused.text
    answer = dora.post(MEETINGS, data={"title": "x", "view": [ended]}, headers=OWN)
    assert answer.status_code == 400
    assert "“Outdated” no longer opens as it was saved" in answer.text
    assert "Outdated" not in dora.get(MEETINGS).text
    for sent in ({"title": "", "view": [board]}, {"title": "x"}, {"title": "x", "view": [board, board]}):
        assert dora.post(MEETINGS, data=sent, headers=OWN).status_code == 400


def test_a_view_that_is_revoked_during_the_meeting_is_said_to_have_ended(house: House) -> None:
    dora, room = begin(house)
    link = whole(dora, room)["agenda"][1]["link"]
    dora.post(f"/api/v1/{STUDY}/views/{link}/revoke", json={}, headers=OWN)
    assert (whole(dora, room)["agenda"][1]["state"], whole(dora, room)["agenda"][1]["address"]) == ("ended", f"/v/{link}")
    assert "revoked or expired" in dora.get(f"{MEETINGS}/{room}").text


def test_a_closed_meeting_takes_nothing_more_and_can_be_read(house: House) -> None:
    dora, room = begin(house)
    write(dora, room, women(house), "We continue.", "decision")
    assert change(dora, room, "close").status_code == 303
    for answer in (move(dora, room, everyone(house)), write(dora, room, women(house), "late"), change(dora, room, "close")):
        assert answer.status_code == 409
    assert now(dora, room)["open"] is False
    assert "closed 2026-03-01 08:00 UTC" in dora.get(MEETINGS).text
    assert len(whole(house.client("ivy"), room)["entries"]) == 1


def test_everything_that_changes_a_meeting_is_in_the_audit_and_nothing_that_was_said(house: House) -> None:
    dora, room = begin(house)
    ivy, cut = house.client("ivy"), house.interim.cut
    now(ivy, room)
    move(dora, room, f"/{STUDY}/participants/SYN-240-001?cut={cut}")
    write(ivy, room, women(house), "Forty-two percent")
    write(dora, room, women(house), "We continue.", "decision")
    change(dora, room, "chair", to="ivy")
    change(ivy, room, "close")
    ivy.get(f"{MEETINGS}/{room}/minutes")
    events = [event for event in house.trail.events if event[0].startswith("meeting") or event[0] in ("comment", "decision", "minutes")]
    assert {(event[2], event[3]) for event in events} == {(STUDY, cut)}
    assert all(event[4]["item"] == room for event in events)
    first = {**events[0][4]}
    on_women = {name: first[name] for name in ("item", "view", "query", "page", "link")}
    assert [(event[0], event[1]) for event in events] == [
        ("meeting-opened", "dora"), ("meeting-moved", "dora"), ("comment", "ivy"), ("decision", "dora"), ("meeting-chair", "dora"),
        ("meeting-closed", "ivy"), ("minutes", "ivy"),
    ]  # fmt: skip
    assert first == {**on_women, "name": "Week 36"}
    assert (events[1][4]["page"], events[1][4]["participant"]) == ("participant", "SYN-240-001")
    assert events[2][4] == events[3][4] == on_women
    assert (events[4][4]["account"], events[6][4]["format"]) == ("ivy", "html")
    assert not re.search("Forty|continue", str(house.trail.events))


def test_without_the_audit_nothing_is_opened_moved_said_closed_or_printed(house: House, store: SqlMeetings) -> None:
    dora, room = begin(house)
    link, fingerprint = whole(dora, room)["agenda"][0]["link"], fingerprint_of(dora, women(house))
    house.trail.broken = True
    answers = [
        dora.post(MEETINGS, data={"title": "x", "view": [link]}, headers=OWN),
        move(dora, room, everyone(house)),
        write(dora, room, women(house), "We continue.", "decision", fingerprint),
        change(dora, room, "close"),
        dora.get(f"{MEETINGS}/{room}/minutes"),
    ]
    assert [answer.status_code for answer in answers] == [503] * 5
    assert not any("disk" in answer.text for answer in answers)
    house.trail.broken = False
    assert (now(dora, room)["address"], now(dora, room)["open"], list(store.entries(room))) == (women(house), True, [])
    assert len(store.list(STUDY)) == 1


def test_hostile_texts_are_shown_as_they_were_written(house: House) -> None:
    dora = house.client("dora")
    room = open_meeting(dora, save(dora, women(house), HOSTILE), title=HOSTILE)
    write(dora, room, women(house), HOSTILE, "decision")
    for address in (MEETINGS, f"{MEETINGS}/{room}", f"{MEETINGS}/{room}/minutes"):
        text = dora.get(address).text
        assert "&lt;script&gt;alert(1)&lt;/script&gt;&lt;img src=x" in text
        assert "<script>alert" not in text
        assert "<img src=x" not in text


def test_the_minutes_hold_every_decision_and_comment_with_its_view(house: House) -> None:
    dora, room = begin(house)
    ivy = house.client("ivy")
    now(dora, room)
    write(ivy, room, everyone(house), "The second visit is missing.")
    write(dora, room, women(house), "We continue.\nNo dose is changed.", "decision")
    draft = dora.get(f"{MEETINGS}/{room}/minutes").text
    assert "not yet: these minutes are a draft" in draft
    change(dora, room, "close")
    text = dora.get(f"{MEETINGS}/{room}/minutes").text
    seen = fingerprint_of(dora, women(house))
    selection = f"All cohorts; women; {count_of(dora, women(house))} participants"
    cut = f"{house.interim.label}, {house.interim.cut_date.isoformat()}, {house.interim.cut}"
    address = f"http://localhost{women(house)}".replace("&", "&amp;")
    for told in (
        "Minutes: Week 36", "SYNTHETIC DATA", "Decision 2", "<p>We continue.</p>", "<p>No dose is changed.</p>",
        "By dora, 2026-03-01 08:00 UTC",
        f"On view {seen}: Trajectories, item 1 of the agenda", f"Selection: {selection}", f"Data cut: {cut}", address, "Comment 1",
        "The second visit is missing.", "By ivy, 2026-03-01 08:00 UTC", "2026-03-01 08:00 UTC by dora", "dora (chair)", "View 2",
    ):  # fmt: skip
        assert told in text, told
    assert f'<li>Address: <a href="{address}">{address}</a></li>' in text
    assert "draft" not in text
    assert "program was changed" not in text
    assert re.findall(r"Record ([0-9A-Z]{8})<", text) == re.findall(r"Record ([0-9A-Z]{8})<", ivy.get(f"{MEETINGS}/{room}/minutes").text)


def test_minutes_printed_after_the_program_was_changed_say_so_at_the_entry(
    house: House, demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    dora, room = begin(house)
    write(dora, room, women(house), "We continue.", "decision")
    monkeypatch.setattr("dashboard.factory._code_version", lambda settings: "0" * 64)
    later = build_house(demo_settings, demo_repository)
    text = later.client("dora").get(f"{MEETINGS}/{room}/minutes").text
    assert re.search("The program was changed since \\(version [0-9a-f]{8} then, 00000000 now\\)", text)
    assert "shows other numbers now than when it was saved" in text
    assert whole(later.client("dora"), room)["agenda"][0]["state"] == "differs"


def test_the_minutes_are_a_file_to_print_that_says_what_it_is(house: House) -> None:
    dora, room = begin(house)
    write(dora, room, women(house), f"We continue. {HOSTILE}", "decision")
    answer = dora.get(f"{MEETINGS}/{room}/minutes.pdf")
    assert (answer.status_code, answer.content_type) == (200, "application/pdf")
    name = rf'attachment; filename="SYNTHETIC-{STUDY}-minutes-2026-03-01-[0-9A-Z]{{8}}\.pdf"'
    assert re.fullmatch(name, answer.headers["Content-Disposition"])
    assert answer.data.startswith(b"%PDF-1.7")
    assert dora.get(f"{MEETINGS}/{room}/minutes.pdf").data == answer.data
    assert f"/URI(http://localhost{women(house)})".encode() in answer.data.replace(b"/URI (", b"/URI(")


def test_nobody_who_is_not_signed_in_hears_more_than_where_to_sign_in(house: House) -> None:
    _, room = begin(house)
    stranger = house.client()
    assert stranger.get(f"{MEETINGS}/{room}").headers["Location"] == f"/sign-in?next={MEETINGS}/{room}"
    assert stranger.get(f"{API}/{room}/now").status_code == 401
    assert move(stranger, room, "").status_code == 401


def test_another_site_moves_nothing_and_says_nothing(house: House, store: SqlMeetings) -> None:
    dora, room = begin(house)
    foreign = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
    for path in ("move", "entries"):
        assert dora.post(f"{API}/{room}/{path}", json={}, headers=foreign).status_code == 403
    for path in ("agenda", "chair", "close"):
        assert dora.post(f"{MEETINGS}/{room}/{path}", data={}, headers=foreign).status_code == 403
    assert store.find(room).closed_at is None  # type: ignore[union-attr]


def test_one_person_may_try_a_meeting_where_nobody_signs_in(client: FlaskClient, house: House, store: SqlMeetings) -> None:
    """AUTH=none: on this machine and from the server's own pages only."""
    for answer in (
        client.post(MEETINGS, data={"title": "x"}),
        client.post(MEETINGS, data={"title": "x"}, headers=OWN, environ_base={"REMOTE_ADDR": "192.0.2.7"}),
        client.post(MEETINGS, data={"title": "x"}, headers={**OWN, "Host": "evil.example"}),
    ):
        assert answer.status_code == 403
    link = save(client, women(house), "Mine")
    room = open_meeting(client, link)
    assert now(client, room)["leads"] is True
    assert now(client, room)["present"] == [now(client, room)["you"]]
    assert write(client, room, women(house), "We continue.", "decision").status_code == 201
    assert "We continue." in client.get(f"{MEETINGS}/{room}/minutes").text
    assert [entry.words for entry in store.entries(room)] == ["We continue."]


def test_the_rows_of_a_meeting_are_found_by_nothing_but_their_meeting(house: House, demo_repository: SqlRepository) -> None:
    """Two meetings side by side, each with its own numbers."""
    dora, first = begin(house)
    second = open_meeting(dora, whole(dora, first)["agenda"][0]["link"], title="Another")
    for room in (first, second, first):
        assert write(dora, room, women(house), room).status_code == 201
    assert [(one["number"], one["words"]) for one in whole(dora, first)["entries"]] == [(1, first), (2, first)]
    assert [(one["number"], one["words"]) for one in whole(dora, second)["entries"]] == [(1, second)]


def test_asking_where_a_meeting_is_writes_no_line_unless_it_is_refused(house: House, caplog: pytest.LogCaptureFixture) -> None:
    dora, room = begin(house)
    caplog.set_level(logging.INFO, "lymphotrace.request")
    now(dora, room)
    assert dora.get(f"{API}/{make_meeting_id()}/now").status_code == 404
    routes = [record.getMessage() for record in caplog.records if record.name == "lymphotrace.request" and "/now" in record.getMessage()]
    assert [" 404 in " in line for line in routes] == [True]
