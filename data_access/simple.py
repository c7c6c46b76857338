"""The simple delivery format, for teams without SDTM: participants.csv, counts.csv (long or wide), doses.csv; and, where there are such
records, adverse_events.csv, findings.csv and milestones.csv.

A `day` of this format is the product's day (first dose = 0). A delivery is real unless every participant says `synthetic` = yes. Columns
that this format does not know are named in the report and not read.

Beside the columns of the contract there are some that only an export (see `simple_export`) needs to come back as it was: in
participants.csv `cut_date`, the date of the data cut, and `cut_day`, its day on the participant's clock; in counts.csv `after_dose` (yes)
and `sample`, which tells equal counts of one day apart that come from different samples. The amount of a dose may be `unknown`.
"""

from __future__ import annotations

import re

import pandas as pd

from dashboard.study.columns import STATUSES
from dashboard.study.protocol import StudyProtocol
from data_access.assembly import derive_after_dose
from data_access.cohorts import cohort_names
from data_access.measuring import derive_value, is_unscheduled, note_unknown_labels, select_once
from data_access.numbers import MOST_AMOUNT, read_amount
from data_access.reading import ENDING_COLUMNS, GIVEN_COLUMNS, MEASURED_COLUMNS, PEOPLE_COLUMNS, Reading, stack
from data_access.report import FileRows, Findings
from data_access.sdtm.demographics import read_age, read_sex
from data_access.sdtm.exposure import ABOVE_MOST
from data_access.simple_clock import Roster, read_days, read_roster, read_when
from data_access.simple_events import YES, read_events
from data_access.simple_records import read_simple_findings, read_simple_milestones
from data_access.text_tables import TextTable, find_words
from data_access.traits import read_traits, trait_columns

REQUIRED = {
    "participants": ("PARTICIPANT", "COHORT", "SEX", "AGE", "FIRST_DOSE_DATE"),
    "counts": ("PARTICIPANT",),
    "doses": ("PARTICIPANT", "DOSE", "UNIT"),
}
LONG = ("ANALYTE", "VALUE", "UNIT")
WIDE = re.compile(r"(?P<analyte>[^\[\]]+?)\s*\[(?P<unit>[^\[\]]+)\]")
EVENTS, FINDINGS, MILESTONES = "adverse_events", "findings", "milestones"
OPTIONAL = {
    EVENTS: ("PARTICIPANT", "TERM"),
    FINDINGS: ("PARTICIPANT", "DOMAIN", "TEST", "VALUE"),
    MILESTONES: ("PARTICIPANT", "TERM"),
}
KNOWN = {
    "participants": (*REQUIRED["participants"], "STATUS", "LAST_DAY", "SYNTHETIC", "CUT_DATE", "CUT_DAY"),
    "counts": ("PARTICIPANT", "DAY", "DATE", "VISIT", "UNSCHEDULED", "AFTER_DOSE", "SAMPLE"),
    "doses": (*REQUIRED["doses"], "DAY", "DATE"),
    EVENTS: (
        "PARTICIPANT", "TERM", "REPORTED_TERM", "BODY_SYSTEM", "CATEGORY", "START_DAY", "START_DATE", "START_PRECISION", "END_DAY",
        "END_DATE", "END_PRECISION", "ONGOING", "GRADE", "SEVERITY", "GRADING_SCALE", "SERIOUS", "RELATION", "RELATED", "ACTION", "OUTCOME",
    ),
    FINDINGS: (*OPTIONAL[FINDINGS], "DAY", "DATE", "UNIT", "LABEL", "CATEGORY", "OBJECT", "VISIT"),
    MILESTONES: (*OPTIONAL[MILESTONES], "DAY", "DATE", "CATEGORY"),
}  # fmt: skip
UNKNOWN_AMOUNT = "unknown"


def is_simple(table: TextTable) -> bool:
    """Whether a table has one of the names of this format."""
    return table.name in KNOWN and (not table.has("DOMAIN") or (table.name == FINDINGS and table.has("PARTICIPANT")))


