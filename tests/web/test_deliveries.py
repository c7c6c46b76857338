"""Delivering over HTTP: files are received, read by another process, reported, then published or discarded."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.delivering import desk
from dashboard.delivering.desk import Deliveries
from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import Job
from dashboard.delivering.receiving import safe_name
from dashboard.delivering.run import read_job
from dashboard.errors import WrongUseError
from dashboard.factory import create_app, open_repository
from dashboard.settings import Settings
from data_access.locking import import_lock
from data_access.repository import SqlRepository
from tests.data_access.deliveries import LB, write_csv, write_sdtm
from tests.serving import ROOT, own_environment
from tests.web.delivering import DESK, OWN, STUDY, deliver, post, read_files, send, wait_for

CUTS = f"/api/v1/{STUDY}/snapshots"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(var=tmp_path / "var", delivery_file_mb=1, delivery_total_mb=2)


@pytest.fixture
def repository(settings: Settings) -> Iterator[SqlRepository]:
    opened = open_repository(settings)
    yield opened
    opened.engine.dispose()


@pytest.fixture
def client(settings: Settings, repository: SqlRepository) -> FlaskClient:
    return create_app(settings, repository).server.test_client()


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A delivery that can be read."""
    return write_sdtm(tmp_path / "delivery")


@dataclass(frozen=True)
class Started:
    """A process that reads a delivery, and the environment it was given."""

    process: subprocess.Popen[bytes]
    environment: Mapping[str, str]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[Started]:
    """Every process that reads a delivery, as it is started."""
    processes: list[Started] = []
    popen = subprocess.Popen

    def start(*arguments: Any, **options: Any) -> subprocess.Popen[bytes]:
        processes.append(Started(popen(*arguments, **options), options["env"]))
        return processes[-1].process

    monkeypatch.setattr(subprocess, "Popen", start)
    return processes


def kept(settings: Settings) -> list[str]:
    """Every file that deliveries have left in the folder VAR, without the name of the delivery."""
    return sorted("/".join(path.relative_to(settings.var / "deliveries").parts[1:]) for path in (settings.var / "deliveries").rglob("*.*"))


def test_a_delivery_is_read_reported_and_published_with_its_label(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path
) -> None:
    address = deliver(client, folder)
    ready = wait_for(client, address, "ready")
    assert [file["name"] for file in ready["files"]] == ["dm.csv", "ex.csv", "lb.csv"]
    assert ready["report"]["tallies"]["counts"] == {"read": 1, "stored": 1, "left_out": {}}
    assert (ready["snapshot"]["status"], ready["snapshot"]["cut_date"]) == ("draft", "2024-03-04")
    assert repository.list_published(STUDY) == []
    assert kept(settings) == ["state.json"]
    published = post(client, f"{address}/publish", label="Interim 1").get_json()
    assert (published["state"], published["snapshot"]["label"]) == ("published", "Interim 1")
    assert [snapshot.label for snapshot in repository.list_published(STUDY)] == ["Interim 1"]
    assert repository.list_published(STUDY)[0].published_by != ""


