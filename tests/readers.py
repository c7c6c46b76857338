"""The product served to readers who sign in: accounts, roles and releases made with the commands of the product."""

from __future__ import annotations

import io
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr, redirect_stdout
from pathlib import Path

import pytest
from playwright.sync_api import Page

from dashboard.cli import DONE, main
from dashboard.factory import open_repository
from dashboard.settings import read_settings
from tests.serving import Served, serve

STUDY = "nct05600920"
SECRET = "a secret of more than thirty-two characters"  # noqa: S105
PASSWORD = "quiet meadow turbine kettle"  # noqa: S105
# Who there is, and the role in the study; an administrator has none in any study.
PEOPLE: Mapping[str, str] = {"ivy": "investigator", "dora": "dsmb", "stan": "statistician", "adam": "admin"}


@contextmanager
def serve_readers(folder: Path, more: tuple[str, ...] = (), **settings: str) -> Iterator[Served]:
    """The product with AUTH=password: PEOPLE, and `more` members of the board; the interim cut is released to both roles, the final one
    to the board alone."""
    # In a process of its own the product reads its passwords from standard input; so it does here.
    with serve(folder, AUTH="password", SECRET_KEY=SECRET, **settings) as served:
        for name in (*PEOPLE, *more):
            run("account", "add", name, served=served, typed=PASSWORD)
            role = PEOPLE.get(name, "dsmb")
            run("role", "grant", name, role, *(() if role == "admin" else (STUDY,)), served=served)
        final, interim = cuts(served)
        run("release", STUDY, interim, "--to", "dsmb,investigator", served=served)
        run("release", STUDY, final, "--to", "dsmb", served=served)
        yield served


def run(*words: str, served: Served, typed: str = "") -> None:
    """Run a command of the product in this process, `typed` on its standard input; it must end well."""
    said = io.StringIO()
    with pytest.MonkeyPatch.context() as patch, redirect_stdout(said), redirect_stderr(said):
        patch.setattr("sys.stdin", io.StringIO(f"{typed}\n"))
        code = main(words, served.environment)
    assert code == DONE, f"{' '.join(words)} ended with {code}:\n{said.getvalue()}"


def cuts(served: Served) -> list[str]:
    """The published data cuts, newest first."""
    repository = open_repository(read_settings(served.environment))
    found = [snapshot.cut for snapshot in repository.list_published(STUDY)]
    repository.engine.dispose()
    return found


def sign_in(page: Page, name: str, password: str = PASSWORD) -> None:
    """Fill in the form of the sign-in page that is shown."""
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(password)
    page.get_by_role("button", name="Sign in").click()
