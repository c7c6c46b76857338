"""A participant's page on the synthetic trial: the planted stories are seen, and the page follows its view."""

from __future__ import annotations

import csv
import json

import pytest
from flask.testing import FlaskClient

from dashboard import ids
from dashboard.panels import PANELS
from dashboard.panels.participant_facts import find_participant_neighbours
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from tests.web.opened_page import OpenedPage, canonical

STUDY = "/nct05600920"


def rows(client: FlaskClient, address: str) -> list[dict[str, str]]:
    answer = client.get(address)
    assert answer.status_code == 200
    return list(csv.DictReader(line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")))


@pytest.mark.parametrize(
    ("name", "lane"),
    [("SYN-480-004", "doses not given"), ("SYN-720-006", "visits missed"), ("SYN-480-008", "visits unscheduled"),
     ("SYN-720-007", "steroids"),
     ("SYN-720-005", "milestones")],
)  # fmt: skip
def test_a_planted_story_is_seen_in_the_figure(workspace: Workspace, name: str, lane: str) -> None:
    scene, _ = workspace.open("nct05600920", "")
    lanes = PANELS["participant"].summarise(scene, name).lanes
    assert lane in {mark.kind for mark in lanes.marks} | {bar.kind for bar in lanes.bars}


def test_the_download_holds_as_many_events_as_the_figure_has_bars(client: FlaskClient, workspace: Workspace) -> None:
    scene, _ = workspace.open("nct05600920", "")
    for name in scene.analysis.participants["participant"]:
        found = rows(client, f"{STUDY}/download/participant/{name}/participant-events.csv?sex=F")
        bars = PANELS["participant"].summarise(scene, name).lanes.bars
        assert {row["participant"] for row in found} <= {name}
        dated = [row for row in found if row["kind"] == "adverse event" and row["day"]]
        assert len(dated) == len([bar for bar in bars if bar.kind == "adverse events"])


def test_the_table_of_everything_holds_every_event_of_the_selection(client: FlaskClient, workspace: Workspace) -> None:
    scene, _ = workspace.open("nct05600920", "sex=F")
    events = scene.records("adverse_event")
    women = scene.analysis.participants.loc[scene.analysis.participants["sex"] == "F", "participant"]
    found = rows(client, f"/api/v1{STUDY}/participant-events.csv?sex=F")
    assert len([row for row in found if row["kind"] == "adverse event"]) == int(events["participant"].isin(women).sum())


def test_neighbours_stand_in_the_selection_and_in_the_tables_own_filter(workspace: Workspace) -> None:
    scene, _ = workspace.open("nct05600920", "sex=F&where=cohort.has.480")
    names = scene.analysis.participants
    kept = names.loc[(names["sex"] == "F") & (names["cohort"] == "480"), "participant"].tolist()
    found = find_participant_neighbours(scene, kept[1])
    assert (found.before, found.after, found.place, found.of) == (kept[0], kept[2], 2, len(kept))
    other = names.loc[names["sex"] == "M", "participant"].iloc[0]
    assert find_participant_neighbours(scene, other).place == 0


def test_the_page_links_to_its_neighbours_with_the_view(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants/SYN-240-002?cut={newest.cut}&scale=log")
    text = json.dumps(page.layout, ensure_ascii=False)
    for step, name in (("previous", "SYN-240-001"), ("next", "SYN-240-003")):
        assert f'"data-step": "{step}"' in text
        assert f"{STUDY}/participants/{name}?cut={newest.cut}&scale=log" in text


def test_the_head_follows_the_view(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants/SYN-240-002?cut={newest.cut}")
    page.set(ids.VIEW, data={**page.props[ids.VIEW]["data"], "query": f"cut={newest.cut}&threshold=250"})
    told = page.call('{"person":["MATCH"]}.children', "view.data", {"person": "SYN-240-002"}).get_json()["response"]
    text = json.dumps(told[canonical(ids.person("SYN-240-002"))], ensure_ascii=False)
    assert "≥ 250" in text
    assert "≥ 200" not in text
    assert "threshold=250" in text


def test_a_history_too_short_is_said_in_words(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants/SYN-480-010?cut={newest.cut}")
    assert "The history is too short: 0 of the 3 values needed before the first dose." in json.dumps(page.layout)
