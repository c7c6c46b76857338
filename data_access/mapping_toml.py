"""Parts of a study definition as TOML, for `map`."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from typing import Any

from dashboard.study.identity import Cohort
from dashboard.study.parts import Part


def read_content(part: Cohort | Part) -> dict[str, Any]:
    """What the definition says of `part`: its keys that were given, in order."""
    return part.model_dump(exclude_unset=True, exclude_none=True)


def write_table(header: str, content: dict[str, Any]) -> str:
    """A part with its header, such as `[[cohorts]]`."""
    return "\n".join([header, *(f"{name} = {_write_value(value)}" for name, value in content.items())])


def write_comment(header: str, *lines: str) -> str:
    """A part that only a person can complete, as a comment; characters that would end a line are written as question marks."""
    return "\n".join(f"# {''.join(char if char.isprintable() else '?' for char in line)}" for line in (header, *lines))


def _write_value(value: Any) -> str:
    """A value as TOML; JSON strings, numbers and flags are TOML too."""
    if isinstance(value, dict):
        return "{ " + ", ".join(f"{name} = {_write_value(inner)}" for name, inner in value.items()) + " }"
    if isinstance(value, list | tuple):
        return "[" + ", ".join(_write_value(inner) for inner in value) + "]"
    return json.dumps(value, ensure_ascii=False)


def select_new(values: Iterable[str], known: Sequence[str]) -> list[str]:
    """Each value once, without those known already."""
    return [value for value in dict.fromkeys(values) if value and value not in known]


def derive_key(code: str, taken: set[str]) -> str:
    """A key made of `code` that is not `taken`."""
    plain = re.sub(r"[^a-z0-9]+", "-", code.lower()).strip("-")[:36] or "cohort"
    return next(key for key in (plain, *(f"{plain}-{number}" for number in range(2, 100))) if key not in taken)
