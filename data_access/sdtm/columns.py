"""The columns that the readers of SDTM look for, and those that the standard knows besides (SDTM 2.0, SDTMIG 3.4)."""

from __future__ import annotations

from collections.abc import Collection

from data_access.column_names import check_columns, refuse_slips
from data_access.report import Findings
from data_access.sdtm.supplements import COLUMNS as SUPPLEMENT
from data_access.text_tables import TextTable

KEYS = ("STUDYID", "DOMAIN", "USUBJID")
DATES = ("DTC", "DY", "STDTC", "STDY", "ENDTC", "ENDY")
DEMOGRAPHICS = (
    "SEX", "AGE", "AGEU", "ARMCD", "ACTARMCD", "ARMNRS", "RFICDTC", "DMDTC", "RFSTDTC", "RFXSTDTC", "RFPENDTC", "DTHDTC", "DTHFL",
)  # fmt: skip
RESULTS = ("SEQ", "TESTCD", "ORRES", "ORRESU", "STRESC", "STRESN", "STRESU", "STAT", "DTC", "DY", "TPT")
PERIOD = ("SEQ", "STDTC", "STDY", "ENDTC", "ENDY", "ENRTPT", "ENRF", "OCCUR", "STAT")
# What follows the two letters of the domain.
USED_ROOTS = {
    "EX": ("SEQ", "TRT", "DOSE", "DOSTXT", "DOSU", "ADJ", "STDTC", "STDY", "OCCUR", "STAT"),
    "LB": (*RESULTS, "LOINC"),
    "CP": (*RESULTS, "LOINC"),
    "AE": (*PERIOD, "TERM", "DECOD", "BODSYS", "SOC", "CAT", "TOXGR", "TOXSCL", "SEV", "SER", "REL", "ACN", "OUT"),
    "CM": (*PERIOD, "TRT", "DECOD", "CLAS", "INDC", "DOSE", "DOSTXT", "DOSU", "DOSFRQ"),
    "SV": ("SEQ", "STDTC", "STDY", "ENDTC", "ENDY", "OCCUR", "REASOC", "UPDES"),
    "DS": ("SEQ", "TERM", "DECOD", "CAT", "SCAT", "STDTC", "STDY"),
}
FINDING_ROOTS = (*RESULTS, "TEST", "CAT", "LLOQ", "OBJ", "BDAGT", "SPEC")
WITH_VISIT = ("LB", "CP", "SV")

OTHERS = """
RDOMAIN SUBJID SITEID POOLID SPDEVID APID RSUBJID FOCID NHOID VISIT VISITNUM VISITDY TAETORD EPOCH RELTYPE RELID QLABEL QORIG
QEVAL RFENDTC RFXENDTC RFCSTDTC RFCENDTC INVID INVNAM BRTHDTC AGETXT RACE ETHNIC SPECIES STRAIN SBSTRAIN ARM ACTARM ACTARMUD
SETCD COUNTRY DMDY DTHDTC ETCD ELEMENT MIDS RELMIDS MIDSDTC
"""
GENERAL = frozenset([*KEYS, *SUPPLEMENT, *DEMOGRAPHICS, *OTHERS.split()])
# Every variable of the general observation classes and of timing, without the two letters of its domain.
CLASSES = """
SEQ GRPID REFID SPID LNKID LNKGRP RECID TESTCD TEST TSTDTL TSTCND TSTOPO BDAGNT CAT SCAT POS BODSYS ORRES ORRESU ORNRLO ORNRHI
STRESC STRESN STRESU STNRLO STNRHI STNRC NRIND RESCAT CHRON DISTR STAT REASND XFN NAM LOINC SPEC ANTREG SPCCND SPCUFL LOC LAT DIR
PORTOT METHOD RUNID ANMETH LEAD CSTATE BLFL LOBXFL FAST DRVFL EVAL EVALID ACPTFL TOX TOXGR TOXSCL SEV DTHREL LLOQ ULOQ EXCLFL
REASEX OBJ CLSIG REPNUM TMTHSN SMKWS MRKSTR GATE GATEDEF CELSTA SBMRKS TRT MODIFY DECOD MOOD PRESP OCCUR REASOC INDC CLAS CLASCD
DOSE DOSTXT DOSU DOSFRM DOSFRQ DOSTOT DOSRGM ROUTE LOT TRTV VAMT VAMTU ADJ PSTRG PSTRGU USCHFL RSDISC FLOW TERM LLT LLTCD PTCD HLT
HLTCD HLGT HLGTCD BDSYCD SOC SOCCD SER ACN ACNOTH ACNDEV REL RELNST PATT OUT SCAN SCONG SDISAB SDTH SHOSP SLIFE SOD SMIE SINTV
CONTRT UNANT RLDEV RLPRT RLPRC UPDES EPCHGI CNTMOD DTC STDTC ENDTC DY STDY ENDY DUR TPT TPTNUM ELTM TPTREF RFTDTC STRF ENRF EVLINT
EVINTX STRTPT STTPT ENRTPT ENTPT STINT ENINT DETECT PTFL PDUR NOMDY NOMLBL RPDY RPOC
"""
ROOTS = frozenset(CLASSES.split())


def check_domain_columns(table: TextTable, domain: str, findings: Findings, more: tuple[str, ...] = ()) -> None:
    """Refuse slips in the names of columns that the reader of `domain` looks for, and note columns that are no SDTM variables."""
    check_columns(
        table, domain, (*used_columns(domain), *more), lambda name: is_variable(name, (domain,)),
        lambda name: name in GENERAL or name.startswith(domain), findings,
    )  # fmt: skip


def check_supplement_columns(table: TextTable, findings: Findings) -> None:
    """Refuse slips in the names of the columns of a supplement."""
    refuse_slips(table, "a supplement", (*SUPPLEMENT, "RDOMAIN"), lambda name: name in GENERAL, findings)


def used_columns(domain: str) -> tuple[str, ...]:
    """The columns that the reader of `domain` looks for."""
    if domain == "DM":
        return (*KEYS, *DEMOGRAPHICS)
    own = tuple(f"{domain}{root}" for root in USED_ROOTS.get(domain, FINDING_ROOTS))
    visit = ("VISIT",) if domain in WITH_VISIT or domain not in USED_ROOTS else ()
    return (*KEYS, *own, *visit, *(("PPRFTDTC",) if domain == "PP" else ()))


def is_variable(name: str, domains: Collection[str]) -> bool:
    """Whether SDTM has a variable of this name in one of `domains`."""
    return name in GENERAL or (name[:2] in domains and name[2:] in ROOTS)
