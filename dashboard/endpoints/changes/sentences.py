"""One sentence for every change of a record, written for whole tables at a time."""

from __future__ import annotations

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags
from dashboard.endpoints.changes.pairing import Pairing
from dashboard.endpoints.changes.reasons import VERBS
from dashboard.endpoints.changes.rules import PARTICIPANTS, TableRule
from dashboard.endpoints.changes.wording import name_column, write_numbers, write_words
from dashboard.study.columns import AMOUNT_UNIT, ANALYTE, BELOW_LOQ, COHORT, CUT_DAY, UNIT_TEXT, VALUE_TEXT

DETAIL_COLUMNS = {"change": "int64", "column": "str", "value_before": "str", "value_after": "str"}
NO_DETAILS = pd.DataFrame(columns=list(DETAIL_COLUMNS)).astype(DETAIL_COLUMNS)
SPAN_START, MINUS = "start_day", "\u2212"


def describe_presence(rule: TableRule, rows: pd.DataFrame, word: str) -> pd.Series:
    """“CD4 on day 98 added: 410 cells/µL” for each of `rows`; `word` is ADDED or REMOVED."""
    subject = _name_records(rule, rows)
    if rule is PARTICIPANTS:
        return subject + f" {word}: cohort " + rows[COHORT]
    measured = ": " + _measure(rule, rows) if rule.value else ""
    return subject + f" {word}" + measured


def describe_corrections(
    rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, pairing: Pairing, change: np.ndarray
) -> tuple[pd.Series, pd.DataFrame]:
    """A sentence for each pair that differs, and DETAIL_COLUMNS: one row per pair and column that differs, as words.

    `change` is CORRECTED, SHIFTED or FOLLOWED for each pair; `before` and `after` are the rows of the pairs, indexed alike, and the
    column `change` of the details is that index. “CD4 on day 98 corrected from 410 to 401 cells/µL, visit from “WEEK 14” to
    “UNSCHEDULED””. A value as delivered is not told beside the number made of it.
    """
    sentence = _name_records(rule, before) + " " + pd.Series(change, index=before.index, dtype="str").map(VERBS)
    details, first = [], np.ones(len(before), dtype=bool)
    for name in _in_telling_order(rule):
        differs = _differs(rule, pairing, name)
        if not differs.any():
            continue
        detail = _list_values(name, before[differs], after[differs])
        details.append(detail.rename_axis("change").reset_index())
        told = differs & ~_differs(rule, pairing, rule.value) if name == VALUE_TEXT and rule.value else differs
        clause = _write_clause(rule, name, before[told], after[told], detail[told[differs]])
        lead = np.where(first[told], "" if name == rule.value else ":", ",")
        sentence[told] = sentence[told] + lead + " " + clause
        first &= ~told
    return sentence, pd.concat(details, ignore_index=True) if details else NO_DETAILS


def _differs(rule: TableRule, pairing: Pairing, name: str) -> Flags:
    flags: Flags = ((pairing.changed >> rule.content.index(name)) & 1).astype(bool)
    return flags


def _list_values(name: str, before: pd.DataFrame, after: pd.DataFrame) -> pd.DataFrame:
    values = {"value_before": write_words(before[name]), "value_after": write_words(after[name])}
    return pd.DataFrame({"column": pd.Series(name, index=before.index, dtype="str"), **values})


def _in_telling_order(rule: TableRule) -> list[str]:
    """Content columns, the measured value first, and the first dose before what moves with it."""
    return sorted(rule.content, key=lambda name: name not in (rule.value, CUT_DAY))


def _write_clause(rule: TableRule, name: str, before: pd.DataFrame, after: pd.DataFrame, detail: pd.DataFrame) -> pd.Series:
    if rule is PARTICIPANTS and name == CUT_DAY:
        return _describe_first_dose(before[name], after[name])
    span = "from " + detail["value_before"] + " to " + detail["value_after"]
    return span + _unit(rule, after) if name == rule.value else f"{name_column(name)} " + span


def _describe_first_dose(before: pd.Series, after: pd.Series) -> pd.Series:
    """The first dose lies as many days earlier as the day of the data cut is higher. Its dates are not stored: days stand for them."""
    later = before - after
    days = write_numbers(later.abs())
    unit = pd.Series(np.where(days == "1", " day ", " days "), index=days.index, dtype="str")
    direction = pd.Series(np.where((later > 0).fillna(False), "later", "earlier"), index=days.index, dtype="str")
    place = write_numbers(later).str.replace("-", MINUS)
    moved = "the first dose moved from day 0 to day " + place + " as counted before (" + days + unit + direction + ")"
    return moved.mask(before.isna(), "the first dose dated, which it was not before").mask(after.isna(), "the first dose no longer dated")


def _name_records(rule: TableRule, rows: pd.DataFrame) -> pd.Series:
    """“CD4 on day 98”, “adverse event “Headache” from day 3”."""
    subject = pd.Series(rule.noun, index=rows.index, dtype="str")
    for name in rule.names:
        text = rows[name].str.upper() if name == ANALYTE else write_words(rows[name])
        subject = subject + " " + text if rule.noun or name != rule.names[0] else text
    if not rule.days or rule is PARTICIPANTS:
        return subject
    day = rows[rule.days[0]]
    placed = (" from day " if rule.days[0] == SPAN_START else " on day ") + write_numbers(day)
    return subject + placed.where(day.notna(), " without a day")


def _measure(rule: TableRule, rows: pd.DataFrame) -> pd.Series:
    """The number with its unit; a result in words, or below the limit of quantification, as it was delivered."""
    number = rows[rule.value]
    measured = write_numbers(number) + _unit(rule, rows)
    if BELOW_LOQ in rule.columns:
        measured = measured.mask(rows[BELOW_LOQ].to_numpy(dtype=bool), write_words(rows[VALUE_TEXT]) + ", below the limit")
    return measured.where(number.notna(), write_words(rows[VALUE_TEXT])) if VALUE_TEXT in rule.columns else measured


def _unit(rule: TableRule, rows: pd.DataFrame) -> pd.Series:
    unit = rows[rule.unit] if rule.unit in (AMOUNT_UNIT, UNIT_TEXT) else pd.Series(rule.unit, index=rows.index, dtype="str")
    return (" " + unit).where(unit != "", "")
