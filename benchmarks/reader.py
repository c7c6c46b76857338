"""A reader without a browser: opens an address and sends what Dash's own client sends when a control changes.

Which requests that are follows from the wiring the application publishes, so that a change of the wiring changes the
measurement and not this module.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import quote

from flask.testing import FlaskClient

from benchmarks.measuring import measure
from callbacks.sight import SIGHT_HEADER, panel_name
from dashboard import ids
from dashboard.factory import create_app, open_repository
from dashboard.settings import read_settings
from dashboard.web.addresses import ADDRESS_HEADER

UPDATE = "/_dash-update-component"
Spec = dict[str, Any]
Bound = Mapping[str, str]


def open_client(var: Path) -> FlaskClient:
    """The product on the database in the folder `var`, inside this process."""
    settings = read_settings({"VAR": str(var), "LOG_LEVEL": "error"})
    return create_app(settings, open_repository(settings)).server.test_client()


class Browser(Protocol):
    """What a reader needs of whatever sends its requests; Flask's test client has it."""

    def get(self, path: str, headers: Mapping[str, str] | None = None) -> Any:
        """The answer to GET."""
        ...

    def post(self, path: str, json: Any, headers: Mapping[str, str]) -> Any:
        """The answer to POST with JSON."""
        ...


class Reader:
    """A page that was opened: the properties of its components, kept as the browser keeps them."""

    def __init__(self, client: FlaskClient | Browser, address: str) -> None:
        self._client = client
        self._seen: Sequence[str] | None = None
        pinned = client.get(address).headers.get("Location", address)
        layout = client.get("/_dash-layout", headers={ADDRESS_HEADER: pinned}).get_json()
        self._specs: list[Spec] = client.get("/_dash-dependencies").get_json()
        self._props = {_key(props["id"]): props for props in _walk(layout) if "id" in props}

    def value(self, control: str) -> Any:
        """What a control shows."""
        return self._props[_key(ids.control(control))]["value"]

    def panels(self) -> list[str]:
        """The panels of the page by the name they have among what is in sight, from top to bottom."""
        found = [props["id"] for props in self._props.values() if isinstance(props["id"], dict) and props["id"].get("part") == ids.FIGURE]
        return [panel_name(each["panel"], each["subject"]) for each in found]

    def draw_rest(self) -> float:
        """Ask for what was out of sight at the last change; milliseconds."""
        self._seen = None
        (spec,) = [spec for spec in self._specs if self._listens(spec, (ids.SIGHT, "data"), {})]
        return measure(lambda: self._fire(spec, {}, ids.SIGHT))

    def choose(self, control: str, value: Any, seen: Sequence[str] | None = None) -> dict[str, float]:
        """Change one control; milliseconds of each request that follows, by the subject of a panel or “address and controls”.

        `seen` are the panels in sight (as `panels` names them); None asks for the whole page at once.
        """
        self._seen = seen
        name = _key(ids.control(control))
        self._props[name]["value"] = value
        (first,) = [spec for spec in self._specs if self._listens(spec, (name, "value"), {})]
        changed: list[tuple[str, str]] = []
        times = {"address and controls": measure(lambda: changed.extend(self._fire(first, {}, name)))}
        for spec in (spec for spec in self._specs if spec is not first):
            for bound in self._bindings(spec):
                if any(self._listens(spec, each, bound) for each in changed):
                    times[bound.get("subject", spec["output"])] = measure(partial(self._fire, spec, bound, ids.VIEW))
        return times

    def figures(self) -> list[dict[str, Any]]:
        """The visible figures, in the order of the page."""
        shown = self.value("analyte")
        parts = [props for props in self._props.values() if isinstance(props["id"], dict) and props["id"].get("part") == ids.FIGURE]
        return [props["figure"] for props in parts if props["id"]["subject"] in shown]

    def _listens(self, spec: Spec, changed: tuple[str, str], bound: Bound) -> bool:
        return any(changed[1] == each["property"] and changed[0] in self._find(each["id"], bound) for each in spec["inputs"])

    def _bindings(self, spec: Spec) -> list[Bound]:
        """What the MATCH of a callback can stand for on this page; one empty binding for a callback without."""
        pattern = _pattern(_outputs(spec)[0][0])
        if not isinstance(pattern, dict) or ["MATCH"] not in pattern.values():
            return [{}]
        return [self._props[name]["id"] for name in self._find(_outputs(spec)[0][0], {})]

    def _find(self, text: str, bound: Bound) -> list[str]:
        """The components that the id `text` of the wiring means."""
        pattern = _pattern(text)
        if isinstance(pattern, str):
            return [pattern]
        return [name for name, props in self._props.items() if _matches(pattern, props["id"], bound)]

    def _fire(self, spec: Spec, bound: Bound, trigger: str) -> list[tuple[str, str]]:
        body = {
            "output": spec["output"],
            "outputs": [self._describe(text, prop, bound, with_value=False) for text, prop in _outputs(spec)],
            "inputs": [self._describe(each["id"], each["property"], bound) for each in spec["inputs"]],
            "state": [self._describe(each["id"], each["property"], bound) for each in spec["state"]],
            "changedPropIds": [f"{trigger}.{'data' if trigger in (ids.VIEW, ids.SIGHT) else 'value'}"],
        }
        headers = {} if self._seen is None else {SIGHT_HEADER: ",".join(quote(name, safe="") for name in self._seen)}
        answer = self._client.post(UPDATE, json=body, headers=headers)
        if answer.status_code not in (200, 204):
            raise RuntimeError(f"{spec['output']} answered {answer.status_code}: {answer.get_data(as_text=True)[:300]}")
        updates = json.loads(answer.data)["response"] if answer.status_code == 200 else {}
        for name, props in updates.items():
            self._props[name].update(props)
        return [(name, prop) for name, props in updates.items() for prop in props]

    def _describe(self, text: str, prop: str, bound: Bound, *, with_value: bool = True) -> Any:
        found = [
            {"id": self._props[name]["id"], "property": prop} | ({"value": self._props[name].get(prop)} if with_value else {})
            for name in self._find(text, bound)
        ]
        return found if '["ALL"]' in text else found[0]


def _outputs(spec: Spec) -> list[tuple[str, str]]:
    """Id and property of each output of a callback with several."""
    return [(*part.rsplit(".", 1),) for part in spec["output"].strip(".").split("...")]


def _pattern(text: str) -> str | dict[str, Any]:
    pattern: str | dict[str, Any] = json.loads(text) if text.startswith("{") else text
    return pattern


def _matches(pattern: Mapping[str, Any], component_id: Any, bound: Bound) -> bool:
    if not isinstance(component_id, dict) or component_id.keys() != pattern.keys():
        return False
    wanted = {name: bound.get(name, ["ALL"]) if part == ["MATCH"] else part for name, part in pattern.items()}
    return all(part == ["ALL"] or part == component_id[name] for name, part in wanted.items())


def _key(component_id: Any) -> str:
    return component_id if isinstance(component_id, str) else json.dumps(component_id, sort_keys=True, separators=(",", ":"))


def _walk(node: Any) -> Iterator[dict[str, Any]]:
    """The properties of every component of a layout."""
    if isinstance(node, list):
        for child in node:
            yield from _walk(child)
    elif isinstance(node, dict) and "props" in node:
        yield node["props"]
        yield from _walk(node["props"].get("children"))
