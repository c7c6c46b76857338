"""The pages for data managers: complete against the source, and their examples are run."""

from __future__ import annotations

import ast
import importlib
import io
import re
import shlex
from collections.abc import Iterator
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from pydantic import BaseModel

from dashboard.cli import COMMANDS, main
from dashboard.settings import Settings
from dashboard.study import protocol
from dashboard.study.columns import STATUSES
from dashboard.study.definitions import read_definition
from dashboard.tables import TABLES
from dashboard.view.keys import KEYS
from data_access.simple import KNOWN
from layouts.frame import DATA_PAGES
from tests.source import ROOT, modules

DOCS = ROOT / "docs"
PAGES = ("deliveries.md", "refusals.md", "study-definition.md")
# Rooms whose sentences a data manager meets: refusals, notes, reasons, states.
TALKING = (
    "data_access", "dashboard.delivering", "dashboard.web.deliveries", "dashboard.web.loopback", "dashboard.errors",
    "dashboard.settings", "dashboard.draft_quality", "dashboard.study.definitions", "dashboard.study.protocol",
    "dashboard.study.safety",
    "dashboard.study.groupings",
    "dashboard.study.pooled",
    "dashboard.study.syndromes",
)  # fmt: skip
# SQL, the output of `map`, the text of an exported folder: sentences, but no refusals.
OTHERWISE = (
    "data_access.migrations.freeze", "data_access.migrations.append", "data_access.migrations.versions", "data_access.tables",
    "data_access.mapping", "data_access.simple_export", "data_access.content_hash",
    # An operator meets these; `test_role_docs` looks for them in docs/operator.md.
    "data_access.backup",
)  # fmt: skip
# Calls whose texts nobody reads as a message.
SILENT = {"compile", "text", "Field", "warning", "error", "match"}
# What is filled in, within a text of the source.
GAP = "\0"
# Texts of two or more words that are parts of code, or errors of one part of the program to another.
NO_MESSAGES = {
    "not dosed": "a status",
    "lost to follow-up": "a status",
    f"{GAP}: {GAP} read, {GAP} stored": "a line of every report",
    f"{GAP} left out: {GAP}": "a line of every report",
    "an instant needs a time zone": "raised to a programmer",
    "a path that was not given to it": "becomes “its reader answered …”",
    "columns that are no text": "becomes “its reader answered …”",
    "first dose": "a default of a definition",
    "not reported": "a default of a definition",
    "reference start": "says what a column of DM means",
    "first exposure": "says what a column of DM means",
    "day or date": "the column named by “the column is missing”",
    "finite number": "part of “holds a number that is no …”",
    "this name": "part of “Open the page as …”",
}
WORD = re.compile(r"(?<!\S)[a-z’'-]{2,}(?=[\s,;:.]|$)")


def page(name: str) -> str:
    """The text of a page of docs."""
    return (DOCS / name).read_text(encoding="utf-8")


def _unread(tree: ast.AST) -> set[int]:
    """The nodes below docstrings, silent calls and f-strings (which are read as a whole)."""
    away: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            away.add(id(node.value))
        if isinstance(node, ast.Call):
            name = getattr(node.func, "attr", getattr(node.func, "id", ""))
            away |= {id(inner) for inner in ast.walk(node)} if name in SILENT else set()
        if isinstance(node, ast.JoinedStr):
            away |= {id(part) for part in node.values}
    return away


def _filled(text: ast.JoinedStr) -> str:
    return "".join(str(part.value) if isinstance(part, ast.Constant) else GAP for part in text.values)


def sentences(tree: ast.AST) -> Iterator[str]:
    """The texts of two or more plain words in a module, what is filled in as GAP."""
    away = _unread(tree)
    for node in ast.walk(tree):
        if id(node) in away:
            continue
        if isinstance(node, ast.JoinedStr):
            text = _filled(node)
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            text = node.value
        else:
            continue
        if len(WORD.findall(text.replace(GAP, " "))) >= 2:
            yield text.strip()


def rules() -> list[str]:
    """Every sentence that a delivery, a snapshot command or a study definition can be answered with."""
    found: set[str] = set()
    for name, tree in modules().items():
        if name.startswith(TALKING) and not name.startswith(OTHERWISE):
            found |= set(sentences(tree))
    return sorted(text for text in found - set(NO_MESSAGES) if not text.startswith("import "))


