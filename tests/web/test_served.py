"""The product as the Procfile starts it: workers, start-up, static files and stopping."""

from __future__ import annotations

import json
import urllib.request
from concurrent.futures import ThreadPoolExecutor
from email.message import Message
from pathlib import Path

import brotli

from tests.serving import ROOT, Served, serve


def get(address: str, **headers: str) -> tuple[int, Message, bytes]:
    request = urllib.request.Request(address, headers={name.replace("_", "-"): value for name, value in headers.items()})
    with urllib.request.urlopen(request, timeout=30) as answer:
        return answer.status, answer.headers, answer.read()


def test_the_served_product_is_ready_and_names_its_newest_snapshot(served: Served) -> None:
    status, _, body = get(f"{served.url}/readyz")
    state = json.loads(body)
    assert (status, state["status"], state["migration"]) == (200, "ready", state["migration_head"])
    assert len(state["snapshot"]) == 64


def test_the_first_burst_of_requests_is_answered_by_every_worker(served: Served) -> None:
    with ThreadPoolExecutor(16) as pool:
        answers = list(pool.map(get, [f"{served.url}/_dash-dependencies"] * 48))
    assert {status for status, _, _ in answers} == {200}
    assert len({body for _, _, body in answers}) == 1
    assert json.loads(answers[0][2])


def test_every_script_of_the_start_page_was_compressed_before_the_first_reader(served: Served) -> None:
    stored = {path.name for path in (served.var / "static").iterdir()}
    _, headers, page = get(f"{served.url}/")
    assert headers["Cache-Control"] == "no-store"
    (bundle,) = {part for part in page.decode().split('"') if part.startswith("/assets/vendor/plotly-cartesian.min.js?h=")}
    _, headers, body = get(f"{served.url}{bundle}", Accept_Encoding="br")
    assert headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert brotli.decompress(body) == (ROOT / "assets" / "vendor" / "plotly-cartesian.min.js").read_bytes()
    assert {path.name for path in (served.var / "static").iterdir()} == stored


def test_the_server_says_where_it_is_and_logs_no_address(served: Served) -> None:
    get(f"{served.url}/healthz?secret-word")
    written = served.log.read_text()
    assert f"Lymphotrace: {served.url}\n" in written
    assert "secret-word" not in written


def test_the_server_stops_when_asked(tmp_path: Path) -> None:
    with serve(tmp_path) as running:
        running.process.terminate()
        # A worker that is asked while it is still starting misses the word, and is ended after the graceful timeout of 30 s.
        assert running.process.wait(60) == 0
