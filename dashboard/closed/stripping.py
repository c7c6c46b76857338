"""A closed study without its cohorts: what could tell them is taken out of definition and rows before anything is derived.

What is left does not depend on the cohorts, on the amounts given, or on how the delivery names anything: two deliveries that differ in
these alone are the same rows here, in the same order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import pandas as pd
from pandas.util import hash_pandas_object

from dashboard.study.columns import (
    ADVERSE_EVENT_COLUMNS,
    AMOUNT,
    AMOUNT_UNIT,
    COHORT,
    COUNT_COLUMNS,
    DOSE_COLUMNS,
    DOSE_NUMBER,
    DOSED,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    SOURCE_FILE,
    SOURCE_ROW,
    UNIT_TEXT,
    VALUE_TEXT,
    VISIT_LABEL,
    conform,
)
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import StudyData

ALL, ALL_LABEL = "all", "All participants"
NOT_SHOWN = "Not shown before the final release."
# Texts of a delivery and what tells a dose; each is emptied in every table.
TEXTS = (VISIT_LABEL, VALUE_TEXT, UNIT_TEXT, SOURCE_FILE, AMOUNT_UNIT, "reported_term", "category")
# Parts of a definition that speak of cohorts, or of what one participant may show of them.
PARTS: Mapping[str, Any] = {"notes": (), "members": (), "groupings": (), "reported": ()}


@dataclass(frozen=True)
class Stripped:
    """The rows of a data cut about everybody who was dosed, without cohorts: `data`, and `events` as ADVERSE_EVENT_COLUMNS."""

    data: StudyData
    events: pd.DataFrame


def strip_protocol(protocol: StudyProtocol) -> StudyProtocol:
    """The definition with one cohort, “All participants”, that holds everybody; without amounts, notes and decisions about cohorts."""
    told = protocol.model_dump()
    told["cohorts"] = ({"key": ALL, "label": ALL_LABEL, "codes": (ALL,)},)
    told["study"] |= {"intervention": NOT_SHOWN, "source": NOT_SHOWN, "cohort_word": ALL_LABEL}
    told["delivery"] |= {"not_enrolled": ()}
    told["exposure"] |= {"unit": "-", "treatments": ("-",)}
    told["safety"] |= {"decisions": (), "dose_limiting": None, "target": None, "body_weight": None}
    return StudyProtocol.model_validate(told | dict(PARTS))


def strip_rows(data: StudyData, events: pd.DataFrame) -> Stripped:
    """The rows of the dosed participants under names that say nothing, in an order that follows from what is left of them.

    `events` are rows of ADVERSE_EVENT_COLUMNS. Participants are numbered by a hash of their stripped rows, so that neither a name nor
    the place of a row in the delivery decides anything.
    """
    people = data.participants[data.participants[DOSED]]
    tables = {
        "participants": _empty(people, PARTICIPANT_COLUMNS, ()),
        "counts": _empty(data.counts, COUNT_COLUMNS, people[PARTICIPANT]),
        "doses": _empty(data.doses, DOSE_COLUMNS, people[PARTICIPANT]),
        "events": _empty(events, ADVERSE_EVENT_COLUMNS, people[PARTICIPANT]),
    }
    names = _name_participants(tables)
    orders = {
        "participants": [PARTICIPANT],
        "counts": [PARTICIPANT, "analyte", "day", "value"],
        "doses": [PARTICIPANT, DOSE_NUMBER],
        "events": [PARTICIPANT, "start_day", "term", "grade"],
    }
    named = {name: _rename(table, names, orders[name]) for name, table in tables.items()}
    stripped = replace(data, participants=named["participants"], counts=named["counts"], doses=named["doses"])
    return Stripped(stripped, named["events"])


def _empty(rows: pd.DataFrame, columns: dict[str, str], people: Sequence[str] | pd.Series) -> pd.DataFrame:
    """The rows of `people` (all where none are named) without what tells the cohort."""
    kept = rows[rows[PARTICIPANT].isin(people)] if len(people) else rows
    empty: dict[str, Any] = {name: "" for name in TEXTS if name in columns}
    empty |= {COHORT: ALL} if COHORT in columns else {}
    empty |= {AMOUNT: np.nan} if AMOUNT in columns else {}
    empty |= {SOURCE_ROW: 0} if SOURCE_ROW in columns else {}
    return conform(kept.assign(**empty), columns)


def _name_participants(tables: Mapping[str, pd.DataFrame]) -> dict[str, str]:
    """A name for each participant, by the order of the hashes of the rows; those with equal rows may stand either way."""
    total = pd.Series(0, index=tables["participants"][PARTICIPANT].to_numpy(), dtype="uint64")
    for name, table in tables.items():
        # The sum does not depend on the order of the rows; the name of the table keeps two tables apart.
        hashes = hash_pandas_object(table.drop(columns=PARTICIPANT).assign(table=name), index=False)
        sums = hashes.groupby(table[PARTICIPANT].to_numpy()).sum()
        total = total.add(sums.reindex(total.index, fill_value=0).astype("uint64"))
    ordered = total.sort_values(kind="stable").index
    return {str(name): f"P{place:05d}" for place, name in enumerate(ordered, start=1)}


def _rename(table: pd.DataFrame, names: Mapping[str, str], order: list[str]) -> pd.DataFrame:
    """The rows under the new names; rows that the order does not tell apart stand by everything else they say."""
    named = table.assign(**{PARTICIPANT: table[PARTICIPANT].map(names).astype("str")})
    others = [name for name in named.columns if name not in (*order, SOURCE_ROW)]
    ordered = named.sort_values([*order, *others], ignore_index=True)
    return ordered.assign(**{SOURCE_ROW: np.arange(1, len(ordered) + 1)}) if SOURCE_ROW in named.columns else ordered
