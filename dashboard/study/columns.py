"""Names and types of the columns of every frame that crosses a room.

A frame is read as these columns, in this order, and never edited in place. Strings are `str` (never missing: an
absent text is the empty string), whole numbers that may be missing are `Int64`, measurements are `float64` with NaN
for missing, flags are `bool`.
"""

from __future__ import annotations

import pandas as pd

PARTICIPANT, COHORT, SEX, AGE = "participant", "cohort", "sex", "age"
DOSED, CUT_DAY, LAST_DAY, STATUS = "dosed", "cut_day", "last_day", "status"
# Of participants in a locked view, where cut_day ends before the data cut: the day of the data cut's date. Elsewhere that is cut_day.
DATED_DAY = "dated_day"
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

# How exactly a date was delivered: to the day, to the month, to the year, or not at all. A partial start counts from its first
# possible day, a partial end to its last possible day.
PRECISIONS = ("day", "month", "year", "")
_SOURCE = {SOURCE_FILE: "str", SOURCE_ROW: "int64"}
_SPAN = {"start_day": "Int64", "start_precision": "str", "end_day": "Int64", "end_precision": "str", "ongoing": "bool"}

# One row per adverse event. grade is "1" … "5" or "" (not graded) on grading_scale (name and version as delivered); serious is "Y",
# "N" or "" (not recorded); severity, relation, action and outcome are the delivery's own words.
ADVERSE_EVENT_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "term": "str", "reported_term": "str", "body_system": "str", "category": "str", **_SPAN, "grade": "str",
    "severity": "str", "grading_scale": "str", "serious": "str", "relation": "str", "action": "str", "outcome": "str", **_SOURCE,
}  # fmt: skip

# One row per medication taken beside the study treatment.
MEDICATION_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "name": "str", "reported_name": "str", "drug_class": "str", "indication": "str", "dose_text": "str",
    **_SPAN, **_SOURCE,
}  # fmt: skip

# One row per result that is no count: anti-drug antibodies, concentrations, pharmacokinetic parameters, vital signs, responses,
# findings about, questionnaires. `object` is what was tested (FAOBJ, binding agent, specimen); value is NaN for a result in words;
# value is half of `limit` when below_loq; limit is the limit of quantification, NaN when none was delivered.
FINDING_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "domain": "str", "test": "str", "label": "str", "category": "str", "object": "str", DAY: "Int64", "time": "str",
    "timepoint": "str", VISIT_LABEL: "str", VALUE: "float64", BELOW_LOQ: "bool", "limit": "float64", AFTER_DOSE: "bool",
    MARKED_UNSCHEDULED: "bool", VALUE_TEXT: "str", UNIT_TEXT: "str", **_SOURCE,
}  # fmt: skip

# One row per visit that the delivery says took place, or did not (occurred "N", with the reason).
ATTENDANCE_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", VISIT_LABEL: "str", "start_day": "Int64", "end_day": "Int64", "occurred": "str", "reason": "str",
    MARKED_UNSCHEDULED: "bool", **_SOURCE,
}  # fmt: skip

# One row per disposition event or protocol milestone, in the delivery's own words.
MILESTONE_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "category": "str", "subcategory": "str", "term": "str", "reported_term": "str", DAY: "Int64", "precision": "str",
    **_SOURCE,
}  # fmt: skip

# One row per delivered time to event: days from the origin the delivery names; event False means censored there.
TIME_TO_EVENT_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", "parameter": "str", "label": "str", "days": "float64", "event": "bool", "description": "str", **_SOURCE,
}  # fmt: skip

# One row per derived value that an analysis delivery states itself, to be compared with the product's own and never shown in its place.
# quantity is one of CLAIMS; value in cells/µL (percent for percent_change), NaN where the claim is a word (visit, baseline_record).
CLAIM_COLUMNS: dict[str, str] = {
    PARTICIPANT: "str", ANALYTE: "str", DAY: "Int64", "quantity": "str", VALUE: "float64", VALUE_TEXT: "str", **_SOURCE,
}  # fmt: skip
# One row per participant and grouping of the study of which a value was delivered. `trait` is the key of the grouping, value_text the word
# or number as delivered, value NaN for a word.
TRAIT_COLUMNS: dict[str, str] = {PARTICIPANT: "str", "trait": "str", VALUE: "float64", VALUE_TEXT: "str", **_SOURCE}
# One row per dose given whose amount or day was adjusted and of which the delivery says why, in its own words; file and row are the dose's.
DOSE_ADJUSTMENT_COLUMNS: dict[str, str] = {PARTICIPANT: "str", DAY: "Int64", "reason": "str", **_SOURCE}
CLAIMS = ("baseline", "change", "percent_change", "visit", "baseline_record")

COUNT_ORDER = [PARTICIPANT, ANALYTE, DAY, SOURCE_FILE, SOURCE_ROW]
DOSE_ORDER = [PARTICIPANT, DOSE_NUMBER]
RECORD_ORDER = [PARTICIPANT, SOURCE_FILE, SOURCE_ROW]
CLAIM_ORDER = [*RECORD_ORDER, "quantity"]
TRAIT_ORDER = [*RECORD_ORDER, "trait"]

# The tables a snapshot may hold beside participants, counts and doses, by name, each with its canonical order.
RECORD_TABLES: dict[str, tuple[dict[str, str], list[str]]] = {
    "adverse_event": (ADVERSE_EVENT_COLUMNS, RECORD_ORDER),
    "medication": (MEDICATION_COLUMNS, RECORD_ORDER),
    "finding": (FINDING_COLUMNS, RECORD_ORDER),
    "attendance": (ATTENDANCE_COLUMNS, RECORD_ORDER),
    "milestone": (MILESTONE_COLUMNS, RECORD_ORDER),
    "time_to_event": (TIME_TO_EVENT_COLUMNS, RECORD_ORDER),
    "claim": (CLAIM_COLUMNS, CLAIM_ORDER),
    "trait": (TRAIT_COLUMNS, TRAIT_ORDER),
    "dose_adjustment": (DOSE_ADJUSTMENT_COLUMNS, RECORD_ORDER),
}


def conform(frame: pd.DataFrame, columns: dict[str, str]) -> pd.DataFrame:
    """Return `frame` with exactly `columns`, in order and typed; KeyError names a missing column."""
    absent = [name for name in columns if name not in frame.columns]
    if absent:
        raise KeyError(f"columns missing: {', '.join(absent)}")
    return frame[list(columns)].astype(columns).reset_index(drop=True)
