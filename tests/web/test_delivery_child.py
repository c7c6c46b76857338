"""What the process that reads a delivery says when it fails unexpectedly: to the reader a reference, to the log no words."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from dashboard.delivering.folder import JobFolder
from dashboard.delivering.job import Job
from tests.source import ROOT

# A study without a definition: the process looks it up and fails with a KeyError whose words are this name.
UNKNOWN = "zq-unknown"


@pytest.mark.parametrize("form", ["json", "text"])
def test_an_unexpected_failure_reaches_the_reader_as_a_reference_and_the_log_without_its_words(tmp_path: Path, form: str) -> None:
    folder = JobFolder(tmp_path / "deliveries" / ("a" * 32))
    folder.create().close()
    folder.write(Job(id="a" * 32, study=UNKNOWN))
    settings = {"VAR": str(tmp_path), "LOG_FORMAT": form, "PYTHONPATH": str(ROOT)}
    words = [sys.executable, "-m", "dashboard.delivering.run", str(folder.path)]
    ended = subprocess.run(words, env=os.environ | settings, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
    job = folder.read()
    assert job is not None
    assert ended.returncode == 1
    assert ended.stdout == ""
    assert job.state == "failed"
    assert len(job.reference) == 8
    told = json.dumps({name: text for name, text in job.describe().items() if name != "study"})
    assert not [word for word in ("Traceback", "KeyError", UNKNOWN, ".py") if word in told]
    if form == "text":
        assert job.reference in ended.stderr
        return
    lines = [json.loads(line) for line in ended.stderr.splitlines()]
    assert any(job.reference in line["message"] for line in lines)
    (failure,) = [line for line in lines if "exception" in line]
    assert failure["exception"][0]["kind"] == "KeyError"
    assert UNKNOWN not in json.dumps(failure)
