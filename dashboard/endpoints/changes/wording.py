"""Columns of values as columns of words; whole columns at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

NOT_KNOWN, NOTHING = "not known", "nothing"
# Beyond this a difference of two stored values is rounding of the last digits.
DECIMALS = 6

COLUMN_WORDS = {
    "day": "day",
    "start_day": "start day",
    "end_day": "end day",
    "last_day": "last day under observation",
    "dosed": "dosed",
    "below_loq": "below the limit of quantification",
    "after_dose": "drawn after the dose",
    "marked_unscheduled": "marked unscheduled",
    "visit_label": "visit",
    "value_text": "value as delivered",
    "unit_text": "unit as delivered",
    "dose_number": "dose number",
    "amount_unit": "unit",
}


def name_column(name: str) -> str:
    """A column's name as a sentence says it."""
    return COLUMN_WORDS.get(name, name.replace("_", " "))


def write_words(column: pd.Series) -> pd.Series:
    """Each value as text: numbers without needless digits, flags as yes and no, texts in quotation marks, missing in words."""
    if pd.api.types.is_bool_dtype(column.dtype):
        return pd.Series(np.where(column.to_numpy(dtype=bool), "yes", "no"), index=column.index, dtype="str")
    if pd.api.types.is_numeric_dtype(column.dtype):
        return write_numbers(column)
    quoted = "“" + column.astype("str") + "”"
    return quoted.where(column != "", NOTHING)


def write_numbers(column: pd.Series) -> pd.Series:
    """Numbers as text, “410” rather than “410.0”; missing in words."""
    if pd.api.types.is_float_dtype(column.dtype):
        column = column.round(DECIMALS)
    text = column.astype("object").where(column.notna(), NOT_KNOWN).astype("str") if column.isna().any() else column.astype("str")
    return text.str.removesuffix(".0")
