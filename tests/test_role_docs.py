"""The pages for the board member, the statistician and the operator: their commands are run, their files fit the product."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from dashboard.cli import COMMANDS
from dashboard.settings import Settings
from tests.serving import read_web_command
from tests.source import ROOT, imports, modules, packages
from tests.test_docs import GAP, Stage, commands, examples, page, sentences, stands_in

BOARD, STATISTICIAN, OPERATOR = "board-member.md", "statistician.md", "operator.md"
PAGES = (BOARD, STATISTICIAN, OPERATOR)


@pytest.mark.parametrize("name", [STATISTICIAN, OPERATOR])
def test_the_commands_of_a_page_do_what_it_shows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stage, failed, done = Stage(tmp_path, {"VAR": str(tmp_path / "var")}), [], 0
    for language, _, content in examples(page(name)):
        for command, shown in commands(content) if language == "console" else ():
            stage.compare(command, shown or ["…"])
            done += 1
            failed += [command] if stage.code else []
    assert failed == []
    assert done > 5


@pytest.mark.parametrize("name", PAGES)
def test_every_command_setting_and_link_of_a_page_exists(name: str) -> None:
    text = page(name)
    assert set(re.findall(r"python -m dashboard ([a-z-]+)", text)) <= {command.name for command in COMMANDS}
    # `WEB_CONCURRENCY` is gunicorn's own.
    named = set(re.findall(r"`([A-Z][A-Z_]{2,})(?:=[^`]*)?`", text)) - {"WEB_CONCURRENCY"}
    assert {setting for setting in named if setting.lower() not in Settings.model_fields} == set()
    for file, anchor in re.findall(r"\]\(((?!\.\.)[\w.-]*)#?([\w.-]*)\)", text):
        titles = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", page(file or name), re.M)}
        assert not anchor or anchor in titles, f"{file}#{anchor}"


def test_the_readme_leads_to_every_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [name for name in PAGES if f"docs/{name}" not in readme] == []


def _example(language: str, mark: str) -> str:
    (found,) = (content for kind, _, content in examples(page(OPERATOR)) if kind == language and mark in content)
    return found


def test_the_unit_and_the_container_start_the_server_as_the_procfile_says() -> None:
    command = read_web_command()
    (started,) = re.findall(r"^ExecStart=(.+)$", _example("ini", "[Service]"), re.M)
    assert started.split()[0].endswith("/.venv/bin/gunicorn")
    assert started.split()[1:] == command[1:]
    (run,) = re.findall(r"^CMD \[(.+)\]$", _example("dockerfile", "FROM"), re.M)
    assert [word.strip(' "') for word in run.split(",")][1:] == command[1:]


def test_the_container_holds_every_part_that_the_server_imports() -> None:
    copied = set(re.findall(r"^COPY (?!requirements)(.+) \./\w*$", _example("dockerfile", "FROM"), re.M))
    rooms = {package.split(".")[0] for package in packages()}
    reached = {name.split(".")[0] for module in modules() for name in imports(module)} & rooms
    assert copied == {"app.py gunicorn.conf.py", "assets", *reached}


def test_the_settings_file_of_the_page_is_one_the_server_takes() -> None:
    given = dict(line.split("=", 1) for line in _example("ini", "SECRET_KEY").splitlines() if line and not line.startswith("#"))
    assert {name.lower() for name in given} <= set(Settings.model_fields)
    # No page gives a secret that somebody could leave as it is.
    assert given["SECRET_KEY"] == ""


def test_every_message_of_backup_and_restore_is_explained() -> None:
    told, found = page(OPERATOR), set()
    for name, tree in modules().items():
        if name.startswith("data_access.backup"):
            found |= set(sentences(tree))
    said = {text for text in found if not re.match(r"(SELECT|INSERT|UPDATE|CREATE|COPY|DELETE|LOCK|DROP|PRAGMA|\(SELECT)\b", text)}
    assert len(said) > 15
    assert [rule.replace(GAP, "…") for rule in sorted(said) if not stands_in(rule, told)] == []