def read_simple(tables: list[TextTable], protocol: StudyProtocol, findings: Findings) -> Reading:
    """Read the files; every reason to refuse is collected in `findings`.

    DeliveryRefusedError at once when a file or column is missing, or participants.csv does not say who is who.
    """
    named = {table.name: table for table in tables}
    _require_files(named, protocol, findings)
    people, doses, counts = named["participants"], named["doses"], named["counts"]
    roster = read_roster(people, doses, findings)
    given = _read_doses(doses, roster, findings)
    measured, samples = _read_counts(counts, roster, protocol, findings)
    _refuse_wrong_start(people, given, roster, findings)
    synthetic = _read_synthetic(people, findings)
    measured = _select_once(derive_after_dose(measured, given), samples, findings)
    records = _read_records(named, roster, protocol, findings)
    records["trait"] = read_traits(people, people.text("PARTICIPANT"), protocol, findings, simple=True)
    endings = _read_endings(people, roster, findings)
    return Reading(synthetic, _read_people(people, roster, protocol, findings), endings, given, measured, records, roster.cut_on)


def _read_records(named: dict[str, TextTable], roster: Roster, protocol: StudyProtocol, findings: Findings) -> dict[str, pd.DataFrame]:
    records = {}
    if EVENTS in named:
        records["adverse_event"] = read_events(named[EVENTS], roster, findings)
    if FINDINGS in named:
        records["finding"] = read_simple_findings(named[FINDINGS], roster, protocol, findings)
    if MILESTONES in named:
        records["milestone"] = read_simple_milestones(named[MILESTONES], roster, findings)
    return records


def find_cohort_column(people: TextTable, protocol: StudyProtocol) -> str:
    """The column of participants.csv with the cohorts: `cohort`, else the one that the definition names."""
    named = protocol.delivery.cohort_column.upper()
    return named if people.has(named) and not people.has("COHORT") else "COHORT"


def _require_files(named: dict[str, TextTable], protocol: StudyProtocol, findings: Findings) -> None:
    for name, columns in {**REQUIRED, **OPTIONAL}.items():
        if name in named:
            table, kind = named[name], name.replace("_", " ")
            findings.files.append(FileRows(table.file, kind, len(table.frame)))
            findings.read[kind] += len(table.frame)
            cohort = find_cohort_column(table, protocol)
            _require(table, tuple(cohort if column == "COHORT" else column for column in columns), findings)
            _note_unknown(table, trait_columns(protocol, simple=True) if name == "participants" else (), findings)
        elif name in REQUIRED:
            findings.refuse(f"{name}.csv", "the file is missing")
    findings.raise_refusals()


def _note_unknown(table: TextTable, more: tuple[str, ...], findings: Findings) -> None:
    """Columns that are not read are named, so that a slip in a name is seen."""
    long = table.has("ANALYTE")
    known = {*KNOWN[table.name], *more, *(LONG if table.name == "counts" and long else ())}
    for header in table.headers:
        analyte_column = table.name == "counts" and not long and WIDE.fullmatch(header)
        if header.upper() not in known and not analyte_column:
            findings.note(
                "unknown-column", f"{table.file}: the column “{header}” is not known to this format and was not read", len(table.frame)
            )


def _require(table: TextTable, columns: tuple[str, ...], findings: Findings) -> None:
    for column in columns:
        if not table.has(column):
            findings.refuse(table.file, "the column is missing", None, column.lower())
    if table.name in ("counts", "doses", FINDINGS, MILESTONES) and not (table.has("DAY") or table.has("DATE")):
        findings.refuse(table.file, "the column is missing", None, "day or date")