def refusing_arguments() -> list[str]:
    """The texts written directly into the calls that refuse, note or leave out, however short."""
    found = set()
    for name, tree in modules().items():
        for node in ast.walk(tree) if name.startswith("data_access") and not name.startswith(OTHERWISE) else ():
            called = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
            if called in ("refuse", "refuse_rows", "note", "leave_out", "refusal", "Refusal"):
                found |= {text for text in _arguments(node) if " " in text}
    return sorted(found - set(NO_MESSAGES))


def _arguments(call: ast.AST) -> Iterator[str]:
    for argument in call.args if isinstance(call, ast.Call) else ():
        if isinstance(argument, ast.JoinedStr):
            yield _filled(argument)
        elif isinstance(argument, ast.Constant) and isinstance(argument.value, str):
            yield argument.value


def stands_in(rule: str, text: str) -> bool:
    """Whether one line of `text` has the fixed parts of `rule` in their order."""
    pattern = ".*".join(re.escape(part.strip()) for part in re.split(f"{GAP}|\n", rule) if part.strip(" “”.…:,()"))
    return re.search(pattern, text) is not None


def test_the_source_is_searched_where_the_refusals_are() -> None:
    found = rules()
    for known in ("the participant is not in DM", "is no workbook (XLSX)", "holds macros", f"names several snapshots: {GAP}"):
        assert any(known in rule for rule in found), known
    assert len(found) > 250
    assert not stands_in(f"is no {GAP} that was ever explained", page("refusals.md"))


def test_every_refusal_and_note_is_explained() -> None:
    told = page("refusals.md")
    assert [rule.replace(GAP, "…") for rule in rules() if not stands_in(rule, told)] == []


def test_every_text_of_a_refusing_call_is_explained() -> None:
    told = page("refusals.md")
    assert [rule for rule in refusing_arguments() if not stands_in(rule, told)] == []


def test_every_code_of_a_note_is_explained() -> None:
    codes = set()
    for name, tree in modules().items():
        for node in ast.walk(tree) if name.startswith("data_access") else ():
            if isinstance(node, ast.Call) and getattr(node.func, "attr", "") == "note" and isinstance(node.args[0], ast.Constant):
                codes.add(str(node.args[0].value))
    assert len(codes) > 15
    assert [code for code in sorted(codes) if f"| `{code}` |" not in page("refusals.md")] == []


@pytest.mark.parametrize("name", PAGES)
def test_every_command_a_page_names_exists(name: str) -> None:
    named = set(re.findall(r"python -m dashboard ([a-z-]+)", page(name)))
    assert named <= {command.name for command in COMMANDS}


def test_the_readme_names_every_command_setting_table_address_key_and_data_page() -> None:
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    assert [command.name for command in COMMANDS if not re.search(rf"^\| `{command.name}[ `]", readme, re.MULTILINE)] == []
    assert [key for key in Settings.model_fields if f"| `{key.upper()}` |" not in readme] == []
    assert [key for key in TABLES if f"| `{key}` |" not in readme] == []
    assert [key.name for key in KEYS if not re.search(rf"^\| `{key.name}` \|", readme, re.MULTILINE)] == []
    assert [page for page in DATA_PAGES if f"| `/<study>/{page}` |" not in readme] == []
    assert [name for name in PAGES if f"docs/{name}" not in readme] == []


def test_every_setting_a_page_names_exists() -> None:
    for name in PAGES:
        for found in re.findall(r"`(DELIVERY_\w+|DATABASE_URL|STUDIES|VAR|HOST)`", page(name)):
            assert found.lower() in Settings.model_fields


def test_every_exit_code_is_explained() -> None:
    told = page("deliveries.md").split("## Exit codes")[1]
    assert [int(code) for code in re.findall(r"^\| (\d) \|", told, re.MULTILINE)] == [0, 2, 3, 4, 5]


def test_every_column_of_the_simple_format_is_explained() -> None:
    told = page("deliveries.md").split("### Simple format")[1].split("### manifest.json")[0]
    columns = {column.lower() for known in KNOWN.values() for column in known} | {"analyte", "value", "unit", "related"}
    assert [column for column in sorted(columns) if f"`{column}`" not in told] == []
    assert [status for status in STATUSES if status != "not dosed" and f"`{status}`" not in told] == []


def _parts(model: type[BaseModel]) -> Iterator[type[BaseModel]]:
    yield model
    for about in model.model_fields.values():
        for module, kind in re.findall(r"(dashboard\.study\.\w+)\.(\w+)", str(about.annotation)):
            yield from _parts(getattr(importlib.import_module(module), kind))


