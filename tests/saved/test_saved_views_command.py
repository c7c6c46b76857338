"""Saved views on the command line."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path

import pytest

from dashboard.cli import DONE, WRONG_USE, main
from dashboard.saved.views import SavedView, make_view_id
from data_access.audit import SqlAudit
from data_access.opening import open_repository
from data_access.saved_views import SqlSavedViews

STUDY, THEN = "nct05600920", datetime(2020, 3, 1, 8, 5, tzinfo=UTC)


def view(name: str, expires: date | None = None) -> SavedView:
    return SavedView(make_view_id(), STUDY, "a" * 64, "ada", name, "", THEN, expires, "overview", "", "cut=aaaaaaaaaa", "c", "f", ())


def test_views_are_listed_with_state_and_openings_and_revoked_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"VAR": str(tmp_path)}
    repository = open_repository(f"sqlite:///{tmp_path / 'lymphotrace.sqlite'}")
    store = SqlSavedViews(repository.engine)
    lasting, over = view("Lasting"), view("Over", date(2020, 3, 5))
    store.add(lasting)
    store.add(over)
    store.note_opening(lasting.id, "bob", THEN)
    assert main(["saved-views", "list", STUDY], environment) == DONE
    rows = {line.split("\t")[0]: line.split("\t")[1:] for line in capsys.readouterr().out.splitlines()}
    assert rows == {
        lasting.id: ["2020-03-01 08:05", "ada", "Lasting", "opens", "1 opening, the last 2020-03-01 08:05 by bob"],
        over.id: ["2020-03-01 08:05", "ada", "Over", "expired at the end of 2020-03-05", "not opened"],
    }
    assert main(["saved-views", "revoke", lasting.id], environment) == DONE
    assert "“Lasting” no longer opens" in capsys.readouterr().err
    found = store.find(lasting.id)
    assert main(["saved-views", "revoke", lasting.id], environment) == DONE
    assert "was revoked on" in capsys.readouterr().err
    assert store.find(lasting.id) == found
    assert found is not None
    assert found.revoked_at is not None
    events = [record for record in SqlAudit(repository.engine).every() if record.action == "revoke"]
    assert [record.details["link"] for record in events] == [lasting.id]
    repository.engine.dispose()


def test_an_unknown_view_or_study_is_wrong_use(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    environment = {"VAR": str(tmp_path)}
    assert main(["saved-views", "revoke", "0" * 32], environment) == WRONG_USE
    assert f"There is no saved view “{'0' * 32}”" in capsys.readouterr().err
    assert main(["saved-views", "list", "nothing"], environment) == WRONG_USE
    assert "There is no study “nothing”" in capsys.readouterr().err
