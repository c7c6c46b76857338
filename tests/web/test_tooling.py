"""The files that tools read: locks, Procfile, Makefile, continuous integration."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys
from importlib.metadata import entry_points
from pathlib import Path

import pytest

from tests.serving import ROOT, own_environment, read_web_command

LOCKS = ("requirements.txt", "requirements-test.txt")


def requirements(name: str) -> list[str]:
    """The requirements of a lock file, each with its continuation lines."""
    text = (ROOT / name).read_text(encoding="utf-8").replace("\\\n", " ")
    return [line for line in text.splitlines() if line.strip() and not line.lstrip().startswith("#")]


@pytest.mark.parametrize("name", LOCKS)
def test_every_requirement_is_one_exact_version_with_hashes(name: str) -> None:
    locked = requirements(name)
    assert len(locked) > 20
    for line in locked:
        assert re.match(r"[a-z0-9-]+(\[[a-z]+\])?==[0-9][^ ]* .*--hash=sha256:[0-9a-f]{64}", line), line


@pytest.mark.parametrize("name", LOCKS)
def test_a_lock_names_no_registry_and_no_path(name: str) -> None:
    assert not re.search(r"https?:|file:|--index|--extra-index|--find-links|(^|\s)/", (ROOT / name).read_text(encoding="utf-8"))


def test_the_two_locks_agree_on_every_version_they_share() -> None:
    versions = [{re.split(r"[=\s]", line)[0]: re.findall(r"==([^ ]+)", line)[0] for line in requirements(name)} for name in LOCKS]
    assert {name: version for name, version in versions[1].items() if versions[0].get(name, version) != version} == {}


def test_every_direct_dependency_is_locked() -> None:
    for name in LOCKS:
        wanted = [line for line in (ROOT / name.replace(".txt", ".in")).read_text().splitlines() if re.match(r"[A-Za-z]", line)]
        direct = {re.split(r"[^A-Za-z0-9_-]", line)[0].lower() for line in wanted}
        assert direct <= {re.split(r"[=\s\[]", line)[0] for line in requirements(name)}


def test_no_installed_package_runs_code_inside_dash_uninvited() -> None:
    assert list(entry_points(group="dash_hooks")) == []


def test_no_installed_package_switches_callbacks_to_an_event_loop() -> None:
    assert not any(line.startswith("asgiref==") for line in requirements("requirements.txt"))


def test_continuous_integration_runs_make_test() -> None:
    script = ROOT / ".ci" / "run"
    assert os.access(script, os.X_OK)
    assert script.read_text().splitlines()[-2:] == ["make test", "exec make test-slow"]


def list_recipe(*words: str) -> str:
    """What `make` would run, without running it; free of the flags of a make that started these tests."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}
    command = ["make", "--no-print-directory", "--dry-run", *words]
    return subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=True).stdout


def test_make_run_starts_the_command_of_the_procfile() -> None:
    assert read_web_command() == ["gunicorn", "--config", "gunicorn.conf.py", "app:server"]
    lines = list_recipe("--always-make", "run").splitlines()
    assert lines[-1].endswith("exec gunicorn --config gunicorn.conf.py app:server")
    # Loading opens the database, which brings its schema to the newest revision; see data_access/opening.py.
    assert lines[-2].split(" -m ")[-1] == "dashboard load-demo"


def test_make_test_and_make_test_slow_check_style_types_and_all_tests() -> None:
    listed = list_recipe("test") + list_recipe("test-slow")
    checks = ("ruff check .", "mypy app.py dashboard layouts callbacks data_access", ".ci/install-browser")
    for part in (*checks, '-m "not browser and not slow"\n', '-m "browser and not slow"\n', "-m slow\n"):
        assert part in listed


def read_gunicorn_settings(monkeypatch: pytest.MonkeyPatch, **environment: str) -> dict[str, object]:
    for name in ("HOST", "PORT", "WEB_CONCURRENCY", "LOG_LEVEL", "AUTH"):
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    return runpy.run_path(str(ROOT / "gunicorn.conf.py"))


def test_the_server_listens_on_loopback_port_8050_with_two_workers_by_default(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_gunicorn_settings(monkeypatch)
    assert (settings["bind"], settings["workers"], settings["threads"]) == ("127.0.0.1:8050", 2, 4)
    assert settings["worker_class"] == "dashboard.web.worker.Worker"


def test_port_host_and_number_of_workers_come_from_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_gunicorn_settings(monkeypatch, PORT="9000", HOST="::1", WEB_CONCURRENCY="3")
    assert (settings["bind"], settings["workers"]) == ("[::1]:9000", 3)


def test_addresses_are_not_logged_and_no_control_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    settings = read_gunicorn_settings(monkeypatch)
    assert (settings["accesslog"], settings["control_socket_disable"]) == (None, True)


def test_a_wrong_setting_stops_the_start_and_names_the_variable(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gunicorn", *read_web_command()[1:], "--check-config"]
    environment = own_environment(tmp_path, PORT="eighty")
    done = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "PORT" in done.stderr
    assert "Traceback" not in done.stderr


def test_the_browser_step_says_what_to_install_when_it_cannot(tmp_path: Path) -> None:
    environment = {"PATH": str(tmp_path), "CHROMIUM": ""}
    for name in ("bash", "env", "id"):
        (tmp_path / name).symlink_to(next(folder / name for folder in map(Path, os.get_exec_path()) if (folder / name).exists()))
    done = subprocess.run([str(ROOT / ".ci" / "install-browser")], env=environment, capture_output=True, text=True)
    assert done.returncode == 1
    assert "Install the package “chromium”" in done.stderr
