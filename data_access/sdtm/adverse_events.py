"""AE: the adverse events, with the grading scale of SUPPAE."""

from __future__ import annotations

import re

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.reading import READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.opening import open_records
from data_access.sdtm.timing import read_period
from data_access.text_tables import TextTable, find_words

TABLE = "adverse_event"
GRADE = re.compile(r"(?:GRADE |G)?([1-5])(?:\.0+)?", re.IGNORECASE)
ENDED = ("RECOVERED/RESOLVED", "RECOVERED/RESOLVED WITH SEQUELAE", "FATAL")
# The codelist of --SER is Y and N; U and NA say that it was not recorded.
SERIOUS = {"Y": "Y", "N": "N", "U": "", "NA": "", "": ""}


def read_adverse_events(ae: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The events of AE, READ_COLUMNS of `adverse_event`; an event that did not occur is left out.

    The preferred term is AEDECOD, else AETERM; the scale is AETOXSCL, which SUPPAE may hold. A grade that is none of 1 to 5, a
    seriousness that is none of Y, N, U, NA, an event without any term and a faulty date are refused by row.
    """
    ae = open_records(ae, "AE", ("USUBJID", "AETERM"), KIND_OF_TABLE[TABLE], protocol, who, findings)
    ae = select_occurred(ae, "AE", KIND_OF_TABLE[TABLE], findings)
    coded, reported = ae.text("AEDECOD"), ae.text("AETERM")
    findings.refuse_rows(ae.file, "the event has no term", reported[(coded == "") & (reported == "")], "AETERM")
    outcome = ae.text("AEOUT")
    rows = ae.frame.assign(
        participant=ae.text("USUBJID"),
        term=coded.where(coded != "", reported),
        reported_term=reported,
        body_system=ae.text("AEBODSYS").where(ae.text("AEBODSYS") != "", ae.text("AESOC")),
        category=ae.text("AECAT"),
        **read_period(ae, "AE", outcome.str.upper().isin(ENDED), who, findings),
        grade=_grades(ae, findings),
        severity=ae.text("AESEV"),
        grading_scale=ae.text("AETOXSCL"),
        serious=_serious(ae, findings),
        relation=ae.text("AEREL"),
        action=ae.text("AEACN"),
        outcome=outcome,
        source_file=ae.source,
        source_row=ae.frame.index,
    )
    return stack([rows], READ_COLUMNS[TABLE])


def select_occurred(table: TextTable, prefix: str, kind: str, findings: Findings) -> TextTable:
    """Without the records that say they did not occur, or were not asked for; they are counted as left out."""
    absent = (table.text(f"{prefix}OCCUR").str.upper() == "N") | (table.text(f"{prefix}STAT").str.upper() == "NOT DONE")
    findings.leave_out(kind, "did not occur", int(absent.sum()))
    return table.only(~absent)


def _grades(ae: TextTable, findings: Findings) -> pd.Series:
    texts = ae.text("AETOXGR")
    known = {text: match[1] for text in texts.unique() if (match := GRADE.fullmatch(text))}
    grades = find_words(texts, known)
    findings.refuse_rows(ae.file, "the grade must be 1, 2, 3, 4 or 5", texts[(grades == "") & (texts != "")], "AETOXGR")
    return grades


def _serious(ae: TextTable, findings: Findings) -> pd.Series:
    texts = ae.text("AESER")
    unknown = ~texts.str.upper().isin(SERIOUS)
    findings.refuse_rows(ae.file, "must be Y or N (or U, NA or empty: not recorded)", texts[unknown], "AESER")
    return find_words(texts.str.upper(), SERIOUS)
