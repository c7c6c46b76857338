"""IS, PC, PP, VS, RS and what a study maps of FA, QS and other domains: results that are no counts, by their general variables.

The standardised result (--STRESC, else --STRESN, with --STRESU) is read where there is one, because findings have no table of units by
which original results of several laboratories could be compared; else the original result (--ORRES, --ORRESU). Nothing is converted.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from math import isnan, nan

import pandas as pd

from dashboard.study.protocol import STORED_DOMAINS, StudyProtocol
from data_access.measuring import contains_any, is_unscheduled, note_unknown_labels
from data_access.numbers import read_amount, read_number
from data_access.reading import READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.sdtm.demographics import Demographics
from data_access.sdtm.opening import open_records
from data_access.sdtm.results import find_not_done
from data_access.sdtm.timing import note_undated, read_moments
from data_access.text_tables import TextTable

TABLE = "finding"
# Domains that measure an amount: there a number below zero is impossible.
AMOUNTS = ("IS", "PC", "VS")
BELOW_LIMIT = ("BLQ", "BLOQ", "BQL", "LLOQ", "<LLOQ", "< LLOQ", "BELOW LLOQ", "BELOW LIMIT OF QUANTIFICATION")
ABOVE = re.compile(r">=?\s*\d.*")


@dataclass(frozen=True)
class _Result:
    """A result text as a number. `fault` is empty, or the reason to refuse it; `above` marks `>x`."""

    value: float = nan
    limit: float = nan
    below_loq: bool = False
    above: bool = False
    fault: str = ""


@dataclass(frozen=True)
class ResultTexts:
    """The result texts that are read, with their units and the columns in which they stand."""

    value: pd.Series = field(repr=False)
    unit: pd.Series = field(repr=False)
    column: pd.Series = field(repr=False)


def finding_domains(protocol: StudyProtocol) -> dict[str, tuple[str, ...]]:
    """Domain to the tests (in capitals) that are stored of it; no test means all of them."""
    mapped: dict[str, tuple[str, ...]] = dict.fromkeys(STORED_DOMAINS, ())
    return mapped | {rule.domain: tuple(test.upper() for test in rule.tests) for rule in protocol.findings}


def read_findings(table: TextTable, prefix: str, protocol: StudyProtocol, who: Demographics, findings: Findings) -> pd.DataFrame:
    """The results of one data set of domain `prefix`, READ_COLUMNS of `finding`; rows without result are left out and counted.

    A number keeps its value, `<x` is half of x with limit x, a result in words has no value, and so has `>x`, with a note. Refused by
    row: a number that is not finite, has a decimal comma, or lies below zero where an amount is measured; a --LLOQ or --STRESN that is
    no number. A partial date gives no day.
    """
    kind, code = KIND_OF_TABLE[TABLE], f"{prefix}TESTCD"
    table = open_records(table, prefix, ("USUBJID", code), kind, protocol, who, findings)
    table = _select_results(_select_tests(table, code, finding_domains(protocol).get(prefix, ()), findings), prefix, findings)
    texts = _result_texts(table, prefix)
    when, labels = _read_moments(table, prefix, who, findings), table.text("VISIT")
    note_unknown_labels(labels, table.file, protocol, findings)
    rows = table.frame.assign(
        participant=table.text("USUBJID"),
        domain=prefix,
        test=table.text(code),
        label=table.text(f"{prefix}TEST"),
        category=table.text(f"{prefix}CAT"),
        object=_objects(table, prefix),
        on=when["on"],
        day=when["day"],
        time=when["time"],
        timepoint=table.text(f"{prefix}TPT"),
        visit_label=labels,
        **read_values(table, prefix, texts, findings),
        after_dose=contains_any(table.text(f"{prefix}TPT"), protocol.delivery.after_dose_timepoints),
        marked_unscheduled=is_unscheduled(labels, protocol.delivery),
        value_text=texts.value,
        unit_text=texts.unit,
        source_file=table.source,
        source_row=table.frame.index,
    )
    return stack([rows], READ_COLUMNS[TABLE])


def _select_tests(table: TextTable, code: str, tests: tuple[str, ...], findings: Findings) -> TextTable:
    wanted = table.text(code).str.upper().isin(tests) if tests else pd.Series(True, index=table.frame.index)
    findings.leave_out(KIND_OF_TABLE[TABLE], "not a test that the study definition names", int((~wanted).sum()))
    return table.only(wanted)


def _select_results(table: TextTable, prefix: str, findings: Findings) -> TextTable:
    not_done = find_not_done(table, prefix, findings)
    findings.leave_out(KIND_OF_TABLE[TABLE], "not done, or without a result", int(not_done.sum()))
    return table.only(~not_done)


def _result_texts(table: TextTable, prefix: str) -> ResultTexts:
    value, unit = table.text(f"{prefix}ORRES"), table.text(f"{prefix}ORRESU")
    column = pd.Series(f"{prefix}ORRES", index=value.index, dtype="str")
    for name in ("STRESN", "STRESC"):
        standard = table.text(f"{prefix}{name}")
        there = standard != ""
        value, column = value.mask(there, standard), column.mask(there, f"{prefix}{name}")
        unit = unit.mask(there & (table.text(f"{prefix}STRESU") != ""), table.text(f"{prefix}STRESU"))
    return ResultTexts(value, unit, column)


def _objects(table: TextTable, prefix: str) -> pd.Series:
    """What was tested: the object of a finding about, the binding agent of an antibody, else the specimen."""
    found = pd.Series("", index=table.frame.index, dtype="str")
    for name in ("OBJ", "BDAGT", "SPEC"):
        found = found.where(found != "", table.text(f"{prefix}{name}"))
    return found


def _read_moments(table: TextTable, prefix: str, who: Demographics, findings: Findings) -> pd.DataFrame:
    column = f"{prefix}DTC"
    if prefix == "PP" and not table.has(column):
        # A parameter belongs to a profile: without a date of its own, the reference date of the profile.
        column = "PPRFTDTC"
    when = read_moments(table, column, f"{prefix}DY", who, findings)
    partial = when["precision"].isin(("month", "year"))
    findings.note("partial-date", f"{column} is a partial date and was not used", partial.index[partial], table.file)
    when = when.assign(on=when["on"].mask(partial))
    note_undated(table.only(~partial), column, when[~partial], findings)
    return when


def read_values(table: TextTable, prefix: str, texts: ResultTexts, findings: Findings) -> dict[str, pd.Series]:
    """Columns value, below_loq and limit of the results `texts` of domain `prefix`; faulty ones are refused by row."""
    limits = _read_limits(table, prefix, findings)
    pairs = pd.DataFrame({"text": texts.value, "limit": limits})
    known = {pair: _read_result(*pair, negative=prefix not in AMOUNTS) for pair in set(zip(pairs["text"], pairs["limit"], strict=True))}
    results = [known[pair] for pair in zip(pairs["text"], pairs["limit"], strict=True)]
    faults = pd.Series([result.fault for result in results], index=limits.index, dtype="str")
    # STRESN is numeric by definition; words in it are as wrong as a number that is none.
    wordy = table.text(f"{prefix}STRESN").map(lambda text: text != "" and isnan(read_number(text)[0])).astype("bool")
    findings.refuse_rows(table.file, "is no number", table.text(f"{prefix}STRESN")[wordy & (faults == "")], f"{prefix}STRESN")
    for column, part in texts.value[faults != ""].groupby(texts.column, sort=False):
        for fault in sorted(set(faults[part.index])):
            findings.refuse_rows(table.file, fault, part[faults[part.index] == fault], str(column))
    above = pd.Series([result.above for result in results], index=limits.index, dtype="bool")
    text = "a result above the limit of quantification has no value; its text is kept"
    findings.note("above-limit", text, above.index[above], table.file)
    return {
        "value": pd.Series([result.value for result in results], index=limits.index, dtype="float64"),
        "below_loq": pd.Series([result.below_loq for result in results], index=limits.index, dtype="bool"),
        "limit": pd.Series([result.limit for result in results], index=limits.index, dtype="float64"),
    }


def _read_limits(table: TextTable, prefix: str, findings: Findings) -> pd.Series:
    texts = table.text(f"{prefix}LLOQ")
    limits = texts.map({text: read_amount(text) for text in texts.unique()}).astype("float64")
    faulty = limits.isna() & (texts != "")
    findings.refuse_rows(table.file, "the limit must be a number that is not negative", texts[faulty], f"{prefix}LLOQ")
    # A pair is looked up by its limit, and NaN is not equal to itself.
    return limits.fillna(-1.0)


def _read_result(text: str, limit: float, *, negative: bool) -> _Result:
    stated = nan if limit < 0 else limit
    if text.upper() in BELOW_LIMIT and limit >= 0:
        return _Result(limit / 2, limit, below_loq=True)
    below = text.startswith("<")
    value, fault = read_number(text[1:].strip() if below else text)
    if value < 0 and (below or not negative):
        fault = "must not be negative"
    if fault:
        return _Result(fault=fault)
    if below and not isnan(value):
        return _Result(value / 2, value, below_loq=True)
    return _Result(value, stated, above=ABOVE.fullmatch(text) is not None)
