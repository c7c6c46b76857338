"""A delivery after reading and before its clock is set: the same four frames for every format.

`on` is a calendar date as days since 1970-01-01 (Int64); `day` (Int64) is used where the delivery gives a day and no date can be
derived. Rows that hold neither have both missing. Nothing here is stored as it stands: dates become days in `assembly`.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import pandas as pd

# One row per enrolled participant; the dates may be missing. `ended_on`: end of participation, when the delivery states one.
PEOPLE_COLUMNS = {"participant": "str", "cohort": "str", "sex": "str", "age": "Int64", "enrolled_on": "Int64", "ended_on": "Int64"}
# How a participant's observation ended, one of the statuses of `study.columns` per row.
ENDING_COLUMNS = {"participant": "str", "status": "str", "on": "Int64", "day": "Int64"}
GIVEN_COLUMNS = {
    "participant": "str", "on": "Int64", "time": "str", "day": "Int64", "amount": "float64", "amount_unit": "str",
    "source_file": "str", "source_row": "int64",
}  # fmt: skip
MEASURED_COLUMNS = {
    "participant": "str", "analyte": "str", "on": "Int64", "time": "str", "day": "Int64", "value": "float64", "below_loq": "bool",
    "after_dose": "bool", "marked_unscheduled": "bool", "visit_label": "str", "value_text": "str", "unit_text": "str",
    "source_file": "str", "source_row": "int64",
}  # fmt: skip


@dataclass(frozen=True)
class Reading:
    """What one delivery holds. Frames have the columns declared above."""

    synthetic: bool
    people: pd.DataFrame = field(repr=False)
    endings: pd.DataFrame = field(repr=False)
    doses: pd.DataFrame = field(repr=False)
    counts: pd.DataFrame = field(repr=False)


def stack(parts: list[pd.DataFrame], columns: dict[str, str]) -> pd.DataFrame:
    """The rows of `parts` below each other, typed as `columns`; no part gives an empty frame."""
    if not parts:
        return pd.DataFrame({name: pd.Series(dtype=kind) for name, kind in columns.items()})
    return pd.concat([part[list(columns)].astype(columns) for part in parts], ignore_index=True)
