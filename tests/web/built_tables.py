"""What assets/tables.js makes of the text of a table, in Python: the elements and links that a browser shows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

Node = Any


def build_table(written: str) -> Node:
    """The table of the text `written`."""
    sheet = json.loads(written)
    heads = [_draw("Th", text, scope="col", **_kind(sheet, column)) for column, text in enumerate(sheet["head"])]
    bodies = [_body(sheet, rows) for rows in _group(sheet)]
    table = _draw("Table", [_draw("Thead", _draw("Tr", heads)), *bodies], className="table table-stacked" if sheet["stacked"] else "table")
    if "depths" not in sheet:
        return table
    told = {"type": "button", "className": "action fold-all", "aria-expanded": "false", "data-fold-all": "rows"}
    return [_draw("Button", "Open all rows", **told), table]


def _draw(kind: str, children: Any, **properties: Any) -> Node:
    return {"props": {"children": children, **properties}, "type": kind, "namespace": "dash_html_components"}


def _kind(sheet: Mapping[str, Any], column: int) -> dict[str, str]:
    return {"className": "column-words"} if sheet["left"][column] else {}


def _group(sheet: Mapping[str, Any]) -> list[list[int]]:
    depths, apart = sheet.get("depths"), sheet.get("apart")
    bodies: list[list[int]] = [] if depths or apart else [[]]
    for row in range(len(sheet["rows"])):
        if apart or (depths and not depths[row]):
            bodies.append([])
        bodies[-1].append(row)
    return bodies


def _body(sheet: Mapping[str, Any], rows: Sequence[int]) -> Node:
    folds = "depths" in sheet
    named = [({"className": "fold-row"} if place and folds else {}, row, not place and len(rows) > 1) for place, row in enumerate(rows)]
    return _draw("Tbody", [_draw("Tr", _row(sheet, row, has_folds and folds), **own) for own, row, has_folds in named])


def _row(sheet: Mapping[str, Any], row: int, has_folds: bool) -> list[Node]:
    name, *rest = (_cell(sheet, row, column) for column in range(len(sheet["rows"][row])))
    fold = {"type": "button", "className": "fold-toggle", "aria-expanded": "false", "data-fold": str(name)}
    label = {column: {"data-label": text} if sheet["stacked"] else {} for column, text in enumerate(sheet["head"])}
    return [
        _draw("Th", _draw("Button", name, **fold) if has_folds else name, scope="row", **_kind(sheet, 0)),
        *(_draw("Td", cell, **_kind(sheet, column), **label[column]) for column, cell in enumerate(rest, 1)),
    ]


def _cell(sheet: Mapping[str, Any], row: int, column: int) -> Node:
    cell = sheet["rows"][row][column]
    if not isinstance(cell, dict) or "parts" not in cell:
        return cell
    where, parts = f"{sheet['names'][row]}, {sheet['head'][column]}", cell["parts"]
    several = sum(isinstance(part, list) and part[1] == 0 for part in parts) > 1
    drawn = [part if isinstance(part, str) else _link(sheet, part, where, several) for part in parts]
    return drawn[0] if len(drawn) == 1 else drawn


def _link(sheet: Mapping[str, Any], part: Sequence[Any], where: str, is_one_of_several: bool) -> Node:
    text, to, rest, *name = part
    label = {"aria-label": f"{' '.join([text, *name])}: {where}", "data-internal": "yes"}
    kind = "cell-link cell-part" if is_one_of_several else "cell-link"
    return _draw("A", text, href=f"{sheet['to'][to]}{rest}{sheet['query']}", className=kind, **label)
