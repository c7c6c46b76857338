"""The columns that the readers of analysis data sets look for, and those that ADaM knows besides (ADaMIG 1.3)."""

from __future__ import annotations

import re

from data_access.column_names import check_columns
from data_access.report import Findings
from data_access.sdtm.columns import is_variable
from data_access.text_tables import TextTable

KEYS = ("STUDYID", "USUBJID")
PARAMETERS = ("PARAMCD", "PARAM", "AVAL", "AVALC", "AVALU", "DTYPE", "ADT", "ADTM", "ADY", "ATPT", "VISIT", "AVISIT")
PERIODS = ("ASTDT", "ASTDTF", "ASTDY", "AENDT", "AENDTF", "AENDY")
USED = {
    "adsl": (
        "ARMCD", "TRT01P", "ARM", "ACTARMCD", "TRT01A", "ACTARM", "EOSSTT", "DCSREAS", "DCDECOD", "EOSDT", "TRTSDT", "TRTSDTM", "SAFFL",
        "AGE", "AGEU", "SEX", "RFICDT", "RANDDT", "ENRLDT", "DTHDT", "DTHFL",
    ),
    "adlb": (*PARAMETERS, "PARAMTYP", "LBSTRESU", "LBORRES", "LBORRESU", "LBLOINC", "LBTPT", "BASE", "CHG", "PCHG", "ABLFL", "BASETYPE"),
    "adae": (
        *PERIODS, "AESTDTC", "AESTDY", "AEENDTC", "AEENDY", "ATOXGR", "AETOXGR", "AETOXSCL", "ATOXSCL", "ASEV", "AESEV", "AREL", "AEREL",
        "AETERM", "AEDECOD", "AEBODSYS", "AESOC", "AECAT", "AESER", "AEACN", "AEOUT",
    ),
    "adtte": ("PARAMCD", "PARAM", "AVAL", "AVALU", "CNSR", "ADT", "STARTDT", "EVNTDESC", "CNSDTDSC"),
    "adrs": (*PARAMETERS, "PARCAT1", "RSTPT"),
    "adpc": (*PARAMETERS, "PARCAT1", "PCTPT", "PCLLOQ"),
    "adex": (*PERIODS, "PARAMCD", "PARAM", "AVAL", "AVALU", "DTYPE", "EXTRT", "EXDOSE", "EXDOSU", "EXADJ", "EXSTDTC"),
}  # fmt: skip
STANDARD = """
STUDYID USUBJID SUBJID SITEID ASEQ SRCDOM SRCVAR SRCSEQ TRTP TRTA TRTPN TRTAN TRTEDT TRTEDTM TRTSTM TRTETM TRTSDTF TRTEDTF TRTSTMF
TRTETMF TRTDURD TRTDURM TRTDURY TRTDUR TRTSEQP TRTSEQA EOTSTT EOTDT EOSDY EOTDY EOSDTM EOSDTF DCTREAS DCSREASP DCTREASP DTHDTM DTHDTF
DTHADY DTHCAUS DTHCGR1 LSTALVDT RANDDTM RANDNUM AGEGR1 BRTHDT BRTHDTF AVALCAT1 AVALCA1N BASEC BASEU BASECAT1 CHGCAT1 PCHGCAT1 R2BASE
ADTF ATM ATMF ADTMF AENTM ASTTM ASTTMF AENTMF ASTDTM AENDTM ADURN ADURU APERIOD APERIODC APHASE AVISITN ATPTREF AWRANGE AWTARGET
AWTDIFF AWLO AWHI AWU ABLFN BTOXGR ATOXDIR ANRIND BNRIND ANRLO ANRHI A1LO A1HI R2A1LO R2A1HI BR2A1LO BR2A1HI SHIFT1 ASEVN ARELN
CRIT1 CRIT1FL CQ01NAM SMQ01NAM CNSRN STARTDTM STARTDTF ENTRYDT ONTRTFL TRTEMFL ALBTRVAL AENTMTFL COUNTRY REGION1 DSRAEFL
"""
NAMES = frozenset(name for names in USED.values() for name in names) | frozenset(STANDARD.split())
COLLECTED = ("AE", "LB", "CP", "EX", "RS", "PC", "PP", "IS", "QS", "VS", "CM", "DS", "MH", "TU", "TR", "EG", "SV")
# Flags, dates, times and days end like this by the rules of ADaM for names; grouping, numbered and baseline variables like that.
USUAL = re.compile(r"\w+(FL|FN|DT|DTM|TM|DTF|TMF|DY|DTC)|\w*GR\d+N?|(TRT|DOSE|TR|AP|PH)\d+\w*|\w+\d+[A-Z]{0,3}|\w+BL|\w+NAM")


def check_analysis_columns(table: TextTable, kind: str, findings: Findings, more: tuple[str, ...] = ()) -> None:
    """Refuse slips in the names of columns that the reader of `kind` (adsl, adlb, …) looks for, and note columns ADaM does not know."""
    check_columns(table, kind.upper(), (*KEYS, *USED[kind], *more), _is_named, _is_usual, findings)


def _is_named(name: str) -> bool:
    return name in NAMES or is_variable(name, COLLECTED)


def _is_usual(name: str) -> bool:
    return USUAL.fullmatch(name) is not None or _is_named(name.removesuffix("N"))
