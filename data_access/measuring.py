"""What every format does with counts: units to cells/µL, equal rows kept once, visit labels read."""

from __future__ import annotations

import pandas as pd

from dashboard.study.identity import DeliveryRules
from dashboard.study.protocol import StudyProtocol
from data_access.numbers import find_factors, read_result, unit_factors
from data_access.report import Findings

TWICE = "the same count delivered twice"
MOST_LABELS = 20


def derive_value(rows: pd.DataFrame, protocol: StudyProtocol, findings: Findings) -> pd.DataFrame:
    """Add `value` (cells/µL) and `below_loq` from `value_text` and `unit_text`; refuse by row what is no result or has no known unit.

    `rows` is indexed by row of the file; its columns `file`, `value_column` and `unit_column` say where the texts stand.
    """
    factors = find_factors(rows["unit_text"], unit_factors(protocol))
    unknown = factors.isna()
    _refuse(rows[unknown], "unit", f"is no unit of this study; its units are {_unit_names(protocol)}", findings)
    pairs = pd.DataFrame({"text": rows["value_text"], "factor": factors.where(~unknown, 1.0)})
    read = {pair: read_result(*pair) for pair in pairs.drop_duplicates().itertuples(index=False, name=None)}
    results = [read[pair] for pair in zip(pairs["text"], pairs["factor"], strict=True)]
    faults = pd.Series([result.fault for result in results], index=rows.index, dtype="str")
    for fault in sorted(set(faults) - {""}):
        _refuse(rows[faults == fault], "value", fault, findings)
    return rows.assign(
        value=pd.Series([result.value for result in results], index=rows.index, dtype="float64"),
        below_loq=pd.Series([result.below_loq for result in results], index=rows.index, dtype="bool"),
    )


def select_once(rows: pd.DataFrame, findings: Findings) -> pd.DataFrame:
    """Keep the first of rows equal in participant, analyte, date, time, day, value and unit as delivered, and draw relative to the dose.

    The others are counted as left out. Different values under one key are all kept, with a note.
    """
    moment = ["participant", "analyte", "on", "time", "day", "after_dose"]
    once = rows.drop_duplicates([*moment, "value_text", "unit_text"])
    findings.leave_out("counts", TWICE, len(rows) - len(once))
    several = once.duplicated(moment, keep=False)
    text = "different values of one analyte at the same date and time; all are kept and enter calculations as their mean"
    for file, part in once[several].groupby("source_file", sort=False):
        findings.note("different-values", text, pd.Index(part["source_row"]), str(file))
    return once


def is_unscheduled(labels: pd.Series, rules: DeliveryRules) -> pd.Series:
    """Whether a visit label contains one of the study's labels for unscheduled visits, regardless of case."""
    return contains_any(labels, rules.unscheduled_labels)


def contains_any(texts: pd.Series, words: tuple[str, ...]) -> pd.Series:
    """Whether a text contains one of `words`, regardless of case."""
    found = {text: any(word.casefold() in text.casefold() for word in words) for text in texts.unique()}
    return texts.map(found).astype("bool")


def note_unknown_labels(labels: pd.Series, file: str, protocol: StudyProtocol, findings: Findings) -> None:
    """Note each visit label that names no planned visit and says nothing of being unscheduled, with its rows in `file`.

    A label names a visit when it is its key, its label, its short label or an alias, regardless of case. Beyond MOST_LABELS labels of a
    file the others share one note.
    """
    named = {name.strip().casefold() for visit in protocol.visits for name in (visit.key, visit.label, visit.short, *visit.aliases)}
    known = {text: not text or text.strip().casefold() in named for text in labels.unique()}
    strange = labels[~labels.map(known).astype("bool") & ~is_unscheduled(labels, protocol.delivery)]
    for number, label in enumerate(strange.unique()):
        rows, name = strange.index[strange == label], f"“{label}”" if number < MOST_LABELS else "(one of many more)"
        text = f"the visit label {name} names no planned visit of the definition and no unscheduled one; only the day places its records"
        findings.note("unknown-visit-label", text, rows, file)


def _refuse(rows: pd.DataFrame, what: str, rule: str, findings: Findings) -> None:
    for (file, column), part in rows.groupby(["file", f"{what}_column"], sort=False):
        findings.refuse_rows(str(file), rule, part[f"{what}_text"], str(column))


def _unit_names(protocol: StudyProtocol) -> str:
    return ", ".join(name for unit in protocol.units for name in unit.names)
