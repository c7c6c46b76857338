"""ADAE, ADRS, ADPC and ADTTE: adverse events, findings and times to event.

The first three are read by the rules of AE, RS and PC: the analysis columns are put in the place of the SDTM columns that they derive from.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.dates import find_date_texts
from data_access.adam.refusals import name_delivered_columns
from data_access.adam.results import LAST_UNIT
from data_access.numbers import NUMBER, read_amount, read_dates
from data_access.reading import READ_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm import adverse_events
from data_access.sdtm import findings as sdtm_findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.membership import select_enrolled
from data_access.sdtm.opening import open_domain
from data_access.text_tables import TextTable

DAYS_OF_UNIT = {"DAY": 1.0, "DAYS": 1.0, "WEEK": 7.0, "WEEKS": 7.0}
OTHER_UNIT = "a time in a unit that is no fixed number of days, and no dates to count them"
# Data set to the domain its findings belong to.
FINDING_DOMAINS = {"adrs": "RS", "adpc": "PC"}
# How many characters of an ISO 8601 date are left when the day, the month or the year was imputed.
KNOWN_LENGTH = {"D": 7, "M": 4, "Y": 0}


def read_adverse_events(adae: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The adverse events of one ADAE file, READ_COLUMNS of `adverse_event`, by the rules of AE.

    Analysis columns come before collected ones (ATOXGR before AETOXGR). A date of which a part was imputed (ASTDTF, AENDTF) counts as the
    partial date it was.
    """
    shaped = {
        "AESTDTC": _partial_texts(adae, "AESTDTC", "ASTDT"), "AESTDY": _study_days(adae, "AESTDY", "ASTDT"),
        "AEENDTC": _partial_texts(adae, "AEENDTC", "AENDT"), "AEENDY": _study_days(adae, "AEENDY", "AENDT"),
        "AETOXGR": _first(adae, "ATOXGR", "AETOXGR"), "AETOXSCL": _first(adae, "AETOXSCL", "ATOXSCL"),
        "AESEV": _first(adae, "ASEV", "AESEV"), "AEREL": _first(adae, "AREL", "AEREL"), "AETERM": _first(adae, "AETERM", "AEDECOD"),
    }  # fmt: skip
    names = {"AESTDTC": "ASTDT", "AEENDTC": "AENDT", "AESTDY": "ASTDY", "AEENDY": "AENDY", "AETOXGR": "ATOXGR"}
    with name_delivered_columns(findings, {name: own for name, own in names.items() if not adae.has(name)}):
        return adverse_events.read_adverse_events(_shaped(adae, shaped, "AESEQ"), protocol, who, findings)


