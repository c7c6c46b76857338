"""The command line: what it prints, what it stores and with which code it ends."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import text

from dashboard.cli import BUSY, DONE, ENVIRONMENT, REFUSED, WRONG_USE, main
from data_access.engine import create_database_engine
from data_access.locking import import_lock
from tests.data_access.deliveries import LB, write_sdtm

STUDY = "nct05600920"


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Settings with an own database."""
    return {"DATABASE_URL": f"sqlite:///{tmp_path / 'var' / 'test.sqlite'}"}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    """A delivery that can be imported."""
    return str(write_sdtm(tmp_path / "delivery"))


def _lines(capsys: pytest.CaptureFixture[str]) -> tuple[list[str], str]:
    captured = capsys.readouterr()
    return captured.out.splitlines(), captured.err


def _imported(folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str], *options: str) -> str:
    assert main(["import", STUDY, folder, *options], environment) == DONE
    return _lines(capsys)[0][0]


def test_an_import_prints_the_id_to_standard_output_and_the_report_to_standard_error(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["import", STUDY, folder, "--label", "first"], environment) == DONE
    out, err = _lines(capsys)
    assert len(out) == 1
    assert len(out[0]) == 10
    assert "counts: 1 read, 1 stored" in err
    assert f"{out[0]}  draft  2024-03-04  1 participant, 1 count  real  first" in err


