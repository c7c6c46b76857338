"""A third study costs no Python: one definition file, one small delivery, and every page opens."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest
from flask.testing import FlaskClient

from dashboard.factory import assemble_app, open_repository
from dashboard.panels import page_panels
from dashboard.provenance import describe_derivation
from dashboard.rendering import render_panel
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.tables import TABLES
from dashboard.web.health import Readiness
from dashboard.workspace import Workspace
from data_access.delivery import read_delivery
from data_access.repository import SqlRepository
from layouts.frame import DATA_PAGES, PAGES, offer_pages
from tests.study.third import KEY, write_third
from tests.study.third_delivery import PEOPLE, write_delivery
from tests.web.opened_page import OpenedPage

FAILED = ("could not be computed", "was not applied")
SPLITS = ("", "by=trial", "by=blasts&cohort=ge20,not-reported", "by=involvement&having=trial.t-1,disease.lymphoma")


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    folder = tmp_path_factory.mktemp("third")
    (folder / "studies").mkdir()
    write_third(folder / "studies")
    return Settings(var=folder / "var", studies=folder / "studies")


@pytest.fixture(scope="module")
def repository(settings: Settings) -> Iterator[SqlRepository]:
    """The delivery of the third study, imported and published."""
    study = read_definitions(settings.studies)[KEY]
    repository = open_repository(settings)
    delivery = read_delivery(study, [write_delivery(settings.var / "delivery")])
    assert {note.code for note in delivery.report.notes} == {"no-manifest"}
    repository.publish(KEY, repository.store_draft(delivery, "first cut").content_hash)
    yield repository
    repository.engine.dispose()


@pytest.fixture(scope="module")
def client(settings: Settings, repository: SqlRepository) -> FlaskClient:
    app = assemble_app(settings, repository, lambda: Readiness("head", "head", None))
    client: FlaskClient = app.server.test_client()
    return client


@pytest.fixture(scope="module")
def workspace(settings: Settings, repository: SqlRepository) -> Workspace:
    return Workspace(read_definitions(settings.studies), repository)


def addresses(workspace: Workspace) -> list[str]:
    """Every page the study offers, one participant's, and the pages about the data."""
    scene, _ = workspace.open(KEY, "")
    return [*offer_pages(scene), f"participants/{PEOPLE[0].name}", *DATA_PAGES]


def test_every_page_is_offered_but_the_review_and_that_of_findings_which_are_no_responses(workspace: Workspace) -> None:
    scene, _ = workspace.open(KEY, "")
    assert set(PAGES) - set(offer_pages(scene)) == {"exploratory", "interim"}


@pytest.mark.parametrize("split", SPLITS[:2])
def test_every_page_opens_without_a_failure(split: str, client: FlaskClient, workspace: Workspace) -> None:
    for page in addresses(workspace):
        address = f"/{KEY}/{page}?{split}"
        assert client.get(address, follow_redirects=True).status_code == 200, address
        layout = json.dumps(OpenedPage(client, address).layout)
        assert [words for words in FAILED if words in layout] == [], address


@pytest.mark.parametrize("split", SPLITS)
def test_no_panel_fails(split: str, workspace: Workspace) -> None:
    scene, problems = workspace.open(KEY, split)
    assert problems == ()
    panels = [pair for page in offer_pages(scene) for pair in page_panels(page, scene.protocol)]
    assert len(panels) > 20
    drawn = [render_panel(workspace, scene, panel, subject) for panel, subject in panels]
    assert [content.panel.key for content in drawn if content.failure] == []


@pytest.mark.parametrize("split", SPLITS)
def test_every_table_answers(split: str, client: FlaskClient) -> None:
    answers = {name: client.get(f"/api/v1/{KEY}/{name}.json?{split}").status_code for name in TABLES}
    assert {name: code for name, code in answers.items() if code != 200} == {}


def test_the_participants_of_each_trial_are_those_of_the_delivery(client: FlaskClient) -> None:
    table = client.get(f"/api/v1/{KEY}/participants.json?by=trial").get_json()
    cohorts = {row["participant"]: row["cohort"] for row in table}
    assert cohorts == {person.name: person.trial.lower() for person in PEOPLE}


def test_a_participants_groups_are_traced_to_the_rows_that_hold_them(workspace: Workspace) -> None:
    # Row 3 of participants.csv is A-3: 20 % blasts in marrow and elsewhere, so 20 % or more.
    scene, _ = workspace.open(KEY, "by=blasts&of=participant:A-3")
    steps = {step.title: step for step in describe_derivation(scene).steps}
    assert "A-3 is in “20 % or more” of Blasts in marrow, by the column BLASTS of the delivery." in steps["Blasts in marrow"].sentence
    assert [(row[0], row[1], row[2]) for row in steps["Groups"].rows] == [
        ("participants", "3", "TEST-T-1"), ("participants", "3", "BOTH"), ("participants", "3", "20"),
    ]  # fmt: skip
