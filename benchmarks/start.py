"""`make run` on a database that is already filled: time from the command to the first page."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from pathlib import Path

from benchmarks.measuring import Measurement, measure, wait_until_answered
from tests.serving import ROOT, find_free_port, own_environment, run_command

LONGEST_SECONDS = 4
TIMES = 5
PAGE = "/nct05600920/trajectories"


def measure_start(folder: Path) -> list[Measurement]:
    """The second and later starts, with the Makefile's own commands."""
    environment = own_environment(folder / "var")
    run_command("load-demo", environment=environment)
    _start_once(folder / "var")
    times = tuple(_start_once(folder / "var") / 1000 for _ in range(TIMES))
    return [Measurement("make run, second start to first page", "s", times, LONGEST_SECONDS)]


def _start_once(var: Path) -> float:
    """Milliseconds from the command to the first page; the server is stopped again, which is not counted."""
    port = find_free_port()
    environment = own_environment(var, PORT=str(port))
    # The packages are installed: make must neither look for them nor touch them.
    command = ["make", "--silent", "run", f"VENV={sys.prefix}", f"PYTHON={sys.executable}", f"--old-file={sys.prefix}/.run-ready"]
    process = subprocess.Popen(
        command, cwd=ROOT, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    try:
        return measure(lambda: wait_until_answered(f"http://127.0.0.1:{port}{PAGE}", process))
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        process.wait()
