"""Drug concentrations on the clock of the latest dose, and where each is drawn on a log axis."""

from __future__ import annotations

import re

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Floats, Ints, encode_integers, encode_names
from dashboard.endpoints.exploratory.placing import compute_minutes
from dashboard.endpoints.records import Analysis
from dashboard.endpoints.time import compute_latest_dose
from dashboard.study.columns import AFTER_DOSE, BELOW_LOQ, DAY, DOSE_NUMBER, UNIT_TEXT, VALUE, VALUE_TEXT

# What is measured, in which specimen and unit: concentrations of two assays are never pooled.
ASSAY = ["test", "object", "unit"]
HOURS_SOURCES = ("clock", "nominal")
_HOURS = re.compile(r"(\d+(?:\.\d+)?)\s*-?\s*(?:H|HR|HRS|HOUR|HOURS)\b")
_KEPT = ["participant_index", "test", "label", "object", DAY, "time", "timepoint", "visit", VALUE, BELOW_LOQ, "limit", VALUE_TEXT]


def derive_concentrations(placed: pd.DataFrame, analysis: Analysis) -> pd.DataFrame:
    """The results of domain PC that have a day, by assay, participant and time since the dose, from `placed` findings.

    assay (number of ASSAY, sorted), participant_index, test, label, object, unit, day (int64), time, timepoint, visit, value,
    below_loq, limit, value_text, dose_row (row of `Analysis.doses`, −1 before the first dose), dose_number and days_since_dose (Int64),
    hours_since_dose (float64), hours_source ("clock", "nominal", ""), elapsed_days, above_limit, in_lane, lane_value, source_file,
    source_row.

    A sample belongs to the latest dose before it; one on a dosing day to that dose only when it is known to be after it, else to the
    dose before (a trough). Hours: by the clock where the doses have a column `time` and both times are known; else the number of hours
    that the timepoint of a sample drawn on the dosing day after the dose names; else missing. elapsed_days = hours / 24 where hours are
    known, else days_since_dose. below_loq: value is half of the limit and value_text stays as delivered. above_limit: `>x`, no value.
    in_lane: below the limit or 0, what a log axis cannot place; lane_value is half of the smallest value of the assay that it can.
    """
    rows = placed[((placed["domain"] == "PC") & placed[DAY].notna()).to_numpy()]
    person, day = rows["participant_index"].to_numpy(), rows[DAY].to_numpy(dtype=np.int64)
    after = rows[AFTER_DOSE].to_numpy(dtype=bool)
    # The day before, for a sample not known to be after the dose of its day.
    dose_row = compute_latest_dose(person, day - ~after, analysis.doses)
    days = day - np.r_[analysis.doses[DAY].to_numpy(), 0][dose_row]
    hours, source = _compute_hours(rows, analysis.doses, dose_row, days)
    found = rows[[*_KEPT, "source_file", "source_row"]].assign(
        unit=rows[UNIT_TEXT],
        day=day,
        dose_row=dose_row,
        dose_number=encode_integers(np.r_[analysis.doses[DOSE_NUMBER].to_numpy(), 0][dose_row], dose_row >= 0),
        days_since_dose=encode_integers(days, dose_row >= 0),
        hours_since_dose=hours,
        hours_source=encode_names(source, HOURS_SOURCES),
        elapsed_days=np.where(dose_row < 0, np.nan, np.where(np.isnan(hours), days, hours / 24)),
        above_limit=rows[VALUE_TEXT].str.startswith(">").to_numpy(dtype=bool) & rows[VALUE].isna().to_numpy(),
    )
    found = found.assign(assay=found.groupby(ASSAY, sort=True, observed=True).ngroup().astype("int64"))
    return _order(_place_in_lane(found), person)


def _order(found: pd.DataFrame, person: Ints) -> pd.DataFrame:
    minute = compute_minutes(found["time"])
    order = np.lexsort((minute, found["elapsed_days"], found["dose_row"], found[DAY], person, found["assay"]))
    return found.iloc[order].reset_index(drop=True)


def _compute_hours(rows: pd.DataFrame, doses: pd.DataFrame, dose_row: Ints, days: Ints) -> tuple[Floats, Ints]:
    """Hours since the dose, NaN for unknown, and the position in HOURS_SOURCES, −1 for unknown."""
    hours = np.full(len(rows), np.nan)
    nominal = np.where((days == 0) & (dose_row >= 0), _read_hours(rows["timepoint"]), np.nan)
    if "time" in doses.columns and len(doses):
        given, drawn = compute_minutes(doses["time"])[dose_row], compute_minutes(rows["time"])
        hours = np.where((dose_row >= 0) & (given >= 0) & (drawn >= 0), 24 * days + (drawn - given) / 60, np.nan)
        # A time before the dose contradicts the timepoint that says after it: neither gives hours.
        nominal = np.where(hours < 0, np.nan, nominal)
        hours = np.where(hours < 0, np.nan, hours)
    source = np.select([~np.isnan(hours), ~np.isnan(nominal)], [0, 1], default=-1)
    return np.where(np.isnan(hours), nominal, hours), source


def _read_hours(timepoints: pd.Series) -> Floats:
    codes, texts = pd.factorize(timepoints)
    matches = [_HOURS.search(text.upper()) for text in texts]
    return np.array([*(float(match[1]) if match else np.nan for match in matches), np.nan])[codes]


def _place_in_lane(found: pd.DataFrame) -> pd.DataFrame:
    value, assay = found[VALUE].to_numpy(), found["assay"].to_numpy()
    in_lane: Flags = found[BELOW_LOQ].to_numpy() | (value <= 0)
    smallest = np.full(int(assay.max()) + 1 if len(assay) else 0, np.inf)
    placed = ~in_lane & ~np.isnan(value)
    np.minimum.at(smallest, assay[placed], value[placed])
    # An assay without any value above its limit: the lane is at the limit itself, or at 1.
    lane = np.where(np.isinf(smallest[assay]), found["limit"].fillna(1.0).clip(lower=1e-9), smallest[assay] / 2)
    return found.assign(in_lane=in_lane, lane_value=np.where(in_lane, lane, np.nan))
