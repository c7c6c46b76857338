from __future__ import annotations

import gzip
import hashlib
from pathlib import Path

import brotli
import pytest
from flask.testing import FlaskClient
from werkzeug.datastructures import Accept
from werkzeug.http import parse_accept_header

from dashboard.errors import NotFoundError
from dashboard.web.compression import CompressedBodies
from dashboard.web.static_files import choose_coding, precompress, read_assets
from tests.web.bare_app import ASSETS, BUNDLE, FONT, build_app

STYLE = b"body { color: #123456; }\n" * 100
FOREVER = "public, max-age=31536000, immutable"
UNPACK = {"br": brotli.decompress, "gzip": gzip.decompress}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    made = tmp_path / "assets"
    (made / "fonts").mkdir(parents=True)
    (made / "style.css").write_bytes(STYLE)
    (made / "tiny.css").write_bytes(b"a{}")
    (made / "fonts" / "some.woff2").write_bytes(b"wOF2" + bytes(2000))
    (made / ".hidden").write_bytes(b"secret")
    return made


@pytest.fixture
def client(tmp_path: Path, folder: Path) -> FlaskClient:
    return build_app(tmp_path / "var", folder)[0].server.test_client()


def test_an_address_carries_the_first_12_digits_of_the_sha256(folder: Path) -> None:
    # SHA-256 of "a{}" from `printf 'a{}' | sha256sum`
    assert read_assets(folder).url("tiny.css") == "/assets/tiny.css?h=5f546eb4606b"


def test_every_file_but_hidden_ones_has_an_address(folder: Path) -> None:
    assert read_assets(folder).names == ("fonts/some.woff2", "style.css", "tiny.css")


def test_an_unknown_asset_is_named_with_the_known_ones(folder: Path) -> None:
    with pytest.raises(NotFoundError, match=r"no asset “style\.scss”.*style\.css"):
        read_assets(folder).url("style.scss")


@pytest.mark.parametrize("coding", ["br", "gzip"])
def test_a_compressed_answer_unpacks_to_the_file(client: FlaskClient, coding: str) -> None:
    answer = client.get("/assets/style.css", headers={"Accept-Encoding": coding})
    assert answer.headers["Content-Encoding"] == coding
    assert int(answer.headers["Content-Length"]) == len(answer.data) < len(STYLE)
    assert UNPACK[coding](answer.data) == STYLE


def test_a_browser_that_accepts_no_coding_gets_the_plain_file(client: FlaskClient) -> None:
    answer = client.get("/assets/style.css")
    assert "Content-Encoding" not in answer.headers
    assert answer.data == STYLE


@pytest.mark.parametrize(
    ("accepted", "coding"),
    [
        ("gzip, deflate, br", "br"),
        ("br;q=0.5, gzip;q=0.9", "gzip"),
        ("br;q=0, gzip", "gzip"),
        ("gzip;q=0, br;q=0", "identity"),
        ("deflate", "identity"),
        ("*", "br"),
        ("", "identity"),
    ],
)
def test_the_coding_is_the_one_the_browser_likes_best(accepted: str, coding: str) -> None:
    assert choose_coding(parse_accept_header(accepted, Accept)) == coding


def test_every_text_answer_says_that_it_depends_on_the_accepted_codings(client: FlaskClient) -> None:
    plain, packed = (client.get("/assets/style.css", headers={"Accept-Encoding": coding}) for coding in ("identity", "br"))
    assert plain.headers["Vary"] == packed.headers["Vary"] == "Accept-Encoding"
    assert plain.headers["ETag"] != packed.headers["ETag"]


@pytest.mark.parametrize("name", ["tiny.css", "fonts/some.woff2"])
def test_small_files_and_fonts_are_not_compressed(client: FlaskClient, name: str) -> None:
    answer = client.get(f"/assets/{name}", headers={"Accept-Encoding": "br, gzip"})
    assert "Content-Encoding" not in answer.headers
    assert "Vary" not in answer.headers


def test_a_file_is_kept_for_a_year_under_the_address_of_its_content_only(client: FlaskClient, folder: Path) -> None:
    right = read_assets(folder).url("style.css")
    kept = {
        address: client.get(address).headers["Cache-Control"]
        for address in (right, "/assets/style.css", "/assets/style.css?h=000000000000")
    }
    assert list(kept.values()) == [FOREVER, "no-cache", "no-cache"]


def test_a_file_changed_on_disk_is_answered_with_its_new_content(client: FlaskClient, folder: Path) -> None:
    old_address = read_assets(folder).url("style.css")
    client.get(old_address, headers={"Accept-Encoding": "br"})
    (folder / "style.css").write_bytes(STYLE.replace(b"#123456", b"#654321"))
    answer = client.get(old_address, headers={"Accept-Encoding": "br"})
    assert b"#654321" in brotli.decompress(answer.data)
    assert answer.headers["Cache-Control"] == "no-cache"


