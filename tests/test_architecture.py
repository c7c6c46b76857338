"""The arrows between the rooms, the sizes, and that importing does nothing."""

from __future__ import annotations

import ast
import json
import re
import statistics
import subprocess
import sys
from pathlib import Path

import pytest

from tests.source import ENTRANCES, ROOT, functions, imports, length, modules, packages

# What each room may import of the product. A module belongs to the longest name that begins its own.
PURE = {"dashboard.errors", "dashboard.study"}
ARROWS: dict[str, set[str]] = {
    "app": {"dashboard.factory", "dashboard.settings"},
    "dashboard": set(),
    "dashboard.errors": set(),
    "dashboard.ids": set(),
    "dashboard.settings": {"dashboard.errors"},
    "dashboard.study": {"dashboard.errors"},
    "dashboard.endpoints": PURE,
    "dashboard.view": PURE,
    "dashboard.figures": PURE | {"dashboard.endpoints"},
    "dashboard.archive": PURE | {"dashboard.endpoints"},
    "dashboard.scene": PURE | {"dashboard.archive", "dashboard.endpoints", "dashboard.view"},
    "dashboard.quality": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.safety": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.exploratory": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.response": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.syndromes": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene", "dashboard.safety"},
    "dashboard.recovery": PURE | {"dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.changes": PURE | {"dashboard.archive", "dashboard.endpoints", "dashboard.view", "dashboard.scene"},
    "dashboard.panels": PURE
    | {"dashboard.endpoints", "dashboard.view", "dashboard.figures", "dashboard.scene", "dashboard.quality", "dashboard.changes"}
    | {"dashboard.exploratory", "dashboard.safety", "dashboard.response", "dashboard.syndromes", "dashboard.recovery"},
    "dashboard.locking": PURE | {"dashboard.archive", "dashboard.endpoints"},
    "dashboard.workspace": PURE | {"dashboard.archive", "dashboard.endpoints", "dashboard.locking", "dashboard.view", "dashboard.scene"},
    "dashboard.provenance": PURE
    | {"dashboard.endpoints", "dashboard.scene", "dashboard.panels", "dashboard.exploratory", "dashboard.response"},
    "dashboard.behind": PURE
    | {"dashboard.endpoints", "dashboard.view", "dashboard.scene", "dashboard.panels"}
    | {"dashboard.safety", "dashboard.exploratory", "dashboard.response", "dashboard.syndromes"},
    "dashboard.draft_quality": PURE | {"dashboard.endpoints", "data_access"},
    "dashboard.tables": PURE
    | {"dashboard.endpoints", "dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.quality", "dashboard.changes"}
    | {"dashboard.exploratory", "dashboard.safety", "dashboard.response", "dashboard.syndromes", "dashboard.recovery"},
    "dashboard.exports": PURE | {"dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.tables"},
    "dashboard.rendering": PURE | {"dashboard.view", "dashboard.figures", "dashboard.scene", "dashboard.panels", "dashboard.workspace"},
    "dashboard.printing": {"dashboard.figures"},
    "dashboard.interim": PURE
    | {"dashboard.endpoints", "dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.quality", "dashboard.changes"}
    | {"dashboard.safety"},
    "dashboard.package": PURE
    | {"dashboard", "dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.interim", "dashboard.printing"}
    | {"dashboard.rendering", "dashboard.workspace"},
    "layouts": PURE
    | {
        "dashboard.ids",
        "dashboard.view",
        "dashboard.scene",
        "dashboard.figures",
        "dashboard.panels",
        "dashboard.rendering",
        "dashboard.tables",
        "dashboard.changes",
        "dashboard.provenance",
        "dashboard.behind",
        "dashboard.interim",
    },
    "callbacks": PURE
    | {"dashboard.ids", "dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.rendering", "dashboard.workspace", "layouts"}
    | {"dashboard.quality", "dashboard.changes", "dashboard.provenance", "dashboard.behind", "dashboard.interim"},
    "dashboard.saved.views": PURE,
    "dashboard.saved": PURE
    | {"dashboard.endpoints", "dashboard.view", "dashboard.scene", "dashboard.workspace", "dashboard.access"}
    | {"dashboard.saved.views"},
    "dashboard.meeting.records": PURE,
    "dashboard.meeting.rules": {"dashboard.errors", "dashboard.meeting.records"},
    "dashboard.meeting": PURE
    | {"dashboard.saved", "dashboard.saved.views", "dashboard.scene", "dashboard.view", "dashboard.workspace", "dashboard.printing"}
    | {"dashboard.meeting.records", "dashboard.meeting.rules"},
    "dashboard.access": PURE,
    "dashboard.closed": PURE | {"dashboard.endpoints", "dashboard.access", "dashboard.view"},
    "dashboard.audit": {"dashboard.errors", "dashboard.access"},
    "dashboard.logs": set(),
    "dashboard.sight": PURE | {"dashboard.audit", "dashboard.scene", "dashboard.tables", "dashboard.workspace"},
    "data_access": PURE | {"dashboard.saved.views", "dashboard.access", "dashboard.audit"} | {"dashboard.meeting.records"},
    "dashboard.simulate": PURE,
    "dashboard.delivering": PURE | {"dashboard.settings", "dashboard.logs", "dashboard.draft_quality", "data_access"},
    "dashboard.demonstration": PURE | {"dashboard.simulate", "data_access"},
    "dashboard.web": PURE
    | {"dashboard", "dashboard.settings", "dashboard.view", "dashboard.scene", "dashboard.panels", "dashboard.tables", "dashboard.exports"}
    | {"dashboard.workspace", "dashboard.delivering", "dashboard.behind", "layouts", "callbacks"}
    | {"dashboard.access", "dashboard.audit", "dashboard.ids", "dashboard.sight", "dashboard.logs"}
    | {"dashboard.saved", "dashboard.saved.views", "dashboard.closed"}
    | {"dashboard.meeting", "dashboard.meeting.records", "dashboard.meeting.rules", "dashboard.printing"}
    | {"dashboard.interim", "dashboard.package"},
}
# The composition root and the command line join all rooms.
FREE = ("dashboard.factory", "dashboard.cli", "dashboard.commands", "dashboard.__main__")


def room_of(module: str) -> str:
    return max((room for room in (*ARROWS, *FREE) if module == room or module.startswith(f"{room}.")), key=len)


@pytest.mark.parametrize("module", sorted(modules()))
def test_arrows_point_inward(module: str) -> None:
    room = room_of(module)
    if room in FREE:
        return
    reached = {
        name: room_of(name) for name in imports(module) if name.split(".")[0] in ("app", "dashboard", "layouts", "callbacks", "data_access")
    }
    assert {name for name, other in reached.items() if other not in ARROWS[room] | {room}} == set()


def test_every_module_belongs_to_a_room_that_is_named() -> None:
    # `dashboard` itself holds nothing but its version; a new module there must be given arrows of its own.
    assert [module for module in modules() if room_of(module) == "dashboard" and module != "dashboard"] == []


# Libraries and the rooms that may know them.
LIBRARIES = {
    "argon2": ("dashboard.access",),
    "authlib": ("dashboard.web",),
    "joserfc": ("dashboard.web",),
    "requests": ("dashboard.web",),
    "itsdangerous": ("dashboard.web",),
    "sqlalchemy": ("data_access",),
    "alembic": ("data_access",),
    "psycopg": ("data_access",),
    "sqlite3": ("data_access",),
    "python_calamine": ("data_access",),
    "pyarrow": ("data_access", "dashboard.exports"),
    "pyreadstat": ("data_access", "dashboard.simulate"),
    "dash": ("layouts", "callbacks", "dashboard.web", "dashboard.factory"),
    "dash_ag_grid": ("layouts",),
    "dash_bootstrap_components": ("layouts",),
    "flask": ("dashboard.web", "dashboard.factory"),
    "werkzeug": ("dashboard.web",),
    "plotly": (),
    "xlsxwriter": ("dashboard.exports",),
    "typst": ("dashboard.printing",),
    "scipy": ("dashboard.endpoints", "dashboard.simulate"),
    "statsmodels": ("dashboard.endpoints",),
}


@pytest.mark.parametrize("library", LIBRARIES)
def test_a_library_is_known_only_to_the_rooms_it_belongs_to(library: str) -> None:
    users = {module for module in modules() if any(name.split(".")[0] == library for name in imports(module))}
    assert {module for module in users if room_of(module) not in LIBRARIES[library]} == set()


def test_layouts_and_figures_never_see_a_frame() -> None:
    users = {module for module in modules() if "pandas" in imports(module)}
    assert {module for module in users if room_of(module) in ("layouts", "dashboard.figures", "dashboard.view")} <= {"dashboard.view.grid"}


IMPORT_ALL = """
import importlib, json, os, sys
root, modules, libraries = json.loads(sys.argv[1])
sys.path.insert(0, root)
for name in libraries:
    importlib.import_module(name)
seen, source = [], (".py", ".pyc", ".so", ".pth", "__pycache__")

def watch(event, arguments):
    if event == "open" and isinstance(arguments[0], (str, bytes)):
        path = os.path.abspath(os.fsdecode(arguments[0]))
        writes = isinstance(arguments[1], str) and set(arguments[1]) & set("wax+")
        # A virtual environment may lie inside the project; what libraries read of themselves is theirs.
        if not path.endswith(source) and (writes or (path.startswith(root) and not path.startswith(sys.prefix))):
            seen.append(f"{event} {path}")
    elif event.split(".")[0] in ("socket", "sqlite3", "subprocess") or event in ("os.mkdir", "os.remove", "os.rename", "os.putenv"):
        seen.append(event)

class Environment(dict):
    def __getitem__(self, key):
        self.note(key)
        return super().__getitem__(key)

    def get(self, key, default=None):
        self.note(key)
        return super().get(key, default)

    def note(self, key):
        if sys._getframe(2).f_code.co_filename.startswith(root):
            seen.append(f"environment {key}")

os.environ = Environment(os.environ)
sys.addaudithook(watch)
blamed = {}
for name in modules:
    importlib.import_module(name)
    if seen:
        blamed[name] = list(seen)
        seen.clear()
print(json.dumps(blamed))
"""


def test_importing_any_module_opens_no_file_connection_or_environment() -> None:
    names = [name for name in modules() if name not in ENTRANCES and "versions" not in name]
    libraries = {
        name for module in names for name in imports(module) if name.split(".")[0] not in ("app", *packages()) and name != "__future__"
    }
    given = json.dumps([str(ROOT), names, sorted(libraries)])
    done = subprocess.run([sys.executable, "-c", IMPORT_ALL, given], capture_output=True, text=True, cwd=ROOT)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout) == {}


