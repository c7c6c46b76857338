"""A closed study seen by those who may not see cohorts: every answer they can get, under attack."""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Callable, Iterator

import pandas as pd
import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard import factory
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.view.keys import KEYS
from dashboard.web import guard
from dashboard.web.addresses import ADDRESS_HEADER
from data_access.repository import SqlRepository
from layouts.frame import DATA_PAGES, PAGES
from tests.closed.veils import TELLING, Deal, disguise_protocol
from tests.web.guarded import OWN, STUDY, House, build_house
from tests.web.opened_page import OpenedPage

# Whom the interim cut is released to, and who sees every published cut; neither may see cohorts.
VEILED = ("ivy", "stan")
SUBJECTS = ("participants/SYN-240-001", "participants/ZQ-zqalpha-0", "behind/events:serious::240", "behind/nothing")
TABLES = ("participants", "trajectories", "responders", "adverse-events", "accrual", "demography", "quality-flags", "result-changes")
# What a request may bring that a page could answer with words of its own. None of it names a cohort of the disguised study.
QUERIES = ("", "cohort=240", "cohort=all", "sex=F", "age=18-40", "stratum=lt100", "period=none", "where=cohort.eq.x", "x=<b>", "cut=zz")

# Dash writes a random text into every document.
END_ID = re.compile(rb'"end_id":"[^"]*"')


class Disguised(SqlRepository):
    """The demonstration with other cohorts, names, amounts and texts: the same database, other rows."""

    def __init__(self, inner: SqlRepository, deal: Deal) -> None:
        super().__init__(inner.engine)
        self.deal = deal

    def load(self, snapshot: Snapshot) -> StudyData:
        data = super().load(snapshot)
        return self.deal.disguise(data) if snapshot.study == STUDY else data

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        rows = super().load_records(snapshot, table)
        return self.deal.rename(rows, super().load(snapshot).participants) if snapshot.study == STUDY else rows


def read_disguised(_folder: object = None) -> dict[str, StudyProtocol]:
    return {key: disguise_protocol(protocol) if key == STUDY else protocol for key, protocol in read_definitions().items()}


