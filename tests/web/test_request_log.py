"""One line in the log for each request: route, status, time, reader and id; no address, no query, no participant."""

from __future__ import annotations

import json
import logging
import re
import urllib.request
from pathlib import Path

import pytest
from flask.testing import FlaskClient

from dashboard.logs import FIELDS
from tests.serving import serve
from tests.web.guarded import OWN, STUDY, House

PERSON = "SYN-240-001"


def fields_of(caplog: pytest.LogCaptureFixture) -> list[dict[str, object]]:
    """The further fields of the lines on requests."""
    return [getattr(record, FIELDS) for record in caplog.records if record.name == "lymphotrace.request"]


def test_a_request_is_one_line_with_the_id_of_the_answer(client: FlaskClient, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG, "lymphotrace.request")
    answer = client.get(f"/{STUDY}/participants/{PERSON}?cohort=240")
    (fields,) = fields_of(caplog)
    assert re.fullmatch(r"[0-9a-f]{16}", answer.headers["X-Request-Id"])
    milliseconds = fields.pop("milliseconds")
    assert isinstance(milliseconds, float)
    assert fields == {
        "request": answer.headers["X-Request-Id"], "method": "GET", "route": "/<path:path>", "status": answer.status_code, "reader": "",
    }  # fmt: skip


def test_an_id_that_the_caller_chose_is_not_taken(client: FlaskClient) -> None:
    ids = {client.get("/healthz", headers={"X-Request-Id": "mine"}).headers["X-Request-Id"] for _ in range(2)}
    assert len(ids) == 2
    assert "mine" not in ids


@pytest.mark.parametrize(
    ("address", "status"),
    [
        (f"/api/v1/{STUDY}/trajectories.csv?cohort=240&age=18-60", 200),
        (f"/{STUDY}/download/participant/{PERSON}/trajectories.csv", 200),
        (f"/{STUDY}/participants/{PERSON}?age=18-60", 302),
        (f"/{STUDY}/participants/none-{PERSON}", 404),
        (f"/api/v1/{STUDY}/none-{PERSON}.csv", 404),
        (f"/api/v1/{STUDY}/trajectories.csv?age={PERSON}", 400),
        (f"/nowhere/{PERSON}/x/y/z", 404),
    ],
)
def test_no_line_holds_a_participant_or_what_was_selected(
    house: House, caplog: pytest.LogCaptureFixture, address: str, status: int
) -> None:
    caplog.set_level(logging.DEBUG)
    answer = house.client("stan").get(address)
    assert answer.status_code == status
    told = json.dumps([record.getMessage() for record in caplog.records]) + json.dumps(fields_of(caplog))
    assert PERSON not in told
    assert "18-60" not in told
    assert fields_of(caplog)[-1]["reader"] == "stan"
    assert fields_of(caplog)[-1]["status"] == status


def test_a_callback_is_told_by_its_route_alone(house: House, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    answer = house.client("stan").post("/_dash-update-component", json={"output": PERSON}, headers=OWN)
    assert answer.status_code == 400
    assert fields_of(caplog)[-1]["route"] == "/_dash-update-component"
    assert PERSON not in json.dumps(fields_of(caplog))


@pytest.mark.slow
def test_a_server_told_to_write_json_writes_nothing_else(tmp_path: Path) -> None:
    with serve(tmp_path, LOG_FORMAT="json") as running:
        for address in (f"/{STUDY}/participants/{PERSON}", "/healthz"):
            urllib.request.urlopen(f"{running.url}{address}", timeout=30).close()
        written = running.log.read_text(encoding="utf-8").splitlines()
    # The address for the person at the terminal is the one line that is no message.
    lines = [json.loads(line) for line in written if not line.startswith("Lymphotrace: http://")]
    assert len(lines) == len(written) - 1
    assert {"gunicorn.error", "lymphotrace.request"} <= {line["logger"] for line in lines}
    assert PERSON not in running.log.read_text(encoding="utf-8")
