"""Reading study definition files: TOML in, a validated StudyProtocol out, or an error naming file, key and rule."""

from __future__ import annotations

import hashlib
import tomllib
from collections.abc import Mapping
from pathlib import Path
from typing import Any, get_args

from pydantic import BaseModel, ValidationError

from dashboard.errors import DefinitionError
from dashboard.study.protocol import StudyProtocol

BUILT_IN = Path(__file__).parent / "definitions"


def read_definition(path: Path) -> StudyProtocol:
    """Read one definition file; DefinitionError lists every fault with file, key, rule and the value found."""
    try:
        content = tomllib.loads(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise DefinitionError(f"{path.name}: cannot be read as TOML: {error}") from error
    try:
        protocol = StudyProtocol.model_validate(_lists_to_tuples(content))
    except ValidationError as error:
        raise DefinitionError("\n".join(_sentence(path.name, fault) for fault in error.errors())) from error
    if protocol.key != path.stem:
        raise DefinitionError(f"{path.name}: study.key is “{protocol.key}”; it must equal the file's name “{path.stem}”")
    return protocol


def read_definitions(folder: Path | None = None) -> Mapping[str, StudyProtocol]:
    """All built-in studies and those in `folder`, by key; a key used twice is an error."""
    protocols: dict[str, StudyProtocol] = {}
    for directory in [BUILT_IN, *([folder] if folder else [])]:
        if not directory.is_dir():
            raise DefinitionError(f"{directory}: is not a folder with study definitions")
        for path in sorted(directory.glob("*.toml")):
            protocol = read_definition(path)
            if protocol.key in protocols:
                raise DefinitionError(f"{path.name}: the study key “{protocol.key}” is already in use")
            protocols[protocol.key] = protocol
    return protocols


def definition_fingerprint(protocol: StudyProtocol) -> str:
    """SHA-256 of the definition's meaning (not of its layout), in lower-case hex."""
    return hashlib.sha256(protocol.model_dump_json().encode()).hexdigest()


def _lists_to_tuples(node: Any) -> Any:
    if isinstance(node, dict):
        return {key: _lists_to_tuples(value) for key, value in node.items()}
    if isinstance(node, list):
        return tuple(_lists_to_tuples(value) for value in node)
    return node


def _sentence(file: str, fault: Mapping[str, Any]) -> str:
    key = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        return f"{file}: {key}: is not a key a definition has here; the keys are {', '.join(_keys_beside(fault['loc']))}"
    found = fault["input"]
    shown = f" (found {found!r})" if isinstance(found, str | int | float | bool) else ""
    return f"{file}: {key or 'definition'}: {fault['msg']}{shown}"


def _keys_beside(location: tuple[str | int, ...]) -> list[str]:
    """The keys allowed where the key at `location` stands."""
    model: type[BaseModel] = StudyProtocol
    for part in (part for part in location[:-1] if isinstance(part, str)):
        inner = model.model_fields[part].annotation
        model = next(kind for kind in (inner, *get_args(inner)) if isinstance(kind, type) and issubclass(kind, BaseModel))
    return list(model.model_fields)
