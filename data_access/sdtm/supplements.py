"""SUPP-- data sets: a qualifier that a domain lacks becomes a column of it."""

from __future__ import annotations

import pandas as pd

from data_access.text_tables import TextTable

NEEDED = {
    "DM": ("ACTARMCD", "ARMCD", "ARMNRS", "RFXSTDTC", "RFPENDTC", "RFICDTC", "DTHDTC", "DTHFL"),
    "EX": ("EXOCCUR", "EXSTAT", "EXDOSTXT"),
    "LB": ("LBLOINC", "LBTPT", "LBSTAT"),
    "CP": ("CPLOINC", "CPTPT", "CPSTAT"),
    "DS": ("DSSCAT",),
}


def merge_supplement(table: TextTable, domain: str, supplement: TextTable) -> TextTable:
    """`table` with the qualifiers of NEEDED it has no column for; unchanged when `supplement` holds none of them.

    A qualifier belongs to the participant (IDVAR empty) or to the record whose IDVAR has the value IDVARVAL.
    """
    frame = table.frame
    rows = supplement.frame
    for name in NEEDED.get(domain, ()):
        wanted = rows[supplement.text("QNAM").str.upper() == name] if name not in table.frame.columns else rows.iloc[:0]
        for variable, part in wanted.groupby("IDVAR", sort=False):
            frame = _with_column(frame, name, str(variable).upper(), part)
    return TextTable(table.file, frame, table.headers)


def _with_column(frame: pd.DataFrame, name: str, variable: str, part: pd.DataFrame) -> pd.DataFrame:
    values = {(row.USUBJID, row.IDVARVAL if variable else ""): row.QVAL for row in part.itertuples(index=False)}
    within = frame[variable] if variable in frame.columns else pd.Series("", index=frame.index, dtype="str")
    found = [values.get(key, "") for key in zip(frame["USUBJID"], within, strict=True)]
    merged = pd.Series(found, index=frame.index, dtype="str")
    return frame.assign(**{name: merged.where(merged != "", frame[name]) if name in frame.columns else merged})
