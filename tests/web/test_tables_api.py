"""The HTTP tables: statuses, headers, and exactly the rows behind the figures."""

from __future__ import annotations

import csv
import io
from html import unescape

import pytest
from flask.testing import FlaskClient
from hypothesis import HealthCheck, given, settings
from werkzeug.test import TestResponse

from dashboard.panels import PANELS
from dashboard.study.snapshot import Snapshot
from dashboard.tables import TABLES
from dashboard.workspace import Workspace
from tests.web.hostile import LISTED, queries

API = "/api/v1/nct05600920"
DOWNLOAD = "/nct05600920/download"


def rows(answer: TestResponse) -> list[dict[str, str]]:
    assert answer.status_code == 200
    return list(csv.DictReader(io.StringIO(answer.get_data(as_text=True))))


def test_the_studies_are_listed_with_whether_they_have_data(client: FlaskClient) -> None:
    listed = {study["study"]: study["published"] for study in client.get("/api/v1/studies").get_json()}
    assert listed == {"cdiscpilot01": False, "nct05600920": True, "ns7car": True}


def test_the_snapshots_are_listed_newest_first(client: FlaskClient, newest: Snapshot, interim: Snapshot) -> None:
    listed = client.get(f"{API}/snapshots").get_json()
    assert [(cut["cut"], cut["content_hash"], cut["synthetic"]) for cut in listed] == [
        (newest.content_hash[:10], newest.content_hash, True),
        (interim.content_hash[:10], interim.content_hash, True),
    ]


def find_study_with_rows(client: FlaskClient, table: str) -> str:
    """The API of the first demonstration that has rows of the table."""
    with_rows = [api for api in (API, "/api/v1/ns7car") if client.get(f"{api}/{table}.json").get_json()]
    assert with_rows, f"no demonstration has rows of {table}"
    return with_rows[0]


@pytest.mark.parametrize("kind", ["csv", "json"])
@pytest.mark.parametrize("table", TABLES)
def test_every_table_answers_in_both_formats_with_the_same_rows(client: FlaskClient, table: str, kind: str) -> None:
    api = find_study_with_rows(client, table)
    answer = client.get(f"{api}/{table}.{kind}")
    assert answer.status_code == 200
    assert answer.content_type == {"csv": "text/csv; charset=utf-8", "json": "application/json"}[kind]
    other = client.get(f"{api}/{table}.{'json' if kind == 'csv' else 'csv'}")
    as_csv, as_json = (answer, other) if kind == "csv" else (other, answer)
    table_rows, objects = rows(as_csv), as_json.get_json()
    assert len(table_rows) == len(objects) > 0
    for row, found in zip(table_rows, objects, strict=True):
        assert list(row) == list(found)
        assert all((text == "") == (found[name] in (None, "")) for name, text in row.items())
        assert all(float(row[name]) == value for name, value in found.items() if isinstance(value, float))


@pytest.mark.parametrize(
    ("address", "words"),
    [
        ("/api/v1/nothing/trajectories.csv", ["study", "nothing", "nct05600920"]),
        ("/api/v1/nothing/snapshots", ["study", "nothing"]),
        (f"{API}/nothing.csv", ["table", "nothing", "trajectory-summary"]),
        (f"{API}/trajectories.csv?cut=ffffffffff", ["ffffffffff"]),
        ("/api/v1/cdiscpilot01/trajectories.csv", ["cdiscpilot01"]),
        (f"{DOWNLOAD}/trajectory/cd3/trajectories.csv", ["analyte", "cd3", "cd4"]),
        (f"{DOWNLOAD}/participant/nobody/trajectories.csv", ["participant", "nobody"]),
        (f"{DOWNLOAD}/trajectory/cd4/nothing.csv", ["table", "nothing"]),
    ],
)
def test_what_does_not_exist_answers_404_in_words(client: FlaskClient, address: str, words: list[str]) -> None:
    answer = client.get(address)
    assert answer.status_code == 404
    # A download is opened in a browser: its refusal is a page.
    sentence = answer.get_json()["error"] if address.startswith("/api/") else unescape(answer.text)
    assert [word for word in words if word not in sentence] == []


def test_an_address_of_no_table_answers_404_and_not_with_a_page(client: FlaskClient) -> None:
    for address in ("/api/v1/nonsense", f"{API}/trajectories", f"{API}/trajectories.xml", "/api/v2/studies"):
        assert client.get(address).status_code == 404, address


@pytest.mark.parametrize(
    "query", ["cohort=960", "scale=loud&base=last", "gap=0", "colour=red", "cohort=240&cohort=480", "cut=zz", "threshold=0"]
)
@pytest.mark.parametrize("address", [f"{API}/responders.csv", f"{API}/responders.json", f"{DOWNLOAD}/responders/-/responders.csv"])
def test_an_invalid_value_answers_400_with_the_key_and_the_rule(client: FlaskClient, address: str, query: str) -> None:
    answer = client.get(f"{address}?{query}")
    assert answer.status_code == 400
    problems = answer.get_json()["problems"]
    assert len(problems) == 1
    value = query.split("&", maxsplit=1)[0].split("=")[1]
    assert value in problems[0] or query.split("=", maxsplit=1)[0] in problems[0]