CLOCKS = re.compile(r"\b(now|utcnow|today|time|monotonic|perf_counter|getenv|token_hex|urandom|uuid4)\(")


@pytest.mark.parametrize("module", sorted(set(modules()) - set(ENTRANCES)))
def test_no_clock_or_chance_is_asked_while_a_module_is_imported(module: str) -> None:
    class AtImport(ast.NodeTransformer):
        """Keeps what runs at import: everything but the bodies of functions; default values stay."""

        def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
            node.body = [ast.Pass()]
            return node

        def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
            return ast.Constant(None)

    tree = AtImport().visit(ast.parse(ast.unparse(modules()[module])))
    assert CLOCKS.findall(ast.unparse(ast.fix_missing_locations(tree))) == []


def test_no_function_has_more_than_forty_lines() -> None:
    assert {f"{module}.{node.name}": length(node) for module, node in functions() if length(node) > 40} == {}


def test_nine_functions_in_ten_have_at_most_25_lines_and_half_fewer_than_ten() -> None:
    lengths = [length(node) for _, node in functions()]
    assert sum(lines <= 25 for lines in lengths) >= 0.9 * len(lengths)
    assert statistics.median(lengths) < 10


@pytest.mark.parametrize("module", sorted(modules()))
def test_a_file_has_at_most_300_lines(module: str) -> None:
    path = ROOT / Path(*module.split("."))
    file = path / "__init__.py" if module in packages() else path.with_suffix(".py")
    assert len(file.read_text(encoding="utf-8").splitlines()) <= 300


