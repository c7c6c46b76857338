"""A delivery after reading and before its clock is set: the same frames for every format.

`on` is a calendar date as days since 1970-01-01 (Int64); `day` (Int64) is used where the delivery gives a day and no date can be
derived. Rows that hold neither have both missing. Nothing here is stored as it stands: dates become days in `assembly`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.columns import RECORD_TABLES

# One row per enrolled participant; the dates may be missing. `ended_on`: end of participation, when the delivery states one.
PEOPLE_COLUMNS = {"participant": "str", "cohort": "str", "sex": "str", "age": "Int64", "enrolled_on": "Int64", "ended_on": "Int64"}
# How a participant's observation ended, one of the statuses of `study.columns` per row.
ENDING_COLUMNS = {"participant": "str", "status": "str", "on": "Int64", "day": "Int64"}
GIVEN_COLUMNS = {
    "participant": "str", "on": "Int64", "time": "str", "day": "Int64", "amount": "float64", "amount_unit": "str", "reason": "str",
    "source_file": "str", "source_row": "int64",
}  # fmt: skip
MEASURED_COLUMNS = {
    "participant": "str", "analyte": "str", "on": "Int64", "time": "str", "day": "Int64", "value": "float64", "below_loq": "bool",
    "after_dose": "bool", "marked_unscheduled": "bool", "visit_label": "str", "value_text": "str", "unit_text": "str",
    "source_file": "str", "source_row": "int64",
}  # fmt: skip

# Day columns of the stored tables, each with the column that holds its date here.
DATE_OF_DAY = {"day": "on", "start_day": "start_on", "end_day": "end_on"}


def _with_dates(columns: Mapping[str, str]) -> dict[str, str]:
    dated: dict[str, str] = {}
    for name, kind in columns.items():
        dated |= {DATE_OF_DAY[name]: "Int64", name: kind} if name in DATE_OF_DAY else {name: kind}
    return dated


# The tables of `study.columns.RECORD_TABLES` as they are read: every stored column, and beside each day its date. A day is filled
# only where there is no date. Of a partial date the first possible day is the start, the last possible day the end. `on` of
# time_to_event is the date of the event or of the censoring: it says whether the row exists at the data cut. Traits have no date.
READ_COLUMNS: dict[str, dict[str, str]] = {
    table: _with_dates(columns) | ({"on": "Int64"} if table in ("time_to_event", "trait") else {})
    for table, (columns, _) in RECORD_TABLES.items()
}


@dataclass(frozen=True)
class Reading:
    """What one delivery holds. Frames have the columns declared above; `records` holds the tables of READ_COLUMNS that were read.

    `cut_on` is the date of the data cut that the delivery states itself; None when it states none.
    """

    synthetic: bool
    people: pd.DataFrame = field(repr=False)
    endings: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)
    records: Mapping[str, pd.DataFrame] = field(default_factory=dict, repr=False)
    cut_on: int | None = None


def stack(parts: list[pd.DataFrame], columns: Mapping[str, str]) -> pd.DataFrame:
    """The rows of `parts` below each other, typed as `columns`; no part gives an empty frame."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat([part[list(columns)].astype(dict(columns)) for part in parts], ignore_index=True)
