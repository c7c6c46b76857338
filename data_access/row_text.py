"""Rows as text: the canonical lines that are hashed, and the rows of PostgreSQL's COPY. Column by column, because it is quicker."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from json.encoder import encode_basestring_ascii
from typing import Any

_encode = json.JSONEncoder(ensure_ascii=True, separators=(",", ":"), allow_nan=False).encode
COPY_ESCAPES = str.maketrans({"\\": r"\\", "\t": r"\t", "\n": r"\n", "\r": r"\r"})


def encode_value(value: Any) -> bytes:
    """A value as compact JSON in ASCII; ValueError for a number that is not finite."""
    return _encode(value).encode("ascii")


def encode_lines(columns: Sequence[Sequence[Any]], kinds: Sequence[str]) -> bytes:
    """The canonical lines of rows given by columns of plain Python values, missing as None; flags may be 0 and 1.

    The same bytes as `json.dumps` of each row with compact separators; `kinds` are the types that `study.columns` declares.
    """
    texts = [_json_texts(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    rows = "]\n[".join(map(",".join, zip(*texts, strict=True)))
    return f"[{rows}]\n".encode("ascii") if rows else b""


def copy_lines(columns: Sequence[Sequence[Any]], kinds: Sequence[str]) -> bytes:
    """The same rows as lines of PostgreSQL's COPY in text format."""
    texts = [_copy_texts(values, kind) for values, kind in zip(columns, kinds, strict=True)]
    rows = "\n".join(map("\t".join, zip(*texts, strict=True)))
    return f"{rows}\n".encode() if rows else b""


def _json_texts(values: Sequence[Any], kind: str) -> Iterable[str]:
    if kind == "str":
        return _translated(values, encode_basestring_ascii)
    if kind == "bool":
        return ["true" if value else "false" for value in values]
    write = float.__repr__ if kind == "float64" else int.__repr__
    return ["null" if value is None else write(value) for value in values]


def _copy_texts(values: Sequence[Any], kind: str) -> Iterable[str]:
    if kind == "str":
        return _translated(values, lambda text: text.translate(COPY_ESCAPES))
    if kind == "bool":
        return ["t" if value else "f" for value in values]
    write = float.__repr__ if kind == "float64" else int.__repr__
    return [r"\N" if value is None else write(value) for value in values]


def _translated(values: Sequence[str], write: Any) -> Iterable[str]:
    """Each text once: names, units and visit labels repeat in a column."""
    return map({text: write(text) for text in set(values)}.__getitem__, values)
