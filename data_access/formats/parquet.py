"""Parquet: flat columns of text, numbers, flags, dates and times."""

from __future__ import annotations

from collections.abc import Callable
from datetime import time
from math import isnan
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet

from data_access.formats.limits import MOST_UNPACKED_BYTES, describe_size
from data_access.formats.raw_table import RawTable, check_header, finish, refusal
from data_access.formats.value_text import text_of_flag, text_of_moment, text_of_number

ROWS_AT_ONCE = 100_000
MOMENTS = (pa.types.is_date, pa.types.is_timestamp, pa.types.is_time)
TEXTS = (pa.types.is_string, pa.types.is_large_string, pa.types.is_string_view, pa.types.is_null)
EXACT = (pa.types.is_integer, pa.types.is_decimal)


def read_parquet(file: str, path: Path, tell: Callable[[int, int], None]) -> list[RawTable]:
    """The data set of a Parquet file. Numbers become their shortest exact text, flags `true` and `false`, null and NaN the empty text.

    Dates and times are ISO 8601; a column of moments that are all at midnight is a column of dates. DeliveryRefusedError for nested or
    binary columns, infinity, a size above MOST_UNPACKED_BYTES, and a damaged file.
    """
    try:
        with pyarrow.parquet.ParquetFile(path, page_checksum_verification=True) as source:
            names = _check_schema(file, source)
            pieces = _read_pieces(file, source, tell)
        columns = {name: _as_texts(file, name, pa.chunked_array(parts)) for name, parts in zip(names, pieces, strict=True)}
        # A text that is no UTF-8 is found only here.
        return [finish(file, columns)]
    except (ValueError, pa.ArrowException, OSError) as error:
        raise refusal(file, f"cannot be read as Parquet; the file is damaged or none: {str(error).splitlines()[0]}") from error


def _check_schema(file: str, source: pyarrow.parquet.ParquetFile) -> list[str]:
    names = [name.strip() for name in source.schema_arrow.names]
    check_header(file, names)
    for column in source.schema_arrow:
        kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
        if not any(known(kind) for known in (*MOMENTS, *TEXTS, *EXACT, pa.types.is_floating, pa.types.is_boolean)):
            raise refusal(file, f"a column must hold texts, numbers, flags, dates or times; this one is {kind}", None, column.name)
    groups = range(source.metadata.num_row_groups)
    unpacked = sum(source.metadata.row_group(number).total_byte_size for number in groups)
    if unpacked > MOST_UNPACKED_BYTES:
        raise refusal(file, f"unpacks to {describe_size(unpacked)}, more than {describe_size(MOST_UNPACKED_BYTES)}")
    return names


def _read_pieces(file: str, source: pyarrow.parquet.ParquetFile, tell: Callable[[int, int], None]) -> list[list[pa.Array]]:
    rows = source.metadata.num_rows
    pieces: list[list[pa.Array]] = [[pa.array([], column.type)] for column in source.schema_arrow]
    done = 0
    for batch in source.iter_batches(ROWS_AT_ONCE, use_threads=False):
        for kept, column in zip(pieces, batch.columns, strict=True):
            kept.append(column)
        done += batch.num_rows
        tell(done, rows)
    if done != rows:
        raise refusal(file, f"states {rows} rows and holds {done}: the file is damaged")
    return pieces


def _as_texts(file: str, name: str, column: pa.ChunkedArray) -> Any:
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if any(known(column.type) for known in (*TEXTS, *EXACT)):
        return column.cast(pa.large_string())
    encoded = column.combine_chunks().dictionary_encode()
    values = encoded.dictionary.to_pylist()
    only_dates = _only_dates(values)
    words = pa.array([_word(file, name, value, only_dates) for value in values], pa.large_string())
    return words.take(encoded.indices)


def _only_dates(values: list[Any]) -> bool:
    return all(getattr(value, "time", time)() == time() for value in values)


def _word(file: str, name: str, value: Any, only_dates: bool) -> str | None:
    if value is None or (isinstance(value, float) and isnan(value)):
        return None
    if isinstance(value, bool):
        return text_of_flag(value)
    if not isinstance(value, float):
        return text_of_moment(value)[:10] if only_dates and hasattr(value, "time") else text_of_moment(value)
    try:
        return text_of_number(value)
    except ValueError as error:
        raise refusal(file, "is no finite number", None, name, str(value)) from error
