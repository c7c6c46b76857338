"""ADLB: the counts, and the values that the delivery derived from them itself (claims).

AVAL is read in the unit of AVALU, of the parentheses that end PARAM (“Lymphocytes (GI/L)”), or of LBSTRESU; without any of them LBORRES
in LBORRESU. An AVALC such as `<5` says that AVAL lies below the limit of quantification. Records that were derived and not measured
(DTYPE, such as AVERAGE or LOCF, or PARAMTYP DERIVED) are left out and counted; their claims are not read.
"""

from __future__ import annotations

import re
from decimal import Decimal
from math import nan

import pandas as pd

from dashboard.study.protocol import StudyProtocol
from data_access.adam.dates import read_when
from data_access.measuring import contains_any, derive_value, is_unscheduled, note_unknown_labels
from data_access.numbers import find_factors, unit_factors
from data_access.reading import MEASURED_COLUMNS, READ_COLUMNS, stack
from data_access.report import Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.membership import select_enrolled
from data_access.sdtm.opening import open_domain, refuse_missing_columns
from data_access.text_tables import TextTable, find_words

NEEDED = ("USUBJID", "STUDYID", "PARAMCD")
NOT_OURS = "not an analyte of this study"
LAST_UNIT = re.compile(r".*\(([^()]+)\)\s*")
UNIT_COLUMNS = ("AVALU", "PARAM", "LBSTRESU")
# The derived columns that are numbers, and what they claim; a percent change has no unit to convert.
CLAIMED_NUMBERS = {"BASE": "baseline", "CHG": "change", "PCHG": "percent_change"}
CLAIMED_WORDS = {"AVISIT": "visit", "ABLFL": "baseline_record"}
# No baseline, change or percent change lies beyond; sums of larger numbers might overflow.
MOST_CLAIMED = 1_000_000_000
SIGNED = re.compile(r"-?(\d+(\.\d*)?|\.\d+)([eE][+-]?\d{1,4})?", re.ASCII)


