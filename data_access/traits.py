"""Traits: what a delivery says of each participant for the groupings of the study. One rule for every format and for `map`."""

from __future__ import annotations

from math import nan

import pandas as pd

from dashboard.study.groupings import Grouping
from dashboard.study.protocol import StudyProtocol
from data_access.numbers import read_number
from data_access.reading import READ_COLUMNS, stack
from data_access.report import KIND_OF_TABLE, Findings
from data_access.text_tables import TextTable

TABLE = "trait"
EMPTY = "no value delivered"


def trait_columns(protocol: StudyProtocol, simple: bool = False) -> tuple[str, ...]:
    """The columns of participants that the definition names, in upper case: those of the groupings, and that of the cohorts.

    In the simple format (`simple`) a column may also be called like its grouping.
    """
    keys = tuple(grouping.key.upper() for grouping in protocol.delivered_groupings) if simple else ()
    columns = (find_column(grouping) for grouping in protocol.delivered_groupings)
    return (*columns, *keys, protocol.delivery.cohort_column.upper())


def find_column(grouping: Grouping) -> str:
    """The column with the delivered values of `grouping`, in upper case; the empty text for a derived one, which is in none."""
    return (grouping.column or "").upper()


def find_trait_column(table: TextTable, grouping: Grouping, simple: bool = False) -> str:
    """The column of `table` with the values of `grouping`, in upper case: the one the definition names, else (`simple`) its key."""
    column, key = find_column(grouping), grouping.key.upper()
    return key if simple and not table.has(column) and table.has(key) else column


def find_categories(texts: pd.Series, grouping: Grouping) -> pd.Series:
    """The key of the category that each text means; the empty text for one that is in none."""
    keys = {text: grouping.find_category(text, _read_value(text, grouping)) for text in texts.unique()}
    return texts.map(keys).astype("str")


def _read_value(text: str, grouping: Grouping) -> float:
    return read_number(text)[0] if grouping.numeric else nan


def read_traits(
    table: TextTable, participants: pd.Series, protocol: StudyProtocol, findings: Findings, simple: bool = False
) -> pd.DataFrame:
    """The traits in `table`, columns READ_COLUMNS of `trait`; `participants` are the ids of its rows. `simple`: of the simple format.

    A word that is in no category, and a number in no range, are refused by row; an absent value is counted as left out. A column that is
    not there is noted: then nobody has a value.
    """
    parts = [
        _read_trait(table, find_trait_column(table, grouping, simple), participants, grouping, findings)
        for grouping in protocol.delivered_groupings
    ]
    return stack(parts, READ_COLUMNS[TABLE])


def _read_trait(table: TextTable, column: str, participants: pd.Series, grouping: Grouping, findings: Findings) -> pd.DataFrame:
    if not table.has(column):
        findings.note("trait-missing", f"no column {column} is delivered: nobody has a value of “{grouping.label}”", [table.file])
    texts = table.text(column)
    given = texts[~texts.map(grouping.is_absent).astype("bool")]
    rule = f"is no category of “{grouping.label}”; its {'ranges' if grouping.numeric else 'codes'} are {_describe_categories(grouping)}"
    findings.refuse_rows(table.file, rule, given[find_categories(given, grouping) == ""], column)
    findings.read[KIND_OF_TABLE[TABLE]] += len(texts)
    findings.leave_out(KIND_OF_TABLE[TABLE], EMPTY, len(texts) - len(given))
    return pd.DataFrame(
        {
            "participant": participants.loc[given.index],
            "trait": grouping.key,
            "value": [_read_value(text, grouping) for text in given],
            "value_text": given,
            "source_file": table.source,
            "source_row": given.index,
            "on": None,
        }
    )


def _describe_categories(grouping: Grouping) -> str:
    if not grouping.numeric:
        return ", ".join(code for category in grouping.categories for code in category.codes)
    return ", ".join(category.label for category in grouping.categories)