def test_a_callback_has_at_most_fifteen_lines() -> None:
    wired = [
        (module, node) for module, node in functions() if any("callback" in ast.unparse(decorator) for decorator in node.decorator_list)
    ]
    assert len(wired) == 5
    bodies = {f"{module}.{node.name}": int(node.end_lineno or 0) - node.lineno + 1 for module, node in wired}
    assert {name: lines for name, lines in bodies.items() if lines > 15} == {}


def test_a_figure_comes_onto_a_page_in_one_way() -> None:
    places = [
        f"{module}.{node.name}"
        for module, node in functions()
        for call in ast.walk(node)
        if isinstance(call, ast.Call) and ast.unparse(call.func).endswith("Graph")
    ]
    assert places == ["layouts.cards.draw_graph"]


def test_every_id_in_layouts_and_callbacks_comes_from_the_list_of_ids() -> None:
    literal = []
    for module in (module for module in modules() if room_of(module) in ("layouts", "callbacks", "dashboard.factory")):
        for call in (node for node in ast.walk(modules()[module]) if isinstance(node, ast.Call)):
            given = [keyword.value for keyword in call.keywords if keyword.arg == "id"]
            given += call.args[:1] if ast.unparse(call.func) in ("Input", "Output", "State") else []
            literal += [f"{module}, line {value.lineno}: {value.value!r}" for value in given if isinstance(value, ast.Constant)]
    assert literal == []


def test_no_name_hides_what_a_thing_does() -> None:
    banned = re.compile(r"(^|[._])(utils?|helpers?|managers?|process|handle|misc)(_|[.]|$)")
    # SQLAlchemy calls the first two of a column type by name, gunicorn the last one of its worker.
    given = {"process_bind_param", "process_result_value", "handle_error"}
    names = [*modules(), *(f"{module}.{node.name}" for module, node in functions() if node.name not in given)]
    assert [name for name in names if banned.search(name)] == []


def test_public_functions_have_a_docstring() -> None:
    # Functions inside functions are private by place.
    top = [(module, node) for module, tree in modules().items() for node in tree.body if isinstance(node, ast.FunctionDef)]
    assert [f"{module}.{node.name}" for module, node in top if not node.name.startswith("_") and not ast.get_docstring(node)] == []
