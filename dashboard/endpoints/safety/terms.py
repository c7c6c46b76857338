"""Adverse events by system organ class and preferred term: who had one, at which worst grade, and the rows behind a cell."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import pandas as pd

from dashboard.endpoints.arrays import Ints
from dashboard.endpoints.safety.rates import RATE_COLUMNS, TOTAL, AtRisk, count_participants, derive_rates, select_at_risk
from dashboard.study.choices import IntervalMethod
from dashboard.study.columns import COHORT

ANY, SYSTEM, TERM = "any", "system", "term"
NO_CODING = "No coding available"
_ROW = {"position": "int64", "kind": "str", "body_system": "str", "term": "str"}
# position numbers the rows of the table from 0; kind is `any` (all events), `system` or `term`; body_system and term are "" where they
# do not apply. An event without a body system stands under NO_CODING.
TERM_COLUMNS: dict[str, str] = {**_ROW, **RATE_COLUMNS}
# n participants whose worst grade in the row, on the scale, is `grade`; a missing grade: events, none of them graded.
WORST_COLUMNS: dict[str, str] = {**_ROW, "scale": "str", "grade": "Int64", COHORT: "str", "n": "int64"}


@dataclass(frozen=True)
class _Cells:
    """Rows of the table, and for each event the three rows it belongs to (all, system, term), one after the other."""

    rows: pd.DataFrame = field(repr=False)
    row: Ints = field(repr=False)
    event: Ints = field(repr=False)
    n: Ints = field(repr=False)
    events: Ints = field(repr=False)


def summarise_terms(events: pd.DataFrame, at_risk: AtRisk, method: IntervalMethod | None = None) -> pd.DataFrame:
    """TERM_COLUMNS of the events given (EVENT_COLUMNS; filter them with `select_events`), for every row and group.

    The first row is all events. Systems follow by falling number of participants in total, then by name, each with its terms in the
    same order. A participant counts once in a row, whatever the grades and scales of the events.
    """
    cells = _derive_cells(select_at_risk(events, at_risk), at_risk)
    rates = derive_rates(cells.n, cells.events, at_risk, method)
    head = cells.rows.loc[cells.rows.index.repeat(len(at_risk.groups))].reset_index(drop=True)
    return pd.concat([head, rates], axis=1).astype(TERM_COLUMNS)


def summarise_worst_grades(events: pd.DataFrame, at_risk: AtRisk) -> pd.DataFrame:
    """WORST_COLUMNS of the rows of `summarise_terms`: each participant once per row and scale, at the worst grade; only n above 0.

    Sorted by position, scale, grade (missing last) and group. Two scales are never pooled: a participant with events on both counts
    once on each.
    """
    used = select_at_risk(events, at_risk)
    cells = _derive_cells(used, at_risk)
    worst = _derive_worst(cells, used)
    keys = ["position", "scale", "grade"]
    groups = worst.groupby(keys, sort=True)
    n, _ = count_participants(np.asarray(groups.ngroup(), dtype=np.int64), worst["participant_index"].to_numpy(), groups.ngroups, at_risk)
    found = groups.size().reset_index()[keys]
    order = np.repeat(np.arange(len(found)), len(at_risk.groups))
    table = found.iloc[order].reset_index(drop=True).merge(cells.rows, on="position", validate="many_to_one")
    table = table.assign(cohort=np.tile(np.array(at_risk.groups, dtype=object), len(found)), n=n.ravel())
    table["grade"] = table["grade"].astype("Int64").mask(table["grade"] == 0)
    ungraded = table["grade"].isna()
    order = np.lexsort((np.arange(len(table)), ungraded, table["scale"].to_numpy(dtype=object), table["position"]))
    table = table.iloc[order]
    return table[table["n"] > 0][list(WORST_COLUMNS)].reset_index(drop=True).astype(WORST_COLUMNS)


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


def _derive_cells(events: pd.DataFrame, at_risk: AtRisk) -> _Cells:
    size, term = len(events), events["term"].to_numpy(dtype=object)
    system = events["body_system"].where(events["body_system"] != "", NO_CODING).to_numpy(dtype=object)
    nothing = np.full(size, "", dtype=object)
    places = pd.DataFrame(
        {
            "kind": np.repeat(np.array([ANY, SYSTEM, TERM], dtype=object), size),
            "body_system": np.concatenate([nothing, system, system]),
            "term": np.concatenate([nothing, nothing, term]),
        }
    )
    every = pd.concat([pd.DataFrame({"kind": [ANY], "body_system": [""], "term": [""]}), places], ignore_index=True)
    code, rows = (
        np.asarray(every.groupby(list(every.columns), sort=False).ngroup(), dtype=np.int64),
        every.drop_duplicates(ignore_index=True),
    )
    event = np.tile(np.arange(size), 3)
    person = events["participant_index"].to_numpy()[event]
    n, hits = count_participants(code[1:], person, len(rows), at_risk)
    order = _order_rows(rows, n[:, -1])
    place = np.argsort(order)
    ordered = rows.iloc[order].reset_index(drop=True)
    ordered.insert(0, "position", np.arange(len(ordered)))
    return _Cells(ordered, place[code[1:]], event, n[order], hits[order])


def _order_rows(rows: pd.DataFrame, total: Ints) -> Ints:
    """All events first, systems by frequency and name, each followed by its terms by frequency and name."""
    of_system = {row.body_system: count for row, count in zip(rows.itertuples(), total, strict=True) if row.kind == SYSTEM}
    keys = [
        (row.kind != ANY, -of_system.get(row.body_system, 0), row.body_system, row.kind == TERM, -count, row.term)
        for row, count in zip(rows.itertuples(), total, strict=True)
    ]
    return np.array(sorted(range(len(keys)), key=keys.__getitem__), dtype=np.int64)


def _derive_worst(cells: _Cells, events: pd.DataFrame) -> pd.DataFrame:
    """position, scale, participant_index and grade (0: not graded), one row per row of the table, scale and participant."""
    entries = events.iloc[cells.event][["scale", "participant_index", "level"]].reset_index(drop=True).assign(position=cells.row)
    entries["grade"] = entries["level"].fillna(0).astype("int64")
    return entries.groupby(["position", "scale", "participant_index"])["grade"].max().reset_index()
