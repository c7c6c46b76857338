"""The page behind a cell over HTTP: linked from every table, with its numbers, files, and a way on where there is no such cell."""

from __future__ import annotations

import csv
import io
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from flask.testing import FlaskClient

from callbacks.pages import build_page
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from tests.web.hostile import LISTED
from tests.web.opened_page import OpenedPage, walk

STUDY = "nct05600920"
PAGE = f"/{STUDY}/behind"
API = f"/api/v1/{STUDY}/behind"


def said(node: Any) -> str:
    """Every text of a layout, in order."""
    if isinstance(node, dict):
        return said(node.get("props", {}).get("children")) if "props" in node else ""
    return " ".join(filter(None, map(said, node))) if isinstance(node, list) else "" if node is None else str(node)


def links(client: FlaskClient, address: str) -> list[dict[str, Any]]:
    """The links of the page at `address` that lead behind a cell."""
    page = OpenedPage(client, address)
    return [props for kind, props in walk(page.layout) if kind == "A" and props.get("href", "").startswith(f"{PAGE}/")]


@pytest.mark.parametrize(("page", "least"), [("safety", 400), ("exploratory", 200), ("thresholds", 40)])
def test_the_cells_of_the_tables_are_links_that_say_which_cell_they_are(
    client: FlaskClient, newest: Snapshot, page: str, least: int
) -> None:
    found = links(client, f"/{STUDY}/{page}?cut={newest.cut}&cohort=240,720")
    names = [props["aria-label"] for props in found]
    assert len(found) >= least
    assert all(urlsplit(props["href"]).query == f"cut={newest.cut}&cohort=240,720" for props in found)
    # What is seen begins what is heard, and each of the names tells row and column.
    assert all(props["aria-label"].startswith(props["children"]) for props in found)
    assert all(": " in name and ", " in name for name in names)
    # Any event is a row of two tables, with the same participants behind both.
    told = [(name, props["href"]) for name, props in zip(names, found, strict=True) if ": Any event, " not in name]
    assert len({name for name, _ in told}) == len(set(told))


def serious(client: FlaskClient, newest: Snapshot) -> tuple[int, int, str]:
    """n, N and n of N in words with percent, of serious events in 480, as the HTTP table says."""
    table = client.get(f"/api/v1/{STUDY}/adverse-event-summary.json?cut={newest.cut}").get_json()
    (row,) = [row for row in table if (row["row"], row["cohort"]) == ("serious", "480")]
    return row["n"], row["of"], f"{row['n']} of {row['of']} dosed participants ({row['percent']:.0f} %); "


def test_a_cell_of_the_overview_is_named_by_number_event_and_cohort(client: FlaskClient, newest: Snapshot) -> None:
    n, of, _ = serious(client, newest)
    found = links(client, f"/{STUDY}/safety?cut={newest.cut}")
    (cell,) = [props for props in found if unquote(props["href"]).split("?")[0] == f"{PAGE}/events:serious::480"]
    text, _, where = cell["aria-label"].replace("\u00a0", " ").partition(": ")
    assert text.startswith(f"{n}/{of} (")
    assert where == "Serious event, 480 µg/kg"


def test_the_page_says_the_number_lists_the_participants_and_leads_back(client: FlaskClient, newest: Snapshot) -> None:
    (n, of, words), page = serious(client, newest), OpenedPage(client, f"{PAGE}/events:serious::480?cut={newest.cut}")
    text = said(page.layout)
    assert f"Serious event, 480 µg/kg {words}" in text
    led = [props["href"] for kind, props in walk(page.layout) if kind == "A"]
    assert f"/{STUDY}/safety?cut={newest.cut}" in led
    rows = list(csv.DictReader(io.StringIO(client.get(f"{API}/events:serious::480.csv?cut={newest.cut}").text)))
    for name in {row["participant"] for row in rows}:
        assert f"/{STUDY}/participants/{name}?cut={newest.cut}" in led
    assert len({row["participant"] for row in rows}) == n > 0
    assert f"{of - n} other participants of the {of} who could have counted" in text


