"""The page /audit and its file: who may read them, what they answer, and that the whole way from a view to the answer holds."""

from __future__ import annotations

import csv
import io
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from html import unescape
from pathlib import Path

import pytest
from flask.testing import FlaskClient
from sqlalchemy import text

from dashboard.audit.chain import Record, verify_chain
from dashboard.audit.questions import Question
from dashboard.factory import ASSETS, open_repository
from dashboard.settings import Settings
from dashboard.study.definitions import read_definitions
from dashboard.web.addresses import ADDRESS_HEADER
from dashboard.web.audit_page import ROWS_ON_A_PAGE, register_audit_page
from dashboard.web.request_log import current_request_id
from dashboard.web.static_files import read_assets
from dashboard.workspace import Workspace
from data_access.audit import SqlAudit
from data_access.repository import SqlRepository, utc_now
from tests.web.guarded import PEOPLE, STUDY, House, build_house

PERSON = "SYN-240-001"


@dataclass(frozen=True)
class Reading:
    """The application with the page, and the audit behind both. `begin` is the last row that other tests had written before."""

    house: House
    store: SqlAudit
    begin: int

    def get(self, name: str, address: str) -> str:
        """The page at `address` for the reader `name`, who may read it."""
        answer = self.house.client(name).get(address)
        assert answer.status_code == 200, answer.text
        return answer.text

    def rows(self, name: str, address: str) -> list[str]:
        """The rows of the table that this test wrote, newest first, without the number."""
        numbered = [row.split(maxsplit=1) for row in rows_of(self.get(name, address))]
        return [words for number, words in numbered if int(number) > self.begin]

    def found(self, question: Question) -> list[Record]:
        """The rows of the audit that answer `question` and that this test wrote."""
        return [record for record in self.store.find(question) if record.seq > self.begin]


@pytest.fixture
def own_repository(demo_settings: Settings, demo_repository: SqlRepository, tmp_path: Path) -> Iterator[SqlRepository]:
    """A copy of the demonstration's database, because rows of an audit cannot be removed after a test."""
    source = demo_repository.engine.url.database
    with closing(sqlite3.connect(str(source))) as connection:
        connection.execute("VACUUM INTO ?", (str(tmp_path / "lymphotrace.sqlite"),))
    repository = open_repository(Settings(var=tmp_path))
    yield repository
    repository.engine.dispose()


@pytest.fixture
def reading(own_repository: SqlRepository, tmp_path: Path) -> Reading:
    """Readers who sign in, and the page; events are really written."""
    store = SqlAudit(own_repository.engine, utc_now, current_request_id)
    house = build_house(Settings(var=tmp_path), own_repository)
    house.trail.write = store.write  # type: ignore[method-assign]
    if "audit" not in house.app.server.blueprints:
        register_audit_page(house.app.server, store, Workspace(read_definitions(), own_repository), read_assets(ASSETS))
    return Reading(house, store, store.head().seq)


def rows_of(page: str) -> list[str]:
    """The text of the rows of the table, newest first."""
    rows = re.findall(r"<tr>(<td>.*?)</tr>", page)
    return [" ".join(unescape(re.sub(r"<[^>]+>", " ", row)).split()) for row in rows]


def look(client: FlaskClient, path: str, query: str) -> int:
    """Ask for the layout of a page, as a browser does that opens it; returns the status."""
    return client.get("/_dash-layout", headers={ADDRESS_HEADER: f"{path}?{query}"}).status_code


@pytest.mark.parametrize("name", [name for name in PEOPLE if name != "adam"])
@pytest.mark.parametrize("address", ["/audit", "/audit.csv"])
def test_the_audit_does_not_exist_for_who_may_not_read_it(reading: Reading, name: str, address: str) -> None:
    answer = reading.house.client(name).get(address)
    assert answer.status_code == 404
    assert "signed in" not in answer.text


@pytest.mark.parametrize("address", ["/audit", "/audit.csv"])
def test_who_is_not_signed_in_sees_nothing(reading: Reading, address: str) -> None:
    answer = reading.house.client().get(address)
    assert answer.status_code in (303, 401)
    assert "sha" not in answer.text


