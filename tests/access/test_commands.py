"""Accounts, roles, sessions and releases on the command line."""

from __future__ import annotations

import io
import re
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from dashboard.access.passwords import Passwords
from dashboard.access.ports import Account, Release
from dashboard.access.sessions import Session
from dashboard.cli import DONE, WRONG_USE, main
from data_access.accounts import SqlAccounts
from data_access.audit import SqlAudit
from data_access.opening import open_repository
from data_access.releases import SqlReleases
from data_access.repository import SqlRepository, utc_now
from data_access.sessions import SqlSessions
from tests.data_access.deliveries import read, write_sdtm

STUDY, PASSWORD = "nct05600920", "quiet meadow turbine kettle"
Run = Callable[..., int]


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {"VAR": str(tmp_path / "var")}


@pytest.fixture
def repository(environment: dict[str, str]) -> SqlRepository:
    return open_repository(f"sqlite:///{environment['VAR']}/lymphotrace.sqlite")


@pytest.fixture
def run(environment: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Run:
    """Runs a command; `typed` is what stands on standard input."""

    def one(*arguments: str, typed: str = "") -> int:
        monkeypatch.setattr("sys.stdin", io.StringIO(typed))
        return main(arguments, environment)

    return one


def account(repository: SqlRepository, name: str) -> Account:
    found = SqlAccounts(repository.engine).find(name)
    assert found is not None
    return found


def written(repository: SqlRepository) -> list[str]:
    """The actions in the audit, oldest first."""
    return [record.action for record in SqlAudit(repository.engine).every()]


def test_an_account_is_added_with_the_password_of_standard_input(run: Run, repository: SqlRepository) -> None:
    assert run("account", "add", "Ada@Example.org", typed=f"{PASSWORD}\n") == DONE
    found = account(repository, "ada@example.org")
    assert Passwords().is_right(found.password_hash, PASSWORD)
    assert written(repository) == ["account-added"]


def test_a_password_is_never_an_argument(run: Run, capsys: pytest.CaptureFixture[str]) -> None:
    assert run("account", "add", "ada", PASSWORD) == WRONG_USE
    assert run("account", "add", "ada", "--password", PASSWORD) == WRONG_USE


@pytest.mark.parametrize("typed", ["", "short\n", "password123456789\n", "ada ada ada ada ada\n"])
def test_a_weak_password_adds_no_account_and_is_not_repeated(
    run: Run, repository: SqlRepository, typed: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run("account", "add", "ada", typed=typed) == WRONG_USE
    assert SqlAccounts(repository.engine).list() == []
    assert written(repository) == []
    assert typed.strip() == "" or typed.strip() not in capsys.readouterr().err


@pytest.mark.parametrize("name", ["", "-x", "a b", "ada;", "é", "x" * 101, "../x", "*"])
def test_a_name_that_cannot_be_one_is_refused(run: Run, name: str, repository: SqlRepository) -> None:
    assert run("account", "add", "--without-password", "--", name) == WRONG_USE
    assert SqlAccounts(repository.engine).list() == []


def test_a_name_is_taken_once_whatever_its_case(run: Run, repository: SqlRepository) -> None:
    assert run("account", "add", "ada", "--without-password") == DONE
    assert run("account", "add", "ADA", "--without-password") == WRONG_USE
    assert len(SqlAccounts(repository.engine).list()) == 1


def test_roles_are_granted_and_revoked_at_once(run: Run, repository: SqlRepository, capsys: pytest.CaptureFixture[str]) -> None:
    run("account", "add", "ada", "--without-password")
    assert run("role", "grant", "ada", "dsmb", STUDY) == DONE
    assert run("role", "grant", "ada", "admin") == DONE
    assert account(repository, "ada").roles == {STUDY: {"dsmb"}, "*": {"admin"}}
    capsys.readouterr()
    assert run("account", "list") == DONE
    assert capsys.readouterr().out == f"ada  enabled  no password  admin, dsmb in {STUDY}\n"
    assert run("role", "revoke", "ada", "dsmb", STUDY) == DONE
    assert account(repository, "ada").roles == {"*": {"admin"}}
    assert written(repository) == ["account-added", "role-granted", "role-granted", "role-revoked"]


@pytest.mark.parametrize(
    "arguments",
    [("grant", "ada", "owner", STUDY), ("grant", "ada", "dsmb"), ("grant", "ada", "admin", STUDY), ("grant", "ada", "dsmb", "none"),
     ("grant", "bob", "dsmb", STUDY), ("revoke", "ada", "dsmb", STUDY), ("grant", "ada", "dsmb", "*")],
)  # fmt: skip
def test_a_role_that_cannot_be_held_is_refused(run: Run, repository: SqlRepository, arguments: tuple[str, ...]) -> None:
    run("account", "add", "ada", "--without-password")
    assert run("role", *arguments) == WRONG_USE
    assert account(repository, "ada").roles == {}


def test_disabling_and_another_password_end_every_session(run: Run, repository: SqlRepository) -> None:
    sessions, now = SqlSessions(repository.engine), utc_now()
    run("account", "add", "ada", "--without-password")
    for change, typed in (("disable", ""), ("enable", ""), ("password", f"{PASSWORD}\n")):
        sessions.start(Session(change[0] * 64, "ada", now, now))
        assert run("account", change, "ada", typed=typed) == DONE
        assert account(repository, "ada").disabled is (change == "disable")
        assert [found.id[0] for found in sessions.list()] == ([] if change != "enable" else ["e"])
    assert Passwords().is_right(account(repository, "ada").password_hash, PASSWORD)


def test_sessions_are_listed_and_revoked_by_account_or_name(
    run: Run, repository: SqlRepository, capsys: pytest.CaptureFixture[str]
) -> None:
    sessions, now = SqlSessions(repository.engine), utc_now()
    for name in ("ada", "bob"):
        run("account", "add", name, "--without-password")
    for letter, name in (("a", "ada"), ("b", "bob"), ("c", "bob")):
        sessions.start(Session(letter * 64, name, now - timedelta(minutes=ord(letter)), now))
    capsys.readouterr()
    assert run("session", "list") == DONE
    listed = capsys.readouterr().out.splitlines()
    assert [re.split("  +", line)[:2] for line in listed] == [["a" * 10, "ada"], ["b" * 10, "bob"], ["c" * 10, "bob"]]
    assert not re.search("[abc]{11}", "".join(listed))
    assert run("session", "revoke", "c" * 10) == DONE
    assert [found.id[0] for found in sessions.list()] == ["a", "b"]
    assert run("session", "revoke", "ada") == DONE
    assert [found.id[0] for found in sessions.list()] == ["b"]
    assert run("session", "revoke", "ada") == WRONG_USE


@pytest.fixture
def cut(repository: SqlRepository, tmp_path: Path) -> str:
    return repository.publish(STUDY, repository.store_draft(read(write_sdtm(tmp_path / "delivery"))).cut).cut


def test_a_cut_is_released_and_taken_back(run: Run, repository: SqlRepository, cut: str, capsys: pytest.CaptureFixture[str]) -> None:
    releases = SqlReleases(repository.engine)
    assert run("release", STUDY, cut[:4], "--to", "dsmb,investigator") == DONE
    assert [held.roles for held in releases.read(STUDY).values()] == [{"dsmb", "investigator"}]
    assert run("release", STUDY, cut, "--no-longer-to", "investigator", "--to", "dsmb", "--final") == DONE
    assert list(releases.read(STUDY).values()) == [Release(frozenset({"dsmb"}), frozenset({"dsmb"}))]
    assert "released to: dsmb (final)" in capsys.readouterr().err
    assert written(repository) == ["release", "release-taken-back", "release"]


@pytest.mark.parametrize("options", [(), ("--to", "statistician"), ("--to", "admin"), ("--to", "everybody"), ("--to", "")])
def test_a_release_to_nobody_or_to_another_role_is_refused(run: Run, repository: SqlRepository, cut: str, options: tuple[str, ...]) -> None:
    assert run("release", STUDY, cut, *options) == WRONG_USE
    assert dict(SqlReleases(repository.engine).read(STUDY)) == {}


def test_a_draft_is_not_released(run: Run, repository: SqlRepository, tmp_path: Path) -> None:
    draft = repository.store_draft(read(write_sdtm(tmp_path / "delivery")))
    assert run("release", STUDY, draft.cut, "--to", "dsmb") == WRONG_USE
    assert dict(SqlReleases(repository.engine).read(STUDY)) == {}
