"""DM: who was enrolled, in which cohort, and which study the delivery belongs to."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.identity import DeliveryRules
from dashboard.study.protocol import StudyProtocol
from data_access.cohorts import cohort_codes
from data_access.numbers import read_dates, read_whole
from data_access.reading import ENDING_COLUMNS, PEOPLE_COLUMNS, stack
from data_access.report import Findings
from data_access.text_tables import TextTable, find_words

OLDEST, IMPOSSIBLE = 90, 120
SEXES = {"F": "F", "FEMALE": "F", "M": "M", "MALE": "M", "U": "U", "UNKNOWN": "U", "": "U"}
YEARS = ("", "YEARS", "YEAR")
DATES = {"RFICDTC": "consent", "DMDTC": "collection", "RFSTDTC": "reference start", "RFXSTDTC": "first exposure", "RFPENDTC": "end"}


@dataclass(frozen=True)
class Demographics:
    """The people of DM. `reference_on` and `exposed_on` are indexed by participant; `not_enrolled` maps participant to reason."""

    synthetic: bool
    people: pd.DataFrame = field(repr=False)
    deaths: pd.DataFrame = field(repr=False)
    reference_on: pd.Series = field(repr=False)
    exposed_on: pd.Series = field(repr=False)
    not_enrolled: dict[str, str] = field(repr=False)


def read_demographics(dm: TextTable, protocol: StudyProtocol, findings: Findings) -> Demographics:
    """Read DM; DeliveryRefusedError when who is who, or whose study it is, cannot be told from it."""
    rules, before = protocol.delivery, findings.refused
    for column in ("USUBJID", "STUDYID", rules.cohort_column.upper()):
        if not dm.has(column):
            findings.refuse(dm.file, "the column is missing", None, column)
    findings.raise_refusals(since=before)
    synthetic = read_study_kind(dm, rules, findings)
    refuse_unclear_identity(dm, findings)
    findings.raise_refusals(since=before)
    findings.read["participants"] += len(dm.frame)
    reasons = _reasons_not_enrolled(dm, rules)
    out = reasons != ""
    for reason, rows in reasons[out].value_counts(sort=False).items():
        findings.leave_out("participants", f"not enrolled: {reason}", int(rows))
    not_enrolled = dict(zip(dm.text("USUBJID")[out], reasons[out], strict=True))
    return _enrolled(dm.only(~out), protocol, synthetic, not_enrolled, findings)


def join_demographics(parts: Sequence[Demographics], findings: Findings) -> Demographics:
    """The people of several DM, one for each trial of a pooled study; DeliveryRefusedError for a participant who is in two of them."""
    if len(parts) == 1:
        return parts[0]
    before = findings.refused
    people = stack([part.people for part in parts], PEOPLE_COLUMNS)
    twice = people["participant"][people["participant"].duplicated()]
    for participant in twice:
        findings.refuse("delivery", "the participant is in two data sets DM", None, "USUBJID", str(participant))
    if len({part.synthetic for part in parts}) > 1:
        findings.refuse("delivery", "mixes synthetic and real participants", None, "STUDYID")
    findings.raise_refusals(since=before)
    return Demographics(
        parts[0].synthetic,
        people,
        stack([part.deaths for part in parts], ENDING_COLUMNS),
        pd.concat([part.reference_on for part in parts]),
        pd.concat([part.exposed_on for part in parts]),
        {name: reason for part in parts for name, reason in part.not_enrolled.items()},
    )


def read_study_kind(table: TextTable, rules: DeliveryRules, findings: Findings) -> bool:
    """Whether there are synthetic rows; rows of another study, and real rows of this study among synthetic ones, are refused."""
    ids = table.text("STUDYID")
    synthetic, real = ids.isin(rules.synthetic_study_ids), ids.isin(rules.study_ids)
    allowed = ", ".join((*rules.study_ids, *rules.synthetic_study_ids))
    findings.refuse_rows(table.file, f"belongs to another study; this study is {allowed}", ids[~synthetic & ~real], "STUDYID")
    if synthetic.any() and real.any():
        findings.refuse_rows(table.file, "mixes synthetic and real participants", ids[real], "STUDYID")
    return bool(synthetic.any())


def read_sex(table: TextTable, findings: Findings) -> pd.Series:
    """`F`, `M`, or `U` for anything else; words other than male, female and unknown are noted."""
    texts = table.text("SEX").str.upper()
    strange = ~texts.isin(SEXES)
    findings.note("unknown-sex", "the sex is neither F nor M, and was read as unknown", texts.index[strange], table.file)
    return find_words(texts, SEXES, "U")


def read_age(table: TextTable, findings: Findings, column: str = "AGE") -> pd.Series:
    """Age in whole years (Int64); above 89 it becomes 90, so that great age does not name a person.

    No whole number, and an age above IMPOSSIBLE, are refused by row; a missing age is noted.
    """
    texts = table.text(column)
    age, faulty = read_whole(texts)
    faulty |= (age < 0).fillna(False)
    findings.refuse_rows(table.file, "the age is no whole number of years", texts[faulty], column)
    too_old = (age > IMPOSSIBLE).fillna(False).astype(bool)
    findings.refuse_rows(table.file, f"the age is above {IMPOSSIBLE} years", texts[too_old], column)
    young = (age < 1).fillna(False).astype(bool) & ~faulty
    findings.note("unlikely-age", "the age is below 1 year", young.index[young], table.file)
    missing = texts == ""
    findings.note("age-missing", "the participant has no age", missing.index[missing], table.file)
    return age.mask((age >= OLDEST).fillna(False), OLDEST)


def refuse_unclear_identity(dm: TextTable, findings: Findings) -> None:
    """Refuse rows without a participant, and participants with several rows."""
    ids = dm.text("USUBJID")
    findings.refuse_rows(dm.file, "the participant has no id", ids[ids == ""], "USUBJID")
    findings.refuse_rows(dm.file, "the participant appears twice", ids[(ids != "") & ids.duplicated(keep=False)], "USUBJID")


def _reasons_not_enrolled(dm: TextTable, rules: DeliveryRules) -> pd.Series:
    """The reason why a row's participant was never enrolled; the empty text for all others."""
    codes = dm.text(rules.cohort_column.upper())
    reasons = find_words(codes.str.casefold(), {rule.code.casefold(): rule.reason for rule in rules.not_enrolled})
    # Since SDTMIG 3.3 a participant who never got a cohort has an empty code and the reason in ARMNRS.
    return reasons.where(codes != "", dm.text("ARMNRS").str.lower())


