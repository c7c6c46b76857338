"""The address of a cell of a table, such as `events:serious::240`: which table, and the values that name its row and column.

The parts are separated by colons; a colon, a slash and a percent sign within one are percent-encoded. An empty part is a value that
the row does not have. What a cell names need not exist in every data cut or view.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from urllib.parse import unquote

import pandas as pd

# The parts of each table's cells. `cohort` is a key of the study definition or `all`.
CELL_FORMS: Mapping[str, tuple[str, ...]] = {
    "events": ("row", "scale", "cohort"),
    "terms": ("body_system", "term", "cohort"),
    "grades": ("body_system", "term", "scale", "grade", "cohort"),
    "onset": ("dose", "low", "high", "cohort"),
    "unplaced": ("reason",),
    "event": ("source_file", "source_row"),
    "weeks": ("level", "cohort"),
    "syndrome": ("syndrome", "grades", "cohort"),
    "shift": ("grading", "against", "baseline_grade", "grade", "cohort"),
    "doses": ("column", "dose", "cohort"),
    "board": ("column", "cohort"),
    "antibodies": ("kind", "measure", "visit", "cohort"),
    "ada-counts": ("kind", "group", "analyte", "visit"),
    "concentrations": ("test", "specimen", "unit", "dose", "visit", "when", "cohort"),
    "cmax": ("test", "specimen", "unit", "dose", "cohort"),
    "response": ("test", "specimen", "unit", "dose", "analyte"),
    "titres": ("domain", "test", "category", "object", "visit", "state", "cohort"),
    "scores": ("domain", "test", "category", "object", "unit", "visit", "cohort"),
    "findings": ("domain", "test", "category", "object", "visit", "state", "cohort"),
    "transitions": ("domain", "test", "category", "object", "visit", "baseline", "result", "cohort"),
    "responders": ("who", "threshold", "cohort"),
    "sweep": ("cohort",),
    "time-above": ("column", "threshold", "cohort"),
    "reached": ("column", "threshold", "cohort"),
    "survival": ("endpoint", "censor", "column", "day", "cohort"),
    "landmark": ("endpoint", "column", "landmark", "group"),
    "follow-up": ("column", "trial"),
    "incidence": ("column", "day", "cause", "cohort"),
    "rates": ("rate", "grouping", "category", "among"),
    "best": ("best", "grouping", "category"),
    "compared": ("rate", "grouping", "category", "side", "trial", "among"),
    "sizes": ("column", "cohort"),
    "courses": ("column", "cohort"),
}


# A page names some hundred cells, the same ones in every view of a study; 1 and 1.0 and True are told apart.
@lru_cache(maxsize=16_384, typed=True)
def encode_cell(table: str, *parts: object) -> str:
    """The address of a cell; `decode_cell` is its inverse. ValueError when the table has no such form."""
    if table not in CELL_FORMS or len(parts) != len(CELL_FORMS[table]):
        raise ValueError(f"{len(parts)} parts name no cell of a table called {table!r}")
    return ":".join((table, *(_escape(write_part(part)) for part in parts)))


def decode_cell(text: str) -> tuple[str, tuple[str, ...]]:
    """The table and the parts that `text` names; ValueError for another form."""
    table, *parts = text.split(":")
    if len(parts) != len(CELL_FORMS.get(table, ())) or table not in CELL_FORMS:
        forms = ", ".join(":".join((name, *(f"<{part}>" for part in form))) for name, form in CELL_FORMS.items())
        raise ValueError(f"“{text}” names no cell; the forms are {forms}")
    return table, tuple(unquote(part) for part in parts)


def write_part(value: object) -> str:
    """A value of a table as its cells write it: whole numbers without a fraction, missing as the empty text."""
    if isinstance(value, str):
        return value
    if pd.isna(value):  # type: ignore[call-overload]
        return ""
    return f"{value:.6f}".rstrip("0").rstrip(".") if isinstance(value, float) else str(value)


def _escape(part: str) -> str:
    return part.replace("%", "%25").replace(":", "%3A").replace("/", "%2F")
