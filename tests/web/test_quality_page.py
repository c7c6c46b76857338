"""The quality page over HTTP: flags by kind, the rows of one kind with their links, and the calendar."""

from __future__ import annotations

import csv
import io
import json
from typing import Any
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from flask.testing import FlaskClient

from callbacks.quality_page import MAX_ROWS, list_flags, list_kinds, quality_page
from dashboard.study.references import decode_reference
from dashboard.study.snapshot import Snapshot
from dashboard.workspace import Workspace
from tests.web.opened_page import unfold

STUDY = "nct05600920"
PAGE = f"/{STUDY}/data/quality"


def texts(node: Any) -> list[str]:
    if isinstance(node, dict):
        props = node.get("props", {})
        return texts([props.get("children"), props.get("words")])
    if isinstance(node, list):
        return [text for part in node for text in texts(part)]
    return [] if node is None else [str(node)]


def page_of(workspace: Workspace, query: str) -> Any:
    scene, _ = workspace.open(STUDY, query)
    return unfold(json.loads(json.dumps(list(quality_page(workspace, scene)), default=lambda part: part.to_plotly_json())))


def test_the_page_has_an_address_that_answers(client: FlaskClient, newest: Snapshot) -> None:
    assert client.get(f"{PAGE}?cut={newest.cut}").status_code == 200


def test_flags_that_were_raised_are_listed_and_the_others_named_in_one_line(workspace: Workspace) -> None:
    kinds = list_kinds(workspace.open(STUDY, "")[0])
    said = " ".join(texts(page_of(workspace, "")))
    clear = [kind for kind in kinds if not kind.rows]
    assert f"{len(clear)} checks found nothing: " in said
    assert all(kind.sentence in said for kind in kinds)


def test_each_kind_links_to_the_list_of_its_rows(workspace: Workspace) -> None:
    for kind in list_kinds(workspace.open(STUDY, "cohort=240")[0]):
        address = urlsplit(kind.href)
        scene, problems = workspace.open(STUDY, address.query)
        assert (address.path, problems, scene.view.cohort) == (PAGE, (), ("240",))
        assert (list_flags(scene).total, list_flags(scene).title) == (kind.rows, kind.title)


def test_a_row_leads_to_the_marked_points_of_its_participant(workspace: Workspace, client: FlaskClient) -> None:
    row = list_flags(workspace.open(STUDY, "flag=label-disagrees")[0]).rows[0]
    address = urlsplit(row.href)
    query = parse_qs(address.query)
    assert unquote(address.path).endswith(f"/participants/{row.participant}")
    assert (query["mark"], query["analyte"], "flag" in query) == (["flags"], [row.analyte.lower()], False)
    assert client.get(row.href).status_code == 200


def test_a_row_leads_to_the_derivation_of_its_record(workspace: Workspace) -> None:
    row = list_flags(workspace.open(STUDY, "flag=label-disagrees")[0]).rows[0]
    address = urlsplit(row.origin)
    reference = decode_reference(parse_qs(address.query)["of"][0])
    assert address.path == f"/{STUDY}/data/provenance"
    assert (reference.kind, reference.participant, str(reference.day)) == ("count", row.participant, row.day)


@pytest.mark.parametrize(("flag", "kind"), [("visit-absent", ""), ("dose-missed", ""), ("no-baseline", "baseline"), ("no-day", "count")])
def test_what_is_absent_has_a_derivation_only_where_there_is_one(workspace: Workspace, flag: str, kind: str) -> None:
    for row in list_flags(workspace.open(STUDY, f"flag={flag}")[0]).rows:
        assert (decode_reference(parse_qs(urlsplit(row.origin).query)["of"][0]).kind if row.origin else "") == kind


def test_the_files_hold_the_rows_that_the_list_shows(workspace: Workspace, client: FlaskClient) -> None:
    listed = list_flags(workspace.open(STUDY, "flag=visit-absent")[0])
    (address,) = (href for words, href in listed.files if words.endswith("CSV"))
    lines = [line for line in client.get(address).text.splitlines(keepends=True) if not line.startswith("# ")]
    rows = list(csv.DictReader(io.StringIO("".join(lines))))
    assert [(row["participant"], row["sentence"]) for row in rows] == [(row.participant, row.sentence) for row in listed.rows]
    assert 0 < listed.total <= MAX_ROWS


def test_the_page_holds_the_calendar_of_the_count_that_is_chosen(workspace: Workspace) -> None:
    assert any(text.startswith("NK: 30 participants × 16 planned visits = 480: ") for text in texts(page_of(workspace, "analyte=nk")))


def test_a_page_without_a_chosen_flag_lists_no_rows(workspace: Workspace) -> None:
    said = texts(page_of(workspace, ""))
    assert "What is odd" not in said
    assert "What is odd" in texts(page_of(workspace, "flag=no-day"))
