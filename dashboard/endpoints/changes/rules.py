"""Which records of two deliveries are the same record: one rule per table, read by `compare_records`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from dashboard.study.columns import (
    AFTER_DOSE,
    AMOUNT,
    AMOUNT_UNIT,
    ANALYTE,
    COUNT_COLUMNS,
    DAY,
    DOSE_COLUMNS,
    DOSE_NUMBER,
    LAST_DAY,
    PARTICIPANT,
    PARTICIPANT_COLUMNS,
    RECORD_TABLES,
    SOURCE_FILE,
    SOURCE_ROW,
    STATUS,
    UNIT_TEXT,
    VALUE,
    VALUE_TEXT,
    VISIT_LABEL,
)

SOURCE = (SOURCE_FILE, SOURCE_ROW)


@dataclass(frozen=True)
class Match:
    """One pass of pairing: rows equal in `columns` are one record. Rows with an empty text in a column of `present` stay out.

    `scheduled`: rows marked unscheduled stay out, because several samples share a label that says no more than that.
    """

    columns: tuple[str, ...]
    present: tuple[str, ...] = ()
    scheduled: bool = False


@dataclass(frozen=True)
class TableRule:
    """How the records of one table are paired and named.

    matches  passes after the one on all content, from most to least agreement
    days     columns that count days since the first dose; the first of them says when the record is
    noun, names  a sentence begins with the noun and the content of `names`
    value, unit  the measured number and its unit: a column, or words; "" for none
    progress  columns that follow a course still open at the earlier cut: a change of no others, with the last of `days` after
             that cut, tells what happened since
    """

    table: str
    columns: Mapping[str, str]
    matches: tuple[Match, ...]
    noun: str
    names: tuple[str, ...] = ()
    days: tuple[str, ...] = ()
    value: str = ""
    unit: str = ""
    progress: tuple[str, ...] = ()

    @property
    def content(self) -> tuple[str, ...]:
        """The columns that say something: all but where the record stood in the delivery."""
        return tuple(name for name in self.columns if name not in SOURCE)


def _matches(*keys: tuple[str, ...]) -> tuple[Match, ...]:
    return tuple(Match((PARTICIPANT, *key)) for key in keys)


def _record_rule(
    table: str,
    noun: str,
    names: tuple[str, ...],
    matches: tuple[Match, ...],
    days: tuple[str, ...],
    value: str = "",
    unit: str = "",
    progress: tuple[str, ...] = (),
) -> TableRule:
    return TableRule(table, RECORD_TABLES[table][0], matches, noun, names, days, value, unit, progress)


_ENDING = ("end_day", "end_precision", "ongoing")
_SAMPLE = (PARTICIPANT, ANALYTE, DAY, AFTER_DOSE)
_COUNT_MATCHES = (
    Match((*_SAMPLE, VISIT_LABEL, VALUE)),
    Match((*_SAMPLE, VISIT_LABEL)),
    Match((*_SAMPLE, VALUE)),
    # The same visit with the same result on another day is a corrected date, and comes before two different visits with
    # different results that share a day.
    Match((PARTICIPANT, ANALYTE, VISIT_LABEL, VALUE_TEXT, UNIT_TEXT), present=(VISIT_LABEL,)),
    Match(_SAMPLE),
    Match((PARTICIPANT, ANALYTE, DAY)),
    Match((PARTICIPANT, ANALYTE, VISIT_LABEL), present=(VISIT_LABEL,), scheduled=True),
    Match((PARTICIPANT, ANALYTE, VISIT_LABEL, VALUE_TEXT, UNIT_TEXT)),
)
_TESTED = (PARTICIPANT, "domain", "test", "category", "object")
_FINDING_MATCHES = (
    Match((*_TESTED, DAY, "timepoint", AFTER_DOSE, "time", VISIT_LABEL, VALUE_TEXT, UNIT_TEXT)),
    Match((*_TESTED, DAY, "timepoint", AFTER_DOSE, "time", VISIT_LABEL)),
    Match((*_TESTED, DAY, "timepoint", VALUE_TEXT, UNIT_TEXT)),
    Match((*_TESTED, VISIT_LABEL, "timepoint", VALUE_TEXT, UNIT_TEXT), present=(VISIT_LABEL,)),
    Match((*_TESTED, DAY, "timepoint")),
    Match((*_TESTED, DAY)),
    Match((*_TESTED, VISIT_LABEL, "timepoint"), present=(VISIT_LABEL,), scheduled=True),
)

PARTICIPANTS = TableRule("participant", PARTICIPANT_COLUMNS, _matches(()), "participant", days=(LAST_DAY,), progress=(LAST_DAY, STATUS))
COUNTS = TableRule("count", COUNT_COLUMNS, _COUNT_MATCHES, "", (ANALYTE,), (DAY,), VALUE, "cells/µL")
DOSES = TableRule(
    "dose",
    DOSE_COLUMNS,
    _matches((DAY, DOSE_NUMBER, AMOUNT, AMOUNT_UNIT), (DAY, AMOUNT, AMOUNT_UNIT), (DAY,), (DOSE_NUMBER,)),
    "dose",
    (DOSE_NUMBER,),
    (DAY,),
    AMOUNT,
    AMOUNT_UNIT,
)
ADVERSE_EVENTS = _record_rule(
    "adverse_event",
    "adverse event",
    ("term",),
    _matches(
        ("term", "reported_term", "start_day", "end_day", "grade"),
        ("term", "reported_term", "start_day"),
        ("term", "start_day"),
        ("reported_term", "start_day"),
        ("term", "reported_term"),
    ),
    ("start_day", "end_day"),
    progress=(*_ENDING, "outcome"),
)
MEDICATIONS = _record_rule(
    "medication",
    "medication",
    ("name",),
    _matches(
        ("name", "reported_name", "indication", "start_day", "end_day"),
        ("name", "reported_name", "start_day"),
        ("name", "start_day"),
        ("reported_name", "start_day"),
        ("name", "reported_name", "indication"),
    ),
    ("start_day", "end_day"),
    progress=_ENDING,
)
FINDINGS = _record_rule("finding", "finding", ("domain", "test", "object"), _FINDING_MATCHES, (DAY,), VALUE, UNIT_TEXT)
ATTENDANCE = _record_rule(
    "attendance",
    "visit",
    (VISIT_LABEL,),
    (*_matches((VISIT_LABEL, "start_day")), Match((PARTICIPANT, VISIT_LABEL), scheduled=True), *_matches(("start_day",))),
    ("start_day", "end_day"),
)
MILESTONES = _record_rule(
    "milestone",
    "milestone",
    ("term",),
    _matches(
        ("category", "subcategory", "term", DAY),
        ("category", "subcategory", "term", "reported_term"),
        ("category", "subcategory", "term"),
        ("category", "subcategory", DAY),
    ),
    (DAY,),
)
TIMES_TO_EVENT = _record_rule(
    "time_to_event", "time to event", ("parameter",), _matches(("parameter", "description"), ("parameter",)), (), "days", "days"
)
CLAIMED = _record_rule(
    "claim",
    "derived value delivered",
    ("quantity", ANALYTE),
    _matches((ANALYTE, DAY, "quantity", VALUE_TEXT), (ANALYTE, DAY, "quantity"), (ANALYTE, "quantity", VALUE_TEXT)),
    (DAY,),
    VALUE,
)

TRAITS = _record_rule("trait", "trait", ("trait",), _matches(("trait",)), (), VALUE)
ADJUSTMENTS = _record_rule("dose_adjustment", "reason for a dose adjustment", (), _matches((DAY, "reason"), (DAY,), ("reason",)), (DAY,))


def name_table(table: str) -> str:
    """The kind of record as a reader names it: “adverse event”, “derived value delivered”."""
    return CLAIMED.noun if table == CLAIMED.table else table.replace("_", " ")


# In the order in which tables are shown.
RECORDED = (ADVERSE_EVENTS, MEDICATIONS, FINDINGS, ATTENDANCE, MILESTONES, TIMES_TO_EVENT, CLAIMED, TRAITS, ADJUSTMENTS)
RULES = (PARTICIPANTS, COUNTS, DOSES, *RECORDED)
