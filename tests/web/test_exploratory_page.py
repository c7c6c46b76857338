"""The exploratory page over HTTP: offered where there are findings, with figures, files and a way on where there are none."""

from __future__ import annotations

import csv
import io

import pandas as pd
import pytest
from flask.testing import FlaskClient

from callbacks.pages import build_page
from dashboard.endpoints.pooled.offering import has_explored
from dashboard.errors import NoDataError
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from layouts.frame import PAGES, offer_pages, require_data
from tests.panels.explored import explore
from tests.panels.scenes import odd_data, open_scene
from tests.panels.surviving import Person, open_survival
from tests.web.opened_page import OpenedPage, walk

STUDY = "nct05600920"
PAGE = f"/{STUDY}/exploratory"


def test_the_page_is_offered_only_when_the_data_cut_has_findings() -> None:
    assert "exploratory" in offer_pages(explore())
    assert list(offer_pages(open_scene(odd_data()))) == [page for page in offer_pages(explore()) if page != "exploratory"]


def test_a_page_without_data_says_what_is_missing() -> None:
    with pytest.raises(NoDataError, match="data cut test has no antibodies, concentrations and other findings, so there"):
        require_data(open_scene(odd_data()), "exploratory")
    require_data(explore(), "exploratory")
    require_data(open_scene(odd_data()), "data/quality")


def test_responses_have_a_page_of_their_own_and_are_no_exploratory_findings() -> None:
    scene = open_survival({"a": Person([("contact", 300)], responded=28)})
    assert "response" in offer_pages(scene)
    assert "exploratory" not in offer_pages(scene)
    with pytest.raises(NoDataError, match="has no antibodies, concentrations and other findings"):
        require_data(scene, "exploratory")
    findings = scene.records("finding")
    others = [findings.assign(domain="FA"), findings.assign(test="OTHER"), findings.assign(domain="TR")]
    assert [has_explored(rows, scene.protocol) for rows in (findings, *others)] == [False, True, True, True]
    assert not has_explored(findings.assign(domain="TR", test="SPDCHG"), scene.protocol)


class WithoutRecords(Workspace):
    """A workspace whose deliveries hold participants, counts and doses only."""

    def records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return super().records(snapshot, table).iloc[:0]


def test_the_address_of_a_page_without_data_leads_to_those_with_data(workspace: Workspace, newest: Snapshot) -> None:
    bare = WithoutRecords(workspace.protocols, workspace.repository)
    page, status = build_page(bare, PAGE, f"cut={newest.cut}&cohort=240")
    said = str(page.to_plotly_json())
    assert status == 404
    assert "Exploratory: no data" in said
    assert "has no antibodies, concentrations and other findings" in said
    assert f"/{STUDY}/thresholds?cut={newest.cut}&cohort=240" in said
    assert f"/{STUDY}/exploratory" not in said


def test_the_navigation_names_the_page(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{PAGE}?cut={newest.cut}")
    links = [props["href"] for kind, props in walk(page.layout) if kind == "A" and "href" in props]
    assert f"{PAGE}?cut={newest.cut}" in links
    assert list(PAGES).index("exploratory") > list(PAGES).index("participants")


def test_a_choice_redraws_the_eight_figures(client: FlaskClient, newest: Snapshot) -> None:
    page = OpenedPage(client, f"{PAGE}?cut={newest.cut}")
    panels = [written for written in page.props if '"part":"figure"' in written]
    assert len(panels) == 8


@pytest.mark.parametrize("table", ["ada", "ada-counts", "pk", "findings"])
def test_a_table_has_the_rows_of_the_selection(client: FlaskClient, workspace: Workspace, newest: Snapshot, table: str) -> None:
    answer = client.get(f"/api/v1/{STUDY}/{table}.csv?cut={newest.cut}&cohort=480")
    rows = list(csv.DictReader(io.StringIO(answer.text)))
    assert (answer.status_code, {row["cohort"] for row in rows}) == (200, {"480"})
    assert len(rows) > 50


def test_a_download_names_the_page_it_came_from(client: FlaskClient, newest: Snapshot) -> None:
    answer = client.get(f"/{STUDY}/download/cmax/-/cmax-summary.csv?cut={newest.cut}")
    assert f"{PAGE}?cut={newest.cut}" in answer.text
