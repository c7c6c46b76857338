"""A reader without a browser: opens an address and sends what Dash's own client sends when a control changes."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from functools import partial
from pathlib import Path
from typing import Any

from flask.testing import FlaskClient

from benchmarks.measuring import measure
from dashboard import ids
from dashboard.factory import create_app, open_repository
from dashboard.settings import read_settings
from dashboard.web.addresses import ADDRESS_HEADER

UPDATE = "/_dash-update-component"
PARTS = ((ids.FIGURE, "figure"), (ids.TITLE, "children"), (ids.WORDS, "children"), (ids.CARD, "className"))


def open_client(var: Path) -> FlaskClient:
    """The product on the database in the folder `var`, inside this process."""
    settings = read_settings({"VAR": str(var), "LOG_LEVEL": "error"})
    return create_app(settings, open_repository(settings)).server.test_client()


class Reader:
    """A page that was opened: its controls and panels, and the answers to a changed control."""

    def __init__(self, client: FlaskClient, address: str) -> None:
        self._client = client
        pinned = client.get(address).headers.get("Location", address)
        layout = client.get("/_dash-layout", headers={ADDRESS_HEADER: pinned}).get_json()
        self._sync, self._panel = (_find_output(client, name) for name in ('{"control":["ALL"]}', f'"part":"{ids.FIGURE}"'))
        found = [props for props in _walk(layout) if "id" in props]
        patterns = [(props["id"], props) for props in found if isinstance(props["id"], dict)]
        self.controls: dict[str, Any] = {name["control"]: props.get("value") for name, props in patterns if "control" in name}
        self.links = [name["link"] for name, _ in patterns if "link" in name]
        self.panels = [name for name, _ in patterns if name.get("part") == ids.FIGURE]
        (self.view,) = [props["data"] for props in found if props["id"] == ids.VIEW]

    def choose(self, control: str, value: Any) -> dict[str, float]:
        """Change one control; milliseconds of the request that keeps address and controls in step, and of each panel's."""
        self.controls[control] = value
        times = {"address and controls": measure(lambda: self._synchronise(control))}
        for panel in self.panels:
            times[panel["subject"]] = measure(partial(self._ask_panel, panel))
        return times

    def ask_figure(self, panel: Mapping[str, str]) -> dict[str, Any]:
        """The figure of one of `panels` in the present view."""
        figure: dict[str, Any] = self._ask_panel(panel)[_key({**panel, "part": ids.FIGURE})]["figure"]
        return figure

    def _synchronise(self, control: str) -> None:
        outputs: list[Any] = [
            {"id": ids.URL, "property": "search"},
            [{"id": ids.control(key), "property": "value"} for key in self.controls],
            [],
            [],
            {"id": ids.VIEW, "property": "data"},
            {"id": ids.NOTICES, "property": "children"},
            [{"id": ids.link(page), "property": "href"} for page in self.links],
        ]
        inputs: list[Any] = [
            {"id": ids.URL, "property": "search", "value": f"?{self.view['query']}"},
            [{"id": ids.control(key), "property": "value", "value": value} for key, value in self.controls.items()],
            [],
            [],
        ]
        state = [{"id": ids.VIEW, "property": "data", "value": self.view}]
        answer = self._post(self._sync, outputs, inputs, f"{_key(ids.control(control))}.value", state)
        self.view = answer.get(ids.VIEW, {}).get("data", self.view)

    def _ask_panel(self, panel: Mapping[str, str]) -> dict[str, Any]:
        outputs = [{"id": {**panel, "part": part}, "property": prop} for part, prop in PARTS]
        view = {"id": ids.VIEW, "property": "data", "value": self.view}
        return self._post(self._panel, outputs, [view], f"{ids.VIEW}.data", [])

    def _post(self, output: str, outputs: list[Any], inputs: list[Any], changed: str, state: list[Any]) -> dict[str, Any]:
        body = {"output": output, "outputs": outputs, "inputs": inputs, "changedPropIds": [changed], "state": state}
        answer = self._client.post(UPDATE, json=body)
        if answer.status_code != 200:
            raise RuntimeError(f"{output} answered {answer.status_code}: {answer.get_data(as_text=True)[:300]}")
        updated: dict[str, Any] = json.loads(answer.data)["response"]
        return updated


def _find_output(client: FlaskClient, part: str) -> str:
    (output,) = [each["output"] for each in client.get("/_dash-dependencies").get_json() if part in each["output"]]
    return str(output)


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