def test_a_known_etag_is_answered_with_304_and_no_body(client: FlaskClient) -> None:
    first = client.get("/assets/style.css", headers={"Accept-Encoding": "br"})
    again = client.get("/assets/style.css", headers={"Accept-Encoding": "br", "If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data, again.headers["ETag"]) == (304, b"", first.headers["ETag"])
    assert again.headers["Cache-Control"] == "no-cache"


def test_the_etag_of_one_coding_does_not_answer_for_another(client: FlaskClient) -> None:
    packed = client.get("/assets/style.css", headers={"Accept-Encoding": "br"})
    assert client.get("/assets/style.css", headers={"If-None-Match": packed.headers["ETag"]}).status_code == 200


def test_a_date_alone_never_makes_an_old_copy_valid(client: FlaskClient) -> None:
    answer = client.get("/assets/style.css", headers={"If-Modified-Since": "Fri, 01 Jan 2100 00:00:00 GMT"})
    assert (answer.status_code, answer.data) == (200, STYLE)
    assert "Last-Modified" not in answer.headers


def test_head_says_what_get_would_send(client: FlaskClient) -> None:
    headers = {"Accept-Encoding": "br"}
    get, head = client.get("/assets/style.css", headers=headers), client.head("/assets/style.css", headers=headers)
    assert head.data == b""
    assert {name: head.headers[name] for name in ("Content-Length", "ETag", "Content-Encoding", "Cache-Control")} == {
        name: get.headers[name] for name in ("Content-Length", "ETag", "Content-Encoding", "Cache-Control")
    }


def test_a_range_is_answered_with_the_whole_file(client: FlaskClient) -> None:
    answer = client.get("/assets/style.css", headers={"Range": "bytes=0-9"})
    assert (answer.status_code, answer.data, answer.headers["Accept-Ranges"]) == (200, STYLE, "none")


@pytest.mark.parametrize(
    "address",
    [
        "/assets/none.css",
        "/assets/../pyproject.toml",
        "/assets/%2e%2e/pyproject.toml",
        "/assets/..%2fpyproject.toml",
        "/assets/fonts",
        "/assets/%00",
        "/assets/%ff.css",
        "/_dash-component-suites/os/path.py",
        "/_dash-component-suites/dash/dcc/none.js",
        "/_dash-component-suites/dash/..%2fdash.py",
        "/_dash-component-suites/none/%00",
    ],
)
def test_what_is_not_a_static_file_is_404_and_not_stored(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 404
    assert answer.headers["Cache-Control"] == "no-store"


@pytest.mark.parametrize("address", ["/", "/_dash-layout", "/_dash-dependencies", "/assets/"])
def test_what_the_application_answers_itself_is_left_alone(client: FlaskClient, address: str) -> None:
    answer = client.get(address, headers={"Accept-Encoding": "br"})
    assert answer.status_code == 200
    assert "Content-Encoding" not in answer.headers
    assert answer.headers["Cache-Control"] == "no-store"


def test_precompress_reaches_every_script_the_page_loads(tmp_path: Path) -> None:
    app, assets = build_app(tmp_path / "var")
    addresses = precompress(app.server)
    assert assets.url(BUNDLE) in addresses
    assert any("/dash-renderer/" in address for address in addresses)
    stored = {path.name for path in (tmp_path / "var" / "static").iterdir()}
    assert f"{hashlib.sha256((ASSETS / BUNDLE).read_bytes()).hexdigest()}.br" in stored
    client = app.server.test_client()
    answers = [client.get(address, headers={"Accept-Encoding": "br"}) for address in addresses]
    assert {answer.headers["Cache-Control"] for answer in answers} == {FOREVER}
    assert {answer.headers["Content-Encoding"] for answer in answers} == {"br"}
    assert {path.name for path in (tmp_path / "var" / "static").iterdir()} == stored


def test_the_server_does_not_start_when_a_file_of_the_page_is_missing(tmp_path: Path) -> None:
    app, _ = build_app(tmp_path / "var")
    app.index_string = app.index_string.replace("plotly-cartesian", "plotly-none")
    with pytest.raises(RuntimeError, match=r"plotly-none\.min\.js.* answered 404"):
        precompress(app.server)


def test_a_stored_form_is_used_by_the_next_process(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    first = CompressedBodies(tmp_path).compress(STYLE, "br")
    monkeypatch.setattr("dashboard.web.compression.COMPRESS", {})
    assert CompressedBodies(tmp_path).compress(STYLE, "br") == first


@pytest.mark.parametrize("damage", [b"", b"garbage", brotli.compress(b"another body")])
def test_a_damaged_or_exchanged_stored_form_is_never_served(tmp_path: Path, damage: bytes) -> None:
    CompressedBodies(tmp_path).compress(STYLE, "br")
    (stored,) = tmp_path.iterdir()
    stored.write_bytes(damage)
    assert brotli.decompress(CompressedBodies(tmp_path).compress(STYLE, "br")) == STYLE
    assert brotli.decompress(stored.read_bytes()) == STYLE


def test_without_a_writable_folder_bodies_are_still_compressed(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "file").write_bytes(b"in the way")
    assert gzip.decompress(CompressedBodies(tmp_path / "file" / "static").compress(STYLE, "gzip")) == STYLE
    assert "kept in memory only" in caplog.text


def test_an_unknown_coding_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(KeyError, match="zstd"):
        CompressedBodies(tmp_path).compress(STYLE, "zstd")


def test_a_font_is_served_whole_and_kept_for_a_year(tmp_path: Path) -> None:
    app, assets = build_app(tmp_path / "var")
    answer = app.server.test_client().get(assets.url(FONT), headers={"Accept-Encoding": "br"})
    assert (answer.mimetype, answer.data, answer.headers["Cache-Control"]) == ("font/woff2", (ASSETS / FONT).read_bytes(), FOREVER)
