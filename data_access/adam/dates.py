"""Dates and days of analysis data sets: numbers of SAS, ISO 8601 or DATE9 texts, and study days without a day 0."""

from __future__ import annotations

import re
from datetime import datetime, timedelta

import pandas as pd

from data_access.numbers import read_dates, read_whole
from data_access.report import Findings
from data_access.text_tables import TextTable

SAS_START = datetime(1960, 1, 1)
# Shorter numbers would be dates before 1987-05-19 or years: which of them is meant cannot be told.
SAS_DAYS = re.compile(r"\d{5}(\.0*)?", re.ASCII)
SAS_SECONDS = re.compile(r"\d{9,10}(\.\d*)?", re.ASCII)
SPACED = re.compile(r"(\d{4}-\d{2}-\d{2})[ T](\d{2}:\d{2}(:\d{2})?)(\.\d+)?", re.ASCII)
DATE9 = re.compile(
    r"(\d{1,2})(JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC)(\d{4})(?::(\d{2}:\d{2}(:\d{2})?))?", re.ASCII | re.IGNORECASE
)
MONTHS = dict(zip(("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC"), range(1, 13), strict=True))


def describe_date(text: str) -> str:
    """A date of an analysis data set as ISO 8601 text; any other text comes back as it is."""
    if SAS_DAYS.fullmatch(text):
        return (SAS_START + timedelta(days=float(text))).date().isoformat()
    if SAS_SECONDS.fullmatch(text):
        return _without_empty_time((SAS_START + timedelta(seconds=int(float(text)))).isoformat())
    if match := SPACED.fullmatch(text):
        return _without_empty_time(f"{match[1]}T{match[2]}")
    if match := DATE9.fullmatch(text):
        day = f"{match[3]}-{MONTHS[match[2].upper()]:02d}-{int(match[1]):02d}"
        return f"{day}T{match[4]}" if match[4] else day
    return text


def _without_empty_time(text: str) -> str:
    """Without seconds of zero, and without midnight: dates exported as moments have it, and so have imputed times."""
    day, _, clock = text.partition("T")
    if not clock.strip("0:"):
        return day
    return f"{day}T{clock.removesuffix(':00') if clock.count(':') == 2 else clock}"


def find_date_texts(table: TextTable, *columns: str) -> pd.Series:
    """ISO 8601 texts of the first of `columns` that has a value in the row; the empty text where none has."""
    found = pd.Series("", index=table.frame.index, dtype="str")
    for column in columns:
        texts = table.text(column)
        known = {text: describe_date(text) for text in texts.unique()}
        found = found.where(found != "", texts.map(known).astype("str"))
    return found


def read_full_dates(table: TextTable, findings: Findings, *columns: str) -> pd.Series:
    """Days since 1970-01-01 (Int64) of the first of `columns` with a value; what is no full date is refused by row."""
    texts = find_date_texts(table, *columns)
    read = read_dates(texts)
    named = next((column for column in columns if table.has(column)), columns[0])
    findings.refuse_rows(table.file, "is no full date", texts[read["faulty"] | read["partial"]], named)
    return read["on"]


def read_study_days(table: TextTable, column: str, findings: Findings) -> pd.Series:
    """Study days as days since the first dose (Int64): day 1 becomes 0, day −1 stays; a day 0 and no whole number are refused by row."""
    study_day, faulty = read_whole(table.text(column))
    faulty |= (study_day == 0).fillna(False)
    findings.refuse_rows(table.file, "is no study day: a whole number other than 0", table.text(column)[faulty], column)
    return study_day.where(~(study_day > 0).fillna(False), study_day - 1)


def read_when(table: TextTable, reference_on: pd.Series, findings: Findings) -> dict[str, pd.Series]:
    """`on`, `time` and `day` of every row: ADT (or ADTM) where there is one, else ADY counted from the participant's `reference_on`.

    `day` is filled only where no date can be had. A row with neither is refused.
    """
    texts = find_date_texts(table, "ADTM", "ADT")
    read, offset = read_dates(texts), read_study_days(table, "ADY", findings)
    findings.refuse_rows(table.file, "is no full date", texts[read["faulty"] | read["partial"]], "ADT")
    neither = (texts == "") & (table.text("ADY") == "")
    findings.refuse_rows(table.file, "needs a date (ADT) or a study day (ADY)", table.text("ADT")[neither], "ADT")
    stated = table.text("USUBJID").map(reference_on).astype("Int64") + offset
    apart = (stated != read["on"]).fillna(False).to_numpy(bool)
    findings.note("day-and-date-differ", "ADT and ADY name different days; the date was used", table.frame.index[apart], table.file)
    on = read["on"].fillna(stated)
    return {"on": on, "time": read["time"], "day": offset.where(on.isna())}
