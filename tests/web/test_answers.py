"""Answers made anew for each request go over the line compressed, and unpack to what was answered."""

from __future__ import annotations

import gzip

import brotli
import pytest
from flask import Flask, Response, jsonify
from flask.testing import FlaskClient

from dashboard.web.answers import register_answer_compression

LONG = {"caption": "Thick: median by cohort, with quartiles where n ≥ 5. " * 40}


@pytest.fixture
def client() -> FlaskClient:
    server = Flask("answers", static_folder=None)
    register_answer_compression(server)
    server.add_url_rule("/long", "long", lambda: jsonify(LONG))
    server.add_url_rule("/short", "short", lambda: jsonify(status="ok"))
    server.add_url_rule("/named", "named", lambda: Response("x" * 5_000, mimetype="text/csv", headers={"ETag": '"cut"'}))
    server.add_url_rule("/image", "image", lambda: Response(b"\x00" * 5_000, mimetype="image/png"))
    server.add_url_rule("/stream", "stream", lambda: Response(iter(["x" * 5_000]), mimetype="text/csv"))
    return server.test_client()


@pytest.mark.parametrize(("coding", "unpack"), [("br", brotli.decompress), ("gzip", gzip.decompress)])
def test_a_compressed_answer_unpacks_to_the_plain_one(client: FlaskClient, coding: str, unpack) -> None:
    plain = client.get("/long")
    packed = client.get("/long", headers={"Accept-Encoding": coding})
    assert packed.headers["Content-Encoding"] == coding
    assert unpack(packed.data) == plain.data
    assert int(packed.headers["Content-Length"]) == len(packed.data) < len(plain.data) / 2


def test_a_browser_that_accepts_no_coding_gets_the_plain_answer_and_caches_are_told_why(client: FlaskClient) -> None:
    plain = client.get("/long")
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize("path", ["/short", "/named", "/image", "/stream"])
def test_short_named_binary_and_streamed_answers_stay_as_they_are(client: FlaskClient, path: str) -> None:
    assert "Content-Encoding" not in client.get(path, headers={"Accept-Encoding": "br"}).headers


def test_head_announces_the_length_that_get_sends(client: FlaskClient) -> None:
    accept = {"Accept-Encoding": "br"}
    assert client.head("/long", headers=accept).headers["Content-Length"] == client.get("/long", headers=accept).headers["Content-Length"]