def read_results(table: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> tuple[pd.DataFrame, pd.DataFrame]:
    """Counts (MEASURED_COLUMNS) and claims (READ_COLUMNS of `claim`) of one ADLB file; rows without result are left out and counted."""
    table = open_domain(table, NEEDED, "counts", protocol, who, findings)
    analytes = find_analytes(table, protocol, findings)
    findings.leave_out("counts", NOT_OURS, int((analytes == "").sum()))
    table = select_enrolled(table.only(analytes != ""), who, "counts", findings)
    table = _measured_only(table, findings)
    empty = (_value_texts(table) == "") & (table.text("LBORRES") == "")
    findings.leave_out("counts", "not done, or without a result", int(empty.sum()))
    table = table.only(~empty)
    texts = find_result_texts(table, protocol)
    rows = derive_value(texts, protocol, findings)
    when = read_when(table, who.reference_on, findings)
    labels = table.text("VISIT").where(table.text("VISIT") != "", table.text("AVISIT"))
    note_unknown_labels(labels, table.file, protocol, findings)
    timepoints = table.text("ATPT") + " " + table.text("LBTPT")
    rows = rows.assign(
        **when,
        participant=table.text("USUBJID"),
        analyte=analytes.loc[table.frame.index],
        after_dose=contains_any(timepoints, protocol.delivery.after_dose_timepoints),
        visit_label=labels,
        marked_unscheduled=is_unscheduled(labels, protocol.delivery),
        source_file=table.name,
        source_row=table.frame.index,
    )
    return stack([rows], MEASURED_COLUMNS), _claims(table, rows, protocol, findings)


def read_claims(table: TextTable, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The claims of one ADLB file whose counts are read from SDTM. Rows of people outside `who` are left aside, with a note."""
    if refuse_missing_columns(table, NEEDED, findings):
        return stack([], READ_COLUMNS["claim"])
    analytes = find_analytes(table, protocol, findings)
    known = table.text("USUBJID").isin(set(who.people["participant"]))
    away = (analytes != "") & ~known & ~table.text("USUBJID").isin(set(who.not_enrolled))
    findings.note("claims-of-nobody", "derived values of people who are not in DM were not compared", table.frame.index[away], table.file)
    derived = (table.text("DTYPE") != "") | (table.text("PARAMTYP") != "")
    table = table.only((analytes != "") & known & ~derived)
    when = read_when(table, who.reference_on, findings)
    rows = find_result_texts(table, protocol).assign(
        **when, participant=table.text("USUBJID"), analyte=analytes.loc[table.frame.index],
        source_file=table.name, source_row=table.frame.index,
    )  # fmt: skip
    return _claims(table, rows, protocol, findings)


def find_analytes(table: TextTable, protocol: StudyProtocol, findings: Findings) -> pd.Series:
    """Analyte key of every row by PARAMCD, else by LBLOINC; the empty text for a parameter that is no analyte of this study."""
    by_code = {code.casefold(): analyte.key for analyte in protocol.analytes for code in analyte.codes}
    by_loinc = {loinc: analyte.key for analyte in protocol.analytes for loinc in analyte.loinc}
    of_code, of_loinc = find_words(table.text("PARAMCD").str.casefold(), by_code), find_words(table.text("LBLOINC"), by_loinc)
    torn = (of_code != "") & (of_loinc != "") & (of_code != of_loinc)
    findings.refuse_rows(table.file, "the LOINC code means another analyte than the parameter", table.text("LBLOINC")[torn], "LBLOINC")
    return of_code.where(of_code != "", of_loinc)


def find_result_texts(table: TextTable, protocol: StudyProtocol) -> pd.DataFrame:
    """The result and unit texts of every row, and the columns they stand in, as `derive_value` wants them."""
    factors = unit_factors(protocol)
    unit, column = pd.Series("", index=table.frame.index, dtype="str"), pd.Series("AVALU", index=table.frame.index, dtype="str")
    for name in UNIT_COLUMNS:
        texts = _unit_texts(table, name)
        take = (unit == "") | (find_factors(unit, factors).isna() & find_factors(texts, factors).notna())
        take &= texts != ""
        unit, column = unit.where(~take, texts), column.where(~take, name)
    value = _value_texts(table)
    collected = (table.text("LBORRES") != "") & ((value == "") | (unit == ""))
    return pd.DataFrame(
        {
            "file": table.file,
            "value_text": value.where(~collected, table.text("LBORRES")),
            "unit_text": unit.where(~collected, table.text("LBORRESU")),
            "value_column": find_words(collected, {True: "LBORRES", False: "AVAL"}),
            "unit_column": column.where(~collected, "LBORRESU"),
        },
        index=table.frame.index,
    )


def _measured_only(table: TextTable, findings: Findings) -> TextTable:
    kinds = table.text("DTYPE").str.upper()
    kinds = kinds.where(kinds != "", table.text("PARAMTYP").str.upper())
    for kind, rows in kinds[kinds != ""].value_counts(sort=False).items():
        findings.leave_out("counts", f"derived by the delivery, not measured: {kind}", int(rows))
    return table.only(kinds == "")


def _value_texts(table: TextTable) -> pd.Series:
    """AVALC where it says “below x”, else AVAL, else AVALC."""
    value, words = table.text("AVAL"), table.text("AVALC")
    return words.where(words.str.startswith("<") | (value == ""), value)


def _unit_texts(table: TextTable, column: str) -> pd.Series:
    texts = table.text(column)
    if column != "PARAM":
        return texts
    known = {text: match[1].strip() if (match := LAST_UNIT.fullmatch(text)) else "" for text in texts.unique()}
    return texts.map(known).astype("str")


def _claims(table: TextTable, rows: pd.DataFrame, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    """One row per derived value that stands in `table`; `rows` has its participants, analytes, days and units."""
    table, rows = _one_baseline_type(table, rows, findings)
    factors = find_factors(rows["unit_text"], unit_factors(protocol)).fillna(1.0)
    parts = []
    for column, quantity in CLAIMED_NUMBERS.items():
        scale = pd.Series(1.0, index=rows.index) if quantity == "percent_change" else factors
        texts = table.text(column)
        findings.refuse_rows(table.file, "is no number", texts[~texts.str.fullmatch(SIGNED) & (texts != "")], column)
        values = pd.Series(_scale(texts, scale), index=rows.index, dtype="float64")
        beyond = f"lies beyond {MOST_CLAIMED:,}; a unit or a digit may be wrong"
        findings.refuse_rows(table.file, beyond, texts[values.abs() > MOST_CLAIMED], column)
        parts.append(_claim(rows, texts, quantity, values))
    for column, quantity in CLAIMED_WORDS.items():
        texts = table.text(column)
        parts.append(_claim(rows, texts.where((column != "ABLFL") | (texts.str.upper() == "Y"), ""), quantity, nan))
    claims = stack(parts, READ_COLUMNS["claim"])
    findings.read["claims"] += len(claims)
    return claims


def _claim(rows: pd.DataFrame, texts: pd.Series, quantity: str, values: pd.Series | float) -> pd.DataFrame:
    return rows.assign(quantity=quantity, value=values, value_text=texts)[texts != ""]


def _scale(texts: pd.Series, factors: pd.Series) -> list[float]:
    """Each text times its factor, exact in decimal arithmetic; NaN for what is no number. Equal pairs are worked out once."""
    pairs = list(zip(texts, factors, strict=True))
    known = {(text, factor): float(Decimal(text) * Decimal(repr(factor))) if SIGNED.fullmatch(text) else nan for text, factor in set(pairs)}
    return [known[pair] for pair in pairs]


def _one_baseline_type(table: TextTable, rows: pd.DataFrame, findings: Findings) -> tuple[TextTable, pd.DataFrame]:
    """Where a record stands there once per type of baseline, the claims of type LAST: only that rule has a counterpart here by default."""
    kinds = table.text("BASETYPE").str.upper()
    last = kinds.str.contains("LAST", regex=False)
    if kinds.nunique() < 2 or not last.any():
        return table, rows
    other = table.frame.index[~last]
    findings.note(
        "other-baseline-type", "derived values of another type of baseline than LAST (BASETYPE) were not compared", other, table.file
    )
    return table.only(last), rows[last]
