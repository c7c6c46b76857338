"""The pages about the data over HTTP: data cuts, changes between two of them, and where a number comes from."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import quote

import pandas as pd
import pytest
from flask.testing import FlaskClient

from callbacks.pages import build_page
from dashboard.changes import find_other
from dashboard.study.cells import encode_cell
from dashboard.study.references import Reference, encode_reference
from dashboard.study.snapshot import Snapshot
from dashboard.tables import TABLES
from dashboard.workspace import Workspace
from tests.web.opened_page import unfold

STUDY = "nct05600920"
# The fields of a reference that tell findings apart.
SERIES = ("domain", "test", "category", "about", "visit")
INTERIM_DATE = "2026-01-28"


def page_of(workspace: Workspace, section: str, query: str = "") -> tuple[str, list[str]]:
    """Everything a page says, as one text, and where its links lead."""
    page, status = build_page(workspace, f"/{STUDY}/data/{section}".rstrip("/"), query)
    assert status == 200
    tree = unfold(json.loads(json.dumps(page.to_plotly_json(), default=lambda part: part.to_plotly_json())))
    said: list[str] = []
    led: list[str] = []

    def walk(node: Any) -> None:
        if isinstance(node, list):
            for part in node:
                walk(part)
        elif isinstance(node, dict) and "props" in node:
            if "href" in node["props"]:
                led.append(node["props"]["href"])
            walk(node["props"].get("children"))
        elif node is not None:
            said.append(str(node))

    walk(tree)
    return " | ".join(said), led


def interim(workspace: Workspace) -> Snapshot:
    return next(cut for cut in workspace.repository.list_published(STUDY) if cut.cut_date.isoformat() == INTERIM_DATE)


def test_every_data_cut_is_listed_with_its_whole_hash_and_who_delivered_it(workspace: Workspace) -> None:
    said, _ = page_of(workspace, "snapshots")
    for cut in workspace.repository.list_all(STUDY):
        assert cut.content_hash in said
        assert cut.label in said
        assert cut.cut_date.isoformat() in said


def test_changes_go_from_headline_results_to_records(workspace: Workspace) -> None:
    said, led = page_of(workspace, "changes")
    before, after = interim(workspace), workspace.repository.find(STUDY, None)
    assert f"From Week-36 interim ({INTERIM_DATE}, {before.cut}) to Final" in said
    counts = [len(workspace.repository.load(cut).counts) for cut in (before, after)]
    assert f"Count records | {counts[0]:,} → {counts[1]:,}" in said
    assert any("mark=changes" in href and f"against={before.cut}" in href for href in led)


def test_the_headline_of_the_page_is_the_one_of_the_thresholds_page(workspace: Workspace) -> None:
    """The responders of both cuts, asked of the table of the thresholds page at each cut."""
    said, _ = page_of(workspace, "changes")
    shown = []
    for cut in (interim(workspace), workspace.repository.find(STUDY, None)):
        scene, _ = workspace.open(STUDY, f"cut={cut.cut}&visit=week-36&threshold=300")
        rows = TABLES["responders"].make(scene)
        row = rows[(rows["cohort"] == "all") & (rows["threshold"] == 300)].iloc[0]
        shown.append(f"{row['responders']}/{row['denominator']}")
    assert f"CD4 ≥ 300 at week 36 (interim) | {shown[0]} → {shown[1]}" in said


@pytest.mark.parametrize("query", ["", "cohort=240", "sex=F", "age=18-40", "stratum=lt100"])
def test_the_changes_and_their_downloads_say_that_they_are_of_everyone(workspace: Workspace, client: FlaskClient, query: str) -> None:
    people = [len(workspace.repository.load(cut).participants) for cut in (interim(workspace), workspace.repository.find(STUDY, None))]
    ignored = ", whatever filters the address names" if query else ""
    population = f"All participants of both data cuts{ignored}: {people[0]} in Week-36 interim, {people[1]} in Final."
    said, _ = page_of(workspace, "changes", query)
    assert population in said
    for table in ("result-changes", "record-changes"):
        lines = client.get(f"/{STUDY}/download/changes/-/{table}.csv?{query}").text.splitlines()
        assert f"# Participants: {population}" in lines
        assert not [line for line in lines if line.startswith("# Selection")]


def test_the_headlines_hold_every_threshold_and_every_analyte_at_the_milestones_and_the_endpoint(workspace: Workspace) -> None:
    said, _ = page_of(workspace, "changes")
    for threshold in (200, 300):
        assert f"Days with CD4 ≥ {threshold} | mean " in said
    scene, _ = workspace.open(STUDY, "")
    for visit in ("week 36 (interim)", "week 60 (end of study)"):
        for analyte in scene.protocol.analytes:
            assert f"{analyte.short} at {visit} | median " in said


def test_each_cell_of_the_tables_of_changes_carries_the_name_of_its_column(workspace: Workspace) -> None:
    """The style sheet writes it before the cell on a narrow screen, where the head of the table is away."""
    page, _ = build_page(workspace, f"/{STUDY}/data/changes", "")
    tree = json.dumps(unfold(json.loads(json.dumps(page.to_plotly_json(), default=lambda part: part.to_plotly_json()))))
    for label in ("All participants", "240 \\u00b5g/kg", "Moved with the first dose", "What changed", "File and row"):
        assert f'"data-label": "{label}"' in tree


def test_the_earliest_data_cut_has_nothing_to_compare_with_and_offers_the_others(workspace: Workspace) -> None:
    said, led = page_of(workspace, "changes", f"cut={interim(workspace).cut}")
    assert "There is no data cut before Week-36 interim" in said
    newest = workspace.repository.find(STUDY, None)
    assert any(f"against={newest.cut}" in href for href in led)


def test_an_unknown_other_cut_compares_with_none(workspace: Workspace) -> None:
    scene, _ = workspace.open(STUDY, "against=ffffffffff")
    assert find_other(scene) is None


def test_marked_changes_name_the_other_cut_in_the_address(workspace: Workspace) -> None:
    scene, problems = workspace.open(STUDY, "mark=changes")
    assert problems == ()
    assert scene.query == f"cut={scene.snapshot.cut}&mark=changes&against={interim(workspace).cut}"


@pytest.mark.parametrize("table", ["result-changes", "record-changes"])
def test_changes_can_be_downloaded(client: FlaskClient, newest: Snapshot, table: str) -> None:
    for kind in ("csv", "xlsx"):
        assert client.get(f"/{STUDY}/download/changes/-/{table}.{kind}?cut={newest.cut}").status_code == 200
    assert client.get(f"/api/v1/{STUDY}/{table}.csv?cut={newest.cut}").data.count(b"\n") > 1


def test_without_a_question_the_page_offers_the_numbers_of_the_study(workspace: Workspace) -> None:
    said, led = page_of(workspace, "provenance")
    scene, _ = workspace.open(STUDY, "")
    people = scene.analysis.participants["participant"]
    assert "Medians by visit" in said
    for kind in ("responders", "cohort-days-above", "summary", "participant"):
        assert any(f"of={kind}%3A" in href for href in led), kind
    assert sum("of=participant%3A" in href for href in led) == len(people)


def test_the_index_offers_the_responders_of_both_choices_of_participants(workspace: Workspace) -> None:
    said, led = page_of(workspace, "provenance")
    for who in ("eligible", "everyone"):
        scene, _ = workspace.open(STUDY, f"who={who}")
        rows = TABLES["responders"].make(scene)
        for row in rows[rows["cohort"] == "all"].itertuples():
            assert f"{row.responders}/{row.denominator}" in said
    assert "Responders among everyone" in said
    assert sum("of=responders%3A" in href and "who=everyone" in href for href in led) == 2 * 4
    follow, _ = page_of(workspace, "provenance", "who=everyone&of=responders:all:300")
    scene, _ = workspace.open(STUDY, "who=everyone&threshold=300")
    row = TABLES["responders"].make(scene).set_index("cohort").loc["all"]
    assert f"{row['responders']}/{row['denominator']} = " in follow


def test_mean_days_above_of_all_participants_are_offered_and_are_those_of_the_changes(workspace: Workspace) -> None:
    said, led = page_of(workspace, "provenance")
    results = TABLES["result-changes"].make(workspace.open(STUDY, "")[0])
    of_all = results[(results["cohort"] == "all") & (results["result"] == "days-above-300")].set_index("statistic")["after"]
    assert f"{of_all['mean']:,.4g} (n {of_all['n']:.0f})" in said
    assert any("of=cohort-days-above%3Aall%3A300" in href for href in led)
    follow, _ = page_of(workspace, "provenance", "of=cohort-days-above:all:300")
    assert f"/ {of_all['n']:.0f} = {of_all['mean']:.2f}".rstrip("0") in follow


def test_days_above_are_traced_to_the_rows_of_the_delivery(workspace: Workspace) -> None:
    scene, _ = workspace.open(STUDY, "")
    times = TABLES["time-above"].make(scene)
    row = times[(times["threshold"] == 200) & (times["days_above"] > 0)].iloc[0]
    of = encode_reference(Reference("days-above", participant=row["participant"], threshold=200.0))
    said, led = page_of(workspace, "provenance", f"of={of}")
    assert f"Days of {row['participant']} with CD4 at or above 200 cells/µL" in said
    assert re.search(rf"Days at or above 200 cells/µL: {row['days_above']:.6g}"[:44], said)
    counts = scene.analysis.counts
    mine = counts[(counts["participant"] == row["participant"]) & (counts["analyte"] == "cd4") & (counts["day"] > 0)]
    for file, place in zip(mine["source_file"], mine["source_row"], strict=True):
        assert f"{file} | {place} | " in said
    assert any("of=count%3A" in href for href in led)


def test_a_number_of_the_table_of_findings_leads_from_its_cell_to_the_rows_of_the_delivery(workspace: Workspace) -> None:
    scene, _ = workspace.open(STUDY, "")
    table = TABLES["finding-summary"].make(scene)
    row = table[(table["cohort"] == "240") & (table["higher"] > 0) & (table["domain"] == "FA")].iloc[0]
    where = [row[name] for name in ("domain", "test", "category", "object", "visit")]
    page, status = build_page(workspace, f"/{STUDY}/behind/{encode_cell('findings', *where, 'higher', '240')}", "")
    of = quote(encode_reference(Reference("findings", **dict(zip(SERIES, where, strict=True)), cohort="240")), safe="")
    assert status == 200
    assert f"of={of}" in json.dumps(page.to_plotly_json(), default=lambda part: part.to_plotly_json())
    said, led = page_of(workspace, "provenance", f"of={of}")
    assert f"{row['lower']} below baseline, {row['equal']} same as baseline, {row['higher']} above baseline" in said
    one = next(href.partition("of=")[2].partition("&")[0] for href in led if "of=finding%3A" in href)
    follow, _ = page_of(workspace, "provenance", f"of={one}")
    assert "Result at the visit" in follow
    assert "fa" in follow
    # The list of what can be asked about offers the same finding, of all cohorts.
    index, offered = page_of(workspace, "provenance")
    assert "Findings against baseline, participants with a result" in index
    assert any("of=findings%3A" in href for href in offered)


def test_a_number_that_does_not_exist_is_said_with_the_way_on(workspace: Workspace) -> None:
    said, led = page_of(workspace, "provenance", "of=baseline:nobody:cd4")
    assert "No such number" in said
    assert "nobody" in said
    assert any("of=participant%3A" in href for href in led)


def test_every_count_of_a_participant_leads_to_its_own_derivation(workspace: Workspace) -> None:
    scene, _ = workspace.open(STUDY, "")
    counts = scene.analysis.counts
    name = str(counts["participant"].iloc[0])
    mine = counts[(counts["participant"] == name) & counts["day"].notna()]
    _, led = page_of(workspace, "provenance", f"of=participant:{name}")
    days = pd.MultiIndex.from_frame(mine[["analyte", "day"]]).unique()
    assert sum("of=count%3A" in href for href in led) == len(days)


def test_the_data_cuts_say_who_delivered_and_published_them(workspace: Workspace) -> None:
    said, _ = page_of(workspace, "snapshots")
    for act in ("delivered", "published"):
        found = re.findall(rf"{act} \d{{4}}-\d\d-\d\d \d\d:\d\d UTC \|  by (\w+)", said)
        assert found == ["demonstration", "demonstration"], act


def test_a_study_without_data_can_be_delivered_in_the_browser(workspace: Workspace) -> None:
    page, status = build_page(workspace, "/cdiscpilot01/data", "")
    assert status == 404
    assert "card-deliver" in json.dumps(page.to_plotly_json(), default=lambda part: part.to_plotly_json())
