from __future__ import annotations

import base64
import hashlib
import re
from io import BytesIO
from pathlib import Path

import pytest
from flask import Flask, request

from dashboard.web.headers import describe_content_policy, register_security_headers
from tests.web.bare_app import build_app

LIMIT = 256 * 1024


@pytest.fixture
def server() -> Flask:
    made = Flask("headers")
    register_security_headers(made, lambda: ["'sha256-abc='"])
    made.add_url_rule("/length", "length", view_func=lambda: str(len(request.get_data())), methods=["POST"])
    made.add_url_rule("/unread", "unread", view_func=lambda: "fine", methods=["POST"])
    return made


@pytest.mark.parametrize("address", ["/", "/_dash-layout", "/assets/none.js", "/assets/vendor/inter-subset.woff2"])
def test_every_answer_carries_the_security_headers(tmp_path: Path, address: str) -> None:
    headers = build_app(tmp_path)[0].server.test_client().get(address).headers
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cross-Origin-Opener-Policy"] == "same-origin"
    assert "camera=()" in headers["Permissions-Policy"]
    assert "frame-ancestors 'none'" in headers["Content-Security-Policy"]


def test_no_script_runs_but_files_of_this_server_and_the_hashed_ones() -> None:
    directives = dict(part.split(" ", 1) for part in describe_content_policy(["'sha256-abc='"]).split("; "))
    assert directives["default-src"] == "'none'"
    assert directives["script-src"] == "'self' 'sha256-abc='"
    assert {name for name, sources in directives.items() if "unsafe" in sources} == {"style-src"}
    assert not re.search(r"https?:|\*", " ".join(directives.values()))


def test_every_inline_script_of_the_page_is_one_the_policy_allows(tmp_path: Path) -> None:
    answer = build_app(tmp_path)[0].server.test_client().get("/")
    inline = re.findall(r"<script(?![^>]*(?:src=|application/json))[^>]*>(.*?)</script>", answer.get_data(as_text=True), re.DOTALL)
    assert len(inline) == 2  # the renderer and the callback that runs in the browser
    for script in inline:
        assert base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() in answer.headers["Content-Security-Policy"]


def test_answers_of_the_application_are_not_stored(server: Flask) -> None:
    assert server.test_client().post("/unread").headers["Cache-Control"] == "no-store"


def test_a_body_of_256_kib_is_read(server: Flask) -> None:
    assert server.test_client().post("/length", data=bytes(LIMIT)).text == "262144"


@pytest.mark.parametrize("address", ["/length", "/unread"])
def test_a_larger_body_is_answered_with_413_whether_it_is_read_or_not(server: Flask, address: str) -> None:
    answer = server.test_client().post(address, data=bytes(LIMIT + 1))
    assert answer.status_code == 413
    assert answer.headers["Cache-Control"] == "no-store"


def test_a_body_of_unknown_length_is_answered_with_411(server: Flask) -> None:
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = server.test_client().post("/length", input_stream=BytesIO(bytes(LIMIT + 1)), environ_overrides=chunked)
    assert answer.status_code == 411


def test_a_callback_with_a_larger_body_is_answered_with_413(tmp_path: Path) -> None:
    client = build_app(tmp_path)[0].server.test_client()
    body = b'{"output": "' + bytes(LIMIT) + b'"}'
    assert client.post("/_dash-update-component", data=body, content_type="application/json").status_code == 413
