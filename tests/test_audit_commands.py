"""The commands on the audit: what people do by command is in it, the questions are answered, and a chain that was changed is found."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import pairwise
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.cli import DONE, ENVIRONMENT, REFUSED, WRONG_USE, main
from dashboard.delivering.person import read_person
from data_access.audit import SqlAudit
from data_access.engine import create_database_engine
from data_access.migrations import migrate
from tests.data_access.deliveries import DM, EX, LB, write_sdtm

STUDY = "nct05600920"
# A delivery of two participants, of which P1 is a woman in cohort 240 and P2 a man in cohort 720.
PEOPLE = [{**DM, "USUBJID": "P1"}, {**DM, "USUBJID": "P2", "SEX": "M", "ARMCD": "NTI7-720"}]


@dataclass
class Desk:
    """A database of one engine, and the commands on it."""

    url: str
    folder: Path
    capsys: pytest.CaptureFixture[str]

    def run(self, *words: str) -> tuple[int, str, str]:
        """Exit code, standard output and messages of a command."""
        code = main(words, {"DATABASE_URL": self.url, "VAR": str(self.folder / "var")})
        told = self.capsys.readouterr()
        return code, told.out, told.err

    def published(self) -> str:
        """The cut of a delivery that is imported and published."""
        rows = ([{**row, "USUBJID": name} for name in ("P1", "P2")] for row in (EX, LB))
        code, out, err = self.run("import", STUDY, str(write_sdtm(self.folder / "delivery", PEOPLE, *rows)), "--publish", "--label", "one")
        assert code == DONE, err
        return out.strip()

    def audit(self, *words: str) -> list[dict[str, object]]:
        """The rows that a question is answered with."""
        code, out, err = self.run("audit", *words, "--format", "json")
        assert code == DONE, err
        return [json.loads(line) for line in out.splitlines()]

    def write(self, action: str, reader: str, day: int, cut: str = "", **detail: str) -> None:
        """An event on a day of March 2026, as the server writes it."""
        engine = create_database_engine(self.url)
        migrate(engine)
        SqlAudit(engine, lambda: datetime(2026, 3, day, 12, tzinfo=UTC)).write(action, reader, STUDY, cut, detail)
        engine.dispose()

    def spoil(self, *statements: str) -> None:
        """What the owner of the database can do."""
        engine = create_database_engine(self.url)
        with engine.begin() as connection:
            if engine.dialect.name == "postgresql":
                connection.execute(text("ALTER TABLE audit_event DISABLE TRIGGER USER"))
            else:
                for act in ("update", "delete", "insert"):
                    connection.execute(text(f"DROP TRIGGER freeze_audit_event_{act}"))
            for statement in statements:
                connection.execute(text(statement))
        engine.dispose()


@pytest.fixture(params=["sqlite", pytest.param("postgres", marks=pytest.mark.postgres)])
def desk(request: pytest.FixtureRequest, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    """An empty database."""
    url = request.getfixturevalue("postgres_url") if request.param == "postgres" else f"sqlite:///{tmp_path / 'test.sqlite'}"
    return Desk(url, tmp_path, capsys)


def test_what_is_done_by_command_is_in_the_audit_under_the_name_of_the_person(desk: Desk) -> None:
    cut = desk.published()
    assert desk.run("export", STUDY, "participants")[0] == DONE
    assert desk.run("write-delivery", STUDY, str(desk.folder / "written"))[0] == DONE
    assert desk.run("withdraw", STUDY, cut, "--why", "wrong units")[0] == DONE
    rows = desk.audit("list")
    assert [row["action"] for row in rows] == ["withdraw", "export", "export", "publish", "deliver"]
    assert {(row["reader"], row["study"], row["cut"]) for row in rows} == {(read_person(), STUDY, cut)}
    assert rows[0]["detail"] == {"reason": "wrong units"}
    assert rows[2]["detail"] == {"format": "csv", "query": f"cut={cut}", "table": "participants"}
    assert rows[4]["detail"] == {"label": "one"}


def test_a_delivery_that_is_refused_or_a_state_that_does_not_fit_leaves_no_row(desk: Desk) -> None:
    (desk.folder / "nothing.csv").write_text("a\n1\n")
    assert desk.run("import", STUDY, str(desk.folder / "nothing.csv"))[0] == REFUSED
    cut = desk.published()
    assert desk.run("withdraw", STUDY, cut, "--why", " ")[0] == WRONG_USE
    assert desk.run("withdraw", STUDY, cut, "--why", "wrong")[0] == DONE
    assert desk.run("withdraw", STUDY, cut, "--why", "again")[0] == WRONG_USE
    assert desk.run("publish", STUDY, cut)[0] == WRONG_USE
    assert [row["action"] for row in desk.audit("list")] == ["withdraw", "publish", "deliver"]


def test_without_an_audit_nothing_is_published_withdrawn_or_exported(desk: Desk) -> None:
    cut = desk.published()
    desk.spoil("DROP TABLE audit_event")
    for words in (("withdraw", STUDY, cut, "--why", "x"), ("export", STUDY, "participants"), ("publish", STUDY, cut)):
        code, out, err = desk.run(*words)
        assert (code, out) == (ENVIRONMENT, "")
        assert "the audit cannot be written" in err
    assert f"{cut}  published" in desk.run("snapshots", STUDY)[1]


def test_a_whole_audit_verifies_and_prints_its_head(desk: Desk) -> None:
    desk.published()
    code, out, err = desk.run("audit", "verify")
    assert (code, "the audit is whole: 2 rows" in err) == (DONE, True)
    assert desk.run("audit", "head")[1] == out
    number, noted = out.split()
    assert (number, len(noted)) == ("2", 64)
    assert desk.run("export", STUDY, "participants")[0] == DONE
    assert desk.run("audit", "verify", "--head", noted)[0] == DONE


@pytest.mark.parametrize("desk", ["sqlite"], indirect=True)
@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("UPDATE audit_event SET reader = 'eve' WHERE seq = 2", "row 2 of the audit was altered"),
        ("DELETE FROM audit_event WHERE seq = 1", "row 1 is missing from the audit"),
        ("DELETE FROM audit_event WHERE seq = 2", "ends with row 1 and has no row with the hash"),
    ],
)
def test_a_changed_audit_is_found(desk: Desk, statement: str, words: str) -> None:
    desk.published()
    noted = desk.run("audit", "head")[1].split()[1]
    desk.spoil(statement)
    code, out, err = desk.run("audit", "verify", "--head", noted)
    assert (code, out) == (ENVIRONMENT, "")
    assert words in err


def test_who_saw_a_participant(desk: Desk) -> None:
    cut = desk.published()
    desk.write("view", "ada", 1, cut, page="trajectories", query=f"cut={cut}")
    desk.write("view", "bob", 2, cut, page="trajectories", query=f"cut={cut}&sex=F")
    desk.write("export", "cyd", 3, cut, table="trajectories", query=f"cut={cut}&cohort=720")
    desk.write("view", "dan", 4, cut, page="participant", participant="P2", query=f"cut={cut}&sex=F")
    desk.write("view", "eve", 5, cut, page="data/changes", query=f"cut={cut}&sex=F")
    desk.write("table", "fay", 6, cut, table="behind", participants='["P2", "P9"]', query=f"cut={cut}")
    desk.write("view", "gus", 7, "0123456789", page="trajectories", query="cut=0123456789")
    desk.write("view", "hal", 8, cut, page="trajectories")
    desk.write("denied", "ida", 9, cut, path=f"/{STUDY}/participants/P2", method="GET")
    desk.write("view", "jon", 10, cut, page="safety", query=f"cut={cut}&colour=red")
    seen = {row["reader"]: row["how"] for row in desk.audit("participant", STUDY, "P2")}
    unknown = "cannot be ruled out"
    assert seen == {"ada": "in the selection", "cyd": "in the selection", "dan": "by name", "eve": "in the data cut", "fay": "by name"} | {
        "gus": unknown,
        "hal": unknown,
        "jon": unknown,
    }
    first = {row["reader"] for row in desk.audit("participant", STUDY, "P1") if row["how"] != unknown}
    assert first == {"ada", "bob", "eve"}
    # Of P9 nothing is left but the row that names it.
    assert {row["reader"] for row in desk.audit("participant", STUDY, "P9") if row["how"] != unknown} == {"fay"}


def test_a_name_that_does_not_exist_is_refused_and_never_answered_with_no_rows(desk: Desk) -> None:
    cut = desk.published()
    desk.write("view", "dora", 1, cut, page="participant", participant="P2")
    desk.write("audit", "adam", 2, "ffffffffff", question="cut", format="page")
    refused = {
        ("participant", STUDY, "p2"): f"there is no participant “p2” in a data cut of {STUDY}; there is “P2”\n",
        ("participant", STUDY, "P7"): f"there is no participant “P7” in a data cut of {STUDY}\n",
        ("cut", STUDY, cut[:9]): f"there is no data cut “{cut[:9]}” of {STUDY}; there is “{cut}”\n",
        ("cut", STUDY, f"{cut}zz"): f"there is no data cut “{cut}zz” of {STUDY}; there is “{cut}”\n",
        ("cut", STUDY, "ffffffffff"): f"there is no data cut “ffffffffff” of {STUDY}; there is “{cut}”\n",
        ("user", "Dora"): "there is no account “Dora”, and no row of the audit has this user; there is “dora”\n",
        ("user", "eve"): "there is no account “eve”, and no row of the audit has this user\n",
        ("list", "--user", "eve"): "there is no account “eve”, and no row of the audit has this user\n",
        ("list", "--study", "none"): "there is no study “none”; there are: ",
    }
    for words, told in refused.items():
        code, out, err = desk.run("audit", *words)
        assert (words, code, out) == (words, WRONG_USE, "")
        assert told in err


def test_a_name_that_exists_is_answered_though_nobody_saw_it(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    cut = desk.published()
    monkeypatch.setattr("sys.stdin", io.StringIO("quiet meadow turbine kettle\n"))
    assert desk.run("account", "add", "eve")[0] == DONE
    asked = ("participant", STUDY, "P1"), ("cut", STUDY, f" {cut.upper()} "), ("user", "eve")
    assert [desk.audit(*words) for words in asked] == [[], [], []]
    assert desk.run("withdraw", STUDY, cut, "--why", "x")[0] == DONE
    assert [desk.audit(*words) for words in asked] == [[], [], []]


def test_what_is_withdrawn_can_no_longer_be_ruled_out(desk: Desk) -> None:
    cut = desk.published()
    desk.write("view", "ada", 1, cut, page="trajectories", query=f"cut={cut}&sex=F")
    desk.run("withdraw", STUDY, cut, "--why", "x")
    assert [(row["reader"], row["how"]) for row in desk.audit("participant", STUDY, "P2")] == [("ada", "cannot be ruled out")]


def seen_in_march(desk: Desk) -> None:
    """Two people look at two cuts on three days."""
    desk.write("view", "ada", 1, "aaaaaaaaaa", page="safety")
    desk.write("export", "bob", 2, "aaaaaaaaaa", table="participants")
    desk.write("view", "ada", 3, "bbbbbbbbbb", page="safety")
    desk.write("denied", "bob", 3, path="/x", method="GET")
    desk.write("sign-in-failed", "", 4, caller="::1")


QUESTIONS: dict[tuple[str, ...], list[int]] = {
    ("user", "ada"): [3, 1],
    ("user", "ada", "--from", "2026-03-02"): [3],
    ("user", "ada", "--to", "2026-03-01"): [1],
    ("user", "ada", "--from", "2026-03-01", "--to", "2026-03-03T12:00"): [1],
    ("cut", STUDY, "aaaaaaaaaa"): [2, 1],
    ("cut", STUDY, "aaaaaaaaaa", "--before", "2026-03-02"): [1],
    ("cut", STUDY, "aaaaaaaaaa", "--before", "2026-03-02T12:00:01"): [2, 1],
    ("exports",): [2],
    ("denied",): [5, 4],
    ("list", "--study", STUDY, "--action", "view"): [3, 1],
    ("list", "--user", "bob", "--to", "2026-03-02"): [2],
}


def test_the_questions_are_answered(desk: Desk) -> None:
    seen_in_march(desk)
    assert {words: [row["seq"] for row in desk.audit(*words)] for words in QUESTIONS} == QUESTIONS


def test_exports_are_everything_that_leaves_as_a_file(desk: Desk) -> None:
    """A table read over HTTP, a file saved on a page, a package, printed minutes, a delivery and a backup written by command."""
    desk.published()
    desk.write("view", "ada", 1, "aaaaaaaaaa", page="safety")
    desk.write("table", "ada", 1, "aaaaaaaaaa", table="trajectories", format="csv")
    desk.write("export", "bob", 2, "aaaaaaaaaa", table="participants", format="xlsx")
    desk.write("package", "cyd", 3, "aaaaaaaaaa", page="package", format="pdf")
    desk.write("minutes", "dan", 4, "aaaaaaaaaa", item="one", format="pdf")
    desk.write("open", "eve", 5, "aaaaaaaaaa", page="safety")
    assert desk.run("write-delivery", STUDY, str(desk.folder / "written"))[0] == DONE
    assert desk.run("backup", str(desk.folder / "backup"))[0] == DONE
    found = [(row["action"], row["detail"].get("format")) for row in desk.audit("exports")]
    assert found == [
        ("export", "backup"),
        ("export", "delivery"),
        ("minutes", "pdf"),
        ("package", "pdf"),
        ("export", "xlsx"),
        ("table", "csv"),
    ]


def test_an_answer_is_text_or_csv_too(desk: Desk) -> None:
    seen_in_march(desk)
    desk.write("view", "=1+1", 5, "aaaaaaaaaa", page="safety")
    code, out, err = desk.run("audit", "exports")
    assert (code, out, err) == (DONE, f"2  2026-03-02T12:00:00  bob  export  {STUDY}  aaaaaaaaaa  table=participants\n", "1 row\n")
    rows = list(csv.DictReader(io.StringIO(desk.run("audit", "list", "--format", "csv")[1])))
    assert [row["seq"] for row in rows] == ["6", "5", "4", "3", "2", "1"]
    assert (rows[0]["reader"], rows[0]["detail"]) == ("'=1+1", '{"page":"safety"}')
    assert all(later["previous"] == earlier["hash"] for later, earlier in pairwise(rows))


@pytest.mark.parametrize(
    ("words", "told"),
    [
        (("verify", "--head", "abc"), "a hash has 64 hex digits"),
        (("list", "--action", "looked"), "the audit has no action 'looked'"),
        (("list", "--from", "2026"), "a time is written as"),
        (("user", "ada", "--to", "9999-12-31"), "a time is written as"),
        (("participant", "none", "P1"), "There is no study “none”"),
        (("cut", "none", "aaaaaaaaaa"), "There is no study “none”"),
        (("user", ""), "there is no account “”"),
        (("asked",), "invalid choice"),
        ((), "required"),
    ],
)
def test_a_question_that_cannot_be_asked_is_wrong_use(
    words: tuple[str, ...], told: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, out, err = Desk(f"sqlite:///{tmp_path / 'test.sqlite'}", tmp_path, capsys).run("audit", *words)
    assert (code, out) == (WRONG_USE, "")
    assert told in err


def test_a_database_that_does_not_answer_is_the_environment(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "folder").mkdir()
    ask: Callable[..., tuple[int, str, str]] = Desk(f"sqlite:///{tmp_path / 'folder'}", tmp_path, capsys).run
    assert ask("audit", "verify")[:2] == (ENVIRONMENT, "")
