"""What is checked of every data set before its rows are read: columns, study, keys, participants and study days."""

from __future__ import annotations

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.numbers import read_whole
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics, read_study_kind
from data_access.sdtm.membership import select_enrolled
from data_access.text_tables import TextTable

TWICE = "the same record delivered twice"


def open_domain(
    table: TextTable, columns: tuple[str, ...], kind: str, protocol: StudyProtocol, who: Demographics, findings: Findings
) -> TextTable:
    """Check the columns that are needed (STUDYID always) and the study, and count the rows as read of `kind`; returns the table as it is.

    A missing column is refused, and no row is returned: what its rows lack would be refused once more, row by row. Rows of another
    study, or synthetic among real ones, are refused.
    """
    if refuse_missing_columns(table, ("STUDYID", *columns), findings):
        names = dict.fromkeys((*table.frame.columns, "STUDYID", *columns))
        return TextTable(table.file, pd.DataFrame({name: pd.Series(dtype="str") for name in names}, index=table.frame.index[:0]))
    read_study_kind(table, protocol.delivery, findings)
    ids, rules = table.text("STUDYID"), protocol.delivery
    same, other = (rules.synthetic_study_ids, rules.study_ids) if who.synthetic else (rules.study_ids, rules.synthetic_study_ids)
    if ids.isin(other).any() and not ids.isin(same).any():
        findings.refuse(table.file, "mixes synthetic and real data: STUDYID is of another kind than in DM", None, "STUDYID")
    findings.read[kind] += len(table.frame)
    return table


def refuse_missing_columns(table: TextTable, columns: tuple[str, ...], findings: Findings) -> bool:
    """Refuse each of `columns` that the table lacks; whether there is one."""
    missing = [column for column in dict.fromkeys(columns) if not table.has(column)]
    for column in missing:
        findings.refuse(table.file, "the column is missing", None, column)
    return bool(missing)


def open_records(
    table: TextTable, prefix: str, columns: tuple[str, ...], kind: str, protocol: StudyProtocol, who: Demographics, findings: Findings
) -> TextTable:
    """`open_domain`, and then the rows of enrolled participants, each record once; study days of 0 are refused."""
    table = select_enrolled(open_domain(table, columns, kind, protocol, who, findings), who, kind, findings)
    refuse_conflicting_keys(table, prefix, findings)
    repeated = table.frame.duplicated() if table.has(f"{prefix}SEQ") else pd.Series(False, index=table.frame.index)
    findings.leave_out(kind, TWICE, int(repeated.sum()))
    refuse_study_day_zero(table, prefix, findings)
    return table.only(~repeated)


def refuse_conflicting_keys(table: TextTable, prefix: str, findings: Findings) -> None:
    """Refuse rows that share participant and --SEQ and are not equal; an empty --SEQ is no key."""
    column = f"{prefix}SEQ"
    if not table.has(column):
        return
    keyed = table.text(column) != ""
    shared = table.frame.duplicated(["USUBJID", column], keep=False) & keyed
    if shared.any():
        conflicting = shared & ~table.frame.duplicated(keep=False)
        rule = "the number names two different records of this participant"
        findings.refuse_rows(table.file, rule, table.text(column)[conflicting], column)


def refuse_study_day_zero(table: TextTable, prefix: str, findings: Findings) -> None:
    """Refuse study days that are 0 or no whole number, and a planned study day (VISITDY) of 0: CDISC knows no day 0."""
    for column in (f"{prefix}DY", f"{prefix}STDY", f"{prefix}ENDY"):
        days, faulty = read_whole(table.text(column))
        faulty |= (days == 0).fillna(False).astype(bool)
        findings.refuse_rows(table.file, "is no study day: a whole number other than 0", table.text(column)[faulty], column)
    planned, _ = read_whole(table.text("VISITDY"))
    zero = (planned == 0).fillna(False).astype(bool)
    findings.refuse_rows(table.file, "is no study day: there is no day 0", table.text("VISITDY")[zero], "VISITDY")
