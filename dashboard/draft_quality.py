"""The quality flags of a delivery that is read and not yet stored, so that its report names them before anything is published."""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from dashboard.endpoints.quality.flags import derive_quality, summarise_quality
from dashboard.endpoints.records import derive_analysis
from dashboard.study.columns import PARTICIPANT, SOURCE_FILE, SOURCE_ROW
from dashboard.study.protocol import StudyProtocol
from dashboard.study.snapshot import Snapshot, StudyData
from data_access.report_flags import FlaggedRow, ReportFlag

if TYPE_CHECKING:
    from data_access.delivery import Delivery

# The kinds whose rows are probably wrong, or contradict what the delivery says elsewhere: somebody has to look at the files.
GRAVE = ("subsets-above-total", "unit-slip", "different-values", "label-disagrees", "claim-disagrees")
# The rule that pages begin with; only `no-baseline` and `claim-disagrees` depend on it.
BASELINE_RULE = "last"
MOST_LISTED = 10
# Bounds the memory for the sentences of a delivery in which nearly every row is flagged.
ROWS_AT_ONCE = 100_000
USED_RECORDS = ("claim", "attendance")


def add_flags(protocol: StudyProtocol, delivery: Delivery) -> Delivery:
    """The delivery, with the flags of endpoints.md §9 in its report: kinds that nothing raises are left out."""
    return replace(delivery, report=replace(delivery.report, flags=derive_draft_flags(protocol, delivery)))


def derive_draft_flags(protocol: StudyProtocol, delivery: Delivery, at_once: int = ROWS_AT_ONCE) -> tuple[ReportFlag, ...]:
    """The kinds of flags that the delivery raises, in the order of the list; of the GRAVE ones the first MOST_LISTED rows.

    They are those that the page Data, Quality shows after publishing under the baseline rule BASELINE_RULE. Participants are looked at
    in turn, about `at_once` counts at a time: no flag compares one participant with another.
    """
    turns = max(1, -(-len(delivery.counts) // at_once))
    people = delivery.participants[PARTICIPANT].to_numpy()
    parts = [_find_kinds(protocol, _select(delivery, pd.Index(names))) for names in np.array_split(people, turns)]
    return tuple(joined for kinds in zip(*parts, strict=True) if (joined := _join(kinds)).rows)


def _select(delivery: Delivery, people: pd.Index) -> Delivery:
    """The rows of some participants."""
    if len(people) == len(delivery.participants):
        return delivery
    participants, counts, doses = (
        frame[frame[PARTICIPANT].isin(people)].reset_index(drop=True) for frame in (delivery.participants, delivery.counts, delivery.doses)
    )
    records = {
        table: delivery.records[table][delivery.records[table][PARTICIPANT].isin(people)].reset_index(drop=True)
        for table in USED_RECORDS
        if table in delivery.records
    }
    return replace(delivery, participants=participants, counts=counts, doses=doses, records=records)


def _find_kinds(protocol: StudyProtocol, delivery: Delivery) -> list[ReportFlag]:
    """Every kind of flag, also those that nothing raises."""
    snapshot = Snapshot(delivery.study, "0" * 64, "", delivery.cut_date, "draft", delivery.synthetic, datetime.now(UTC))
    data = StudyData(snapshot, delivery.participants, delivery.counts, delivery.doses)
    claims, attendance = (delivery.records.get(table) for table in USED_RECORDS)
    found = derive_quality(derive_analysis(data, protocol, BASELINE_RULE), claims, attendance)
    return [_report_flag(kind, found) for kind in summarise_quality(found).to_dict("records")]


def _report_flag(kind: Mapping[Hashable, Any], found: pd.DataFrame) -> ReportFlag:
    code = str(kind["code"])
    listed = _list_rows(found[found["code"] == code]) if code in GRAVE else ()
    return ReportFlag(code, str(kind["title"]), str(kind["sentence"]), int(kind["rows"]), int(kind["participants"]), listed)


def _list_rows(found: pd.DataFrame) -> tuple[FlaggedRow, ...]:
    rows = found.head(MOST_LISTED)
    told = zip(rows[SOURCE_FILE], rows[SOURCE_ROW], rows[PARTICIPANT], rows["sentence"], strict=True)
    # Every grave kind is about a record, which has a row in a file.
    return tuple(FlaggedRow(str(file), int(row), str(name), str(text)) for file, row, name, text in told)


def _join(kinds: Sequence[ReportFlag]) -> ReportFlag:
    """One kind of flag over several groups of participants, who are in order."""
    rows, people = sum(kind.rows for kind in kinds), sum(kind.participants for kind in kinds)
    listed = tuple(islice((row for kind in kinds for row in kind.listed), MOST_LISTED))
    return replace(kinds[0], rows=rows, participants=people, listed=listed)