@pytest.fixture(scope="module")
def houses(demo_settings: Settings, demo_repository: SqlRepository) -> Iterator[tuple[House, House]]:
    """Two closed studies that differ in nothing but who is in which cohort, and in what follows from it."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(factory, "read_definitions", read_disguised)
        # The limit on tables is tested elsewhere; here it would hide answers.
        patch.setitem(guard.LIMITS, guard.TABLES, (100_000, 2.0))
        yield tuple(build_house(demo_settings, Disguised(demo_repository, Deal(seed))) for seed in (1, 2))  # type: ignore[misc]


def addresses(house: House) -> list[str]:
    """Every kind of address about the study, with and without a data cut, with what a reader could try."""
    pages = [f"/{STUDY}", *(f"/{STUDY}/{page}" for page in (*PAGES, *DATA_PAGES, *SUBJECTS, "pooled", "none"))]
    files = [f"/api/v1/{STUDY}/{name}.{kind}" for name in (*TABLES, "pooled", "none", "snapshots") for kind in ("csv", "json")]
    files += [f"/api/v1/{STUDY}/behind/events:serious::240.csv", f"/{STUDY}/download/grid/-/participants.xlsx"]
    files += [f"/{STUDY}/download/trajectory/cd4/trajectories.csv", f"/{STUDY}/download/package.pdf", f"/{STUDY}/download/package.json"]
    plain = ["/", "/api/v1/studies", f"/api/v1/{STUDY}/snapshots", f"/api/v1/{STUDY}/views", f"/v/{'A' * 22}", "/audit", "/audit.csv"]
    cuts = ("", f"cut={house.interim.cut}", f"cut={house.final.cut}")
    asked = [f"{path}?{cut}" for path in (*pages, *files) for cut in cuts] + [
        f"{path}?cohort=240&sex=F&age=18-40" for path in (*pages, *files)
    ]
    return plain + asked + [f"/{STUDY}/pooled?{query}" for query in QUERIES] + [f"/api/v1/{STUDY}/pooled.csv?{query}" for query in QUERIES]


def collect(house: House, name: str) -> dict[str, tuple[int, bytes]]:
    """Every answer: as a page, as the layout a browser asks for, and as what a callback sends."""
    browser, answers = house.client(name), {}
    for address in addresses(house):
        for way, answer in open_both(browser, address):
            told = "\n".join(
                f"{key}: {value}" for key, value in sorted(answer.headers.items()) if key not in ("X-Request-Id", "Set-Cookie")
            )
            answers[f"{way} {address}"] = (answer.status_code, told.encode() + b"\n\n" + END_ID.sub(b"", answer.get_data()))
    return answers


def open_both(browser: FlaskClient, address: str) -> Iterator[tuple[str, TestResponse]]:
    """The answer itself, and of pages the layout that the browser then asks for."""
    yield "get", browser.get(address)
    if not address.startswith("/api/"):
        yield "layout", browser.get("/_dash-layout", headers={ADDRESS_HEADER: address})


@pytest.fixture(scope="module")
def answers(houses: tuple[House, House]) -> dict[str, tuple[dict[str, tuple[int, bytes]], dict[str, tuple[int, bytes]]]]:
    one, other = houses
    return {name: (collect(one, name), collect(other, name)) for name in VEILED}


@pytest.mark.parametrize("name", VEILED)
def test_no_answer_tells_a_cohort_an_amount_or_a_participant(answers: dict, name: str) -> None:
    for address, (_, body) in answers[name][0].items():
        # A name that the reader typed is repeated by the page that says there is nothing.
        text = body.decode("utf-8", "replace").casefold().replace("zq-zqalpha-0", "")
        text = text.encode().decode("unicode_escape", "replace") if "\\u" in text else text
        assert not [word for word in (*TELLING, "syn-240") if word in text.replace("syn-240-001", "")], address


@pytest.mark.parametrize("name", VEILED)
def test_studies_that_differ_in_the_cohorts_alone_give_the_same_bytes(answers: dict, name: str) -> None:
    one, other = answers[name]
    assert one.keys() == other.keys()
    assert [address for address in one if one[address] != other[address]] == []


@pytest.mark.parametrize("name", VEILED)
def test_what_is_not_pooled_answers_like_what_does_not_exist(answers: dict, name: str, houses: tuple[House, House]) -> None:
    shown = {address for address, (status, _) in answers[name][0].items() if status == 200 and address.startswith("get")}
    of_study = {address.split("?")[0] for address in shown if STUDY in address}
    # Lists without a row are no secret: there is nothing in them.
    empty = {f"get /api/v1/{STUDY}/snapshots", f"get /api/v1/{STUDY}/views"}
    assert of_study == {f"get /{STUDY}/pooled", f"get /api/v1/{STUDY}/pooled.csv", f"get /api/v1/{STUDY}/pooled.json", *empty}
    for address in empty:
        assert houses[0].client(name).get(address.removeprefix("get ")).get_json() in ([], {"snapshots": []}, {"views": []}), address


def test_a_callback_with_a_view_of_the_board_is_refused_without_a_word_of_it(houses: tuple[House, House]) -> None:
    page = OpenedPage(houses[0].client("dora"), f"/{STUDY}/trajectories?cut={houses[0].interim.cut}")
    page.client = houses[0].client("ivy")
    page.client.environ_base["HTTP_ORIGIN"] = OWN["Origin"]
    page.set("url", search=f"?cut={houses[0].interim.cut}&cohort=zqalpha")
    answer = page.call("view.data", "url.search")
    assert answer.status_code == 404
    assert not [word for word in TELLING if word in answer.text.casefold()]


def test_every_query_gives_the_same_figures_or_is_refused(houses: tuple[House, House]) -> None:
    house = houses[0]
    browser, usual = house.client("ivy"), house.client("ivy").get(f"/{STUDY}/pooled").get_data()
    keys = [key.name for key in KEYS if key.name != "cut"]
    for key in (*keys, "anything"):
        page = browser.get(f"/{STUDY}/pooled?{key}=F")
        told = re.sub(rb'<p class="notice notice-problem" role="alert">[^<]*</p>', b"", page.get_data())
        assert (page.status_code, told) == (200, usual)
        assert browser.get(f"/api/v1/{STUDY}/pooled.csv?{key}=F").status_code == 400


def cells(browser: FlaskClient, cut: str) -> dict[tuple[str, str, str], str]:
    rows = browser.get(f"/api/v1/{STUDY}/pooled.json?cut={cut}").get_json()
    return {(row["table"], row["row"], row["column"]): row["value"] for row in rows}


def test_no_number_is_of_fewer_than_five_or_leaves_fewer(houses: tuple[House, House]) -> None:
    browser = houses[0].client("stan")
    for cut in (houses[0].interim.cut, houses[0].final.cut):
        told = [re.fullmatch(r"(\d+) of (\d+) \(\d+ %\)", text) for text in cells(browser, cut).values() if " of " in text]
        assert len(told) > 8
        assert all(found and int(found[1]) >= 5 and int(found[2]) - int(found[1]) >= 5 for found in told)


def test_two_cuts_do_not_differ_by_participants_of_one_cohort(houses: tuple[House, House]) -> None:
    # The same 28 participants were dosed in both cuts, so their difference is nobody; a cut with more of one cohort is not shown.
    house = houses[0]
    browser = house.client("stan")
    pages = [browser.get(f"/{STUDY}/pooled?cut={cut.cut}").text for cut in (house.interim, house.final)]
    assert all("<strong>28 participants</strong>" in page for page in pages)
    desk_sizes = {cut.cut: len(house_members(house, cut)) for cut in (house.interim, house.final)}
    assert set(desk_sizes.values()) == {28}


def house_members(house: House, cut: Snapshot) -> set[str]:
    """The dosed participants of a cut, read with the rights of the board."""
    rows = house.client("dora").get(f"/api/v1/{STUDY}/participants.json?cut={cut.cut}").get_json()
    return {row["participant"] for row in rows if row["doses"]}


def test_each_reader_is_shown_the_cuts_released_to_its_role(houses: tuple[House, House]) -> None:
    house = houses[0]
    found = {
        name: {cut.cut: house.client(name).get(f"/{STUDY}/pooled?cut={cut.cut}").status_code for cut in (house.interim, house.final)}
        for name in ("ivy", "stan", "dora", "adam", "nora", "odd")
    }
    interim, final = house.interim.cut, house.final.cut
    assert found == {
        "ivy": {interim: 200, final: 404},
        "stan": {interim: 200, final: 200},
        # The board sees the study itself.
        **{name: {interim: 404, final: 404} for name in ("dora", "adam", "nora", "odd")},
    }


def test_what_is_pooled_and_what_is_not_are_kept_apart(houses: tuple[House, House]) -> None:
    house = houses[0]
    board = house.client("dora").get(f"/api/v1/{STUDY}/responders.csv?cut={house.interim.cut}").text
    before = house.client("ivy").get(f"/{STUDY}/pooled").get_data()
    assert "zqalpha" in board
    assert house.client("ivy").get(f"/{STUDY}/pooled").get_data() == before
    assert house.client("dora").get(f"/api/v1/{STUDY}/responders.csv?cut={house.interim.cut}").text == board


def test_the_first_page_and_the_study_lead_to_the_pooled_figures(houses: tuple[House, House]) -> None:
    browser = houses[0].client("ivy")
    for address in ("/", f"/{STUDY}/overview", f"/{STUDY}/safety"):
        assert f"/{STUDY}/pooled" in json.dumps(browser.get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_json())


def test_a_view_of_the_pooled_figures_is_in_the_audit_without_a_number(houses: tuple[House, House]) -> None:
    house = houses[0]
    browser = house.client("ivy")
    house.trail.events.clear()
    assert browser.get(f"/{STUDY}/pooled").status_code == 200
    assert browser.get(f"/api/v1/{STUDY}/pooled.csv").status_code == 200
    (page, table) = house.trail.events
    assert page[:4] == ("view", "ivy", STUDY, house.interim.cut)
    assert {key: text for key, text in page[4].items() if key != "view"} == {"query": f"cut={house.interim.cut}", "page": "pooled"}
    assert table[:4] == ("table", "ivy", STUDY, house.interim.cut)
    assert table[4]["view"] == page[4]["view"]
    assert page[4]["view"] in browser.get(f"/{STUDY}/pooled").text


def test_without_an_audit_nothing_is_shown(houses: tuple[House, House]) -> None:
    house = houses[0]
    browser = house.client("ivy")
    house.trail.broken = True
    try:
        assert browser.get(f"/{STUDY}/pooled").status_code == 503
        assert browser.get(f"/api/v1/{STUDY}/pooled.json").status_code == 503
    finally:
        house.trail.broken = False


def test_a_failure_tells_nothing_in_the_answer_or_the_log(
    houses: tuple[House, House], monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture, build_broken: Callable[[], House]
) -> None:
    house = build_broken()
    with caplog.at_level(logging.DEBUG):
        answer = house.client("ivy").get(f"/{STUDY}/pooled")
    assert answer.status_code == 500
    told = (answer.text + caplog.text).casefold()
    assert "reference" in told
    assert not [word for word in (*TELLING, "syn-") if word in told]


@pytest.fixture
def build_broken(demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch) -> Callable[[], House]:
    """A house in which a row names a participant whom nobody declared: deriving fails and names what it read."""

    class Broken(Disguised):
        def load(self, snapshot: Snapshot) -> StudyData:
            data = super().load(snapshot)
            strange = data.counts.assign(analyte=data.counts["analyte"].where(data.counts.index > 0, "xx-unknown"))
            return StudyData(data.snapshot, data.participants, strange, data.doses)

    def build() -> House:
        monkeypatch.setattr(factory, "read_definitions", read_disguised)
        return build_house(demo_settings, Broken(demo_repository, Deal(1)))

    return build


def test_after_the_final_release_there_are_no_pooled_figures_any_more(
    demo_settings: Settings, demo_repository: SqlRepository, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(factory, "read_definitions", read_disguised)
    house = build_house(demo_settings, Disguised(demo_repository, Deal(1)))
    browser = house.client("ivy")
    assert browser.get(f"/{STUDY}/pooled").status_code == 200
    house.access.releases.release(house.final, ["investigator"], True, "test")
    assert browser.get(f"/{STUDY}/pooled").status_code == 404
    rows = browser.get(f"/api/v1/{STUDY}/responders.csv?cut={house.final.cut}")
    assert rows.status_code == 200
    assert "zqalpha" in rows.text