def test_the_values_there_are_stand_in_the_answer(client: FlaskClient) -> None:
    (problem,) = client.get(f"{API}/trajectories.csv?cohort=960").get_json()["problems"]
    assert problem == "Cohort “960” was not applied: the values are 240, 480, 720, one or more with commas between."


@pytest.mark.parametrize(
    "address",
    [f"{API}/participants.csv", f"{API}/participants.json", f"{DOWNLOAD}/grid/-/participants.csv", f"{DOWNLOAD}/grid/-/participants.xlsx"],
)
@pytest.mark.parametrize("where", ["weight.ge.3", "age.ge.old", "status.lt.x"])
def test_a_filter_that_does_not_fit_the_table_answers_400(client: FlaskClient, address: str, where: str) -> None:
    answer = client.get(f"{address}?where={where}")
    assert answer.status_code == 400
    assert where.split(".", maxsplit=1)[0] in answer.get_json()["problems"][0]


def test_the_headers_name_snapshot_and_canonical_view(client: FlaskClient, newest: Snapshot) -> None:
    answer = client.get(f"{API}/trajectories.csv?measure=change&cohort=480,240&scale=linear")
    assert answer.headers["X-Snapshot"] == newest.content_hash
    assert answer.headers["X-View"] == f"cut={newest.cut}&cohort=240,480&measure=change"


def test_the_etag_is_that_of_snapshot_view_and_table(client: FlaskClient, newest: Snapshot, interim: Snapshot) -> None:
    def etag(address: str) -> str:
        return client.get(f"{API}/{address}").headers["ETag"]

    plain = etag("responders.csv")
    assert plain == etag(f"responders.csv?cut={newest.cut}") == etag("responders.csv?scale=linear&gap=91")
    others = [etag(f"responders.csv?{query}") for query in (f"cut={interim.cut}", "cohort=240", "ci=wilson")]
    others += [etag("responders.json"), etag("participants.csv")]
    assert len({plain, *others}) == 6


