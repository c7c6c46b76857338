"""A page as a browser holds it: its components by id, and the callbacks it would send."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any

from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from dashboard.web.addresses import ADDRESS_HEADER
from tests.web.built_tables import build_table

Props = dict[str, Any]
WILDCARDS = (["ALL"], ["MATCH"])


def canonical(component_id: Any) -> str:
    """An id as Dash writes it in requests."""
    return component_id if isinstance(component_id, str) else json.dumps(component_id, sort_keys=True, separators=(",", ":"))


def walk(node: Any) -> Iterator[tuple[str, Props]]:
    """(type, properties) of every component in a layout that has been turned into JSON."""
    if isinstance(node, dict):
        if "props" in node and "type" in node:
            yield node["type"], node["props"]
        for value in node.values():
            yield from walk(value)
    elif isinstance(node, list):
        for value in node:
            yield from walk(value)


def unfold(node: Any) -> Any:
    """A layout with the tables that assets/tables.js builds in it: what is sent as a text stands where the page has it."""
    if isinstance(node, list):
        return [unfold(part) for part in node]
    if not isinstance(node, dict):
        return node
    if "sheet" not in node:
        return {name: unfold(part) for name, part in node.items()}
    return {name: part for name, part in node.items() if name != "sheet"} | {"children": build_table(node["sheet"])}


def split_output(output: str) -> list[tuple[str, str]]:
    """The ids and properties named in a callback's output text."""
    parts = output[2:-2].split("...") if output.startswith("..") else [output]
    return [(part.rpartition(".")[0], part.rpartition(".")[2]) for part in parts]


class OpenedPage:
    """The page of an address, as the server gave it; `call` sends what the browser would send when a property changed."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self.client = client
        self.layout = unfold(client.get("/_dash-layout", headers={ADDRESS_HEADER: address}).get_json())
        self.props = {canonical(props["id"]): props for _, props in walk(self.layout) if "id" in props}
        self.callbacks = {callback["output"]: callback for callback in client.get("/_dash-dependencies").get_json()}

    def matching(self, pattern: str) -> list[str]:
        """The ids on the page that a callback's id means: itself, or all that fit its wildcards, in the page's order."""
        if not pattern.startswith("{"):
            return [pattern] if pattern in self.props else []
        wanted = json.loads(pattern)
        found = []
        for written in self.props:
            parts = json.loads(written) if written.startswith("{") else {}
            if set(parts) == set(wanted) and all(value in WILDCARDS or parts[name] == value for name, value in wanted.items()):
                found.append(written)
        return found

    def set(self, component_id: Any, **values: Any) -> OpenedPage:
        """Change properties of a component, as the reader would."""
        self.props[canonical(component_id)].update(values)
        return self

    def call(self, output_part: str, changed: str, matched: Mapping[str, Any] | None = None) -> TestResponse:
        """Send the callback one of whose outputs begins with `output_part`; `matched` is the id its MATCH stands for."""
        (callback,) = [found for output, found in self.callbacks.items() if output_part in [f"{i}.{p}" for i, p in split_output(output)]]
        outputs = [self._dependency(pattern, prop, matched) for pattern, prop in split_output(callback["output"])]
        answer = self.client.post(
            "/_dash-update-component",
            json={
                "output": callback["output"],
                "outputs": outputs if len(outputs) > 1 else outputs[0],
                "inputs": [self._dependency(part["id"], part["property"], matched, True) for part in callback["inputs"]],
                "state": [self._dependency(part["id"], part["property"], matched, True) for part in callback["state"]],
                "changedPropIds": [changed],
            },
        )
        if answer.status_code == 200:
            answer.set_data(json.dumps(unfold(answer.get_json())))
        return answer

    def _dependency(self, pattern: str, prop: str, matched: Mapping[str, Any] | None, with_value: bool = False) -> Any:
        def one(written: str) -> Props:
            parts: Any = json.loads(written) if written.startswith("{") else written
            value = {"value": self.props[written].get(prop)} if with_value else {}
            return {"id": parts, "property": prop, **value}

        if "MATCH" in pattern:
            wanted = json.loads(pattern)
            return one(canonical({name: (matched or {})[name] if value == ["MATCH"] else value for name, value in wanted.items()}))
        return [one(written) for written in self.matching(pattern)] if "ALL" in pattern else one(pattern)
