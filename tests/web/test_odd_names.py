"""Participants whose names are hard to write in an address."""

from __future__ import annotations

from dataclasses import replace
from urllib.parse import quote, unquote

import pandas as pd
import pytest
from dash import Dash
from flask.testing import FlaskClient

from dashboard.errors import NotFoundError
from dashboard.factory import assemble_app
from dashboard.settings import Settings
from dashboard.study.snapshot import Snapshot, StudyData
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.web.health import Readiness
from data_access.content_hash import empty_table
from tests.endpoints.builders import build_data, course

NAMES = ("plain", "with space", "a/b", "50%", "a%41", "q?x=1", "x#y", "ünïcode", "=1+1", "<b>", "a&b", "..")


class OneSnapshot:
    """A repository of one snapshot of given rows."""

    def __init__(self, data: StudyData) -> None:
        self._data = data

    def list_published(self, study: str) -> list[Snapshot]:
        return [self._data.snapshot] if study == self._data.snapshot.study else []

    def list_withdrawn(self, study: str) -> list[Snapshot]:
        return []

    def find(self, study: str, cut: str | None) -> Snapshot:
        found = [snapshot for snapshot in self.list_published(study) if cut in (None, snapshot.cut)]
        if not found:
            raise NotFoundError("data cut", str(cut))
        return found[0]

    def load(self, snapshot: Snapshot) -> StudyData:
        return replace(self._data, snapshot=snapshot)

    def load_records(self, snapshot: Snapshot, table: str) -> pd.DataFrame:
        return empty_table(table)


@pytest.fixture(scope="module")
def app(tmp_path_factory: pytest.TempPathFactory) -> Dash:
    values = [row for name in NAMES for row in course(name, {0: 100.0, 14: 250.0, 420: 310.0})]
    settings = Settings(var=tmp_path_factory.mktemp("odd"))
    return assemble_app(settings, OneSnapshot(build_data(values)), lambda: Readiness("head", "head", None))


@pytest.fixture
def odd_client(app: Dash) -> FlaskClient:
    return app.server.test_client()


@pytest.mark.parametrize("name", NAMES)
def test_a_participants_page_answers_under_the_quoted_name(odd_client: FlaskClient, name: str) -> None:
    address = f"/nct05600920/participants/{quote(name, safe='')}?cut=ababababab"
    assert odd_client.get(address).status_code == 200
    page = odd_client.get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_data(as_text=True)
    assert "does not exist" not in page


@pytest.mark.parametrize("name", NAMES)
def test_the_pinned_address_is_still_that_of_the_participant(odd_client: FlaskClient, name: str) -> None:
    answer = odd_client.get(f"/nct05600920/participants/{quote(name, safe='')}")
    assert answer.status_code == 302
    path, _, query = answer.headers["Location"].partition("?")
    assert (unquote(path), query) == (f"/nct05600920/participants/{name}", "cut=ababababab")


@pytest.mark.parametrize("name", NAMES)
def test_the_download_of_a_participant_holds_that_participants_records(odd_client: FlaskClient, name: str) -> None:
    answer = odd_client.get(f"/nct05600920/download/participant/{quote(name, safe='')}/trajectories.csv?cut=ababababab")
    assert answer.status_code == 200
    rows = [line for line in answer.get_data(as_text=True).splitlines() if line.endswith("false") or line.endswith("true")]
    assert len(rows) == 3