def test_a_cell_of_a_filtered_view_says_its_filter(client: FlaskClient, newest: Snapshot) -> None:
    text = said(OpenedPage(client, f"{PAGE}/events:any::all?cut={newest.cut}&sex=F&related=yes").layout)
    assert "Filter: only events related to treatment, of any grade." in text
    assert "All cohorts; women" in text


def test_the_links_of_the_page_lead_to_the_cells_by_worst_grade(client: FlaskClient, newest: Snapshot) -> None:
    found = links(client, f"{PAGE}/terms:::all?cut={newest.cut}")
    counts = {unquote(props["href"]).split("?")[0]: int(props["children"].split(": ")[1].split()[0]) for props in found}
    assert len(counts) > 2
    for address, n in counts.items():
        rows = client.get(f"/api/v1{address}.json?cut={newest.cut}").get_json()
        assert len({row["participant"] for row in rows}) == n, address


@pytest.mark.parametrize("cell", ["nothing", "events:nothing::240", "events:any::960", "terms:%252F::all", "x" * 3000, "%25F0%259F", "%00"])
def test_an_address_of_no_cell_is_not_found_and_leads_on(client: FlaskClient, newest: Snapshot, cell: str) -> None:
    assert client.get(f"{PAGE}/{cell}?cut={newest.cut}").status_code == 404
    assert client.get(f"{API}/{cell}.csv?cut={newest.cut}").status_code == 404
    assert client.get(f"/{STUDY}/download/behind/{cell}/behind.csv?cut={newest.cut}").status_code == 404


def test_the_page_of_no_cell_says_so_in_the_view_it_was_asked_in(workspace: Workspace, newest: Snapshot) -> None:
    page, status = build_page(workspace, f"{PAGE}/events:any::480", f"cut={newest.cut}&cohort=240")
    assert status == 404
    text = str(page.to_plotly_json())
    assert "There is no cell “cohort 480”. There are: 240, all." in text
    assert f"/{STUDY}/safety?cut={newest.cut}&cohort=240" in text


@pytest.mark.parametrize("query", LISTED)
def test_a_hostile_query_never_makes_the_page_fail(client: FlaskClient, query: str) -> None:
    for address in (f"{PAGE}/events:any::240", f"{API}/events:any::240.csv", f"/{STUDY}/download/behind/shift:x/behind.xlsx"):
        assert client.get(f"{address}?{query}").status_code in (200, 302, 304, 400, 404, 414)


def test_the_page_pins_the_newest_data_cut(client: FlaskClient, newest: Snapshot) -> None:
    answer = client.get(f"{PAGE}/events:any::240?sex=F")
    assert (answer.status_code, answer.headers["Location"]) == (302, f"{PAGE}/events:any::240?cut={newest.cut}&sex=F")


@pytest.mark.parametrize("kind", ["csv", "xlsx"])
def test_the_rows_can_be_saved_and_say_which_cell_they_are_behind(client: FlaskClient, newest: Snapshot, kind: str) -> None:
    answer = client.get(f"/{STUDY}/download/behind/events%3Aserious%3A%3A480/behind.{kind}?cut={newest.cut}")
    assert answer.status_code == 200
    if kind == "csv":
        assert f"rows behind “Serious event, 480 µg/kg” ({serious(client, newest)[2]}" in answer.text
        assert f"http://localhost{PAGE}/events:serious::480?cut={newest.cut}" in answer.text


def test_two_cells_have_two_etags(client: FlaskClient, newest: Snapshot) -> None:
    tags = {client.get(f"{API}/events:any::{cohort}.csv?cut={newest.cut}").headers["ETag"] for cohort in ("240", "480", "all")}
    assert len(tags) == 3
