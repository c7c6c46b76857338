"""Typed values as text, the same text whatever format the value came in."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from math import isfinite

# SAS counts days and seconds from here.
SAS_EPOCH = datetime(1960, 1, 1)
SAS_DATES = ("DATE", "E8601DA", "B8601DA", "YYMMDD", "YYMMDDN", "YYMMDDD", "YYMMDDS", "MMDDYY", "DDMMYY", "IS8601DA", "ND8601DA")
SAS_DATETIMES = ("DATETIME", "E8601DT", "B8601DT", "DATEAMPM", "IS8601DT", "ND8601DT")
SAS_TIMES = ("TIME", "E8601TM", "B8601TM", "HHMM", "TOD", "IS8601TM")


def text_of_number(value: float) -> str:
    """The shortest decimal text that reads back as the same number; a whole number has no decimal point. ValueError if not finite."""
    if not isfinite(value):
        raise ValueError("is no finite number")
    text = repr(value).removesuffix(".0")
    return "0" if text == "-0" else text


def text_of_flag(value: bool) -> str:
    """`true` or `false`."""
    return "true" if value else "false"


def text_of_moment(value: date | datetime | time) -> str:
    """ISO 8601; a moment at midnight keeps its time."""
    return value.isoformat()


def text_of_cell_moment(value: date | datetime | time) -> str:
    """ISO 8601 of a spreadsheet cell, where a date is a moment at midnight."""
    if isinstance(value, datetime):
        whole = value.replace(microsecond=0) + timedelta(seconds=round(value.microsecond / 1e6))
        return whole.date().isoformat() if whole.time() == time() else whole.isoformat()
    return value.isoformat()


def text_of_sas_number(value: float, shown_as: str | None) -> str:
    """The text of a SAS number: ISO 8601 when its format `shown_as` (such as DATE9) is one of dates or times, else the number."""
    kind = (shown_as or "").upper().rstrip("0123456789.")
    if kind in SAS_DATES and value.is_integer():
        return (SAS_EPOCH + timedelta(days=value)).date().isoformat()
    if kind in SAS_DATETIMES:
        return (SAS_EPOCH + timedelta(seconds=value)).isoformat()
    if kind in SAS_TIMES and 0 <= value < 86_400:
        return (SAS_EPOCH + timedelta(seconds=value)).time().isoformat()
    return text_of_number(value)
