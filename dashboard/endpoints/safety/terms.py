"""Adverse events by system organ class and preferred term: who had one, at which worst grade, and the rows behind a cell."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import NamedTuple

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Flags, Ints
from dashboard.endpoints.safety.rates import (
    RATE_COLUMNS,
    TOTAL,
    AtRisk,
    Entries,
    count_entries,
    derive_entries,
    derive_rates,
    select_at_risk,
)
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import COHORT

ANY, SYSTEM, TERM = "any", "system", "term"
NO_CODING = "No coding available"
WORST = 5
_ROW = {"position": "int64", "kind": "str", "body_system": "str", "term": "str"}
# position numbers the rows of the table from 0; kind is `any` (all events), `system` or `term`; body_system and term are "" where they
# do not apply. An event without a body system stands under NO_CODING.
TERM_COLUMNS: dict[str, str] = {**_ROW, **RATE_COLUMNS}
# n participants whose worst grade in the row, on the scale, is `grade`; a missing grade: events, none of them graded.
WORST_COLUMNS: dict[str, str] = {**_ROW, "scale": "str", "grade": "Int64", COHORT: "str", "n": "int64"}


class TermName(NamedTuple):
    """What a row of the table is about; see TERM_COLUMNS."""

    kind: str
    body_system: str
    term: str


@dataclass(frozen=True)
class TermRows:
    """Every row that a table of some events can have: all events, then each system by name, followed by its terms by name.

    system is the row of the system of each row; of_event has a column per event: its rows of all, system and term. Of each event also
    the participant, the position of the scale among `scales` (by name), and the level, 0 where it is not graded.
    """

    names: tuple[TermName, ...] = field(repr=False)
    system: Ints = field(repr=False)
    of_event: Ints = field(repr=False)
    person: Ints = field(repr=False)
    scales: tuple[str, ...]
    scale: Ints = field(repr=False)
    level: Ints = field(repr=False)


@dataclass(frozen=True)
class TermEntries:
    """The participants of every row, whoever is at risk: `counted` once in a row, `worst` once in a row and scale.

    The rows of `worst` are row × scale × grade (from 0, not graded, to WORST).
    """

    rows: TermRows
    counted: Entries = field(repr=False)
    worst: Entries = field(repr=False)


@dataclass(frozen=True)
class TermCounts:
    """Participants at risk and their events: `order` lists the rows with an event from top to bottom, `n` and `events` are by row
    of TermRows and group, `worst` by row, scale, grade (0: not graded) and group."""

    order: Ints = field(repr=False)
    n: Ints = field(repr=False)
    events: Ints = field(repr=False)
    worst: Ints = field(repr=False)


def derive_term_rows(events: pd.DataFrame) -> TermRows:
    """The rows of the events given (EVENT_COLUMNS)."""
    coded = events["body_system"].where(events["body_system"] != "", NO_CODING)
    pairs = list(zip(coded.tolist(), events["term"].tolist(), strict=True))
    named = {TermName(SYSTEM, system, "") for system, _ in pairs} | {TermName(TERM, *pair) for pair in pairs}
    names = [TermName(ANY, "", ""), *sorted(named, key=lambda name: (name.body_system, name.kind, name.term))]
    row_of = {name: row for row, name in enumerate(names)}
    system = [row_of[TermName(SYSTEM, name.body_system, "")] if row else 0 for row, name in enumerate(names)]
    rows = [[0, row_of[TermName(SYSTEM, pair[0], "")], row_of[TermName(TERM, *pair)]] for pair in pairs]
    scales, scale = np.unique(events["scale"].to_numpy(dtype=object), return_inverse=True)
    return TermRows(
        names=tuple(names),
        system=np.array(system, dtype=np.int64),
        of_event=np.array(rows, dtype=np.int64).reshape(-1, 3).T,
        person=events["participant_index"].to_numpy(dtype=np.int64),
        scales=tuple(scales.tolist()),
        scale=scale.astype(np.int64),
        level=events["level"].to_numpy(dtype=np.int64, na_value=0),
    )


def derive_term_entries(rows: TermRows, people: int, counted: Flags | None = None) -> TermEntries:
    """The participants of the events that are `counted` (all when absent), out of `people`."""
    kept = np.arange(len(rows.person)) if counted is None else np.flatnonzero(counted)
    row, person = rows.of_event[:, kept].ravel(), np.tile(rows.person[kept], 3)
    on_scale = row * len(rows.scales) + np.tile(rows.scale[kept], 3)
    cells, place = np.unique(on_scale * people + person, return_inverse=True)
    worst = np.zeros(len(cells), dtype=np.int64)
    np.maximum.at(worst, place, np.tile(rows.level[kept], 3))
    size, once = len(rows.names) * len(rows.scales) * (WORST + 1), np.ones(len(cells), dtype=np.int64)
    graded = Entries(size, cells // people * (WORST + 1) + worst, cells % people, once)
    return TermEntries(rows, derive_entries(row, person, len(rows.names), people), graded)


def count_terms(entries: TermEntries, at_risk: AtRisk) -> TermCounts:
    """The counts of those at risk.

    The first row is all events. Systems follow by falling number of participants in total, then by name, each with its terms in the
    same order. A participant counts once in a row, whatever the grades and scales of the events.
    """
    rows = entries.rows
    n, events = count_entries(entries.counted, at_risk)
    worst, _ = count_entries(entries.worst, at_risk)
    total, place = n[:, -1], np.arange(len(rows.names))
    is_term = rows.system != place
    # From the last key to the first; row 0, of all events, has more participants than any other.
    order = np.lexsort((place, -total, is_term, rows.system, -total[rows.system], place > 0))
    shown = order[(events[order, -1] > 0) | (order == 0)]
    return TermCounts(shown, n, events, worst.reshape(len(rows.names), len(rows.scales), WORST + 1, len(at_risk.groups)))


def summarise_terms(events: pd.DataFrame, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """TERM_COLUMNS of the events given (EVENT_COLUMNS; filter them with `select_events`), for every row and group of `count_terms`."""
    rows = derive_term_rows(events)
    counts = count_terms(derive_term_entries(rows, at_risk.people), at_risk)
    rates = derive_rates(counts.n[counts.order], counts.events[counts.order], at_risk, method)
    head = _name_rows(rows, counts, np.repeat(np.arange(len(counts.order)), len(at_risk.groups)))
    return pd.concat([head, rates], axis=1).astype(TERM_COLUMNS)


def summarise_worst_grades(events: pd.DataFrame, at_risk: AtRisk) -> pd.DataFrame:
    """WORST_COLUMNS of the rows of `summarise_terms`: each participant once per row and scale, at the worst grade; only n above 0.

    Sorted by position, scale, grade (missing last) and group. Two scales are never pooled: a participant with events on both counts
    once on each.
    """
    rows = derive_term_rows(events)
    counts = count_terms(derive_term_entries(rows, at_risk.people), at_risk)
    grades = np.array([*range(1, WORST + 1), 0])
    worst = counts.worst[counts.order][:, :, grades]
    position, scale, level, group = np.nonzero(worst)
    grade = pd.array(grades[level], dtype="Int64")
    grade[grades[level] == 0] = pd.NA
    table = _name_rows(rows, counts, position).assign(
        scale=np.array([rows.scales[at] for at in scale.tolist()], dtype=object),
        grade=grade,
        cohort=np.array(at_risk.groups, dtype=object)[group],
        n=worst[position, scale, level, group],
    )
    return table.astype(WORST_COLUMNS)


def _name_rows(rows: TermRows, counts: TermCounts, position: Ints) -> pd.DataFrame:
    names = [rows.names[row] for row in counts.order[position].tolist()]
    return pd.DataFrame(names, columns=list(TermName._fields), dtype="str").assign(position=position)[list(_ROW)]


def select_behind(
    events: pd.DataFrame,
    at_risk: AtRisk,
    *,
    body_system: str = "",
    term: str = "",
    cohort: str = TOTAL,
    scale: str | None = None,
    grade: int | None = None,
) -> pd.DataFrame:
    """The events (EVENT_COLUMNS) behind a cell of `summarise_terms`, or, with `scale`, of `summarise_worst_grades`.

    With a scale, all events of the row on that scale of the participants whose worst grade there is `grade` (None: not graded).
    """
    used = select_at_risk(events, at_risk, cohort)
    system = used["body_system"].where(used["body_system"] != "", NO_CODING)
    used = used[(system == body_system if body_system else True) & (used["term"] == term if term else used["term"].notna())]
    if scale is None:
        return used
    used = used[used["scale"] == scale]
    worst = used["level"].fillna(0).groupby(used["participant_index"]).transform("max")
    return used[worst == (grade or 0)]