def read_findings(table: TextTable, domain: str, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The results of one ADRS or ADPC file, READ_COLUMNS of `finding`, by the rules of `domain`; derived records are left out."""
    derived = table.text("DTYPE") != ""
    findings.read["findings"] += int(derived.sum())
    findings.leave_out("findings", "derived by the delivery, not measured", int(derived.sum()))
    table = table.only(~derived)
    words, numbers = table.text("AVALC"), table.text("AVAL")
    values = numbers.where(numbers.str.fullmatch(NUMBER) & ~words.str.startswith("<"), _first(table, "AVALC", "AVAL"))
    shaped = {
        f"{domain}TESTCD": table.text("PARAMCD"), f"{domain}TEST": find_plain_labels(table), f"{domain}CAT": table.text("PARCAT1"),
        f"{domain}STRESC": values, f"{domain}STRESN": pd.Series("", index=values.index, dtype="str"), f"{domain}STRESU": find_units(table),
        f"{domain}DTC": find_date_texts(table, "ADTM", "ADT"), f"{domain}DY": table.text("ADY"),
        f"{domain}TPT": _first(table, "ATPT", f"{domain}TPT"), "VISIT": _first(table, "VISIT", "AVISIT"),
    }  # fmt: skip
    names = {"TESTCD": "PARAMCD", "STRESC": "AVAL", "DTC": "ADT", "DY": "ADY"}
    with name_delivered_columns(findings, {f"{domain}{name}": own for name, own in names.items()}):
        return sdtm_findings.read_findings(_shaped(table, shaped, f"{domain}SEQ"), domain, protocol, who, findings)


def read_times_to_event(table: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The times of one ADTTE file, READ_COLUMNS of `time_to_event`: an event where CNSR is 0, censored for any other number.

    AVAL in days or weeks (AVALU, the parentheses that end PARAM, or days where AVAL is ADT − STARTDT, with or without the first day
    counted) is used as it stands; a time in another unit is counted from STARTDT to ADT. Without these dates it is left out: a month is
    no fixed number of days.
    """
    kind = "times to event"
    table = open_domain(table, ("USUBJID", "STUDYID", "PARAMCD", "AVAL", "CNSR"), kind, protocol, who, findings)
    table = select_enrolled(table, who, kind, findings)
    censored, values = _numbers(table.text("CNSR")), _numbers(table.text("AVAL"))
    findings.refuse_rows(table.file, "must be 0 (event) or a number above (censored)", table.text("CNSR")[censored.isna()], "CNSR")
    findings.refuse_rows(table.file, "must be a number that is not negative", table.text("AVAL")[values.isna()], "AVAL")
    end, start = (read_dates(find_date_texts(table, column))["on"] for column in ("ADT", "STARTDT"))
    days = _days_of_time(table, values, (end - start).astype("float64"))
    findings.leave_out(kind, OTHER_UNIT, int((days.isna() & values.notna()).sum()))
    rows = table.frame.assign(
        participant=table.text("USUBJID"),
        parameter=table.text("PARAMCD"),
        label=table.text("PARAM"),
        days=days,
        event=censored == 0,
        description=_first(table, "EVNTDESC", "CNSDTDSC"),
        on=end,
        source_file=table.name,
        source_row=table.frame.index,
    )
    return stack([rows[days.notna()]], READ_COLUMNS["time_to_event"])


def find_units(table: TextTable) -> pd.Series:
    """AVALU, else what stands in the parentheses that end PARAM."""
    texts = table.text("PARAM")
    known = {text: match[1].strip() if (match := LAST_UNIT.fullmatch(text)) else "" for text in texts.unique()}
    return table.text("AVALU").where(table.text("AVALU") != "", texts.map(known).astype("str"))


def find_plain_labels(table: TextTable) -> pd.Series:
    """PARAM without the unit in its last parentheses."""
    texts = table.text("PARAM")
    return texts.map({text: re.sub(r"\s*\([^()]*\)\s*$", "", text) for text in texts.unique()}).astype("str")


def _shaped(table: TextTable, columns: Mapping[str, pd.Series], key: str) -> TextTable:
    """`table` with SDTM columns; without the sequence number, which several analysis records of one SDTM record share."""
    return replace(table, frame=table.frame.drop(columns=key, errors="ignore").assign(**columns))


def _first(table: TextTable, *columns: str) -> pd.Series:
    """The first non-empty text of the columns, row by row."""
    texts = pd.Series("", index=table.frame.index, dtype="str")
    for column in columns:
        texts = texts.where(texts != "", table.text(column))
    return texts


def _numbers(texts: pd.Series) -> pd.Series:
    return texts.map({text: read_amount(text) for text in texts.unique()}).astype("float64")


def _partial_texts(table: TextTable, collected: str, analysis: str) -> pd.Series:
    """The collected text, else the analysis date without what was imputed of it."""
    flags, texts = table.text(f"{analysis}F").str.upper(), find_date_texts(table, f"{analysis}M", analysis)
    kept = [text[: KNOWN_LENGTH.get(flag, len(text))] for text, flag in zip(texts, flags, strict=True)]
    return table.text(collected).where(table.text(collected) != "", pd.Series(kept, index=texts.index, dtype="str"))


def _study_days(table: TextTable, collected: str, analysis: str) -> pd.Series:
    """The analysis day, else the collected one; none where a part of the date was imputed: such a day is no observation."""
    own = f"{analysis.removesuffix('T')}Y"
    days = table.text(own).where(table.text(own) != "", table.text(collected))
    return days.where(table.text(f"{analysis}F") == "", "")


def _days_of_time(table: TextTable, value: pd.Series, elapsed: pd.Series) -> pd.Series:
    units = find_units(table).str.upper()
    factor = units.map(DAYS_OF_UNIT).astype("float64")
    in_days = (units == "") & ((value == elapsed) | (value == elapsed + 1))
    return (value * factor.where(~in_days, 1.0)).fillna(elapsed)