def test_publishing_listing_withdrawing_and_verifying_follow_each_other(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cut = _imported(folder, environment, capsys)
    for arguments, words in (
        (["snapshots", STUDY], f"{cut}  draft"),
        (["publish", STUDY, cut], f"{cut}  published"),
        (["verify", STUDY], f"{cut}  {cut}"),
        (["verify", STUDY, cut[:6]], "the stored rows are the imported rows"),
        (["withdraw", STUDY, cut, "--why", "wrong file"], "withdrawn: wrong file"),
        (["snapshots", STUDY], f"{cut}  withdrawn"),
    ):
        assert main(arguments, environment) == DONE
        out, err = _lines(capsys)
        assert words in "\n".join([*out, err])


def test_an_import_may_publish_at_once(folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    cut = _imported(folder, environment, capsys, "--publish", "--cut-date", "2024-04-01")
    main(["snapshots", STUDY], environment)
    assert _lines(capsys)[0] == [f"{cut}  published  2024-04-01  1 participant, 1 count  real"]


def test_a_person_at_a_terminal_reads_what_the_parts_of_the_list_are_and_a_script_does_not(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    main(["snapshots", STUDY], environment)
    assert _lines(capsys)[0] == []
    cut = _imported(folder, environment, capsys)
    main(["snapshots", STUDY], environment)
    line = f"{cut}  draft  2024-03-04  1 participant, 1 count  real"
    assert _lines(capsys)[0] == ["name        state  cut date  size  kind  label", line]
    monkeypatch.setattr(sys.stdout, "isatty", lambda: False)
    main(["snapshots", STUDY], environment)
    assert _lines(capsys)[0] == [line]


def test_checking_stores_nothing_and_needs_no_database(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    database = tmp_path / "var" / "none.sqlite"
    assert main(["check", STUDY, folder], {"DATABASE_URL": f"sqlite:///{database}"}) == DONE
    assert "the delivery can be imported; its data cut is 2024-03-04; nothing was stored" in _lines(capsys)[1]
    assert not database.exists()


@pytest.mark.parametrize("command", ["import", "check"])
def test_a_refused_delivery_stores_nothing_and_names_every_row(
    command: str, tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    bad = write_sdtm(tmp_path / "bad", lb=[LB, {**LB, "LBORRES": "abc"}, {**LB, "LBORRESU": "%"}])
    assert main([command, STUDY, str(bad)], environment) == REFUSED
    err = _lines(capsys)[1]
    assert "lb.csv, row 2, column LBORRES: is no number (value 'abc')" in err
    assert "lb.csv, row 3, column LBORRESU: is no unit of this study" in err
    main(["snapshots", STUDY], environment)
    assert _lines(capsys)[0] == []


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["nonsense"],
        ["import", STUDY],
        ["import", STUDY, ".", "--cut-date", "yesterday"],
        ["withdraw", STUDY, "0123456789"],
        ["snapshots", "no-such-study"],
        ["publish", STUDY, "0123456789"],
        ["publish", STUDY, "xyz"],
        ["verify", STUDY, "0123456789"],
    ],
)
def test_wrong_use_ends_with_two(arguments: list[str], environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(arguments, environment) == WRONG_USE
    assert _lines(capsys)[1] != ""


def test_a_wrong_setting_ends_with_two_and_is_named(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["snapshots", STUDY], {"PORT": "many"}) == WRONG_USE
    assert "PORT" in _lines(capsys)[1]


def test_a_path_that_does_not_exist_is_refused(environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", STUDY, "no-such-folder"], environment) == REFUSED
    assert "no-such-folder: there is no such file or folder" in _lines(capsys)[1]


def test_a_database_that_cannot_be_used_ends_with_four(folder: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "broken.sqlite").write_bytes(b"this is no database, and long enough to be looked at" * 100)
    assert main(["import", STUDY, folder], {"DATABASE_URL": f"sqlite:///{tmp_path / 'broken.sqlite'}"}) == ENVIRONMENT
    assert "the database cannot be prepared" in _lines(capsys)[1]


def test_an_altered_snapshot_ends_with_four_and_names_the_row(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _imported(folder, environment, capsys)
    engine = create_database_engine(environment["DATABASE_URL"])
    with engine.begin() as connection:
        connection.execute(text("UPDATE count SET value = 121"))
    engine.dispose()
    assert main(["verify", STUDY], environment) == ENVIRONMENT
    assert "table count: the row at position 0 was altered; it now reads participant 'P1'" in _lines(capsys)[1]


def test_an_import_beside_another_one_ends_with_five_and_stores_nothing(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    main(["migrate"], environment)
    engine = create_database_engine(environment["DATABASE_URL"])
    with import_lock(engine):
        assert main(["import", STUDY, folder], environment) == BUSY
    engine.dispose()
    assert "another import is running" in _lines(capsys)[1]
    main(["snapshots", STUDY], environment)
    assert _lines(capsys)[0] == []


def test_the_module_runs_as_a_program(folder: str, environment: dict[str, str]) -> None:
    done = subprocess.run(
        [sys.executable, "-m", "dashboard", "check", STUDY, folder],
        env={**os.environ, **environment},
        cwd=Path(__file__).parents[1],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
    assert (done.returncode, done.stdout) == (DONE, "")
    assert "nothing was stored" in done.stderr


def test_a_date_in_the_future_does_not_become_the_data_cut_by_accident(
    tmp_path: Path, folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    lb = Path(folder) / "lb.csv"
    lb.write_text(lb.read_text(encoding="utf-8").replace("2024-03-01T", "2999-03-01T"), encoding="utf-8")
    assert "2999-03-01" in lb.read_text(encoding="utf-8")
    assert main(["import", STUDY, folder], environment) == REFUSED
    assert "lies in the future" in _lines(capsys)[1]
    assert main(["snapshots", STUDY], environment) == DONE
    assert _lines(capsys)[0] == []
    assert main(["import", STUDY, folder, "--cut-date", "2999-12-31"], environment) == REFUSED


@pytest.mark.parametrize(("query", "words"), [("where=weight.eq.3", "no column “weight”"), ("cohort=999", "the values are 240, 480, 720")])
def test_an_export_of_a_view_that_cannot_be_applied_ends_with_two_and_says_why(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str], query: str, words: str
) -> None:
    _imported(folder, environment, capsys, "--publish")
    assert main(["export", STUDY, "participants", "--query", query], environment) == WRONG_USE
    assert words in _lines(capsys)[1]


def test_map_prints_what_the_definition_knows(folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["map", STUDY, folder], environment) == DONE
    out, _ = _lines(capsys)
    assert any("CD4" in line and "cd4" in line for line in out)
    assert not any("P1" in line for line in out)


def test_diff_prints_headline_results_and_the_record_that_changed(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cuts = []
    for value in ("410", "140"):
        folder = str(write_sdtm(tmp_path / value, lb=[{**LB, "LBORRES": value}]))
        cuts.append(_imported(folder, environment, capsys, "--publish", "--cut-date", "2024-06-01"))
    assert main(["diff", STUDY, *cuts], environment) == DONE
    out = "\n".join(_lines(capsys)[0])
    assert "CD4 on day -3 corrected from 410 to 140 cells/µL" in out
    assert "baseline CD4: median 410 → 140, mean 410 → 140" in out
    assert "(correction" not in out
    assert "count: 1 → 1; 0 unchanged, 1 corrected, 0 added, 0 removed" in out


def test_diff_of_a_withdrawn_snapshot_says_so_and_why_and_ends_with_two(
    tmp_path: Path, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    cuts = []
    for value in ("410", "140"):
        folder = str(write_sdtm(tmp_path / value, lb=[{**LB, "LBORRES": value}]))
        cuts.append(_imported(folder, environment, capsys, "--publish", "--cut-date", "2024-06-01"))
    assert main(["withdraw", STUDY, cuts[0], "--why", "wrong units"], environment) == DONE
    _lines(capsys)
    for order in (cuts, cuts[::-1]):
        assert main(["diff", STUDY, *order], environment) == WRONG_USE
        said = f"snapshot {cuts[0][:10]} is withdrawn (wrong units); only published snapshots can be compared"
        assert said in _lines(capsys)[1]


def test_a_snapshot_written_as_a_delivery_can_be_read_again(
    tmp_path: Path, folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _imported(folder, environment, capsys, "--publish")
    assert main(["write-delivery", STUDY, str(tmp_path / "out")], environment) == DONE
    _lines(capsys)
    assert main(["check", STUDY, str(tmp_path / "out")], environment) == DONE
    assert "counts: 1 read, 1 stored" in _lines(capsys)[1]


def test_importing_the_same_content_under_another_label_says_that_the_first_label_stays(
    folder: str, environment: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _imported(folder, environment, capsys, "--label", "first", "--publish")
    assert main(["import", STUDY, folder, "--label", "second"], environment) == DONE
    err = _lines(capsys)[1]
    assert "the label “first”, which stays; “second” was not used" in err
