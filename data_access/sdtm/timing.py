"""Dates and study days of a record: the date where there is a full one, else the study day, else what a partial date allows."""

from __future__ import annotations

import pandas as pd

from data_access.numbers import read_dates, read_spans, read_whole
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.text_tables import TextTable

NO_DATE = "is no ISO 8601 date"
ONGOING, OVER = ("ONGOING", "AFTER", "DURING/AFTER"), ("BEFORE", "COINCIDENT", "DURING")


def read_study_days(table: TextTable, column: str) -> pd.Series:
    """Days since DM.RFSTDTC (Int64): study day 1 is 0, study day −1 is −1; missing where the text is no study day."""
    study_day, _ = read_whole(table.text(column))
    return study_day.where((study_day <= 0).fillna(False), study_day - 1).mask((study_day == 0).fillna(False))


def read_moments(table: TextTable, dtc: str, dy: str, who: Demographics, findings: Findings, *, end: bool = False) -> pd.DataFrame:
    """Columns on, day (Int64), time and precision of every row, from the date column `dtc` and the study day column `dy`.

    A partial date without study day means its first possible day, or with `end` its last. `day` is filled only where there is no
    date. A text that is no date is refused; where date and study day disagree a note says so and the date is used.
    """
    texts = table.text(dtc)
    full, span, offset = read_dates(texts), read_spans(texts), read_study_days(table, dy)
    findings.refuse_rows(table.file, NO_DATE, texts[full["faulty"]], dtc)
    stated = table.text("USUBJID").map(who.reference_on).astype("Int64") + offset
    apart = (stated != full["on"]).fillna(False).astype(bool)
    findings.note("day-and-date-differ", f"{dtc} and {dy} name different days; the date was used", apart.index[apart], table.file)
    instead = full["on"].isna() & offset.notna()
    findings.note("day-instead-of-date", f"{dtc} is no full date; {dy} was used", instead.index[instead], table.file)
    possible = span["last_on" if end else "first_on"]
    on = full["on"].fillna(stated).fillna(possible.where(offset.isna()))
    precision = span["precision"].mask(instead, "day")
    return pd.DataFrame({"on": on, "day": offset.where(on.isna()), "time": full["time"], "precision": precision}, index=texts.index)


def read_period(table: TextTable, prefix: str, over: pd.Series, who: Demographics, findings: Findings) -> dict[str, pd.Series]:
    """Start, end and `ongoing` of every row, as READ_COLUMNS name them. Without an end, and not `over`, a record is ongoing.

    --ENRTPT and --ENRF may say that a record was over, or was going on, at the end of the study.
    """
    start = read_moments(table, f"{prefix}STDTC", f"{prefix}STDY", who, findings)
    end = read_moments(table, f"{prefix}ENDTC", f"{prefix}ENDY", who, findings, end=True)
    undated = start["on"].isna() & start["day"].isna()
    findings.note("no-start-date", f"{prefix}STDTC holds no date; the start is missing", undated.index[undated], table.file)
    backward = (end["on"] < start["on"]).fillna(False).astype(bool)
    findings.note("end-before-start", f"{prefix}ENDTC lies before {prefix}STDTC", backward.index[backward], table.file)
    told = table.text(f"{prefix}ENRTPT").where(table.text(f"{prefix}ENRTPT") != "", table.text(f"{prefix}ENRF")).str.upper()
    unended = end["on"].isna() & end["day"].isna() & (end["precision"] == "")
    return {
        "start_on": start["on"],
        "start_day": start["day"],
        "start_precision": start["precision"],
        "end_on": end["on"],
        "end_day": end["day"],
        "end_precision": end["precision"],
        "ongoing": unended & ~over & ~told.isin(OVER),
    }


def note_undated(table: TextTable, column: str, moments: pd.DataFrame, findings: Findings) -> None:
    """Note the rows whose day is missing."""
    undated = moments["on"].isna() & moments["day"].isna()
    findings.note("no-date", f"{column} holds no full date; the day is missing", undated.index[undated], table.file)
