"""The records of one table in two deliveries, paired: what stayed, what was corrected, what came and what went."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.changes.clock import Clock
from dashboard.endpoints.changes.matching import RowCodes, encode_columns, match_rows
from dashboard.endpoints.changes.rules import SOURCE, Match, TableRule
from dashboard.study.columns import MARKED_UNSCHEDULED, PARTICIPANT


@dataclass(frozen=True)
class Pairing:
    """Positions in two frames of one table. Every row of either frame stands in exactly one place.

    unchanged      number of pairs that are equal in all content, and of these `moved`, which stand elsewhere in the delivery
    before, after  the corrected pairs, and `changed`, one bit per content column of the rule that differs
    redated        of the corrected pairs those whose days moved with the first dose, and nothing else of them
    removed, added rows of one frame alone
    """

    unchanged: int
    moved: int
    before: Ints = field(repr=False)
    after: Ints = field(repr=False)
    changed: Ints = field(repr=False)
    redated: Flags = field(repr=False)
    removed: Ints = field(repr=False)
    added: Ints = field(repr=False)


def pair_table(rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, clock: Clock) -> Pairing:
    """Pair the rows of `before` and `after` by the passes of `rule`; see `compare_records` for the rule in words."""
    rows = _encode(rule, before, after, clock)
    content = [_expected(name) if name in rule.days else name for name in rule.content]
    source = [name for name in SOURCE if name in rule.columns]
    left = np.arange(len(before)), np.arange(len(after))
    pairs = []
    for match in (Match((*content, *source)), Match(tuple(content)), *rule.matches):
        names = [_expected(name) if name in rule.days else name for name in match.columns]
        pairs.append(match_rows(rows, names, _may_match(left[0], before, match), _may_match(left[1], after, match)))
        left = _without(left[0], pairs[-1][0], len(before)), _without(left[1], pairs[-1][1], len(after))
    paired = [np.concatenate([pair[side] for pair in pairs]) for side in (0, 1)]
    changed = _compute_changed(rule, rows, *paired)
    differ = np.flatnonzero(changed)
    corrected, changes = (paired[0][differ], paired[1][differ]), changed[differ]
    dosed_since = clock.flags(before[PARTICIPANT].take(corrected[0]), "dosed_since")
    redated = _is_redated(rule, rows, *corrected, changes, dosed_since)
    moved = int((_has_moved(rule, rows, *paired) & (changed == 0)).sum())
    return Pairing(len(changed) - len(differ), moved, *corrected, changes, redated, *left)


def _expected(name: str) -> str:
    return f"expected {name}"


def _encode(rule: TableRule, before: pd.DataFrame, after: pd.DataFrame, clock: Clock) -> RowCodes:
    """The codes of all columns, and of the days that a first dose dated anew lets one expect."""
    shift = clock.look_up(before[PARTICIPANT], "shift")
    earlier = {name: before[name] for name in rule.columns}
    later = {name: after[name] for name in rule.columns}
    if not (shift != 0).any():
        rows = encode_columns(earlier, later, len(before))
        same = {_expected(name): name for name in rule.days}
        codes = {**rows.codes, **{expected: rows.codes[name] for expected, name in same.items()}}
        levels = {**rows.levels, **{expected: rows.levels[name] for expected, name in same.items()}}
        return RowCodes(len(before), codes, levels)
    earlier |= {_expected(name): before[name].astype("Int64") + shift for name in rule.days}
    later |= {_expected(name): after[name].astype("Int64") for name in rule.days}
    return encode_columns(earlier, later, len(before))


def _may_match(positions: Ints, frame: pd.DataFrame, match: Match) -> Ints:
    """The rows that a pass may pair."""
    if not (match.present or match.scheduled):
        return positions
    rows = frame.take(positions)
    allowed = np.ones(len(rows), dtype=bool)
    for name in match.present:
        allowed &= (rows[name] != "").to_numpy(dtype=bool)
    if match.scheduled:
        allowed &= ~rows[MARKED_UNSCHEDULED].to_numpy(dtype=bool)
    return positions[allowed]


def _without(positions: Ints, taken: Ints, size: int) -> Ints:
    kept = np.zeros(size, dtype=bool)
    kept[positions] = True
    kept[taken] = False
    return np.flatnonzero(kept)


def _compute_changed(rule: TableRule, rows: RowCodes, before: Ints, after: Ints) -> Ints:
    """For each pair one bit per content column that differs."""
    changed = np.zeros(len(before), dtype=np.int64)
    for place, name in enumerate(rule.content):
        changed |= rows.differ(name, before, after).astype(np.int64) << place
    return changed


def _has_moved(rule: TableRule, rows: RowCodes, before: Ints, after: Ints) -> Flags:
    moved = np.zeros(len(before), dtype=bool)
    for name in SOURCE:
        if name in rule.columns:
            moved |= rows.differ(name, before, after)
    return moved


def _is_redated(rule: TableRule, rows: RowCodes, before: Ints, after: Ints, changed: Ints, dosed_since: Flags) -> Flags:
    """Pairs that differ in days only, and in these by what the first dose moved them."""
    of_days = sum(1 << place for place, name in enumerate(rule.content) if name in rule.days)
    redated: Flags = (changed & ~np.int64(of_days)) == 0
    for name in rule.days:
        redated &= dosed_since | ~rows.differ(_expected(name), before, after)
    return redated
