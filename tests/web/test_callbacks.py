"""Callbacks through Dash's own endpoint: the address is the state, everything else follows it."""

from __future__ import annotations

import json
import logging
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from flask.testing import FlaskClient

from dashboard import ids, rendering
from dashboard.figures.style import unpack
from dashboard.panels import PANELS
from dashboard.scene import Scene
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from tests.web.opened_page import OpenedPage, canonical, walk

STUDY = "/nct05600920"


@pytest.fixture
def trajectories(client: FlaskClient, newest: Snapshot) -> OpenedPage:
    return OpenedPage(client, f"{STUDY}/trajectories?cut={newest.cut}")


def control(name: str) -> str:
    return canonical(ids.control(name))


def sync(page: OpenedPage, changed: str) -> dict[str, Any]:
    """What the page is told after `changed`: new properties by id; what stays is absent."""
    answer = page.call("url.search", changed)
    assert answer.status_code == 200, answer.get_data(as_text=True)
    return answer.get_json()["response"]


def choose(page: OpenedPage, name: str, value: Any) -> dict[str, Any]:
    page.set(ids.control(name), value=value)
    return sync(page, f"{control(name)}.value")


def texts(node: Any) -> str:
    return json.dumps(node, ensure_ascii=False)


def test_a_control_writes_the_canonical_address_and_the_view(trajectories: OpenedPage, newest: Snapshot) -> None:
    told = choose(trajectories, "cohort", ["720", "240"])
    query = f"cut={newest.cut}&cohort=240,720"
    assert told["url"]["search"] == f"?{query}"
    assert told["view"]["data"] == {"query": query, "study": "nct05600920", "page": "trajectories", "subject": ""}


def test_an_address_moves_the_controls(trajectories: OpenedPage, newest: Snapshot) -> None:
    trajectories.set(ids.URL, search=f"?cut={newest.cut}&scale=log&threshold=250&age=18-40&cohort=480")
    told = sync(trajectories, "url.search")
    moved = {json.loads(written)["control"]: props["value"] for written, props in told.items() if written.startswith('{"control"')}
    assert moved == {"scale": "log", "threshold": "250", "age-from": "18", "age-to": "40", "cohort": ["480"]}
    assert told["view"]["data"]["query"] == f"cut={newest.cut}&cohort=480&age=18-40&scale=log&threshold=250"
    assert "url" not in told


def test_nothing_is_told_twice(trajectories: OpenedPage) -> None:
    assert sync(trajectories, "url.search") == {}


def test_a_choice_taken_back_leaves_the_address(trajectories: OpenedPage, newest: Snapshot) -> None:
    trajectories.set(ids.URL, search=f"?cut={newest.cut}&scale=log")
    trajectories.set(ids.control("scale"), value="linear")
    assert sync(trajectories, f"{control('scale')}.value")["url"]["search"] == f"?cut={newest.cut}"


def test_a_choice_without_a_control_on_the_page_is_kept(trajectories: OpenedPage, newest: Snapshot) -> None:
    trajectories.set(ids.URL, search=f"?cut={newest.cut}&ci=wilson&respond=ever")
    assert choose(trajectories, "scale", "log")["url"]["search"] == f"?cut={newest.cut}&scale=log&respond=ever&ci=wilson"


def test_a_value_a_control_cannot_take_is_named_and_the_control_shows_what_holds(trajectories: OpenedPage) -> None:
    told = choose(trajectories, "threshold", "a lot")
    assert "Thresholds (cells/µL) “alot” was not applied" in texts(told[ids.NOTICES])
    assert told[control("threshold")]["value"] == "200, 300"
    assert "view" not in told


def test_a_list_with_nothing_ticked_means_all_and_says_so(trajectories: OpenedPage) -> None:
    told = choose(trajectories, "cohort", [])
    assert "at least one must be chosen, so all are shown" in texts(told[ids.NOTICES])
    assert told[control("cohort")]["value"] == ["240", "480", "720"]


def test_an_older_data_cut_says_that_newer_data_exist(trajectories: OpenedPage, interim: Snapshot) -> None:
    trajectories.set(ids.URL, search=f"?cut={interim.cut}")
    told = sync(trajectories, "url.search")
    assert "Newer data exist" in texts(told[ids.NOTICES])
    assert told["view"]["data"]["query"] == f"cut={interim.cut}"


