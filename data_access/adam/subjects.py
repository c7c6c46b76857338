"""ADSL: who was enrolled, in which cohort, when the treatment began and how the participation ended."""

from __future__ import annotations

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.dates import find_date_texts, read_full_dates
from data_access.cohorts import cohort_names
from data_access.numbers import read_dates
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, PEOPLE_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.demographics import YEARS, Demographics, read_age, read_sex, read_study_kind, refuse_unclear_identity
from data_access.sdtm.disposition import STATUS_OF_TERM
from data_access.text_tables import TextTable, find_words

# The columns that may name the cohort, in the order in which they are tried.
AS_PLANNED, AS_TREATED = ("ARMCD", "TRT01P", "ARM"), ("ACTARMCD", "TRT01A", "ACTARM")
ENDED = ("COMPLETED", "DISCONTINUED")


def read_subjects(adsl: TextTable, protocol: StudyProtocol, findings: Findings) -> Demographics:
    """Read ADSL; DeliveryRefusedError when who is who, or whose study it is, cannot be told from it.

    `reference_on` of the result is TRTSDT: the date that the study days of analysis data sets count from.
    """
    before = findings.refused
    for column in ("USUBJID", "STUDYID"):
        if not adsl.has(column):
            findings.refuse(adsl.file, "the column is missing", None, column)
    column = find_cohort_column(adsl, protocol)
    if not column:
        findings.refuse(adsl.file, f"has no column that names the cohort: {', '.join(_cohort_kinds(protocol)[0])}")
    findings.raise_refusals(since=before)
    wanted = _cohort_kinds(protocol)[0]
    if column not in wanted:
        findings.note(
            "cohort-column", f"ADSL has none of {', '.join(wanted)}; the cohort was read from {column}", adsl.frame.index, adsl.file
        )
    synthetic = read_study_kind(adsl, protocol.delivery, findings)
    refuse_unclear_identity(adsl, findings)
    findings.raise_refusals(since=before)
    ids = adsl.text("USUBJID")
    findings.read["participants"] += len(adsl.frame)
    known = {rule.code.casefold(): rule.reason for rule in protocol.delivery.not_enrolled}
    reasons = find_words(adsl.text(column).str.casefold(), known)
    for reason, rows in reasons[reasons != ""].value_counts(sort=False).items():
        findings.leave_out("participants", f"not enrolled: {reason}", int(rows))
    not_enrolled = dict(zip(ids[reasons != ""], reasons[reasons != ""], strict=True))
    return _enrolled(adsl.only(reasons == ""), column, protocol, synthetic, not_enrolled, findings)


def find_cohort_column(adsl: TextTable, protocol: StudyProtocol) -> str:
    """The column of ADSL that names the cohorts as planned (or as treated, where the definition says so); the empty text for none.

    Of several it is the first that holds a code of the study. Only an ADSL without any such column is read by the other kind. A
    definition that names another column means that column alone.
    """
    known = list(cohort_names(protocol))
    for kind in _cohort_kinds(protocol):
        if there := [column for column in kind if adsl.has(column)]:
            return next((column for column in there if adsl.text(column).str.casefold().isin(known).any()), there[0])
    return ""


def _cohort_kinds(protocol: StudyProtocol) -> tuple[tuple[str, ...], ...]:
    column = protocol.delivery.cohort_column.upper()
    if column == "ARMCD":
        return AS_PLANNED, AS_TREATED
    return (AS_TREATED, AS_PLANNED) if column == "ACTARMCD" else ((column,),)


