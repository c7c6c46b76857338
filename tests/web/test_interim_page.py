"""The review over HTTP: its sections, its lock, and that nothing recorded after the lock reaches it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import pandas as pd
import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from callbacks.pages import build_page
from dashboard import ids
from dashboard.demonstration import DEMONSTRATION_STUDY
from dashboard.factory import assemble_app
from dashboard.settings import Settings
from dashboard.simulate.trial import FINAL_CUT, write_trial
from dashboard.study.definitions import read_definitions
from dashboard.study.snapshot import Snapshot
from dashboard.tables import TABLES
from dashboard.web.health import Readiness
from dashboard.workspace import Workspace
from data_access.delivery import Delivery, read_delivery
from data_access.memory import InMemoryRepository
from layouts.frame import offer_pages
from tests.web.opened_page import OpenedPage, canonical, walk

STUDY = f"/{DEMONSTRATION_STUDY}"
PAGE = f"{STUDY}/interim"
API = f"/api/v1{STUDY}"
LOCKED = "until=to-week-36"
HORIZON, LAST_SAMPLE = 252, 293
SECTIONS = (
    "1. Data cut",
    "2. Accrual, disposition and data maturity",
    "3. Doses given, missed and late",
    "4. Demography and baseline counts",
    "5. Adverse events",
    "6. Laboratory grades",
    "7. Counts over time",
    "8. Thresholds",
    "9. Antibodies and concentrations",
    "10. Deviations and missing visits",
    "11. Listings",
)
ENDED = ("completed", "withdrawn", "lost to follow-up", "died")
EACH = settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def texts(node: Any) -> list[str]:
    """Every text of a layout as JSON, in the order of the page."""
    if isinstance(node, dict):
        return texts(node.get("props", {}).get("children"))
    if isinstance(node, list):
        return [text for part in node for text in texts(part)]
    return [] if node is None else [str(node)]


def parts_of(page: OpenedPage, kind: str, **properties: str) -> list[Any]:
    return [
        props for found, props in walk(page.layout) if found == kind and all(props.get(name) == value for name, value in properties.items())
    ]


def part(page: OpenedPage, name: str) -> str:
    """The words of a part of the review that is no panel."""
    return " ".join(texts(page.props[canonical(ids.review(name))]["content"]))


def follow(client: FlaskClient, address: str) -> list[str]:
    gone = [address]
    while (answer := client.get(gone[-1])).status_code == 302 and len(gone) < 5:
        gone.append(answer.headers["Location"])
    return gone


def test_the_sections_stand_in_the_order_in_which_a_board_works(client: FlaskClient) -> None:
    page = OpenedPage(client, f"{PAGE}?{LOCKED}")
    assert tuple(texts(props["children"])[0] for props in parts_of(page, "H2", className="section-title")) == SECTIONS
    contents = [props["href"] for props in parts_of(page, "A") if str(props.get("href", "")).startswith("#section-")]
    assert contents == [f"#section-{number}" for number in range(1, 12)]
    assert set(contents) <= {f"#{props['id']}" for props in parts_of(page, "H2", className="section-title")}


def test_the_courses_have_the_legend_of_the_trajectories_before_the_first_of_them(client: FlaskClient) -> None:
    page = OpenedPage(client, f"{PAGE}?{LOCKED}")
    (legend,) = [place for place, (_, props) in enumerate(walk(page.layout)) if "card-legend" in str(attributes_of(props).get("className"))]
    words = [" ".join(texts(props.get("content", props.get("children")))) for _, props in walk(page.layout)]
    assert "How to read the panels" in words[legend]
    assert all(f"{dose} µg/kg" in words[legend] for dose in (240, 480, 720))


def attributes_of(props: Any) -> dict[str, Any]:
    return props.get("attributes") or {}


def test_the_page_says_what_is_reviewed(client: FlaskClient, newest: Snapshot) -> None:
    said = part(OpenedPage(client, f"{PAGE}?{LOCKED}"), "1")
    for words in (
        f"Final, {newest.cut_date}",
        newest.content_hash,
        "by demonstration",
        "30 and 2,175",
        "doses, events and states up to day 252",
    ):
        assert words in said


def test_an_address_without_a_lock_is_led_to_the_interim_and_names_the_cut_before(
    client: FlaskClient, newest: Snapshot, interim: Snapshot
) -> None:
    assert client.get(PAGE).headers["Location"] == f"{PAGE}?cut={newest.cut}&{LOCKED}&against={interim.cut}"


def test_the_way_to_the_lock_keeps_the_other_choices_as_typed(client: FlaskClient, newest: Snapshot, interim: Snapshot) -> None:
    answer = client.get(f"{PAGE}?cohort=480%2C240&colour=red")
    assert answer.headers["Location"] == f"{PAGE}?cut={newest.cut}&cohort=480%2C240&colour=red&{LOCKED}&against={interim.cut}"
    answer = client.get(f"{PAGE}?scale=log&cut={interim.cut}")
    assert answer.headers["Location"] == f"{PAGE}?scale=log&cut={interim.cut}&{LOCKED}"


@pytest.mark.parametrize(
    "query",
    ["until", "until=", "until=none", "until=zz", "until=zz&until=yy", "until=to-week-36&until=to-week-60", "%75ntil=zz", "UNTIL=1"],
)
def test_an_unreadable_lock_never_turns_in_circles_and_the_page_is_locked_all_the_same(client: FlaskClient, query: str) -> None:
    gone = follow(client, f"{PAGE}?{query}")
    assert len(gone) <= 2
    assert client.get(gone[-1]).status_code == 200
    page = OpenedPage(client, gone[-1])
    assert "&period=to-week-36&until=to-week-36&visit=week-36&against=" in page.props[ids.VIEW]["data"]["query"]


@given(value=st.text(max_size=30).map(lambda text: quote(text.encode("utf-8", "replace"))))
@EACH
def test_no_lock_makes_the_page_fail_or_turn_in_circles(client: FlaskClient, value: str) -> None:
    gone = follow(client, f"{PAGE}?until={value}")
    assert len(gone) <= 2
    assert client.get(gone[-1]).status_code == 200


def test_an_address_as_long_as_one_may_be_keeps_its_choices(client: FlaskClient, interim: Snapshot) -> None:
    query = f"cut={interim.cut}&scale=log&colour="
    query += "x" * (2_000 - len(query))
    gone = follow(client, f"{PAGE}?{query}")
    assert gone == [f"{PAGE}?{query}"]
    assert "scale=log" in OpenedPage(client, gone[0]).props[ids.VIEW]["data"]["query"]


@pytest.mark.parametrize("cut", ["newest", "interim"])
def test_the_review_can_be_locked_to_each_period(client: FlaskClient, cut: str, request: pytest.FixtureRequest) -> None:
    snapshot: Snapshot = request.getfixturevalue(cut)
    shown = f"{PAGE}?cut={snapshot.cut}&cohort=240,480&{LOCKED}"
    head = OpenedPage(client, shown).props[canonical(ids.review("head"))]["content"]
    offered = [parse_qs(urlsplit(props["href"]).query) for kind, props in walk(head) if kind == "A" and props["href"].startswith(PAGE)]
    assert [(query["until"], query["cohort"], query["cut"]) for query in offered] == [
        ([until], ["240,480"], [snapshot.cut]) for until in ("to-week-60", "week-36-to-60")
    ]
    assert ["up to week 36 (interim)"] in [texts(props["children"]) for kind, props in walk(head) if kind == "Strong"]
    for query in offered:
        page = OpenedPage(client, f"{PAGE}?{'&'.join(f'{name}={value[0]}' for name, value in query.items())}")
        assert "doses, events and states up to day 420" in part(page, "1")


def test_a_change_of_a_control_keeps_the_lock_and_rewrites_listings_and_links(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{PAGE}?cut={newest.cut}&{LOCKED}")
    assert "SYN-240-009" in part(page, "5")
    control = ids.control("cohort")
    page.set(control, value=["480", "720"])
    answer = page.call("url.search", f"{canonical(control)}.value").get_json()["response"]
    query = parse_qs(answer["url"]["search"].removeprefix("?"))
    assert (query["until"], query["cohort"]) == (["to-week-36"], ["480,720"])
    serious = json.dumps(answer[canonical(ids.review("5"))]["content"])
    assert "SYN-240" not in serious
    assert "SYN-480-007" in serious
    assert "cohort=480,720" in serious
    assert "cohort=480,720&until=to-week-60" in json.dumps(answer[canonical(ids.review("head"))]["content"])


def test_the_files_of_the_listings_say_what_they_are_and_open_under_a_name_with_the_cut(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{PAGE}?cut={newest.cut}&cohort=240&{LOCKED}")
    files = [
        props["href"] for props in parts_of(page, "A", className="action", download="") if urlsplit(props["href"]).path.endswith(".csv")
    ]
    listed = {href for href in files if "/download/interim/" in href}
    names = {urlsplit(href).path.rpartition("/")[2] for href in listed}
    assert {"exposure.csv", "adverse-events.csv", "quality-summary.csv", "quality-flags.csv", "participants.csv"} <= names
    for href in listed:
        answer = client.get(href)
        table = urlsplit(href).path.rpartition("/")[2]
        assert answer.status_code == 200, href
        assert f'filename="SYNTHETIC-{DEMONSTRATION_STUDY}-{newest.cut}-{table}"' in answer.headers["Content-Disposition"]
        about = dict(line[2:].split(": ", 1) for line in answer.text.splitlines() if line.startswith("# "))
        assert {"Study", "Data", "Content", "Data cut", "View", "Fingerprint of the view", "Downloaded"} <= set(about)
        assert about["View"].startswith(f"http://localhost{PAGE}?")
        # The rows are those of the HTTP table of the same view.
        bare = client.get(f"{API}/{table}?{urlsplit(href).query}").text.splitlines()
        assert len([line for line in answer.text.splitlines() if not line.startswith("# ")]) == len(bare)


@pytest.mark.parametrize("until", ["", "&until=zz"])
def test_a_change_of_a_control_locks_an_address_whose_lock_is_missing(client: FlaskClient, newest: Snapshot, until: str) -> None:
    page = OpenedPage(client, f"{PAGE}?cut={newest.cut}{until}")
    control = ids.control("cohort")
    page.set(control, value=["480", "720"])
    answer = page.call("url.search", f"{canonical(control)}.value").get_json()["response"]
    assert "until=to-week-36" in answer["url"]["search"]
    assert "until=to-week-36" in answer["view"]["data"]["query"]


@pytest.mark.parametrize(
    "page", ["trajectories", "thresholds", "participants", "participants/SYN-240-001", "safety", "exploratory", "data", "data/quality"]
)
def test_another_page_of_a_locked_view_says_so_and_leads_back(client: FlaskClient, newest: Snapshot, page: str) -> None:
    opened = OpenedPage(client, f"{STUDY}/{page}?cut={newest.cut}&cohort=240&{LOCKED}")
    notices = opened.props[ids.NOTICES]["content"]
    assert "This view is locked: it shows the records up to week 36 (interim) and none after them." in " ".join(texts(notices))
    (way,) = [urlsplit(props["href"]) for kind, props in walk(notices) if kind == "A"]
    assert way.path == f"{STUDY}/{page}"
    assert parse_qs(way.query)["cohort"] == ["240"]
    assert "until" not in parse_qs(way.query)
    assert client.get(way.geturl()).status_code == 200


def test_the_end_of_a_locked_participant_is_not_called_the_data_cut(client: FlaskClient, newest: Snapshot) -> None:
    address = f"{STUDY}/participants/SYN-240-001?cut={newest.cut}"
    locked, whole = (json.dumps(OpenedPage(client, f"{address}{more}").layout) for more in (f"&{LOCKED}", ""))
    assert "end of the locked records" in locked
    assert "end of the locked records" not in whole


def test_a_study_without_a_milestone_does_not_offer_the_page_and_says_why(workspace: Workspace) -> None:
    study = workspace.protocols[DEMONSTRATION_STUDY].model_copy(update={"milestones": ()})
    without = Workspace({DEMONSTRATION_STUDY: study}, workspace.repository)
    assert "interim" not in offer_pages(without.open(DEMONSTRATION_STUDY, "")[0])
    assert "interim" in offer_pages(workspace.open(DEMONSTRATION_STUDY, "")[0])
    page, status = build_page(without, PAGE, "")
    assert status == 404
    assert "The definition of this study names no milestone, so there is nothing to review at one." in str(page)


@pytest.fixture(scope="module")
def final(tmp_path_factory: pytest.TempPathFactory) -> Delivery:
    """The final delivery of the synthetic trial."""
    folder = tmp_path_factory.mktemp("final")
    write_trial(folder, 10)
    return read_delivery(read_definitions()[DEMONSTRATION_STUDY], [Path(folder)], FINAL_CUT)


def without_later(delivery: Delivery) -> Delivery:
    """The same delivery as it would be had nothing happened after week 36."""
    days = {"adverse_event": ("start_day", HORIZON), "medication": ("start_day", HORIZON), "milestone": ("day", HORIZON),
            "dose_adjustment": ("day", HORIZON),
            "attendance": ("start_day", LAST_SAMPLE), "finding": ("day", LAST_SAMPLE)}  # fmt: skip
    records = {name: rows if name not in days else _until(rows, *days[name]) for name, rows in delivery.records.items()}
    counts, doses = _until(delivery.counts, "day", LAST_SAMPLE), _until(delivery.doses, "day", HORIZON)
    for name in ("adverse_event", "medication"):
        records[name] = _still_going(records[name])
    seen = pd.concat([counts[["participant", "day"]], doses[["participant", "day"]].astype({"day": "Int64"})])
    people = delivery.participants
    later = people["status"].isin(["ongoing", *ENDED]) & (people["last_day"] > HORIZON).fillna(False)
    last = people["participant"].map(seen.groupby("participant")["day"].max())
    people = people.assign(status=people["status"].mask(later, "ongoing"), last_day=people["last_day"].mask(later, last).astype("Int64"))
    return replace(delivery, participants=people, counts=counts, doses=doses, records=records)


def _until(rows: pd.DataFrame, column: str, last: int) -> pd.DataFrame:
    return rows[rows[column].isna() | (rows[column] <= last)].reset_index(drop=True)


def _still_going(rows: pd.DataFrame) -> pd.DataFrame:
    """What ended later goes on, and how it ended is not known."""
    later = (rows["end_day"] > HORIZON).fillna(False)
    unknown = {"outcome": rows["outcome"].mask(later, "")} if "outcome" in rows else {}
    fatal = {"grade": rows["grade"].mask(later & (rows["grade"] == "5"), "")} if "grade" in rows else {}
    ended = {"end_day": rows["end_day"].mask(later), "end_precision": rows["end_precision"].mask(later, "")}
    return rows.assign(**ended, ongoing=rows["ongoing"] | later, **unknown, **fatal)


@pytest.fixture(scope="module")
def reviewed(final: Delivery, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The page of a cut that ends with week 36, before and after the whole trial is published; the client, and both cuts."""
    repository = InMemoryRepository()
    app = assemble_app(Settings(var=tmp_path_factory.mktemp("reviewed")), repository, lambda: Readiness("head", "head", None))
    client = app.server.test_client()

    def publish(delivery: Delivery, label: str) -> Snapshot:
        draft = repository.store_draft(delivery, label, by="statistician")
        return repository.publish(draft.study, draft.content_hash, by="statistician")

    def read(cut: Snapshot) -> bytes:
        return client.get("/_dash-layout", headers={"X-Lymphotrace-Address": f"{PAGE}?cut={cut.cut}&{LOCKED}"}).get_data()

    early = publish(without_later(final), "Week 36")
    before = read(early)
    whole = publish(final, "Whole")
    return {"client": client, "early": early, "whole": whole, "before": before, "after": read(early)}


