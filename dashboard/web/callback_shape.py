"""What a callback may be sent: exactly the shape that the pages send, checked before any of it is used."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from typing import Any

from flask import Flask, jsonify, request
from werkzeug.exceptions import HTTPException
from werkzeug.wrappers import Response as AnyResponse

from dashboard import ids
from dashboard.web.refusals import refuse_plainly
from dashboard.web.rules import CALLBACKS, callback_name

ADDRESS = "/_dash-update-component"
NOT_OURS = "This request does not have the shape that the pages of this server send."
PARTS = {"output", "outputs", "inputs", "changedPropIds", "state", "parsedChangedPropsIds"}
SHOWN_PARTS = {"title", "kind", "mark"}
VIEW_PARTS = {"query", "study", "page", "subject"}
Check = Callable[[Any], bool]


def _is_text(value: Any) -> bool:
    return isinstance(value, str)


def _is_text_or_nothing(value: Any) -> bool:
    return value is None or isinstance(value, str)


def _is_view(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and set(value) == VIEW_PARTS and all(map(_is_text, value.values())))


def _is_click(value: Any) -> bool:
    return value is None or (isinstance(value, dict) and _is_number(value.get("row")))


def _is_shown(value: Any) -> bool:
    return isinstance(value, dict) and set(value) == SHOWN_PARTS and all(map(_is_text, value.values()))


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and 0 <= value < 2**31


def _is_choice(value: Any) -> bool:
    """What a control holds: a text, a number, yes or no, nothing, or a list of these."""
    one = isinstance(value, str | int | float | bool | None)
    return one or (isinstance(value, list) and all(isinstance(part, str | int | float | bool | None) for part in value))


def _is_filter(value: Any) -> bool:
    return value is None or isinstance(value, dict)


def _is_order(value: Any) -> bool:
    return value is None or (isinstance(value, list) and all(isinstance(part, dict) for part in value))


def _is_anything(_value: Any) -> bool:
    return True


# By property, with the id in front where a property means different things. What only comes back to be compared may be anything.
VALUES: Mapping[str, Check] = {
    f"{ids.URL}.pathname": _is_text,
    f"{ids.URL}.search": _is_text_or_nothing,
    f"{ids.VIEW}.data": _is_view,
    f"{ids.CLICKED}.data": _is_click,
    f"{ids.SIGHT}.data": _is_anything,
    "value": _is_choice,
    "filterModel": _is_filter,
    "columnState": _is_order,
    "className": _is_text_or_nothing,
    "shown": _is_shown,
    "children": _is_anything,
    "content": _is_anything,
}


def register_callback_shape(server: Flask, callback_map: Mapping[str, Mapping[str, Any]]) -> None:
    """Answer a callback of another shape with 400."""

    @server.before_request
    def refuse_other_shapes() -> AnyResponse | tuple[AnyResponse, int] | None:
        if request.path != ADDRESS or request.method != "POST" or not request.is_json:
            return None
        try:
            body = request.get_json()
        except HTTPException as error:
            return refuse_plainly(error) if error.code == 413 else (jsonify(error=NOT_OURS), 400)
        except RecursionError:
            return jsonify(error=NOT_OURS), 400
        return None if is_callback(body, callback_map) else (jsonify(error=NOT_OURS), 400)


def is_callback(body: Any, callback_map: Mapping[str, Mapping[str, Any]]) -> bool:
    """Whether `body` asks for a callback of the map, with as many inputs and states of the right names and kinds as it takes."""
    if not isinstance(body, dict) or not {"output", "outputs", "inputs"} <= set(body) <= PARTS or not _is_text(body["output"]):
        return False
    entry = callback_map.get(body["output"])
    if entry is None or callback_name(entry) not in CALLBACKS:
        return False
    changed = body.get("changedPropIds", [])
    return (
        isinstance(changed, list)
        and all(map(_is_text, changed))
        and _are_parts(body["inputs"], entry["inputs"])
        and _are_parts(body.get("state") or [], entry["state"])
        and _are_outputs(body["outputs"])
    )


def _are_parts(sent: Any, declared: Sequence[Mapping[str, Any]]) -> bool:
    """Whether `sent` names, part by part, what the callback declares; a pattern is sent as the list of what fits it, or as one."""
    if not isinstance(sent, list) or len(sent) != len(declared):
        return False
    return all(_is_part(part, wanted) for part, wanted in zip(sent, declared, strict=True))


def _is_part(part: Any, wanted: Mapping[str, Any]) -> bool:
    if isinstance(part, list):
        return "ALL" in str(wanted["id"]) and all(_is_one(one, wanted) for one in part)
    return _is_one(part, wanted)


def _is_one(part: Any, wanted: Mapping[str, Any]) -> bool:
    if not isinstance(part, dict) or part.get("property") != wanted["property"] or not _fits(part.get("id"), str(wanted["id"])):
        return False
    check = VALUES.get(f"{wanted['id']}.{wanted['property']}") or VALUES.get(str(wanted["property"]))
    return check is not None and check(part.get("value"))


def _fits(sent: Any, wanted: str) -> bool:
    """Whether an id is the declared one, or has the keys of the declared pattern."""
    if not wanted.startswith("{"):
        return bool(sent == wanted)
    return isinstance(sent, dict) and set(sent) == _read_keys(wanted) and all(isinstance(value, str) for value in sent.values())


@lru_cache(maxsize=256)
def _read_keys(pattern: str) -> frozenset[str]:
    return frozenset(json.loads(pattern))


def _are_outputs(sent: Any) -> bool:
    if isinstance(sent, list):
        return all(_are_outputs(part) for part in sent)
    return isinstance(sent, dict) and isinstance(sent.get("id"), str | dict) and _is_text(sent.get("property"))
