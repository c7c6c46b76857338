"""EX: the doses given."""

from __future__ import annotations

import re

import pandas as pd

from dashboard.study.plan import Exposure
from dashboard.study.protocol import StudyProtocol
from dashboard.study.unit_names import plain_unit
from data_access.numbers import MOST_AMOUNT, read_amount, read_dates
from data_access.reading import GIVEN_COLUMNS, READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.membership import select_enrolled
from data_access.sdtm.opening import open_domain, refuse_conflicting_keys, refuse_study_day_zero
from data_access.text_tables import TextTable

ADJUSTMENTS = "dose_adjustment"
AGREEMENT = 0.01
ABOVE_MOST = f"the amount of a dose is above {MOST_AMOUNT:,.0f}; a unit or a digit may be wrong"


def read_exposure(ex: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The doses of EX, columns GIVEN_COLUMNS; the start date of an interval counts as the dose.

    A record is a dose when its treatment is one of the study (see `is_treatment`), it did occur, and its amount is above zero
    (`placebo_counts`: an amount of zero counts too). A dose without amount or full start date is refused by row. Another unit than the
    definition's, and an amount that is not the one planned for the cohort, are noted by row: the record may be right.
    """
    ex = open_domain(ex, ("USUBJID", "EXTRT", "EXSTDTC"), "doses", protocol, who, findings)
    given = _given(select_enrolled(ex, who, "doses", findings), protocol.exposure, findings)
    refuse_conflicting_keys(given, "EX", findings)
    refuse_study_day_zero(given, "EX", findings)
    amounts = _amounts(given, protocol.exposure, findings)
    zero = (amounts == 0) & (not protocol.exposure.placebo_counts)
    findings.leave_out("doses", "amount of zero: nothing was given", int(zero.sum()))
    given, amounts = given.only(~zero), amounts[~zero]
    _note_unplanned(given, amounts, protocol, who, findings)
    when = read_dates(given.text("EXSTDTC"))
    findings.refuse_rows(given.file, "a dose needs a full date (YYYY-MM-DD)", given.text("EXSTDTC")[when["on"].isna()], "EXSTDTC")
    rows = given.frame.assign(
        participant=given.text("USUBJID"), on=when["on"], time=when["time"], day=None, amount=amounts,
        amount_unit=given.text("EXDOSU"), reason=given.text("EXADJ"), source_file=given.source, source_row=given.frame.index,
    )  # fmt: skip
    return stack([rows], GIVEN_COLUMNS)


def read_adjustments(doses: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Why doses were adjusted, READ_COLUMNS of `dose_adjustment`: those of `doses` (GIVEN_COLUMNS) of which the delivery says it."""
    stated = doses[doses["reason"] != ""]
    findings.read.update({KIND_OF_TABLE[ADJUSTMENTS]: len(stated)} if len(stated) else {})
    return stack([stated], READ_COLUMNS[ADJUSTMENTS])


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


def _note_unplanned(given: TextTable, amounts: pd.Series, protocol: StudyProtocol, who: Demographics, findings: Findings) -> None:
    unit = protocol.exposure.unit
    other = given.text("EXDOSU").map(plain_unit) != plain_unit(unit)
    text = f"the amount is not in {unit}, the unit of the definition; it was not compared with the plan"
    findings.note("dose-unit", text, other.index[other], given.file)
    cohorts = dict(zip(who.people["participant"], who.people["cohort"], strict=True))
    planned = {cohort.key: cohort.dose for cohort in protocol.cohorts if cohort.dose is not None}
    doses = given.text("USUBJID").map({name: planned.get(key) for name, key in cohorts.items()}).astype("float64")
    apart = ~other & ((amounts - doses).abs() > AGREEMENT * doses)
    findings.note("dose-unplanned", "the amount is not the one planned for the cohort", apart.index[apart], given.file)


def _amounts(given: TextTable, exposure: Exposure, findings: Findings) -> pd.Series:
    texts = given.text("EXDOSE").where(given.text("EXDOSE") != "", given.text("EXDOSTXT"))
    known = {text: read_amount(text) for text in texts.unique()}
    amounts = texts.map(known).astype("float64")
    faulty = amounts.isna() & ~((texts == "") & exposure.placebo_counts)
    findings.refuse_rows(given.file, "the amount of a dose must be a number that is not negative", texts[faulty], "EXDOSE")
    findings.refuse_rows(given.file, ABOVE_MOST, texts[amounts > MOST_AMOUNT], "EXDOSE")
    return amounts
