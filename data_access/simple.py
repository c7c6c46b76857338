"""The simple delivery format: participants.csv, counts.csv (long or wide) and doses.csv, for teams without SDTM.

A `day` of this format is the product's day (first dose = 0). A delivery is real unless every participant says `synthetic` = yes.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field

import pandas as pd

from dashboard.study.columns import STATUSES
from dashboard.study.protocol import StudyProtocol
from data_access.assembly import derive_after_dose
from data_access.measuring import derive_value, is_unscheduled, select_once
from data_access.numbers import read_amount, read_dates, read_whole
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, MEASURED_COLUMNS, PEOPLE_COLUMNS, Reading, stack
from data_access.report import FileRows, Findings
from data_access.sdtm.demographics import read_age, read_sex
from data_access.text_tables import TextTable, find_words

REQUIRED = {
    "participants": ("PARTICIPANT", "COHORT", "SEX", "AGE", "FIRST_DOSE_DATE"),
    "counts": ("PARTICIPANT",),
    "doses": ("PARTICIPANT", "DOSE", "UNIT"),
}
LONG = ("ANALYTE", "VALUE", "UNIT")
WIDE = re.compile(r"(?P<analyte>[^\[\]]+?)\s*\[(?P<unit>[^\[\]]+)\]")
YES = ("YES", "Y", "TRUE", "1")


@dataclass(frozen=True)
class Roster:
    """Who is in the delivery: the known ids, and the stated date of the first dose by participant."""

    ids: frozenset[str]
    first_on: pd.Series = field(repr=False)


def is_simple(table: TextTable) -> bool:
    """Whether a table has one of the names of this format."""
    return table.name in REQUIRED and not table.has("DOMAIN")


def read_simple(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    """Read the three files; every reason to refuse is collected in `findings`."""
    named = {table.name: table for table in tables}
    for name, columns in REQUIRED.items():
        if name not in named:
            findings.refuse(f"{name}.csv", "the file is missing")
        else:
            findings.files.append(FileRows(named[name].file, name, len(named[name].frame)))
            findings.read[name] += len(named[name].frame)
            _require(named[name], columns, findings)
    findings.raise_refusals()
    people, doses, counts = named["participants"], named["doses"], named["counts"]
    roster = _read_roster(people, doses, findings)
    given = _read_doses(doses, roster, findings)
    measured = derive_after_dose(_read_counts(counts, roster, protocol, findings), given)
    _refuse_wrong_start(people, given, findings)
    synthetic = _read_synthetic(people, findings)
    return Reading(
        synthetic, _read_people(people, protocol, findings), _read_endings(people, roster, findings), given, select_once(measured, findings)
    )


def _require(table: TextTable, columns: tuple[str, ...], findings: Findings) -> None:
    for column in columns:
        if not table.has(column):
            findings.refuse(table.file, "the column is missing", None, column.lower())
    if table.name != "participants" and not (table.has("DAY") or table.has("DATE")):
        findings.refuse(table.file, "the column is missing", None, "day or date")


def _read_roster(people: TextTable, doses: TextTable, findings: Findings) -> Roster:
    ids = people.text("PARTICIPANT")
    findings.refuse_rows(people.file, "the participant has no id", ids[ids == ""], "participant")
    findings.refuse_rows(people.file, "the participant appears twice", ids[(ids != "") & ids.duplicated(keep=False)], "participant")
    findings.raise_refusals()
    stated = _full_dates(people, "FIRST_DOSE_DATE", findings).set_axis(pd.Index(ids))
    dated = read_dates(doses.text("DATE"))["on"].groupby(doses.text("PARTICIPANT")).min().reindex(stated.index).astype("Int64")
    apart = (stated != dated).fillna(False)
    text = "first_dose_date and the earliest date in doses.csv lie on different days; doses.csv was used"
    findings.note("first-dose-differs", text, int(apart.sum()))
    return Roster(frozenset(ids), dated.fillna(stated))


def _full_dates(table: TextTable, column: str, findings: Findings) -> pd.Series:
    read = read_dates(table.text(column))
    findings.refuse_rows(table.file, "is no full date (YYYY-MM-DD)", table.text(column)[read["faulty"] | read["partial"]], column.lower())
    return read["on"]


def _read_people(people: TextTable, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    cohorts = people.text("COHORT")
    known = {code.casefold(): cohort.key for cohort in protocol.cohorts for code in (*cohort.codes, cohort.key)}
    keys = find_words(cohorts.str.casefold(), known)
    choices = ", ".join(protocol.cohort_keys)
    findings.refuse_rows(people.file, f"is no cohort of this study; the cohorts are {choices}", cohorts[keys == ""], "cohort")
    rows = people.frame.assign(
        participant=people.text("PARTICIPANT"),
        cohort=keys,
        sex=read_sex(people.text("SEX")),
        age=read_age(people, findings),
        enrolled_on=None,
        ended_on=None,
    )
    return stack([rows], PEOPLE_COLUMNS)


def _read_endings(people: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    status = people.text("STATUS").str.lower()
    allowed = [name for name in STATUSES if name != "not dosed"]
    findings.refuse_rows(people.file, f"is no status; use one of {', '.join(allowed)}", status[~status.isin([*STATUSES, ""])], "status")
    last_day, faulty = read_whole(people.text("LAST_DAY"))
    findings.refuse_rows(people.file, "is no whole number of days", people.text("LAST_DAY")[faulty], "last_day")
    on = people.text("PARTICIPANT").map(roster.first_on).astype("Int64") + last_day
    rows = pd.DataFrame({"participant": people.text("PARTICIPANT"), "status": status, "on": on, "day": last_day})
    return stack([rows[~status.isin(["", "ongoing", "not dosed"])]], ENDING_COLUMNS)


def _read_synthetic(people: TextTable, findings: Findings) -> bool:
    marks = people.text("SYNTHETIC").str.upper().isin(YES)
    if marks.any() and not marks.all():
        findings.refuse_rows(people.file, "mixes synthetic and real participants", people.text("SYNTHETIC")[~marks], "synthetic")
    return bool(marks.any())


def _refuse_wrong_start(people: TextTable, doses: pd.DataFrame, findings: Findings) -> None:
    """The first dose is day 0 by definition, and a stated first dose must be among the doses."""
    undated = doses[doses["on"].isna()]
    starts = undated.groupby("participant")["day"].transform("min")
    for row, day in zip(undated["source_row"][starts != 0], undated["day"][starts != 0], strict=True):
        findings.refuse("doses.csv", "the first dose of a participant must be day 0", int(row), "day", str(day))
    stated = people.text("FIRST_DOSE_DATE")
    missing = (stated != "") & ~people.text("PARTICIPANT").isin(set(doses["participant"]))
    findings.refuse_rows(people.file, "has a first dose that is not in doses.csv", stated[missing], "first_dose_date")


def _when(table: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    """Columns participant, on, time and day of every row; unknown participants and rows without day and date are refused."""
    ids = table.text("PARTICIPANT")
    findings.refuse_rows(table.file, "the participant is not in participants.csv", ids[~ids.isin(roster.ids)], "participant")
    read = read_dates(table.text("DATE"))
    day, faulty = read_whole(table.text("DAY"))
    findings.refuse_rows(table.file, "is no full date (YYYY-MM-DD)", table.text("DATE")[read["faulty"] | read["partial"]], "date")
    findings.refuse_rows(table.file, "is no whole number of days", table.text("DAY")[faulty], "day")
    neither = (table.text("DATE") == "") & (table.text("DAY") == "")
    findings.refuse_rows(table.file, "needs a day or a date", ids[neither], "participant")
    stated = ids.map(roster.first_on).astype("Int64") + day
    apart = (stated != read["on"]).fillna(False)
    findings.note("day-and-date-differ", f"day and date name different days in {table.file}; the date was used", int(apart.sum()))
    on = read["on"].fillna(stated)
    return pd.DataFrame({"participant": ids, "on": on, "time": read["time"], "day": day.where(on.isna())})


def _read_doses(doses: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    texts = doses.text("DOSE")
    amounts = texts.map({text: read_amount(text) for text in texts.unique()}).astype("float64")
    findings.refuse_rows(doses.file, "must be a number that is not negative", texts[amounts.isna()], "dose")
    rows = _when(doses, roster, findings).assign(
        amount=amounts, amount_unit=doses.text("UNIT"), source_file=doses.name, source_row=doses.frame.index
    )
    return stack([rows], GIVEN_COLUMNS)


def _read_counts(counts: TextTable, roster: Roster, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    known = {code.casefold(): analyte.key for analyte in protocol.analytes for code in (*analyte.codes, analyte.key, analyte.short)}
    parts = _long_parts(counts, known, findings) if counts.has("ANALYTE") else _wide_parts(counts, known, findings)
    findings.raise_refusals()
    when = _when(counts, roster, findings)
    labels = counts.text("VISIT")
    marked = is_unscheduled(labels, protocol.delivery) | counts.text("UNSCHEDULED").str.upper().isin(YES)
    shared = when.assign(
        visit_label=labels,
        marked_unscheduled=marked,
        after_dose=False,
        source_file=counts.name,
        source_row=counts.frame.index,
        file=counts.file,
    )
    joined = [derive_value(shared.join(part, how="inner", validate="one_to_one"), protocol, findings) for part in parts]
    return stack(joined, MEASURED_COLUMNS)


def _long_parts(counts: TextTable, known: dict[str, str], findings: Findings) -> list[pd.DataFrame]:
    _require(counts, LONG, findings)
    names = counts.text("ANALYTE")
    keys = find_words(names.str.casefold(), known)
    findings.leave_out("counts", "not an analyte of this study", int((keys == "").sum()))
    return [_part(counts, keys, "VALUE", counts.text("UNIT"), "unit", findings)]


def _wide_parts(counts: TextTable, known: dict[str, str], findings: Findings) -> list[pd.DataFrame]:
    """One part per analyte column; a wide row is read as one count per such column."""
    columns = {header.upper(): match for header in counts.headers if (match := WIDE.fullmatch(header))}
    of_study = {name: match for name, match in columns.items() if match["analyte"].casefold() in known}
    if not of_study:
        findings.refuse(counts.file, "has neither a column analyte nor a column such as “ALC [10^9/L]”")
    findings.read["counts"] += len(counts.frame) * (len(columns) - 1)
    findings.leave_out("counts", "not an analyte of this study", len(counts.frame) * (len(columns) - len(of_study)))
    parts = []
    for name, match in of_study.items():
        index = counts.frame.index
        keys = pd.Series(known[match["analyte"].casefold()], index=index, dtype="str")
        parts.append(_part(counts, keys, name, pd.Series(match["unit"], index=index, dtype="str"), name, findings))
    return parts


def _part(counts: TextTable, keys: pd.Series, column: str, units: pd.Series, unit_column: str, findings: Findings) -> pd.DataFrame:
    texts = counts.text(column)
    findings.leave_out("counts", "not done, or without a result", int(((texts == "") & (keys != "")).sum()))
    part = pd.DataFrame({"analyte": keys, "value_text": texts, "unit_text": units}).assign(value_column=column, unit_column=unit_column)
    return part[(keys != "") & (texts != "")]
