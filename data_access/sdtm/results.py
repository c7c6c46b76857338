"""LB and CP: the counts.

The original result with its unit (--ORRES, --ORRESU) is read where both are there and the unit is one of the study's: it is the text
the laboratory wrote, while a standardised number may have been rounded or stored in another floating-point format. Otherwise the
standardised result (--STRESC or --STRESN, --STRESU) is read. Where both disagree by more than one percent, a note says so.

An analyte is found by its test code (--TESTCD) or by its LOINC code (--LOINC). A LOINC code of one analyte beside the test code of
another is refused: one of them is wrong, and a count under the wrong name would not be noticed. A LOINC code that the definition does
not know, beside a test code that it knows, is noted, and the test code is used.
"""

from __future__ import annotations

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.measuring import contains_any, derive_value, is_unscheduled, note_unknown_labels
from data_access.numbers import find_factors, read_dates, read_result, unit_factors
from data_access.reading import MEASURED_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.membership import select_enrolled
from data_access.sdtm.opening import open_domain, refuse_conflicting_keys, refuse_study_day_zero
from data_access.sdtm.timing import NO_DATE, read_study_days
from data_access.text_tables import TextTable, find_words

AGREEMENT = 0.01


def read_results(table: TextTable, prefix: str, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The counts of one LB or CP file (`prefix` is its domain), columns MEASURED_COLUMNS; rows without result are left out and counted."""
    table = open_domain(table, ("USUBJID", f"{prefix}TESTCD"), "counts", protocol, who, findings)
    analytes = find_analytes(table, prefix, protocol, findings)
    table = select_enrolled(table.only(analytes != ""), who, "counts", findings)
    not_done = find_not_done(table, prefix, findings)
    findings.leave_out("counts", "not done, or without a result", int(not_done.sum()))
    table = table.only(~not_done)
    refuse_conflicting_keys(table, prefix, findings)
    refuse_study_day_zero(table, prefix, findings)
    rows = derive_value(_with_result_texts(table, prefix, protocol, findings), protocol, findings)
    _note_disagreement(table, rows, prefix, protocol, findings)
    rows = rows.assign(**_when(table, prefix, who, findings))
    labels = table.text("VISIT")
    note_unknown_labels(labels, table.file, protocol, findings)
    rows = rows.assign(
        participant=table.text("USUBJID"),
        analyte=analytes.loc[table.frame.index],
        after_dose=contains_any(table.text(f"{prefix}TPT"), protocol.delivery.after_dose_timepoints),
        visit_label=labels,
        marked_unscheduled=is_unscheduled(labels, protocol.delivery),
        source_file=table.source,
        source_row=table.frame.index,
    )
    return stack([rows], MEASURED_COLUMNS)


def find_analytes(table: TextTable, prefix: str, protocol: StudyProtocol, findings: Findings) -> pd.Series:
    """Analyte key of every row by test code, else by LOINC code; the empty text for a test that is no analyte of this study."""
    by_code = {code.casefold(): analyte.key for analyte in protocol.analytes for code in analyte.codes}
    by_loinc = {loinc: analyte.key for analyte in protocol.analytes for loinc in analyte.loinc}
    codes, loincs = table.text(f"{prefix}TESTCD"), table.text(f"{prefix}LOINC")
    of_code = find_words(codes.str.casefold(), by_code)
    of_loinc = find_words(loincs, by_loinc)
    torn = (of_code != "") & (of_loinc != "") & (of_code != of_loinc)
    findings.refuse_rows(table.file, "the LOINC code means another analyte than the test code", loincs[torn], f"{prefix}LOINC")
    strange = (of_code != "") & (of_loinc == "") & (loincs != "")
    text = "the LOINC code is none that the definition gives the analyte; the test code was used"
    findings.note("loinc-unknown", text, strange.index[strange], table.file)
    analytes = of_code.where(of_code != "", of_loinc)
    findings.leave_out("counts", "not an analyte of this study", int((analytes == "").sum()))
    return analytes


def find_not_done(table: TextTable, prefix: str, findings: Findings) -> pd.Series:
    """Which rows of findings have no result, or say NOT DONE; one that says so and has a result is noted."""
    columns = [f"{prefix}{name}" for name in ("ORRES", "STRESC", "STRESN")]
    empty = pd.concat([table.text(column) == "" for column in columns], axis=1).all(axis=1)
    stated = table.text(f"{prefix}STAT").str.upper() == "NOT DONE"
    torn = stated & ~empty
    text = f"{prefix}STAT says NOT DONE beside a result; the result was left out"
    findings.note("not-done-with-result", text, torn.index[torn], table.file)
    return empty | stated


def _standard(table: TextTable, prefix: str) -> pd.Series:
    text = table.text(f"{prefix}STRESC")
    return text.where(text != "", table.text(f"{prefix}STRESN"))


def _with_result_texts(table: TextTable, prefix: str, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    factors = unit_factors(protocol)
    original, standard = table.text(f"{prefix}ORRES"), _standard(table, prefix)
    unit, standard_unit = table.text(f"{prefix}ORRESU"), table.text(f"{prefix}STRESU")
    use_original = (original != "") & find_factors(unit, factors).notna()
    # Where neither unit is known the original is named in the refusal: it is what the sender can look up.
    use_original |= find_factors(standard_unit, factors).isna() | (standard == "")
    use_original &= original != ""
    strange = ~use_original & (original != "") & (unit != "")
    for name in unit[strange].unique():
        text = f"the definition does not know the original unit “{name}”; the standardised result was used"
        findings.note("unknown-original-unit", text, unit.index[strange & (unit == name)], table.file)
    return pd.DataFrame(
        {
            "file": table.file,
            "value_text": original.where(use_original, standard),
            "unit_text": unit.where(use_original, standard_unit),
            "value_column": find_words(use_original, {True: f"{prefix}ORRES", False: f"{prefix}STRESC"}),
            "unit_column": find_words(use_original, {True: f"{prefix}ORRESU", False: f"{prefix}STRESU"}),
        },
        index=table.frame.index,
    )


def _note_disagreement(table: TextTable, rows: pd.DataFrame, prefix: str, protocol: StudyProtocol, findings: Findings) -> None:
    standard = _standard(table, prefix)
    factors = find_factors(table.text(f"{prefix}STRESU"), unit_factors(protocol))
    pairs = pd.DataFrame({"text": standard, "factor": factors})[(standard != "") & factors.notna()]
    known = {pair: read_result(*pair).value for pair in pairs.drop_duplicates().itertuples(index=False, name=None)}
    other = pd.Series([known[pair] for pair in zip(pairs["text"], pairs["factor"], strict=True)], index=pairs.index, dtype="float64")
    value = rows.loc[other.index, "value"]
    apart = (value - other).abs() > AGREEMENT * pd.concat([value, other], axis=1).max(axis=1)
    text = "original and standardised result differ by more than one percent; the original was used"
    findings.note("results-differ", text, apart.index[apart], table.file)


def _when(table: TextTable, prefix: str, who: Demographics, findings: Findings) -> dict[str, pd.Series]:
    """Date, time and, where no date can be had, day of every row. --DY counts from DM.RFSTDTC and knows no day 0."""
    dtc, dy = f"{prefix}DTC", f"{prefix}DY"
    read, offset = read_dates(table.text(dtc)), read_study_days(table, dy)
    findings.refuse_rows(table.file, NO_DATE, table.text(dtc)[read["faulty"]], dtc)
    undated = read["on"].isna() & ~read["faulty"] & (table.text(dy) == "")
    findings.refuse_rows(table.file, "needs a full date (YYYY-MM-DD) or a study day", table.text(dtc)[undated], dtc)
    stated = table.text("USUBJID").map(who.reference_on).astype("Int64") + offset
    apart = (stated != read["on"]).fillna(False).astype(bool)
    findings.note("day-and-date-differ", f"{dtc} and {dy} name different days; the date was used", apart.index[apart], table.file)
    instead = read["on"].isna() & offset.notna()
    findings.note("day-instead-of-date", f"{dtc} is no full date; {dy} was used", instead.index[instead], table.file)
    on = read["on"].fillna(stated)
    return {"on": on, "time": read["time"], "day": offset.where(on.isna())}