def read_endings(adsl: TextTable, who: Demographics, findings: Findings) -> pd.DataFrame:
    """How each participation ended, columns ENDING_COLUMNS: EOSSTT with DCSREAS (or DCDECOD), dated by EOSDT where ADSL has it."""
    adsl = adsl.only(adsl.text("USUBJID").isin(set(who.people["participant"])))
    state = adsl.text("EOSSTT").str.upper()
    unknown = state[~state.isin([*ENDED, "ONGOING", ""])]
    findings.refuse_rows(adsl.file, "must be COMPLETED, DISCONTINUED or ONGOING", unknown, "EOSSTT")
    reason = adsl.text("DCSREAS").where(adsl.text("DCSREAS") != "", adsl.text("DCDECOD")).str.upper()
    term = reason.where(state != "COMPLETED", "COMPLETED")
    on = read_full_dates(adsl, findings, "EOSDT")
    rows = pd.DataFrame(
        {"participant": adsl.text("USUBJID"), "status": find_words(term, STATUS_OF_TERM, "withdrawn"), "on": on, "day": pd.NA}
    )
    ended = state.isin(ENDED)
    undated = ended & on.isna()
    text = "the end of the participation has no date (EOSDT); the last record ends the observation, also at an earlier data cut"
    findings.note("ending-without-date", text, adsl.frame.index[undated], adsl.file)
    return stack([who.deaths, rows[ended]], ENDING_COLUMNS)


def read_first_doses(adsl: TextTable, who: Demographics, findings: Findings) -> pd.DataFrame:
    """One dose per treated participant, columns GIVEN_COLUMNS, for a delivery without exposure data.

    The first dose is dated by TRTSDT; without any date it is day 0 of whoever belongs to the safety population (SAFFL). Its amount and
    every later dose are unknown: the report says so.
    """
    adsl = adsl.only(adsl.text("USUBJID").isin(set(who.people["participant"])))
    ids = adsl.text("USUBJID")
    on = ids.map(who.exposed_on).astype("Int64")
    treated = on.notna() | (adsl.text("SAFFL").str.upper() == "Y")
    time = read_dates(find_date_texts(adsl, "TRTSDTM"))["time"]
    rows = pd.DataFrame(
        {
            "participant": ids, "on": on, "time": time, "day": on.isna().map({True: 0, False: None}), "amount": None, "amount_unit": "",
            "reason": "", "source_file": adsl.name, "source_row": adsl.frame.index,
        }
    )[treated]  # fmt: skip
    findings.read["doses"] += len(rows)
    text = "no exposure data set (EX, ADEX) is delivered: only the day of the first dose is known (TRTSDT), no amount and no later dose"
    findings.note("only-first-dose", text, rows.index, adsl.file)
    return stack([rows], GIVEN_COLUMNS)


def _enrolled(
    adsl: TextTable, column: str, protocol: StudyProtocol, synthetic: bool, not_enrolled: dict[str, str], findings: Findings
) -> Demographics:
    cohorts = find_words(adsl.text(column).str.casefold(), cohort_names(protocol))
    findings.refuse_rows(adsl.file, "is no cohort of this study", adsl.text(column)[cohorts == ""], column)
    units = adsl.text("AGEU")
    findings.refuse_rows(adsl.file, "ages must be given in years", units[~units.str.upper().isin(YEARS)], "AGEU")
    first = read_full_dates(adsl, findings, "TRTSDTM", "TRTSDT")
    people = adsl.frame.assign(
        participant=adsl.text("USUBJID"),
        cohort=cohorts,
        sex=read_sex(adsl, findings),
        age=read_age(adsl, findings),
        enrolled_on=read_full_dates(adsl, findings, "RFICDT", "RANDDT", "ENRLDT"),
        ended_on=read_full_dates(adsl, findings, "EOSDT"),
    )
    died_on = read_full_dates(adsl, findings, "DTHDT")
    died = died_on.notna() | (adsl.text("DTHFL").str.upper() == "Y")
    deaths = pd.DataFrame({"participant": adsl.text("USUBJID"), "status": "died", "on": died_on, "day": pd.NA})[died]
    starts = first.set_axis(pd.Index(people["participant"]))
    return Demographics(synthetic, stack([people], PEOPLE_COLUMNS), stack([deaths], ENDING_COLUMNS), starts, starts, not_enrolled)
