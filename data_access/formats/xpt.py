"""SAS transport files: numbers by pyreadstat, texts from the bytes of the rows, both with the same number of rows.

A text is a fixed number of bytes filled with blanks; taking it from there is several times faster, and shows a NUL where the library would
end the text.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc
import pyreadstat

from data_access.formats.raw_table import RawTable, check_header, describe_bytes, finish, refusal
from data_access.formats.value_text import text_of_sas_number
from data_access.formats.xpt_layout import Layout, Variable, read_layout

# Values of one piece as Python objects: about 250 MB; the reader skips to each piece anew, so pieces must not be small.
VALUES_AT_ONCE = 4_000_000
Bytes = npt.NDArray[np.uint8]


def read_xpt(file: str, path: Path, tell: Callable[[int, int], None]) -> list[RawTable]:
    """The data set of a transport file. Numbers become their shortest exact text, dates and times by their SAS format ISO 8601.

    A missing number (also `.A` to `.Z`) is the empty text. DeliveryRefusedError names row, column and rule.
    """
    content: Bytes = np.memmap(path, dtype=np.uint8, mode="r") if path.stat().st_size else np.zeros(0, dtype=np.uint8)
    layout = read_layout(file, content.data)
    check_header(file, [variable.name for variable in layout.variables])
    pieces = _read_pieces(file, path, layout, tell)
    return [finish(file, {name: pa.chunked_array(parts, pa.large_string()) for name, parts in pieces.items()})]


def _read_pieces(file: str, path: Path, layout: Layout, tell: Callable[[int, int], None]) -> dict[str, list[pa.Array]]:
    content = np.memmap(path, dtype=np.uint8, mode="r")
    at_once, done = max(1, VALUES_AT_ONCE // len(layout.variables)), 0
    pieces: dict[str, list[pa.Array]] = {variable.name: [] for variable in layout.variables}
    while done < layout.rows:
        rows = layout.view(content)[done : done + at_once]
        numbers = _read_numbers(file, path, layout, done, len(rows))
        for variable in layout.variables:
            found = numbers.get(variable.name)
            pieces[variable.name].append(_read_texts(file, rows, variable, done) if found is None else found)
        done += len(rows)
        tell(done, layout.rows)
    return pieces


def _read_numbers(file: str, path: Path, layout: Layout, start: int, rows: int) -> dict[str, pa.Array]:
    # Without numbers, one text is read so that the library has its say on the number of rows.
    names = [variable.name for variable in layout.variables if not variable.is_text]
    asked = names or [layout.variables[0].name]
    last = start + rows == layout.rows
    try:
        values, meta = pyreadstat.read_xport(
            path, usecols=asked, disable_datetime_conversion=True, output_format="dict", row_offset=start, row_limit=rows + last
        )
    except (pyreadstat.ReadstatError, pyreadstat.PyreadstatError, UnicodeDecodeError) as error:
        raise refusal(file, f"cannot be read as SAS transport file: {error}") from error
    if sorted(values) != sorted(asked) or any(len(found) != rows for found in values.values()):
        raise refusal(file, f"the reader found other variables or another number of rows than the {layout.rows} that the file holds")
    formats = meta.original_variable_types
    return {name: _as_texts(file, values.pop(name), formats[name], name) for name in names}


def _as_texts(file: str, values: Any, shown_as: str | None, name: str) -> pa.Array:
    encoded = pa.array(np.asarray(values, dtype=np.float64), from_pandas=True).dictionary_encode()
    try:
        words = [text_of_sas_number(value, shown_as) for value in encoded.dictionary.to_pylist()]
    except (ValueError, OverflowError) as error:
        raise refusal(file, f"holds a number that is no {shown_as or 'finite number'}: {error}", None, name) from error
    return pa.array(words, pa.large_string()).take(encoded.indices)


def _read_texts(file: str, rows: Bytes, variable: Variable, before: int) -> pa.Array:
    part = np.ascontiguousarray(rows[:, variable.start : variable.start + variable.width])
    _check_part(file, variable.name, part, before)
    fixed = pa.Array.from_buffers(pa.binary(variable.width), len(part), [None, pa.py_buffer(part)])
    return pc.utf8_rtrim_whitespace(fixed.cast(pa.large_binary()).cast(pa.large_string()))


def _check_part(file: str, name: str, part: Bytes, before: int) -> None:
    if not part.all():
        row = int(np.flatnonzero(~part.all(axis=1))[0])
        raise refusal(
            file,
            "holds a NUL character; the file is damaged or no text",
            before + row + 1,
            name,
            describe_bytes(part[row].tobytes().rstrip()),
        )
    if part.max(initial=0) < 128:
        return
    for row in np.flatnonzero((part >= 128).any(axis=1)).tolist():
        try:
            part[row].tobytes().decode("utf-8")
        except UnicodeDecodeError as error:
            value = describe_bytes(part[row].tobytes().rstrip())
            raise refusal(file, "is not UTF-8; write the file in UTF-8 or plain ASCII", before + row + 1, name, value) from error
