"""Starting the product as the Procfile says, on a free port and with a data folder of its own."""

from __future__ import annotations

import os
import shlex
import shutil
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from data_access.locking import file_lock

ROOT = Path(__file__).parent.parent
START_SECONDS, STOP_SECONDS = 60, 30


@dataclass(frozen=True)
class Served:
    """A running server: its address, its process, its data folder, what it wrote, and its environment."""

    url: str
    process: subprocess.Popen[bytes]
    var: Path
    log: Path
    environment: Mapping[str, str]


def read_web_command(procfile: Path = ROOT / "Procfile") -> list[str]:
    """The words of the Procfile's `web` command."""
    (command,) = [line.removeprefix("web:") for line in procfile.read_text().splitlines() if line.startswith("web:")]
    return shlex.split(command)


def own_environment(var: Path, **settings: str) -> dict[str, str]:
    """The environment for the product's own programs: no setting of the caller, the data folder `var`, `settings` on top."""
    kept = {name: os.environ[name] for name in ("PATH", "HOME", "LANG", "LC_ALL", "TMPDIR", "USER") if name in os.environ}
    path = f"{Path(sys.executable).parent}{os.pathsep}{kept.get('PATH', '')}"
    return kept | {"PATH": path, "VAR": str(var), "PYTHONPATH": str(ROOT)} | settings


def run_command(*words: str, environment: Mapping[str, str]) -> None:
    """Run `python -m dashboard` with `words`; fails with what it wrote when it ends with another code than 0."""
    done = subprocess.run([sys.executable, "-m", "dashboard", *words], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}{done.stderr}"


@contextmanager
def serve(folder: Path, **settings: str) -> Iterator[Served]:
    """The product with the demonstration studies, migrated, loaded, started and ready; ended by its process id."""
    port = find_free_port()
    environment = own_environment(folder / "var", PORT=str(port), **settings)
    if "DATABASE_URL" in settings:
        load_demonstration(environment)
    else:
        shutil.copytree(prepared_demonstration(folder), folder / "var")
    log = folder / "server.log"
    with log.open("wb") as output:
        process = subprocess.Popen(read_web_command(), cwd=ROOT, env=environment, stdout=output, stderr=output)
    running = Served(f"http://127.0.0.1:{port}", process, folder / "var", log, environment)
    try:
        wait_until_ready(running)
        yield running
    finally:
        stop(process)


def load_demonstration(environment: Mapping[str, str]) -> None:
    """Migrate the database and publish the demonstration studies, by the commands of the product."""
    run_command("migrate", environment=environment)
    run_command("load-demo", environment=environment)


def prepared_demonstration(folder: Path) -> Path:
    """A data folder with the demonstration, made once for all processes of a test run, of which `folder` is a temporary folder."""
    run = next((above.parent for above in folder.parents if above.name.startswith("popen-")), folder.parent)
    made, unfinished = run / "demonstration", run / "demonstration-unfinished"
    with file_lock(run / "demonstration-lock", wait=True):
        if not made.exists():
            load_demonstration(own_environment(unfinished))
            unfinished.rename(made)
    return made


def wait_until_ready(running: Served) -> None:
    """Return when `/readyz` answers 200; fails with the server's own words when it ends or takes too long."""
    end = time.monotonic() + START_SECONDS
    while time.monotonic() < end:
        if running.process.poll() is not None:
            break
        if answers_ready(f"{running.url}/readyz"):
            return
        time.sleep(0.1)
    pytest.fail(f"the server is not ready (exit code {running.process.poll()}):\n{running.log.read_text(errors='replace')[-4000:]}")


def answers_ready(address: str) -> bool:
    """Whether `address` answers 200 now."""
    try:
        with urllib.request.urlopen(address, timeout=5) as answer:
            return bool(answer.status == 200)
    except (urllib.error.URLError, ConnectionError, TimeoutError):
        return False


def stop(process: subprocess.Popen[bytes]) -> None:
    """Ask the server to end, and end it when it does not within 30 seconds."""
    process.terminate()
    try:
        process.wait(STOP_SECONDS)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait(STOP_SECONDS)


def find_free_port() -> int:
    """A port of the loopback address that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
