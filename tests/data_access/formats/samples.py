"""One small data set, written by tests in every format."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import orjson
import pandas as pd
import pyreadstat
import xlsxwriter

from dashboard.errors import DeliveryRefusedError
from data_access.formats.raw_table import RawTable

Columns = Mapping[str, Sequence[Any]]


def write_csv_file(path: Path, columns: Columns) -> Path:
    """Every value as its shortest text; None is empty."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\n", quoting=csv.QUOTE_ALL)
    writer.writerow(columns)
    writer.writerows([["" if value is None else plain(value) for value in row] for row in zip(*columns.values(), strict=True)])
    path.write_text(buffer.getvalue(), encoding="utf-8", newline="")
    return path


def plain(value: Any) -> str:
    """The text that stands for a value in CSV."""
    text = repr(value).removesuffix(".0") if isinstance(value, float) else str(value)
    return "0" if text == "-0" else text


def write_xpt_file(path: Path, columns: Columns, version: int = 5) -> Path:
    """A SAS transport file."""
    frame = pd.DataFrame(
        {name: pd.Series(list(values), dtype="float64" if _numeric(values) else "object") for name, values in columns.items()}
    )
    texts = [name for name, values in columns.items() if not _numeric(values)]
    frame = frame.assign(**{name: frame[name].fillna("") for name in texts})
    pyreadstat.write_xport(frame, path, table_name=path.stem.upper()[:8], file_format_version=version)
    return path


def head_of(columns: Columns, /, **changes: Any) -> dict[str, Any]:
    """The head of a Dataset-JSON file."""
    described = [
        {"itemOID": f"IT.{name}", "name": name, "label": name, "dataType": "double" if _numeric(values) else "string"}
        for name, values in columns.items()
    ]
    rows = len(next(iter(columns.values())))
    return {"datasetJSONVersion": "1.1", "itemGroupOID": "IG", "records": rows, "name": "X", "label": "x", "columns": described} | changes


def write_json_file(path: Path, columns: Columns) -> Path:
    """A plain Dataset-JSON file."""
    path.write_bytes(orjson.dumps(head_of(columns) | {"rows": [list(row) for row in zip(*columns.values(), strict=True)]}))
    return path


def write_ndjson_file(path: Path, columns: Columns) -> Path:
    """A Dataset-JSON file by lines."""
    lines = [head_of(columns), *(list(row) for row in zip(*columns.values(), strict=True))]
    path.write_bytes(b"".join(orjson.dumps(line) + b"\n" for line in lines))
    return path


def write_parquet_file(path: Path, columns: Columns) -> Path:
    """A Parquet file."""
    pd.DataFrame({name: list(values) for name, values in columns.items()}).to_parquet(path, index=False)
    return path


def write_xlsx_file(path: Path, columns: Columns, sheet: str = "Sheet1") -> Path:
    """A workbook with one sheet; numbers are numbers, texts are texts."""
    with xlsxwriter.Workbook(path) as workbook:
        page = workbook.add_worksheet(sheet)
        for place, (name, values) in enumerate(columns.items()):
            page.write_string(0, place, name)
            for row, value in enumerate(values, start=1):
                if isinstance(value, str):
                    page.write_string(row, place, value)
                elif value is not None:
                    page.write_number(row, place, value)
    return path


def _numeric(values: Sequence[Any]) -> bool:
    return any(isinstance(value, float | int) for value in values)


WRITERS: dict[str, Callable[[Path, Columns], Path]] = {
    ".csv": write_csv_file,
    ".xpt": write_xpt_file,
    ".json": write_json_file,
    ".ndjson": write_ndjson_file,
    ".parquet": write_parquet_file,
    ".xlsx": write_xlsx_file,
}


def texts(table: RawTable) -> dict[str, list[str]]:
    """The texts of a table by column."""
    return table.table.to_pydict()


def ignore(done: int, total: int) -> None:
    """Progress that tells nobody."""


def refusal_of(read: Callable[[], Any]) -> str:
    """The words with which something is refused; fails when it is not."""
    try:
        read()
    except DeliveryRefusedError as error:
        return str(error)
    raise AssertionError("was not refused")


def dumps(content: Any) -> bytes:
    """JSON as bytes."""
    return json.dumps(content).encode()