def _read_people(people: TextTable, roster: Roster, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    column = find_cohort_column(people, protocol)
    cohorts = people.text(column)
    keys = find_words(cohorts.str.casefold(), cohort_names(protocol))
    choices = ", ".join(protocol.cohort_keys)
    findings.refuse_rows(people.file, f"is no cohort of this study; the cohorts are {choices}", cohorts[keys == ""], column.lower())
    rows = people.frame.assign(
        participant=people.text("PARTICIPANT"),
        cohort=keys,
        sex=read_sex(people, findings),
        age=read_age(people, findings),
        enrolled_on=None,
        ended_on=people.text("PARTICIPANT").map(roster.first_on).astype("Int64") + read_days(people, "LAST_DAY", findings),
    )
    return stack([rows], PEOPLE_COLUMNS)


def _read_endings(people: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    status = people.text("STATUS").str.lower()
    allowed = [name for name in STATUSES if name != "not dosed"]
    findings.refuse_rows(people.file, f"is no status; use one of {', '.join(allowed)}", status[~status.isin([*STATUSES, ""])], "status")
    last_day = read_days(people, "LAST_DAY", Findings())
    on = people.text("PARTICIPANT").map(roster.first_on).astype("Int64") + last_day
    rows = pd.DataFrame({"participant": people.text("PARTICIPANT"), "status": status, "on": on, "day": last_day})
    return stack([rows[~status.isin(["", "ongoing", "not dosed"])]], ENDING_COLUMNS)


def _read_synthetic(people: TextTable, findings: Findings) -> bool:
    marks = people.text("SYNTHETIC").str.upper().isin(YES)
    if marks.any() and not marks.all():
        findings.refuse_rows(people.file, "mixes synthetic and real participants", people.text("SYNTHETIC")[~marks], "synthetic")
    return bool(marks.any())


def _refuse_wrong_start(people: TextTable, doses: pd.DataFrame, roster: Roster, findings: Findings) -> None:
    """The first dose is day 0 by definition, and a stated first dose must be among the doses."""
    day = (doses["on"] - doses["participant"].map(roster.first_on).astype("Int64")).fillna(doses["day"])
    first = day == day.groupby(doses["participant"]).transform("min")
    wrong = (first & (day != 0)).fillna(False).to_numpy(bool)
    for row, its in zip(doses["source_row"][wrong], day[wrong], strict=True):
        findings.refuse("doses.csv", "the first dose of a participant must be day 0", int(row), "day", str(its))
    stated = people.text("FIRST_DOSE_DATE")
    missing = (stated != "") & ~people.text("PARTICIPANT").isin(set(doses["participant"]))
    findings.refuse_rows(people.file, "has a first dose that is not in doses.csv", stated[missing], "first_dose_date")


def _read_doses(doses: TextTable, roster: Roster, findings: Findings) -> pd.DataFrame:
    texts = doses.text("DOSE")
    amounts = texts.map({text: read_amount(text) for text in texts.unique()}).astype("float64")
    faulty = amounts.isna() & (texts.str.lower() != UNKNOWN_AMOUNT)
    findings.refuse_rows(doses.file, f"must be a number that is not negative, or “{UNKNOWN_AMOUNT}”", texts[faulty], "dose")
    findings.refuse_rows(doses.file, ABOVE_MOST, texts[amounts > MOST_AMOUNT], "dose")
    rows = read_when(doses, roster, findings).assign(
        amount=amounts, amount_unit=doses.text("UNIT"), reason="", source_file=doses.name, source_row=doses.frame.index
    )
    return stack([rows], GIVEN_COLUMNS)


def _read_counts(counts: TextTable, roster: Roster, protocol: StudyProtocol, findings: Findings) -> tuple[pd.DataFrame, pd.Series]:
    """The counts, columns MEASURED_COLUMNS, and the sample that each of them comes from, where the file names samples."""
    known = {code.casefold(): analyte.key for analyte in protocol.analytes for code in (*analyte.codes, analyte.key, analyte.short)}
    parts = _long_parts(counts, known, findings) if counts.has("ANALYTE") else _wide_parts(counts, known, findings)
    when = read_when(counts, roster, findings)
    labels = counts.text("VISIT")
    note_unknown_labels(labels, counts.file, protocol, findings)
    marked = is_unscheduled(labels, protocol.delivery) | counts.text("UNSCHEDULED").str.upper().isin(YES)
    shared = when.assign(
        visit_label=labels,
        marked_unscheduled=marked,
        after_dose=counts.text("AFTER_DOSE").str.upper().isin(YES),
        source_file=counts.name,
        source_row=counts.frame.index,
        file=counts.file,
    )
    joined = [derive_value(shared.join(part, how="inner", validate="one_to_one"), protocol, findings) for part in parts]
    measured = stack(joined, MEASURED_COLUMNS)
    return measured, counts.text("SAMPLE").reindex(measured["source_row"]).set_axis(measured.index)


def _select_once(measured: pd.DataFrame, samples: pd.Series, findings: Findings) -> pd.DataFrame:
    """The counts without repeated ones; equal counts of different samples are different counts."""
    kept = select_once(measured.assign(time=measured["time"] + samples), findings)
    return measured.loc[kept.index]


def _long_parts(counts: TextTable, known: dict[str, str], findings: Findings) -> list[pd.DataFrame]:
    _require(counts, LONG, findings)
    names = counts.text("ANALYTE")
    keys = find_words(names.str.casefold(), known)
    findings.leave_out("counts", "not an analyte of this study", int((keys == "").sum()))
    return [_part(counts, keys, "VALUE", counts.text("UNIT"), "unit", findings)]


def _wide_parts(counts: TextTable, known: dict[str, str], findings: Findings) -> list[pd.DataFrame]:
    """One part per analyte column; a wide row is read as one count per such column."""
    without_unit = _refuse_without_unit(counts, known, findings)
    columns = {header.upper(): match for header in counts.headers if (match := WIDE.fullmatch(header))}
    of_study = {name: match for name, match in columns.items() if match["analyte"].casefold() in known}
    if not of_study and not without_unit:
        findings.refuse(counts.file, "has neither a column analyte nor a column such as “ALC [10^9/L]”")
    names = [match["analyte"].casefold() for match in of_study.values()]
    for name, match in of_study.items():
        if [known[other] for other in names].count(known[match["analyte"].casefold()]) > 1:
            findings.refuse(counts.file, "the analyte has more than one column", None, name)
    findings.read["counts"] += len(counts.frame) * (len(columns) - 1)
    findings.leave_out("counts", "not an analyte of this study", len(counts.frame) * (len(columns) - len(of_study)))
    parts = []
    for name, match in of_study.items():
        index = counts.frame.index
        keys = pd.Series(known[match["analyte"].casefold()], index=index, dtype="str")
        parts.append(_part(counts, keys, name, pd.Series(match["unit"], index=index, dtype="str"), name, findings))
    return parts


def _refuse_without_unit(counts: TextTable, known: dict[str, str], findings: Findings) -> bool:
    """Refuse the columns that are named like an analyte and have no unit in brackets; whether there is one."""
    bare = [header for header in counts.headers if not WIDE.fullmatch(header) and re.split(r"[\[(]", header)[0].strip().casefold() in known]
    for header in bare:
        name = re.split(r"[\[(]", header)[0].strip()
        findings.refuse(counts.file, f"needs a unit, such as {name} [/uL]", None, header)
    return bool(bare)


def _part(counts: TextTable, keys: pd.Series, column: str, units: pd.Series, unit_column: str, findings: Findings) -> pd.DataFrame:
    texts = counts.text(column)
    findings.leave_out("counts", "not done, or without a result", int(((texts == "") & (keys != "")).sum()))
    part = pd.DataFrame({"analyte": keys, "value_text": texts, "unit_text": units}).assign(value_column=column, unit_column=unit_column)
    return part[(keys != "") & (texts != "")]
