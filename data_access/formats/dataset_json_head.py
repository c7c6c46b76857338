"""What a Dataset-JSON 1.1 file says about itself: its columns, their types and its number of rows.

Source: CDISC, Dataset-JSON 1.1 specification.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any, NoReturn

from data_access.formats.raw_table import check_header, refusal

VERSION = "1.1"
# The JSON type of a value of each data type; decimals are texts so that no digit is lost.
TYPES: dict[str, tuple[type, ...]] = {
    "string": (str,),
    "URI": (str,),
    "date": (str,),
    "time": (str,),
    "datetime": (str,),
    "decimal": (str,),
    "integer": (int, float),
    "float": (int, float),
    "double": (int, float),
    "boolean": (bool,),
}


@dataclass(frozen=True)
class Column:
    """A column's name, declared data type and SAS display format (empty when there is none)."""

    name: str
    data_type: str
    shown_as: str


@dataclass(frozen=True)
class Head:
    """The columns in order, and the number of rows stated."""

    columns: tuple[Column, ...]
    records: int


def read_head(file: str, text: bytes) -> Head:
    """The head `text` (JSON, rows apart); DeliveryRefusedError for duplicate keys, NaN, a wrong version, type or count."""

    def refuse_constant(word: str) -> NoReturn:
        raise refusal(file, f"{word} is no JSON value")

    def unique(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        keys = [key for key, _ in pairs]
        for key in keys:
            if keys.count(key) > 1:
                raise refusal(file, "the key appears twice in one JSON object, so two readers may read different values", None, None, key)
        return dict(pairs)

    try:
        content = json.loads(text.decode("utf-8"), object_pairs_hook=unique, parse_constant=refuse_constant)
    except (ValueError, RecursionError) as error:
        raise refusal(file, f"its head cannot be read as JSON: {error}") from error
    return _described(file, content)


def _described(file: str, content: Any) -> Head:
    if not isinstance(content, dict) or "datasetJSONVersion" not in content:
        raise refusal(file, "is no Dataset-JSON: it has no datasetJSONVersion")
    version = content["datasetJSONVersion"]
    if not isinstance(version, str) or not (version == VERSION or version.startswith(f"{VERSION}.")):
        raise refusal(file, f"must be Dataset-JSON {VERSION}", None, "datasetJSONVersion", str(version))
    records, columns = content.get("records"), content.get("columns")
    if type(records) is not int or records < 0:
        raise refusal(file, "must state its number of rows", None, "records", json.dumps(records))
    if not isinstance(columns, list) or not columns:
        raise refusal(file, "has no columns")
    found = tuple(_described_column(file, number, column) for number, column in enumerate(columns, start=1))
    check_header(file, [column.name for column in found])
    return Head(found, records)


def _described_column(file: str, number: int, column: Any) -> Column:
    if not isinstance(column, dict) or not isinstance(column.get("name"), str):
        raise refusal(file, f"column number {number} has no name")
    name, kind = column["name"].strip(), column.get("dataType")
    if kind not in TYPES:
        raise refusal(file, f"dataType must be one of {', '.join(TYPES)}", None, name, json.dumps(kind))
    return Column(name, kind, str(column.get("displayFormat") or ""))
