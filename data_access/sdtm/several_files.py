"""The files of one domain together: a sequence number names one record of a participant, in whichever file it stands."""

from __future__ import annotations

import pandas as pd

from data_access.report import Findings
from data_access.text_tables import TextTable

FILE, ROW = "\0file", "\0row"


def select_once_over_files(
    tables: list[TextTable], column: str, kind: str, twice: str, findings: Findings, relevant: list[pd.Series] | None = None
) -> list[TextTable]:
    """`tables` without rows that an earlier file holds in the same words; these are counted as read and, by the reason `twice`, left out.

    A `column` (--SEQ) that names another record of the same participant in an earlier file is refused by row, with both places. Only
    rows with a number are compared, and of each table those that `relevant` marks.
    """
    shared = _shared(tables, column, relevant or [pd.Series(True, index=table.frame.index) for table in tables])
    if shared.empty:
        return tables
    key, words = ["USUBJID", column], [name for name in shared.columns if name not in (FILE, ROW)]
    repeated = shared.duplicated(words) & shared[FILE].ne(shared.groupby(words, sort=False)[FILE].transform("first"))
    distinct = shared[~repeated]
    first = distinct.groupby(key, sort=False)[[FILE, ROW]].transform("first")
    other = distinct[FILE] != first[FILE]
    for (_, row), (place, at) in zip(distinct[other].iterrows(), first[other].itertuples(index=False), strict=True):
        rule = f"the number names another record of this participant in {tables[place].file} row {at}"
        findings.refuse(tables[row[FILE]].file, rule, int(row[ROW]), column, str(row[column]))
    findings.read[kind] += int(repeated.sum())
    findings.leave_out(kind, twice, int(repeated.sum()))
    away = shared[repeated].groupby(FILE)[ROW].agg(set).to_dict()
    return [_without(table, away.get(number, set())) for number, table in enumerate(tables)]


def _shared(tables: list[TextTable], column: str, relevant: list[pd.Series]) -> pd.DataFrame:
    """The rows whose participant and number stand in several files, as one frame with the place of each row."""
    keys = [
        table.frame.loc[keep & (table.text(column) != ""), ["USUBJID", column]].assign(**{FILE: number})
        for number, (table, keep) in enumerate(zip(tables, relevant, strict=True))
        if table.has("USUBJID") and table.has(column)
    ]
    if len(keys) < 2:
        return pd.DataFrame()
    joined = pd.concat(keys)
    several = joined.groupby(["USUBJID", column], sort=False)[FILE].transform("nunique") > 1
    parts = [
        table.frame.loc[rows.index].assign(**{FILE: number}).assign(**{ROW: rows.index})
        for number, table in enumerate(tables)
        if len(rows := joined[several.to_numpy() & (joined[FILE] == number).to_numpy()])
    ]
    return pd.concat(parts, ignore_index=True).fillna("") if parts else pd.DataFrame()


def _without(table: TextTable, rows: set[int]) -> TextTable:
    return table.only(pd.Series(~table.frame.index.isin(list(rows)), index=table.frame.index)) if rows else table
