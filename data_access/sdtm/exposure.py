"""EX: the doses given."""

from __future__ import annotations

import re

import pandas as pd

from dashboard.study.protocol import Exposure, StudyProtocol
from data_access.numbers import read_amount, read_dates
from data_access.reading import GIVEN_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics, read_study_kind
from data_access.sdtm.membership import select_enrolled
from data_access.text_tables import TextTable


def read_exposure(ex: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The doses of EX, columns GIVEN_COLUMNS; the start date of an interval counts as the dose.

    A record is a dose when its treatment is one of the study (see `is_treatment`), it did occur, and its amount is above zero
    (`placebo_counts`: an amount of zero counts too). A dose without amount or full start date is refused by row.
    """
    for column in ("USUBJID", "EXTRT", "EXSTDTC"):
        if not ex.has(column):
            findings.refuse(ex.file, "the column is missing", None, column)
    findings.raise_refusals()
    read_study_kind(ex, protocol.delivery, findings)
    findings.read["doses"] += len(ex.frame)
    given = _given(select_enrolled(ex, who, "doses", findings), protocol.exposure, findings)
    amounts = _amounts(given, protocol.exposure, findings)
    taken = amounts.notna() if not protocol.exposure.placebo_counts else pd.Series(True, index=amounts.index)
    zero = (amounts == 0) & (not protocol.exposure.placebo_counts)
    findings.leave_out("doses", "amount of zero: nothing was given", int(zero.sum()))
    given, amounts = given.only(taken & ~zero), amounts[taken & ~zero]
    when = read_dates(given.text("EXSTDTC"))
    findings.refuse_rows(given.file, "a dose needs a full date (YYYY-MM-DD)", given.text("EXSTDTC")[when["on"].isna()], "EXSTDTC")
    rows = given.frame.assign(
        participant=given.text("USUBJID"), on=when["on"], time=when["time"], day=None, amount=amounts,
        amount_unit=given.text("EXDOSU"), source_file=given.name, source_row=given.frame.index,
    )  # fmt: skip
    return stack([rows], GIVEN_COLUMNS)


def is_treatment(names: pd.Series, treatments: tuple[str, ...]) -> pd.Series:
    """Whether a name contains one of `treatments` as whole words, regardless of case (“XANOMELINE TTS” is XANOMELINE)."""
    pattern = "|".join(rf"(?<![A-Za-z0-9]){re.escape(treatment)}(?![A-Za-z0-9])" for treatment in treatments)
    found = {name: re.search(pattern, name, re.IGNORECASE) is not None for name in names.unique()}
    return names.map(found).astype("bool")


def _given(ex: TextTable, exposure: Exposure, findings: Findings) -> TextTable:
    of_study = is_treatment(ex.text("EXTRT"), exposure.treatments)
    findings.leave_out("doses", "not a treatment of this study", int((~of_study).sum()))
    missed = of_study & ((ex.text("EXOCCUR").str.upper() == "N") | (ex.text("EXSTAT").str.upper() == "NOT DONE"))
    findings.leave_out("doses", "did not occur", int(missed.sum()))
    return ex.only(of_study & ~missed)


def _amounts(given: TextTable, exposure: Exposure, findings: Findings) -> pd.Series:
    texts = given.text("EXDOSE").where(given.text("EXDOSE") != "", given.text("EXDOSTXT"))
    known = {text: read_amount(text) for text in texts.unique()}
    amounts = texts.map(known).astype("float64")
    faulty = amounts.isna() & ~((texts == "") & exposure.placebo_counts)
    findings.refuse_rows(given.file, "the amount of a dose must be a number that is not negative", texts[faulty], "EXDOSE")
    return amounts