def test_an_administrator_reads_what_everybody_did(reading: Reading) -> None:
    cut, before = reading.house.interim.cut, reading.store.head().seq
    assert look(reading.house.client("ivy"), f"/{STUDY}/trajectories", f"cut={cut}") == 200
    rows = rows_of(reading.get("adam", "/audit"))
    # The newest first: the look at the audit is itself an event.
    assert "adam read the audit" in rows[0]
    assert "adam signed in" in rows[1]
    assert f"ivy saw a page {STUDY} {cut} page trajectories" in rows[2]
    assert f"query cut={cut}" in rows[2]
    assert "ivy signed in" in rows[3]
    assert verify_chain(reading.store.every()).seq == before + 4


def test_who_saw_a_participant_is_found_by_name_and_by_selection(reading: Reading) -> None:
    cut, ivy, dora = reading.house.interim.cut, reading.house.client("ivy"), reading.house.client("dora")
    assert look(ivy, f"/{STUDY}/participants/{PERSON}", f"cut={cut}") == 200
    assert look(ivy, f"/{STUDY}/participants/SYN-480-001", f"cut={cut}") == 200
    assert look(dora, f"/{STUDY}/trajectories", f"cut={cut}&cohort=240") == 200
    assert look(dora, f"/{STUDY}/trajectories", f"cut={cut}&cohort=720") == 200
    rows = reading.rows("adam", f"/audit?study={STUDY}&participant={PERSON}")
    answers = [re.search(r"(ivy|dora) saw a page .* (by name|in the selection)", row) for row in rows]
    assert [found.groups() for found in answers if found] == [("dora", "in the selection"), ("ivy", "by name")]
    assert len(answers) == 2


def test_every_row_carries_the_id_that_its_answer_had(reading: Reading) -> None:
    answer = reading.house.client("stan").get(f"/api/v1/{STUDY}/participants.csv")
    (record,) = reading.found(Question(actions=("table",)))
    assert record.request == answer.headers["X-Request-Id"]
    assert (record.reader, record.study, record.cut) == ("stan", STUDY, reading.house.final.cut)


@pytest.mark.parametrize(
    ("query", "wanted"),
    [
        ("action=denied", ["eve failed to sign in", "bob was refused"]),
        ("action=exports", ["kim printed minutes", "kim made a package", "kim read a table", "bob exported"]),
        ("user=bob", ["bob was refused", "bob exported"]),
        ("cut=bb650a9f8d&action=seen", ["bob exported"]),
        (f"study={STUDY}&user=eve", []),
        ("to=2001-01-01", []),
        ("from=2001-01-01&user=eve", ["eve failed to sign in"]),
    ],
)
def test_the_fields_of_the_form_narrow_the_rows(reading: Reading, query: str, wanted: list[str]) -> None:
    reading.store.write("export", "bob", STUDY, "bb650a9f8d", {"table": "participants"})
    reading.store.write("denied", "bob", STUDY, detail={"method": "GET", "path": "/x"})
    reading.store.write("sign-in-failed", "eve")
    for action in ("table", "package", "minutes", "open"):
        reading.store.write(action, "kim", STUDY, "0123456789", {})
    rows = reading.rows("adam", f"/audit?{query}")
    # Before what was done stand the day and the time.
    done = [" ".join(row.split()[2:]) for row in rows]
    assert len(done) == len(wanted)
    assert all(row.startswith(words) for row, words in zip(done, wanted, strict=True)), done