def test_every_key_of_a_study_definition_is_explained() -> None:
    told = page("study-definition.md")
    missing = {f"{part.__name__}.{key}" for part in _parts(protocol.StudyProtocol) for key in part.model_fields if f"`{key}`" not in told}
    assert missing == set()


@dataclass
class Stage:
    """A scratch folder in which the examples of a page run one after the other. `names` maps snapshot names of the page to real ones."""

    folder: Path
    environment: dict[str, str]
    names: dict[str, str] = field(default_factory=dict)
    code: int = 0

    def run(self, command: str) -> list[str]:
        """The lines that `command` prints, results and messages together."""
        for told, real in self.names.items():
            command = command.replace(told, real)
        words = shlex.split(command)
        if words[0] == "export":
            key, _, value = words[1].partition("=")
            self.environment[key] = value
            return []
        if command == "echo $?":
            return [str(self.code)]
        assert words[:3] == ["python", "-m", "dashboard"], command
        # Tables are written as bytes.
        written = io.BytesIO()
        printed = io.TextIOWrapper(written, encoding="utf-8", write_through=True)
        with redirect_stdout(printed), redirect_stderr(printed):
            self.code = main(words[3:], self.environment)
        return written.getvalue().decode().splitlines()

    def compare(self, command: str, shown: list[str]) -> None:
        """Run `command`; the lines `shown` must be printed in this order, neighbours as neighbours unless `…` stands between them."""
        printed = self.run(command)
        place = 0
        for number, line in enumerate(shown):
            if line == "…":
                continue
            free = number > 0 and shown[number - 1] == "…"
            rest = [self._plain(other) for other in printed[place:]]
            wanted = self._plain(line)
            assert wanted in (rest if free else rest[:1]), f"{command}\nshown:   {line}\nprinted: {printed[place : place + 3]}"
            place += rest.index(wanted) + 1
            self._learn(line, printed[place - 1])
        assert not shown or shown[-1] == "…" or place == len(printed), f"{command} printed more: {printed[place:]}"

    def _plain(self, line: str) -> str:
        return re.sub(r"\b[0-9a-f]{64}\b|\b(?=\d*[a-f])[0-9a-f]{10}\b", "ID", line)

    def _learn(self, told: str, real: str) -> None:
        pairs = zip(re.findall(r"\b[0-9a-f]{10}\b", told), re.findall(r"\b[0-9a-f]{10}\b", real), strict=False)
        self.names |= dict(pairs)


def examples(text: str) -> Iterator[tuple[str, str, str]]:
    """The fenced blocks of a page: language, name of the file it shows (or the empty text), content."""
    for found in re.finditer(r"^```(\w+)(?: (\S+))?\n(.*?)^```$", text, re.MULTILINE | re.DOTALL):
        yield found[1], found[2] or "", found[3]


def commands(block: str) -> Iterator[tuple[str, list[str]]]:
    """The commands of a block, each with the lines shown under it."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        command, *shown = part.rstrip("\n").split("\n")
        yield command, shown


@pytest.mark.parametrize("name", ["deliveries.md", "study-definition.md"])
def test_the_examples_print_what_the_page_shows(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    stage, done = Stage(tmp_path, {"VAR": str(tmp_path / "var")}), 0
    for language, file, content in examples(page(name)):
        if file:
            (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / file).write_text(content, encoding="utf-8")
        for command, shown in commands(content) if language == "console" else ():
            stage.compare(command, shown)
            done += 1
    assert done > 2


def test_the_definition_of_the_page_can_be_read(tmp_path: Path) -> None:
    (example,) = (content for _, file, content in examples(page("study-definition.md")) if file.endswith("mini.toml"))
    (tmp_path / "mini.toml").write_text(example, encoding="utf-8")
    study = read_definition(tmp_path / "mini.toml")
    assert (study.key, study.cohort_keys, study.analyte_keys) == ("mini", ("low", "high"), ("alc", "cd4"))


@pytest.mark.parametrize("name", PAGES)
def test_the_links_of_a_page_lead_somewhere(name: str) -> None:
    for file, anchor in re.findall(r"\]\(([\w.-]*)#?([\w.-]*)\)", page(name)):
        text = page(file or name)
        titles = {re.sub(r"[^\w -]", "", title.lower()).replace(" ", "-") for title in re.findall(r"^#+ (.+)$", text, re.MULTILINE)}
        assert not anchor or anchor in titles, f"{file}#{anchor}"
