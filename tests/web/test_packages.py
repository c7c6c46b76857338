"""The package of a review: what a board takes home says what the page says, and the same view gives the same bytes."""

from __future__ import annotations

import io
import re
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from pypdf import PdfReader

from dashboard.errors import StorageError
from dashboard.interim import compose_review
from dashboard.package import PackageShelf, compose_package
from dashboard.printing.document import Document
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace

STUDY = "nct05600920"


@pytest.fixture(scope="module")
def address(interim: Snapshot) -> str:
    return f"/{STUDY}/download/package.{{}}?cut={interim.cut}&until=to-week-36"


@pytest.fixture(scope="module")
def files(demo_app: object, address: str) -> dict[str, bytes]:
    """The PDF and the HTML file of the interim cut."""
    client = demo_app.server.test_client()  # type: ignore[attr-defined]
    answers = {kind: client.get(address.format(kind)) for kind in ("pdf", "html")}
    assert {kind: answer.status_code for kind, answer in answers.items()} == {"pdf": 200, "html": 200}
    return {kind: answer.data for kind, answer in answers.items()}


@pytest.fixture(scope="module")
def printed(files: dict[str, bytes]) -> str:
    """The text of the PDF on one line, without the hyphens of line ends."""
    return " ".join(" ".join(page.extract_text() for page in PdfReader(io.BytesIO(files["pdf"])).pages).split())


def test_every_section_of_the_page_is_in_both_files(files: dict[str, bytes], printed: str, workspace: Workspace, interim: Snapshot) -> None:
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    html = unescape(files["html"].decode())
    for section in compose_review(scene):
        assert section.title in html
        assert section.title in printed


def test_every_participant_and_baseline_of_the_listing_is_printed(printed: str, workspace: Workspace, interim: Snapshot) -> None:
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    names = scene.analysis.participants["participant"].tolist()
    assert len(names) == 30
    assert [name for name in names if name not in printed] == []


def test_the_files_name_cut_view_and_address(
    files: dict[str, bytes], printed: str, demo_app: object, address: str, interim: Snapshot
) -> None:
    answer = demo_app.server.test_client().get(address.format("pdf"))  # type: ignore[attr-defined]
    name = re.search(r'filename="([^"]+)"', answer.headers["Content-Disposition"])
    assert name is not None
    fingerprint = name[1].removesuffix(".pdf").rsplit("-", 1)[1]
    assert name[1] == f"SYNTHETIC-{STUDY}-{interim.cut}-to-week-36-{fingerprint}.pdf"
    for text in (printed, files["html"].decode()):
        assert fingerprint in text
        assert interim.cut in text
        assert "SYNTHETIC" in text
    assert f"{STUDY}/interim?cut={interim.cut}" in unescape(files["html"].decode())


def test_the_html_file_asks_nobody_for_anything(files: dict[str, bytes]) -> None:
    html = files["html"].decode()
    assert "<script" not in html
    assert re.findall(r"(?:src|href)=[\"'](?!#|data:)", html) == []
    assert re.findall(r"url\((?!['\"]?(?:data:|#))", html) == []


def test_the_same_view_gives_the_same_bytes_when_it_is_made_again(
    files: dict[str, bytes], workspace: Workspace, interim: Snapshot, tmp_path: Path
) -> None:
    """A workspace of its own and an empty shelf: nothing is remembered."""
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    shelf = PackageShelf(tmp_path)
    first, again = (_make(PackageShelf(tmp_path / str(turn)), workspace, interim) for turn in range(2))
    assert first == again
    assert shelf.look(scene, "").made is False


def _make(shelf: PackageShelf, workspace: Workspace, interim: Snapshot) -> bytes:
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    return shelf.fetch(scene, "http://localhost/", "pdf", lambda: compose_package(workspace, scene, "http://localhost/"))


def test_progress_is_told_until_the_package_is_there(client: FlaskClient, files: dict[str, bytes], address: str, newest: Snapshot) -> None:
    done = client.get(address.format("json")).get_json()
    assert done == {"words": "the package is ready", "share": 1.0, "made": True}
    other = client.get(f"/{STUDY}/download/package.json?cut={newest.cut}&until=to-week-60").get_json()
    assert other == {"words": "not begun", "share": 0.0, "made": False}


def test_progress_is_readable_while_the_package_is_being_made(workspace: Workspace, interim: Snapshot, tmp_path: Path) -> None:
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    shelf, seen = PackageShelf(tmp_path), []

    def make() -> Document:
        seen.append(shelf.look(scene, "a"))
        raise StorageError("stopped here")

    with pytest.raises(StorageError, match="stopped here"):
        shelf.fetch(scene, "a", "pdf", make)
    assert [(progress.words, progress.made) for progress in seen] == [("the numbers are being computed", False)]
    assert shelf.look(scene, "a").words == "not begun"
    assert sorted(path.suffix for path in tmp_path.iterdir()) == [".lock"]


@pytest.fixture
def blocked(tmp_path: Path) -> Path:
    """A place where no folder can be made: a file stands there."""
    place = tmp_path / "packages"
    place.write_text("in the way")
    return place


def test_a_shelf_that_cannot_be_written_says_so(workspace: Workspace, interim: Snapshot, blocked: Path) -> None:
    scene, _ = workspace.open(STUDY, f"cut={interim.cut}&until=to-week-36")
    with pytest.raises(StorageError, match="the package cannot be kept"):
        PackageShelf(blocked).fetch(scene, "a", "pdf", lambda: compose_package(workspace, scene, "a"))


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"/{STUDY}/download/package.pdf?until=never", 400),
        ("/nothing/download/package.pdf", 404),
        (f"/{STUDY}/download/package.docx", 404),
        ("/cdiscpilot01/download/package.pdf", 404),
    ],
)
def test_what_cannot_be_made_is_refused(client: FlaskClient, path: str, status: int) -> None:
    assert client.get(path).status_code == status