def test_older_rows_are_on_the_next_page(reading: Reading) -> None:
    for number in range(ROWS_ON_A_PAGE + 5):
        reading.store.write("view", "zoe", STUDY, "bb650a9f8d", {"page": f"page-{number}"})
    first = reading.get("adam", "/audit?user=zoe")
    assert len(rows_of(first)) == ROWS_ON_A_PAGE
    (link,) = re.findall(r'href="([^"]*)" rel="next"', first)
    rest = rows_of(reading.get("adam", unescape(link)))
    assert [re.search(r"page-\d+", row)[0] for row in rest] == ["page-4", "page-3", "page-2", "page-1", "page-0"]  # type: ignore[index]


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("from=yesterday", "a time is written as"),
        ("action=looked", "the audit has no action"),
        ("participant=P1", "choose the study too"),
        ("study=none&participant=P1", "there is no study “none”"),
        (f"study={STUDY}&participant=syn-240-001", f"there is no participant “syn-240-001” in a data cut of {STUDY}; there is “{PERSON}”"),
        ("cut=zzz", "there is no data cut “zzz”; there are: "),
        ("user=Adam", "there is no account “Adam”, and no row of the audit has this user; there is “adam”"),
        ("before=1e9", "is the number of a row"),
        ("before=-1", "is the number of a row"),
        (f"before={'9' * 30}", "is the number of a row"),
    ],
)
def test_a_field_that_cannot_be_used_is_said(reading: Reading, query: str, words: str) -> None:
    for address in ("/audit", "/audit.csv"):
        answer = reading.house.client("adam").get(f"{address}?{query}")
        assert answer.status_code == 400
        assert words in (answer.json["error"] if answer.is_json else unescape(answer.text))


def test_the_file_has_the_rows_of_the_page_and_no_formula(reading: Reading) -> None:
    reading.store.write("view", "=1+1", STUDY, "bb650a9f8d", {"page": "safety"})
    answer = reading.house.client("adam").get("/audit.csv?action=view")
    assert answer.headers["Content-Disposition"] == 'attachment; filename="audit.csv"'
    (row,) = csv.DictReader(io.StringIO(answer.text))
    (record,) = reading.found(Question(actions=("view",)))
    assert (row["seq"], row["reader"], row["detail"], row["hash"]) == (str(record.seq), "'=1+1", '{"page":"safety"}', record.hash)


def test_texts_of_the_audit_are_shown_literally(reading: Reading) -> None:
    script = "<script>alert('1')</script>"
    reading.store.write("denied", script, detail={"path": f"/{script}", "method": "GET"})
    page = reading.get("adam", f"/audit?user={script}")
    assert script not in page
    assert page.count("&lt;script&gt;alert(&#x27;1&#x27;)&lt;/script&gt;") == 3


def test_what_tells_of_cohorts_is_hidden_where_the_interim_policy_hides_them(
    own_repository: SqlRepository, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    closed = {key: protocol.model_copy(update={"interim": "closed"}) for key, protocol in read_definitions().items()}
    store = SqlAudit(own_repository.engine)
    house = build_house(Settings(var=tmp_path), own_repository)
    register = house.app.server
    register.blueprints.pop("audit", None)
    register.view_functions = {name: view for name, view in register.view_functions.items() if not name.startswith("audit.")}
    register_audit_page(register, store, Workspace(closed, own_repository), read_assets(ASSETS))
    store.write(
        "view", "dora", STUDY, house.interim.cut, {"page": "safety", "query": f"cut={house.interim.cut}&cohort=240", "view": "ABCD1234"}
    )
    for address in ("/audit", "/audit.csv"):
        shown = house.client("adam").get(f"{address}?study={STUDY}&participant={PERSON}").text
        assert "ABCD1234" in shown
        assert "cohort" not in shown


def test_without_an_audit_nothing_is_shown(reading: Reading, own_repository: SqlRepository) -> None:
    stan, adam = reading.house.client("stan"), reading.house.client("adam")
    with own_repository.engine.begin() as connection:
        connection.execute(text("DROP TABLE audit_event"))
    table = stan.get(f"/api/v1/{STUDY}/participants.csv")
    assert (table.status_code, PERSON in table.text) == (503, False)
    layout = stan.get("/_dash-layout", headers={ADDRESS_HEADER: f"/{STUDY}/participants/{PERSON}?cut={reading.house.final.cut}"})
    assert (layout.status_code, PERSON in layout.text) == (503, False)
    assert adam.get("/audit").status_code == 503
    assert reading.house.sign_in(reading.house.client(), "stan").status_code == 503