def test_a_known_etag_answers_304_without_rows(client: FlaskClient) -> None:
    first = client.get(f"{API}/responders.csv?cohort=240")
    again = client.get(f"{API}/responders.csv?cohort=240", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status_code, again.data) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["X-Snapshot"] == first.headers["X-Snapshot"]
    assert client.get(f"{API}/responders.csv?cohort=480", headers={"If-None-Match": first.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("form", ["W/{}", '"other", {}', "*"])
def test_every_way_to_write_a_known_etag_is_understood(client: FlaskClient, form: str) -> None:
    etag = client.get(f"{API}/responders.csv").headers["ETag"]
    assert client.get(f"{API}/responders.csv", headers={"If-None-Match": form.format(etag)}).status_code == 304


def test_the_trajectory_rows_are_those_the_panels_draw(client: FlaskClient, workspace: Workspace) -> None:
    query = "cohort=240,480&measure=fold&unscheduled=no&analyte=cd4,b&period=to-week-36"
    found = rows(client.get(f"{API}/trajectories.csv?{query}"))
    scene, _ = workspace.open("nct05600920", query)
    for analyte in ("cd4", "b"):
        summary = PANELS["trajectory"].summarise(scene, analyte)
        drawn = sorted(float(value) for lines in summary.lines for value in lines.y)
        assert sorted(float(row["fold"]) for row in found if row["analyte"] == analyte) == drawn
        assert len(drawn) == summary.records
    assert {row["analyte"] for row in found} == {"cd4", "b"}


def test_the_summary_rows_are_the_centres_the_panels_draw(client: FlaskClient, workspace: Workspace) -> None:
    found = rows(client.get(f"{API}/trajectory-summary.csv?analyte=cd4"))
    scene, _ = workspace.open("nct05600920", "analyte=cd4")
    for centre in PANELS["trajectory"].summarise(scene, "cd4").centres:
        of_cohort = [row for row in found if row["cohort"] == scene.protocol.cohort_keys[centre.cohort] and row["n"] != "0"]
        assert [float(row["median"]) for row in of_cohort] == centre.y.tolist()
        assert [int(row["n"]) for row in of_cohort] == centre.n.tolist()
    assert len(found) == 3 * 16


def test_the_responder_rows_are_those_the_panel_draws(client: FlaskClient, workspace: Workspace) -> None:
    query = "respond=ever&n=enrolled&who=everyone&threshold=250"
    found = rows(client.get(f"{API}/responders.csv?{query}"))
    scene, _ = workspace.open("nct05600920", query)
    drawn = PANELS["responders"].summarise(scene, "-").rows[0]
    assert [(int(row["responders"]), int(row["denominator"])) for row in found] == [(row.responders, row.denominator) for row in drawn]
    assert [row["cohort"] for row in found] == ["240", "480", "720", "all"]
    assert sum(int(row["denominator"]) for row in found[:3]) == int(found[3]["denominator"]) == 30


def test_the_days_above_are_those_the_panel_draws(client: FlaskClient, workspace: Workspace) -> None:
    found = rows(client.get(f"{API}/time-above.csv?threshold=200"))
    scene, _ = workspace.open("nct05600920", "threshold=200")
    drawn = {
        name: days
        for cohort in PANELS["time-above"].summarise(scene, "-").cohorts[0]
        for name, days in zip(cohort.participant, cohort.days, strict=True)
    }
    counted = {row["participant"]: float(row["days_above"]) for row in found if row["eligible"] == "true" and row["days_above"]}
    assert counted == drawn


def test_filters_of_the_view_narrow_the_participants(client: FlaskClient) -> None:
    every = rows(client.get(f"{API}/participants.csv"))
    women = rows(client.get(f"{API}/participants.csv?sex=F&cohort=240"))
    assert women == [row for row in every if row["sex"] == "F" and row["cohort"] == "240"]
    older = rows(client.get(f"{API}/participants.csv?where=age.ge.50"))
    assert older == [row for row in every if int(row["age"]) >= 50]


def test_an_older_cut_has_its_own_rows(client: FlaskClient, interim: Snapshot) -> None:
    early = rows(client.get(f"{API}/trajectories.csv?cut={interim.cut}"))
    late = rows(client.get(f"{API}/trajectories.csv"))
    assert len(early) < len(late)


ALLOWED = (200, 304, 400, 404, 414)
GENERATED = settings(max_examples=80, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


@GENERATED
@given(query=queries())
def test_no_query_makes_a_table_fail(client: FlaskClient, query: str) -> None:
    for address in (f"{API}/participants.csv", f"{DOWNLOAD}/grid/-/participants.csv"):
        assert client.get(f"{address}?{query}").status_code in ALLOWED


@pytest.mark.parametrize("query", LISTED)
@pytest.mark.parametrize("table", TABLES)
def test_a_hostile_query_never_makes_a_table_fail(client: FlaskClient, table: str, query: str) -> None:
    assert client.get(f"{API}/{table}.csv?{query}").status_code in ALLOWED


@pytest.mark.parametrize("table", TABLES)
@pytest.mark.parametrize("panel", ["trajectory/cd4", "participant/SYN-240-001", "grid/-", "responders/-", "nonsense/-"])
def test_every_combination_of_panel_and_table_answers(client: FlaskClient, panel: str, table: str) -> None:
    for kind in ("csv", "xlsx"):
        assert client.get(f"{DOWNLOAD}/{panel}/{table}.{kind}").status_code in ALLOWED


def test_a_download_says_what_it_is(client: FlaskClient, newest: Snapshot) -> None:
    answer = client.get(f"{DOWNLOAD}/trajectory/cd4/trajectories.csv?cohort=240&analyte=alc")
    assert answer.status_code == 200
    assert answer.headers["Content-Disposition"] == f'attachment; filename="SYNTHETIC-nct05600920-{newest.cut}-cd4-trajectories.csv"'
    lines = answer.get_data(as_text=True).splitlines()
    about = [line for line in lines if line.startswith("# ")]
    assert any("SYNTHETIC" in line for line in about)
    assert any(newest.cut in line and "Final" in line for line in about)
    assert f"# View: http://localhost/nct05600920/trajectories?cut={newest.cut}&cohort=240&analyte=alc" in about
    found = list(csv.DictReader(lines[len(about) :]))
    assert {row["analyte"] for row in found} == {"cd4"}
    assert {row["cohort"] for row in found} == {"240"}


def test_the_download_of_a_participant_holds_that_participant_whatever_the_filters(client: FlaskClient) -> None:
    answer = client.get(f"{DOWNLOAD}/participant/SYN-240-001/trajectories.csv?cohort=720&sex=F")
    found = list(csv.DictReader(line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")))
    assert {row["participant"] for row in found} == {"SYN-240-001"}


def test_the_download_of_a_participant_holds_every_record_of_the_figure(client: FlaskClient, workspace: Workspace) -> None:
    query = "period=to-week-36&unscheduled=no"
    scene, _ = workspace.open("nct05600920", query)
    for name in scene.analysis.participants["participant"][:5]:
        answer = client.get(f"{DOWNLOAD}/participant/{name}/trajectories.csv?{query}")
        found = [line for line in answer.get_data(as_text=True).splitlines() if line.startswith(name)]
        summary = PANELS["participant"].summarise(scene, name)
        assert len(found) == sum(len(track.day) for track in summary.tracks)


def test_the_download_of_the_grid_is_what_the_grid_shows(client: FlaskClient) -> None:
    # The grid shows cohorts and strata in words, and a reader filters by what is shown.
    answer = client.get(f"{DOWNLOAD}/grid/-/participants.csv?where=cohort.has.240%2520%C2%B5g~stratum.starts.100%2520to")
    found = list(csv.DictReader(line for line in answer.get_data(as_text=True).splitlines() if not line.startswith("#")))
    every = rows(client.get(f"{API}/participants.csv"))
    assert len(found) == len([row for row in every if row["cohort"] == "240" and row["stratum"] == "100-199"]) > 0
