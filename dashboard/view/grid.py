"""The grid's own choices in the address: `sort=age.desc` and `where=age.ge.40~status.contains.ongoing`.

A sort names columns with a direction; a filter names one condition per column. The grid's filter model and this
grammar are two spellings of the same thing; `read_filter_model` and `write_filter_model` translate.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any, Literal
from urllib.parse import quote, unquote

import pandas as pd

from dashboard.study.protocol import StudyProtocol

# Short operator → (AG Grid's name, number of operands)
OPERATORS: dict[str, tuple[str, int]] = {
    "eq": ("equals", 1),
    "ne": ("notEqual", 1),
    "lt": ("lessThan", 1),
    "le": ("lessThanOrEqual", 1),
    "gt": ("greaterThan", 1),
    "ge": ("greaterThanOrEqual", 1),
    "between": ("inRange", 2),
    "has": ("contains", 1),
    "hasnot": ("notContains", 1),
    "starts": ("startsWith", 1),
    "ends": ("endsWith", 1),
    "blank": ("blank", 0),
    "filled": ("notBlank", 0),
}
_BY_GRID_NAME = {grid: short for short, (grid, _) in OPERATORS.items()}
_TEXT_ONLY = {"has", "hasnot", "starts", "ends"}
_NUMBER_ONLY = {"lt", "le", "gt", "ge", "between"}
_COLUMN = re.compile(r"[a-z][a-z0-9_-]{0,39}")
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?")
_ESCAPED = {".": "%2E", "~": "%7E", ":": "%3A"}

Kind = Literal["number", "text"]
Condition = tuple[str, str, tuple[str, ...]]


def participant_columns(protocol: StudyProtocol) -> dict[str, Kind]:
    """The columns of the participants table, and whether each is compared as a number or as text."""
    baselines: dict[str, Kind] = {f"baseline_{key}": "number" for key in protocol.analyte_keys}
    people: dict[str, Kind] = {"participant": "text", "cohort": "text", "sex": "text", "age": "number"}
    groups: dict[str, Kind] = dict.fromkeys(group_columns(protocol).values(), "text")
    return people | baselines | {"stratum": "text", "doses": "number", "last_day": "number", "status": "text"} | groups


def group_columns(protocol: StudyProtocol) -> dict[str, str]:
    """Of a study with groupings, for each way to split the participants the column that says where they are; of another study none."""
    return {by: f"group_{by}" for by in protocol.by_keys} if protocol.groupings else {}


def validate_sort(text: str, columns: Mapping[str, Kind]) -> str:
    """`text` when it reads as `column.asc` or `column.desc`, several with commas; ValueError with the rule otherwise."""
    parts = text.split(",") if text else []
    if not all(re.fullmatch(r"[a-z][a-z0-9_-]{0,39}\.(asc|desc)", part) for part in parts):
        raise ValueError("an order reads column.asc or column.desc, several with commas between")
    names = [part.rpartition(".")[0] for part in parts]
    for name in names:
        _validate_column(name, columns)
    if len(set(names)) != len(names):
        raise ValueError("a column orders the table once")
    return text


def validate_where(text: str, columns: Mapping[str, Kind]) -> str:
    """`text` when it reads as conditions joined by `~` on `columns`; ValueError with the rule otherwise."""
    for column, operator, operands in read_conditions(text):
        _validate_column(column, columns)
        if columns[column] == "number" and operator in _TEXT_ONLY:
            raise ValueError(f"“{column}” is a number and cannot be compared by {operator}")
        if columns[column] == "number" and not all(_NUMBER.fullmatch(value) for value in operands):
            raise ValueError(f"“{column}” is compared with a number")
        if columns[column] == "text" and operator in _NUMBER_ONLY:
            raise ValueError(f"“{column}” is text and cannot be compared by {operator}")
    return text


def _validate_column(name: str, columns: Mapping[str, Kind]) -> None:
    if name not in columns:
        raise ValueError(f"the table has no column “{name}”; its columns are {', '.join(columns)}")


def read_conditions(text: str) -> list[Condition]:
    """(column, operator, operands) of each condition; ValueError with the rule when `text` cannot be read."""
    conditions = [_read_condition(part) for part in text.split("~")] if text else []
    if len({column for column, _, _ in conditions}) != len(conditions):
        raise ValueError("one condition per column")
    return conditions


def _read_condition(part: str) -> Condition:
    column, _, rest = part.partition(".")
    operator, _, operand = rest.partition(".")
    if not _COLUMN.fullmatch(column) or operator not in OPERATORS:
        raise ValueError(f"a condition reads column.operator.value with one of {', '.join(OPERATORS)}")
    operands = tuple(unquote(value) for value in operand.split(":")) if operand else ()
    if len(operands) != OPERATORS[operator][1]:
        raise ValueError(f"{operator} takes {OPERATORS[operator][1]} value(s)")
    return column, operator, operands


def write_conditions(conditions: list[Condition]) -> str:
    """The inverse of `read_conditions`."""
    return "~".join(
        f"{column}.{operator}" + (f".{':'.join(_escape(value) for value in operands)}" if operands else "")
        for column, operator, operands in conditions
    )


def _escape(value: str) -> str:
    quoted = quote(value, safe="")
    for char, code in _ESCAPED.items():
        quoted = quoted.replace(char, code)
    return quoted


def read_filter_model(model: Mapping[str, Any]) -> str:
    """AG Grid's filter model as the address writes it; a condition the grammar has no word for raises ValueError."""
    return write_conditions([_from_grid(column, model[column]) for column in sorted(model)])


