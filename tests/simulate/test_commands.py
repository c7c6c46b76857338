"""The commands that write and load the synthetic studies."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
import pytest

from dashboard.cli import DONE, WRONG_USE, main


def test_demo_writes_the_study_that_is_asked_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["demo", "--study", "ns7car", "--seed", "5", str(tmp_path / "pooled")], {}) == DONE
    assert main(["demo", "--participants-per-cohort", "1", str(tmp_path / "trial")], {}) == DONE
    printed = capsys.readouterr()
    assert printed.err.splitlines() == [
        "SYNTHETIC pooled analysis with 334 participants, seed 5:",
        "SYNTHETIC trial with 1 participants per cohort, seed 20241106:",
    ]
    assert str(tmp_path / "pooled" / "suppdm.csv") in printed.out.splitlines()
    sizes = [len(pd.read_csv(tmp_path / name / "ex.csv")["USUBJID"].unique()) for name in ("pooled", "trial")]
    assert sizes == [334, 3]


@pytest.mark.parametrize("command", [["demo"], ["load-demo"]])
def test_the_pooled_study_has_the_participants_of_its_source_and_no_other_number(
    command: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'unused.sqlite'}"}
    assert main([*command, "--study", "ns7car", "--participants-per-cohort", "3"], settings) == WRONG_USE
    assert "--participants-per-cohort belongs to nct05600920: ns7car has the participants of its source" in capsys.readouterr().err
    assert not (tmp_path / "unused.sqlite").exists()


def test_load_demo_publishes_a_study_once(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    settings = {"DATABASE_URL": f"sqlite:///{tmp_path / 'test.sqlite'}"}
    assert main(["load-demo", "--study", "nct05600920", "--participants-per-cohort", "1"], settings) == DONE
    first = capsys.readouterr().err.splitlines()
    assert [line.split(": ")[0] for line in first] == ["nct05600920", "nct05600920"]
    assert first[1].endswith("synthetic  Final")
    assert main(["load-demo", "--study", "nct05600920"], settings) == DONE
    assert capsys.readouterr().err == "nct05600920: the demonstration is not loaded: the study has data already\n"