def test_the_page_is_the_same_to_the_byte_when_later_records_are_published(reviewed: dict[str, Any]) -> None:
    assert reviewed["whole"].records > reviewed["early"].records
    assert b"Accrual, disposition and data maturity" in reviewed["before"]
    assert reviewed["before"] == reviewed["after"]


@pytest.mark.parametrize("table", [name for name in TABLES if name not in ("result-changes", "record-changes")])
def test_a_table_of_a_locked_view_is_that_of_a_cut_that_never_had_the_later_records(reviewed: dict[str, Any], table: str) -> None:
    client: FlaskClient = reviewed["client"]
    whole, early = (client.get(f"{API}/{table}.csv?cut={reviewed[name].cut}&{LOCKED}") for name in ("whole", "early"))
    assert whole.status_code == early.status_code == 200
    assert whole.get_data() == early.get_data()


@pytest.mark.parametrize(
    ("panel", "subject", "table"),
    [("accrual", "-", "accrual"), ("trajectory", "cd4", "trajectories"), ("events-overview", "-", "adverse-events")],
)
def test_a_download_of_a_locked_view_is_that_of_a_cut_that_never_had_the_later_records(
    reviewed: dict[str, Any], panel: str, subject: str, table: str
) -> None:
    rows = []
    for name in ("whole", "early"):
        address = f"{STUDY}/download/{panel}/{subject}/{table}.csv?cut={reviewed[name].cut}&{LOCKED}"
        answer = reviewed["client"].get(address)
        assert answer.status_code == 200
        rows.append([line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")])
    assert len(rows[0]) > 1
    assert rows[0] == rows[1]


def test_an_unlocked_table_has_the_later_records(reviewed: dict[str, Any]) -> None:
    """Otherwise the comparisons above would compare nothing."""
    whole, early = (reviewed["client"].get(f"{API}/trajectories.csv?cut={reviewed[name].cut}") for name in ("whole", "early"))
    assert len(whole.get_data()) > len(early.get_data())


def test_no_headline_result_differs_under_the_lock_and_no_first_dose_seems_dated_anew(reviewed: dict[str, Any]) -> None:
    client: FlaskClient = reviewed["client"]
    page = OpenedPage(client, f"{PAGE}?cut={reviewed['whole'].cut}&{LOCKED}")
    assert "No headline result differs." in part(page, "1")
    changes = client.get(f"{API}/record-changes.json?cut={reviewed['whole'].cut}&{LOCKED}").get_json()
    assert changes == []