def test_a_filter_that_leaves_nobody_says_so(trajectories: OpenedPage, newest: Snapshot) -> None:
    trajectories.set(ids.URL, search=f"?cut={newest.cut}&age=119-120")
    assert "No participant meets these filters." in texts(sync(trajectories, "url.search")[ids.NOTICES])


@pytest.mark.parametrize("search", ["?cut=ffffffffff", "?" + "a" * 3_000, "?%00=%ff"])
def test_no_address_makes_the_page_stand_still_without_a_word(trajectories: OpenedPage, search: str) -> None:
    trajectories.set(ids.URL, search=search)
    answer = trajectories.call("url.search", "url.search")
    assert answer.status_code in (200, 404)
    if answer.status_code == 200:
        assert texts(answer.get_json()["response"][ids.NOTICES]) != texts({"content": []})


def test_the_order_of_the_grid_goes_into_the_address(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants?cut={newest.cut}")
    grid = ids.grid("participants")
    page.set(grid, columnState=[{"colId": "age", "sort": "desc", "sortIndex": 0}, {"colId": "sex", "sort": None}])
    assert sync(page, f"{canonical(grid)}.columnState")["url"]["search"] == f"?cut={newest.cut}&sort=age.desc"


def test_the_filter_of_the_grid_goes_into_the_address(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants?cut={newest.cut}")
    grid = ids.grid("participants")
    page.set(grid, filterModel={"age": {"filterType": "number", "type": "greaterThanOrEqual", "filter": 50}})
    told = sync(page, f"{canonical(grid)}.filterModel")
    assert told["url"]["search"] == f"?cut={newest.cut}&where=age.ge.50"
    assert canonical(grid) not in told


def test_a_filter_the_address_has_no_word_for_does_not_break_the_page(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{STUDY}/participants?cut={newest.cut}")
    grid = ids.grid("participants")
    both = [{"filterType": "text", "type": "contains", "filter": "a"}, {"filterType": "text", "type": "contains", "filter": "b"}]
    page.set(grid, filterModel={"status": {"filterType": "text", "operator": "OR", "conditions": both}})
    assert page.call("url.search", f"{canonical(grid)}.filterModel").status_code == 200


def test_a_new_path_is_given_its_page(trajectories: OpenedPage, newest: Snapshot) -> None:
    trajectories.set(ids.URL, pathname=f"{STUDY}/overview", search=f"?cut={newest.cut}")
    page = trajectories.call("page.children", "url.pathname").get_json()["response"]["page"]["children"]
    assert "What the reader must know" in texts(page)


def test_a_path_of_nothing_is_given_a_page_that_says_so(trajectories: OpenedPage) -> None:
    trajectories.set(ids.URL, pathname="/nothing/at/all", search=None)
    answer = trajectories.call("page.children", "url.pathname")
    assert answer.status_code == 200
    assert "does not exist" in texts(answer.get_json())


def test_a_page_without_a_study_changes_nothing(client: FlaskClient) -> None:
    page = OpenedPage(client, "/")
    assert page.call("url.search", "url.search").status_code == 204


def draw(page: OpenedPage, panel: str, subject: str, query: str) -> dict[str, Any]:
    """The parts of a panel after the address has become `query`: what the answer says, else what the page had."""
    answer = page.set(ids.URL, search=f"?{query}").call("url.search", "url.search")
    assert answer.status_code == 200, answer.get_data(as_text=True)
    told = answer.get_json()["response"]
    parts = {part: canonical(ids.panel_part(part, panel, subject)) for part in (ids.FIGURE, ids.CARD)}
    return {part: {**page.props[written], **told.get(written, {})} for part, written in parts.items()}


def test_a_panel_is_drawn_for_the_new_view(trajectories: OpenedPage, newest: Snapshot, workspace: Workspace) -> None:
    query = f"cut={newest.cut}&cohort=480&measure=change"
    told = draw(trajectories, "trajectory", "cd4", query)
    scene, _ = workspace.open("nct05600920", query)
    (lines,) = PANELS["trajectory"].summarise(scene, "cd4").lines
    (trace,) = [trace for trace in told["figure"]["figure"]["data"] if trace.get("connectgaps") is False]
    values = unpack(trace["y"])
    assert values[~np.isnan(values)].tolist() == pytest.approx(lines.y.tolist(), rel=1e-6)
    assert told["card"]["shown"]["title"] == "CD4 by weeks since first dose"
    assert told["card"]["shown"]["kind"] == "card card-trajectory"
    assert f'"data-view": "{query}"' in texts(told["card"]["words"])


def test_a_count_that_is_not_chosen_is_hidden(trajectories: OpenedPage, newest: Snapshot) -> None:
    told = draw(trajectories, "trajectory", "cd8", f"cut={newest.cut}&analyte=cd4")
    assert "card-hidden" in told["card"]["shown"]["kind"]
    # What the hidden card holds is not sent; it is drawn anew when the count is chosen again.
    assert told["figure"] == trajectories.props[canonical(ids.panel_part(ids.FIGURE, "trajectory", "cd8"))]
    again = draw(trajectories, "trajectory", "cd8", f"cut={newest.cut}&analyte=cd8&sex=F")
    assert "card-hidden" not in again["card"]["shown"]["kind"]
    assert "sex=F" in texts(again["card"]["words"])


def fail(scene: Scene, subject: str) -> Any:
    raise ZeroDivisionError("the sum of nothing")


def test_a_panel_that_fails_says_so_in_its_own_place_and_the_log_tells_why(
    client: FlaskClient, newest: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = OpenedPage(client, f"{STUDY}/thresholds?cut={newest.cut}")
    monkeypatch.setitem(PANELS, "sweep", replace(PANELS["sweep"], summarise=fail))
    query = f"cut={newest.cut}&age=18-74"
    with caplog.at_level(logging.ERROR, logger=rendering.__name__):
        told = draw(page, "sweep", "-", query)
    (record,) = [record for record in caplog.records if record.name == rendering.__name__]
    reference = record.args[1]  # type: ignore[index]
    assert f"could not be computed. Nothing is shown in its place. Reference {reference}." in texts(told["card"]["words"])
    assert "card-failed" in told["card"]["shown"]["kind"]
    assert told["figure"]["figure"]["data"] == []
    assert record.exc_info is not None
    assert record.exc_info[0] is ZeroDivisionError
    assert "the sum of nothing" not in texts(told)
    assert "card-failed" not in draw(page, "responders", "-", query)["card"]["shown"]["kind"]


def test_a_page_with_a_failing_panel_still_shows_the_others(
    client: FlaskClient, newest: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(PANELS, "sweep", replace(PANELS["sweep"], summarise=fail))
    with caplog.at_level(logging.CRITICAL + 1):
        page = OpenedPage(client, f"{STUDY}/thresholds?cut={newest.cut}&age=19-74")
    classes = [props["shown"]["kind"] for kind, props in walk(page.layout) if kind == "Card"]
    assert sum("card-failed" in name for name in classes) == 1
    assert len(classes) == 5


def test_a_panel_that_failed_is_computed_again_and_not_remembered(
    client: FlaskClient, newest: Snapshot, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    page = OpenedPage(client, f"{STUDY}/thresholds?cut={newest.cut}")
    query = f"cut={newest.cut}&age=20-74"
    with monkeypatch.context() as patch, caplog.at_level(logging.CRITICAL + 1):
        patch.setitem(PANELS, "sweep", replace(PANELS["sweep"], summarise=fail))
        assert "card-failed" in draw(page, "sweep", "-", query)["card"]["shown"]["kind"]
    assert draw(page, "sweep", "-", query)["card"]["shown"]["kind"] == "card card-sweep"


def test_the_grid_is_filled_with_the_selection(client: FlaskClient, newest: Snapshot, workspace: Workspace) -> None:
    page = OpenedPage(client, f"{STUDY}/participants?cut={newest.cut}")
    query = f"cut={newest.cut}&sex=F"
    page.set(ids.VIEW, data={**page.props[ids.VIEW]["data"], "query": query})
    told = page.call('{"grid":["MATCH"]}.rowData', "view.data", {"grid": "participants", "grid-words": "participants"}).get_json()[
        "response"
    ]
    rows = told[canonical(ids.grid("participants"))]["rowData"]
    scene, _ = workspace.open("nct05600920", query)
    assert len(rows) == scene.n
    assert {row["sex"] for row in rows} == {"F"}
    assert query in texts(told[canonical(ids.grid_words("participants"))])


def test_a_click_on_a_point_opens_the_participant(trajectories: OpenedPage, workspace: Workspace) -> None:
    trajectories.set(ids.CLICKED, data={"row": 4, "at": 1})
    scene, _ = workspace.open("nct05600920", "")
    name = scene.analysis.participants["participant"].iloc[4]
    told = trajectories.call("url.pathname", "clicked.data").get_json()["response"]
    assert told["url"]["pathname"] == f"{STUDY}/participants/{name}"
