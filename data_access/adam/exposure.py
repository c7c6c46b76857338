"""The doses of an ADaM delivery: from EX or ADEX where one is delivered, else the first dose alone, from ADSL."""

from __future__ import annotations

from dataclasses import replace

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.dates import find_date_texts
from data_access.adam.refusals import name_delivered_columns
from data_access.adam.results import LAST_UNIT
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.exposure import read_exposure
from data_access.text_tables import TextTable

# Of a data set with one row per parameter (BDS) the parameter that is the amount of one administration.
AMOUNT_CODES = ("DOSE", "ADOSE", "DOSEADM")
NAMES = {"EXSTDTC": "ASTDT", "EXDOSE": "AVAL", "EXDOSU": "PARAM"}


def read_analysis_exposure(adex: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The doses of ADEX, columns GIVEN_COLUMNS, by the rules of EX.

    Of a data set with PARAMCD only the rows of the administered amount count (DOSE). A refusal names the columns of ADEX.
    """
    if adex.has("PARAMCD"):
        amounts = adex.text("PARAMCD").str.upper().isin(AMOUNT_CODES) & (adex.text("DTYPE") == "")
        findings.read["doses"] += int((~amounts).sum())
        findings.leave_out("doses", "another parameter of exposure than the amount of one dose", int((~amounts).sum()))
        adex = adex.only(amounts)
    shaped = {"EXSTDTC": find_date_texts(adex, "EXSTDTC", "ASTDTM", "ASTDT"), "EXTRT": _treatments(adex, protocol)}
    if not adex.has("EXDOSE"):
        units = {text: match[1] if (match := LAST_UNIT.fullmatch(text)) else "" for text in adex.text("PARAM").unique()}
        shaped |= {"EXDOSE": adex.text("AVAL"), "EXDOSU": adex.text("AVALU").where(adex.text("AVALU") != "", adex.text("PARAM").map(units))}
    with name_delivered_columns(findings, {name: real for name, real in NAMES.items() if not adex.has(name)}):
        return read_exposure(replace(adex, frame=adex.frame.assign(**shaped)), protocol, who, findings)


def _treatments(adex: TextTable, protocol: StudyProtocol) -> pd.Series:
    """EXTRT; where the data set has none, every row is a dose of the study's first treatment: ADEX holds the study treatment."""
    if adex.has("EXTRT"):
        return adex.text("EXTRT")
    return pd.Series(protocol.exposure.treatments[0], index=adex.frame.index, dtype="str")