def _enrolled(dm: TextTable, protocol: StudyProtocol, synthetic: bool, not_enrolled: dict[str, str], findings: Findings) -> Demographics:
    column = protocol.delivery.cohort_column.upper()
    cohorts = find_words(dm.text(column).str.casefold(), cohort_codes(protocol))
    known = ", ".join(
        (*(code for cohort in protocol.cohorts for code in cohort.codes), *(rule.code for rule in protocol.delivery.not_enrolled))
    )
    findings.refuse_rows(dm.file, f"is no cohort of this study; the codes are {known}", dm.text(column)[cohorts == ""], column)
    _note_two_cohorts(dm, column, findings)
    units = dm.text("AGEU")
    findings.refuse_rows(dm.file, "ages must be given in years", units[~units.str.upper().isin(YEARS)], "AGEU")
    dates = {name: _dates(dm, name, findings) for name in DATES}
    people = dm.frame.assign(
        participant=dm.text("USUBJID"),
        cohort=cohorts,
        sex=read_sex(dm, findings),
        age=read_age(dm, findings),
        enrolled_on=dates["RFICDTC"].fillna(dates["DMDTC"]),
        ended_on=dates["RFPENDTC"],
    )
    ids = pd.Index(people["participant"])
    return Demographics(
        synthetic,
        stack([people], PEOPLE_COLUMNS),
        _deaths(dm, findings),
        dates["RFSTDTC"].set_axis(ids),
        dates["RFXSTDTC"].fillna(dates["RFSTDTC"]).set_axis(ids),
        not_enrolled,
    )


def _note_two_cohorts(dm: TextTable, column: str, findings: Findings) -> None:
    if column not in ("ARMCD", "ACTARMCD"):
        return
    planned, actual = dm.text("ARMCD"), dm.text("ACTARMCD")
    apart = (planned != "") & (actual != "") & (planned.str.casefold() != actual.str.casefold())
    text = f"planned and actual cohort (ARMCD, ACTARMCD) differ; {column} was used"
    findings.note("cohorts-differ", text, apart.index[apart], dm.file)


def _dates(dm: TextTable, column: str, findings: Findings) -> pd.Series:
    read = read_dates(dm.text(column))
    findings.refuse_rows(dm.file, "is no ISO 8601 date", dm.text(column)[read["faulty"]], column)
    partial = read["partial"]
    findings.note("partial-date", f"{dm.name.upper()}.{column} is a partial date and was not used", partial.index[partial], dm.file)
    return read["on"]


def _deaths(dm: TextTable, findings: Findings) -> pd.DataFrame:
    on = _dates(dm, "DTHDTC", findings)
    died = on.notna() | (dm.text("DTHFL").str.upper() == "Y")
    undated = died & on.isna()
    text = "the death has no full date; the last record ends the observation"
    findings.note("death-without-date", text, undated.index[undated], dm.file)
    rows = pd.DataFrame({"participant": dm.text("USUBJID"), "status": "died", "on": on, "day": pd.NA})
    return stack([rows[died]], ENDING_COLUMNS)