def _from_grid(column: str, condition: Mapping[str, Any]) -> Condition:
    name = condition.get("type")
    if name not in _BY_GRID_NAME:
        raise ValueError(f"“{column}” takes one condition of the kinds {', '.join(_BY_GRID_NAME)}")
    operator = _BY_GRID_NAME[name]
    operands = [condition[part] for part in ("filter", "filterTo")[: OPERATORS[operator][1]]]
    return column, operator, tuple(_write_operand(value) for value in operands)


def _write_operand(value: Any) -> str:
    """Text as it is; a number in full, without a needless fraction."""
    if isinstance(value, float) and value.is_integer():
        return str(int(value))
    return str(value)


def write_filter_model(text: str, columns: Mapping[str, Kind]) -> dict[str, dict[str, Any]]:
    """The filter model AG Grid needs to show `text`, which `validate_where` has accepted for `columns`."""
    model: dict[str, dict[str, Any]] = {}
    for column, operator, operands in read_conditions(text):
        values = [_read_number(value) if columns[column] == "number" else value for value in operands]
        condition = dict(zip(("filter", "filterTo"), values, strict=False))
        model[column] = {"filterType": columns[column], "type": OPERATORS[operator][0], **condition}
    return model


def _read_number(text: str) -> int | float:
    return float(text) if "." in text else int(text)


def select_rows(frame: pd.DataFrame, text: str) -> pd.DataFrame:
    """The rows of `frame` that meet every condition, order kept; ValueError names a column the table does not have."""
    kept = frame
    for column, operator, operands in read_conditions(text):
        if column not in frame.columns:
            raise ValueError(f"the table has no column “{column}”; its columns are {', '.join(frame.columns)}")
        kept = kept[_meets(kept[column], operator, operands)]
    return kept


def _meets(column: pd.Series, operator: str, operands: tuple[str, ...]) -> pd.Series:
    if operator in ("blank", "filled"):
        blank = column.isna() | (column.astype("str") == "")
        return blank if operator == "blank" else ~blank
    if pd.api.types.is_numeric_dtype(column.dtype) and operator not in _TEXT_ONLY:
        return _meets_number(column.astype("float64"), operator, operands)
    return _meets_text(column.astype("str").str.lower(), operator, operands[0].lower())


def _meets_number(column: pd.Series, operator: str, operands: tuple[str, ...]) -> pd.Series:
    if not all(_NUMBER.fullmatch(value) for value in operands):
        raise ValueError(f"“{column.name}” is compared with a number")
    values = [float(value) for value in operands]
    if operator == "between":
        return column.between(values[0], values[1], inclusive="neither")
    return getattr(column, operator)(values[0]) & column.notna()


def _meets_text(column: pd.Series, operator: str, operand: str) -> pd.Series:
    if operator == "eq":
        return column == operand
    if operator == "ne":
        return column != operand
    if operator in ("has", "hasnot"):
        found = column.str.contains(operand, regex=False)
        return found if operator == "has" else ~found
    if operator in ("starts", "ends"):
        return column.str.startswith(operand) if operator == "starts" else column.str.endswith(operand)
    raise ValueError(f"“{column.name}” is text and cannot be compared by {operator}")