def test_the_flags_of_a_delivery_are_reported_before_it_is_published_and_kept_with_the_draft(client: FlaskClient, tmp_path: Path) -> None:
    # The second of three counts is ten times its neighbours.
    dated = (("120", "2024-03-01"), ("1200", "2024-03-20"), ("120", "2024-04-10"))
    slip = write_sdtm(tmp_path / "slip", lb=[{**LB, "LBORRES": value, "LBDTC": day} for value, day in dated])
    ready = wait_for(client, deliver(client, slip), "ready")
    (flag,) = [flag for flag in ready["report"]["flags"] if flag["code"] == "unit-slip"]
    assert (flag["rows"], flag["participants"], flag["listed"][0]["file"], flag["listed"][0]["row"]) == (1, 1, "lb", 2)
    kept_report = f"{CUTS}/{ready['snapshot']['cut']}/report"
    assert client.get(kept_report).get_json() == ready["report"]
    assert client.get(kept_report, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    assert client.get(f"{CUTS}/0123456789/report").status_code == 404


def test_a_refused_delivery_names_every_row_and_stores_nothing(
    client: FlaskClient, repository: SqlRepository, settings: Settings, tmp_path: Path
) -> None:
    bad = write_sdtm(tmp_path / "bad", lb=[LB, {**LB, "LBORRES": "abc"}])
    job = wait_for(client, deliver(client, bad), "refused")
    wanted = {"file": "lb.csv", "row": 2, "column": "LBORRES", "value": "abc"}
    assert wanted in [{name: refusal[name] for name in wanted} for refusal in job["refusals"]]
    assert all(refusal["rule"] for refusal in job["refusals"])
    assert repository.list_all(STUDY) == []
    assert kept(settings) == ["state.json"]


def test_a_discarded_draft_leaves_nothing(client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path) -> None:
    address = deliver(client, folder)
    wait_for(client, address, "ready")
    assert post(client, f"{address}/discard").get_json()["state"] == "discarded"
    assert client.get(address).status_code == 404
    assert repository.list_all(STUDY) == []
    assert kept(settings) == []
    with repository.engine.connect() as connection:
        assert connection.scalar(text("SELECT (SELECT count(*) FROM participant) + (SELECT count(*) FROM count)")) == 0


def test_a_delivery_waits_for_another_import_and_is_then_read(client: FlaskClient, repository: SqlRepository, folder: Path) -> None:
    with import_lock(repository.engine):
        address = deliver(client, folder)
        assert "Another import is running" in wait_for(client, address, "waiting")["sentence"]
    assert wait_for(client, address, "ready")["snapshot"]["participants"] == 1


def test_a_delivery_that_waits_can_be_discarded(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path, started: list[Started]
) -> None:
    with import_lock(repository.engine):
        address = deliver(client, folder)
        wait_for(client, address, "waiting")
        assert post(client, f"{address}/discard").get_json()["state"] == "discarded"
        started[0].process.wait()
    assert client.get(address).status_code == 404
    assert kept(settings) == []


def made_job(settings: Settings, files: dict[str, bytes]) -> JobFolder:
    """A delivery that is received and not yet read."""
    folder = JobFolder(settings.var / "deliveries" / ("0" * 32))
    folder.create().close()
    for name, content in files.items():
        (folder.files / name).write_bytes(content)
    folder.write(Job(id=folder.path.name, study=STUDY, state="reading"))
    return folder


def test_another_import_that_does_not_end_is_told_and_the_files_are_deleted(
    settings: Settings, repository: SqlRepository, folder: Path
) -> None:
    job = made_job(settings, read_files(folder))
    with import_lock(repository.engine):
        read_job(job, settings, patience=0)
    assert (found := job.read()) is not None
    assert (found.state, found.active) == ("busy", False)
    assert kept(settings) == ["state.json"]


def test_a_reading_that_is_killed_is_told_as_interrupted(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path, started: list[Started]
) -> None:
    with import_lock(repository.engine):
        address = deliver(client, folder)
        wait_for(client, address, "waiting")
        started[0].process.kill()
        assert "Send the files again" in wait_for(client, address, "interrupted")["sentence"]
    assert kept(settings) == ["state.json"]
    assert wait_for(client, deliver(client, folder), "ready")["state"] == "ready"


START_AND_DIE = """
import os, sys
from pathlib import Path
from dashboard.delivering.desk import Deliveries
from dashboard.factory import open_repository
from dashboard.settings import read_settings
settings = read_settings(os.environ)
with Deliveries(settings, open_repository(settings)).receive(sys.argv[1], 1000) as reception:
    for path in Path(sys.argv[2]).iterdir():
        reception.receipt.open_file(path.name).write(path.read_bytes())
    reception.complete(None, "")
print(reception.job.id, flush=True)
os._exit(9)
"""


def test_a_reading_outlives_the_server_process_that_started_it(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path
) -> None:
    with import_lock(repository.engine):
        command = [sys.executable, "-c", START_AND_DIE, STUDY, str(folder)]
        died = subprocess.run(command, cwd=ROOT, env=own_environment(settings.var), stdout=subprocess.PIPE, text=True)
        assert died.returncode == 9
        address = f"{DESK}/{died.stdout.strip()}"
        assert client.get(address).get_json()["active"]
    assert wait_for(client, address, "ready")["snapshot"]["status"] == "draft"


def test_a_database_that_fails_is_told_with_the_reference_that_the_log_has(
    settings: Settings, folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "broken.sqlite").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    job = made_job(settings, read_files(folder))
    read_job(job, settings.model_copy(update={"database_url": f"sqlite:///{tmp_path / 'broken.sqlite'}"}))
    assert (found := job.read()) is not None
    assert found.state == "failed"
    assert "database cannot be prepared" in found.sentence
    assert f"reference {found.reference}" in caplog.text


def test_an_error_nobody_expected_is_raised_and_told_with_its_reference(settings: Settings, caplog: pytest.LogCaptureFixture) -> None:
    job = made_job(settings, {})
    job.delete_files()
    with pytest.raises(FileNotFoundError):
        read_job(job, settings)
    assert (found := job.read()) is not None
    assert found.state == "failed"
    assert f"reference {found.reference}" in caplog.text


def test_a_cut_date_is_used_for_reading(client: FlaskClient, folder: Path) -> None:
    job = wait_for(client, deliver(client, folder, cut_date="2024-04-01", label="First"), "ready")
    assert (job["snapshot"]["cut_date"], job["snapshot"]["label"]) == ("2024-04-01", "First")


def test_dates_in_the_future_do_not_become_the_data_cut_by_accident(client: FlaskClient, tmp_path: Path) -> None:
    future = write_sdtm(tmp_path / "future", lb=[{**LB, "LBDTC": "2999-03-01T08:00"}])
    assert "lies in the future" in wait_for(client, deliver(client, future), "refused")["refusals"][0]["rule"]


@pytest.mark.parametrize("date", ["yesterday", "2024-02-30", "01/02/2024"])
def test_a_cut_date_that_is_no_date_is_refused_and_nothing_is_kept(
    client: FlaskClient, settings: Settings, folder: Path, date: str
) -> None:
    answer = send(client, read_files(folder), cut_date=date)
    assert answer.status_code == 400
    assert date in answer.get_json()["error"]
    assert kept(settings) == []


def test_a_label_that_is_too_long_is_refused(client: FlaskClient, folder: Path) -> None:
    assert send(client, read_files(folder), label="x" * 81).status_code == 400
    address = deliver(client, folder, label="Ω" * 80)
    wait_for(client, address, "ready")
    assert post(client, f"{address}/publish", label="a\nb").status_code == 400
    assert post(client, f"{address}/publish", label="").get_json()["snapshot"]["label"] == "Ω" * 80


FOREIGN = [
    {"Origin": "https://example.org"},
    {"Origin": "http://localhost:8051", "Sec-Fetch-Site": "same-site"},
    {"Origin": "null"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "none"},
    {"Origin": "https://example.org", "Sec-Fetch-Site": "same-origin"},
    {},
]


@pytest.mark.parametrize("headers", FOREIGN)
def test_a_request_from_a_page_of_another_site_is_refused(
    client: FlaskClient, settings: Settings, folder: Path, headers: dict[str, str]
) -> None:
    answers = [send(client, read_files(folder), headers=headers)]
    answers += [post(client, f"{CUTS}/0123456789/{act}", headers) for act in ("withdraw", "verify")]
    answers += [post(client, f"{DESK}/{'0' * 32}/{act}", headers) for act in ("publish", "discard")]
    assert {answer.status_code for answer in answers} == {403}
    assert all("not come from a page of this server" in answer.get_json()["error"] for answer in answers)
    assert not (settings.var / "deliveries").exists()


def test_another_site_cannot_read_how_far_a_delivery_is(client: FlaskClient) -> None:
    assert client.get(DESK, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403


@pytest.mark.parametrize("caller", ["192.168.1.2", "10.0.0.1", "::2", ""])
def test_a_caller_on_another_machine_is_refused(client: FlaskClient, caller: str) -> None:
    answers = [client.get(DESK, environ_overrides={"REMOTE_ADDR": caller})]
    answers += [client.post(f"{CUTS}/0123/verify", json={}, headers=OWN, environ_overrides={"REMOTE_ADDR": caller})]
    assert [answer.status_code for answer in answers] == [403, 403]
    assert "on the machine on which the server runs" in answers[0].get_json()["error"]


@pytest.mark.parametrize("host", ["example.org", "localhost.example.org", "192.168.1.2:8050", "127.0.0.1.nip.io", "[::2]:80"])
def test_a_name_that_is_no_loopback_name_is_refused(client: FlaskClient, host: str) -> None:
    answer = client.post(f"{CUTS}/0123/verify", json={}, headers={"Host": host, "Origin": f"http://{host}"})
    assert answer.status_code == 403


@pytest.mark.parametrize("host", ["localhost:8050", "127.0.0.1:8050", "[::1]:8050", "LOCALHOST"])
def test_every_loopback_name_is_taken(client: FlaskClient, host: str) -> None:
    assert client.get(DESK, headers={"Host": host}).get_json()["largest_file"] == 1_000_000


def test_a_server_that_listens_elsewhere_takes_no_delivery(tmp_path: Path) -> None:
    settings = Settings(var=tmp_path, host="192.168.1.2")
    repository = open_repository(settings)
    answer = create_app(settings, repository).server.test_client().get(DESK)
    repository.engine.dispose()
    assert answer.status_code == 403
    assert "listens on 192.168.1.2" in answer.get_json()["error"]


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/octet-stream", "application/json", ""])
def test_files_come_in_a_form_and_in_nothing_else(client: FlaskClient, kind: str) -> None:
    assert client.post(DESK, data=b"{}", content_type=kind, headers=OWN).status_code == 415


@pytest.mark.parametrize("kind", ["text/plain", "multipart/form-data"])
def test_decisions_come_as_json_and_as_nothing_else(client: FlaskClient, kind: str) -> None:
    assert client.post(f"{CUTS}/0123/verify", data=b"{}", content_type=kind, headers=OWN).status_code == 415


@pytest.mark.parametrize("body", [b"", b"[]", b"1", b"{", b"\xff", b'{"reason": 1}', b'{"reason": "a", "more": 1}', b"{}"])
def test_a_decision_that_is_not_the_object_expected_is_refused(client: FlaskClient, body: bytes) -> None:
    answer = client.post(f"{CUTS}/0123/withdraw", data=body, content_type="application/json", headers=OWN)
    assert answer.status_code == 400


def test_a_file_or_a_delivery_that_is_too_large_is_refused_and_nothing_is_kept(client: FlaskClient, settings: Settings) -> None:
    one = send(client, {"lb.csv": bytes(1_000_001)})
    assert (one.status_code, one.get_json()["error"]) == (413, "The file lb.csv is larger than 1 MB.")
    all_together = send(client, {f"{name}.csv": bytes(900_000) for name in "abc"})
    assert (all_together.status_code, all_together.get_json()["error"]) == (413, "The delivery is larger than 2 MB.")
    twice_as_much = send(client, {f"{name}.csv": bytes(900_000) for name in "abcde"})
    assert (twice_as_much.status_code, twice_as_much.get_json()["error"]) == (413, "The delivery is larger than 2 MB.")
    assert kept(settings) == []


def test_only_files_may_be_large(client: FlaskClient) -> None:
    answer = client.post(f"{CUTS}/0123/withdraw", data=b" " * 262_145, content_type="application/json", headers=OWN)
    assert answer.status_code == 413
    assert answer.get_json()["error"]
    assert client.post("/_dash-update-component", data=b" " * 262_145, content_type="application/json").status_code == 413


def test_a_body_of_unknown_length_is_refused(client: FlaskClient) -> None:
    chunked = {"wsgi.input_terminated": True, "HTTP_TRANSFER_ENCODING": "chunked"}
    answer = client.post(
        DESK, input_stream=BytesIO(b"x"), content_type="multipart/form-data; boundary=x", headers=OWN, environ_overrides=chunked
    )
    assert answer.status_code == 411


def test_more_than_five_hundred_files_are_refused(client: FlaskClient, settings: Settings) -> None:
    # Not empty: the test client writes an empty file without the blank line after its head, which no browser does.
    assert send(client, {f"{number}.csv": b"A\n" for number in range(501)}).status_code == 413
    assert kept(settings) == []


@pytest.mark.parametrize("cut_off", [b"", b"--x", b'--x\r\nContent-Disposition: form-data; name="file"; filename="lb.csv"\r\n\r\n1,2'])
def test_a_form_that_is_cut_off_is_refused_and_nothing_is_kept(client: FlaskClient, settings: Settings, cut_off: bytes) -> None:
    answer = client.post(DESK, data=cut_off, content_type="multipart/form-data; boundary=x", headers=OWN)
    assert answer.status_code == 400
    assert answer.get_json()["error"]
    assert kept(settings) == []


def test_a_form_without_files_is_refused(client: FlaskClient) -> None:
    assert "holds no file" in send(client, {}).get_json()["error"]


def test_an_unknown_study_or_delivery_is_404(client: FlaskClient, folder: Path) -> None:
    assert send(client, read_files(folder), address="/api/v1/nothing/deliveries").status_code == 404
    address = deliver(client, folder)
    wait_for(client, address, "ready")
    name = address.rsplit("/", 1)[1]
    for unknown in (f"/api/v1/cdiscpilot01/deliveries/{name}", f"{DESK}/{'f' * 32}", f"{DESK}/..", f"{DESK}/{name[:-1]}", f"{DESK}/%2e%2e"):
        assert client.get(unknown).status_code == 404, unknown
    assert post(client, f"/api/v1/cdiscpilot01/deliveries/{name}/publish", label="").status_code == 404
    assert post(client, f"{CUTS}/0123456789/verify").status_code == 404


@pytest.mark.parametrize(
    ("sent_as", "name"),
    [
        ("lb.csv", "lb.csv"),
        ("../../evil.csv", "evil.csv"),
        ("..\\..\\evil.csv", "evil.csv"),
        ("/etc/passwd", "passwd"),
        ("C:\\data\\lb.csv", "lb.csv"),
        ("delivery/sub/lb.csv", "lb.csv"),
        (".hidden.csv", "hidden.csv"),
        ("lb\x00.csv", "lb_.csv"),
        ("lb\n<b>.csv", "lb__b_.csv"),
        ("Lieferung März (2).csv", "Lieferung März (2).csv"),
        ("Lieferung Ma\u0308rz.csv", "Lieferung März.csv"),
        ("-rf.csv", "-rf.csv"),
    ],
)
def test_a_file_keeps_its_name_without_what_could_lead_elsewhere(sent_as: str, name: str) -> None:
    assert safe_name(sent_as) == name


@pytest.mark.parametrize("sent_as", ["", ".", "..", "...", "/", "a/", " ", "x" * 121])
def test_a_name_of_which_nothing_is_left_is_refused(sent_as: str) -> None:
    with pytest.raises(WrongUseError):
        safe_name(sent_as)


def test_names_that_lead_elsewhere_stay_in_the_folder_of_the_delivery(client: FlaskClient, settings: Settings, folder: Path) -> None:
    files = {f"../../{name}": content for name, content in read_files(folder).items()}
    ready = wait_for(client, send(client, files).headers["Location"], "ready")
    assert {file["sent_as"]: file["name"] for file in ready["files"]} == {f"../../{name}": name for name in read_files(folder)}
    assert sorted(path.name for path in settings.var.iterdir() if path.suffix == ".csv") == []
    assert kept(settings) == ["state.json"]


def test_what_is_unpacked_is_deleted_with_the_delivery(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path, started: list[Started]
) -> None:
    with import_lock(repository.engine):
        address = deliver(client, folder)
        wait_for(client, address, "waiting")
        scratch = settings.var / "deliveries" / address.rsplit("/", 1)[1] / "scratch"
        assert started[0].environment["TMPDIR"] == str(scratch)
        (scratch / "lb.csv").write_text("unpacked", encoding="utf-8")
        started[0].process.kill()
        wait_for(client, address, "interrupted")
    assert not scratch.exists()


def test_two_files_of_one_name_are_refused(client: FlaskClient, settings: Settings) -> None:
    answer = send(client, {"a/lb.csv": b"x", "b/LB.csv": b"y"})
    assert answer.status_code == 400
    assert "two files of the delivery are called" in answer.get_json()["error"].lower()
    assert kept(settings) == []


def test_two_tabs_with_the_same_content_share_one_draft_and_both_learn_what_became_of_it(
    client: FlaskClient, repository: SqlRepository, folder: Path
) -> None:
    one, other = deliver(client, folder), deliver(client, folder)
    cuts = [wait_for(client, address, "ready")["snapshot"]["cut"] for address in (one, other)]
    assert len(set(cuts)) == len(repository.list_all(STUDY)) == 1
    post(client, f"{one}/publish", label="From one")
    found = client.get(other).get_json()
    assert (found["state"], "published already, as “From one”" in found["sentence"]) == ("published", True)
    refused = post(client, f"{other}/discard")
    assert (refused.status_code, "withdraw" in refused.get_json()["error"]) == (409, True)
    assert post(client, f"{other}/publish", label="From the other").status_code == 409
    assert [snapshot.label for snapshot in repository.list_published(STUDY)] == ["From one"]


def test_a_draft_that_one_tab_discards_is_gone_for_the_other(client: FlaskClient, folder: Path) -> None:
    one, other = deliver(client, folder), deliver(client, folder)
    for address in (one, other):
        wait_for(client, address, "ready")
    post(client, f"{one}/discard")
    assert client.get(other).get_json()["state"] == "discarded"
    assert post(client, f"{other}/publish", label="x").status_code == 409


def test_a_content_that_was_withdrawn_says_so_and_cannot_be_published(client: FlaskClient, folder: Path) -> None:
    first = deliver(client, folder)
    cut = wait_for(client, first, "ready")["snapshot"]["cut"]
    post(client, f"{first}/publish", label="x")
    assert post(client, f"{CUTS}/{cut}/withdraw", reason=" ").status_code == 409
    assert post(client, f"{CUTS}/{cut}/withdraw", reason="wrong file").get_json()["withdrawn_reason"] == "wrong file"
    again = wait_for(client, deliver(client, folder), "refused")
    assert "withdrawn (wrong file)" in again["sentence"]


def test_verifying_finds_a_row_that_was_altered_behind_the_programs_back(
    client: FlaskClient, repository: SqlRepository, folder: Path
) -> None:
    cut = wait_for(client, deliver(client, folder), "ready")["snapshot"]["cut"]
    assert post(client, f"{CUTS}/{cut}/verify").get_json()["verified"] is True
    with repository.engine.begin() as connection:
        connection.execute(text("UPDATE count SET value = value + 1"))
    found = post(client, f"{CUTS}/{cut}/verify").get_json()
    assert (found["verified"], "altered" in found["sentence"]) == (False, True)


def test_no_answer_about_a_delivery_is_stored(client: FlaskClient, folder: Path) -> None:
    address = deliver(client, folder)
    wait_for(client, address, "ready")
    answers = [client.get(address), client.get(DESK), post(client, f"{address}/discard"), client.get(address)]
    assert {answer.headers["Cache-Control"] for answer in answers} == {"no-store"}


def test_what_is_older_than_a_day_is_forgotten_and_what_was_left_is_tidied_up(
    client: FlaskClient, repository: SqlRepository, settings: Settings, folder: Path
) -> None:
    address = deliver(client, folder)
    wait_for(client, address, "ready")
    old = settings.var / "deliveries" / address.rsplit("/", 1)[1]
    os.utime(old, (0, 0))
    left = made_job(settings, read_files(folder))
    assert Deliveries(settings, repository).clean_up() == 0
    assert not old.exists()
    assert not left.files.exists()
    assert (found := left.read()) is not None
    assert found.state == "interrupted"
    assert [snapshot.status for snapshot in repository.list_all(STUDY)] == ["draft"]


def test_a_fifth_delivery_at_once_is_asked_to_wait(client: FlaskClient, repository: SqlRepository, folder: Path) -> None:
    with import_lock(repository.engine):
        waiting = [deliver(client, folder) for _ in range(4)]
        assert send(client, read_files(folder)).status_code == 503
        for address in waiting:
            wait_for(client, address, "waiting")
            post(client, f"{address}/discard")


def test_a_disk_without_room_is_told_before_the_files_are_sent(
    client: FlaskClient, settings: Settings, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk, "BYTES_LEFT_FREE", 10**18)
    answer = send(client, read_files(folder))
    assert (answer.status_code, answer.get_json()["error"]) == (507, "The disk of the server has no room for this delivery.")
    assert not (settings.var / "deliveries").exists()


def test_a_zip_file_is_a_delivery(client: FlaskClient, folder: Path) -> None:
    packed = BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in read_files(folder).items():
            archive.writestr(name, content)
    job = wait_for(client, send(client, {"delivery.zip": packed.getvalue()}).headers["Location"], "ready")
    assert job["report"]["tallies"]["counts"]["stored"] == 1


def test_a_value_nobody_can_print_is_still_told(settings: Settings, tmp_path: Path) -> None:
    bad = write_sdtm(tmp_path / "bad")
    write_csv(bad / "lb.csv", [{**LB, "LBORRES": "x" * 500}])
    job = made_job(settings, read_files(bad))
    read_job(job, settings)
    values = [refusal["value"] for refusal in json.loads((job.path / "state.json").read_text(encoding="utf-8"))["refusals"]]
    assert f"{'x' * 200}…" in values
