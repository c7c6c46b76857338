"""Delivering as a browser does it: files in a form, the state until it is what a test waits for."""

from __future__ import annotations

import time
from collections.abc import Mapping
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import FileStorage, MultiDict
from werkzeug.test import TestResponse, encode_multipart

STUDY = "nct05600920"
DESK = f"/api/v1/{STUDY}/deliveries"
OWN = {"Origin": "http://localhost", "Sec-Fetch-Site": "same-origin"}
SECONDS_TO_WAIT = 60

Content = Mapping[str, bytes]


def read_files(folder: Path) -> dict[str, bytes]:
    """The files of a folder by name."""
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir())}


def send(client: FlaskClient, files: Content, address: str = DESK, headers: Mapping[str, str] = OWN, **fields: str) -> TestResponse:
    """Send `files` as a form."""
    # Encoded here: the client's own encoding leaves a temporary file open when the form is large.
    parts = [FileStorage(BytesIO(content), name) for name, content in files.items()]
    boundary, body = encode_multipart(MultiDict([*fields.items(), *(("file", part) for part in parts)]))
    return client.post(address, data=body, content_type=f"multipart/form-data; boundary={boundary}", headers=headers)


def post(client: FlaskClient, address: str, headers: Mapping[str, str] = OWN, **values: object) -> TestResponse:
    """Send `values` as a JSON object."""
    return client.post(address, json=values, headers=headers)


def deliver(client: FlaskClient, folder: Path, **fields: str) -> str:
    """Send the files of a folder; the address of the delivery."""
    answer = send(client, read_files(folder), **fields)
    assert answer.status_code == 202, answer.text
    return answer.headers["Location"]


def wait_for(client: FlaskClient, address: str, *states: str) -> dict[str, Any]:
    """The delivery when it is in one of `states`; fails when it ends in another one."""
    end = time.monotonic() + SECONDS_TO_WAIT
    while time.monotonic() < end:
        job: dict[str, Any] = client.get(address).get_json()
        if job["state"] in states:
            return job
        if not job["active"]:
            break
        time.sleep(0.05)
    pytest.fail(f"the delivery is {job['state']} and never {' or '.join(states)}: {job}")
