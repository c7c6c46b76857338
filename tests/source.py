"""The product's own source as syntax trees."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from functools import cache
from pathlib import Path

ROOT = Path(__file__).parent.parent
ROOMS = ("dashboard", "layouts", "callbacks", "data_access")
# What a process starts with, rather than what is imported.
ENTRANCES = ("app", "dashboard.__main__")
Function = ast.FunctionDef | ast.AsyncFunctionDef


@cache
def modules() -> dict[str, ast.Module]:
    """Every module of the product by its dotted name."""
    files = [ROOT / "app.py", *(path for room in ROOMS for path in sorted((ROOT / room).rglob("*.py")))]
    return {_name(path): ast.parse(path.read_text(encoding="utf-8"), str(path)) for path in files}


def _name(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@cache
def packages() -> frozenset[str]:
    """Dotted names of the product that are packages."""
    return frozenset(_name(path) for room in ROOMS for path in (ROOT / room).rglob("__init__.py"))


def imports(module: str) -> set[str]:
    """Dotted names that `module` imports anywhere: modules of the product in full, other ones by what is written."""
    found = set()
    for node in ast.walk(modules()[module]):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module}: relative import"
            found |= {full if (full := f"{node.module}.{alias.name}") in modules() else str(node.module) for alias in node.names}
    # Known to type checkers alone.
    return {name for name in found if not name.startswith("_typeshed")}


def functions() -> Iterator[tuple[str, Function]]:
    """Every function of the product with the module it stands in."""
    for module, tree in modules().items():
        for node in ast.walk(tree):
            if isinstance(node, Function):
                yield module, node


def length(node: Function) -> int:
    """Lines of a function from its first decorator or `def` to its end."""
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)])
    return int(node.end_lineno or node.lineno) - first + 1
