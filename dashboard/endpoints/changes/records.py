"""The records of two data cuts, compared: which were added, removed, corrected from what to what, and which stayed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from types import MappingProxyType

import numpy as np
import pandas as pd

from dashboard.endpoints.changes.clock import Clock, compute_advance, derive_clock, derive_dated
from dashboard.endpoints.changes.pairing import Pairing, pair_table
from dashboard.endpoints.changes.reasons import (
    ADDED,
    AFTER_CUT,
    CORRECTED,
    FOLLOWED,
    REMOVED,
    SHIFTED,
    explain_additions,
    explain_corrections,
    explain_removals,
    name_difference,
)
from dashboard.endpoints.changes.rules import RULES, TableRule
from dashboard.endpoints.changes.sentences import NO_DETAILS, describe_corrections, describe_presence
from dashboard.study.columns import ANALYTE, CUT_DAY, PARTICIPANT, SOURCE_FILE, SOURCE_ROW, VISIT_LABEL, conform
from dashboard.study.snapshot import Snapshot, StudyData

CHANGE_COLUMNS: dict[str, str] = {
    "table": "str", "change": "str", "reason": "str", PARTICIPANT: "str", ANALYTE: "str", "day_before": "Int64", "day_after": "Int64",
    VISIT_LABEL: "str", "columns": "str", "value_before": "float64", "value_after": "float64", "source_file_before": "str",
    "source_row_before": "Int64", "source_file_after": "str", "source_row_after": "Int64", "sentence": "str",
}  # fmt: skip
TALLY_COLUMNS = ("table", "before", "after", "unchanged", "moved", CORRECTED, SHIFTED, FOLLOWED, ADDED, REMOVED, "added_after_cut")
NO_RECORDS: Mapping[str, pd.DataFrame] = MappingProxyType({})


@dataclass(frozen=True)
class RecordChanges:
    """What changed between the records of two snapshots.

    changes  CHANGE_COLUMNS, one row per record added, removed, corrected, shifted (its days moved with a first dose dated anew,
             and nothing else) or followed (only the course since the earlier cut is told); sorted by participant, table, day.
             `columns` lists what differs, joined by commas; value_before and value_after are the measured numbers (cells/µL for counts, the
             amount of a dose); a side that does not exist is missing or the empty text. The day of a participant is the
             last day under observation, that of an event its first
    details  change (row of `changes`), column, value_before, value_after: each column that differs in words
    tallies  TALLY_COLUMNS, one row per table: unchanged + corrected + shifted + followed = paired, paired + removed = before,
             paired + added = after; `moved` of the unchanged stand in another file or row
    """

    before: Snapshot
    after: Snapshot
    changes: pd.DataFrame = field(repr=False)
    details: pd.DataFrame = field(repr=False)
    tallies: pd.DataFrame = field(repr=False)


def compare_records(
    before: StudyData,
    after: StudyData,
    records_before: Mapping[str, pd.DataFrame] = NO_RECORDS,
    records_after: Mapping[str, pd.DataFrame] = NO_RECORDS,
) -> RecordChanges:
    """Compare participants, counts, doses and the further tables (by the names of RECORD_TABLES; one not given is empty).

    File and row do not tell which record a record is: rows shift from delivery to delivery. Records are paired one to one, each
    pass taking what the passes before it left, equal ones in the order of the rows:

    1. equal in all content and in source; 2. equal in all content (a moved record, no change). Both work on multisets: of three
       equal records before and two after, two are unchanged and one is removed.
    3. the passes of the table's `TableRule`, each asking for less agreement. For counts: same participant, analyte, day and
       after_dose, with visit label and value, with visit label, with value; same visit label and delivered result on another day
       (a corrected date); same participant, analyte, day and after_dose; the same without after_dose; same participant, analyte
       and visit label, unless marked unscheduled (a corrected date and result); same result and no visit label.
    4. what is left was removed or added.

    A pair that differs in content is corrected, shifted or followed. Days count from the first dose: when the first dose was
    dated anew (told by cut_day, which then grows by something else than the days between the cuts) days are expected to move
    by as much, and a record that moved just so is shifted, with the reason “first dose dated”. cut_day itself grows with the
    cut and is no correction.

    Reasons, one of REASONS: of an addition “after the earlier cut” (its day lies after the earlier cut on this participant's
    clock), else “new participant” (not in the earlier snapshot), “day not known”, or “late entry”. Of a record that
    was followed (status and last day of a participant, the end of an event) “after the earlier cut”, of one that was shifted
    “first dose dated”, of a corrected one “correction”. Of a removal “participant removed” or “removal”.
    """
    clock = derive_clock(before, after)
    tables = _read_tables(before, after, records_before, records_after)
    compared = [_compare_table(rule, earlier, later, clock) for rule, earlier, later in tables]
    sizes = np.cumsum([0, *(sum(map(len, parts)) for parts, _, _ in compared)])
    none = conform(pd.DataFrame(columns=list(CHANGE_COLUMNS)), CHANGE_COLUMNS)
    changes = pd.concat([none, *(part for parts, _, _ in compared for part in parts)], ignore_index=True)
    details = pd.concat([found.assign(change=found["change"] + size) for (_, found, _), size in zip(compared, sizes, strict=False)])
    tallies = pd.DataFrame([each[2] for each in compared], columns=list(TALLY_COLUMNS)).astype({"table": "str"})
    changes, details = _sort(changes, details)
    return RecordChanges(before.snapshot, after.snapshot, changes, details, tallies)


def _read_tables(
    before: StudyData, after: StudyData, records_before: Mapping[str, pd.DataFrame], records_after: Mapping[str, pd.DataFrame]
) -> Iterator[tuple[TableRule, pd.DataFrame, pd.DataFrame]]:
    """Each rule with its two frames; cut_day of the earlier participants is brought to the later cut."""
    people = derive_dated(before.participants)
    advanced = people.assign(**{CUT_DAY: people[CUT_DAY] + compute_advance(before, after)})
    earlier = {"participant": advanced, "count": before.counts, "dose": before.doses, **records_before}
    later = {"participant": derive_dated(after.participants), "count": after.counts, "dose": after.doses, **records_after}
    strange = (set(earlier) | set(later)) - {rule.table for rule in RULES}
    if strange:
        raise KeyError(f"tables unknown: {', '.join(sorted(strange))}")
    for rule in RULES:
        old, new = earlier.get(rule.table), later.get(rule.table)
        empty = next((frame.iloc[:0] for frame in (old, new) if frame is not None), pd.DataFrame())
        yield rule, (empty if old is None else old.reset_index(drop=True)), (empty if new is None else new.reset_index(drop=True))


def _compare_table(
    rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, clock: Clock
) -> tuple[list[pd.DataFrame], pd.DataFrame, tuple[object, ...]]:
    """The changes (no empty frame among them), their details and the tally of one table."""
    if before.empty and after.empty:
        return [], NO_DETAILS, (rule.table, *[0] * (len(TALLY_COLUMNS) - 1))
    pairing = pair_table(rule, before, after, clock)
    details, parts = NO_DETAILS, []
    if len(pairing.before):
        differing, details = _frame_corrections(rule, before, after, pairing, clock)
        parts.append(differing)
    if len(pairing.added):
        rows = after.take(pairing.added)
        parts.append(_frame_presence(rule, ADDED, rows, explain_additions(rule, rows, clock), "after"))
    if len(pairing.removed):
        rows = before.take(pairing.removed)
        parts.append(_frame_presence(rule, REMOVED, rows, explain_removals(rule, rows, clock), "before"))
    return parts, details, (rule.table, len(before), len(after), pairing.unchanged, pairing.moved, *_tally(parts))


def _tally(parts: list[pd.DataFrame]) -> list[int]:
    """How many changes of each kind, and additions after the earlier cut."""
    numbers = [sum(int((part["change"] == kind).sum()) for part in parts) for kind in (CORRECTED, SHIFTED, FOLLOWED, ADDED, REMOVED)]
    since = sum(int(((part["change"] == ADDED) & (part["reason"] == AFTER_CUT)).sum()) for part in parts)
    return [*numbers, since]


def _frame_corrections(
    rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, pairing: Pairing, clock: Clock
) -> tuple[pd.DataFrame, pd.DataFrame]:
    old, new = (frame.take(rows).reset_index(drop=True) for frame, rows in ((before, pairing.before), (after, pairing.after)))
    reason = explain_corrections(rule, old, new, pairing, clock)
    change = name_difference(reason)
    sentence, details = describe_corrections(rule, old, new, pairing, change)
    words = {"change": change, "reason": reason, "sentence": sentence, "columns": _join_names(rule, pairing)}
    return _frame_changes(rule, new, {"before": old, "after": new}, words), details


def _frame_presence(rule: TableRule, change: str, rows: pd.DataFrame, reason: np.ndarray, side: str) -> pd.DataFrame:
    words = {"change": change, "reason": reason, "sentence": describe_presence(rule, rows, change), "columns": ""}
    return _frame_changes(rule, rows, {side: rows}, words)


def _frame_changes(rule: TableRule, shown: pd.DataFrame, sides: Mapping[str, pd.DataFrame], words: Mapping[str, object]) -> pd.DataFrame:
    """CHANGE_COLUMNS of changes; an absent side has no day, value and source."""
    columns: dict[str, object] = {"table": rule.table, **words}
    columns |= {name: shown.get(name, "") for name in (PARTICIPANT, ANALYTE, VISIT_LABEL)}
    nothing = pd.DataFrame(index=shown.index)
    for side in ("before", "after"):
        rows = sides.get(side, nothing)
        columns[f"day_{side}"] = rows.get(rule.days[0] if rule.days else "", pd.NA)
        columns[f"value_{side}"] = rows.get(rule.value, np.nan)
        columns[f"source_file_{side}"] = rows.get(SOURCE_FILE, "")
        columns[f"source_row_{side}"] = rows.get(SOURCE_ROW, pd.NA)
    return conform(pd.DataFrame(columns, index=shown.index), CHANGE_COLUMNS)


def _join_names(rule: TableRule, pairing: Pairing) -> np.ndarray:
    """The corrected columns of each pair, joined by commas; there are few combinations, however many pairs."""
    code, patterns = pd.factorize(pairing.changed)
    words = [",".join(name for place, name in enumerate(rule.content) if pattern >> place & 1) for pattern in patterns.tolist()]
    return np.array([*words, ""], dtype=object)[code]


def _sort(changes: pd.DataFrame, details: pd.DataFrame) -> tuple[pd.DataFrame, pd.DataFrame]:
    """By participant, then table, then day, those without a day last; details follow."""
    table = pd.Index([rule.table for rule in RULES]).get_indexer(pd.Index(changes["table"]))
    day = changes["day_after"].fillna(changes["day_before"]).to_numpy(dtype=np.float64, na_value=np.inf)
    person = pd.factorize(changes[PARTICIPANT], sort=True)[0]
    order = np.lexsort((day, table, person))
    place = np.empty(len(order), dtype=np.int64)
    place[order] = np.arange(len(order))
    found = details.assign(change=place[details["change"].to_numpy(dtype=np.int64)])
    return changes.take(order).reset_index(drop=True), found.sort_values("change", kind="stable", ignore_index=True)
