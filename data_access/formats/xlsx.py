"""XLSX workbooks: every sheet named like a data set is one; a workbook with one sheet is the data set it is named after."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from itertools import islice
from pathlib import Path, PurePosixPath
from typing import Any

import pyarrow as pa
import python_calamine

from data_access.formats.raw_table import RawTable, check_header, finish, refusal
from data_access.formats.value_text import text_of_cell_moment, text_of_flag, text_of_number
from data_access.formats.xlsx_package import check_package

ROWS_AT_ONCE = 20_000
# Names of SDTM (also split: lbhe), ADaM and of the simple format; other sheets are for people.
DATA_SET = re.compile(
    r"[a-z]{2}|(ae|cm|cp|ds|ex|fa|is|lb|mh|pc|pp|qs|rs|sv|tu|tr|vs)[a-z0-9]{2}|supp[a-z0-9]{2,4}|relrec|ad[a-z0-9]{1,6}"
    r"|participants|counts|doses|adverse_events",
    re.IGNORECASE,
)
Tell = Callable[[int, int], None]


def read_xlsx(file: str, path: Path, tell: Tell) -> list[RawTable]:
    """The data sets of a workbook, each with the sheet behind the file's name (`all.xlsx/lb`).

    The first row holds the names, beginning in A1; rows count from 1 below it. A number becomes its shortest exact text, a date ISO 8601 (a
    moment at midnight is a date), a flag `true` or `false`, an empty cell the empty text. What is text there stays as it is (`0012`).
    Empty rows at the end are no rows; one before the end is refused.
    """
    check_package(file, path)
    try:
        with python_calamine.CalamineWorkbook.from_path(str(path)) as workbook:
            return [_read_sheet(file, sheet, name, workbook, tell) for sheet, name in _choose_sheets(file, workbook)]
    except (python_calamine.CalamineError, OSError, ValueError) as error:
        raise refusal(file, f"cannot be read as a workbook (XLSX): {error}") from error


def _choose_sheets(file: str, workbook: python_calamine.CalamineWorkbook) -> list[tuple[str, str]]:
    names = [sheet.name for sheet in workbook.sheets_metadata if sheet.typ == python_calamine.SheetTypeEnum.WorkSheet]
    named = [(name, name.strip().lower()) for name in names if DATA_SET.fullmatch(name.strip())]
    if len(names) == 1:
        return named or [(names[0], data_set_of(file))]
    if not named:
        raise refusal(
            file, f"no sheet is named like a data set (dm, lb, adsl, participants, …); its sheets are {', '.join(names) or 'none'}"
        )
    return named


def _read_sheet(file: str, sheet: str, name: str, workbook: python_calamine.CalamineWorkbook, tell: Tell) -> RawTable:
    cells = workbook.get_sheet_by_name(sheet)
    label = file if name == data_set_of(file) else f"{file}/{name}"
    if cells.start is None:
        raise refusal(label, "is empty: not even a line of column names")
    if cells.start != (0, 0):
        raise refusal(label, "the names of the columns must begin in cell A1")
    rows = cells.iter_rows()
    first = [_text(label, value, 0, str(number)) for number, value in enumerate(next(rows), start=1)]
    width = max((number for number, text in enumerate(first, start=1) if text.strip()), default=0)
    header = [text.strip() for text in first[:width]]
    check_header(label, header)
    pieces = list(_read_rows(label, rows, header, cells.height - 1, tell))
    columns = {name: pa.chunked_array([piece[place] for piece in pieces], pa.large_string()) for place, name in enumerate(header)}
    return finish(label, columns)


def data_set_of(file: str) -> str:
    """The data set that a file is named after."""
    return PurePosixPath(file).stem.lower()


def _read_rows(label: str, rows: Iterator[list[Any]], header: list[str], total: int, tell: Tell) -> Iterator[list[pa.Array]]:
    done, empty_since = 0, None
    while piece := list(islice(rows, ROWS_AT_ONCE)):
        filled = [number for number, row in enumerate(piece) if row.count("") < len(row)]
        if filled and (empty_since is not None or filled != list(range(len(filled)))):
            raise refusal(label, "the row is empty and others follow", empty_since or done + _first_gap(filled) + 1)
        if len(filled) < len(piece) and empty_since is None:
            empty_since = done + len(filled) + 1
        _check_width(label, piece, len(header), done)
        columns = list(zip(*piece[: len(filled)], strict=True))
        if columns:
            yield [_column_texts(label, columns[place], name, done) for place, name in enumerate(header)]
        done += len(piece)
        tell(done, total)


def _first_gap(filled: list[int]) -> int:
    return next(place for place, number in enumerate(filled) if place != number)


def _check_width(label: str, piece: list[list[Any]], width: int, before: int) -> None:
    for number, row in enumerate(piece, start=before + 1):
        if row[width:].count("") < len(row) - width:
            value = next(value for value in row[width:] if value != "")
            raise refusal(label, f"has a value beyond the {width} named columns", number, None, str(value))


def _column_texts(label: str, values: tuple[Any, ...], name: str, before: int) -> pa.Array:
    if set(map(type, values)) == {str}:
        return pa.array(values, pa.large_string())
    return pa.array([_text(label, value, before + number, name) for number, value in enumerate(values, start=1)], pa.large_string())


def _text(label: str, value: Any, row: int, name: str) -> str:
    if isinstance(value, str):
        return value
    if isinstance(value, bool):
        return text_of_flag(value)
    if isinstance(value, int | float):
        return text_of_number(value)
    if isinstance(value, date | datetime | time):
        return text_of_cell_moment(value)
    if isinstance(value, timedelta):
        return text_of_duration(value)
    raise refusal(label, f"holds a value that is neither text, number, date nor flag: {type(value).__name__}", row, name, str(value))


def text_of_duration(value: timedelta) -> str:
    """`hh:mm:ss`, hours beyond 24 as they are."""
    seconds = round(value.total_seconds())
    return f"{seconds // 3600:02d}:{seconds // 60 % 60:02d}:{seconds % 60:02d}"
