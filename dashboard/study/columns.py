"""Names and types of the columns of every frame that crosses a room.

A frame is read as these columns, in this order, and never edited in place. Strings are `str` (never missing: an
absent text is the empty string), whole numbers that may be missing are `Int64`, measurements are `float64` with NaN
for missing, flags are `bool`.
"""

from __future__ import annotations

import pandas as pd

PARTICIPANT, COHORT, SEX, AGE = "participant", "cohort", "sex", "age"
DOSED, CUT_DAY, LAST_DAY, STATUS = "dosed", "cut_day", "last_day", "status"
ANALYTE, DAY, VALUE, BELOW_LOQ = "analyte", "day", "value", "below_loq"
AFTER_DOSE, MARKED_UNSCHEDULED, VISIT_LABEL = "after_dose", "marked_unscheduled", "visit_label"
VALUE_TEXT, UNIT_TEXT, SOURCE_FILE, SOURCE_ROW = "value_text", "unit_text", "source_file", "source_row"
DOSE_NUMBER, AMOUNT, AMOUNT_UNIT = "dose_number", "amount", "amount_unit"

# One row per enrolled participant.
#   dosed     at least one dose given on or before the cut
#   cut_day   day of the data cut on this participant's clock; missing without a first dose
#   last_day  last day under observation (death, withdrawal, completion, else last record), at most cut_day
#   status    one of STATUSES
PARTICIPANT_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    COHORT: "str",
    SEX: "str",
    AGE: "Int64",
    DOSED: "bool",
    CUT_DAY: "Int64",
    LAST_DAY: "Int64",
    STATUS: "str",
}
STATUSES = ("ongoing", "completed", "withdrawn", "lost to follow-up", "died", "not dosed")

# One row per delivered count with a value.
#   day                 whole days since the first dose (first dose = 0); missing when there is no first dose
#   value               cells/µL; half of the limit when below_loq
#   after_dose          known to be drawn after the dose of that day
#   marked_unscheduled  called unscheduled by the delivery
#   value_text, unit_text, source_file, source_row   as delivered, with file and row (first data row = 1)
COUNT_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    ANALYTE: "str",
    DAY: "Int64",
    VALUE: "float64",
    BELOW_LOQ: "bool",
    AFTER_DOSE: "bool",
    MARKED_UNSCHEDULED: "bool",
    VISIT_LABEL: "str",
    VALUE_TEXT: "str",
    UNIT_TEXT: "str",
    SOURCE_FILE: "str",
    SOURCE_ROW: "int64",
}

# One row per dose given. dose_number counts the doses given to the participant: 1, 2, 3, ...
DOSE_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str",
    DOSE_NUMBER: "int64",
    DAY: "int64",
    AMOUNT: "float64",
    AMOUNT_UNIT: "str",
    SOURCE_FILE: "str",
    SOURCE_ROW: "int64",
}

COUNT_ORDER = [PARTICIPANT, ANALYTE, DAY, SOURCE_FILE, SOURCE_ROW]
DOSE_ORDER = [PARTICIPANT, DOSE_NUMBER]


def conform(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return `frame` with exactly `columns`, in order and typed; KeyError names a missing column."""
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise KeyError(f"columns missing: {', '.join(absent)}")
    return frame[list(columns)].astype(columns).reset_index(drop=True)
