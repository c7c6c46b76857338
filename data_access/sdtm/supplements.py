"""SUPP-- data sets: a qualifier that a domain lacks becomes a column of it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pandas as pd

from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.text_tables import TextTable

COLUMNS = ("USUBJID", "IDVAR", "IDVARVAL", "QNAM", "QVAL")
RESULT = ("LOINC", "TPT", "STAT", "LLOQ", "OBJ", "BDAGT", "SPEC", "CAT")
NEEDED = {
    "DM": ("ACTARMCD", "ARMCD", "ARMNRS", "RFXSTDTC", "RFPENDTC", "RFICDTC", "DTHDTC", "DTHFL"),
    "EX": ("EXOCCUR", "EXSTAT", "EXDOSTXT"),
    "DS": ("DSSCAT",),
    "AE": ("AETOXSCL", "AETOXGR", "AECAT", "AESEV", "AESER", "AEREL", "AEOCCUR", "AEENRF", "AEENRTPT"),
    "CM": ("CMDECOD", "CMCLAS", "CMINDC", "CMDOSTXT", "CMDOSFRQ", "CMOCCUR", "CMENRF", "CMENRTPT"),
    "SV": ("SVOCCUR", "SVREASOC", "SVUPDES"),
}


def merge_supplements(table: TextTable, domain: str, supplements: Sequence[TextTable], more: tuple[str, ...] = ()) -> TextTable:
    """`table` with the qualifiers of NEEDED, and of `more`, it has no column for; unchanged when no supplement holds one of them.

    A qualifier belongs to the participant (IDVAR empty) or to the record whose IDVAR has the value IDVARVAL.
    """
    frame = table.frame
    for supplement in supplements:
        names = supplement.text("QNAM").str.upper()
        for name in (name for name in _needed(domain, more) if not table.has(name)):
            for variable, part in supplement.frame[names == name].groupby("IDVAR", sort=False):
                frame = _with_column(frame, name, str(variable).upper(), part)
    return replace(table, frame=frame)


def check_supplement(supplement: TextTable, domain: str, tables: list[TextTable], findings: Findings, more: tuple[str, ...] = ()) -> bool:
    """Refuse a missing column, and rows that give one qualifier of one record two values; note rows that belong to no record.

    Only qualifiers of NEEDED, and of `more`, are looked at. `tables` are the data sets of the domain. False when a column is missing:
    then the supplement cannot be merged.
    """
    missing = [column for column in COLUMNS if not supplement.has(column)]
    for column in missing:
        findings.refuse(supplement.file, "the column is missing", None, column)
    return not missing and _check_rows(supplement, domain, tables, findings, more)


def refuse_unknown_people(supplement: TextTable, who: Demographics, findings: Findings) -> None:
    """Refuse the qualifiers of somebody who is not in DM."""
    ids = supplement.text("USUBJID")
    known = ids.isin(set(who.people["participant"])) | ids.isin(set(who.not_enrolled))
    findings.refuse_rows(supplement.file, "the participant is not in DM", ids[~known], "USUBJID")


def _check_rows(supplement: TextTable, domain: str, tables: list[TextTable], findings: Findings, more: tuple[str, ...]) -> bool:
    rows = supplement.frame[supplement.text("QNAM").str.upper().isin(_needed(domain, more)).to_numpy()]
    key = ["USUBJID", "IDVAR", "IDVARVAL", "QNAM"]
    once = rows.drop_duplicates([*key, "QVAL"])
    conflicting = once[once.duplicated(key, keep=False)]
    findings.refuse_rows(supplement.file, "the qualifier has two different values for one record", conflicting["QVAL"], "QVAL")
    for variable, part in rows.groupby("IDVAR", sort=False):
        known = {key for table in tables for key in _record_keys(table, str(variable).upper())}
        keys = zip(part["USUBJID"], part["IDVARVAL"] if variable else [""] * len(part), strict=True)
        text = f"a qualifier of {domain} belongs to no record and was not used"
        orphans = part.index[[key not in known for key in keys]]
        findings.note("qualifier-without-record", text, orphans, supplement.file)
    return True


def _record_keys(table: TextTable, variable: str) -> Iterator[tuple[str, str]]:
    within = table.text(variable) if variable else [""] * len(table.frame)
    return zip(table.text("USUBJID"), within, strict=True)


def _needed(domain: str, more: tuple[str, ...]) -> tuple[str, ...]:
    return (*NEEDED.get(domain, tuple(f"{domain}{name}" for name in RESULT)), *more)


def _with_column(frame: pd.DataFrame, name: str, variable: str, part: pd.DataFrame) -> pd.DataFrame:
    values = {(row.USUBJID, row.IDVARVAL if variable else ""): row.QVAL for row in part.itertuples(index=False)}
    within = frame[variable] if variable in frame.columns else pd.Series("", index=frame.index, dtype="str")
    found = [values.get(key, "") for key in zip(frame["USUBJID"], within, strict=True)]
    merged = pd.Series(found, index=frame.index, dtype="str")
    return frame.assign(**{name: merged.where(merged != "", frame[name]) if name in frame.columns else merged})
