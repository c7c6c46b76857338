"""Layouts, callbacks and ids fit together on every page."""

from __future__ import annotations

import json

import dash_bootstrap_components as dbc
import pytest
from dash import Dash, html
from flask.testing import FlaskClient

from dashboard import ids
from tests.web.opened_page import OpenedPage, split_output, walk

PLAIN = set(vars(html)) - set(vars(dbc))
ADDRESSES = (
    "/",
    "/nothing/overview",
    "/nct05600920/overview",
    "/nct05600920/trajectories",
    "/nct05600920/thresholds",
    "/nct05600920/participants",
    "/nct05600920/participants/SYN-240-001",
    "/nct05600920/safety",
    "/nct05600920/exploratory",
    "/nct05600920/interim",
    "/nct05600920/data",
    "/nct05600920/data/quality",
    "/nct05600920/data/snapshots",
    "/nct05600920/data/changes",
    "/nct05600920/data/provenance",
    "/nct05600920/data/views",
)


@pytest.fixture
def pages(client: FlaskClient) -> dict[str, OpenedPage]:
    return {address: OpenedPage(client, address) for address in ADDRESSES}


def dependencies(page: OpenedPage) -> set[tuple[str, str]]:
    """Every (id, property) that a callback reads or writes."""
    found = set()
    for callback in page.callbacks.values():
        found |= set(split_output(callback["output"]))
        found |= {(part["id"], part["property"]) for part in callback["inputs"] + callback["state"]}
    return found


def test_no_page_leads_people_to_the_bare_files_of_the_http_tables(pages: dict[str, OpenedPage], client: FlaskClient) -> None:
    # A bare file is for programs: it carries no line that says what it is, and a cell may begin as a formula.
    for study, cell in (("ns7car", "overview"), ("nct05600920", "behind/events:serious::480")):
        pages[cell] = OpenedPage(client, f"/{study}/{cell}")
    hrefs = [str(props["href"]) for page in pages.values() for _, props in walk(page.layout) if "href" in props]
    assert len([href for href in hrefs if "/download/" in href]) > 20
    assert [href for href in hrefs if "/api/" in href] == []


def test_the_figures_of_a_source_are_saved_as_a_file_that_says_what_it_is(client: FlaskClient) -> None:
    links = [
        props for kind, props in walk(OpenedPage(client, "/ns7car/overview").layout) if kind == "A" and "reported" in str(props["href"])
    ]
    (href,) = [props["href"] for props in links]
    answer = client.get(href)
    assert answer.status_code == 200
    assert answer.text.startswith("# Study: ")
    assert "# Content: figures of the source beside those of the data cut, " in answer.text
    assert answer.headers["Content-Disposition"].endswith('-reported.csv"')


def test_every_id_of_a_callback_is_on_some_page(pages: dict[str, OpenedPage]) -> None:
    for pattern, prop in dependencies(pages["/"]):
        assert any(page.matching(pattern) for page in pages.values()), (pattern, prop)


def test_every_id_without_a_pattern_is_on_every_page(pages: dict[str, OpenedPage]) -> None:
    plain = {pattern for pattern, _ in dependencies(pages["/"]) if not pattern.startswith("{")}
    assert plain == {ids.URL, ids.PAGE, ids.VIEW, ids.NOTICES, ids.CLICKED, ids.SIGHT, ids.FINGERPRINT}
    for address, page in pages.items():
        assert plain - set(page.props) == set(), address


def test_every_component_with_a_pattern_is_read_or_written_by_a_callback(pages: dict[str, OpenedPage]) -> None:
    patterns = {pattern for pattern, _ in dependencies(pages["/"])}
    for page in pages.values():
        reached = {written for pattern in patterns for written in page.matching(pattern)}
        assert {written for written in page.props if written.startswith("{")} == {written for written in reached if written.startswith("{")}


def test_a_click_on_a_control_redraws_nothing_around_it(pages: dict[str, OpenedPage]) -> None:
    """Dash counts clicks on HTML components with an id, and every count redraws what they hold."""
    for address, page in pages.items():
        counted = [props["id"] for kind, props in walk(page.layout) if "id" in props and kind in PLAIN and "disable_n_clicks" not in props]
        assert counted == [], address


def test_no_id_stands_twice_on_a_page(pages: dict[str, OpenedPage]) -> None:
    for address, page in pages.items():
        written = [json.dumps(props["id"], sort_keys=True) for _, props in walk(page.layout) if "id" in props]
        assert sorted(written) == sorted(set(written)), address


def test_every_figure_keeps_its_data_here(pages: dict[str, OpenedPage]) -> None:
    graphs = [props for page in pages.values() for kind, props in walk(page.layout) if kind == "Graph"]
    assert len(graphs) == 5 + 5 + 1 + 7 + 8 + 19 + 1
    for props in graphs:
        assert props["config"]["showSendToCloud"] is False
        assert props["config"]["plotlyServerURL"] == ""
        assert props["config"]["displaylogo"] is False


def test_exceptions_of_callbacks_are_not_suppressed(demo_app: Dash) -> None:
    assert demo_app.config.suppress_callback_exceptions is False


def test_callbacks_never_run_at_the_first_load(pages: dict[str, OpenedPage]) -> None:
    assert all(callback["prevent_initial_call"] for callback in pages["/"].callbacks.values())


def test_nothing_on_a_page_points_to_another_host(pages: dict[str, OpenedPage]) -> None:
    for page in pages.values():
        addresses = [props[name] for _, props in walk(page.layout) for name in ("href", "src") if isinstance(props.get(name), str)]
        assert [address for address in addresses if not address.startswith(("/", "#"))] == []


def test_every_control_has_a_name_a_reader_can_hear(pages: dict[str, OpenedPage]) -> None:
    for kind, props in (found for page in pages.values() for found in walk(page.layout)):
        if kind == "Label":
            inside = [name for name, _ in walk(props.get("children"))]
            assert any(isinstance(part, str) and part for part in props["children"])
            assert {"Input", "Select"} & set(inside)
