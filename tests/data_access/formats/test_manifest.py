"""A manifest is held against every file: bytes, rows, and that nothing is missing or added."""

from __future__ import annotations

import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from data_access.formats.manifest import read_manifest
from data_access.formats.receiving import receive
from tests.data_access.formats.samples import refusal_of, write_xlsx_file

DM = b"USUBJID,AGE\nP1,63\nP2,64\n"
SHA = hashlib.sha256(DM).hexdigest()


def _folder(folder: Path, manifest: Any, **more: bytes) -> Path:
    (folder / "dm.csv").write_bytes(DM)
    for name, content in more.items():
        (folder / name.replace("_", ".")).write_bytes(content)
    (folder / "manifest.json").write_text(manifest if isinstance(manifest, str) else json.dumps(manifest))
    return folder


def _files(*entries: dict[str, Any]) -> dict[str, Any]:
    return {"files": list(entries)}


GOOD = {"name": "dm.csv", "sha256": SHA, "rows": 2}


@pytest.mark.parametrize("manifest", [_files(GOOD), {"dm.csv": {"sha256": SHA.upper(), "rows": 2}}])
def test_a_delivery_that_is_what_its_manifest_says_is_read(tmp_path: Path, manifest: Any) -> None:
    received = receive([_folder(tmp_path, manifest)])
    assert (len(received.tables), received.has_manifest) == (1, True)


def test_without_a_manifest_the_delivery_says_so(tmp_path: Path) -> None:
    (tmp_path / "dm.csv").write_bytes(DM)
    assert receive([tmp_path]).has_manifest is False


@pytest.mark.parametrize(
    ("manifest", "words"),
    [
        (_files(GOOD | {"sha256": "0" * 64}), "dm.csv: is not the file that manifest.json names: its SHA-256 is " + SHA),
        (_files(GOOD | {"rows": 3}), "dm.csv: has 2 rows where manifest.json states 3"),
        (_files({"name": "dm.csv", "sha256": SHA}), "dm.csv: has 2 rows, and manifest.json states no number of rows"),
        (_files(GOOD, GOOD | {"name": "lb.csv"}), "manifest.json: names a file that is not in the delivery (value 'lb.csv')"),
        (_files(), "manifest.json: does not name a file that is in the delivery (value 'dm.csv')"),
        (_files(GOOD, GOOD), "manifest.json: names a file twice (value 'dm.csv')"),
        (_files(GOOD | {"sha256": "x"}), "manifest.json, column dm.csv: sha256 must be 64 hexadecimal digits"),
        (_files(GOOD | {"rows": "2"}), "rows must be a whole number"),
        (_files(GOOD | {"rows": True}), "rows must be a whole number"),
        ({"files": "dm.csv"}, "must be {"),
        ({"files": ["dm.csv"]}, "every file needs name, sha256 and rows"),
        ([], "must be {"),
        ("{", "manifest.json: cannot be read as JSON"),
        ('{"files": [], "files": []}', "a key appears twice"),
        ("[" * 100_000, "manifest.json: cannot be read as JSON"),
    ],
)
def test_every_difference_and_every_malformed_manifest_is_refused(tmp_path: Path, manifest: Any, words: str) -> None:
    assert words in refusal_of(lambda: receive([_folder(tmp_path, manifest)]))


def test_a_file_that_is_no_data_set_must_be_named_too_and_needs_no_rows(tmp_path: Path) -> None:
    assert "does not name a file" in refusal_of(lambda: receive([_folder(tmp_path, _files(GOOD), define_xml=b"<x/>")]))
    named = {"name": "define.xml", "sha256": hashlib.sha256(b"<x/>").hexdigest(), "rows": None}
    received = receive([_folder(tmp_path, _files(GOOD, named), define_xml=b"<x/>")])
    assert (received.ignored, received.has_manifest) == (("define.xml",), True)
    assert "define.xml: is not the file" in refusal_of(lambda: receive([_folder(tmp_path, _files(GOOD, named), define_xml=b"<y/>")]))


def test_a_manifest_in_a_zipped_folder_names_the_files_beside_it(tmp_path: Path) -> None:
    with zipfile.ZipFile(tmp_path / "cut.zip", "w") as archive:
        archive.writestr("trial/dm.csv", DM)
        archive.writestr("trial/manifest.json", json.dumps(_files(GOOD)))
    assert receive([tmp_path / "cut.zip"]).has_manifest


def test_single_files_may_come_with_their_manifest(tmp_path: Path) -> None:
    folder = _folder(tmp_path, _files(GOOD))
    assert receive([folder / "dm.csv", folder / "manifest.json"]).has_manifest


def test_the_rows_of_a_workbook_are_those_of_all_its_data_sets(tmp_path: Path) -> None:
    path = write_xlsx_file(tmp_path / "dm.xlsx", {"USUBJID": ["P1", "P2"]})
    entry = {"name": "dm.xlsx", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    (tmp_path / "manifest.json").write_text(json.dumps(_files(entry | {"rows": 2})))
    assert receive([tmp_path]).has_manifest
    (tmp_path / "manifest.json").write_text(json.dumps(_files(entry | {"rows": 1})))
    assert "dm.xlsx: has 2 rows where manifest.json states 1" in refusal_of(lambda: receive([tmp_path]))


def test_a_manifest_larger_than_any_delivery_needs_is_refused() -> None:
    assert "is larger than 1 MB" in refusal_of(lambda: read_manifest("manifest.json", b" " * 1_100_000))
